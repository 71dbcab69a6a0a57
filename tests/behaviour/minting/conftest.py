"""Servers for the minting transcripts.

Law: one that lets tests call as often as they like; how often one may call is a test of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from behaviour.conftest import OTHER
from behaviour.server import Server

from .clock import Clock


@pytest.fixture(scope="session")
def server(serving: Callable[..., Server]) -> Server:
    """A server without a rate, and a second account."""
    running = serving(mint__requests_per_second="1000000")
    running.make_owner(OTHER)
    return running


@pytest.fixture(scope="session")
def turning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Clock]]:
    """A server whose clock can be turned; it sweeps all the time. Whoever takes it sets the clock first."""
    clock = Clock(tmp_path_factory.mktemp("clock"))
    server = Server(
        tmp_path_factory.mktemp("turned"), ENTREPOT_MINT__REQUESTS_PER_SECOND="1000000",
        ENTREPOT_SWEEP__EVERY_SECONDS="0.2", ENTREPOT_SWEEP__RULES_EVERY_SECONDS="0.2", **clock.environment,
    )  # fmt: skip
    server.start()
    yield server, clock
    assert server.finish().returncode == 0
