"""A disk that is really full or read-only: reads, listings, deletes, metrics and health go on, by one and two workers.

The shim of test_disk_faults.py fails calls; here it is the kernel that has no block left, which also strikes what is
written through mapped memory. A worker that dies of that is a failure, even when another takes its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .client import Client
from .oracle import Oracle, Version, content, look
from .server import Server, serving
from .test_crash_points import verify
from .volume import Volume, mounted, needs_loop, read_only
from .workload import LARGE, MIDDLE, SMALL

KEPT = {"/kept/small": SMALL, "/kept/middle": MIDDLE, "/kept/large": LARGE}
CONNECTIONS = 6
"""So many that every worker gets some."""


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Volume]:
    """A small file system."""
    needs_loop()
    with mounted(tmp_path) as made:
        yield made


@pytest.mark.parametrize("workers", [1, 2])
def test_full(volume: Volume, workers: int) -> None:
    """Writes are refused with 5xx, all else goes on, and all is well as soon as there is room."""
    oracle = Oracle()
    with serving(volume.root, workers=workers) as server:
        _seed(server, oracle)
        before = server.worker_pids()
        volume.fill()
        _endure(server, oracle)
        with server.client() as client:  # how else would there be room again?
            for key in KEPT:
                assert oracle.perform({key: None}, lambda: client.delete(key)).ok  # noqa: B023
            _write_is_refused(oracle, client, "/lost/small", SMALL)
        volume.room()
        assert server.worker_pids() == before, server.tail()
        _work(server, oracle)
        assert server.worker_pids() == before, server.tail()
        server.kill()
        server.start()
        verify(server, oracle)
        server.kill()


def test_error_makes_it_read_only(volume: Volume) -> None:
    """The kernel met an error: what is there is read on; after a repair and a start everything is there."""
    oracle = Oracle()
    with serving(volume.root, workers=2) as server:
        _seed(server, oracle)
        before = server.worker_pids()
        volume.break_()
        _endure(server, oracle)
        assert server.worker_pids() == before, server.tail()
        server.kill()
        volume.unmount()
        volume.repair()
        volume.mount()
        server.start()
        _work(server, oracle)
        verify(server, oracle)
        server.kill()


def test_remounted_read_only(volume: Volume) -> None:
    """An operator's remount; it heals when that is undone."""
    oracle = Oracle()
    with serving(volume.root, workers=2) as server:
        _seed(server, oracle)
        before = server.worker_pids()
        with read_only(volume.root):
            _endure(server, oracle)
        assert server.worker_pids() == before, server.tail()
        _work(server, oracle)
        verify(server, oracle)
        server.kill()


def _seed(server: Server, oracle: Oracle) -> None:
    with server.client() as client:
        for key, size in KEPT.items():
            data = content(size, size)
            assert oracle.perform({key: Version.of(data, "")}, lambda: client.upload(key, data)).ok  # noqa: B023


def _endure(server: Server, oracle: Oracle) -> None:
    """Everything but writing works, on connections to all workers; writing says that it does not."""
    clients = [server.client(timeout=10) for _ in range(CONNECTIONS)]
    try:
        for number, client in enumerate(clients * 2):
            _write_is_refused(oracle, client, f"/lost/{number}")
            for key in KEPT:
                assert look(client, key) == oracle.state[key], f"{key} cannot be read"
            assert len(client.listing("/kept/")) == len(KEPT)
            for own in ("healthz", "metrics"):
                status, _ = client.exchange("GET", f"/-/{own}", b"", {})
                assert status == 200, f"{own}: {status}"
    finally:
        for client in clients:
            client.close()


def _write_is_refused(oracle: Oracle, client: Client, key: str, size: int = MIDDLE) -> None:
    data = content(size, size)
    reply = oracle.perform({key: Version.of(data, "")}, lambda: client.upload(key, data))
    assert not reply.ok, "there was room"
    assert 500 <= reply.status < 600, reply
    assert reply.code, reply
    oracle.doubts.clear()
    assert look(client, key) is None


def _work(server: Server, oracle: Oracle) -> None:
    for number in range(CONNECTIONS):
        with server.client() as client:
            for size in (SMALL, MIDDLE):
                data, key = content(number, size), f"/after/{number}-{size}"
                reply = oracle.perform({key: Version.of(data, "")}, lambda: client.upload(key, data))  # noqa: B023
                assert reply.ok, reply
                assert look(client, key) == oracle.state[key]
