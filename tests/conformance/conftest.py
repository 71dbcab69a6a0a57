"""Fixtures of the conformance tests: servers, clients, files to upload.

Law: one server process per setting and test session, stopped by SIGTERM with exit status 0 and a clean
`fsck` at the end. A client that is not installed is a skip with its reason, and a failure with `CI=true`.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.driver import Driver
from conformance.server import Server, environment
from conformance.setup_sdks import CLIENTS, NODE_FOLDER, ci

HERE = Path(__file__).resolve().parent
extra = pytest.mark.skipif(not os.environ.get("CONFORMANCE_ALL"), reason="run by make conformance-all")
"""Marks what drives a client that takes too long to build for every run."""


def require(name: str) -> None:
    """Skip the test, or fail it in CI, when the client `name` is not ready."""
    reason = CLIENTS[name].lacking()
    if reason is None:
        return
    if ci():
        pytest.fail(f"{name}: {reason}", pytrace=False)
    pytest.skip(f"{name}: {reason}")


def _serving(data: Path, **settings: str) -> Iterator[Server]:
    server = Server(data, **settings)
    server.start()
    yield server
    server.stop()
    server.fsck()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with its default settings, but for the rate of calls: tests make more than 20 a second."""
    yield from _serving(tmp_path_factory.mktemp("server") / "data", ENTREPOT_MINT__REQUESTS_PER_SECOND="10000")


@pytest.fixture(scope="session")
def lenient_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes a multi-use signature for every operation."""
    data = tmp_path_factory.mktemp("lenient") / "data"
    yield from _serving(data, ENTREPOT_COS_JSON__ONCE_REQUIRED="never")


@pytest.fixture(scope="session")
def regional_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes signatures for its own regions only."""
    yield from _serving(tmp_path_factory.mktemp("regional") / "data", ENTREPOT_STORAGE__SIGNED_REGIONS="own")


@pytest.fixture
def node_driver() -> Callable[[str], Driver]:
    """Starts the Node.js driver of that name; the caller enters it."""

    def start(name: str) -> Driver:
        require("node")
        command = ["node", "--no-deprecation", str(NODE_FOLDER / f"{name}_driver.js")]
        return Driver(command, env=environment({}), cwd=NODE_FOLDER)

    return start


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A local file with content of its own, so that no test meets another's bytes as an instant upload."""

    path: Path
    content: bytes

    @property
    def sha(self) -> str:
        """The SHA-1 of the content, in hex."""
        return hashlib.sha1(self.content).hexdigest()


@pytest.fixture
def sample(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., Sample]:
    """Makes a file of `size` bytes that no other test makes; `salt` tells files of one test apart."""

    def make(size: int, salt: str = "", name: str = "sample.bin") -> Sample:
        seed = f"{request.node.nodeid}/{salt}/{size}"
        content = random.Random(seed).randbytes(size)  # noqa: S311 -- test data
        folder = tmp_path / hashlib.sha1(salt.encode()).hexdigest()[:8]
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_bytes(content)
        return Sample(path=path, content=content)

    return make
