"""Everything that the master key sealed in an index, put under the key that seals now.

A batch is one transaction, so that a renewal that is cut has done some of it; what is done is not done again. Must not
know where master keys come from.
"""

from __future__ import annotations

from collections.abc import Callable

from entrepot.adapters.sealed_columns import SEALED
from entrepot.adapters.sqlite.index import SqliteIndex
from entrepot.adapters.sqlite.transaction import SqliteTransaction

_BATCH = 500


async def count(index: SqliteIndex) -> int:
    """How many sealed values there are."""
    return await index.write(lambda tx: sum(_of(tx).count_sealed(column) for column in SEALED))


async def reseal(index: SqliteIndex, tell: Callable[[str, int], None]) -> int:
    """Reseal all; returns how many were not under that key. ``tell`` is told of each batch: the table, how many.

    Raises VaultError for what no master key at hand opens, Fault when the disk does not take it.
    """
    resealed = 0
    for column in SEALED:
        last: object = None
        while True:
            last, found, changed = await index.write(
                lambda tx, column=column, after=last: _of(tx).reseal(column, after, _BATCH)  # type: ignore[misc]
            )
            if not found:
                break
            resealed += changed
            tell(column.table, found)
    return resealed


def _of(tx: object) -> SqliteTransaction:
    assert isinstance(tx, SqliteTransaction)  # noqa: S101 - it is this engine's own
    return tx
