"""Calls of the four minting APIs on an operator's word: which fields each has, as what call they go to its dialect.

The call is the one that a cloud's SDK would make, without its signature; the reply is read as an SDK reads it. Must not
know how any of them mints. Source: the seeds of VMS, HBR, VOD and MS.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.wire.http import Headers, Request

Given = Mapping[str, Any]
"""The API's own parameters, by the cloud's names."""


class Direct(Value, frozen=True, kw_only=True):
    """One API: its ``dialect``, its parameters (required ones first), and where its reply has the result."""

    dialect: str
    needed: tuple[str, ...]
    allowed: tuple[str, ...]
    query: Callable[[Given], str]
    headers: Headers
    in_body: bool
    result: tuple[str, ...]


def _rpc(action: str, version: str) -> Callable[[Given], str]:
    """Action, version and all parameters in the query."""
    return lambda given: urlencode({"Action": action, "Version": version, "Format": "JSON", **given})


def _named(action: str, version: str) -> Callable[[Given], str]:
    """Action and version in the query, parameters in the body."""
    return lambda _given: urlencode({"Action": action, "Version": version})


def _nothing(_given: Given) -> str:
    return ""


_JSON = (b"content-type", b"application/json")


def _headed(action: bytes, version: bytes) -> Headers:
    return (_JSON, (b"x-tc-action", action), (b"x-tc-version", version))


DIRECT: Final[dict[str, Direct]] = {
    "vms": Direct(
        dialect="volcengine", needed=("FileName",), allowed=(), query=_named("GetResourceUploadUrl", "2022-01-01"),
        headers=(_JSON,), in_body=True, result=("Result",),
    ),
    "hbr": Direct(
        dialect="aliyun", needed=("FileName",), allowed=(), query=_rpc("CreateTempFileUploadUrl", "2017-09-08"),
        headers=(), in_body=False, result=(),
    ),
    "vod": Direct(
        dialect="tencent", needed=("SubAppId", "Policy"), allowed=("DurationSeconds",), query=_nothing,
        headers=_headed(b"CreateStorageCredentials", b"2024-07-18"), in_body=True, result=("Response",),
    ),
    "ms": Direct(
        dialect="tencent", needed=(), allowed=("CosRegion", "Duration"), query=_nothing,
        headers=_headed(b"CreateCosSecKeyInstance", b"2018-04-08"), in_body=True, result=("Response",),
    ),
}  # fmt: skip


def checked(name: str, given: Given) -> tuple[Direct, dict[str, Any]]:
    """The API and its parameters, those of None left out. Raises Fault PARAMETER_MISSING, PARAMETER_INVALID."""
    direct = DIRECT.get(name)
    if direct is None:
        raise Fault(Kind.PARAMETER_INVALID, f"there is no API {name[:40]!r}; there are {', '.join(DIRECT)}")
    said = {key: value for key, value in given.items() if value is not None}
    for key in direct.needed:
        if key not in said:
            raise Fault(Kind.PARAMETER_MISSING, f"{name} needs {key}")
    for key in said:
        if key not in {*direct.needed, *direct.allowed}:
            raise Fault(Kind.PARAMETER_INVALID, f"{name} has no parameter {key[:80]!r}")
    return direct, said


async def _no_body() -> AsyncIterator[bytes]:
    for piece in _NO_PIECES:
        yield piece


_NO_PIECES: tuple[bytes, ...] = ()


def request_of(direct: Direct, given: Given, *, id: str, scheme: str, authority: str, client: str) -> Request:  # noqa: A002
    """The call, as it would come to the server at ``authority``."""
    return Request(
        id=id,
        method="POST",
        raw_path=b"/",
        raw_query=direct.query(given).encode("ascii"),
        headers=((b"host", authority.encode("ascii")), *direct.headers),
        authority=authority,
        scheme=scheme,
        client=client,
        body=_no_body(),
        payload=orjson.dumps(dict(given)) if direct.in_body else b"",
    )


def result_of(direct: Direct, body: bytes) -> dict[str, Any]:
    """What a reply gives, without its envelope."""
    found: Any = orjson.loads(body)
    for name in direct.result:
        found = found[name]
    return {key: value for key, value in found.items() if key != "RequestId"}
