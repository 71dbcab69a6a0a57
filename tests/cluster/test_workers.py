"""A gateway of two processes on a store: each of them reaches it, those too that take the place of others."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from behaviour.client import DEV, some_bytes
from cluster.gateways import Gateways, gateways
from cluster.load import LONG
from cluster.postgres import programs
from cluster.stores import CREDENTIALS, running, stopped

__all__ = ["stopped"]
CONNECTIONS = 8
"""So many that each process gets some."""


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateways]:
    """One gateway of two workers."""
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    settings = {
        "ENTREPOT_BLOBS": running("versitygw").fresh_address(),
        "ENTREPOT_BLOBS_KEY_ID": CREDENTIALS.key_id,
        "ENTREPOT_BLOBS_SECRET": CREDENTIALS.secret,
        "ENTREPOT_WORKERS": "2",
    }
    with gateways(tmp_path_factory.mktemp("workers"), 1, **settings) as made:
        yield made
        made.hang_up()


def check_served(cluster: Gateways, bucket: str) -> None:
    """Bytes that go to the store, up and down, over connections of their own."""
    gateway = cluster.all[0]
    for number in range(CONNECTIONS):
        content = some_bytes(LONG, number)
        cluster.speaker(gateway, bucket).put(f"{number}", content)
        assert cluster.speaker(gateway, bucket).content(f"{number}") == content
    cluster.hang_up()


def test_both_reach_the_store_and_so_do_their_successors(one: Gateways) -> None:
    gateway = one.all[0]
    name = gateway.make_bucket(DEV.appid)
    check_served(one, name)
    before = _workers(gateway.pid)
    assert gateway.pid is not None
    os.kill(gateway.pid, signal.SIGHUP)
    until = time.monotonic() + 60
    while len(now := _workers(gateway.pid)) != 2 or now & before:
        assert time.monotonic() < until, gateway.tail()
        time.sleep(0.2)
    check_served(one, name)


def test_a_store_that_cannot_be_used_is_said_before_it_serves(one: Gateways, tmp_path: Path) -> None:
    wrong = {"ENTREPOT_BLOBS_SECRET": "another", "ENTREPOT_WORKERS": "2"}
    one.settings, before = {**one.settings, **wrong}, one.settings
    try:
        with pytest.raises(AssertionError, match="the store refuses the key for the bucket"):
            one.another(1)
    finally:
        one.settings = before


def _workers(pid: int | None) -> set[int]:
    return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
