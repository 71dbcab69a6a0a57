#!/usr/bin/env python3
"""Mint vectors of Volcengine's control APIs with PyPI volcenginesdk-vms and volcengine, unmodified, their clock still.

Run on an environment with those, redo and freezegun: python tests/vectors/volc/mint_python.py
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import volcenginesdkcore
import volcenginesdkvms
from freezegun import freeze_time
from volcengine.vms.VmsService import VmsService
from volcenginesdkcore.signv4 import SignerV4

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mint_capture import Wire, asked, led_here, record, sent

KEY_ID, SECRET, TOKEN = "entrepot-dev-id", "entrepot/dev+secret", "tok+en/with==letters"
NOW = 1_767_323_045  # 2026-01-02T03:04:05Z
LOCAL, CLOUD = "127.0.0.1:9400", "cloud-vms.volcengineapi.com"
FACTS: dict[str, Any] = {"key_id": KEY_ID, "secret": SECRET, "signed_at": NOW}
NEW = {**FACTS, "minted_with": f"PyPI volcenginesdk-vms {version('volcenginesdk-vms')}"}
OLD = {**FACTS, "minted_with": f"PyPI volcengine {version('volcengine')}"}
ODD = "e7737a 中+&=é.mp3"


def whole(wire: Wire, perform: Callable[[], object]) -> dict[str, Any]:
    """What is sent, with its body."""
    request = sent(wire, perform)
    return {**request, "payload": wire.requests[0][1].decode("utf-8")}


def api(host: str, token: str | None = None) -> Any:
    """A client of the SDK of today."""
    configuration = volcenginesdkcore.Configuration()
    configuration.ak, configuration.sk, configuration.session_token = KEY_ID, SECRET, token
    configuration.region, configuration.scheme, configuration.host = "cn-beijing", "http", host
    configuration.auto_retry = False
    return volcenginesdkvms.VMSApi(volcenginesdkcore.ApiClient(configuration))


def today(wire: Wire) -> None:
    """The SDK of today, whose calls are JSON, or a query."""
    get_url = volcenginesdkvms.GetResourceUploadUrlRequest
    update, usable = volcenginesdkvms.OpenUpdateResourceRequest, volcenginesdkvms.QueryUsableResourceV2Request
    cases: tuple[tuple[str, str, str | None, str, Any], ...] = (
        ("py_upload_url", LOCAL, None, "get_resource_upload_url", get_url(file_name="abcdef")),
        ("py_upload_url_odd", CLOUD, None, "get_resource_upload_url", get_url(file_name=ODD)),
        ("py_upload_url_port_80", f"{CLOUD}:80", None, "get_resource_upload_url", get_url(file_name="abcdef")),
        ("py_upload_url_token", LOCAL, TOKEN, "get_resource_upload_url", get_url(file_name="abcdef")),
        ("py_update", LOCAL, None, "open_update_resource", update(resource_key="0" * 32, name=ODD)),
        ("py_usable", LOCAL, None, "query_usable_resource_v2", usable(type=0)),
    )
    for case, host, token, method, given in cases:
        request = whole(wire, lambda: getattr(api(host, token), method)(given))  # noqa: B023 - called at once
        record("volc", case, request=request, token=token, call=f"VMSApi.{method}", **NEW)
    for case, host, token in (("py_address", LOCAL, None), ("py_address_token", "", TOKEN)):
        query = {"Action": "QueryUsableResourceV2", "Version": "2022-01-01", "Type": "0", "Note": "a b+c/中&="}
        text = SignerV4.sign_url("/", "GET", query, KEY_ID, SECRET, "cn-beijing", "vms", token, host)
        record(
            "volc", case, request={**asked("GET", f"http://{LOCAL}/?{text}"), "payload": ""}, token=token,
            expires_at=NOW + 900, call="SignerV4.sign_url", **NEW,
        )  # fmt: skip


def before(wire: Wire) -> None:
    """The SDK before it, which puts some parameters into the query."""
    service = VmsService()
    service.set_ak(KEY_ID)
    service.set_sk(SECRET)
    service.set_scheme("http")
    service.set_host(LOCAL)
    cases: tuple[tuple[str, Callable[[], object]], ...] = (
        ("get_resource_upload_url", lambda: service.get_resource_upload_url({"FileName": ODD})),
        ("open_update_resource", lambda: service.open_update_resource({"ResourceKey": "0" * 32, "Name": ODD})),
        ("delete_resource", lambda: service.delete_resource({"ResourceKey": "0" * 32})),
        ("query_usable_resource", lambda: service.query_usable_resource({"Type": 0})),
    )
    for token in (None, TOKEN):
        service.set_session_token(token or "")
        for method, perform in cases if token is None else cases[:1]:
            case = f"old_{method}{'' if token is None else '_token'}"
            record("volc", case, request=whole(wire, perform), token=token, call=f"VmsService.{method}", **OLD)
        text = service.get_sign_url("QueryUsableResource", {"Type": "0", "Note": "a b+c/中&="})
        record(
            "volc", "old_address" if token is None else "old_address_token", token=token, expires_at=NOW + 900,
            request={**asked("POST", f"http://{LOCAL}/?{text}"), "payload": ""}, call="VmsService.get_sign_url", **OLD,
        )  # fmt: skip


if __name__ == "__main__":
    uuid.uuid4 = lambda: uuid.UUID(int=5)
    with led_here() as wire, freeze_time("2026-01-02T03:04:05Z", real_asyncio=True):
        today(wire)
        before(wire)
