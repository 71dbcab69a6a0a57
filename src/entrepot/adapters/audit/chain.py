"""The chain of an audit log while it is followed: each line's hash is its own, and each is chained to the one before.

A torn end, which a process left that died while it wrote, is told of and is no damage when the line after it says so,
or when nothing comes after it. Must not know where lines are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from entrepot.adapters.audit.line import CURRENT, GENESIS, TORN, Line, line_of

Told = Callable[[str, Mapping[str, Any]], None]
_DAMAGE_MAX = 100


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


class Chain:
    """The chain while it is followed."""

    def __init__(self, report: Report, expected: Sequence[tuple[int, str]], tell: Told) -> None:
        self._tell = tell
        self._report = report
        self._expected = dict.fromkeys(expected)  # pairs: two may expect the same line to have two hashes
        self._gap = bytearray()
        self._where = ""

    def take(self, raw: bytes, where: str) -> None:
        """Follow the chain by one line with its newline, or by what stands where one should."""
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
        elif not report.lines and (line.number - 1, line.prev) in self._expected:
            del self._expected[line.number - 1, line.prev]
        elif not report.lines and (line.number, line.prev) != (1, GENESIS):
            self._damaged(f"{where}: the log begins with line {line.number}; lines 1 to {line.number - 1} are gone")
        if where.endswith(", byte 0") and not where.startswith((CURRENT, f"audit-{line.number:012d}.")):
            self._damaged(f"{where}: the file begins with line {line.number}")
        report.first = report.first or line.number
        report.lines += 1
        report.last, report.head = line.number, line.hash
        self._expected.pop((line.number, line.hash), None)
        self._tell(line.what, line.facts)

    def file_ends(self) -> None:
        """What was no line at the end of a file was torn there."""
        if self._gap:
            self._report.torn.append(f"{self._where}: {len(self._gap)} bytes at the end of the file")
            self._gap = bytearray()

    def end(self) -> None:
        """There are no more lines."""
        for number, digest in self._expected:
            self._damaged(f"there is no line {number} with the hash {digest}, which there was")

    def _damaged(self, what: str) -> None:
        if len(self._report.damage) < _DAMAGE_MAX:
            self._report.damage.append(what)
