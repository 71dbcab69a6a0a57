"""Requests and responses as they are on the wire.

A request keeps the path and query exactly as they came, because signatures cover those bytes. Header names are lower
case, in their order; values are the bytes sent. The body is a stream that is read at most once.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value

Headers = tuple[tuple[bytes, bytes], ...]


class FilePart(Value, frozen=True, kw_only=True):
    """What a form said of its file content."""

    name: str
    filename: str | None
    content_type: str | None


async def _nothing_left() -> None:
    """The end of a body that was made here."""


class Request(Value, frozen=True, kw_only=True):
    """One request.

    ``authority`` is the host (and port) that the client addressed: from an absolute-form target, else the Host header.
    ``body`` yields the bytes; it raises Fault BODY_INCOMPLETE when the client stops before the announced end.

    A browser's form carries its credential in fields that come before the file. Once those were read, they are in
    ``form`` (names as sent, in order) with the ``file`` that follows, and ``body`` yields the file's bytes alone.
    """

    id: str
    method: str
    raw_path: bytes
    raw_query: bytes
    headers: Headers
    authority: str
    scheme: str
    client: str
    body: AsyncIterator[bytes]
    form: tuple[tuple[str, str], ...] | None = None
    file: FilePart | None = None
    trailers: Mapping[str, str] | None = None
    """What a framed body says after its bytes, by lower-case name; complete once ``body`` has ended."""
    payload: bytes | None = None
    """The whole body of a call, once it was read."""
    whole: Callable[[], Awaitable[None]] = _nothing_left
    """Reads what nobody wanted of the body as it came, so that nothing is done for a request that is not whole. Raises
    Fault BODY_INCOMPLETE, and TOO_LARGE for much that nobody wants."""

    def field(self, name: str) -> str | None:
        """The first form field of this (lower-case) name; None also without a form."""
        for key, value in self.form or ():
            if key.lower() == name:
                return value
        return None

    def header(self, name: bytes) -> str | None:
        """The first header of this (lower-case) name, as text."""
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return None

    @property
    def host(self) -> str:
        """The addressed host without its port, in lower case, without the dot that may end a whole name (RFC 1034)."""
        host = self.authority
        if host.startswith("["):
            return host[: host.find("]") + 1].lower()
        return host.partition(":")[0].lower().removesuffix(".")

    def query(self) -> list[tuple[str, str]]:
        """The query's pairs: percent-decoded, ``+`` is a space, empty values kept.

        Raises:
            Fault: MALFORMED when it is not UTF-8 or has more than 64 fields, or escapes without end.
        """
        if not self.raw_query:
            return []
        try:
            return pairs_of(self.raw_query.decode("ascii"), 64)
        except UnicodeDecodeError as error:
            raise Fault(Kind.MALFORMED, "the query string is not UTF-8", reason="utf8") from error
        except ValueError as error:
            raise Fault(Kind.MALFORMED, "the query string has more than 64 fields", reason="query") from error

    def content_length(self) -> int | None:
        """The announced length of the body in bytes; the server has refused anything but digits."""
        value = self.header(b"content-length")
        return int(value) if value is not None and value.isascii() and value.isdigit() else None


ESCAPES_MAX: Final = 65_536
"""Each costs much more than the byte that it stands for, and calls are decoded before it is known who signed them."""


def pairs_of(text: str, most: int) -> list[tuple[str, str]]:
    """Pairs of a query or form: percent-decoded, ``+`` is a space, empty values kept.

    Raises:
        ValueError: more than ``most`` fields, or too many escapes; UnicodeDecodeError where they are not UTF-8.
    """
    if text.count("%") > ESCAPES_MAX:
        raise ValueError("too many escapes")
    return list(_remembered(text, most) if len(text) <= _SHORT else _parsed(text, most))


def _parsed(text: str, most: int) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=most)


_SHORT: Final = 4096
_remembered = lru_cache(maxsize=8)(_parsed)
"""Address, dialect and operation ask for the query of one request one after the other."""


@dataclass(slots=True, kw_only=True)
class Response:
    """One response. A stream in ``body`` needs ``length``; ``head`` replies keep the length but send no body.

    ``code`` is that of a refusal, as its body tells it; of several names refused each by itself, the first's.
    """

    status: int
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes | memoryview | AsyncIterable[memoryview] = b""
    length: int | None = None
    code: str = ""


class SpeltName(bytes):
    """A response header's name that goes out in this spelling; servers put names in lower case on the way.

    HTTP does not care; some SDKs do. It stays equal to its lower-case form, by which servers know their own headers.
    """

    def lower(self) -> SpeltName:
        return self

    def __eq__(self, other: object) -> bool:
        return super().lower() == other

    def __hash__(self) -> int:
        return hash(super().lower())


def header_text(value: str) -> bytes:
    """A header value on the wire: UTF-8 bytes. The caller has refused control characters."""
    return value.encode("utf-8")


def split_target(target: bytes) -> tuple[bytes, bytes, bytes]:
    """Authority (empty unless the target is absolute), path and query, as they came."""
    authority = b""
    for scheme in (b"http://", b"https://"):
        if target[: len(scheme)].lower() == scheme:
            authority, slash, rest = target[len(scheme) :].partition(b"/")
            host, question, _ = authority.partition(b"?")
            if question:
                target, authority = b"/" + authority[len(host) :] + slash + rest, host
            else:
                target = b"/" + rest
            break
    path, _, query = target.partition(b"?")
    return authority, path, query
