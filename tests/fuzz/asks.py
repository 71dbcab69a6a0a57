"""Requests of every dialect for these tests, signed by the signers of `tests/behaviour`, as the wire has them."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from behaviour.client import BOUNDARY, DEV, Part, form_body, signature
from behaviour.storage.clouds import Cloud
from behaviour.storage.signers import Asked, How

from .world import Answer, World

HOST = "127.0.0.1:9400"
BUCKET = "demo"
FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request, ready to be sent."""

    method: str
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = b""

    @property
    def size(self) -> int:
        """Its bytes."""
        return len(self.target) + len(self.body) + sum(len(name) + len(value) for name, value in self.headers)

    async def of(self, world: World, **how: bool) -> Answer:
        """Send it."""
        return await world.ask(self.method, self.target, self.headers, self.body, **how)


def storage(
    cloud: Cloud,
    method: str,
    path: str = "/",
    query: Pairs = (),
    headers: Pairs = (),
    body: bytes = b"",
    *,
    signed: bool = True,
) -> Ask:
    """A request of an S3-like dialect for an encoded path in the bucket."""
    bucket = cloud.bucket_text(DEV, BUCKET)
    asked = Asked(
        method=method, path=f"/{bucket}{path}", query=tuple(query), headers=tuple(headers), body=body, host=HOST,
        bucket=bucket, key=path.removeprefix("/"),
    )  # fmt: skip
    if signed:
        asked = cloud.sign(asked, DEV, How())
    return plain(method, asked.target.encode("utf-8", "surrogateescape"), asked.headers, body)


def plain(method: str, target: bytes, headers: Pairs = (), body: bytes = b"", host: str = HOST) -> Ask:
    """A request as it is told."""
    told = [(name.lower().encode(), value.encode("utf-8", "surrogateescape")) for name, value in headers]
    length = [(b"content-length", str(len(body)).encode())] if body or method in {"PUT", "POST"} else []
    return Ask(method=method, target=target, headers=((b"host", host.encode()), *told, *length), body=body)


def form(parts: Sequence[Part], path: str = f"/{BUCKET}/") -> Ask:
    """A browser's form."""
    return plain("POST", path.encode(), [("Content-Type", FORM_TYPE)], form_body(parts))


def json_api(body: bytes, kind: str = "application/json", path: str = "/k") -> Ask:
    """A call of the COS JSON API."""
    now = int(time.time())
    fields = {"a": "1250000000", "b": BUCKET, "k": DEV.key_id, "e": str(now + 600), "t": str(now), "r": "1", "f": ""}
    headers = [("Authorization", signature(DEV.secret, "abketrf", fields)), ("Content-Type", kind)]
    return plain("POST", f"/files/v2/1250000000/{BUCKET}{path}".encode(), headers, body)


def encoded_json(value: object) -> str:
    """Base64 of JSON."""
    return base64.b64encode(json.dumps(value).encode()).decode()
