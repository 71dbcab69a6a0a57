"""On which engines the servers under test keep things: embedded ones, or, where ``TEST_ENGINES`` says so, shared ones.

``TEST_ENGINES=postgres`` gives every data folder a database of its own on a PostgreSQL server that is started when it
is first needed and ends with this process; ``postgres+s3`` also a place of its own in a bucket of versitygw, where all
bytes go but those of the smallest objects. So the suites that were written for the default, the real SDKs' too, run on
the other engines (`make test-engines`). Where a machine lacks one, the tests skip and say which.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import os
import secrets
from pathlib import Path

import asyncpg
import pytest

from cluster.postgres import Postgres, programs
from cluster.setup_stores import PROGRAMS
from cluster.stores import BUCKET, CREDENTIALS, Store, VersityGw
from entrepot.adapters.postgres.migrating import migrate

CHOSEN = os.environ.get("TEST_ENGINES", "")
_ENGINES = frozenset(CHOSEN.split("+")) - {""}
if _ENGINES - {"postgres", "s3"}:
    raise ValueError(f"TEST_ENGINES={CHOSEN}: it is postgres, s3, or both with a plus between them")
embedded = pytest.mark.skipif(bool(_ENGINES), reason="looks at files that only the embedded engine has")
"""Marks what is about a data folder's own files."""
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


def _skip_where_they_lack() -> None:
    if "postgres" in _ENGINES and programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    why = PROGRAMS[VersityGw.program].lacking() if "s3" in _ENGINES else None
    if why is not None:
        pytest.skip(f"{VersityGw.program}: {why}")


@functools.cache
def settings_of(data: Path) -> dict[str, str]:
    """What a server on this data folder is told of engines, as it is named on the command line's side."""
    _skip_where_they_lack()
    settings = {"index": empty_database()} if "postgres" in _ENGINES else {}
    if "s3" in _ENGINES:
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


def folders_of(data: Path) -> list[Path]:
    """Everywhere where a server on this data folder keeps something."""
    found = [data]
    if "postgres" in _ENGINES:
        found.append(shared_postgres().folder)
    if "s3" in _ENGINES:
        found.append(shared_store().data)
    return found
