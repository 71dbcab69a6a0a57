"""Repairs of a whole request: as it may have been when it was signed, or before somebody spoilt its address.

Data in :data:`REPAIRS`. Each gives requests; one in which a signature is found that verifies proves the cause. They are
for what changes more than one part of a text, and for requests in which no signature can be read any more.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

from entrepot.core.value import Value, changed
from entrepot.wire.http import Request

_PARAMETERS_MAX: Final = 16
_METHODS: Final = ("GET", "PUT", "POST", "HEAD", "DELETE")


class Repair(Value, frozen=True, kw_only=True):
    """A cause, and the requests that a request may have been, each with a note that may be shown."""

    cause: str
    alter: Callable[[Request], Iterator[tuple[Request, str]]]


def _query(request: Request, raw: bytes, note: str = "") -> Iterator[tuple[Request, str]]:
    if raw != request.raw_query:
        yield changed(request, raw_query=raw), note


def _html(request: Request) -> Iterator[tuple[Request, str]]:
    raw = request.raw_query
    for mark in (b"&amp;", b"&#38;", b"%26amp%3B", b"&amp%3B", b"&%23038;"):
        if mark in raw:
            yield from _query(request, raw.replace(mark, b"&"))
    if raw.startswith((b"amp;", b"amp%3B")):
        yield from _query(request, raw[raw.index(b";" if b";" in raw[:4] else b"B") + 1 :])


def _json(request: Request) -> Iterator[tuple[Request, str]]:
    raw = request.raw_query
    for mark in (b"\\u0026", b"%5Cu0026", b"%5cu0026", b"u0026", b"\\/"):
        if mark in raw:
            yield from _query(request, raw.replace(mark, b"&").replace(b"\\u003d", b"=").replace(b"%5Cu003d", b"="))


def _encoded(request: Request) -> Iterator[tuple[Request, str]]:
    """A query that was encoded as a whole, or whose values were encoded once more; or a whole address as a path."""
    raw = request.raw_query
    if b"%26" in raw or b"%3D" in raw or b"%3d" in raw:
        yield from _query(request, unquote_to_bytes(raw))
    if b"%25" in raw:
        yield from _query(request, raw.replace(b"%25", b"%"))
    if not raw and b"%3F" in request.raw_path.upper():
        path, _, query = unquote_to_bytes(request.raw_path).partition(b"?")
        yield changed(request, raw_path=path, raw_query=query), ""


def _plus(request: Request) -> Iterator[tuple[Request, str]]:
    if b"%20" in request.raw_query:
        yield from _query(request, request.raw_query.replace(b"%20", b"%2B"))
        yield from _query(request, request.raw_query.replace(b"%20", b"+"))


def _header(request: Request, value: bytes) -> Request:
    pairs = ((name, value if name == b"authorization" else old) for name, old in request.headers)
    return changed(request, headers=tuple(pairs))


def _shown(request: Request) -> Iterator[bytes]:
    yield from (value for name, value in request.headers if name == b"authorization")


def _url_safe(request: Request) -> Iterator[tuple[Request, str]]:
    """A COS JSON signature in URL-safe base64, in header or address."""
    for value in _shown(request):
        if b" " not in value and b"=" not in value.rstrip(b"=") and len(value) < 5000:
            standard = value.replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
            yield _header(request, standard + b"=" * (-len(standard) % 4)), ""
    for pair in request.raw_query.split(b"&")[:_PARAMETERS_MAX]:
        if pair.startswith(b"sign="):
            value = unquote_to_bytes(pair[5:]).replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
            whole = value + b"=" * (-len(value) % 4)
            escaped = whole.replace(b"+", b"%2B").replace(b"/", b"%2F").replace(b"=", b"%3D")
            yield from _query(request, request.raw_query.replace(pair, b"sign=" + escaped))


def _quoted(request: Request) -> Iterator[tuple[Request, str]]:
    for value in _shown(request):
        bare = value.strip(b" \t\"'")
        for word in (b"Bearer ", b"Basic ", b"Signature ", b"Authorization: ", b"Authorization:", b"sign="):
            bare = bare.removeprefix(word).strip()
        if bare != value:
            yield _header(request, bare), ""
        joined = b"".join(value.split())
        if joined != value and b"Credential" not in value:
            yield _header(request, joined), ""
        unescaped = unquote_to_bytes(value)
        if unescaped != value:
            yield _header(request, unescaped), ""


def _text_first(request: Request) -> Iterator[tuple[Request, str]]:
    """A COS JSON signature with the text in front, or its HMAC in hexadecimal digits."""
    for value in _shown(request):
        try:
            raw = base64.b64decode(value, validate=True)
        except ValueError:
            continue
        for made in (raw[-20:] + raw[:-20], _from_hex(raw[:40]) + raw[40:]):
            yield _header(request, base64.b64encode(made)), ""


def _from_hex(digits: bytes) -> bytes:
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return b""


def _method(request: Request) -> Iterator[tuple[Request, str]]:
    for method in _METHODS:
        if method != request.method:
            yield changed(request, method=method), method


def _extra(request: Request) -> Iterator[tuple[Request, str]]:
    pairs = request.raw_query.split(b"&") if request.raw_query else []
    for at in reversed(range(len(pairs[:_PARAMETERS_MAX]))):
        name = pairs[at].partition(b"=")[0][:80].decode("utf-8", "replace")
        yield from _query(request, b"&".join(pairs[:at] + pairs[at + 1 :]), name)


def _type(request: Request) -> Iterator[tuple[Request, str]]:
    """The type decides whether a body counts as parameters."""
    for kind in (b"application/x-www-form-urlencoded", b"application/json", b"application/json; charset=utf-8"):
        rest = tuple(pair for pair in request.headers if pair[0] != b"content-type")
        yield changed(request, headers=(*rest, (b"content-type", kind))), kind.decode()


REPAIRS: Final = (
    Repair(cause="url-html-escaped", alter=_html),
    Repair(cause="url-json-escaped", alter=_json),
    Repair(cause="sign-url-safe", alter=_url_safe),
    Repair(cause="sign-quoted", alter=_quoted),
    Repair(cause="sign-text-first", alter=_text_first),
    Repair(cause="url-encoded-twice", alter=_encoded),
    Repair(cause="url-plus", alter=_plus),
)
"""Of requests in which no signature can be read."""
CHANGES: Final = (
    Repair(cause="method-differs", alter=_method),
    Repair(cause="query-extra", alter=_extra),
    Repair(cause="content-type-differs", alter=_type),
    Repair(cause="url-encoded-twice", alter=_encoded),
)
"""Of requests whose signature was read and does not match."""
