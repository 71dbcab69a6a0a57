"""Whether an audit log is whole: it begins with line 1, every line's hash is its own, and each is chained to the one
before; see :mod:`entrepot.adapters.audit.chain`.

A log whose oldest files were put away begins later: that is no damage when the
``expected`` line is the last of those. That the newest lines are missing cannot be seen here: keep the last number and
hash elsewhere, as :mod:`entrepot.upkeep.audit_head` does, and compare; :mod:`entrepot.admin.audit` compares with the
ledger.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from entrepot.adapters.audit.chain import Chain, Report, Told
from entrepot.adapters.audit.line import CURRENT, Line, line_of

_PIECE_BYTES = 1 << 16


def files_of(folder: Path) -> list[Path]:
    """The files of a log, the oldest first."""
    current = folder / CURRENT
    return [*sorted(folder.glob("audit-*.jsonl")), *([current] if current.exists() else [])]


def head(folder: Path) -> tuple[int, str] | None:
    """Number and hash of the newest line, which is durable. Raises OSError."""
    for line in _newest_first(folder):
        return line.number, line.hash
    return None


def holds(folder: Path, expected: tuple[int, str]) -> bool:
    """Whether the line of this number has this hash, looked for from the end. Raises OSError."""
    for line in _newest_first(folder):
        if line.number <= expected[0]:
            return (line.number, line.hash) == expected
    return False


def check(folder: Path, expected: Sequence[tuple[int, str]] = (), tell: Told | None = None) -> Report:
    """Read everything, and whether the lines of the ``expected`` numbers have those hashes.

    ``tell`` is told of every whole line: which event, and all that it says. Lines that are added meanwhile are not
    looked at. Raises OSError.
    """
    report = Report()
    chain = Chain(report, expected, tell or (lambda _what, _facts: None))
    for path, size in _sizes(folder) if folder.is_dir() else ():
        _follow(chain, path, size)
        report.files += 1
    chain.end()
    return report


def _follow(chain: Chain, path: Path, size: int) -> None:
    at = 0
    with path.open("rb") as file:
        while at < size:
            raw = file.readline(size - at)
            chain.take(raw, f"{path.name}, byte {at}")
            at += len(raw)
    chain.file_ends()


def newest(folder: Path, count: int, what: str | None = None) -> list[dict[str, Any]]:
    """What the newest lines (of one kind) say, the oldest of them first; what is none is left out. Raises OSError."""
    found: list[dict[str, Any]] = []
    for line in _newest_first(folder):
        if len(found) == count:
            break
        if what in {None, line.what}:
            found.append(dict(line.facts))
    return found[::-1]


def before(folder: Path, number: int | None, count: int) -> list[dict[str, Any]]:
    """What the ``count`` lines before the one of this number say, or the newest ones; the newest first. Raises OSError.

    It costs those lines and a few more, wherever in the log they are.
    """
    found: list[dict[str, Any]] = []
    for path, size in reversed(_sizes(folder) if folder.is_dir() else []):
        with path.open("rb") as file:
            end = size if number is None else _start_of(file, size, number)
            for raw in _backwards(file.fileno(), end):
                line = line_of(raw)
                if line is not None and (number is None or line.number < number):
                    found.append(dict(line.facts))
                if len(found) == count:
                    return found
    return found


def _start_of(file: BinaryIO, size: int, number: int) -> int:
    """Where in a file the line of this number begins, or the first one after it; its end where there is none."""
    low, high, end = 0, size, size
    while high - low > _PIECE_BYTES:
        middle = (low + high) // 2
        found = _line_after(file, middle, high)
        if found is not None and found[1].number < number:
            low = found[0] + 1
        else:
            high, end = middle, end if found is None else found[0]
    return end


def _line_after(file: BinaryIO, start: int, end: int) -> tuple[int, Line] | None:
    """The first whole line that begins after ``start`` and before ``end``, with its place."""
    file.seek(start)
    file.readline()
    while (at := file.tell()) < end:
        line = line_of(file.readline()[:-1])
        if line is not None:
            return at, line
    return None


def _newest_first(folder: Path) -> Iterator[Line]:
    """The whole lines that are durable now, from the last one to the first."""
    for path, size in reversed(_sizes(folder) if folder.is_dir() else []):
        with path.open("rb") as file:
            for raw in _backwards(file.fileno(), size):
                line = line_of(raw)
                if line is not None:
                    yield line


def _backwards(descriptor: int, size: int) -> Iterator[bytes]:
    """The lines of a file from its end."""
    rest = b""
    while size:
        start = max(0, size - _PIECE_BYTES)
        lines = (os.pread(descriptor, size - start, start) + rest).split(b"\n")
        rest = lines[0]
        yield from reversed(lines[1:])
        size = start
    yield rest


def _sizes(folder: Path) -> list[tuple[Path, int]]:
    """The files and their sizes at a moment when nobody writes."""
    lock = folder / "lock"
    if not lock.exists():
        return [(path, path.stat().st_size) for path in files_of(folder)]
    with lock.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        return [(path, path.stat().st_size) for path in files_of(folder)]
