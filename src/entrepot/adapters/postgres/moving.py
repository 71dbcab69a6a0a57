"""The tables of a shared index as a move reads and fills them, in the order of their keys.

Rows go in and out with the columns as the embedded index has them. An index that is closed has no ``identity_version``:
who asks whether anything changed, which every request does, finds that it may not serve. One connection without a
limit of time, because nobody else waits. Must not know what is done with rows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from entrepot.adapters import rows
from entrepot.adapters.audit.line import GENESIS, line_of
from entrepot.adapters.move_mark import MARK, Mark, bytes_of, mark_of
from entrepot.adapters.moved_tables import DERIVED, FLAG, NAME, RENAMED, Table
from entrepot.adapters.opening import OpenError
from entrepot.adapters.owner import NOTE
from entrepot.adapters.postgres import master_keys
from entrepot.adapters.postgres.leases import SERVING
from entrepot.adapters.postgres.migrating import check_schema, connected
from entrepot.adapters.postgres.reader import bytes_of as name_bytes
from entrepot.adapters.postgres.secrets import CALLBACK_KEY
from entrepot.adapters.postgres.transaction import beside_key
from entrepot.adapters.sealed_columns import OWN_SECRETS, WORD
from entrepot.adapters.secrets.vault import Vault, VaultError

Row = tuple[Any, ...]
_CLOSE = "DELETE FROM identity_version"
_OPEN = (  # greater than any that was there: it was begun earlier, and does not move a thousand times a second
    "INSERT INTO identity_version SELECT 1, (extract(epoch from clock_timestamp()) * 1000)::bigint"
    " ON CONFLICT DO NOTHING"
)
_NOTE = "SELECT value FROM notes WHERE account = $1 AND collection = $2 AND key = $3"
_PUT_NOTE = "INSERT INTO notes VALUES ($1, $2, $3, $4) ON CONFLICT (account, collection, key) DO UPDATE SET value = $4"


class PgTables:
    """One index. Call ``close`` when done."""

    def __init__(self, connection: Any, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    @classmethod
    async def opened(cls, address: str, vault: Vault) -> PgTables:
        """Raises OpenError when the database cannot be reached, or has other tables."""
        connection = await connected(address)
        async with _failing():
            await check_schema(connection)
        made = cls(connection, vault)
        if await made._note(master_keys.COLLECTION, master_keys.NEXT_WORD) is not None:
            await made.close()
            raise VaultError("the master key of the database is being renewed: finish that (`entrepot secrets rotate`)")
        return made

    async def close(self) -> None:
        """End the connection."""
        await self._connection.close()

    async def mark(self) -> Mark | None:
        """The mark of a move."""
        return mark_of(await self._note(MARK[1], MARK[2]))

    async def set_mark(self, mark: Mark | None) -> None:
        """Put another mark in its place, and close or open the index."""
        async with _failing(), self._connection.transaction():
            if mark is None:
                await self._connection.execute(
                    "DELETE FROM notes WHERE account = $1 AND collection = $2 AND key = $3",
                    MARK[0], MARK[1], name_bytes(MARK[2]),
                )  # fmt: skip
            else:
                await self._put_note(MARK[1], MARK[2], bytes_of(mark))
            await self._connection.execute(_CLOSE if mark is not None and mark.is_closed else _OPEN)

    async def number(self) -> str | None:
        """The number of the index, by which its place for bytes knows it."""
        found = await self._note(*NOTE[1:])
        return None if found is None else found.decode()

    async def set_number(self, number: str) -> None:
        """Give it one."""
        async with _failing():
            await self._put_note(*NOTE[1:], number.encode())

    async def served(self) -> int:
        """How many processes serve it, or did less than a minute ago."""
        async with _failing():
            return int(
                await self._connection.fetchval(
                    "SELECT count(*) FROM leases WHERE starts_with(name, $1) AND until >= now()", SERVING
                )
            )

    async def count(self, table: Table) -> int:
        """How many rows are to be moved, or were."""
        async with _failing():
            return int(await self._connection.fetchval(f"SELECT count(*) FROM {table.name} WHERE NOT ({table.but})"))

    async def stored_bytes(self, after: int) -> int:
        """Bytes of the blobs with greater numbers."""
        async with _failing():
            return int(
                await self._connection.fetchval("SELECT coalesce(sum(size), 0)::bigint FROM blobs WHERE id > $1", after)
            )

    async def last(self, table: Table) -> Row | None:
        """The key of the last row."""
        order = ", ".join(f"{_column(table, name)} DESC" for name in table.by)
        async with _failing():
            found = await self._connection.fetchrow(
                f"SELECT {_columns(table, table.by)} FROM {table.name} WHERE NOT ({table.but}) ORDER BY {order} LIMIT 1"
            )
        return None if found is None else _told(table, table.by, found)

    async def page(self, table: Table, after: Row | None, limit: int) -> list[Row]:
        """The rows whose keys come next."""
        by, where = _columns(table, table.by), f"NOT ({table.but})"
        if after is not None:
            where += f" AND ({by}) > ({', '.join(f'${number}' for number in range(1, len(after) + 1))})"
        columns = _columns(table, table.columns)
        async with _failing():
            found = await self._connection.fetch(
                f"SELECT {columns} FROM {table.name} WHERE {where} ORDER BY {by} LIMIT {limit}",
                *([] if after is None else _kept(table, table.by, after)),
            )
        return [_told(table, table.columns, row) for row in found]

    async def add(self, table: Table, found: Sequence[Row]) -> None:
        """Add rows, all or none."""
        kept = [_kept(table, table.columns, row) for row in found]
        columns = _columns(table, table.columns)
        if table.name in DERIVED:
            columns = ", ".join((columns, *DERIVED[table.name]))
            try:
                kept = [(*row, *beside_key(rows.key_of(row, b"").minted)) for row in kept]
            except rows.UNREADABLE as error:
                raise OpenError(f"a row of {table.name} cannot be read; `entrepot fsck` says which") from error
        places = ", ".join(f"${number}" for number in range(1, len(kept[0]) + 1))
        async with _failing(f"the table {table.name} does not take what was moved"), self._connection.transaction():
            await self._connection.executemany(f"INSERT INTO {table.name} ({columns}) VALUES ({places})", kept)

    async def numbers(self) -> dict[str, int]:
        """For each table that numbers its rows, the greatest number that was ever given."""
        async with _failing():
            buckets = await self._connection.fetchrow(
                f"SELECT last_value, is_called FROM {await self._bucket_numbers()}"
            )
            blobs = await self._connection.fetchrow("SELECT last_value, is_called FROM blob_numbers")
        return {
            "buckets": buckets[0] if buckets[1] else buckets[0] - 1,
            "blobs": blobs[0] + 255 if blobs[1] else blobs[0] - 1,  # a block of 256 begins with what was given
        }

    async def set_numbers(self, numbers: dict[str, int]) -> None:
        """Let numbering go on after these."""
        async with _failing():
            for sequence, name in ((await self._bucket_numbers(), "buckets"), ("blob_numbers", "blobs")):
                await self._connection.execute("SELECT setval($1::regclass, $2, false)", sequence, numbers[name] + 1)

    async def _bucket_numbers(self) -> str:
        return str(await self._connection.fetchval("SELECT pg_get_serial_sequence('buckets', 'id')"))

    async def callback_key(self) -> bytes | None:
        """The key of callbacks, in PEM; None when nobody asked for it yet. Raises VaultError."""
        sealed = await self._note(OWN_SECRETS, CALLBACK_KEY)
        return None if sealed is None else self._vault.open(CALLBACK_KEY, sealed)

    async def set_secrets(self, callback_key: bytes | None) -> None:
        """Keep the server's own secrets: that key, and the word by which gateways know their master key."""
        async with _failing():
            await self._connection.execute(
                "DELETE FROM notes WHERE account = 0 AND collection = $1", master_keys.COLLECTION
            )
            await self._put_note(OWN_SECRETS, WORD, self._vault.seal(WORD, master_keys.TEXT))
            if callback_key is not None:
                await self._put_note(OWN_SECRETS, CALLBACK_KEY, self._vault.seal(CALLBACK_KEY, callback_key))

    async def audit_end(self) -> int:
        """The number of the newest line of the audit log; 0 when there is none."""
        async with _failing():
            return int(await self._connection.fetchval("SELECT number FROM audit_end"))

    async def audit_lines(self, after: int) -> AsyncIterator[tuple[int, bytes]]:
        """The lines after one, with their numbers."""
        while True:
            async with _failing():
                page = await self._connection.fetch(
                    "SELECT number, line FROM audit WHERE number > $1 ORDER BY number LIMIT 1000", after
                )
            if not page:
                return
            for number, line in page:
                yield number, line
            after = page[-1][0]

    async def add_audit(self, lines: Sequence[tuple[int, bytes]]) -> None:
        """Add lines as they are, all or none; the chain ends with the last one."""
        number, raw = lines[-1]
        line = line_of(raw.rstrip(b"\n"))
        async with _failing(), self._connection.transaction():
            await self._connection.executemany("INSERT INTO audit VALUES ($1, $2)", lines)
            await self._connection.execute(
                "UPDATE audit_end SET number = $1, hash = $2", number, GENESIS if line is None else line.hash
            )

    async def _note(self, collection: str, key: str) -> bytes | None:
        async with _failing():
            found: bytes | None = await self._connection.fetchval(_NOTE, 0, collection, name_bytes(key))
        return found

    async def _put_note(self, collection: str, key: str, value: bytes) -> None:
        await self._connection.execute(_PUT_NOTE, 0, collection, name_bytes(key), value)


@asynccontextmanager
async def _failing(what: str = "the database failed") -> AsyncIterator[None]:
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.DataError, OSError) as error:
        raise OpenError(f"{what}: {error or type(error).__name__}") from error


def _column(table: Table, name: str) -> str:
    return RENAMED.get((table.name, name), name)


def _columns(table: Table, names: Sequence[str]) -> str:
    return ", ".join(_column(table, name) for name in names)


def _told(table: Table, names: Sequence[str], row: Any) -> Row:
    """A row as the embedded index has it."""
    if not table.kinds:
        return tuple(row)
    read: dict[str, Callable[[Any], Any]] = {NAME: bytes.decode, FLAG: int}
    return tuple(
        read[table.kinds[name]](value) if name in table.kinds else value for name, value in zip(names, row, strict=True)
    )


def _kept(table: Table, names: Sequence[str], row: Row) -> Row:
    """The inverse of :func:`_told`."""
    if not table.kinds:
        return row
    kept: dict[str, Callable[[Any], Any]] = {NAME: name_bytes, FLAG: bool}
    return tuple(
        kept[table.kinds[name]](value) if name in table.kinds else value for name, value in zip(names, row, strict=True)
    )
