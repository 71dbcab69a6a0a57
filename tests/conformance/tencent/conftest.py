"""Fixtures of the Tencent clients: plain requests, a large file, the drivers of the SDKs.

Law: every client works in buckets of its own, which it makes; nothing is set on the development bucket.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.conftest import Sample, require
from conformance.driver import Driver, SdkFailed
from conformance.server import KEY_ID, SECRET, Server, environment
from conformance.setup_sdks import python_of
from conformance.tencent.wire import REGION, Cos

HERE = Path(__file__).resolve().parent
BIG_BYTES = 100 << 20
PYTHON_SDK = [str(python_of("tencent")), str(HERE / "drivers" / "python_driver.py")]


@pytest.fixture(scope="session")
def cos(server: Server) -> Cos:
    """Plain requests with the development key."""
    return Cos(server.address)


@pytest.fixture(scope="session")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    """A file of 100 MiB, the same for every client; each uploads it into a bucket of its own."""
    content = random.Random("tencent/big").randbytes(BIG_BYTES)  # noqa: S311 -- test data
    path = tmp_path_factory.mktemp("tencent-big") / "large file+大.bin"
    path.write_bytes(content)
    yield Sample(path=path, content=content)
    path.unlink()


class PythonSdk:
    """cos-python-sdk-v5 in its child process."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def configure(self, **settings: object) -> None:
        """A fresh client with the development key unless told otherwise."""
        known = {"Region": REGION, "Scheme": "http", "SecretId": KEY_ID, "SecretKey": SECRET}
        self._driver.call("configure", **{**known, **settings})

    def __call__(self, method: str, **arguments: object) -> Any:
        """What the SDK returned."""
        return self._driver.call(method, **arguments)

    def refused(self, method: str, **arguments: object) -> tuple[int, str]:
        """The status and the code of a call that the service must refuse."""
        with pytest.raises(SdkFailed) as caught:
            self._driver.call(method, **arguments)
        value: Any = caught.value.value
        assert value["name"] == "CosServiceError", value
        return value["status"], value["code"]


@pytest.fixture(scope="session")
def python_child() -> Iterator[Callable[..., PythonSdk]]:
    """Starts the Python SDK with these variables in its environment; one child for each set."""
    require("tencent")
    running: dict[tuple[tuple[str, str], ...], Driver] = {}

    def start(**variables: str) -> PythonSdk:
        known = tuple(sorted(variables.items()))
        if known not in running:
            running[known] = Driver(PYTHON_SDK, env=environment(variables), cwd=HERE)
        return PythonSdk(running[known])

    yield start
    for driver in running.values():
        driver.__exit__(None, None, None)


@pytest.fixture
def python(python_child: Callable[..., PythonSdk], server: Server) -> PythonSdk:
    """The Python SDK, whose `Proxies` lead to the server; host names are the cloud's own."""
    sdk = python_child()
    sdk.configure(Proxies={"http": server.address})
    return sdk


def etag(content: bytes) -> str:
    """The ETag of an object that was stored whole."""
    return f'"{hashlib.md5(content).hexdigest()}"'
