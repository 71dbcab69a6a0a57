"""The decoded names and values of a query, for schemes that sign them.

Knows only how a query is written. Bytes, because a client may sign what is not UTF-8.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import unquote_to_bytes

Pair = tuple[bytes, bytes, bytes | None]
_SHORT_BYTES = 4096


def pairs(raw_query: bytes, plus: bytes = b" ") -> tuple[Pair, ...]:
    """Name, value, and the value as it was sent (None without ``=``) of each parameter, in order.

    ``plus`` is what a ``+`` stands for: a space as browsers' forms write it, or itself.
    """
    if len(raw_query) > _SHORT_BYTES:
        return _pairs(raw_query, plus)
    return _remembered(raw_query, plus if b"+" in raw_query else b" ")


def _pairs(raw_query: bytes, plus: bytes) -> tuple[Pair, ...]:
    found: list[Pair] = []
    for pair in raw_query.split(b"&"):
        if not pair:
            continue
        name, equals, value = pair.replace(b"+", plus).partition(b"=")
        sent = pair.partition(b"=")[2] if equals else None
        found.append((
            unquote_to_bytes(name) if b"%" in name else name, unquote_to_bytes(value) if b"%" in value else value, sent,
        ))  # fmt: skip
    return tuple(found)


_remembered = lru_cache(maxsize=8)(_pairs)
"""The schemes ask for the same query one after the other, until one of them knows it."""


def pluses(raw_query: bytes) -> tuple[bytes, ...]:
    """What a ``+`` of this query may stand for, the documented meaning first."""
    return (b" ", b"+") if b"+" in raw_query else (b" ",)
