"""doctor/engines: a real PostgreSQL and a real store, well and not."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cluster.engines import empty_database, shared_postgres
from cluster.postgres import programs
from cluster.setup_stores import PROGRAMS
from cluster.stores import CREDENTIALS, Store, VersityGw

pytestmark = pytest.mark.skipif(programs() is None, reason="PostgreSQL's server is not installed (Debian: postgresql)")
SECONDS = 60


def found(tmp_path: Path, index: str, **settings: str) -> dict[str, Any]:
    """What the command says, by check."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    variables = {f"ENTREPOT_{name.upper()}": value for name, value in {"master_key": key, **settings}.items()}
    done = subprocess.run(
        [sys.executable, "-m", "entrepot", "doctor", "--json", "--data", "data", "--index", index],
        cwd=tmp_path, env={**os.environ, **variables}, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    assert not (tmp_path / "data").exists()
    return {one["check"]: one for one in json.loads(done.stdout)}


def test_a_database(tmp_path: Path) -> None:
    """That of the tests does not sync, which is quicker, and which the command must find."""
    said = found(tmp_path, empty_database())
    assert said["database"]["verdict"] == "ok", said["database"]
    assert said["database"]["seen"].startswith("PostgreSQL ")
    assert said["database durability"]["verdict"] == "fail"
    assert "fsync = off" in said["database durability"]["seen"]
    assert said["database connections"]["verdict"] == "ok", said["database connections"]
    assert said["database clock"]["verdict"] == "ok"


def test_a_database_without_tables_and_one_that_is_not_there(tmp_path: Path) -> None:
    said = found(tmp_path, shared_postgres().make("bare"))
    assert (said["database"]["verdict"], "entrepot migrate" in said["database"]["to_do"]) == ("fail", True)
    said = found(tmp_path, "postgresql://nobody@127.0.0.1:9/nothing")
    assert said["database"]["verdict"] == "fail"
    assert "database clock" not in said


@pytest.fixture(scope="module")
def store() -> Any:
    """A store."""
    why = PROGRAMS["versitygw"].lacking()
    if why is not None:
        pytest.skip(why)
    made: Store = VersityGw()
    try:
        yield made
    finally:
        made.stop()


def test_a_store(tmp_path: Path, store: Store) -> None:
    keys = {"blobs_key_id": CREDENTIALS.key_id, "blobs_secret": CREDENTIALS.secret}
    database = empty_database()
    said = found(tmp_path, database, blobs=store.fresh_address(), **keys)
    assert said["store"]["verdict"] == "ok", said["store"]
    said = found(tmp_path, database, blobs=store.fresh_address(), **keys | {"blobs_secret": "another"})
    assert (said["store"]["verdict"], "refuses the key" in said["store"]["seen"]) == ("fail", True)
    assert "another" not in str(said)
    said = found(tmp_path, database, blobs=store.fresh_address().replace("blobs/", "elsewhere/"), **keys)
    assert (said["store"]["verdict"], "no bucket" in said["store"]["seen"]) == ("fail", True), said["store"]
