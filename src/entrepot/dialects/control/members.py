"""Calls whose parameters are the members of a JSON object: each of them once, as every signer and reader sees it.

A parser takes the first or the last of two members of one name; whoever looked at the other one signed, or logged,
something else. Looked at once the signature was verified. Must not know what any parameter means.
"""

from __future__ import annotations

import json


class _TwiceError(Exception):
    pass


def member_twice(payload: bytes) -> str | None:
    """The first name that some object of a JSON text has twice; None where there is none, or no JSON."""
    try:
        json.loads(payload, object_pairs_hook=_members)
    except _TwiceError as error:
        return str(error)
    except (ValueError, RecursionError):
        return None
    return None


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in names if names.count(name) > 1))
    return found
