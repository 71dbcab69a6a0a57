"""Excerpts of canonical texts: what may be shown of two texts around the byte where they part.

What is secret is taken out first: session tokens, signatures, keys for encryption. Signatures are never in what is
given here; they are looked for all the same, because an address may carry those of others.
"""

from __future__ import annotations

import re
from typing import Final

WINDOW_CHARS: Final = 140
_BEFORE: Final = 40
_TEXT_MAX: Final = 1 << 16
_OUT: Final = "(left out)"
_SECRETS = re.compile(
    r"(?i)(?:signature|security-?token|x-tc-token|token|customer-key|copy-source-key|authorization|password|secret"
    r"|policy|callback|callback-var|\bsign)(?:=|:|%3d|%253d)"
)


def _without_secrets(line: str) -> str:
    """A line without the values of what is secret by its name, up to the next parameter."""
    kept = []
    for piece in line.split("&"):
        found = _SECRETS.search(piece)
        kept.append(piece if found is None else piece[: found.end()] + _OUT)
    return "&".join(kept)


def parting(expected: bytes, came: bytes) -> int | None:
    """The first byte at which two texts differ; None when they do not."""
    if expected == came:
        return None
    most = min(len(expected), len(came))
    low, high = 0, most
    while low < high:  # by halves: a common beginning is nearly all of them
        middle = (low + high + 1) // 2
        if expected[:middle] == came[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def around(text: bytes, at: int) -> str:
    """What may be shown of a text around a byte."""
    start = text.rfind(b"\n", 0, at) + 1
    line_end = text.find(b"\n", at)
    line = text[start : line_end if line_end >= 0 else len(text)][:_TEXT_MAX]
    shown = _without_secrets(line.decode("utf-8", "replace"))
    if _OUT in shown:
        cut = shown[:WINDOW_CHARS]
    else:
        begin = max(0, len(line[: at - start].decode("utf-8", "replace")) - _BEFORE)
        cut = ("…" if begin else "") + shown[begin : begin + WINDOW_CHARS]
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in cut)
