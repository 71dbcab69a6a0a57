"""Everything that the master key seals in an index, put under the next one: secrets of keys, and keys of blobs.

A batch is one transaction, so that a renewal that is cut has done some of it; what is done is not done again. Must not
know where master keys come from.
"""

from __future__ import annotations

from entrepot.adapters.sqlite.index import SqliteIndex
from entrepot.adapters.sqlite.transaction import SqliteTransaction

_BATCH = 500


async def reseal(index: SqliteIndex) -> None:
    """Reseal all. Raises VaultError for what no master key at hand opens, Fault when the disk does not take it."""
    key: str | None = ""
    while key is not None:
        key = await index.write(lambda tx, after=key: _of(tx).reseal_keys(after, _BATCH))  # type: ignore[misc]
    blob: int | None = 0
    while blob is not None:
        blob = await index.write(lambda tx, after=blob: _of(tx).reseal_blobs(after, _BATCH))  # type: ignore[misc]


def _of(tx: object) -> SqliteTransaction:
    assert isinstance(tx, SqliteTransaction)  # noqa: S101 - it is this engine's own
    return tx
