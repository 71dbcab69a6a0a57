"""A read that is asked again is answered from memory after one question, and never with what is not so any more.

Every change is made at another gateway than the one that remembers, between two requests that are alike to the byte.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from behaviour.client import DEV
from behaviour.ledger.operator import Operator, spend
from behaviour.storage.speaker import Speaker
from cluster.gateways import Gateways, gateways
from cluster.postgres import programs

Change = Callable[[Speaker, Operator, Any], object]
LONG = b"0123456789" * 20_000
"""Longer than what is kept in the index."""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateways]:
    """Two gateways on a database that notes its statements."""
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    with gateways(tmp_path_factory.mktemp("repeats"), 2) as made:
        made.postgres.sql("ALTER SYSTEM SET log_statement = 'all'")
        made.postgres.sql("SELECT pg_reload_conf()")
        yield made
        made.hang_up()


CHANGES: dict[str, tuple[Change, int, bytes | None]] = {
    "other bytes": (lambda there, _operator, _url: there.put("a", b"later"), 200, b"later"),
    "bytes that are too long": (lambda there, _operator, _url: there.put("a", LONG[::-1]), 200, LONG[::-1]),
    "a deletion": (lambda there, _operator, _url: there.ok("DELETE", "a", status=204), 404, None),
    "a withdrawal": (lambda _there, operator, url: operator.revoke(url["grant"]), 403, None),
    "a rule of the bucket": (
        lambda there, _operator, _url: there.ok("PUT", query={"acl": ""}, headers={"x-amz-acl": "public-read"}),
        200, b"first",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("content", [b"first", LONG], ids=["few", "many"])
def test_what_another_gateway_changed_is_seen_at_once(two: Gateways, change: str, content: bytes) -> None:
    apply, status, after = CHANGES[change]
    here, there = two.all
    name = here.make_bucket(DEV.appid, f"repeats-{len(content)}-{list(CHANGES).index(change)}")
    two.speaker(here, name).put("a", content)
    url = two.operator(here).url(name, "a", "GET")
    client = two.client(here)
    for _ in range(4):
        told = spend(client, url)
        assert (told.status, told.body) == (200, content)
    apply(two.speaker(there, name), two.operator(there), url)
    told = spend(client, url)
    assert told.status == status
    if status == 200:
        assert told.body == (content if after == b"first" else after)
    assert spend(client, url).status == status


def test_a_read_that_is_asked_again_costs_one_question(two: Gateways) -> None:
    here = two.all[0]
    name = here.make_bucket(DEV.appid, "questions")
    two.speaker(here, name).put("a", b"x")
    url = two.operator(here).url(name, "a", "GET")
    client = two.client(here)
    for _ in range(4):
        assert spend(client, url).status == 200
    log = two.postgres.folder / "log"
    before = log.stat().st_size
    for _ in range(10):
        assert spend(client, url).status == 200
    time.sleep(0.3)
    asked = [line for line in Path(log).read_bytes()[before:].splitlines() if b"FROM objects" in line]
    assert len(asked) == 10
    assert all(b"FROM identity_version v LEFT JOIN LATERAL" in line for line in asked)
