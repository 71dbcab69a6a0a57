"""What is acknowledged stays, and nothing is answered that one store could not have answered, while gateways and the
database are killed, stopped and started. Afterwards ``fsck`` is clean and ``sweep`` leaves no orphan.

``make test-cluster`` runs it; ``FAULT_ROUNDS`` says how often each fault is done.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from behaviour.client import DEV
from behaviour.ledger.operator import spend
from behaviour.server import Server
from behaviour.storage.speaker import Speaker
from cluster.gateways import Gateways, gateways
from cluster.history import Client, checked
from cluster.postgres import programs

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "0"))
pytestmark = [pytest.mark.faults, pytest.mark.skipif(not ROUNDS, reason="run by make test-cluster")]
_CALM_SECONDS = 1.5
"""Between faults, so that there is something acknowledged to lose."""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Gateways]:
    """Three gateways of this test's own."""
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    with gateways(tmp_path) as made:
        yield made
        made.hang_up()


def kill_a_gateway(cluster: Gateways, turn: int) -> None:
    """SIGKILL, and another process on the same folder."""
    gateway = cluster.all[turn % 3]
    gateway.kill()
    time.sleep(0.3)
    gateway.start()


def restart_the_database(cluster: Gateways, _turn: int) -> None:
    """As its operator does."""
    cluster.postgres.restart()


def kill_the_database(cluster: Gateways, _turn: int) -> None:
    """SIGKILL of all its processes."""
    cluster.postgres.kill()
    time.sleep(0.5)
    cluster.postgres.start()


def pause_the_database(cluster: Gateways, _turn: int) -> None:
    """It answers nothing for a while."""
    cluster.postgres.pause()
    time.sleep(3)
    cluster.postgres.go_on()


FAULTS: list[Callable[[Gateways, int], None]] = [
    kill_a_gateway, restart_the_database, kill_the_database, pause_the_database,
]  # fmt: skip


def test_nothing_acknowledged_is_lost_and_no_read_is_stale(cluster: Gateways, checker: Path) -> None:
    name = cluster.all[0].make_bucket(DEV.appid, "history")
    stop = threading.Event()

    def connecting(gateway: Server) -> Callable[[], Speaker]:
        return lambda: cluster.speaker(gateway, name)

    clients = [Client(number, connecting(cluster.all[number % 3]), list("abcdefgh"), stop) for number in range(6)]
    for client in clients:
        client.start()
    try:
        for turn in range(ROUNDS):
            for fault in FAULTS:
                time.sleep(_CALM_SECONDS)
                fault(cluster, turn)
        _wait_until_all_are_served(clients)
    finally:
        stop.set()
        for client in clients:
            client.join()
    events = [event for client in clients for event in client.events]
    known = [event for event in events if not event.unknown]
    assert len(known) > 50 * ROUNDS
    assert checked(events, checker).endswith("Ok")
    _is_whole(cluster.all[0])


def _wait_until_all_are_served(clients: list[Client]) -> None:
    until, before = time.monotonic() + 30, [len(client.events) for client in clients]
    while not all(any(not event.unknown for event in client.events[count:])
                  for client, count in zip(clients, before, strict=True)):  # fmt: skip
        assert time.monotonic() < until, "somebody was not served again"
        time.sleep(0.1)


def _is_whole(gateway: Server) -> None:
    found = gateway.run("fsck", "--digests")
    assert found.returncode == 0, found.stdout + found.stderr
    gateway.settings["ENTREPOT_LIMITS__REQUEST_SECONDS"] = "1"
    time.sleep(1.5)
    swept = gateway.run("sweep", "--grace", "1", "--json")
    assert swept.returncode == 0, swept.stderr
    again = json.loads(gateway.run("sweep", "--grace", "1", "--json").stdout)
    assert (again["orphans"], again["blobs"]) == (0, 0)
    assert gateway.run("fsck", "--digests").returncode == 0


def test_a_use_is_counted_once_whatever_happens_to_the_database(cluster: Gateways) -> None:
    """Of all that try during restarts one at most is told that it was the one; none after it."""
    first = cluster.all[0]
    name = first.make_bucket(DEV.appid, "once")
    for turn in range(2 * ROUNDS):
        _wait_until_ready(cluster)
        once = cluster.operator(first).url(name, f"{turn}.txt", uses=1)
        statuses: list[int] = []

        def attempts(number: int, minted: object = once, seen: list[int] = statuses) -> None:
            until = time.monotonic() + 6
            while time.monotonic() < until and 200 not in seen:
                client = cluster.all[number % 3].client()
                try:
                    seen.append(spend(client, minted, b"x").status)
                except (OSError, AssertionError):
                    pass  # nobody was told anything
                finally:
                    client.close()

        threads = [threading.Thread(target=attempts, args=(number,)) for number in range(6)]
        cluster.postgres.kill() if turn % 2 else cluster.postgres.pause()
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        cluster.postgres.start() if turn % 2 else cluster.postgres.go_on()
        for thread in threads:
            thread.join()
        assert statuses.count(200) <= 1
        _wait_until_ready(cluster)
        client = cluster.client(first)
        late = [spend(client, once, b"late").status for _ in range(2)]
        assert late.count(200) <= 1 - statuses.count(200)


def test_a_gateway_without_its_database_says_so_and_recovers(cluster: Gateways) -> None:
    gateway = cluster.all[0]
    name = gateway.make_bucket(DEV.appid, "away")
    cluster.speaker(gateway, name).put("a.txt", b"before")
    cluster.postgres.kill()
    speaker = cluster.speaker(gateway, name)
    for method in ("GET", "PUT", "HEAD", "DELETE"):
        reply = speaker.ask(method, "a.txt", body=b"x" if method == "PUT" else b"")
        assert reply.status == 503, str(reply)
    client = cluster.client(gateway)
    assert client.send("GET", "/-/healthz").status == 200
    assert client.send("GET", "/-/readyz").status == 503
    cluster.postgres.start()
    _wait_until_ready(cluster)
    assert cluster.speaker(gateway, name).content("a.txt") == b"before"


def _wait_until_ready(cluster: Gateways) -> None:
    until = time.monotonic() + 20
    for gateway in cluster.all:
        client = cluster.client(gateway)
        while client.send("GET", "/-/readyz").status != 200:
            assert time.monotonic() < until, "it did not recover by itself"
            time.sleep(0.2)


def test_a_signal_in_mid_upload_loses_nothing_that_was_acknowledged(cluster: Gateways) -> None:
    name = cluster.all[0].make_bucket(DEV.appid, "killed")
    for turn in range(ROUNDS):
        gateway = cluster.all[turn % 3]
        speaker = cluster.speaker(gateway, name)
        speaker.put(f"before{turn}", b"y" * 300_000)
        sending = threading.Thread(target=_put_quietly, args=(cluster.speaker(gateway, name), f"under way{turn}"))
        sending.start()
        time.sleep(0.05)
        gateway.kill()
        sending.join()
        gateway.start()
        assert cluster.speaker(gateway, name).content(f"before{turn}") == b"y" * 300_000
    _is_whole(cluster.all[0])


def _put_quietly(speaker: Speaker, key: str) -> None:
    try:
        speaker.put(key, b"z" * 30_000_000)
    except (OSError, AssertionError):
        return
