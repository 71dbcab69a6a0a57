"""SIGTERM: what is under way is finished and answered, nothing new is taken, and the exit code is 0."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from . import raw
from .oracle import Oracle, Version, content
from .server import serving
from .workload import LARGE, Load

DRAIN_SECONDS = 2


@pytest.mark.parametrize("workers", [1, 2])
def test_upload_under_way_is_finished(tmp_path: Path, workers: int) -> None:
    """Half an upload before the signal, half after it."""
    data = content(1, LARGE)
    body = raw.upload_body(data)
    oracle = Oracle()
    with serving(tmp_path, workers=workers) as server:
        with raw.connected(server.address) as connection:
            connection.sendall(raw.upload_head("/drained", len(body)) + body[: LARGE // 2])
            time.sleep(0.3)
            codes: list[int] = []
            stopper = threading.Thread(target=lambda: codes.append(server.stop()))
            stopper.start()
            time.sleep(0.5)
            connection.sendall(body[LARGE // 2 :])
            answer = raw.reply(connection)
        stopper.join(20)
        assert answer is not None, server.tail()
        assert answer.ok, answer
        assert codes == [0], server.tail()
        oracle.acknowledge({"/drained": Version.of(data, "")})
        server.start()
        with server.client() as client:
            oracle.settle(client)


def test_stop_under_load(tmp_path: Path) -> None:
    """A stop amid load loses nothing that was acknowledged."""
    oracle = Oracle()
    load = Load(oracle, 4, 21)
    with serving(tmp_path, workers=2) as server:
        load.start(server.address)
        time.sleep(0.7)
        assert server.stop() == 0, server.tail()
        load.stop()
        server.fsck()
        server.start()
        with server.client() as client:
            oracle.settle(client, thorough=True)


def test_stalled_client_cannot_hold_up_the_end(tmp_path: Path) -> None:
    """A client that never goes on is left behind after the drain time."""
    env = {"ENTREPOT_DRAIN_SECONDS": str(DRAIN_SECONDS)}
    with serving(tmp_path, env=env) as server, raw.connected(server.address) as connection:
        connection.sendall(raw.upload_head("/stalled", 1_000_000) + b"--half")
        time.sleep(0.2)
        started = time.monotonic()
        assert server.stop() == 0, server.tail()
        assert time.monotonic() - started < DRAIN_SECONDS + 3
