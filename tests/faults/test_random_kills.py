"""kill -9 at random moments under load, again and again on one folder; the oracle is asked after each.

The long form: `pytest tests/faults/test_random_kills.py --kills 200`.
"""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from .operations import seeded
from .oracle import Oracle
from .server import Server, running, serving
from .test_crash_points import verify
from .workload import MIDDLE, Load

ACTORS = 4
FULL_CHECK_EVERY = 8


@pytest.mark.timeout(3600)
def test_kills_under_load(tmp_path: Path, kills: int) -> None:
    """One process: each round ends in kill -9 of all, now and then once more while it recovers."""
    rng = random.Random(1)  # noqa: S311
    oracle = Oracle()
    load = Load(oracle, ACTORS, 7)
    with serving(tmp_path) as server:
        for number in range(kills):
            load.start(server.address)
            time.sleep(rng.uniform(0.02, 0.7))
            server.kill()
            load.stop()
            if rng.random() < 0.2:
                _kill_while_starting(server, rng)
            if number % FULL_CHECK_EVERY == 0:
                server.fsck()
            server.start()
            with server.client() as client:
                oracle.settle(client)
        verify(server, oracle)
        assert oracle.acknowledged > kills * 5, "the load did too little to mean anything"


@pytest.mark.timeout(3600)
def test_kills_of_workers(tmp_path: Path, kills: int) -> None:
    """Two workers: one is killed and the service goes on, or the whole group is killed and started again."""
    rng = random.Random(2)  # noqa: S311
    oracle = Oracle()
    load = Load(oracle, ACTORS, 8)
    with serving(tmp_path, workers=2) as server:
        for number in range(max(6, kills // 3)):
            load.start(server.address)
            time.sleep(rng.uniform(0.02, 0.5))
            if number % 2:
                server.kill_worker(rng)
                time.sleep(0.3)
                load.stop()
                server.wait_ready()
            else:
                server.kill()
                load.stop()
                server.start()
            with server.client() as client:
                oracle.settle(client)
        verify(server, oracle)


def test_workers_do_not_outlive_their_parent(tmp_path: Path) -> None:
    """When the main process alone is killed, its workers end and so give the address back."""
    with serving(tmp_path, workers=2) as server:
        main, *others = server.pids()
        os.kill(main, signal.SIGKILL)
        deadline = time.monotonic() + 8
        while (left := [pid for pid in others if running(pid)]) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not left, f"still running: {left}"
        server.kill()
        server.start()


@pytest.mark.timeout(3600)
def test_kills_of_the_first_start(tmp_path: Path, kills: int) -> None:
    """A folder whose making was killed can be made to work by starting again."""
    rng = random.Random(3)  # noqa: S311
    for number in range(max(3, kills // 8)):
        root = tmp_path / str(number)
        root.mkdir()
        server = Server(root)
        try:
            for _ in range(2):
                _kill_while_starting(server, rng)
            server.start()
            oracle = Oracle()
            with server.client() as client:
                seeded(oracle, client, "/first", MIDDLE)
                oracle.settle(client)
        finally:
            server.kill()
        server.fsck()


def _kill_while_starting(server: Server, rng: random.Random) -> None:
    server.launch()
    time.sleep(rng.uniform(0.05, 0.8))
    server.kill()
