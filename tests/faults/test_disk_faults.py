"""Disk full, write errors, failing fsync: a 5xx in COS JSON form, nothing changed, reads go on, work resumes.

The index and the blob files are struck separately; see shim.c for what a fault is.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import pytest

from .client import Client, NoAnswer
from .disk import BLOBS, INDEX, Disk, build, compiler
from .operations import Prepared, prepare_all, seeded
from .oracle import Oracle, look
from .server import Died, Server, serving
from .test_crash_points import verify
from .workload import LARGE, MIDDLE, SMALL

pytestmark = pytest.mark.skipif(compiler() is None, reason="needs a C compiler (cc)")

Fault = Callable[[Disk], AbstractContextManager[None]]
FAULTS: dict[str, tuple[Fault, str]] = {
    "index-full": (lambda disk: disk.full(INDEX), INDEX),
    "index-nearly-full": (lambda disk: disk.full(INDEX, room=30_000), INDEX),
    "index-write-error": (lambda disk: disk.full(INDEX, error=errno.EIO), INDEX),
    "index-sync-error": (lambda disk: disk.unsynced(INDEX), INDEX),
    "blobs-full": (lambda disk: disk.full(BLOBS), BLOBS),
    "blobs-nearly-full": (lambda disk: disk.full(BLOBS, room=200_001), BLOBS),
    "blobs-write-error": (lambda disk: disk.full(BLOBS, error=errno.EIO), BLOBS),
    "blobs-sync-error": (lambda disk: disk.unsynced(BLOBS), BLOBS),
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled shim."""
    return build(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def disk(tmp_path: Path, library: Path) -> Iterator[Disk]:
    """The control page of this test's server."""
    page = Disk(tmp_path, library)
    yield page
    page.close()


SEVERAL = ("index-write-error", "blobs-sync-error")


@pytest.mark.parametrize(("name", "workers"), [(name, 1) for name in FAULTS] + [(name, 2) for name in SEVERAL])
def test_fault(tmp_path: Path, disk: Disk, name: str, workers: int) -> None:
    """Every operation during the fault, all reads during it, and every refused operation again after it."""
    fault, struck = FAULTS[name]
    oracle = Oracle()
    with serving(tmp_path, workers=workers, env=disk.env) as server, server.client() as client:
        for number, size in enumerate((SMALL, MIDDLE, LARGE)):
            seeded(oracle, client, f"/kept/{number}", size)
        operations = prepare_all(oracle, client)
        with fault(disk):
            refused = _during(oracle, client, operations)
            assert disk.hits() > 0, "the fault did not strike: wrong pattern?"
            _reads_go_on(oracle, client)
        meant = {op for op, prepared in operations.items() if struck == INDEX or prepared.blobs}
        if "nearly" not in name:
            assert refused.keys() == meant
        assert refused.keys() <= meant
        _nothing_changed(oracle, client)
        _revive(server, client)
        for op, prepared in refused.items():
            reply = prepared.perform(oracle, client)
            assert reply.ok, f"{op} after the fault: {reply}"
        client.close()
        server.kill()
        server.start()
        verify(server, oracle)


def _during(oracle: Oracle, client: Client, operations: dict[str, Prepared]) -> dict[str, Prepared]:
    """The operations that were refused: each with a 5xx that says so in JSON."""
    refused = {}
    for op, prepared in operations.items():
        reply = None
        with suppress(NoAnswer):  # a server may also choose to exit
            reply = prepared.perform(oracle, client)
        if reply is not None and reply.ok:
            continue
        refused[op] = prepared
        assert reply is None or (500 <= reply.status < 600 and reply.code), f"{op} during the fault: {reply}"
    return refused


def _reads_go_on(oracle: Oracle, client: Client) -> None:
    for key, version in sorted(oracle.state.items()):
        if key.startswith("/kept/"):
            assert look(client, key) == version, f"{key} cannot be read during the fault"
    assert len(client.listing("/kept/")) == 3


def _nothing_changed(oracle: Oracle, client: Client) -> None:
    for doubt in oracle.doubts:
        for key in doubt.effect:
            assert look(client, key) == oracle.state.get(key), f"{key} was changed by a failed operation"
    oracle.doubts.clear()


def _revive(server: Server, client: Client) -> None:
    if server.dead():
        server.kill()
        server.start()
        client.close()


def test_failed_sync_then_kill(tmp_path: Path, disk: Disk) -> None:
    """What failed to sync may survive a kill, but only whole."""
    oracle = Oracle()
    with serving(tmp_path, env=disk.env) as server:
        with server.client() as client:
            operations = prepare_all(oracle, client)
            with disk.unsynced(INDEX):
                _during(oracle, client, operations)
        server.kill()
        server.fsck()
        server.start()
        verify(server, oracle)


def test_start_on_a_full_disk(tmp_path: Path, disk: Disk) -> None:
    """It serves or it exits, and when there is room again everything is there."""
    oracle = Oracle()
    with serving(tmp_path, env=disk.env) as server:
        with server.client() as client:
            seeded(oracle, client, "/kept", MIDDLE)
        assert server.stop() == 0, server.tail()
        with disk.full("*"), suppress(Died):
            server.start()
        server.kill()
        server.start()
        with server.client() as client:
            oracle.settle(client, thorough=True)
        server.fsck()
