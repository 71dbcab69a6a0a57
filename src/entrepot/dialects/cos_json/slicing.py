"""``uploadparts``: what a client says about each slice when it starts an upload.

``datasha`` of a slice is the state of one running SHA-1 up to its end, and of the last one the SHA-1 of the whole file
(wire facts §7). The slices' own values would need a digest with exportable state to be checked; the last one is enough,
because it is compared with the bytes before the file becomes visible.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from entrepot.core.fault import Fault, Kind

_SHA1 = re.compile(r"[0-9a-fA-F]{40}", re.ASCII)


def _wrong(why: str) -> Fault:
    return Fault(Kind.PARAMETER_INVALID, f"uploadparts {why}", reason="uploadparts")


def check_uploadparts(text: str | None, size: int, sha1: bytes | None) -> bytes | None:
    """The whole file's SHA-1 that ``uploadparts`` announces; None when there is none.

    Raises:
        Fault: PARAMETER_INVALID when it is not a list of slices that cover ``size`` bytes in order, or its last digest
            is not ``sha1``.
    """
    if not text:
        return None
    try:
        parts = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _wrong(f"is not JSON: {error}") from error
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
    offset, length, digest = part.get("offset"), part.get("datalen"), part.get("datasha")
    if offset != end or not isinstance(length, int) or length <= 0:
        raise _wrong(f"has a hole or an overlap at offset {end}")
    if not isinstance(digest, str) or not _SHA1.fullmatch(digest):
        raise _wrong(f"has no datasha of 40 hexadecimal digits at offset {end}")
    return end + length
