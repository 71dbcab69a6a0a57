"""Servers for the ledger's transcripts: one process and two, without a rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from behaviour.server import Server

from .operator import Connections, Operator

OWN = "1000001"
"""Servers of equal settings are shared; other tests' keys would leave open in whose name the operator mints."""


@pytest.fixture(scope="session")
def server(serving: Callable[..., Server]) -> Server:
    """A server without a rate."""
    return serving(mint__requests_per_second=OWN)


@pytest.fixture(scope="session")
def two(serving: Callable[..., Server]) -> Server:
    """Two processes on one folder."""
    return serving("--workers", "2", mint__requests_per_second=OWN)


@pytest.fixture(scope="module")
def logged(serving: Callable[..., Server]) -> Server:
    """Two processes on one folder, all of whose rights were minted: no test has written any into the index."""
    return serving("--workers", "2", mint__requests_per_second=str(int(OWN) + 1))


@pytest.fixture
def connections() -> Iterator[Connections]:
    """Closes what a test opened."""
    made = Connections()
    yield made
    for bucket in made.open:
        bucket.client.close()


@pytest.fixture
def operator(server: Server) -> Iterator[Operator]:
    """Whoever holds the admin key."""
    client = server.client()
    yield Operator(server=server, client=client)
    client.close()


@pytest.fixture
def operator_of_two(two: Server) -> Iterator[Operator]:
    """The same for two processes."""
    client = two.client()
    yield Operator(server=two, client=client)
    client.close()
