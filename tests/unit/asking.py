"""Requests made of what a test says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from entrepot.wire.http import Request


async def chunks(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    """A body that arrives in these pieces."""
    for piece in pieces:
        yield piece


def request(*headers: tuple[str, str], query: bytes = b"", path: bytes = b"/", host: str = "127.0.0.1:9400") -> Request:
    """A GET with these headers."""
    return Request(
        id="1",
        method="GET",
        raw_path=path,
        raw_query=query,
        headers=tuple((name.lower().encode(), value.encode("latin-1")) for name, value in headers),
        authority=host,
        scheme="http",
        client="127.0.0.1",
        body=chunks(()),
    )
