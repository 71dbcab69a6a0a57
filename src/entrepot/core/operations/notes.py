"""Operations on notes: what an API remembers of an account, under names of its own.

Each asks for the right to call ``api``, like a call that mints. Must not know what a note says.
"""

from __future__ import annotations

from typing import ClassVar

from entrepot.core.rights.grant import Right
from entrepot.core.value import Value


class FindNote(Value, frozen=True, kw_only=True):
    """One note; None when there is none."""

    right: ClassVar[Right] = Right.MINT
    account: int
    api: str
    collection: str
    key: str


class ListNotes(Value, frozen=True, kw_only=True):
    """Notes of a collection with keys after ``after``, by key; at most ``limit``."""

    right: ClassVar[Right] = Right.MINT
    account: int
    api: str
    collection: str
    after: str | None
    limit: int


class NoteChange(Value, frozen=True, kw_only=True):
    """What a note becomes, if it still says ``was``: another ``value``; None is no note."""

    collection: str
    key: str
    was: bytes | None
    value: bytes | None


class ChangeNotes(Value, frozen=True, kw_only=True):
    """Change notes together or not at all. Raises Fault PRECONDITION_FAILED when one of them says something else."""

    right: ClassVar[Right] = Right.MINT
    account: int
    api: str
    changes: tuple[NoteChange, ...]
