"""Every test here runs over every adapter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.engines import ENGINES, Engine, file_engine


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """One adapter family, empty."""
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
