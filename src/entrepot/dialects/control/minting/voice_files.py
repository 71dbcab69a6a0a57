"""Voice files: what an account has committed, whether it may be used, and the review that decides it.

Kept as notes of the account: one collection by the file's own key, one that finds the key by the name it was uploaded
under, because that name is the uploader's idempotency key. Shared by the API and the command line, which must not know
each other. Must not know how either is spoken. Source: wire facts of Volcengine §2.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Final

import orjson

from entrepot.core.facts.records import Note
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations.notes import NoteChange
from entrepot.core.ports import Reader, Transaction
from entrepot.core.value import Value, changed

FILES: Final = "voice-files"
NAMES: Final = "voice-names"
PAGE = 1000


class State(IntEnum):
    """What the review says, in the cloud's own numbers."""

    WAITING = 0
    APPROVED = 1
    REJECTED = 2


class VoiceFile(Value, frozen=True, kw_only=True):
    """A committed file.

    ``uploaded_as`` is the name that it was uploaded under and ``name`` what it is called now. ``object_key`` is the
    copy that nothing but a deletion touches, in the API's bucket; ``size`` (bytes) and ``crc64`` are of its bytes.
    ``seconds`` is how long it plays, ``created_at`` in seconds since 1970, ``remark`` the reviewer's.
    """

    key: str
    name: str
    uploaded_as: str
    suffix: str
    seconds: int
    state: State
    created_at: float
    object_key: str
    size: int
    crc64: int
    remark: str = ""


def written(file: VoiceFile) -> bytes:
    """As a note says it."""
    return orjson.dumps({name: getattr(file, name) for name in file.__struct_fields__ if name != "key"})


def read(note: Note) -> VoiceFile:
    """The inverse of :func:`written`."""
    said = orjson.loads(note.value)
    return VoiceFile(key=note.key, **{**said, "state": State(said["state"])})


def change_of(was: VoiceFile | None, file: VoiceFile | None, key: str) -> NoteChange:
    """A file that becomes another one; None is none."""
    return NoteChange(
        collection=FILES, key=key, was=None if was is None else written(was),
        value=None if file is None else written(file),
    )  # fmt: skip


def name_change(name: str, *, was: str | None, key: str | None) -> NoteChange:
    """A name that leads to another file's key."""
    return NoteChange(
        collection=NAMES, key=name, was=None if was is None else was.encode(),
        value=None if key is None else key.encode(),
    )  # fmt: skip


def all_of(reader: Reader, account: int) -> Iterator[VoiceFile]:
    """Every file of an account, by key."""
    after: str | None = None
    while page := reader.notes(account, FILES, after, PAGE):
        yield from map(read, page)
        after = page[-1].key


def review(tx: Transaction, account: int, key: str, state: State, remark: str) -> VoiceFile:
    """Decide about a file; what was decided before may be decided again. Raises Fault OBJECT_MISSING."""
    note = tx.note(account, FILES, key)
    if note is None:
        raise Fault(Kind.OBJECT_MISSING, f"the account {account} has no voice file {key!r}")
    file = changed(read(note), state=state, remark=remark)
    tx.put_note(account, FILES, key, written(file))
    return file
