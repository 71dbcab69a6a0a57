"""``uploadparts``: what a client says about each slice when it starts an upload.

``datasha`` of a slice is the state of one running SHA-1 up to its end, and of the last one the SHA-1 of the whole file
(wire facts §7). The slices' own values would need a digest with exportable state to be checked; the last one is enough,
because it is compared with the bytes before the file becomes visible.
"""

from __future__ import annotations

import re
from typing import Any

from entrepot.core.fault import Fault, Kind
from entrepot.wire.json_text import read_json

_SHA1 = re.compile(r"[0-9a-fA-F]{40}", re.ASCII)


def _wrong(why: str) -> Fault:
    return Fault(Kind.PARAMETER_INVALID, f"uploadparts {why}", reason="uploadparts")


_MEMBERS = {"offset", "datalen", "datasha"}
_PART_VALUES, _PART_BYTES, _FEW_VALUES = 4, 64 * 1024, 1000
"""A slice is one object of three members; no SDK cuts smaller ones than 64 KiB (wire facts §6.7)."""


def check_uploadparts(text: str | None, size: int, sha1: bytes | None) -> bytes | None:
    """The whole file's SHA-1 that ``uploadparts`` announces; None when there is none.

    Raises:
        Fault: PARAMETER_INVALID when it is not a list of slices that cover ``size`` bytes in order, or its last digest
            is not ``sha1``.
    """
    if not text:
        return None
    if text.count("[") > 1:
        raise _wrong("must be one list of slices")
    try:
        parts = read_json(text.encode(), max_values=_FEW_VALUES + _PART_VALUES * (size // _PART_BYTES))
    except Fault as fault:
        raise _wrong(f"is not understood: {fault.message}") from fault
    if not isinstance(parts, list) or not parts:
        raise _wrong("must be a list of slices")
    end = 0
    for part in parts:
        end = _after(part, end)
    if end != size:
        raise _wrong(f"covers {end} bytes of a file of {size}")
    last = bytes.fromhex(parts[-1]["datasha"])
    if sha1 is not None and last != sha1:
        raise _wrong(f"ends in the digest {last.hex()}, but sha is {sha1.hex()}")
    return last


def _after(part: Any, end: int) -> int:
    if not isinstance(part, dict):
        raise _wrong("must be a list of objects")
    if part.keys() != _MEMBERS:
        raise _wrong(f"needs {', '.join(sorted(_MEMBERS))} and nothing else at offset {end}")
    offset, length, digest = part["offset"], part["datalen"], part["datasha"]
    if type(offset) is not int or type(length) is not int or offset != end or length <= 0:
        raise _wrong(f"has a hole or an overlap at offset {end}")
    if not isinstance(digest, str) or not _SHA1.fullmatch(digest):
        raise _wrong(f"has no datasha of 40 hexadecimal digits at offset {end}")
    return end + length
