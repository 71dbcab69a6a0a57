"""What a client is told of bytes that never become a request; the connection ends with it."""

from __future__ import annotations

import time
from email.utils import formatdate

_dates: dict[int, bytes] = {}


def http_date() -> bytes:
    """Now, as a reply's Date says it."""
    now = int(time.time())
    date = _dates.get(now)
    if date is None:
        _dates.clear()
        date = _dates[now] = formatdate(now, usegmt=True).encode()
    return date


def _refusal(status: bytes, why: bytes) -> bytes:
    return (
        b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n"
        b"connection: close\r\n\r\n%b" % (status, len(why), why)
    )


BAD = _refusal(b"400 Bad Request", b"Invalid HTTP request received.")
TOO_LARGE = _refusal(
    b"431 Request Header Fields Too Large",
    b"the request header, or what stands between pieces of its body, is too large\n",
)
UNKNOWN_CODING = _refusal(b"501 Not Implemented", b"chunked is the only transfer coding\n")
UNKNOWN_VERSION = _refusal(b"505 HTTP Version Not Supported", b"this is HTTP/1.1\n")
