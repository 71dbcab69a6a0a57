"""What a read was told by the index, so that the same read may be answered from memory when it would be told the same.

A request that needed nothing but what is remembered of who may do what, and one look-up, is repeated by one statement:
that look-up, and the number that moves with every change of the former, as they are at one moment. Whether its
answer is the one that was given before decides, so nothing need be told of what others commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_WITH_VERSION = (
    "SELECT v.value, extract(epoch from clock_timestamp())::float8, q.* FROM identity_version v"
    " LEFT JOIN LATERAL ({}) q ON true"
)
_ADDED = 2
"""Columns that stand before those of the look-up."""

Question = tuple[str, tuple[object, ...]]


class Seen:
    """What one request was told. ``version`` is of what was remembered when it began."""

    __slots__ = ("_answer", "_question", "_spoilt", "_version")

    def __init__(self, version: int) -> None:
        self._version = version
        self._question: Question | None = None
        self._answer: list[tuple[Any, ...]] = []
        self._spoilt = False

    def note(self, statement: str, values: tuple[object, ...], rows: Sequence[Any]) -> None:
        """One look-up; a second one is one too many."""
        if self._question is not None or not rows:
            self._spoilt = True
            return
        self._question = (_WITH_VERSION.format(statement), values)
        self._answer = [tuple(row) for row in rows]

    def spoil(self) -> None:
        """Something was asked that is not asked again."""
        self._spoilt = True

    def question(self) -> Question | None:
        """What is to be asked; None when that would not do."""
        return None if self._spoilt else self._question

    def is_answer(self, rows: Sequence[Any]) -> bool:
        """Whether this is what was told before. Rows in another order are not."""
        return [(row[0], *row[_ADDED:]) for row in rows] == [(self._version, *row) for row in self._answer]
