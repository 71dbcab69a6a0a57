"""A look at a shared index that changes nothing: the database, its settings, its tables, and who may work on it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from entrepot.adapters.move_mark import MARK, MovedError, check_mark, mark_of
from entrepot.adapters.opening import OpenError
from entrepot.adapters.postgres.migrating import SchemaError, check_schema, connected
from entrepot.adapters.sealed_columns import OWN_SECRETS, WORD
from entrepot.core.ports import Clock

SETTINGS: Final = (
    "server_version", "server_encoding", "fsync", "synchronous_commit", "full_page_writes", "max_connections",
    "superuser_reserved_connections", "default_transaction_read_only", "transaction_read_only",
)  # fmt: skip
_NOTE: Final = "SELECT value FROM notes WHERE account = $1 AND collection = $2 AND key = $3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What a database is like. ``settings`` has those that it knows; others of its kind know fewer."""

    settings: dict[str, str]
    connections: int | None
    """How many there are now; None where it does not tell."""
    ahead_seconds: float
    """How far this machine's clock is ahead of its."""
    schema_problem: str = ""
    moved: str = ""
    sealed: tuple[str, bytes] | None = None
    """A text that the master key sealed, with whose it is; None where nobody worked yet."""


async def examine(address: str, clock: Clock) -> Examined:
    """Look at the database of an address. Raises OpenError when it cannot be reached or asked."""
    connection = await connected(address)
    try:
        return await _examined(connection, clock)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise OpenError(f"the database cannot be asked: {error}") from error
    finally:
        await connection.close()


async def _examined(connection: Any, clock: Clock) -> Examined:
    rows = await connection.fetch(
        "SELECT name, current_setting(name, true) AS value FROM unnest($1::text[]) name", list(SETTINGS)
    )
    settings = {row["name"]: row["value"] for row in rows if row["value"] is not None}
    started, before = time.perf_counter(), clock()
    there = await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8")
    ahead = before + (time.perf_counter() - started) / 2 - there
    made: dict[str, Any] = {
        "settings": settings, "connections": await _connections(connection), "ahead_seconds": ahead,
    }  # fmt: skip
    try:
        await check_schema(connection)
    except SchemaError as error:
        return Examined(schema_problem=str(error), **made)
    try:
        check_mark(mark_of(await _note(connection, *MARK)))
    except MovedError as error:
        made["moved"] = str(error)
    word = await _note(connection, 0, OWN_SECRETS, WORD)
    return Examined(sealed=None if word is None else (WORD, word), **made)


async def _note(connection: Any, account: int, collection: str, key: str) -> bytes | None:
    found: bytes | None = await connection.fetchval(_NOTE, account, collection, key.encode())
    return found


async def _connections(connection: Any) -> int | None:
    """How many clients there are. Some databases of its kind have no such table."""
    try:
        found: int | None = await connection.fetchval("SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL")
    except asyncpg.PostgresError:
        return None
    return found
