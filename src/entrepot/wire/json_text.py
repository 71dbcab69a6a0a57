"""JSON of requests, read strictly and within bounds.

A name that stands twice in an object, NaN and infinity, a byte order mark, half a surrogate pair, bytes that are not
UTF-8, values nested too deep and texts with too many values are refused: parsers differ in what they make of them, and
what one reader checks must be what another one does. Must not know what a value means.
Source: RFC 8259 §4, §8.1, §8.2; RFC 7493 (I-JSON).
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from entrepot.core.fault import Fault, Kind

_OPENS = (b"{", b"[", b",")


def read_json(data: bytes | bytearray, *, max_values: int, max_depth: int = 4) -> Any:
    """The value of a JSON text.

    Args:
        data: the text.
        max_values: how many members and elements there may be, together.
        max_depth: how deep objects and arrays may be nested.

    Raises:
        Fault: MALFORMED, reason ``json``.
    """
    # Two bounds before the parser sees it: how long it takes follows from the number of values.
    if sum(map(data.count, _OPENS)) > max_values and _outside(data, _OPENS) > max_values:
        raise _malformed(f"it has more than {max_values} values")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _malformed(str(error)) from error
    members = _members(value, max_depth)
    # Every member has a colon. The parser keeps the last of two members of one name, so then there are more colons.
    if data.count(b":") != members and _outside(data, (b":",)) != members:
        raise _malformed("an object has two members of one name")
    return value


def loads_once(data: bytes | str) -> Any:
    """The value of a small JSON text none of whose objects has two members of one name.

    Raises:
        ValueError: no JSON, or such an object.
    """
    value = orjson.loads(data)
    if (twice := member_twice(data)) is not None:
        raise ValueError(f"the member {twice[:80]!r} stands twice")
    return value


def member_twice(data: bytes | str) -> str | None:
    """The first name that some object of a JSON text has twice; None where there is none, or no JSON."""
    try:
        json.loads(data, object_pairs_hook=_pairs)
    except _TwiceError as error:
        return str(error)
    except (ValueError, RecursionError):
        return None
    return None


class _TwiceError(Exception):
    pass


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _TwiceError(name)
            seen.add(name)
    return found


def _members(value: Any, max_depth: int) -> int:
    """How many members all objects in ``value`` have. Raises Fault when it is nested deeper than ``max_depth``."""
    found = 0
    level = [value]
    for _ in range(max_depth + 1):
        below: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                found += len(each)
                below += each.values()
            elif isinstance(each, list):
                below += each
        if not below:
            return found
        level = below
    raise _malformed(f"it is nested more than {max_depth} deep")


def _outside(data: bytes | bytearray, marks: tuple[bytes, ...]) -> int:
    """How often ``marks`` stand outside of strings, in a text that may be wrong."""
    bare = b"".join(data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])
    return sum(map(bare.count, marks))


def _malformed(why: str) -> Fault:
    return Fault(Kind.MALFORMED, f"this is not JSON as it is understood here: {why}", reason="json")
