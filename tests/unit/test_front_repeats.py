"""Repeats: given again only to the same request, in the same state, in time, with a request id of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from entrepot.adapters.memory.blobs import MemoryBlobs
from entrepot.core.facts.digests import Digester
from entrepot.core.facts.records import Blob
from entrepot.core.rights.grant import Clause, Grant, Rule
from entrepot.core.rules.content import Run, Windows
from entrepot.front.repeats import Repeats
from entrepot.front.telemetry import Exchange
from entrepot.wire.http import Request, Response

GRANT = Grant(clauses=(Clause(rules=(Rule(),), expires_at=100.0), Clause(rules=(Rule(),))))


async def no_body() -> AsyncIterator[bytes]:
    for nothing in ():
        yield nothing


def request(number: int, **other: object) -> Request:
    facts: dict[str, object] = {
        "id": f"{number:032x}",
        "method": "GET",
        "raw_path": b"/a",
        "raw_query": b"sign=s",
        "headers": ((b"host", b"h"),),
        "authority": "h",
        "scheme": "http",
        "client": "127.0.0.1",
        "body": no_body(),
    }
    return Request(**{**facts, **other})  # type: ignore[arg-type]


def exchange(grant: Grant | None = GRANT) -> Exchange:
    made = Exchange("e", "GET", b"/a", "127.0.0.1")
    made.dialect, made.operation, made.key_id, made.repeatable = "d", "ReadObject", "k", grant
    return made


class World:
    def __init__(self) -> None:
        self.state, self.time = 1, 50.0
        self.repeats = Repeats(lambda state: state == self.state, lambda: self.time)
        first = request(1)
        headers = [(b"x-request-id", first.id.encode()), (b"etag", b"e")]
        self.repeats.keep(first, Response(status=200, headers=headers, body=b"bytes"), exchange(), self.state)

    def find(self, again: Request) -> Response | None:
        return self.repeats.find(again, exchange(None))


def test_the_same_request_gets_the_same_with_its_own_id() -> None:
    found = World().find(request(2))
    assert found is not None
    assert (found.status, found.body) == (200, b"bytes")
    assert found.headers == [(b"x-request-id", f"{2:032x}".encode()), (b"etag", b"e")]


@pytest.mark.parametrize(
    "other",
    [
        {"raw_path": b"/b"},
        {"raw_query": b"sign=t"},
        {"headers": ((b"host", b"h"), (b"range", b"bytes=0-1"))},
        {"authority": "other"},
        {"scheme": "https"},
        {"client": "127.0.0.2"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_request_does_not(other: dict[str, object]) -> None:
    assert World().find(request(2, **other)) is None


def test_nothing_after_a_commit() -> None:
    world = World()
    world.state = 2
    assert world.find(request(2)) is None


def test_nothing_after_the_signature_is_over() -> None:
    world = World()
    world.time = 100.5
    assert world.find(request(2)) is None


def test_nothing_when_the_clock_was_turned_back() -> None:
    world = World()
    world.time = 49.5
    assert world.find(request(2)) is None


def test_what_was_not_said_to_be_repeatable_is_not_kept() -> None:
    world = World()
    other = request(3, raw_path=b"/once")
    world.repeats.keep(other, Response(status=200, body=b"x"), exchange(None), world.state)
    assert world.find(request(4, raw_path=b"/once")) is None


def test_a_response_from_before_a_commit_is_not_given() -> None:
    world = World()
    other = request(3, raw_path=b"/raced")
    world.state = 2
    world.repeats.keep(other, Response(status=200, body=b"old"), exchange(), 1)
    assert world.find(request(4, raw_path=b"/raced")) is None


async def test_a_long_body_is_read_again_and_a_lost_one_is_not_promised() -> None:
    blobs = MemoryBlobs(lambda: "b", lambda: 0.0)
    sink = blobs.create(Digester(sha1=False, md5=False))
    await sink.write(b"0123456789")
    name = await sink.seal()
    blob = Blob(id=1, size=10, crc64=0, name=name, data=None)
    body = Windows(blobs, [Run(blob=blob, offset=2, length=5)])
    world = World()
    long = request(3, raw_path=b"/long")
    world.repeats.keep(long, Response(status=200, body=body), exchange(), world.state)
    for _ in range(3):
        found = world.find(long)
        assert found is not None
        assert isinstance(found.body, Windows)
        assert b"".join([bytes(window) async for window in found.body]) == b"23456"
    await blobs.remove([name])
    assert world.find(long) is None


def test_bodies_are_bounded() -> None:
    world = World()
    body = b"x" * 1_000_000
    for number in range(40):
        asked = request(number, raw_path=f"/{number}".encode())
        world.repeats.keep(asked, Response(status=200, body=body), exchange(), world.state)
        world.repeats.keep(asked, Response(status=200, body=body), exchange(), world.state)
    kept = [number for number in range(40) if world.find(request(0, raw_path=f"/{number}".encode())) is not None]
    assert kept == list(range(24, 40)), "the newest 16 MB"


def test_what_was_forgotten_while_one_waited_is_forgotten_once() -> None:
    """An index over the network is waited for; meanwhile another request may have found that it is not so any more."""
    world = World()
    rounds = iter([True, False])

    def is_still(_state: object) -> bool:
        if next(rounds, False):
            assert world.repeats.find(request(3), exchange(None)) is None
        return False

    world.repeats = Repeats(is_still, lambda: world.time)
    first = request(1)
    world.repeats.keep(first, Response(status=200, body=b"old"), exchange(), world.state)
    assert world.find(request(2)) is None


def test_what_was_kept_while_one_waited_stays() -> None:
    world = World()

    def is_still(state: object) -> bool:
        if state == "old":
            world.repeats.keep(request(3), Response(status=200, body=b"new"), exchange(), "new")
        return state == "new"

    world.repeats = Repeats(is_still, lambda: world.time)
    world.repeats.keep(request(1), Response(status=200, body=b"old"), exchange(), "old")
    assert world.find(request(2)) is None
    found = world.find(request(4))
    assert found is not None
    assert found.body == b"new"
