"""Options and fixtures of the fault tests.

The long form: `pytest tests/faults --kills 200`, or FAULT_KILLS=200.
"""

from __future__ import annotations

import os

import pytest

CI_KILLS = 20


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--kills` exists when tests/faults is named on the command line; else use the environment."""
    parser.addoption("--kills", type=int, default=None, help="how many times to kill the server under load")


@pytest.fixture(scope="session")
def kills(pytestconfig: pytest.Config) -> int:
    """How many random kills to do."""
    option = pytestconfig.getoption("kills", default=None)
    return int(option or os.environ.get("FAULT_KILLS", CI_KILLS))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a fault test and ends within its time."""
    for item in items:
        if item.path.parent.name == "faults":
            item.add_marker(pytest.mark.faults)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(120))
