"""What the tests of many gateways need of the machine: where it is not there, they say so and do not pass as tested."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.gateways import Gateways, gateways
from cluster.history import CHECKER
from cluster.postgres import programs
from cluster.stores import CREDENTIALS, STORES, Store, running, stopped

__all__ = ["stopped"]


@pytest.fixture
def cluster(three: Gateways) -> Iterator[Gateways]:
    """Three gateways, which the tests of a module share; connections end with the test."""
    yield three
    three.hang_up()


@pytest.fixture(scope="module", params=["file", "versitygw", "rclone"])
def three(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateways]:
    """Three gateways, with their bytes in a folder or in a store."""
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    settings = {}
    if request.param != "file":
        settings = {
            "ENTREPOT_BLOBS": running(request.param).fresh_address(),
            "ENTREPOT_BLOBS_KEY_ID": CREDENTIALS.key_id,
            "ENTREPOT_BLOBS_SECRET": CREDENTIALS.secret,
        }
    with gateways(tmp_path_factory.mktemp("cluster"), **settings) as made:
        yield made


@pytest.fixture(scope="session")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checker of histories, built."""
    go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if go is None:
        pytest.skip("Go is not installed")
    built = tmp_path_factory.mktemp("checker") / "checker"
    subprocess.run([go, "build", "-o", str(built), "."], cwd=CHECKER, check=True)
    return built


@pytest.fixture(params=sorted(STORES))
def store(request: pytest.FixtureRequest) -> Store:
    """A store that is shared by the tests of this process."""
    return running(request.param)
