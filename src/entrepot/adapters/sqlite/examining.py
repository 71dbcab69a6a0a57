"""A look at the index of a data folder that changes nothing, neither the index nor the files beside it.

SQLite makes two files beside a database that it opens, and takes them away when the last one closes it; who only reads
leaves them. So where nobody has it open it is read as a file that never changes, and where somebody has, the files are
there. A log without its memory is what a crash may leave: that is left to the server, which will read it in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import apsw

from entrepot.adapters.move_mark import MARK, MovedError, check_mark, mark_of
from entrepot.adapters.opening import OpenError
from entrepot.adapters.sqlite.opening import FILE
from entrepot.adapters.sqlite.schema import MIGRATIONS

_MAGIC: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 100
_VERSION_AT: Final = slice(60, 64)
_WAL_AT: Final = 18
"""Source: sqlite.org/fileformat2.html, the database header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What an index is like."""

    schema: int
    known_schema: int
    is_wal: bool
    is_closed: bool = True
    """Whether its log was read into it, or is being used; else only the header was looked at."""
    moved: str = ""
    """Why nobody may work on it; empty when anybody may."""
    has_key: bool = False
    """Whether there is the key that was asked for."""
    sealed: tuple[str, bytes] | None = None
    """The id of a key, and its secret as it is kept; None when there is no key."""


def examine(folder: Path, asked_for: str = "") -> Examined:
    """Look at the index of a folder, and whether it has the key of the id ``asked_for``. Raises OpenError, OSError."""
    path = folder / FILE
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if not header.startswith(_MAGIC) or len(header) < _HEADER_BYTES:
        raise OpenError(f"{path} is no SQLite database")
    known, is_wal = len(MIGRATIONS), header[_WAL_AT] == 2
    schema = int.from_bytes(header[_VERSION_AT], "big", signed=True)
    log, memory = (path.with_name(f"{FILE}-{what}") for what in ("wal", "shm"))
    has_log = log.exists() and log.stat().st_size > 0
    if has_log and not memory.exists():
        return Examined(schema=schema, known_schema=known, is_wal=is_wal, is_closed=False)
    how = "mode=ro" if has_log else "mode=ro&immutable=1"
    try:
        connection = apsw.Connection(
            f"{path.absolute().as_uri()}?{how}", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        )
        try:
            schema = int(connection.pragma("user_version") or 0)
            if not schema or schema > known:
                return Examined(schema=schema, known_schema=known, is_wal=is_wal)
            has_key = bool(connection.execute("SELECT 1 FROM keys WHERE id = ?", (asked_for,)).fetchall())
            moved, sealed = _moved(connection), _sealed(connection)
            return Examined(
                schema=schema, known_schema=known, is_wal=is_wal, moved=moved, sealed=sealed, has_key=has_key
            )
        finally:
            connection.close()
    except apsw.Error as error:
        raise OpenError(f"{path} cannot be read: {error}") from error


def _moved(connection: apsw.Connection) -> str:
    if not connection.table_exists(None, "notes"):
        return ""
    found = connection.execute("SELECT value FROM notes WHERE account = ? AND collection = ? AND key = ?", MARK)
    row = found.fetchone()
    try:
        check_mark(mark_of(None if row is None else row[0]))
    except MovedError as error:
        return str(error)
    return ""


def _sealed(connection: apsw.Connection) -> tuple[str, bytes] | None:
    row = connection.execute("SELECT id, secret FROM keys LIMIT 1").fetchone()
    return None if row is None else (row[0], bytes(row[1]))
