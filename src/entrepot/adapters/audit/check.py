"""Whether an audit log is whole: it begins with line 1, every line's hash is its own, and each is chained to the one
before.

A torn end, which a process left that died while it wrote, is told of and is no damage when the line after it says so,
or when nothing comes after it. A log whose oldest files were put away begins later: that is no damage when the
``expected`` line is the last of those. That the newest lines are missing cannot be seen here: keep the last number and
hash elsewhere, as :mod:`entrepot.upkeep.audit_head` does, and compare; :mod:`entrepot.admin.audit` compares with the
ledger.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from entrepot.adapters.audit.line import GENESIS, TORN, Line, line_of
from entrepot.adapters.audit.log import CURRENT

Told = Callable[[str, Mapping[str, Any]], None]
_DAMAGE_MAX = 100
_PIECE_BYTES = 1 << 16


@dataclass(slots=True)
class Report:
    """What was found. The chain goes from line ``first`` to line ``last``, whose hash is ``head``."""

    files: int = 0
    lines: int = 0
    first: int = 0
    last: int = 0
    head: str = GENESIS
    torn: list[str] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)


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
    chain = _Chain(report, expected, tell or (lambda _what, _facts: None))
    for path, size in _sizes(folder) if folder.is_dir() else ():
        chain.read(path, size)
        report.files += 1
    chain.end()
    return report


def newest(folder: Path, count: int, what: str | None = None) -> list[dict[str, Any]]:
    """What the newest lines (of one kind) say, the oldest of them first; what is none is left out. Raises OSError."""
    found: list[dict[str, Any]] = []
    for line in _newest_first(folder):
        if len(found) == count:
            break
        if what in {None, line.what}:
            found.append(dict(line.facts))
    return found[::-1]


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


class _Chain:
    """The chain while it is followed."""

    def __init__(self, report: Report, expected: Sequence[tuple[int, str]], tell: Told) -> None:
        self._tell = tell
        self._report = report
        self._expected = dict(expected)
        self._gap = bytearray()
        self._where = ""

    def read(self, path: Path, size: int) -> None:
        at = 0
        with path.open("rb") as file:
            while at < size:
                raw = file.readline(size - at)
                self._take(raw, f"{path.name}, byte {at}")
                at += len(raw)
        if self._gap:
            self._report.torn.append(f"{self._where}: {len(self._gap)} bytes at the end of the file")
            self._gap = bytearray()

    def _take(self, raw: bytes, where: str) -> None:
        line = line_of(raw[:-1]) if raw.endswith(b"\n") else None
        if line is None:
            self._where = self._where if self._gap else where
            self._gap += raw
            return
        gap, self._gap = bytes(self._gap), bytearray()
        if gap:
            self._explain(gap, line)
        self._link(line, where)

    def _explain(self, gap: bytes, line: Line) -> None:
        """A torn end is told of by the line after it."""
        told = line.what == "torn" and (line.facts.get("bytes"), line.facts.get("sha256"))
        torn = gap.removesuffix(TORN)
        if torn != gap and told == (len(torn), hashlib.sha256(torn).hexdigest()):
            self._report.torn.append(f"{self._where}: {len(torn)} bytes, told of in line {line.number}")
        else:
            self._damaged(f"{self._where}: {len(gap)} bytes before line {line.number} are no lines")

    def _link(self, line: Line, where: str) -> None:
        report = self._report
        if report.lines and (line.number, line.prev) != (report.last + 1, report.head):
            self._damaged(f"{where}: line {line.number} is not chained to line {report.last}")
        elif not report.lines and line.number > 1 and self._expected.get(line.number - 1) == line.prev:
            del self._expected[line.number - 1]
        elif not report.lines and (line.number, line.prev) != (1, GENESIS):
            self._damaged(f"{where}: the log begins with line {line.number}; lines 1 to {line.number - 1} are gone")
        if where.endswith(", byte 0") and not where.startswith((CURRENT, f"audit-{line.number:012d}.")):
            self._damaged(f"{where}: the file begins with line {line.number}")
        report.first = report.first or line.number
        report.lines += 1
        report.last, report.head = line.number, line.hash
        if self._expected.get(line.number) == line.hash:
            del self._expected[line.number]
        self._tell(line.what, line.facts)

    def end(self) -> None:
        for number, digest in self._expected.items():
            self._damaged(f"there is no line {number} with the hash {digest}, which there was")

    def _damaged(self, what: str) -> None:
        if len(self._report.damage) < _DAMAGE_MAX:
            self._report.damage.append(what)
