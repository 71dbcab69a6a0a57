"""A client of one dialect at one bucket: short words for what is asked all the time, and a picture of the bucket.

Law: it sends what it is told, signed as it is told; path style unless another host is named.
"""

from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from behaviour.bucket import Bucket
from behaviour.client import Owner, Reply, read_from

from .clouds import Cloud, Refusal, check_refused
from .signers import Asked, How

SIGNED = How()
Change = Callable[[Asked], Asked]


@dataclass(slots=True, kw_only=True)
class Speaker:
    """One dialect, one bucket, one owner's key, one connection."""

    bucket: Bucket
    cloud: Cloud
    owner: Owner
    known: Any = None
    """The picture of a bucket that nobody may change."""
    upload: str = ""
    """The upload that is under way there."""

    @property
    def text(self) -> str:
        """The bucket's name as this dialect says it."""
        return self.cloud.bucket_text(self.bucket.owner, self.bucket.name)

    @property
    def authority(self) -> str:
        """What the Host header says unless told otherwise."""
        return f"127.0.0.1:{self.bucket.server.port}"

    def asked(
        self,
        method: str,
        key: str = "",
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        bucket: str | None = None,
        host: str = "",
        path: str | None = None,
    ) -> Asked:
        """A request to be signed. ``bucket`` is another's name, empty for the service; ``host`` one that names it."""
        named = self.text if bucket is None else bucket
        rest = quote(key, safe="/-_.~")
        way = f"/{rest}" if host or not named else f"/{named}/{rest}"
        return Asked(
            method=method, path=way if path is None else path, query=tuple((query or {}).items()),
            headers=tuple((headers or {}).items()), body=body, host=host or self.authority, bucket=named, key=key,
        )  # fmt: skip

    def signed(self, asked: Asked, how: How | None = SIGNED) -> Asked:
        """The request with this speaker's signature; as it is without a recipe."""
        return asked if how is None else self.cloud.sign(asked, self.owner, how)

    def send(self, asked: Asked, how: How | None = SIGNED, change: Change | None = None) -> Reply:
        """Sign and send; ``change`` what was signed."""
        signed = self.signed(asked, how)
        if change is not None:
            signed = change(signed)
        own = "" if signed.host == self.authority else signed.host
        return self.bucket.client.send(signed.method, signed.target, headers=signed.headers, body=signed.body, host=own)

    def ask(self, method: str, key: str = "", *, how: How | None = SIGNED, **given: Any) -> Reply:
        """One request and its reply."""
        return self.send(self.asked(method, key, **given), how)

    def ok(self, method: str, key: str = "", *, status: int = 200, **given: Any) -> Reply:
        """A request that must succeed."""
        reply = self.ask(method, key, **given)
        assert reply.status == status, str(reply)
        return reply

    def refused(self, expected: Refusal, method: str, key: str = "", **given: Any) -> Reply:
        """A request that must not."""
        reply = self.ask(method, key, **given)
        check_refused(self.cloud, reply, expected)
        return reply

    def put(self, key: str, content: bytes = b"content", **headers: str) -> Reply:
        """A simple upload; underscores in names of headers stand for hyphens."""
        return self.ok("PUT", key, body=content, headers={name.replace("_", "-"): v for name, v in headers.items()})

    def start(self, key: str, headers: Mapping[str, str] | None = None) -> str:
        """The id of a new upload in parts."""
        return self.cloud.value(self.ok("POST", key, query={"uploads": ""}, headers=headers), "UploadId")

    def part(self, key: str, upload: str, number: object, content: bytes) -> str:
        """The entity tag of a part."""
        query = {"partNumber": str(number), "uploadId": upload}
        return self.ok("PUT", key, query=query, body=content).headers["etag"]

    def complete(self, key: str, upload: str, parts: list[tuple[int, str]]) -> Reply:
        """The end of an upload."""
        return self.ok("POST", key, query={"uploadId": upload}, body=self.cloud.parts(parts))

    def content(self, key: str) -> bytes:
        """The bytes of what must be there."""
        return self.ok("GET", key).body

    def keys(self, **query: str) -> list[str]:
        """The keys on one page."""
        return self.cloud.values(self.ok("GET", query={"max-keys": "1000", **query}), "Key")

    def picture(self) -> Any:
        """Everything that this dialect shows of the bucket: objects, uploads under way and their parts."""
        listed = self.ok("GET", query={"max-keys": "1000"})
        uploads = self.ok("GET", query={"uploads": ""})
        rows = [self.cloud.values(listed, name) for name in ("Key", "ETag", "Size", "LastModified")]
        seen: list[Any] = [rows, self.cloud.values(uploads, "UploadId")]
        keys = self.cloud.values(uploads, "Key")
        for key, upload in zip(keys, seen[1], strict=True):
            parts = self.ok("GET", key, query={"uploadId": upload})
            seen.append([self.cloud.values(parts, name) for name in ("PartNumber", "ETag", "Size")])
        return seen

    def as_owner(self, owner: Owner) -> Speaker:
        """Another account's key at the same bucket."""
        return replace(self, owner=owner)

    def raw(self, head: bytes, body: bytes = b"", *, timeout: float = 10) -> Reply:
        """The reply to bytes over a connection of its own, which ends with it."""
        with socket.create_connection(("127.0.0.1", self.bucket.server.port), timeout=timeout) as sock:
            sock.sendall(head + body)
            return read_from(sock, head.partition(b"\r\n")[0].decode("latin-1"))


def head_of(asked: Asked, *lines: str) -> bytes:
    """The header of a request as it goes over the wire, with more lines as they are."""
    named = [f"{name}: {value}" for name, value in asked.headers]
    return "\r\n".join(
        (f"{asked.method} {asked.target} HTTP/1.1", f"Host: {asked.host}", *named, *lines, "", "")
    ).encode()


def md5_base64(content: bytes) -> str:
    """A Content-MD5."""
    return base64.b64encode(hashlib.md5(content).digest()).decode()
