"""The stores under test."""

from __future__ import annotations

import pytest

from cluster.stores import STORES, Store, running, stopped

__all__ = ["stopped"]


@pytest.fixture(params=sorted(STORES))
def store(request: pytest.FixtureRequest) -> Store:
    """A store that is shared by the tests of this process."""
    return running(request.param)
