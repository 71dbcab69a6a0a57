"""Nothing is ever half visible: readers beside writers, and beside the sweeper, see whole versions only."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .client import Client
from .oracle import Oracle, content
from .server import Server, serving
from .test_crash_points import verify
from .workload import LARGE, MIDDLE, SMALL, Load

SECONDS = 2.5


@pytest.mark.parametrize("workers", [1, 2])
def test_readers_beside_a_writer(tmp_path: Path, workers: int) -> None:
    """A file that is overwritten all the time: each download is one version, whole, and none fails."""
    versions = [content(number, size) for number, size in enumerate((SMALL, MIDDLE, SMALL, LARGE, SMALL))]
    known = {hashlib.sha1(data).hexdigest() for data in versions}
    faults: list[str] = []
    with serving(tmp_path, workers=workers) as server:
        with server.client() as client:
            assert client.upload("/busy", versions[0]).ok
        end = time.monotonic() + SECONDS

        def write(client: Client, turn: int) -> None:
            reply = client.upload("/busy", versions[turn % len(versions)], insert_only=False)
            if not reply.ok:
                faults.append(f"write: {reply}")

        def download(client: Client, _turn: int) -> None:
            status, body = client.download("/busy")
            if status != 200 or hashlib.sha1(body).hexdigest() not in known:
                faults.append(f"download: {status}, {len(body)} bytes, {body[:200]!r}")

        def stat(client: Client, _turn: int) -> None:
            reply = client.stat("/busy")
            if not reply.ok or reply.data["sha"] not in known:
                faults.append(f"stat: {reply}")

        _together(server, end, [write, download, download, stat], faults)
        server.fsck()
    assert not faults, "\n".join(faults[:5])


def test_sweep_beside_load(tmp_path: Path) -> None:
    """Sweeping with the default grace while clients are at work takes nothing away from them."""
    oracle = Oracle()
    load = Load(oracle, 3, 11)
    with serving(tmp_path) as server:
        load.start(server.address)
        for _ in range(3):
            done = server.run("sweep")
            assert done.returncode == 0, done.stderr
        load.stop()
        verify(server, oracle)


def _together(server: Server, end: float, acts: list[Callable[[Client, int], None]], faults: list[str]) -> None:
    def repeat(act: Callable[[Client, int], None]) -> None:
        try:
            with server.client() as client:
                turn = 0
                while time.monotonic() < end:
                    turn += 1
                    act(client, turn)
        except Exception as error:  # noqa: BLE001  (a thread must not lose its fault)
            faults.append(repr(error))

    threads = [threading.Thread(target=repeat, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
