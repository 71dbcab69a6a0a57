"""Fixtures of the OSS clients: one process for each SDK, shared by the session, and a place for each test."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from conformance.aliyun.calls import Client
from conformance.conftest import require
from conformance.driver import Driver, SdkFailed
from conformance.server import Server, environment
from conformance.setup_sdks import node_folder, python_of

HERE = Path(__file__).resolve().parent
PYTHON = {"oss2": ("aliyun", "oss2_driver.py"), "oss_v2": ("aliyun_v2", "oss_v2_driver.py")}
"""SDK -> its environment and driver."""
CLIENTS = ["oss2-v1", "oss2-v4", "oss_v2-v1", "oss_v2-v4", "ali_oss-v1", "ali_oss-v4"]

_numbers = itertools.count()


def start(sdk: str) -> Driver:
    """A process that holds the SDK."""
    if sdk in PYTHON:
        name, script = PYTHON[sdk]
        require(name)
        return Driver([str(python_of(name)), str(HERE / "drivers" / script)], env=environment({}), cwd=HERE)
    require("node/aliyun")
    folder = node_folder("aliyun")
    return Driver(["node", "--no-deprecation", str(folder / "ali_oss_driver.js")], env=environment({}), cwd=folder)


@pytest.fixture(scope="session")
def drivers() -> Iterator[Callable[[str], Driver]]:
    """The process of an SDK, started when it is first asked for."""
    running: dict[str, Driver] = {}
    with ExitStack() as stack:

        def of(sdk: str) -> Driver:
            if sdk not in running:
                running[sdk] = stack.enter_context(start(sdk))
            return running[sdk]

        yield of


@pytest.fixture
def client(server: Server, drivers: Callable[[str], Driver]) -> Callable[[str], Client]:
    """Makes a client: `oss2-v4` is oss2 with V4 signatures. An SDK's process has one at a time."""

    def make(name: str) -> Client:
        sdk, _, version = name.partition("-")
        return Client(sdk, version, drivers(sdk), server)

    return make


@pytest.fixture(params=CLIENTS)
def oss(request: pytest.FixtureRequest, client: Callable[[str], Client]) -> Client:
    """Each client in turn, on the development bucket."""
    return client(request.param)


@pytest.fixture
def where(request: pytest.FixtureRequest) -> str:
    """The beginning of keys that no other test uses; the server lives through the whole session."""
    return "aliyun/" + re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:80] + f"-{next(_numbers)}/"


@pytest.fixture
def bucket(oss: Client) -> Iterator[str]:
    """A bucket of the test's own; it is emptied and deleted afterwards."""
    name = f"{oss.sdk}-{oss.version}-{next(_numbers)}".replace("_", "-")
    oss.connect()
    oss.call("create_bucket", name)
    yield name
    oss.connect(bucket=name)
    with suppress(SdkFailed):  # the test may have deleted it
        for entry in oss.call("list", max=1000)["objects"]:
            oss.call("delete", entry["key"])
        for key, upload in oss.call("uploads")["uploads"]:
            oss.call("abort", key, upload)
        oss.call("delete_bucket", name)
    oss.connect()
