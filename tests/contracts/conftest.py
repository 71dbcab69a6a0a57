"""Every test here runs over every adapter."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster.engines import empty_database
from cluster.postgres import programs
from contracts.engines import ENGINES, Engine, file_engine, postgres_engine
from entrepot.adapters.postgres.index import PostgresIndex
from entrepot.adapters.waiting import carry


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every test here ask an index that waits, as every task of a server can."""
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj) and "contracts" in item.nodeid:
            item.obj = _carried(item.obj)


def _carried(test: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(test)
    async def carried(**given: Any) -> None:
        try:
            await carry(test(**given))
        finally:
            for engine in given.values():
                if isinstance(engine, Engine) and isinstance(engine.index, PostgresIndex):
                    engine.index.close()
            await asyncio.sleep(0.01)  # connections end in the loop that has them

    return carried


@pytest.fixture
def database() -> str:
    """The address of an empty database with our tables."""
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    return empty_database()


@pytest.fixture(params=[*sorted(ENGINES), "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """One adapter family, empty."""
    if request.param == "postgres":
        opened = postgres_engine(request.getfixturevalue("database"), tmp_path / "data")
    else:
        opened = ENGINES[request.param](tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty data folder."""
    path = tmp_path / "data"
    path.mkdir()
    return path


@pytest.fixture
def files(folder: Path) -> Iterator[Engine]:
    """SQLite and files, for promises about what survives a process."""
    opened = file_engine(folder)
    yield opened
    opened.close()
