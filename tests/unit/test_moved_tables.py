"""What a move forgets is lost: every table and column of the embedded schema is declared, and in what order."""

from __future__ import annotations

from pathlib import Path

import apsw

from entrepot.adapters.moved_tables import MOVED, NUMBERED, REMADE
from entrepot.adapters.sqlite.schema import MIGRATIONS


def _made(tmp_path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(tmp_path / "index.db"))
    for migration in MIGRATIONS:
        connection.execute(migration).fetchall()
    return connection


def test_every_table_and_column_is_declared(tmp_path: Path) -> None:
    connection = _made(tmp_path)
    found = {
        name: tuple(row[1] for row in connection.execute(f"PRAGMA table_info({name})"))
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
    }
    assert found.keys() - {table.name for table in MOVED} == {"identity_version"}
    assert "identity_version" in REMADE
    assert {table.name: set(table.columns) for table in MOVED} == {
        name: set(columns) for name, columns in found.items() if name != "identity_version"
    }


def test_what_is_pointed_at_comes_first(tmp_path: Path) -> None:
    connection = _made(tmp_path)
    before: set[str] = set()
    for table in MOVED:
        for row in connection.execute(f"PRAGMA foreign_key_list({table.name})").fetchall():
            assert row[2] in before
        before.add(table.name)


def test_rows_are_told_apart_by_the_columns_that_order_them(tmp_path: Path) -> None:
    connection = _made(tmp_path)
    for table in MOVED:
        key = [row[1] for row in connection.execute(f"PRAGMA table_info({table.name})").fetchall() if row[5]]
        assert sorted(key) == sorted(table.by)


def test_all_that_number_their_rows_are_known(tmp_path: Path) -> None:
    made = _made(tmp_path).execute("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'").fetchall()
    assert sorted(name for (name,) in made) == sorted(NUMBERED)
