#!/usr/bin/env python3
"""Mint vectors with PyPI aliyun-python-sdk-core, -hbr and -sts, unmodified but for their nonces.

Their clock is held still.

Run on an environment with those and freezegun: python tests/vectors/acs_rpc/mint_core.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import urllib3
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.utils import parameter_helper
from aliyunsdkcore.vendored.requests.packages.urllib3.util import connection as vendored
from aliyunsdkhbr.request.v20170908.CreateTempFileUploadUrlRequest import CreateTempFileUploadUrlRequest
from aliyunsdksts.request.v20150401.AssumeRoleRequest import AssumeRoleRequest
from freezegun import freeze_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mint_capture import Wire, led_here, record, sent

KEY_ID, SECRET, TOKEN = "entrepot-dev-id", "entrepot/dev+secret", "tok+en/with==letters"
NOW = 1_767_323_045  # 2026-01-02T03:04:05Z
ODD = "a b/中+*~!'()%20&=.txt"
MADE = f"PyPI aliyun-python-sdk-core {version('aliyun-python-sdk-core')}"


def client(token: str | None) -> AcsClient:
    """A client of the old SDK."""
    if token is None:
        return AcsClient(region_id="cn-hangzhou", credential=AccessKeyCredential(KEY_ID, SECRET))
    return AcsClient(region_id="cn-hangzhou", credential=StsTokenCredential(KEY_ID, SECRET, token))


def prepared(request: Any, method: str) -> Any:
    """A request that goes to the server in plain HTTP."""
    request.set_endpoint("127.0.0.1:9400")
    request.set_protocol_type("http")
    request.set_method(method)
    return request


def upload(name: str, method: str = "POST", token: str | None = None) -> Callable[[], object]:
    """One call of HBR."""
    request = prepared(CreateTempFileUploadUrlRequest(), method)
    request.set_FileName(name)
    return lambda: client(token).do_action_with_exception(request)


def assume(token: str | None = None) -> Callable[[], object]:
    """One call of STS."""
    request = prepared(AssumeRoleRequest(), "POST")
    request.set_RoleArn("acs:ram::100000000001:role/uploader")
    request.set_RoleSessionName("bob")
    request.set_Policy('{"Version":"1","Statement":[]}')
    return lambda: client(token).do_action_with_exception(request)


def whole(wire: Wire, call: Callable[[], object]) -> dict[str, Any]:
    """The request with its body."""
    request = sent(wire, call)
    return {**request, "payload": wire.requests[0][1].decode("utf-8")}


def main() -> None:
    """Mint everything."""
    numbers = iter(f"{number:032x}" for number in range(1, 1000))
    parameter_helper.get_uuid = lambda: next(numbers)
    cases: tuple[tuple[str, str | None, str, Callable[[], object]], ...] = (
        ("core_upload", None, "CreateTempFileUploadUrlRequest", upload("file-list.txt")),
        ("core_upload_odd_name", None, "CreateTempFileUploadUrlRequest", upload(ODD)),
        ("core_upload_get", None, "CreateTempFileUploadUrlRequest, GET", upload(ODD, "GET")),
        ("core_upload_token", TOKEN, "CreateTempFileUploadUrlRequest, StsTokenCredential", upload(ODD, token=TOKEN)),
        ("core_assume_role", None, "AssumeRoleRequest", assume()),
    )
    with led_here() as wire, freeze_time("2026-01-02T03:04:05Z"):
        vendored.create_connection = urllib3.util.connection.create_connection  # the SDK has a copy of its own
        for case, token, call, perform in cases:
            record(
                "acs_rpc", case, request=whole(wire, perform), key_id=KEY_ID, secret=SECRET, token=token,
                signed_at=NOW, minted_with=MADE, call=call,
            )  # fmt: skip


if __name__ == "__main__":
    main()
