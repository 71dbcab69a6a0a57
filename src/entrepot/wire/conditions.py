"""Conditional requests and ranges, as RFC 9110 §13 and §14 order them."""

from __future__ import annotations

import re

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.wire.dates import parse_http_date
from entrepot.wire.http import Request

_RANGE = re.compile(r"bytes=(\d{0,20})-(\d{0,20})", re.ASCII)


def check_conditions(request: Request, etag: str, modified_at: float) -> None:
    """Let a request pass its own conditions.

    Args:
        request: may carry If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since.
        etag: the strong entity tag, quoted.
        modified_at: seconds since 1970; compared in whole seconds.

    Raises:
        Fault: PRECONDITION_FAILED, NOT_MODIFIED.
    """
    modified = int(modified_at)
    if_match = request.header(b"if-match")
    if if_match is not None:
        if not _lists(if_match, etag):
            raise Fault(Kind.PRECONDITION_FAILED, f"If-Match does not name {etag}")
    elif (since := _date(request, b"if-unmodified-since")) is not None and modified > since:
        raise Fault(Kind.PRECONDITION_FAILED, "it was modified after If-Unmodified-Since")
    if_none_match = request.header(b"if-none-match")
    if if_none_match is not None:
        if _lists(if_none_match, etag):
            raise Fault(Kind.NOT_MODIFIED, "If-None-Match names it", etag=etag)
    elif (since := _date(request, b"if-modified-since")) is not None and modified <= since:
        raise Fault(Kind.NOT_MODIFIED, "it was not modified since", etag=etag)


def _lists(header: str, etag: str) -> bool:
    bare = etag.strip('"')
    tags = (tag.strip().removeprefix("W/").strip('"') for tag in header.split(","))
    return any(tag in {"*", bare} for tag in tags)


def _date(request: Request, name: bytes) -> float | None:
    value = request.header(name)
    return None if value is None else parse_http_date(value)


class Span(Value, frozen=True, kw_only=True):
    """``length`` bytes from ``first`` on."""

    first: int
    length: int


def wanted_range(request: Request, size: int, etag: str, modified_at: float) -> Span | None:
    """The part that a request asks for; None for the whole.

    A range of another unit, a malformed one and several at once are ignored, as RFC 9110 §14.2 allows; an end beyond
    the last byte is cut.

    Raises:
        Fault: RANGE_INVALID when no byte of the range exists.
    """
    header = request.header(b"range")
    if header is None or not _range_applies(request, etag, modified_at):
        return None
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.group() == "bytes=-":
        return None
    low, high = match.groups()
    if not low:
        length = min(int(high), size)
        first = size - length
    else:
        first = int(low)
        last = min(int(high) if high else size - 1, size - 1)
        if high and int(high) < first:
            return None
        length = last - first + 1
    if first >= size or length <= 0:
        raise Fault(Kind.RANGE_INVALID, f"the range {header!r} lies outside the {size} bytes", size=size)
    return Span(first=first, length=length)


def _range_applies(request: Request, etag: str, modified_at: float) -> bool:
    """If-Range: the range holds only while the thing is the same."""
    value = request.header(b"if-range")
    if value is None:
        return True
    if value.startswith(('"', "W/")):
        return value == etag
    date = parse_http_date(value)
    return date is not None and int(modified_at) == int(date)
