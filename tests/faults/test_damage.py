"""Damaged bytes: fsck names them, downloads fail instead of lying, and everything else goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .operations import seeded
from .oracle import Oracle, look
from .server import Server, serving
from .workload import LARGE, MIDDLE

DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "empty": lambda path: path.write_bytes(b""),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "flipped": lambda path: path.write_bytes(b"\x55" + path.read_bytes()[1:]),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_fsck_finds_damage(tmp_path: Path, kind: str) -> None:
    """One blob of two is damaged behind the server's back."""
    oracle = Oracle()
    with serving(tmp_path) as server, server.client() as client:
        intact = seeded(oracle, client, "/intact", MIDDLE)
        seeded(oracle, client, "/damaged", LARGE)
        server.fsck()
        blob = next(path for path in server.blob_files() if path.stat().st_size == LARGE)
        assert blob.read_bytes()[:1] != b"\x55"
        DAMAGE[kind](blob)
        found = server.run("fsck")
        assert found.returncode == 1, found.stdout
        assert "damaged" in found.stdout
        assert len(found.stdout.splitlines()) < 6, "more is called damaged than is"
        if kind != "flipped":
            status, body = client.download("/damaged")
            assert status >= 500, (status, len(body))
        assert look(client, "/intact") == intact
        _can_be_removed(server, oracle)


def _can_be_removed(server: Server, oracle: Oracle) -> None:
    with server.client() as client:
        assert oracle.perform({"/damaged": None}, lambda: client.delete("/damaged")).ok
        oracle.settle(client, thorough=True)
    server.fsck()


def test_orphans_are_no_damage(tmp_path: Path) -> None:
    """A file that nothing points to is the sweeper's business."""
    with serving(tmp_path) as server:
        with server.client() as client:
            seeded(Oracle(), client, "/file", MIDDLE)
        real = server.blob_files()[0]
        orphan = real.with_name(real.name[:2] + "0" * (len(real.name) - 2))
        orphan.write_bytes(b"orphan")
        server.fsck()
        assert server.stop() == 0, server.tail()
        server.sweep()
        assert server.blob_files() == [real]
