"""dialects/active_content: what a browser might run as a document, and what not."""

from __future__ import annotations

import pytest

from entrepot.dialects.active_content import contain, is_active, names_bucket_in_host
from entrepot.wire.http import Response
from unit.asking import request


@pytest.mark.parametrize(
    "kind",
    [
        b"text/html", b"TEXT/HTML; charset=utf-8", b" text/html", b"application/xhtml+xml", b"image/svg+xml",
        b"text/xml",
        b"application/xml", b"application/atom+xml", b"application/mathml+xml", b"text/xsl", b"", b"unknown/unknown",
        b"*/*", b"application/unknown", b"multipart/x-mixed-replace", b"message/rfc822", b"application/pdf, text/html",
        b"image/png;a=1, text/html", b"text/html;", b"image", b"text/html\x00",
    ],
)  # fmt: skip
def test_what_might_run(kind: bytes) -> None:
    """Unknown types are sniffed by browsers; of several the last one counts (WHATWG "MIME Sniffing", "Fetch")."""
    assert is_active(kind)


@pytest.mark.parametrize(
    "kind",
    [
        b"image/png", b"IMAGE/JPEG", b"video/mp4", b"audio/mpeg; x=1", b"font/woff2", b"text/plain; charset=utf-8",
        b"text/css", b"text/javascript", b"application/javascript", b"application/json", b"application/octet-stream",
        b"binary/octet-stream", b"application/pdf", b"application/wasm",
    ],
)  # fmt: skip
def test_what_does_not(kind: bytes) -> None:
    assert not is_active(kind)


def test_headers_that_are_there_stay() -> None:
    response = Response(status=200, headers=[(b"content-type", b"text/html"), (b"x-content-type-options", b"nosniff")])
    contain(response)
    assert response.headers[1:] == [(b"x-content-type-options", b"nosniff"), (b"content-security-policy", b"sandbox")]
    plain = Response(status=200, headers=[(b"content-type", b"image/png")])
    contain(plain)
    assert len(plain.headers) == 1


def test_where_the_bucket_is() -> None:
    assert names_bucket_in_host(request(path=b"/a/b%20c.html"), "a/b c.html")
    assert not names_bucket_in_host(request(path=b"/demo/a.html"), "a.html")
    assert not names_bucket_in_host(request(path=b"/%64emo/a.html"), "a.html")
    assert not names_bucket_in_host(request(path=b"/demo"), "")
