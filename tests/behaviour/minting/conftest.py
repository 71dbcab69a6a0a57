"""Servers for the minting transcripts.

Law: one that lets tests call as often as they like; how often one may call is a test of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from behaviour.conftest import OTHER
from behaviour.server import Server


@pytest.fixture(scope="session")
def server(serving: Callable[..., Server]) -> Server:
    """A server without a rate, and a second account."""
    running = serving(mint__requests_per_second="1000000")
    running.make_owner(OTHER)
    return running
