"""The tutorials, the README and the first page of the documents, followed as they are written, on a fresh server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cluster.haproxy import program
from cluster.postgres import Postgres, programs
from cluster.stores import CREDENTIALS, running, stopped
from conformance.conftest import require
from conformance.server import ROOT

from .running import Reader

__all__ = ["stopped"]

DOCS = ROOT / "docs"
SDKS = {
    "tencent-cos-without-the-cloud": ("demo", "qcloud_cos_py3"),
    "forms-and-rights-for-oss-and-tos": ("demo",),
    "tests-and-ci": ("demo",),
    "why-was-i-refused": ("demo",),
    "limit-see-withdraw": ("demo",),
}
"""Whose environments hold the SDKs that a tutorial installs."""
TUTORIALS = sorted(path.stem for path in (DOCS / "tutorials").glob("*.md"))


def reader(folder: Path, *sdks: str) -> Reader:
    """Somebody with these SDKs."""
    for name in sdks:
        require(name)
    return Reader(folder, sdks)


@pytest.mark.parametrize("document", ["README.md", "docs/start.md"])
def test_first_steps(tmp_path: Path, document: str) -> None:
    reader(tmp_path).follow(ROOT / document)


@pytest.mark.conformance
@pytest.mark.parametrize("name", [name for name in TUTORIALS if name != "many-gateways"])
def test_a_tutorial(tmp_path: Path, name: str) -> None:
    reader(tmp_path, *SDKS.get(name, ())).follow(DOCS / "tutorials" / f"{name}.md")


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A database server with an empty database."""
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    server = Postgres(durable=False)
    try:
        server.make("entrepot")
        yield server
    finally:
        server.stop()


@pytest.mark.conformance
def test_many_gateways(tmp_path: Path, postgres: Postgres) -> None:
    if program() is None:
        pytest.skip("HAProxy is not installed (Debian: haproxy)")
    store = running("versitygw")
    place, _, endpoint = store.fresh_address().partition("?endpoint=")
    there = Reader(
        tmp_path,
        ports={"5432": postgres.port, "9000": urlsplit(endpoint).port or 0},
        places={
            "s3://entrepot-bytes": place,
            "store-key": CREDENTIALS.key_id,
            "store-secret": CREDENTIALS.secret,
        },
    )
    there.follow(DOCS / "tutorials" / "many-gateways.md")
