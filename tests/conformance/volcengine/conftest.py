"""Fixtures of the TOS tests: one driver process for each SDK and session, buckets, a long file.

Law: what an SDK lacks here is a skip with its reason, and a failure with `CI=true`.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.conftest import require
from conformance.server import BUCKET, Server, environment
from conformance.volcengine.clients import DOMAIN, HOME, SDKS, Client, start

MIB = 1 << 20
BIG_BYTES = 100 * MIB


@pytest.fixture(scope="session", params=list(SDKS))
def tos(request: pytest.FixtureRequest, server: Server) -> Iterator[Client]:
    """Each SDK with the development credentials, on its way home."""
    sdk = SDKS[request.param]
    require(sdk.environment)
    client = start(sdk, server.address, HOME[sdk.name])
    with client.driver:
        yield client


@pytest.fixture(scope="session")
def domain(server: Server) -> str:
    """A domain of the development bucket's own, set as an operator does it."""
    command = [sys.executable, "-m", "entrepot", "bucket", "update", BUCKET, "--domain", DOMAIN]
    command += ["--data", str(server.data)]
    done = subprocess.run(command, env=environment({}), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return DOMAIN


@pytest.fixture
def place(tos: Client, request: pytest.FixtureRequest) -> str:
    """The beginning of all keys of a test; the server lives through the whole session."""
    return f"tos/{tos.sdk.name}/{request.node.originalname}/"


@pytest.fixture
def bucket(tos: Client, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty bucket of the test's own, gone afterwards."""
    words = re.sub("[^a-z]+", "-", request.node.originalname.removeprefix("test_"))
    name = f"tos-{tos.sdk.name}-{words}"[:60].strip("-")
    tos.do("create_bucket", bucket=name)
    yield name
    for key in tos.do("list_objects_type2", bucket=name).keys:
        tos.do("delete_object", bucket=name, key=key)
    tos.do("delete_bucket", bucket=name)


@pytest.fixture(scope="session")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 100 MiB that no compression and no repetition makes shorter."""
    path = tmp_path_factory.mktemp("tos") / "big.bin"
    path.write_bytes(random.Random("tos").randbytes(BIG_BYTES))  # noqa: S311 -- test data
    return path


@pytest.fixture
def put(tos: Client) -> Callable[..., None]:
    """Stores a text in the development bucket, for tests of what comes after."""

    def store(key: str, text: str = "hello", **options: object) -> None:
        tos.do("put_object", bucket=BUCKET, key=key, content={"text": text}, **options)

    return store
