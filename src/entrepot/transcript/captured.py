"""The exchanges that a recording kept, in order of time, whichever process kept them.

Reads the files that :mod:`entrepot.adapters.files.recordings` writes, from a folder that they were fetched into.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

LINE_MAX: Final = 16 << 20


def exchanges(folder: Path) -> Iterator[dict[str, Any]]:
    """What was kept, one line at a time of each process; those that were left out have only ``left_out``.

    A process writes an exchange when it ends, so the places of all lines are sorted first.
    """
    files = sorted(folder.glob("*.lines"))
    offsets = [(at, file, begin) for file in files for at, begin in _index(file)]
    for _, file, begin in sorted(offsets, key=lambda one: (one[0], one[1].name, one[2])):
        with file.open("rb") as opened:
            opened.seek(begin)
            yield orjson.loads(opened.readline(LINE_MAX))


def _index(file: Path) -> Iterator[tuple[float, int]]:
    """The time and the place of each line."""
    with file.open("rb") as opened:
        begin = 0
        while line := opened.readline(LINE_MAX):
            yield orjson.loads(line)["at"], begin
            begin += len(line)
