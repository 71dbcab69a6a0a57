"""What all tests have in common: what a module's tests leave open is told at that module's end.

A socket or file that nobody closed is told when the collector finds it (warnings are errors here). By itself that may
be many modules later, in a test that has nothing to do with it. The tests themselves are many objects and stay until
the end: they are kept out of the collector's way.
"""

import gc
from collections.abc import Iterator

import pytest


def pytest_collection_finish() -> None:
    """Take what was collected so far out of every later look."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_left_open() -> Iterator[None]:
    yield
    gc.collect()
