"""What is started, and when, of the requests that arrive in one read; and what a connection may not keep sending."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from entrepot.front.connections.protocol import StoreProtocol

from .wires import Wire, answer, protocol_on

ONE = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
PUT = b"PUT /put HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"


@pytest.fixture(autouse=True)
def _others() -> Iterator[None]:
    """Connections of one test are not those of the next."""
    StoreProtocol.open.clear()
    yield
    StoreProtocol.leaving = False
    StoreProtocol.open.clear()


class World:
    """A connection to an application that only notes what it was asked for."""

    def __init__(self) -> None:
        self.started: list[bytes] = []
        self.wire = Wire()
        self.protocol = protocol_on(self.wire, self._answer)

    async def _answer(self, scope: Any, _receive: Any, send: Any) -> None:
        self.started.append(scope["raw_path"])
        await answer(send, b"")

    def end(self) -> None:
        self.protocol.connection_lost(None)


async def rest() -> None:
    """Let everything happen that waits for its turn."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_only_the_first_of_a_read_runs_at_once() -> None:
    """Else a client could hold the event loop with the thousands that one read takes."""
    world = World()
    world.protocol.data_received(b"".join(ONE % number for number in range(5)))
    assert world.started == [b"/0"]
    await rest()
    assert world.started == [b"/%d" % number for number in range(5)]
    world.protocol.data_received(ONE % 9)
    assert world.started[-1] == b"/9"
    assert world.wire.sent.count(b"HTTP/1.1 200") == 6
    world.end()


@pytest.mark.parametrize("following", [ONE % 1, PUT, LAST])
async def test_what_follows_the_last_request_is_not_started(following: bytes) -> None:
    """RFC 9112, section 9.6; the parser sees to it, and its leniency for such bytes must not change that."""
    world = World()
    world.protocol.data_received(LAST + following)
    await rest()
    assert world.started == [b"/last"]
    assert world.wire.closed
    world.end()


@pytest.mark.parametrize(
    "start",
    [b"2\r\nab\r\n0\r\nx-trailer: ", b"2\r\nab\r\n0\r\nx-", b"2;extension="],
    ids=["the value of a trailer", "the name of a trailer", "the extension of a chunk"],
)
async def test_what_stands_between_pieces_of_a_body_is_bounded(start: bytes) -> None:
    world = World()
    world.protocol.data_received(b"PUT /put HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + start)
    sent = 0
    while not world.wire.closed and sent < 1 << 20:
        world.protocol.data_received(b"a" * 4096)
        sent += 4096
    assert world.wire.closed
    assert world.wire.sent.startswith(b"HTTP/1.1 431 ")
    assert sent <= StoreProtocol.limits.header_bytes + 2 * 4096
    world.end()


async def test_chunks_and_trailers_of_a_decent_size_are_let_through() -> None:
    world = World()
    world.protocol.data_received(b"PUT /put HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(40):
        world.protocol.data_received(b"1000\r\n" + b"a" * 4096)
        world.protocol.data_received(b"\r\n")
    for _ in range(8):
        world.protocol.data_received(b"1;e=" + b"b" * 4096 + b"\r\nc\r\n")
    world.protocol.data_received(b"0\r\nx-trailer: " + b"d" * 4096 + b"\r\n\r\n")
    assert not world.wire.closed
    assert world.protocol.cycle.more_body is False  # the parser came to the end of the request
    world.end()


async def test_at_the_end_a_connection_that_has_asked_nothing_yet_is_answered_once() -> None:
    """A client that has just connected would lose its first request, which it may not send again."""
    world = World()
    StoreProtocol.finish_all(unused_too=False)
    assert not world.wire.closed
    world.protocol.data_received(ONE % 1)
    assert b"connection: close" in world.wire.sent.lower()
    assert world.wire.closed


async def test_at_the_end_one_that_never_asks_is_closed() -> None:
    world = World()
    StoreProtocol.finish_all(unused_too=True)
    assert world.wire.closed


@pytest.mark.parametrize("unused_too", [False, True])
async def test_at_the_end_a_request_that_is_half_there_is_answered(unused_too: bool) -> None:
    world = World()
    world.protocol.data_received(ONE % 1 + (ONE % 2)[:9])
    StoreProtocol.finish_all(unused_too=unused_too)
    assert not world.wire.closed
    world.protocol.data_received((ONE % 2)[9:])
    assert world.started == [b"/1", b"/2"]
    assert world.wire.closed


async def test_at_the_end_one_that_waits_for_its_next_request_is_closed() -> None:
    world = World()
    world.protocol.data_received(ONE % 1)
    StoreProtocol.finish_all(unused_too=False)
    assert world.wire.closed
