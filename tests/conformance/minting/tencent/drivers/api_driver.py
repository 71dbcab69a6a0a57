"""PyPI tencentcloud-sdk-python-ms, -vod, -sts and qcloud-python-sts, unmodified: one call of one client per line.

Law: runs on the interpreter of the SDKs' own environment and imports nothing of this project.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

from sts.sts import Scope, Sts
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

MARK = "\x1e"
VERSIONS = {"ms": "v20180408", "vod": "v20240718", "sts": "v20180813"}


def call(
    product: str, action: str, values: dict[str, Any], *, endpoint: str | None, key_id: str, secret: str,
    token: str | None = None, sign: str = "TC3-HMAC-SHA256", verb: str = "POST", proxy: str | None = None,
    unsigned: bool = False,
) -> Any:  # fmt: skip
    """A call of a product's client: a request of its own model in, its response as values out."""
    package = f"tencentcloud.{product}.{VERSIONS[product]}"
    models = importlib.import_module(f"{package}.models")
    module = importlib.import_module(f"{package}.{product}_client")
    http = HttpProfile(protocol="http", endpoint=endpoint, reqMethod=verb, proxy=proxy)
    profile = ClientProfile(signMethod=sign, httpProfile=http)
    profile.unsignedPayload = unsigned
    client = getattr(module, f"{product.capitalize()}Client")
    made = client(credential.Credential(key_id, secret, token), "ap-guangzhou", profile)
    request = getattr(models, f"{action}Request")()
    request.from_json_string(json.dumps(values))
    return json.loads(getattr(made, action)(request).to_json_string())


def multipart(product: str, action: str, values: dict[str, Any], *, endpoint: str, key_id: str, secret: str) -> Any:
    """The same as a form of several parts, by the SDK's own common call."""
    module = importlib.import_module(f"tencentcloud.{product}.{VERSIONS[product]}.{product}_client")
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=endpoint))
    made = getattr(module, f"{product.capitalize()}Client")(credential.Credential(key_id, secret), "", profile)
    return json.loads(made.call(action, values, options={"IsMultipart": True}))["Response"]


def federate(**config: Any) -> Any:
    """qcloud-python-sts."""
    return Sts(config).get_credential()


def assume(role: str, **config: Any) -> Any:
    """The same for a role."""
    return Sts(config).get_role_credential(role)


def policy(*scopes: list[str]) -> Any:
    """The policy that qcloud-python-sts writes."""
    return Sts.get_policy([Scope(*scope) for scope in scopes])


def failure(error: Exception) -> dict[str, Any]:
    """What an SDK raised."""
    told = {"name": type(error).__name__, "message": str(error)}
    if isinstance(error, TencentCloudSDKException):
        told |= {"code": error.get_code(), "message": error.get_message(), "request": error.get_request_id()}
    return told


def main() -> None:
    """Answer calls until standard input ends."""
    methods = {"call": call, "multipart": multipart, "federate": federate, "assume": assume, "policy": policy}
    answers = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"value": methods[asked["method"]](*asked["args"], **asked["kwargs"])}
        except Exception as error:  # noqa: BLE001
            answer = {"error": failure(error)}
        answers.write(MARK + json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
