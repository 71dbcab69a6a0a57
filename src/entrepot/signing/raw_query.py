"""The decoded names and values of a query, for schemes that sign them.

Knows only how a query is written. Bytes, because a client may sign what is not UTF-8.
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes


def pairs(raw_query: bytes, plus: bytes = b" ") -> list[tuple[bytes, bytes, bytes | None]]:
    """Name, value, and the value as it was sent (None without ``=``) of each parameter, in order.

    ``plus`` is what a ``+`` stands for: a space as browsers' forms write it, or itself.
    """
    found: list[tuple[bytes, bytes, bytes | None]] = []
    for pair in raw_query.split(b"&"):
        if not pair:
            continue
        name, equals, value = pair.replace(b"+", plus).partition(b"=")
        sent = pair.partition(b"=")[2] if equals else None
        found.append((unquote_to_bytes(name), unquote_to_bytes(value), sent))
    return found


def pluses(raw_query: bytes) -> tuple[bytes, ...]:
    """What a ``+`` of this query may stand for, the documented meaning first."""
    return (b" ", b"+") if b"+" in raw_query else (b" ",)
