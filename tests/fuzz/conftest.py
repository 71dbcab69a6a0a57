"""One server for all tests of this folder, and how much they try.

The long form: `make fuzz`, or FUZZ_EXAMPLES=100000 pytest tests/fuzz.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest

from .seeds import seeds
from .world import World

T = TypeVar("T")
SHORT = 400
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", SHORT))
"""Whole requests that are tried."""
Run = Callable[[Callable[[World], Awaitable[T]]], T]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run[object]]:
    """Asks the server something, in an event loop that stays."""
    with asyncio.Runner() as runner:
        world = World(tmp_path_factory.mktemp("fuzz"))
        live = world.live()
        runner.run(live.__aenter__())
        for seed in seeds():  # what is made when it is first needed is no step of the request that is counted
            runner.run(seed.ask().of(world))
        try:
            yield lambda ask: runner.run(ask(world))  # type: ignore[arg-type, return-value]
        finally:
            runner.run(live.__aexit__(None, None, None))
