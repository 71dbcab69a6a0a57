"""On which engines the servers under test keep things: embedded ones, or, where ``TEST_ENGINES`` says so, shared ones.

``TEST_ENGINES=postgres`` gives every data folder a database of its own on a PostgreSQL server that is started when it
is first needed and ends with this process; ``postgres+s3`` also a place of its own in a bucket of versitygw, where all
bytes go but those of the smallest objects. So the suites that were written for the default, the real SDKs' too, run on
the other engines.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import os
import secrets
from pathlib import Path

import asyncpg

from cluster.postgres import Postgres
from cluster.stores import BUCKET, CREDENTIALS, Store, VersityGw
from entrepot.adapters.postgres.migrating import migrate

CHOSEN = os.environ.get("TEST_ENGINES", "")
_TEMPLATE = "entrepot_template"


@functools.cache
def shared_postgres() -> Postgres:
    """The server of this process, with a database that has our tables, as a template for others."""
    server = Postgres(durable=False)
    atexit.register(server.stop)
    prepare(server.make(_TEMPLATE))
    return server


def prepare(address: str) -> None:
    """Make our tables."""

    async def prepared() -> None:
        connection = await asyncpg.connect(address)
        await migrate(connection)
        await connection.close()

    asyncio.run(prepared())


def empty_database() -> str:
    """The address of a new database with our tables."""
    return shared_postgres().make(f"t{secrets.token_hex(6)}", _TEMPLATE)


@functools.cache
def shared_store() -> Store:
    """The store of this process."""
    store = VersityGw()
    atexit.register(store.stop)
    return store


@functools.cache
def settings_of(data: Path) -> dict[str, str]:
    """What a server on this data folder is told of engines, as it is named on the command line's side."""
    chosen = CHOSEN.split("+")
    settings = {"index": empty_database()} if "postgres" in chosen else {}
    if "s3" in chosen:
        settings |= {
            "blobs": f"s3://{BUCKET}/{secrets.token_hex(6)}?endpoint={shared_store().endpoint}",
            "blobs_key_id": CREDENTIALS.key_id,
            "blobs_secret": CREDENTIALS.secret,
            "inline_max_bytes": "64",
        }
    return settings


def variables_of(data: Path) -> dict[str, str]:
    """The same as environment variables."""
    return {f"ENTREPOT_{name.upper()}": value for name, value in settings_of(data).items()}
