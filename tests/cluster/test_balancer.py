"""Three gateways behind HAProxy are replaced one after the other while clients of every dialect work: not one of their
requests fails.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from behaviour.client import DEV
from cluster.gateways import Gateways
from cluster.haproxy import CHECK_MS, balanced, free_port, program
from cluster.load import loaded
from cluster.postgres import programs

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
NOTICE_SECONDS = 1


@pytest.fixture(params=[1, 2] if ROUNDS > 1 else [1])
def behind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Gateways, int]]:
    """Three gateways of so many workers on ports that stay theirs, and the port of the balancer."""
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    if program() is None:
        pytest.skip("HAProxy is not installed (Debian: haproxy)")
    ports = [free_port() for _ in range(3)]
    made = Gateways(tmp_path, 0, ENTREPOT_NOTICE_SECONDS=str(NOTICE_SECONDS))
    try:
        for number, port in enumerate(ports):
            made.all.append(made.another(number, "--port", str(port), "--workers", str(request.param)))
        with balanced(ports) as port:
            yield made, port
    finally:
        made.stop()


def test_a_rolling_restart_fails_no_request(behind: tuple[Gateways, int]) -> None:
    cluster, port = behind
    name = cluster.all[0].make_bucket(DEV.appid, "rolling")
    with loaded([port], name) as workers:
        for _ in range(ROUNDS):
            for gateway in cluster.all:
                time.sleep(0.5)
                assert gateway.stop() == 0, gateway.tail()
                gateway.start()
                time.sleep(3 * CHECK_MS / 1000)
    assert [worker.tally.failures for worker in workers] == [[]] * len(workers)
    assert not any(worker.tally.broken for worker in workers)
    assert all(worker.tally.steps for worker in workers), [(worker.name, worker.tally.steps) for worker in workers]
    speaker = cluster.speaker(cluster.all[0], name)
    for worker in workers:
        for key, content in worker.tally.acknowledged.items():
            assert speaker.content(key) == content, key
    cluster.hang_up()


def test_a_gateway_that_was_told_to_stop_serves_until_it_is_noticed(behind: tuple[Gateways, int]) -> None:
    cluster, _ = behind
    gateway = cluster.all[0]
    name = gateway.make_bucket(DEV.appid, "notice")
    client, speaker = cluster.client(gateway), cluster.speaker(gateway, name)
    speaker.put("a", b"x")
    assert client.send("GET", "/-/readyz").status == 200
    assert gateway.pid is not None
    os.kill(gateway.pid, 15)
    until = time.monotonic() + 2 + NOTICE_SECONDS
    while client.send("GET", "/-/readyz").status != 503:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert client.send("GET", "/-/healthz").status == 200
    reply = speaker.ask("GET", "a")  # the connection was there before
    assert (reply.status, reply.body, reply.headers["connection"]) == (200, b"x", "close")
    assert cluster.speaker(gateway, name).content("a") == b"x"  # a new one
    assert gateway.stop() == 0
