"""What is stored by anybody, served where it can do no harm: pages at the server's own origin run no scripts.

A browser takes everything at one scheme, host and port for one origin: an object that is served at the server's own
host could act there as the server's own pages do. What a browser might run as a document gets ``Content-Security-
Policy: sandbox`` (an origin of its own, no scripts) and ``nosniff``. What no browser runs is told by a list, so that an
unknown type counts as one that it might. Scripts, styles, images, media and requests of pages are not touched by them.
A bucket that is named in the host has an origin of its own. Source: ADR 0028; W3C "Content Security Policy Level 3"
§6.3.2; WHATWG "MIME Sniffing", "Fetch" (the last type of a list counts).
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from entrepot.wire.http import Request, Response

_INERT_FAMILIES = frozenset({"image", "audio", "video", "font"})
_INERT = frozenset({
    "application/javascript", "application/json", "application/octet-stream", "application/pdf", "application/wasm",
    "application/zip", "application/gzip", "application/vnd.apple.mpegurl", "application/dash", "binary/octet-stream",
    "text/css", "text/csv", "text/javascript", "text/plain", "text/vtt",
})  # fmt: skip
"""Types that are shown, played, downloaded or loaded by a page, and never run as a document."""
_TYPE = re.compile(r"([a-z0-9!#$&^_.-]+)/([a-z0-9!#$&^_.-]+)", re.ASCII)
"""Without ``+``: what ends in ``+xml`` is a document."""
_SEALS = [(b"content-security-policy", b"sandbox"), (b"x-content-type-options", b"nosniff")]


def contain(response: Response) -> None:
    """Add what keeps a response from running in a browser, if it might."""
    kind = next((value for name, value in response.headers if name == b"content-type"), b"")
    if is_active(kind):
        named = {name for name, _ in response.headers}
        response.headers += [(name, value) for name, value in _SEALS if name not in named]


@lru_cache(maxsize=4096)
def is_active(content_type: bytes) -> bool:
    """Whether a browser might run something of this Content-Type as a document."""
    text = content_type.decode("latin-1").lower()
    match = _TYPE.fullmatch(text.partition(";")[0].strip(" \t"))
    if match is None or "," in text:
        return True
    return match[1] not in _INERT_FAMILIES and match[0] not in _INERT


def names_bucket_in_host(request: Request, key: str) -> bool:
    """Whether the address of an object (or, with the empty key, of a bucket) has its bucket in the host."""
    path = request.raw_path.removeprefix(b"/")
    return (unquote_to_bytes(path) if b"%" in path else path) == key.encode()
