"""A line of the audit log as bytes: made, read, and found at the end of a file.

``{"seq": 7, "at": …, "event": …, facts …, "prev": <hash of line 6>, "hash": <hash of all before this member>}``. A line
that is not exactly of this form, or whose hash is not its own, is no line.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from entrepot.core.rights.audit import Event

CURRENT: Final = "audit.jsonl"
"""The file to which lines are added."""
GENESIS: Final = "0" * 64
"""What the first line is chained to."""
TORN: Final = b" torn\n"
"""What is put behind a torn end, so that it is a line by itself and never taken for a whole one."""
_END = re.compile(rb',"prev":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}\Z')
_HASH_BYTES = len(',"hash":""}') + 64
_TAIL_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A whole line. ``at`` is in seconds since 1970; ``facts`` is everything that it says."""

    number: int
    at: float
    what: str
    prev: str
    hash: str
    facts: Mapping[str, Any]


def line_bytes(event: Event, number: int, prev: str) -> tuple[bytes, str]:
    """A line with its newline, and its hash."""
    at = datetime.fromtimestamp(event.at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    body = orjson.dumps({"seq": number, "at": at, "event": event.what, **event.facts, "prev": prev})[:-1]
    digest = hashlib.sha256(body).hexdigest()
    return b'%s,"hash":"%s"}\n' % (body, digest.encode()), digest


def line_of(raw: bytes) -> Line | None:
    """What a line without its newline says; None when it is not whole."""
    end = _END.search(raw)
    if end is None or hashlib.sha256(raw[:-_HASH_BYTES]).hexdigest().encode() != end[2]:
        return None
    try:
        facts = orjson.loads(raw)
        at = datetime.fromisoformat(facts["at"]).timestamp()
        number, what = int(facts["seq"]), str(facts["event"])
    except (KeyError, TypeError, ValueError):
        return None
    return Line(number=number, at=at, what=what, prev=end[1].decode(), hash=end[2].decode(), facts=facts)


def end_of(descriptor: int, size: int) -> tuple[Line | None, bytes]:
    """The last whole line of a file of this many bytes, and what follows it."""
    reach = _TAIL_BYTES
    while True:
        start = max(0, size - reach)
        piece = os.pread(descriptor, size - start, start)
        end = len(piece)
        while (cut := piece.rfind(b"\n", 0, end)) >= 0:
            begin = piece.rfind(b"\n", 0, cut) + 1
            found = line_of(piece[begin:cut]) if begin or not start else None
            if found is not None:
                return found, piece[cut + 1 :]
            end = cut
        if not start:
            return None, piece
        reach *= 8
