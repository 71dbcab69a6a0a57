"""Sockets are read to the one buffer of the process, in the event loop that the server runs in."""

import asyncio
import contextlib
import socket
from typing import Any

import uvloop

from entrepot.front.connections.protocol import StoreProtocol


class Seen(StoreProtocol):
    """A connection that parses nothing."""

    def __init__(self) -> None:
        self.data: list[Any] = []
        self.bytes = b""
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, _transport: asyncio.BaseTransport) -> None:  # type: ignore[override]
        pass

    def connection_lost(self, _error: Exception | None) -> None:  # type: ignore[override]
        self.lost.set_result(None)

    def data_received(self, data: Any) -> None:
        self.data.append(data)
        self.bytes += data


async def received(sent: bytes, open_connections: int) -> Seen:
    """What the HTTP protocol gets of these bytes, while so many connections are open."""
    loop = asyncio.get_running_loop()
    seen = Seen()
    others: set[Any] = {object() for _ in range(open_connections)}
    ours, theirs = socket.socketpair()
    with contextlib.closing(theirs):
        StoreProtocol.open |= others
        try:
            transport, _ = await loop.connect_accepted_socket(lambda: seen, ours)
            writing = loop.run_in_executor(None, theirs.sendall, sent)
            async with asyncio.timeout(10):
                while len(seen.bytes) < len(sent):  # noqa: ASYNC110 - nothing tells of it
                    await asyncio.sleep(0.001)
            await writing
            transport.close()
            await seen.lost
        finally:
            StoreProtocol.open -= others
    return seen


def test_reads_make_no_object_of_their_own() -> None:
    sent = bytes(range(256)) * 4096
    seen = uvloop.run(received(sent, 1))
    assert seen.bytes == sent
    assert all(isinstance(data, memoryview) for data in seen.data)
    assert len({id(data.obj) for data in seen.data}) == 1


def test_in_a_crowd_each_read_is_short() -> None:
    sent = b"x" * (1 << 20)
    seen = uvloop.run(received(sent, 1000))
    assert seen.bytes == sent
    assert max(len(data) for data in seen.data) <= 1 << 15
