#!/usr/bin/env python3
"""Mint vectors of TC3 and of the older signatures with tencentcloud-sdk-python-* and qcloud-python-sts of PyPI.

They run unmodified, their clock and random numbers held still.

Run on an environment with those and freezegun: python tests/vectors/tc3/mint_python.py
"""

from __future__ import annotations

import random
import sys
import uuid
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import urllib3
from freezegun import freeze_time
from sts.sts import Sts
from tencentcloud.common import credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.ms.v20180408 import models as ms_models
from tencentcloud.ms.v20180408.ms_client import MsClient
from tencentcloud.sts.v20180813 import models as sts_models
from tencentcloud.sts.v20180813.sts_client import StsClient
from tencentcloud.vod.v20240718 import models as vod_models
from tencentcloud.vod.v20240718.vod_client import VodClient

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mint_capture import Wire, led_here, record, sent

KEY_ID, SECRET, TOKEN = "entrepot-dev-id", "entrepot/dev+secret", "tok+en/with==letters"
NOW = 1_767_323_045  # 2026-01-02T03:04:05Z
POLICY = "%7B%22version%22%3A%222.0%22%2C%22statement%22%3A%5B%5D%7D"
CALLS: dict[str, tuple[Any, Any, str, dict[str, Any]]] = {
    "ms": (MsClient, ms_models.CreateCosSecKeyInstanceRequest, "CreateCosSecKeyInstance",
           {"CosRegion": "ap-shanghai", "Duration": 1200}),
    "vod": (VodClient, vod_models.CreateStorageCredentialsRequest, "CreateStorageCredentials",
            {"SubAppId": 220209, "Policy": POLICY}),
    "storage": (VodClient, vod_models.DescribeStorageRequest, "DescribeStorage",
                {"SubAppId": 220209, "Filters": [{"Name": "StorageName", "Values": ["a b&c=中", "x"]}]}),
    "sts": (StsClient, sts_models.GetFederationTokenRequest, "GetFederationToken",
            {"Name": "dev", "Policy": POLICY, "DurationSeconds": 1800}),
    "empty": (MsClient, ms_models.CreateCosSecKeyInstanceRequest, "CreateCosSecKeyInstance", {}),
}  # fmt: skip


def call(
    name: str, *, method: str = "POST", sign: str = "TC3-HMAC-SHA256", endpoint: str | None = "127.0.0.1:9400",
    token: str | None = None, region: str = "ap-guangzhou", unsigned: bool = False,
) -> Callable[[], object]:  # fmt: skip
    """One call of a product's client."""
    client, request_class, action, values = CALLS[name]
    http = HttpProfile(protocol="http", endpoint=endpoint, reqMethod=method)
    profile = ClientProfile(signMethod=sign, httpProfile=http)
    profile.unsignedPayload = unsigned
    made = client(credential.Credential(KEY_ID, SECRET, token), region, profile)
    request = request_class()
    request._deserialize(values)
    return lambda: getattr(made, action)(request)


def multipart() -> object:
    """The multipart form of a call, which the SDK keeps for calls with binary parameters."""
    made = MsClient(
        credential.Credential(KEY_ID, SECRET), "ap-guangzhou",
        ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint="127.0.0.1:9400")),
    )  # fmt: skip
    values = {"CosRegion": "ap-shanghai", "Note": "中 é"}
    return made.call("CreateCosSecKeyInstance", values, options={"IsMultipart": True})


def whole(wire: Wire, perform: Callable[[], object]) -> dict[str, Any]:
    """What is sent, with its body."""
    request = sent(wire, perform)
    return {**request, "payload": wire.requests[0][1].decode("utf-8")}


def keep(wire: Wire, case: str, perform: Callable[[], object], what: str, token: str | None, *, older: bool) -> None:
    """Record one call."""
    random.seed(1)
    package = "qcloud-python-sts" if case.startswith("qcloud") else "tencentcloud-sdk-python-common"
    record(
        "tc3", case, request=whole(wire, perform), key_id=KEY_ID, secret=SECRET, token=token, signed_at=NOW,
        form="v1" if older else "header", minted_with=f"PyPI {package} {version(package)}", call=what,
    )  # fmt: skip


def sdk_cases(wire: Wire) -> None:
    """tencentcloud-sdk-python: TC3 and both older methods, by POST and GET."""
    cases: dict[str, tuple[str, dict[str, Any]]] = {
        "python_post": ("ms", {}),
        "python_post_empty": ("empty", {}),
        "python_post_official_host": ("ms", {"endpoint": None}),
        "python_post_token": ("vod", {"token": TOKEN}),
        "python_post_unsigned_payload": ("vod", {"unsigned": True}),
        "python_post_lists": ("storage", {}),
        "python_get": ("ms", {"method": "GET"}),
        "python_get_lists": ("storage", {"method": "GET"}),
        "python_get_policy_token": ("sts", {"method": "GET", "token": TOKEN}),
    }
    for method in ("HmacSHA1", "HmacSHA256"):
        for http in ("POST", "GET"):
            name = f"python_{method.lower()}_{http.lower()}"
            cases[name] = ("vod", {"sign": method, "method": http})
            cases[f"{name}_token"] = ("storage", {"sign": method, "method": http, "token": TOKEN})
    for case, (name, given) in cases.items():
        older = "hmacsha" in case
        keep(wire, case, call(name, **given), f"{CALLS[name][2]}({given})", given.get("token"), older=older)
    keep(wire, "python_multipart", multipart, "call(options={'IsMultipart': True})", None, older=False)


def sts_cases(wire: Wire) -> None:
    """qcloud-python-sts, at an address of its own and where only the address was changed."""
    config = {
        "secret_id": KEY_ID, "secret_key": SECRET, "bucket": "demo-1250000000", "region": "ap-guangzhou",
        "allow_prefix": ["a b/中/*", "x+y&z=/*"], "allow_actions": ["name/cos:PutObject"],
    }  # fmt: skip
    for case, more in (
        ("qcloud_sts", {"url": "http://127.0.0.1:9400/", "domain": "127.0.0.1:9400"}),
        ("qcloud_sts_only_url", {"url": "http://127.0.0.1:9400/"}),
    ):
        keep(wire, case, Sts({**config, **more}).get_credential, "Sts.get_credential", None, older=True)


def main() -> None:
    """Mint everything."""
    uuid.uuid4 = lambda: uuid.UUID(int=5)
    urllib3.disable_warnings()
    with led_here() as wire, freeze_time("2026-01-02T03:04:05Z", ignore=["threading"]):
        sdk_cases(wire)
        sts_cases(wire)


if __name__ == "__main__":
    main()
