"""Whose a place for bytes is: one index has it, for what that index does not name is swept away there.

The index has a number of its own, a note of account 0, which is no account; the place keeps the number of the index
that came first. Must not know where either of them lies.
"""

from __future__ import annotations

import json

from entrepot.adapters.opening import OpenError
from entrepot.core.ports import Blobs, Index, NewId, Transaction

_COLLECTION, _NAME = "place", "index"
_BYTES_MAX = 1000


async def own(index: Index, blobs: Blobs, new_id: NewId, where: str) -> None:
    """Make the place this index's, or find that it is. Raises OpenError when it is another's, or Fault."""
    ours = await _number(index, new_id)
    told = {"index": ours, "note": "The Entrepot index that names the bytes below here; remove this only with them."}
    theirs = _read(await blobs.claim(json.dumps(told).encode() + b"\n"))
    if theirs != ours:
        raise OpenError(
            f"the bytes at {where} belong to another index ({theirs}; this one is {ours}): sweeping would remove them."
            " Give this index a prefix or folder of its own; one that was restored from a backup has the number"
            " that it had then"
        )


async def _number(index: Index, new_id: NewId) -> str:
    found = await index.scan(lambda reader: reader.note(0, _COLLECTION, _NAME))
    if found is not None:
        return found.value.decode()
    fresh = new_id().encode()

    def store(tx: Transaction) -> bytes:
        there = tx.note(0, _COLLECTION, _NAME)
        if there is None:
            tx.put_note(0, _COLLECTION, _NAME, fresh)
        return fresh if there is None else there.value

    return (await index.write(store)).decode()


def _read(mark: bytes) -> str:
    try:
        found = json.loads(mark[:_BYTES_MAX])
    except ValueError:
        found = None
    number = found.get("index") if isinstance(found, dict) else None
    return number[:64] if isinstance(number, str) else "unreadable"
