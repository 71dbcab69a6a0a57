"""What a client is told of bytes that never become a request; the connection ends with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate


class HttpDate:
    """The time as a reply's Date says it, made once a second; ``clock`` tells seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._made_at, self._text = -1, b""

    def __call__(self) -> bytes:
        """The Date of a reply that is made now."""
        now = int(self._clock())
        if now != self._made_at:
            self._made_at, self._text = now, formatdate(now, usegmt=True).encode()
        return self._text


def refusal(status: bytes, why: bytes) -> bytes:
    """A reply with this status and reason phrase, and a text."""
    return (
        b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n"
        b"connection: close\r\n\r\n%b" % (status, len(why), why)
    )


BAD = refusal(b"400 Bad Request", b"Invalid HTTP request received.")
TOO_LARGE = refusal(
    b"431 Request Header Fields Too Large",
    b"the request header, or what stands between pieces of its body, is too large\n",
)
UNKNOWN_CODING = refusal(b"501 Not Implemented", b"chunked is the only transfer coding\n")
UNKNOWN_VERSION = refusal(b"505 HTTP Version Not Supported", b"this is HTTP/1.1\n")
