"""Bringing a database to the schema of this version, by one process at a time, and refusing one that is not known.

The number of the schema is a row. Whoever migrates locks it, so that others wait and then find nothing left to do. A
gateway asks for the number when it starts: it serves a schema that is newer than its own only if that one says that it
still may, which is what lets old and new versions serve side by side while they are being replaced.
"""

from __future__ import annotations

from typing import Any

import asyncpg

from entrepot.adapters.opening import OpenError
from entrepot.adapters.postgres.schema import MIGRATIONS

_OLDEST_THAT_SERVES = 1
"""The oldest schema's version that may serve beside this one; see :mod:`~.schema`."""


class SchemaError(OpenError):
    """The database is not as this version needs it."""


async def check_schema(connection: Any) -> None:
    """Raises SchemaError for a database that was not migrated, or by a version that left this one behind."""
    try:
        row = await connection.fetchrow("SELECT number, oldest FROM entrepot_schema")
    except asyncpg.UndefinedTableError:
        row = None
    if row is None:
        raise SchemaError("the database has no tables of entrepot; run `entrepot migrate` with the same --index")
    number, oldest = row
    if number < len(MIGRATIONS):
        raise SchemaError(
            f"the database has schema {number}, this version of entrepot needs {len(MIGRATIONS)}:"
            " run `entrepot migrate`"
        )
    if oldest > len(MIGRATIONS):
        raise SchemaError(
            f"the database has schema {number}, which serves versions from schema {oldest} on;"
            f" this version of entrepot knows {len(MIGRATIONS)}: upgrade"
        )


async def migrate(connection: Any) -> tuple[int, int]:
    """Make or upgrade the tables; returns the schema's number before and after. Raises SchemaError."""
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS entrepot_schema"
        " (one integer PRIMARY KEY CHECK (one = 1), number integer NOT NULL, oldest integer NOT NULL)"
    )
    await connection.execute("INSERT INTO entrepot_schema VALUES (1, 0, 0) ON CONFLICT DO NOTHING")
    async with connection.transaction():
        before = await connection.fetchval("SELECT number FROM entrepot_schema FOR UPDATE")
        if before > len(MIGRATIONS):
            raise SchemaError(f"the database has schema {before}, this version of entrepot knows {len(MIGRATIONS)}")
        for statements in MIGRATIONS[before:]:
            for statement in statements:
                await connection.execute(statement)
        await connection.execute(
            "UPDATE entrepot_schema SET number = $1, oldest = $2", len(MIGRATIONS), _OLDEST_THAT_SERVES
        )
    return before, len(MIGRATIONS)


async def connected(address: str) -> Any:
    """A connection of its own. Raises OpenError when the database cannot be reached."""
    try:
        return await asyncpg.connect(address, timeout=10.0)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise OpenError(f"the database cannot be reached: {error}") from error


async def migrate_database(address: str) -> tuple[int, int]:
    """:func:`migrate` on a connection of its own. Raises OpenError when the database cannot be reached or changed."""
    connection = await connected(address)
    try:
        return await migrate(connection)
    except asyncpg.PostgresError as error:
        raise OpenError(f"the database cannot be migrated: {error}; nothing was changed") from error
    finally:
        await connection.close()
