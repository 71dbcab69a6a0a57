"""Requests that ask for another protocol, which they do not get: RFC 9110, section 7.8 lets a server ignore Upgrade.

The parser takes such a request for the last of its connection: it drops the body, and hands back the bytes behind the
header as those of the other protocol. So a fresh parser is told the request's framing without the Upgrade field, which
makes it expect the body, and then gets those bytes. Nobody hears a second time what the first parser said.
``CONNECT`` asks for a tunnel in the same way: nothing behind it is ours to read, so the fresh parser is told that the
connection ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

_FRAMING = frozenset({b"connection", b"content-length", b"transfer-encoding"})
_LAST = b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n"


class Listener(Protocol):
    """Who hears what a parser finds."""

    def on_message_begin(self) -> None: ...
    def on_url(self, url: bytes) -> None: ...
    def on_header(self, name: bytes, value: bytes) -> None: ...
    def on_headers_complete(self) -> None: ...
    def on_body(self, body: bytes) -> None: ...
    def on_message_complete(self) -> None: ...


def framing_alone(method: str, version: str, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A header with the framing of this one, which the parser took already, and without its wish for an upgrade."""
    if method == "CONNECT":
        return _LAST
    fields = b"".join(b"%b: %b\r\n" % (name, value) for name, value in headers if name in _FRAMING)
    return b"POST / HTTP/%b\r\n%b\r\n" % (version.encode(), fields)


class AfterUpgrade:
    """Stands between a fresh parser and its listener until the parser has been told of the first header."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._told = False
        self.on_body = listener.on_body
        self.on_message_complete = listener.on_message_complete

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._told:
            self._listener.on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of the request target."""
        if self._told:
            self._listener.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the header, or of the trailer."""
        if self._told:
            self._listener.on_header(name, value)

    def on_headers_complete(self) -> None:
        """The header has ended."""
        if self._told:
            self._listener.on_headers_complete()
        self._told = True
