"""The address of a bucket at a store: ``s3://bucket/prefix?endpoint=http://host:port&region=R&style=path``.

Knows what may stand there and nothing of who serves it. What is not understood is refused, and no secret may stand
there, because an address is shown in process lists, logs and documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9!_.*'()-]+(/[A-Za-z0-9!_.*'()-]+)*")
_QUERY = frozenset({"endpoint", "region", "style"})
_EXAMPLE = "s3://bucket/prefix?endpoint=http://host:port&region=us-east-1&style=path"


class AddressError(ValueError):
    """An address that is not understood; the message says what to write instead, and repeats no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A bucket at a store, and the prefix of what lies in it: ``""``, or one that ends in a slash."""

    endpoint: str
    bucket: str
    prefix: str = ""
    region: str = "us-east-1"
    is_virtual: bool = False
    """Whether the bucket is part of the host's name instead of the path."""

    @property
    def bucket_url(self) -> str:
        """Where the bucket is addressed, without a slash at the end."""
        scheme, _, host = self.endpoint.partition("://")
        return f"{scheme}://{self.bucket}.{host}" if self.is_virtual else f"{self.endpoint}/{self.bucket}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A key of the store. Its secret is in no representation."""

    key_id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


def read_address(text: str) -> Place:
    """The place that an address names. Raises AddressError."""
    parts = urlsplit(text)
    if parts.scheme != "s3":
        raise AddressError(f"an S3-compatible store is addressed as {_EXAMPLE}")
    if "@" in parts.netloc:
        raise AddressError("an address of a store holds no key; set the key's id and secret apart from it")
    if not _BUCKET.fullmatch(parts.netloc):
        raise AddressError(f"{parts.netloc!r} is no name of a bucket; an address is {_EXAMPLE}")
    prefix = parts.path.strip("/")
    if parts.fragment or (prefix and (not _PREFIX.fullmatch(prefix) or {".", ".."} & set(prefix.split("/")))):
        raise AddressError(
            f"the prefix {parts.path!r} has characters that not every store takes; use letters and digits"
        )
    query = parse_qsl(parts.query, keep_blank_values=True)
    said = dict(query)
    if len(said) != len(query) or said.keys() - _QUERY:
        known = ", ".join(sorted(_QUERY))
        raise AddressError(f"an address of a store may say each of {known} once; keys are set apart from it")
    if said.get("style", "path") not in {"path", "virtual"}:
        raise AddressError(f"style is path or virtual, not {said['style']!r}")
    region = said.get("region") or "us-east-1"
    return Place(
        endpoint=_endpoint(said.get("endpoint", ""), region),
        bucket=parts.netloc,
        prefix=f"{prefix}/" if prefix else "",
        region=region,
        is_virtual=said.get("style") == "virtual",
    )


def _endpoint(text: str, region: str) -> str:
    text = text or f"https://s3.{region}.amazonaws.com"
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise AddressError("endpoint is the address of the store without a key, such as http://127.0.0.1:9000")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise AddressError("endpoint is a host and a port; a store below a path is not supported")
    return f"{parts.scheme}://{parts.netloc}"
