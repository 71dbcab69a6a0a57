"""Fixtures of the clients of the voice service's API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.conftest import require
from conformance.driver import Driver
from conformance.minting.volcengine.clients import Api
from conformance.server import Server, environment
from conformance.setup_sdks import node_folder, python_of

HERE = Path(__file__).resolve().parent
NODE_API = node_folder("minting_volcengine")
PYTHON = (str(python_of("minting_volcengine")), str(HERE / "drivers" / "api_driver.py"))


def host_of(server: Server) -> str:
    """Host and port."""
    return f"127.0.0.1:{server.port}"


@pytest.fixture(scope="session")
def python_driver() -> Iterator[Driver]:
    """The Python SDKs."""
    require("minting_volcengine")
    with Driver(PYTHON, env=environment({}), cwd=HERE) as driver:
        yield driver


@pytest.fixture(scope="session")
def today_api(python_driver: Driver, server: Server) -> Api:
    """volcengine-python-sdk's vms."""
    return Api(name="today", driver=python_driver, server=server, host=host_of(server))


@pytest.fixture(scope="session")
def before_api(python_driver: Driver, server: Server) -> Api:
    """VmsService of volcengine."""
    return Api(name="before", driver=python_driver, server=server, host=host_of(server))


@pytest.fixture(scope="session")
def node_api(server: Server) -> Iterator[Api]:
    """@volcengine/openapi."""
    require("node/minting_volcengine")
    command = ["node", "--no-deprecation", str(NODE_API / "openapi_driver.js")]
    with Driver(command, env=environment({}), cwd=NODE_API) as driver:
        yield Api(name="node", driver=driver, server=server, host=host_of(server))


@pytest.fixture(params=["today", "before", "node"])
def api(request: pytest.FixtureRequest) -> Api:
    """Each of the three."""
    found = request.getfixturevalue(f"{request.param}_api")
    assert isinstance(found, Api)
    return found


@pytest.fixture
def cloud_api(server: Server) -> Iterator[Api]:
    """VmsService at the cloud's own host, through the server as the environment's proxy."""
    require("minting_volcengine")
    with Driver(PYTHON, env=environment({"http_proxy": server.address}), cwd=HERE) as driver:
        yield Api(name="before", driver=driver, server=server, host=None)
