#!/usr/bin/env python3
"""Mint vectors of both signatures of Alibaba Cloud's OpenAPI with PyPI alibabacloud_hbr20170908 and
alibabacloud_sts20150401, unmodified but for their nonces; their clock is held still.

Run on an environment with those and freezegun: python tests/vectors/acs3/mint_tea.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from alibabacloud_hbr20170908 import models as hbr
from alibabacloud_hbr20170908.client import Client as Hbr
from alibabacloud_sts20150401 import models as sts
from alibabacloud_sts20150401.client import Client as Sts
from alibabacloud_tea_openapi import models as openapi
from alibabacloud_tea_openapi.client import Client as OpenApi
from alibabacloud_tea_openapi.utils import Utils
from darabonba.runtime import RuntimeOptions
from freezegun import freeze_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mint_capture import Wire, led_here, record, sent

KEY_ID, SECRET, TOKEN = "entrepot-dev-id", "entrepot/dev+secret", "tok+en/with==letters"
NOW = 1_767_323_045  # 2026-01-02T03:04:05Z
ODD = "a b/中+*~!'()%20&=.txt"
ROLE = "acs:ram::100000000001:role/uploader"
POLICY = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:PutObject","Resource":"acs:oss:*:*:demo/a/*"}]}'
MADE = {
    "acs3": f"PyPI alibabacloud-tea-openapi {version('alibabacloud-tea-openapi')}",
    "acs_rpc": f"PyPI alibabacloud-tea-openapi {version('alibabacloud-tea-openapi')}, signature_algorithm='v2'",
}
HIDDEN = {"accept", "user-agent"}
"""Headers that :func:`sent` leaves out, though this signer covers them."""


def config(scheme: str, token: str | None = None, endpoint: str = "127.0.0.1:9400") -> openapi.Config:
    """How a client reaches the server and signs."""
    made = openapi.Config(
        access_key_id=KEY_ID, access_key_secret=SECRET, security_token=token, endpoint=endpoint, protocol="http",
        user_agent="mint",
    )  # fmt: skip
    if scheme == "acs_rpc":
        made.signature_algorithm = "v2"
    return made


def form_call(scheme: str, fields: dict[str, str]) -> object:
    """A call with its parameters in the body, as products with long ones have it."""
    params = openapi.Params(
        action="CreateTempFileUploadUrl", version="2017-09-08", protocol="HTTP", pathname="/", method="POST",
        auth_type="AK", style="RPC", req_body_type="formData", body_type="json",
    )  # fmt: skip
    return OpenApi(config(scheme)).call_api(params, openapi.OpenApiRequest(body=fields), RuntimeOptions())


def get_call(scheme: str, query: dict[str, str]) -> object:
    """A call by GET."""
    params = openapi.Params(
        action="CreateTempFileUploadUrl", version="2017-09-08", protocol="HTTP", pathname="/", method="GET",
        auth_type="AK", style="RPC", req_body_type="json", body_type="json",
    )  # fmt: skip
    return OpenApi(config(scheme)).call_api(params, openapi.OpenApiRequest(query=query), RuntimeOptions())


def whole(wire: Wire, call: Callable[[], object]) -> dict[str, Any]:
    """The request with its body and with every header that is signed."""
    request = sent(wire, call)
    head, body = wire.requests[0]
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.lower() in HIDDEN:
            request["headers"].append([name.lower(), value.strip()])
    return {**request, "payload": body.decode("utf-8")}


def cases(scheme: str, wire: Wire) -> None:
    """The same calls with either signature."""

    def upload(name: str, **how: Any) -> Callable[[], object]:
        request = hbr.CreateTempFileUploadUrlRequest(file_name=name)
        return lambda: Hbr(config(scheme, **how)).create_temp_file_upload_url(request)

    def assume(**how: Any) -> Callable[[], object]:
        request = sts.AssumeRoleRequest(role_arn=ROLE, role_session_name="bob", duration_seconds=900, policy=POLICY)
        return lambda: Sts(config(scheme, **how)).assume_role(request)

    name = "create_temp_file_upload_url"
    made: tuple[tuple[str, str | None, str, Callable[[], object]], ...] = (
        ("tea_upload", None, name, upload("file-list.txt")),
        ("tea_upload_odd_name", None, name, upload(ODD)),
        ("tea_upload_token", TOKEN, f"{name}, security_token", upload(ODD, token=TOKEN)),
        ("tea_upload_official_host", None, name, upload("a", endpoint="hbr.cn-hangzhou.aliyuncs.com")),
        ("tea_assume_role", None, "assume_role", assume()),
        ("tea_assume_role_token", TOKEN, "assume_role, security_token", assume(token=TOKEN)),
        ("tea_form", None, "call_api, formData", lambda: form_call(scheme, {"FileName": ODD, "Empty": ""})),
        ("tea_get", None, "call_api, GET", lambda: get_call(scheme, {"FileName": ODD, "Empty": ""})),
    )
    for case, token, call, perform in made:
        record(
            scheme, case, request=whole(wire, perform), key_id=KEY_ID, secret=SECRET, token=token, signed_at=NOW,
            minted_with=MADE[scheme], call=call,
        )  # fmt: skip


def main() -> None:
    """Mint everything."""
    numbers = iter(f"{number:032x}" for number in range(1, 1000))
    Utils.get_nonce = staticmethod(lambda: next(numbers))
    with led_here() as wire, freeze_time("2026-01-02T03:04:05Z"):
        cases("acs3", wire)
        cases("acs_rpc", wire)


if __name__ == "__main__":
    main()
