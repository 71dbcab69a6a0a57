"""Dates of HTTP: RFC 9110 writes one form and accepts three."""

from __future__ import annotations

from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache


@lru_cache(maxsize=1024)
def _format_second(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def http_date(seconds: float) -> str:
    """``Sun, 06 Nov 1994 08:49:37 GMT``; fractions are cut off."""
    return _format_second(int(seconds))


def parse_http_date(text: str) -> float | None:
    """Seconds since 1970; None when it is not a date (RFC 9110 §13.1.3: then the field is ignored)."""
    try:
        when = parsedate_to_datetime(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()  # "-0000" is UTC without a zone
    except (ValueError, TypeError, OverflowError):
        return None
