"""Nothing is ever half visible: readers beside writers, and beside the sweeper, see whole versions only."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from . import raw
from .client import Client
from .oracle import Oracle, content
from .server import Server, serving
from .test_crash_points import verify
from .workload import EXISTS, LARGE, MIDDLE, SLICE, SMALL, Load

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


@pytest.mark.parametrize("how", ["delete", "overwrite"])
@pytest.mark.parametrize("slices", [1, 8])
def test_download_outlives_its_name(tmp_path: Path, how: str, slices: int) -> None:
    """A slow download of a large file goes on to its end though the name is gone meanwhile."""
    key, size = "/slow", 3 << 20
    data = content(slices, size * slices)
    with serving(tmp_path) as server, server.client() as client:
        session = client.slice_init(key, len(data), size).data["session"]
        for offset in range(0, len(data), size):
            assert client.slice_data(key, session, offset, data[offset : offset + size]).ok
        assert client.slice_finish(key, session, len(data)).ok
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            slow.connect(server.address)
            slow.settimeout(20)
            slow.sendall(raw.download_head(key))
            received = slow.recv(65_536)
            gone = client.delete(key) if how == "delete" else client.upload(key, b"new", insert_only=False)
            assert gone.ok
            while piece := slow.recv(1 << 20):
                received += piece
    body = received.partition(b"\r\n\r\n")[2]
    assert len(body) == len(data), f"the download broke off after {len(body)} of {len(data)} bytes"
    assert body == data


def test_sweep_beside_load(tmp_path: Path) -> None:
    """Sweeping and checking while clients are at work takes nothing away and finds nothing amiss."""
    oracle = Oracle()
    load = Load(oracle, 3, 11)
    with serving(tmp_path) as server:
        load.start(server.address)
        for _ in range(2):
            done = server.run("sweep")
            assert done.returncode == 0, done.stderr
            server.fsck()
        load.stop()
        verify(server, oracle)


def test_repeats_leave_no_files(tmp_path: Path) -> None:
    """Bytes that were there already, or that were refused, are not kept a second time."""
    same, other, first = content(1, MIDDLE), content(2, MIDDLE), content(3, SLICE)
    with serving(tmp_path) as server, server.client() as client:
        session = client.slice_init("/sliced", SLICE + 1, SLICE).data["session"]
        for _ in range(3):
            assert client.upload("/file", same).ok
            assert client.slice_data("/sliced", session, 0, first).ok
        assert client.upload("/file", other).code == EXISTS
        assert not client.slice_data("/sliced", session, 0, content(4, SLICE)).ok
        for _ in range(20):
            if len(server.blob_files()) == 2:
                break
            time.sleep(0.1)
        assert sorted(path.stat().st_size for path in server.blob_files()) == [MIDDLE, SLICE]


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
