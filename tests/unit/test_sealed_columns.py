"""What a renewal of the master key forgets is lost with the old key: every sealed column is declared, by construction.

The columns of bytes of the schema are all sealed or said to be plain, and each place in the sources that seals is known
here with the column that it fills. The shared schema is compared in ``contracts/test_renewal.py``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import apsw

import entrepot
from entrepot.adapters.sealed_columns import PLAIN, SEALED
from entrepot.adapters.sqlite.schema import MIGRATIONS

SOURCE = Path(entrepot.__file__).parent
SEALS = {
    ("adapters/sqlite/transaction.py", "mint_key"): "keys",
    ("adapters/sqlite/transaction.py", "_add_seal"): "seals",
    ("adapters/postgres/transaction.py", "mint_key"): "keys",
    ("adapters/postgres/transaction.py", "_add_seal"): "seals",
    ("adapters/postgres/secrets.py", "kept"): "notes",
    ("adapters/postgres/moving.py", "set_secrets"): "notes",
    # The words by which a gateway knows its keys; they are renewed by themselves, last.
    ("adapters/postgres/master_keys.py", "_put"): "notes",
    ("adapters/postgres/master_keys.py", "settle"): "notes",
    # Nothing of this is kept: it is opened at once, by the other end of a move.
    ("moving/copying.py", "_same_master_key"): None,
}
"""Who asks the vault to seal, and where that goes."""
KNOWS_KEYS = {"adapters/secrets/vault.py", "adapters/secrets/sealing.py"}
"""Who encrypts at all; the second one under keys of blobs."""


def _calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """The calls in a file, each with the innermost method or function of a module that it is in."""
    for node in ast.walk(ast.parse(path.read_text())):
        for within in getattr(node, "body", []) if isinstance(node, ast.Module | ast.ClassDef) else []:
            if isinstance(within, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from ((within.name, call) for call in ast.walk(within) if isinstance(call, ast.Call))


def _is_vaults(call: ast.Call) -> bool:
    """Whether it is called as a vault is: others of that name have a keyword, or one or three arguments, or none."""
    return not call.keywords and (len(call.args) == 2 or any(isinstance(one, ast.Starred) for one in call.args))


def test_every_place_that_seals_is_known() -> None:
    found = set()
    for path in sorted(SOURCE.rglob("*.py")):
        where = path.relative_to(SOURCE).as_posix()
        if where in KNOWS_KEYS:
            continue
        for function, call in _calls(path):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "seal" and _is_vaults(call):
                found.add((where, function))
    assert found == SEALS.keys()
    assert {table for table in SEALS.values() if table is not None} == {one.table for one in SEALED}


def test_nobody_else_encrypts() -> None:
    encrypts = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if "hazmat.primitives.ciphers" in path.read_text()
    }
    assert encrypts == KNOWS_KEYS


def test_every_column_of_bytes_is_sealed_or_plain(tmp_path: Path) -> None:
    connection = apsw.Connection(str(tmp_path / "index.db"))
    for migration in MIGRATIONS:
        connection.execute(migration).fetchall()
    found = {
        (table, column[1])
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for column in connection.execute(f"PRAGMA table_info({table})").fetchall()
        if column[2] == "BLOB"
    }
    sealed = {(one.table, one.column) for one in SEALED}
    plain = {(table, column) for table, columns in PLAIN.items() for column in columns}
    assert not sealed & plain
    assert sealed <= found <= sealed | plain
