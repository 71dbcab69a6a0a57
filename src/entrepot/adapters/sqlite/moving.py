"""The tables of an embedded index as a move reads and fills them, in the order of their keys.

Whoever uses this has the folder for himself. Must not know what is done with rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import apsw

from entrepot.adapters.move_mark import MARK, Mark, bytes_of, mark_of
from entrepot.adapters.moved_tables import NUMBERED, Table
from entrepot.adapters.opening import OpenError
from entrepot.adapters.owner import NOTE
from entrepot.adapters.sqlite.opening import FILE, connect

Row = tuple[Any, ...]


class SqliteTables:
    """One index. Columns are as SQLite has them. Call ``close`` when done."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._connection = connect(self._path)

    async def close(self) -> None:
        """Release the file."""
        self._connection.close()

    async def mark(self) -> Mark | None:
        """The mark of a move."""
        found = self._rows("SELECT value FROM notes WHERE account = ? AND collection = ? AND key = ?", MARK)
        return mark_of(found[0][0] if found else None)

    async def set_mark(self, mark: Mark | None) -> None:
        """Put another mark in its place, durably."""
        with self._writing():
            self._rows("DELETE FROM notes WHERE account = ? AND collection = ? AND key = ?", MARK)
            if mark is not None:
                self._rows("INSERT INTO notes VALUES (?, ?, ?, ?)", (*MARK, bytes_of(mark)))

    async def number(self) -> str | None:
        """The number of the index, by which its place for bytes knows it."""
        found = self._rows("SELECT value FROM notes WHERE account = ? AND collection = ? AND key = ?", NOTE)
        return found[0][0].decode() if found else None

    async def set_number(self, number: str) -> None:
        """Give it one."""
        with self._writing():
            self._rows("INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?)", (*NOTE, number.encode()))

    async def served(self) -> int:
        """How many processes serve it: none, because the folder is held."""
        return 0

    async def count(self, table: Table) -> int:
        """How many rows are to be moved, or were."""
        return int(self._rows(f"SELECT count(*) FROM {table.name} WHERE NOT ({table.but})")[0][0])

    async def stored_bytes(self, after: int) -> int:
        """Bytes of the blobs with greater numbers."""
        return int(self._rows("SELECT coalesce(sum(size), 0) FROM blobs WHERE id > ?", (after,))[0][0])

    async def last(self, table: Table) -> Row | None:
        """The key of the last row."""
        order = ", ".join(f'"{name}" DESC' for name in table.by)
        found = self._rows(
            f"SELECT {_listed(table.by)} FROM {table.name} WHERE NOT ({table.but}) ORDER BY {order} LIMIT 1"
        )
        return found[0] if found else None

    async def page(self, table: Table, after: Row | None, limit: int) -> list[Row]:
        """The rows whose keys come next."""
        by, where = _listed(table.by), f"NOT ({table.but})"
        if after is not None:
            where += f" AND ({by}) > ({', '.join('?' * len(after))})"
        statement = f"SELECT {_listed(table.columns)} FROM {table.name} WHERE {where} ORDER BY {by} LIMIT {limit}"
        return self._rows(statement, after or ())

    async def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, all or none, durably."""
        places = ", ".join("?" * len(table.columns))
        with self._writing():
            try:
                self._connection.executemany(
                    f"INSERT INTO {table.name} ({_listed(table.columns)}) VALUES ({places})", rows
                )
            except apsw.Error as error:
                raise OpenError(f"the table {table.name} does not take what was moved: {error}") from error

    async def numbers(self) -> dict[str, int]:
        """For each table that numbers its rows, the greatest number that was ever given."""
        found: dict[str, int] = dict(self._rows("SELECT name, seq FROM sqlite_sequence"))
        return {name: int(found.get(name, 0)) for name in NUMBERED}

    async def set_numbers(self, numbers: dict[str, int]) -> None:
        """Let numbering go on after these, or after what is there."""
        for name, greatest in numbers.items():
            with self._writing():
                there = self._rows("SELECT seq FROM sqlite_sequence WHERE name = ?", (name,))
                if there:
                    self._rows("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (greatest, name))
                else:
                    self._rows("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, greatest))

    def _writing(self) -> apsw.Connection:
        return self._connection

    def _rows(self, statement: str, values: Iterable[Any] = ()) -> list[Row]:
        try:
            return self._connection.execute(statement, tuple(values)).fetchall()
        except apsw.Error as error:
            raise OpenError(f"the index {self._path} failed: {error}") from error


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
