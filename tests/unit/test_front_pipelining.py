"""Requests that come before the last one is answered: each is answered, in order, and few are parsed ahead of time."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from .wires import Wire, answer, protocol_on

GET = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)


class World:
    """A connection to an application that says what it was sent, once it is let go on."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.answers = 0
        self.wire = Wire()
        self.protocol = protocol_on(self.wire, self._echo)

    async def _echo(self, scope: Any, receive: Any, send: Any) -> None:
        await self.go.wait()
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        await answer(send, b"%s %d %d;" % (scope["raw_path"], len(body), sum(body)))
        self.answers += 1

    def told(self) -> list[bytes]:
        return [reply.rpartition(b"\n")[2] for reply in self.wire.sent.split(b";")[:-1]]

    async def feed(self, data: bytes, size: int) -> None:
        """Send as a socket does: only while the other side reads."""
        for start in range(0, len(data), size):
            await until(lambda: self.wire.reads)
            self.protocol.data_received(data[start : start + size])

    async def let_go(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        self.go.set()

    async def answered(self, number: int) -> None:
        await until(lambda: self.answers >= number)


async def test_few_are_parsed_ahead_and_all_are_answered() -> None:
    world = World()
    world.protocol.data_received(b"".join(GET % number for number in range(5000)))
    await asyncio.sleep(0)
    assert len(world.protocol.pipeline) <= 80
    assert not world.wire.reads
    world.protocol.data_received(GET % 5000)  # what was on its way when reading was paused
    assert len(world.protocol.pipeline) <= 80
    world.go.set()
    await world.answered(5001)
    assert world.told() == [b"/%d 0 0" % number for number in range(5001)]
    assert world.wire.reads
    world.protocol.connection_lost(None)


def request(number: int, rng: random.Random) -> tuple[bytes, bytes]:
    """A request, and what is told of it."""
    size = rng.choice([0, 1, 100, 5000, 70_000])
    body = rng.randbytes(size)
    told = b"/%d %d %d" % (number, size, sum(body))
    if number % 4 == 0:
        return GET % number, b"/%d 0 0" % number
    if number % 4 == 1:
        return b"PUT /%d HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (number, size, body), told
    step = max(1, size // 3)
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(body[start : start + step]), body[start : start + step])
        for start in range(0, size, step)
    )
    return b"PUT /%d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%s0\r\n\r\n" % (number, chunks), told


@pytest.mark.parametrize("size", [7, 1000, 2048, 65_536, 1 << 30])
@pytest.mark.parametrize("waits", [False, True])
async def test_bodies_stay_with_their_requests(size: int, waits: bool) -> None:
    rng = random.Random(size)  # noqa: S311 - the same requests each time
    pairs = [request(number, rng) for number in range(60)]
    world = World()
    if not waits:
        world.go.set()
    await asyncio.gather(world.feed(b"".join(sent for sent, _ in pairs), size), world.let_go())
    await world.answered(len(pairs))
    assert world.told() == [told for _, told in pairs]
    world.protocol.connection_lost(None)
