"""The clients that mint and those that spend, each in its child process.

Law: knows how each is pointed at the server (wire facts of Tencent §1.7, §9), and no signature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from conformance.driver import Driver, SdkFailed
from conformance.server import KEY_ID, SECRET, Server

APPLICATION = 220209
FIVE = [
    f"name/vod:{name}"
    for name in (
        "InitiateMultipartUpload", "ListMultipartUploads", "ListParts", "UploadPart", "CompleteMultipartUpload",
    )
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Temporary:
    """A temporary key as its receiver has it."""

    key_id: str
    secret: str
    token: str


class Api:
    """An API 3.0 SDK: in Python or in Node.js, with the same face."""

    def __init__(self, driver: Driver, server: Server, *, node: bool) -> None:
        self._driver = driver
        self._server = server
        self.key_id = "keyId" if node else "key_id"
        """The name of the option for another key's id."""
        self._node = node

    def __call__(self, product: str, action: str, values: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """What the SDK's client returned."""
        known: dict[str, Any] = {"endpoint": f"127.0.0.1:{self._server.port}"}
        if self._node:
            known |= {"keyId": KEY_ID, "secret": SECRET, **options}
            return self._driver.call("call", product, action, dict(values or {}), known)
        known |= {"key_id": KEY_ID, "secret": SECRET, **options}
        return self._driver.call("call", product, action, dict(values or {}), **known)

    def refused(self, product: str, action: str, values: Mapping[str, Any] | None = None, **options: Any) -> str:
        """The code of a call that must be refused; a request id was told too."""
        with pytest.raises(SdkFailed) as caught:
            self(product, action, values, **options)
        value: Any = caught.value.value
        assert value["request"], value
        return str(value["code"])


def of_ms(given: Mapping[str, Any]) -> Temporary:
    """The key of a CreateCosSecKeyInstance."""
    return Temporary(key_id=given["CosId"], secret=given["CosKey"], token=given["CosToken"])


def of_vod(given: Mapping[str, Any]) -> Temporary:
    """The key of a CreateStorageCredentials."""
    made = given["Credentials"]
    return Temporary(key_id=made["AccessKeyId"], secret=made["SecretAccessKey"], token=made["SessionToken"])


def of_sts(given: Mapping[str, Any]) -> Temporary:
    """The key of a GetFederationToken, by the Python helper."""
    made = given["credentials"]
    return Temporary(key_id=made["tmpSecretId"], secret=made["tmpSecretKey"], token=made["sessionToken"])
