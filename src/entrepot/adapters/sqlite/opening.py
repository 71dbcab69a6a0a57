"""A connection to the index's file, and one question to it.

Loads neither the writer nor an event loop, so that a command that only asks starts quickly. Must not change the schema.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import apsw

from entrepot.adapters.opening import OpenError
from entrepot.adapters.secrets.vault import Vault
from entrepot.adapters.sqlite.inspector import SqliteInspector
from entrepot.adapters.sqlite.schema import MIGRATIONS
from entrepot.core.fault import Fault, Kind

T = TypeVar("T")
FILE = "index.db"

_BUSY_MILLISECONDS = 2000  # only foreign tools are met: our own processes wait at the lock
_CHECKPOINT_PAGES = 8000


class SchemaError(OpenError):
    """The data folder was written by a newer version."""


class OlderError(OpenError):
    """The data folder was written by an older version: opening the index whole brings it up to date."""


def connect(path: Path) -> apsw.Connection:
    """A connection with the settings that every one has."""
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(_BUSY_MILLISECONDS)
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
        "journal_size_limit = 67108864",
        "cache_size = -8192",
        "mmap_size = 1073741824",
        "temp_store = MEMORY",
    ):
        connection.execute("PRAGMA " + pragma).fetchall()
    with contextlib.suppress(OSError):  # a disk that became read-only is read on
        path.chmod(0o600)
    return connection


def schema_of(connection: apsw.Connection) -> int:
    """The number of the schema. Raises SchemaError when this version does not know it."""
    version = int(connection.pragma("user_version") or 0)
    if version > len(MIGRATIONS):
        raise SchemaError(
            f"the data folder has schema {version}, this version of entrepot knows {len(MIGRATIONS)}: upgrade"
        )
    return version


def answer(connection: apsw.Connection, vault: Vault, question: Callable[[SqliteInspector], T]) -> T:
    """Answer inside one read transaction."""
    try:
        connection.execute("BEGIN")
        try:
            return question(SqliteInspector(connection, vault))
        finally:
            connection.execute("COMMIT")
    except apsw.Error as error:
        raise Fault(Kind.STORAGE_FAILED, f"the index could not be read ({type(error).__name__})") from error


def ask(folder: Path, vault: Vault, question: Callable[[SqliteInspector], T]) -> T:
    """Answer one question of the index of a folder. Raises OpenError; OlderError when it must be brought up to date."""
    path = folder / FILE
    try:
        connection = connect(path)
        version = schema_of(connection)
    except apsw.Error as error:
        raise OpenError(f"the index {path} cannot be opened: {error}") from error
    try:
        if version < len(MIGRATIONS):
            raise OlderError(f"the index {path} has schema {version} and must be brought up to date")
        return answer(connection, vault, question)
    finally:
        connection.close()
