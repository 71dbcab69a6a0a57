"""One vocabulary for three SDKs of the API: an action, its parameters and its result by the names of the wire.

Law: no value is invented or repaired here. What an SDK reports as an error is read from what it shows of the body.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from conformance.driver import Driver, SdkFailed
from conformance.server import KEY_ID, SECRET, Server

Name = Literal["today", "before", "node"]


class Refused(Exception):  # noqa: N818
    """An error of the API: its code, number and message, and the status where the SDK tells it, else 0."""

    def __init__(self, status: int, metadata: Mapping[str, Any]) -> None:
        error = metadata["Error"]
        super().__init__(f"{error['Code']}: {error['Message']}")
        self.status, self.code, self.number = status, error["Code"], error["CodeN"]
        self.message, self.metadata = error["Message"], metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One SDK. ``host`` None is the cloud's own, through the server as a proxy."""

    name: Name
    driver: Driver
    server: Server
    host: str | None
    key_id: str = KEY_ID
    secret: str = SECRET
    token: str | None = None

    def call(self, action: str, values: Mapping[str, Any] | None = None, *, how: str = "json") -> Any:
        """The result. Raises Refused."""
        if self.name == "node":
            return self._result(0, self.driver.call("call", self._options, action, dict(values or {}), how))
        via = None if self.host else self.server.address
        try:
            return self.driver.call(
                self.name, action, dict(values or {}), key_id=self.key_id, secret=self.secret, token=self.token,
                host=self.host, proxy=via,
            )  # fmt: skip
        except SdkFailed as failed:
            told = failed.value
            assert isinstance(told, Mapping)
            assert told["status"] >= 0, told["said"]
            return self._result(told["status"], json.loads(told["said"]))

    @property
    def _options(self) -> dict[str, Any]:
        return {"host": self.host, "keyId": self.key_id, "secret": self.secret, "token": self.token}

    def address(self, action: str, values: Mapping[str, Any]) -> Any:
        """The result of a call by a signed address, which node's Signer makes."""
        return self._result(0, self.driver.call("address", self._options, action, dict(values)))

    def _result(self, status: int, said: Mapping[str, Any]) -> Any:
        if "Error" in said["ResponseMetadata"]:
            raise Refused(status, said["ResponseMetadata"])
        return said["Result"]

    def put(self, url: str, content: bytes, **headers: str) -> Mapping[str, Any]:
        """Upload to an address, by requests or by Node's fetch."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        via = {} if self.name == "node" or self.host else {"proxy": self.server.address}
        told = self.driver.call("put", url, base64.b64encode(content).decode("ascii"), named, **via)
        assert isinstance(told, Mapping)
        return told

    def upload(self, name: str, content: bytes) -> str:
        """Upload a file; its address."""
        url = str(self.call("GetResourceUploadUrl", {"FileName": name})["UploadUrl"])
        told = self.put(url, content)
        assert told["status"] == 200, told
        return url
