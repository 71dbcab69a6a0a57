"""Three gateways are one store: once is once over all of them, what is withdrawn at one is refused at the others by the
next request, and no read after an acknowledged write is stale, whichever gateways were asked.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from behaviour.client import DEV
from behaviour.ledger.operator import spend
from behaviour.server import Server
from cluster.engines import prepare
from cluster.gateways import Gateways
from cluster.history import Client, checked

DIALECTS = ("s3", "oss", "tos", "cos_xml")
RUN_SECONDS = 10.0


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_one_time_address_has_one_winner(cluster: Gateways, dialect: str) -> None:
    first = cluster.all[0]
    name = first.make_bucket(DEV.appid, f"once-{dialect.replace('_', '-')}")
    once = cluster.operator(first).url(name, "one.txt", dialect=dialect, uses=1)

    def attempt(number: int) -> int:
        client = cluster.all[number % len(cluster.all)].client()
        try:
            return spend(client, once, b"try %d" % number).status
        finally:
            client.close()

    with ThreadPoolExecutor(24) as pool:
        statuses = list(pool.map(attempt, range(48)))
    assert sorted(statuses) == [200] + [403] * 47
    for gateway in cluster.all:
        assert cluster.speaker(gateway, name).content("one.txt") == b"try %d" % statuses.index(200)


def test_a_number_of_uses_is_counted_over_all(cluster: Gateways) -> None:
    first = cluster.all[0]
    name = first.make_bucket(DEV.appid, "counted")
    cluster.speaker(first, name).put("a.txt", b"x")
    reads = cluster.operator(first).url(name, "a.txt", "GET", uses=7)

    def attempt(number: int) -> int:
        client = cluster.all[number % len(cluster.all)].client()
        try:
            return spend(client, reads).status
        finally:
            client.close()

    with ThreadPoolExecutor(12) as pool:
        assert sorted(pool.map(attempt, range(30))) == [200] * 7 + [403] * 23


def test_a_right_withdrawn_at_one_is_refused_at_the_others(cluster: Gateways) -> None:
    first = cluster.all[0]
    name = first.make_bucket(DEV.appid, "withdrawn")
    cluster.speaker(first, name).put("a.txt", b"x")
    clients = [cluster.client(gateway) for gateway in cluster.all]
    for turn in range(9):
        url = cluster.operator(first).url(name, "a.txt", "GET")
        for client in clients:  # all of them know the key now
            assert [spend(client, url).status for _ in range(3)] == [200] * 3
        cluster.operator(cluster.all[turn % 3]).revoke(url["grant"])
        assert [spend(client, url).status for client in clients] == [403] * 3


def test_a_setting_of_a_bucket_holds_everywhere_at_once(cluster: Gateways) -> None:
    first, *others = cluster.all
    name = first.make_bucket(DEV.appid, "settings")
    owner = cluster.speaker(first, name)
    owner.put("a.txt", b"x")
    anonymous = [cluster.speaker(gateway, name) for gateway in others]
    for _ in range(5):
        owner.ok("PUT", "a.txt", query={"acl": ""}, headers={"x-amz-acl": "public-read"})
        assert [each.ask("GET", "a.txt", how=None).status for each in anonymous] == [200, 200]
        owner.ok("PUT", "a.txt", query={"acl": ""}, headers={"x-amz-acl": "private"})
        assert [each.ask("GET", "a.txt", how=None).status for each in anonymous] == [403, 403]


def test_parts_through_all_gateways_become_one_object(cluster: Gateways) -> None:
    first = cluster.all[0]
    name = first.make_bucket(DEV.appid)
    speakers = [cluster.speaker(gateway, name) for gateway in cluster.all]
    upload = speakers[0].start("big")
    pieces = [bytes([number]) * (5 << 20) for number in range(3)] + [b"end"]
    tags = [speakers[number % 3].part("big", upload, number + 1, piece) for number, piece in enumerate(pieces)]
    speakers[2].complete("big", upload, list(enumerate(tags, 1)))
    assert speakers[1].content("big") == b"".join(pieces)


def test_no_read_is_stale(cluster: Gateways, checker: Path) -> None:
    name = cluster.all[0].make_bucket(DEV.appid, "history")
    stop = threading.Event()

    def connecting(gateway: Server):
        return lambda: cluster.speaker(gateway, name)

    clients = [Client(number, connecting(cluster.all[number % 3]), ["a", "b", "c"], stop) for number in range(9)]
    for client in clients:
        client.start()
    time.sleep(RUN_SECONDS)
    stop.set()
    for client in clients:
        client.join()
    events = [event for client in clients for event in client.events]
    assert not sum(client.failed for client in clients)
    assert len(events) > 100
    assert checked(events, checker).endswith("Ok")


def test_another_database_may_not_have_the_same_place(cluster: Gateways, tmp_path: Path) -> None:
    """What that one does not name it would sweep away."""
    other = cluster.postgres.make("another")
    prepare(other)
    first = cluster.all[0]
    name = first.make_bucket(DEV.appid, "owned")
    cluster.speaker(first, name).put("a.bin", b"x" * 200_000)
    stranger = Server(tmp_path, **{**cluster.settings, "ENTREPOT_INDEX": other})
    for words in (("serve", "--port", "0"), ("sweep", "--grace", "0")):
        told = stranger.run(*words)
        assert told.returncode == 1
        assert "belong to another index" in told.stderr
    assert first.run("sweep", "--grace", "0").returncode == 0
    assert cluster.speaker(first, name).content("a.bin") == b"x" * 200_000
