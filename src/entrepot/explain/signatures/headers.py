"""Mistakes in what a request says beside its address: content type, dates, other headers, what stands for the body.

Data in :data:`MISTAKES`; each function gives ways in which its part may have been signed.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from entrepot.core.value import changed
from entrepot.explain.signatures.layouts import Pairs, Parts
from entrepot.explain.signatures.mistake import Facts, Mistake, Ways
from entrepot.signing.scoped_rows import EMPTY_SHA256, UNSIGNED
from entrepot.wire.dates import parse_http_date

_TYPE: Final = b"content-type"
_HEADERS_MAX: Final = 40
_TYPES: Final = (
    *b"application/octet-stream application/json application/x-www-form-urlencoded text/plain image/jpeg image/png"
    b" application/xml text/html video/mp4 multipart/form-data application/pdf image/gif application/zip audio/mpeg"
    b" text/xml binary/octet-stream image/jpg text/plain;charset=UTF-8 application/json;charset=UTF-8"
    b" application/json;charset=utf-8 text/csv".split(),
    b"text/plain; charset=utf-8", b"application/json; charset=utf-8", b"application/json; charset=UTF-8",
    b"application/x-www-form-urlencoded; charset=UTF-8", b"application/x-www-form-urlencoded; charset=utf-8",
    b"text/plain; charset=UTF-8", b"text/html; charset=utf-8",
)  # fmt: skip


def _shown(raw: bytes) -> str:
    return raw[:80].decode("utf-8", "replace")


def _written(facts: Facts, value: bytes) -> bytes:
    return quote(value, safe="").encode() if facts.layout.encodes_headers else value


def _meant(facts: Facts, value: bytes) -> bytes:
    return unquote_to_bytes(value) if facts.layout.encodes_headers else value


def _replaced(parts: Parts, name: bytes, value: bytes | None) -> Parts:
    """The parts with another value for a header; None: without it."""
    pairs = ((key, value if key == name else old) for key, old in parts.headers)
    return changed(parts, headers=tuple((key, text) for key, text in pairs if text is not None))


# The content type.


def _type_of(parts: Parts, facts: Facts) -> bytes | None:
    """The content type as it came, where it is signed; None where it is not."""
    if parts.kind is not None:
        return parts.kind
    return next((_meant(facts, value) for name, value in parts.headers if name == _TYPE), None)


def _with_type(parts: Parts, facts: Facts, value: bytes | None) -> Parts:
    if parts.kind is not None:
        return changed(parts, kind=value or b"")
    if value is not None and all(name != _TYPE for name, _ in parts.headers):
        return changed(parts, headers=tuple(sorted((*parts.headers, (_TYPE, value)))))
    return _replaced(parts, _TYPE, None if value is None else _written(facts, value))


def _type_added(parts: Parts, facts: Facts) -> Ways:
    """None was signed, and one was sent: browsers, fetch, curl and HTTP libraries add one by themselves."""
    came = _type_of(parts, facts)
    if came:
        yield _with_type(parts, facts, None), _shown(came)
        yield _with_type(parts, facts, b""), _shown(came)


def _type_charset(parts: Parts, facts: Facts) -> Ways:
    """Another charset, or none, or another spelling of it."""
    came = _type_of(parts, facts)
    if not came:
        return
    bare = came.partition(b";")[0].strip()
    ends = (b"", b"; charset=utf-8", b"; charset=UTF-8", b";charset=utf-8", b";charset=UTF-8", b"; charset=ISO-8859-1")
    for one in dict.fromkeys(bare + end for end in ends):
        if one != came:
            yield _with_type(parts, facts, one), _shown(one)


def _type_other(parts: Parts, facts: Facts) -> Ways:
    came = _type_of(parts, facts)
    if came is None and facts.family != "oss4":
        return
    for one in _TYPES:
        if one != came:
            yield _with_type(parts, facts, one), _shown(one)


# Dates.


def _dates_of(facts: Facts) -> Iterator[bytes]:
    for name, value in facts.request.headers:
        if name in {b"date", b"x-oss-date", b"x-amz-date", b"x-tos-date", b"x-date", b"x-cos-date"}:
            yield value.strip()


def _date_other(parts: Parts, facts: Facts) -> Ways:
    """The line of the date: of the other header, or left empty."""
    if parts.date is None:
        return
    for date in dict.fromkeys((*_dates_of(facts), b"")):
        if date != parts.date:
            yield changed(parts, date=date), _shown(date)


def _date_format(parts: Parts, _facts: Facts) -> Ways:
    """The same moment, written otherwise."""
    seconds = parse_http_date(parts.date.decode("latin-1")) if parts.date else None
    if seconds is None:
        return
    moment = datetime.fromtimestamp(seconds, UTC)
    forms = (
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"), moment.strftime("%Y%m%dT%H%M%SZ"), str(int(seconds)),
        str(int(seconds) * 1000), format_datetime(moment, usegmt=False), format_datetime(moment, usegmt=True),
        moment.strftime("%a, %d %b %Y %H:%M:%S UTC"), moment.strftime("%Y-%m-%d %H:%M:%S"), moment.isoformat(),
        moment.strftime("%A, %d-%b-%y %H:%M:%S GMT"), moment.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    )  # fmt: skip
    for form in forms:
        if form.encode() != parts.date:
            yield changed(parts, date=form.encode()), form


_SECONDS: Final = tuple(sign * second for second in range(1, 31) for sign in (1, -1))


def _date_twice(parts: Parts, _facts: Facts) -> Ways:
    """The clock was read twice: a second or some apart."""
    seconds = parse_http_date(parts.date.decode("latin-1")) if parts.date else None
    if seconds is not None:
        for off in _SECONDS:
            date = format_datetime(datetime.fromtimestamp(seconds + off, UTC), usegmt=True).encode()
            yield changed(parts, date=date), f"{off} s"


def _date_zone(parts: Parts, _facts: Facts) -> Ways:
    """A local time under the name of GMT."""
    seconds = parse_http_date(parts.date.decode("latin-1")) if parts.date else None
    if seconds is not None:
        for quarter in (q for q in range(-48, 57) if q):
            date = format_datetime(datetime.fromtimestamp(seconds + quarter * 900, UTC), usegmt=True).encode()
            yield changed(parts, date=date), f"{quarter / 4:+g} h"


def _expires_unit(parts: Parts, _facts: Facts) -> Ways:
    """An end in milliseconds where it is in seconds, a span where it is a moment, or a quoted one."""
    if parts.date and parts.date.isdigit() and len(parts.date) < 16:
        number = int(parts.date)
        for value in (number * 1000, number // 1000, number // 1000 * 1000):
            if str(value).encode() != parts.date:
                yield changed(parts, date=str(value).encode()), str(value)
        for lasts in (60, 300, 600, 900, 1800, 3600, 7200, 86400, 604800):
            yield changed(parts, date=str(lasts).encode()), str(lasts)
            yield changed(parts, date=str(number - lasts).encode()), str(number - lasts)


# Other headers.


def _signed_headers(parts: Parts) -> Pairs:
    return tuple(pair for pair in parts.headers if pair[0] not in {b"host", _TYPE})[:_HEADERS_MAX]


def _header_added(parts: Parts, _facts: Facts) -> Ways:
    """A header that is signed because of its name, and was added after signing; then all of them."""
    for name, _ in _signed_headers(parts):
        yield _replaced(parts, name, None), _shown(name)
    if parts.headers:
        yield changed(parts, headers=()), "all"


_USUAL: Final = {
    b"accept-encoding": (b"identity", b"gzip", b"gzip, deflate", b"gzip, deflate, br", b"*"),
    b"accept": (b"*/*", b"application/json", b"text/plain, */*"),
    b"connection": (b"keep-alive", b"Keep-Alive", b"close", b"upgrade"),
    b"cache-control": (b"no-cache", b"max-age=0", b"no-store"),
    b"content-length": (b"0",),
    b"content-encoding": (b"aws-chunked", b"gzip", b"utf-8", b"identity"),
    b"expect": (b"100-continue",),
    b"transfer-encoding": (b"chunked",),
    b"te": (b"trailers",),
    b"pragma": (b"no-cache",),
    b"range": (b"bytes=0-",),
    b"user-agent": (b"Go-http-client/1.1", b"okhttp/4.9.0", b"axios/1.6.0"),
    b"x-amz-acl": (b"public-read", b"private"),
    b"x-oss-object-acl": (b"public-read", b"private"),
    b"x-amz-content-sha256": (UNSIGNED.encode(), EMPTY_SHA256.encode()),
}


def _header_other(parts: Parts, facts: Facts) -> Ways:
    """A signed header that a proxy altered or took away, with a value that it usually has."""
    for name, came in _signed_headers(parts):
        for value in (*_USUAL.get(name, ()), b""):
            written = _written(facts, value)
            if written != came:
                yield _replaced(parts, name, written), f"{_shown(name)}: {_shown(value)}"


def _header_missing(parts: Parts, facts: Facts) -> Ways:
    """A vendor's header that was signed and did not come."""
    if parts.kind is None:
        return
    prefix = b"x-oss-" if facts.family == "oss1" else b"x-amz-"
    names = (
        (b"object-acl", b"public-read"), (b"object-acl", b"private"), (b"acl", b"public-read"), (b"acl", b"private"),
        (b"storage-class", b"Standard"), (b"storage-class", b"STANDARD"), (b"forbid-overwrite", b"true"),
    )  # fmt: skip
    for name, value in names:
        if not any(known == prefix + name for known, _ in parts.headers):
            pairs = tuple(sorted((*parts.headers, (prefix + name, value))))
            yield changed(parts, headers=pairs), f"{_shown(prefix + name)}: {_shown(value)}"


def _header_spaces(parts: Parts, facts: Facts) -> Ways:
    """White space that was lost or added on the way."""
    for name, came in _signed_headers(parts):
        value = _meant(facts, came)
        ways = (b" " + value, value + b" ", value.strip(), b" ".join(value.split()), b'"' + value + b'"',
                value.strip(b'"'), value.replace(b", ", b","), value.replace(b",", b", "))  # fmt: skip
        for way in dict.fromkeys(ways):
            if way != value:
                yield _replaced(parts, name, _written(facts, way)), _shown(name)


def _header_letters(parts: Parts, facts: Facts) -> Ways:
    """Letters that are no ASCII, or escapes, written otherwise than they were signed."""
    for name, came in _signed_headers(parts):
        value = _meant(facts, came)
        for way in dict.fromkeys(_spelt(value)):
            if way != value:
                yield _replaced(parts, name, _written(facts, way)), _shown(name)


def _spelt(value: bytes) -> Iterator[bytes]:
    yield unquote_to_bytes(value)
    yield quote(value, safe="-_.~").encode()
    yield quote(value, safe="-_.~/").encode()
    yield value.lower()
    yield value.upper()
    try:
        text = value.decode("utf-8")
        yield text.encode("latin-1")
        yield b"=?utf-8?B?" + base64.b64encode(value) + b"?="
        yield text.encode("gb18030")
    except UnicodeError:
        yield value.decode("latin-1").encode("utf-8")


def _headers_order(parts: Parts, facts: Facts) -> Ways:
    """Headers that are not sorted, or whose names are not in lower case."""
    sent = {name: at for at, (name, _) in reversed(list(enumerate(facts.request.headers)))}
    listed = tuple((parts.listed or b"").split(b";"))
    ways: tuple[Iterable[tuple[bytes, bytes]], ...] = (
        sorted(parts.headers, key=lambda pair: sent.get(pair[0], 0)),
        sorted(parts.headers, key=lambda pair: listed.index(pair[0]) if pair[0] in listed else 0),
        sorted(parts.headers), reversed(parts.headers),
        ((name.title(), value) for name, value in parts.headers),
    )  # fmt: skip
    for way in ways:
        headers = tuple(way)
        if headers != parts.headers:
            yield changed(parts, headers=headers), ""


def _listed_otherwise(parts: Parts, _facts: Facts) -> Ways:
    """The list of signed headers is not that of the headers that were signed."""
    if not parts.listed:
        return
    names = parts.listed.split(b";")
    yield changed(parts, listed=b""), ""
    for at in range(min(len(names), 16)):
        name = names[at]
        rest = b";".join(names[:at] + names[at + 1 :])
        yield changed(_replaced(parts, name, None), listed=rest), _shown(name)
        yield changed(parts, listed=rest), _shown(name)


# The body.


def _md5(parts: Parts, _facts: Facts) -> Ways:
    """Content-MD5 added after signing, or in hexadecimal digits."""
    if parts.digest:
        yield changed(parts, digest=b""), ""
        with contextlib.suppress(ValueError):
            yield changed(parts, digest=base64.b64decode(parts.digest, validate=True).hex().encode()), ""
    elif parts.digest is not None:
        yield changed(parts, digest=base64.b64encode(hashlib.md5(b"").digest())), ""


_STREAMS: Final = (
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
)  # fmt: skip


def _payloads(parts: Parts, *values: str) -> Ways:
    if parts.payload is None:
        return
    for value in values:
        if value.encode() != parts.payload:
            yield changed(parts, payload=value.encode()), ""


def _payload_empty(parts: Parts, _facts: Facts) -> Ways:
    return _payloads(parts, EMPTY_SHA256)


def _payload_unsigned(parts: Parts, _facts: Facts) -> Ways:
    return _payloads(parts, UNSIGNED, *_STREAMS, "")


def _payload_other(parts: Parts, facts: Facts) -> Ways:
    """The digest of the body in other letters, of another text, or by another name than the header has."""
    came = (parts.payload or b"").decode("latin-1")
    body = facts.request.payload
    ways = [came.upper(), came.lower()]
    if came in {UNSIGNED, ""} or body is not None:
        ways += [hashlib.sha256(text).hexdigest() for text in (b"{}", b"null", b"\n", b'""')]
    if body is not None:
        ways += [hashlib.sha256(one).hexdigest() for one in (body.strip(), body + b"\n", body.replace(b" ", b""))]
        ways += [hashlib.sha256(body).hexdigest().upper(), base64.b64encode(hashlib.sha256(body).digest()).decode()]
        ways.append(hashlib.sha256(hashlib.sha256(body).hexdigest().encode()).hexdigest())
    return _payloads(parts, *ways)


MISTAKES: Final = (
    Mistake(cause="content-type-added", alter=_type_added, often=True),
    Mistake(cause="content-type-charset", alter=_type_charset, often=True),
    Mistake(cause="content-type-differs", alter=_type_other),
    Mistake(cause="content-md5-added", alter=_md5),
    Mistake(cause="payload-unsigned", alter=_payload_unsigned),
    Mistake(cause="payload-of-nothing", alter=_payload_empty),
    Mistake(cause="payload-of-else", alter=_payload_other),
    Mistake(cause="header-added", alter=_header_added, often=True),
    Mistake(cause="header-altered", alter=_header_other),
    Mistake(cause="header-not-sent", alter=_header_missing),
    Mistake(cause="header-spaces", alter=_header_spaces),
    Mistake(cause="header-letters", alter=_header_letters),
    Mistake(cause="headers-order", alter=_headers_order),
    Mistake(cause="headers-listed-otherwise", alter=_listed_otherwise),
    Mistake(cause="date-other-header", alter=_date_other),
    Mistake(cause="date-format", alter=_date_format),
    Mistake(cause="clock-read-twice", alter=_date_twice),
    Mistake(cause="date-zone", alter=_date_zone),
    Mistake(cause="expires-unit", alter=_expires_unit),
)  # fmt: skip
