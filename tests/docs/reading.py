"""Reads the code blocks of a document, each with what the document says it is.

- ``sh``: commands, for a shell that goes on from block to block. A first line ``# terminal NAME`` makes it one
  that is left running in a terminal of its own, in place of what ran there; ``make run`` is one without saying so.
- ``text``: what the block before prints, line by line; ``…`` stands for anything, further lines may be between.
- Anything else is a file, named at the end of the paragraph before: ``Save as `upload.py`:``.
- A comment ``<!-- not run here: why -->`` before a block says that no test runs it, and why none can.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"(?P<before>[^\n]*)\n+(?:<!-- not run here: (?P<why>[^\n]+) -->\n+)?"
    r"```(?P<language>[a-z]+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_NAMED = re.compile(r"`([\w./-]+)`(?: [^`]*)?[:：]$")
_TERMINAL = re.compile(r"# terminal (\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One code block."""

    language: str
    text: str
    file: str | None = None
    """The name under which the reader is told to save it."""
    not_run: str | None = None
    """Why nobody runs it here."""

    @property
    def terminal(self) -> str | None:
        """The terminal in which it is left running."""
        found = _TERMINAL.match(self.text)
        if found is not None:
            return found.group(1)
        return "1" if self.text.startswith("make run") else None


def blocks(path: Path) -> Iterator[Block]:
    """Those of a document, in order."""
    for found in _BLOCK.finditer(path.read_text("utf-8")):
        language, text = found["language"], found["text"]
        named = _NAMED.search(found["before"].strip()) if language not in ("sh", "text") else None
        yield Block(language=language, text=text, file=named[1] if named else None, not_run=found["why"])
