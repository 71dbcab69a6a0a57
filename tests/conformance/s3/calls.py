"""Calls into the S3 drivers: values that JSON lacks, refusals with their code, and the clients' settings.

Law: knows no server and no signature; what a driver reports as an error is raised as Refused.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.conftest import Sample
from conformance.driver import Driver, SdkFailed

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Big:
    """Content too long to travel between the processes: its size and SHA-1."""

    size: int
    sha1: str


class Refused(Exception):  # noqa: N818
    """The client reported an error; `code` and `status` are the reply's, None when there was none."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value: Mapping[str, Any] = value if isinstance(value, Mapping) else {"message": str(value)}
        self.code: str | None = self.value.get("code")
        self.status: int | None = self.value.get("status")
        self.message = str(self.value.get("message", ""))


def pack(value: Any) -> Any:
    """A value as the drivers' loop reads it."""
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Mapping):
        return {name: pack(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [pack(item) for item in value]
    return value


def unpack(value: Any) -> Any:
    """A value as the drivers' loop wrote it; a time becomes its seconds."""
    if isinstance(value, list):
        return [unpack(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    if "$big" in value:
        return Big(**value["$big"])
    if "$time" in value:
        return value["$time"]
    return {name: unpack(item) for name, item in value.items()}


def piece(path: Path, offset: int, size: int) -> dict[str, Any]:
    """That slice of a file, read by the driver."""
    return {"$slice": [str(path), offset, size]}


def when(seconds: float) -> dict[str, float]:
    """A time."""
    return {"$time": seconds}


def big(file: Sample) -> Big:
    """What comes back for a long file."""
    return Big(size=len(file.content), sha1=hashlib.sha1(file.content).hexdigest())


class Client:
    """One client inside a driver: `client("put_object", Bucket=..., ...)`."""

    def __init__(self, driver: Driver, name: str = "") -> None:
        self._driver = driver
        self._prefix = f"{name}." if name else ""

    def __call__(self, method: str, *args: Any, timeout_seconds: float = 60.0, **kwargs: Any) -> Any:
        """What the client returned; raises Refused."""
        packed: Any = pack(kwargs)
        try:
            value = self._driver.call(
                self._prefix + method, *(pack(item) for item in args), timeout_seconds=timeout_seconds, **packed
            )
        except SdkFailed as failed:
            raise Refused(failed.value) from None
        return unpack(value)

    def refused(self, method: str, *args: Any, **kwargs: Any) -> tuple[str | None, int | None]:
        """Code and status of a call that must be refused."""
        error = self.error(method, *args, **kwargs)
        return error.code, error.status

    def error(self, method: str, *args: Any, **kwargs: Any) -> Refused:
        """The refusal of a call that must be refused."""
        try:
            value = self(method, *args, **kwargs)
        except Refused as refused:
            return refused
        raise AssertionError(f"{method} was not refused: {str(value)[:600]}")
