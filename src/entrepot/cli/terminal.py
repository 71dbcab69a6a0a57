"""What is known of the terminal: how wide it is, and whether it takes colours.

What is piped is neither cut nor coloured, unless the environment says so. Nothing that is printed can speak to the
terminal but our own colours: names and headers are whatever strangers chose. Sources: POSIX, "Environment Variables"
(COLUMNS); no-color.org (NO_COLOR, not empty); force-color.org (FORCE_COLOR, not empty).
"""

from __future__ import annotations

import os
import re
from typing import Final, TextIO

_CODES: Final = {"bold": "1", "red": "31", "green": "32", "yellow": "33"}
_WIDTH_MIN: Final = 20
_OURS: Final = frozenset(f"\033[{code}m" for code in ("0", *_CODES.values()))
_SPEAKING: Final = re.compile(r"\x1b\[[0-9]{1,2}m|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, but tab and line feed; and what turns the direction of the text that follows."""


def width_of(stream: TextIO) -> int | None:
    """How many columns there are; None where there is no end to them."""
    said = os.environ.get("COLUMNS", "")
    if said.isdigit() and int(said) > 0:
        return max(_WIDTH_MIN, int(said))
    try:
        return max(_WIDTH_MIN, os.get_terminal_size(stream.fileno()).columns) if stream.isatty() else None
    except (OSError, ValueError):  # it is not a real file
        return None


def takes_colour(stream: TextIO) -> bool:
    """Whether what is printed there may be coloured."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return os.environ["FORCE_COLOR"] not in {"0", "false"}
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def coloured(text: str, colour: str, stream: TextIO) -> str:
    """A text in a colour, or bold, where the stream takes that."""
    return f"\033[{_CODES[colour]}m{text}\033[0m" if text and takes_colour(stream) else text


def harmless(text: str) -> str:
    """A text in which nothing speaks to a terminal: such characters are written as JSON writes them (``\\u001b``)."""
    return _SPEAKING.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    if found[0] in _OURS:
        return found[0]
    return "".join(f"\\u{ord(letter):04x}" if letter < " " or letter > "~" else letter for letter in found[0])
