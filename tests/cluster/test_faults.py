"""Whatever of a set of gateways fails, for a while and again and again: every acknowledged object is whole, ``fsck`` is
clean, no orphan is left after ``sweep``, nothing is spent twice, and who cannot serve says so and recovers.

The faults are a table in ``faults.py``. ``make test-cluster`` does each ``FAULT_ROUNDS`` times, ``make test`` a few.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from behaviour.storage.speaker import Speaker
from cluster.faults import Fault, Stage, possible, staged
from cluster.haproxy import program
from cluster.history import Client, checked
from cluster.load import Door, Worker, loaded
from cluster.postgres import programs
from cluster.wholeness import check_clean, check_told, check_whole, wait_until

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "0"))
SHORT = ("database cut", "store stands still", "gateway killed in mid-upload")
NOTICED_SECONDS = 8.0
SERVED_SECONDS = 30.0
_CALM_SECONDS = 1.0


@pytest.fixture(params=["file", "versitygw", "rclone"] if ROUNDS else ["versitygw"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A stage of this test's own."""
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    if program() is None:
        pytest.skip("HAProxy is not installed (Debian: haproxy)")
    try:
        with staged(tmp_path, request.param) as made:
            yield made
            made.cluster.hang_up()
    except FileNotFoundError as lacking:
        pytest.skip(str(lacking))


def _happen(stage: Stage, fault: Fault, turn: int) -> None:
    fault.begin(stage, turn)
    try:
        began = time.monotonic()
        if fault.away:
            wait_until(False, stage.cluster.all, NOTICED_SECONDS)
            check_told(stage.cluster, stage.bucket, store=fault.store)
        time.sleep(max(0.0, began + fault.seconds - time.monotonic()))
    finally:
        fault.end(stage, turn)
    wait_until(True, stage.cluster.all)


def _wait_until_all_are_served(workers: list[Worker], clients: list[Client]) -> None:
    """Nobody is left out when all is well again."""
    steps = [worker.tally.steps for worker in workers]
    events = [len(client.events) for client in clients]
    until = time.monotonic() + SERVED_SECONDS
    while not all(worker.tally.steps > count for worker, count in zip(workers, steps, strict=True)) or not all(
        any(not event.unknown for event in client.events[count:]) for client, count in zip(clients, events, strict=True)
    ):
        assert time.monotonic() < until, [worker.tally.failures[-3:] for worker in workers]
        time.sleep(0.1)


def test_faults_break_no_promise(stage: Stage, checker: Path, tmp_path: Path) -> None:
    cluster, name = stage.cluster, stage.bucket
    stop = threading.Event()

    def connecting() -> Callable[[], Speaker]:
        door = Door(stage.port)
        return lambda: cluster.speaker(door, name)  # type: ignore[arg-type]

    clients = [Client(number, connecting(), list("abcdef"), stop) for number in range(3)]
    faults = [fault for fault in possible(stage) if ROUNDS or fault.name in SHORT]
    assert faults
    with loaded([stage.port], name) as workers:
        for client in clients:
            client.start()
        try:
            for turn in range(max(ROUNDS, 1)):
                for fault in faults:
                    time.sleep(_CALM_SECONDS)
                    _happen(stage, fault, turn)
            _wait_until_all_are_served(workers, clients)
        finally:
            stop.set()
            for client in clients:
                client.join()
    assert [worker.tally.broken for worker in workers] == [[]] * len(workers)
    acknowledged = {key: content for worker in workers for key, content in worker.tally.acknowledged.items()}
    events = [event for client in clients for event in client.events]
    assert sum(not event.unknown for event in events) > 20 * len(faults)
    assert checked(events, checker).endswith("Ok")
    check_whole(cluster.speaker(cluster.all[turn % 3], name), acknowledged)
    check_clean(cluster, stage.store, tmp_path)
