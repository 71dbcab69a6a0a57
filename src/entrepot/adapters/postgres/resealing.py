"""Everything that the master keys sealed in a shared index, put under the key that seals now, while gateways serve.

Rows are read a batch at a time without a lock, and a row is changed only if it holds what was read: one that somebody
changed or removed meanwhile is left alone. A batch is one statement, so that a renewal that is cut has done some of it;
what is done is not done again. It ends with a look at everything that finds nothing to do, begun when no other key
could seal any more; then the first word says so. Must not know where master keys come from.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import asyncpg

from entrepot.adapters.crashpoint import passing
from entrepot.adapters.opening import OpenError
from entrepot.adapters.postgres import master_keys
from entrepot.adapters.postgres.connections import CONFLICTS
from entrepot.adapters.postgres.index import PostgresIndex
from entrepot.adapters.postgres.leases import peers
from entrepot.adapters.postgres.migrating import connected
from entrepot.adapters.sealed_columns import SEALED, Sealed
from entrepot.adapters.secrets.vault import Vault

_BATCH = 500
SETTLE_SECONDS = 40.0
"""So long after a key was retired a gateway that stood still may have a transaction open in which that key sealed: the
database ends one that does nothing after thirty seconds."""
_KINDS = {"keys": "text", "seals": "bigint", "notes": "bytea"}
"""Of the columns by which rows are walked through."""


class Resealing:
    """The renewal of the master key of one index: ``vault`` seals with the new key, and opens the one before.

    ``again_seconds`` is how long after the retirement the last look begins when a gateway vanished without a word.
    """

    def __init__(
        self, address: str, index: PostgresIndex, vault: Vault, *, again_seconds: float = SETTLE_SECONDS
    ) -> None:
        self._address = address
        self._index = index
        self._vault = vault
        self._again_seconds = again_seconds
        self._connection: Any = None

    async def run(self, keys: master_keys.Keys, count: Callable[[int], None], tell: Callable[[str, int], None]) -> int:
        """Renew it; returns how many values were not under the new key.

        Args:
            keys: of the index, as :func:`master_keys.check` found them.
            count: is told of how many sealed values there are.
            tell: is told of each batch: the table, how many.

        Raises:
            VaultError: somebody still seals with another key, or no key at hand opens something.
            OpenError, Fault: the database failed; the same command goes on.
        """
        self._connection = await connected(self._address)
        try:
            await self._retire(keys)
            retired = time.monotonic()
            passing("rotate.step")
            count(sum([await self._count(column) for column in SEALED]))
            resealed = await self._pass(tell)
            while await self._pass(_unheard) or await self._settles(retired):
                pass
            await self._check_seals()
            await self._index.write(lambda tx: master_keys.settle(tx, self._vault))
            passing("rotate.step")
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            why = error or type(error).__name__
            raise OpenError(f"the database failed: {why}; run this again, which goes on") from error
        finally:
            await self._connection.close()
        return resealed

    async def _retire(self, keys: master_keys.Keys) -> None:
        """Let no other key seal. Whoever arrives sees that, or is seen by the second look at who serves."""
        await self._check_seals()
        retired = await self._index.write(lambda tx: master_keys.retire(tx, keys, self._vault))
        try:
            await self._check_seals()
        except BaseException:
            await self._index.write(lambda tx: master_keys.take_back(tx, retired))
            raise

    async def _check_seals(self) -> None:
        master_keys.check_all_seal(await peers(self._connection), self._vault.seals_with)

    async def _settles(self, retired: float) -> bool:
        """Wait, where a gateway that vanished may still store what another key sealed; whether that was so."""
        left = retired + self._again_seconds - time.monotonic()
        vanished = [peer.seals for peer in await peers(self._connection, vanished=True)]
        if left <= 0 or all(name == self._vault.seals_with for name in vanished):
            return False
        await asyncio.sleep(left)
        return True

    async def _count(self, column: Sealed) -> int:
        return int(await self._connection.fetchval(f"SELECT count(*) FROM {column.table} WHERE {column.where}"))

    async def _pass(self, tell: Callable[[str, int], None]) -> int:
        """Look at everything once; returns how many values were not under the new key."""
        resealed = 0
        for column in SEALED:
            after: object = None
            while rows := await self._page(column, after):
                resealed += await self._resealed(column, rows)
                after = rows[-1][0]
                tell(column.table, len(rows))
        return resealed

    async def _page(self, column: Sealed, after: object) -> list[Any]:
        beyond, values = ("", []) if after is None else (f" AND {column.by} > $1", [after])
        found: list[Any] = await self._connection.fetch(
            f"SELECT {column.columns} FROM {column.found} WHERE {column.where}{beyond}"
            f" ORDER BY {column.by} LIMIT {_BATCH}",
            *values,
        )
        return found

    async def _resealed(self, column: Sealed, rows: list[Any]) -> int:
        fresh = [(row, self._vault.resealed(column.owner_of(row), row[1])) for row in rows]
        due = [(row[0], row[1], sealed) for row, sealed in fresh if sealed is not None]
        if not due:
            return 0
        statement = (
            f"UPDATE {column.table} SET {column.column} = u.fresh"
            f" FROM unnest($1::{_KINDS[column.table]}[], $2::bytea[], $3::bytea[]) u(row, old, fresh)"
            f" WHERE {column.by} = u.row AND {column.column} = u.old AND {column.where}"
        )
        while True:
            try:
                await self._connection.execute(statement, *map(list, zip(*due, strict=True)))
            except CONFLICTS:  # a deadlock with who removes several of them
                await asyncio.sleep(0.05)
            else:
                passing("rotate.step")
                return len(due)


def _unheard(_table: str, _rows: int) -> None:
    """Of the looks after the first one nobody is told."""
