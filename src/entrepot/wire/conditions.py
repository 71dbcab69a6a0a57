"""Conditional requests and ranges, as RFC 9110 §13 and §14 order them."""

from __future__ import annotations

import re

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.wire.dates import parse_http_date
from entrepot.wire.http import Request

_RANGE = re.compile(r"bytes=(\d{0,20})-(\d{0,20})", re.ASCII)


class Conditions(Value, frozen=True, kw_only=True):
    """The four conditions of a request; dates in seconds since 1970."""

    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_since: float | None = None
    if_unmodified_since: float | None = None

    def check(self, etag: str, modified_at: float) -> None:
        """Let what has this (quoted) entity tag and time pass; times are compared in whole seconds.

        Raises:
            Fault: PRECONDITION_FAILED, NOT_MODIFIED (with ``etag`` and ``modified``).
        """
        modified = int(modified_at)
        if self.if_match is not None:
            if not _lists(self.if_match, etag):
                raise _failed("If-Match", f"does not name {etag}")
        elif self.if_unmodified_since is not None and modified > self.if_unmodified_since:
            raise _failed("If-Unmodified-Since", "is before the last change")
        if self.if_none_match is not None:
            if _lists(self.if_none_match, etag):
                raise _same("If-None-Match names it", etag, modified)
        elif self.if_modified_since is not None and modified <= self.if_modified_since:
            raise _same("it was not modified since", etag, modified)


def _failed(condition: str, why: str) -> Fault:
    return Fault(Kind.PRECONDITION_FAILED, f"{condition} {why}", condition=condition)


def _same(why: str, etag: str, modified: int) -> Fault:
    return Fault(Kind.NOT_MODIFIED, why, etag=etag, modified=modified)


def conditions_of(request: Request, prefix: bytes = b"") -> Conditions | None:
    """The conditions that a request states in headers of this ``prefix``; None when it states none.

    A date that is none makes no condition (RFC 9110 §13.1.3, §13.1.4). That is the rule of the standard headers alone:
    with a cloud's own ``prefix`` it is refused.

    Raises:
        Fault: PARAMETER_INVALID.
    """
    found = {name[len(prefix) :]: value for name, value in request.headers if name.startswith(prefix + b"if-")}
    if not found:
        return None
    return Conditions(
        if_match=_plain(found, b"if-match"),
        if_none_match=_plain(found, b"if-none-match"),
        if_modified_since=_date(found, b"if-modified-since", prefix),
        if_unmodified_since=_date(found, b"if-unmodified-since", prefix),
    )


def check_conditions(request: Request, etag: str, modified_at: float) -> None:
    """Let a request pass its own conditions. Raises Fault like :meth:`Conditions.check`."""
    conditions = conditions_of(request)
    if conditions is not None:
        conditions.check(etag, modified_at)


def _plain(found: dict[bytes, bytes], name: bytes) -> str | None:
    value = found.get(name)
    return None if value is None else value.decode("latin-1")


def _lists(header: str, etag: str) -> bool:
    bare = etag.strip('"')
    tags = (tag.strip().removeprefix("W/").strip('"') for tag in header.split(","))
    return any(tag in {"*", bare} for tag in tags)


def _date(found: dict[bytes, bytes], name: bytes, prefix: bytes) -> float | None:
    value = found.get(name)
    if value is None:
        return None
    date = parse_http_date(value.decode("latin-1"))
    if date is None and prefix:
        shown = (prefix + name).decode("latin-1")
        raise Fault(
            Kind.PARAMETER_INVALID, f"{shown} is no date of HTTP", argument=shown, value=value[:100].decode("latin-1")
        )
    return date


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
