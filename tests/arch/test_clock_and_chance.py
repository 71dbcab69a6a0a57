"""The clock and chance are arguments: only one module and a few edges read them.

Durations (``time.monotonic``, ``time.perf_counter``) may be measured anywhere outside the core; the date and random
values may not be read. The table names each file that may, and what.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .tree import PACKAGE, imported_modules, name_of, sources, tree_of

BANNED = {
    "time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime", "time.strftime",
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "os.urandom", "os.getrandom",
}  # fmt: skip
BANNED_MODULES = {"random", "secrets", "uuid"}

ALLOWED = {
    "clock_and_chance.py": {"time.time", "secrets", "random"},
    "admin/credentials.py": {"secrets"},
    "cli/signing.py": {"secrets"},
    "adapters/secrets/sealing.py": {"os.urandom"},
    "adapters/secrets/vault.py": {"os.urandom"},
    "adapters/files/blobs.py": {"time.time"},
    "adapters/postgres/index.py": {"time.time", "random"},
    "front/connections/refusals.py": {"time.time"},
    "front/telemetry.py": {"datetime.now"},
    "log.py": {"datetime.now", "time.strftime"},
}
"""vault: nonces and the master key. file_blobs: ages of files, which the file system's own clock stamped.
refusals: the Date of a reply; telemetry, log: the time of a log line. Nothing is decided by any."""


def uses(tree: ast.Module) -> set[str]:
    """What of the banned things a file uses, however it was imported."""
    modules: dict[str, str] = {}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update({alias.asname or alias.name: alias.name for alias in node.names})
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names} & BANNED
    found |= {module.partition(".")[0] for module, _ in imported_modules(tree)} & BANNED_MODULES
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value)
            name = f"{modules.get(owner, owner).rpartition('.')[2]}.{node.attr}"
            found |= {name} & BANNED
    return found


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_nobody_else_reads_the_clock_or_draws_lots(path: Path) -> None:
    assert uses(tree_of(path)) <= ALLOWED.get(name_of(path), set())


def test_the_table_has_no_stale_rows() -> None:
    for name, allowed in ALLOWED.items():
        assert uses(tree_of(PACKAGE / name)) == allowed, name


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import time\ntime.time()", "time.time"),
        ("import time as clock\nclock.time()", "time.time"),
        ("from time import time", "time.time"),
        ("import datetime\ndatetime.datetime.now()", "datetime.now"),
        ("from datetime import datetime\ndatetime.now()", "datetime.now"),
        ("from datetime import date as d, datetime\ndatetime.today()", "datetime.today"),
        ("from random import choice", "random"),
        ("import secrets", "secrets"),
        ("import os\nos.urandom(2)", "os.urandom"),
        ("def f():\n    import uuid", "uuid"),
    ],
)
def test_the_scan_sees(source: str, expected: str) -> None:
    assert uses(ast.parse(source)) == {expected}


def test_the_scan_lets_durations_pass() -> None:
    assert uses(ast.parse("import time\ntime.monotonic()\ntime.perf_counter()\ntime.sleep(1)")) == set()
