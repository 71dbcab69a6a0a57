"""doctor/engines: what is said of a database. What is seen there is asked of a real one in tests/cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entrepot.adapters.opening import OpenError
from entrepot.adapters.postgres.examining import Examined
from entrepot.config import Secret

from .world import World, new_world

WELL = {
    "server_version": "15.8 (Debian 15.8-0+deb12u1)", "server_encoding": "UTF8", "fsync": "on",
    "synchronous_commit": "on", "full_page_writes": "on", "max_connections": "100",
    "superuser_reserved_connections": "3", "default_transaction_read_only": "off", "transaction_read_only": "off",
}  # fmt: skip
NAMES = ("database", "database durability", "database connections", "database clock")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A machine whose index is in a database."""
    world = new_world(tmp_path)
    world.given.update(index="postgresql://entrepot@db/entrepot")
    return world


def database(world: World, more: dict[str, str], **facts: Any) -> None:
    seen: dict[str, Any] = {"connections": 7, "ahead_seconds": 0.01} | facts
    world.notes["database"] = Examined(settings=WELL | more, **seen)


def test_a_database_that_is_well(world: World) -> None:
    database(world, {}, sealed=("word", b"sealed"))
    found = [world.found(name) for name in NAMES]
    assert [one and one.verdict for one in found] == ["ok"] * 4, found
    assert world.notes["sealed"] == ("word", b"sealed")


def test_an_index_in_a_folder_asks_no_database(tmp_path: Path) -> None:
    world = new_world(tmp_path)
    assert [world.found(name) for name in NAMES] == [None] * 4


@pytest.mark.parametrize(
    ("name", "more", "facts", "verdict", "said"),
    [
        ("database", {}, {"schema_problem": "run `entrepot migrate`"}, "fail", "entrepot migrate"),
        ("database", {}, {"moved": "this was moved to data"}, "fail", "moved to data"),
        ("database", {"transaction_read_only": "on"}, {}, "fail", "primary"),
        ("database", {"server_encoding": "SQL_ASCII"}, {}, "fail", "UTF8"),
        ("database", {"server_version": "11.22"}, {}, "warn", "13 or newer"),
        ("database durability", {"fsync": "off"}, {}, "fail", "set fsync"),
        ("database durability", {"synchronous_commit": "off"}, {}, "fail", "acknowledged"),
        ("database durability", {"full_page_writes": "off"}, {}, "fail", "full_page_writes"),
        ("database connections", {"max_connections": "10"}, {}, "fail", "pooler"),
        ("database connections", {"max_connections": "30"}, {}, "warn", "second gateway"),
        ("database clock", {}, {"ahead_seconds": -8.0}, "warn", "NTP"),
    ],
)
def test_a_database_that_is_not(
    world: World, name: str, more: dict[str, str], facts: dict[str, Any], verdict: str, said: str
) -> None:
    database(world, more, **facts)
    found = world.found(name)
    assert found is not None
    assert (found.verdict, said in found.to_do) == (verdict, True), found


def test_a_database_that_is_not_there(world: World) -> None:
    world.notes["database"] = OpenError("the database cannot be reached: refused")
    found = world.found("database")
    assert found is not None
    assert (found.verdict, "pg_hba.conf" in found.to_do) == ("fail", True)
    assert [world.found(name) for name in NAMES[1:]] == [None] * 3


def test_a_store_that_is_not_there(world: World) -> None:
    world.given.update(
        blobs="s3://bucket/place?endpoint=http://127.0.0.1:9", blobs_key_id=Secret("k"), blobs_secret=Secret("s"),
        blobs_seconds=2.0,
    )  # fmt: skip
    found = world.found("store")
    assert found is not None
    assert (found.verdict, "127.0.0.1:9" in found.seen) == ("fail", True), found
