"""Damaged bytes: fsck names them, downloads fail instead of lying, and everything else goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .operations import seeded
from .oracle import Oracle, look
from .server import serving
from .workload import MIDDLE

DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "empty": lambda path: path.write_bytes(b""),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "flipped": lambda path: path.write_bytes(_flip(path.read_bytes())),
}


def _flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def test_fsck_finds_damage(tmp_path: Path) -> None:
    """Some blobs are damaged behind the server's back, each in another way; one is not."""
    oracle = Oracle()
    with serving(tmp_path) as server, server.client() as client:
        keys = [f"/{kind}" for kind in DAMAGE]
        for number, key in enumerate([*keys, "/intact"]):
            seeded(oracle, client, key, MIDDLE + number)
        server.fsck()
        blobs = {path.stat().st_size - MIDDLE: path for path in server.blob_files()}
        for number, damage in enumerate(DAMAGE.values()):
            damage(blobs[number])
        found = server.run("fsck", "--json")
        assert found.returncode == 1, found.stdout
        named = json.loads(found.stdout)["damage"]
        assert all(any(blobs[number].name in line for line in named) for number in range(len(DAMAGE))), named
        assert not any(blobs[len(DAMAGE)].name in line for line in named), named
        for key in keys:
            status, body = client.download(key)
            assert status >= 500 or key == "/flipped", (key, status, len(body))
        assert look(client, "/intact") == oracle.state["/intact"]
        for key in keys:
            assert oracle.perform({key: None}, partial(client.delete, key)).ok
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
