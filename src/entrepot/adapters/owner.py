"""Whose a place for bytes is: one index has it, for what that index does not name is swept away there.

The index has a number of its own, a note of account 0, which is no account; the place keeps the number of the index
that came first. Must not know where either of them lies.
"""

from __future__ import annotations

import json
from typing import Final

from entrepot.adapters.opening import OpenError
from entrepot.core.ports import Blobs, Index, NewId, Transaction

NOTE: Final = (0, "place", "index")
"""Account, collection and key of the note."""
_BYTES_MAX = 1000


async def own(index: Index, blobs: Blobs, new_id: NewId, where: str) -> None:
    """Make the place this index's, or find that it is. Raises OpenError when it is another's, or Fault."""
    await claim(blobs, await _number(index, new_id), where)


async def claim(blobs: Blobs, number: str, where: str) -> None:
    """The same for the index of this number."""
    told = {"index": number, "note": "The Entrepot index that names the bytes below here; remove this only with them."}
    _check(await blobs.claim(json.dumps(told).encode() + b"\n"), number, where)


async def check_free(blobs: Blobs, number: str | None, where: str) -> None:
    """Look whether the index of this number may have the place; one without a number gets a new one. Raises as own."""
    mark = await blobs.owner()
    if mark is not None:
        _check(mark, number, where)


def _check(mark: bytes, ours: str | None, where: str) -> None:
    theirs = _read(mark)
    if theirs != ours:
        raise OpenError(
            f"the bytes at {where} belong to another index ({theirs}; this one is {ours or 'new'}): sweeping would"
            " remove them. Give this index a prefix or folder of its own; one that was restored from a backup has the"
            " number that it had then"
        )


async def _number(index: Index, new_id: NewId) -> str:
    found = await index.scan(lambda reader: reader.note(*NOTE))
    if found is not None:
        return found.value.decode()
    fresh = new_id().encode()

    def store(tx: Transaction) -> bytes:
        there = tx.note(*NOTE)
        if there is None:
            tx.put_note(*NOTE, fresh)
        return fresh if there is None else there.value

    return (await index.write(store)).decode()


def _read(mark: bytes) -> str:
    try:
        found = json.loads(mark[:_BYTES_MAX])
    except ValueError:
        found = None
    number = found.get("index") if isinstance(found, dict) else None
    return number[:64] if isinstance(number, str) else "unreadable"
