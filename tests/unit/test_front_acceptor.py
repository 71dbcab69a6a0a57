"""Connections are spread over the workers, and a worker that is gone or leaves is not waited for."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from entrepot.front.connections.acceptor import Acceptor, Share, shares


class Worker:
    """One of several acceptors on one socket."""

    def __init__(self, sock: socket.socket, share: Share) -> None:
        self.share = share
        self.connections: list[asyncio.BaseTransport] = []
        share.join()
        self.sock = sock.dup()  # one event loop watches a descriptor once
        self.acceptor = Acceptor(asyncio.get_running_loop(), self.sock, self._protocol, None, share)

    async def end(self) -> None:
        self.acceptor.close()
        await self.acceptor.wait_closed()
        self.sock.close()
        for connection in self.connections:
            connection.close()

    def _protocol(self) -> asyncio.Protocol:
        worker = self

        class Connection(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                worker.connections.append(transport)
                worker.share.tell(len(worker.connections))

        return Connection()


@pytest.fixture
async def listener() -> AsyncIterator[socket.socket]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(64)
        sock.setblocking(False)
        yield sock


async def connect(sock: socket.socket, count: int) -> list[asyncio.StreamWriter]:
    made = await asyncio.gather(*(asyncio.open_connection(*sock.getsockname()) for _ in range(count)))
    return [writer for _, writer in made]


async def settled(workers: list[Worker], count: int) -> list[int]:
    """How many connections each has, once they have ``count`` together."""
    async with asyncio.timeout(10):
        while sum(len(worker.connections) for worker in workers) < count:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.005)
    return [len(worker.connections) for worker in workers]


async def test_who_has_fewer_connections_gets_them(listener: socket.socket) -> None:
    workers = [Worker(listener, share) for share in shares(2)]
    workers[0].share.tell(40)  # by turns, without a look at the counts, each would get half
    writers = await connect(listener, 10)
    assert await settled(workers, 10) == [0, 10]
    for worker in workers:
        await worker.end()
    for writer in writers:
        writer.close()


async def test_a_place_where_nobody_is_counts_for_nothing() -> None:
    first, second = shares(2)
    first.join()
    first.tell(5)
    assert not first.is_ahead()
    second.join()
    assert first.is_ahead()
    second.leave()
    second.tell(0)  # its last connections end
    assert not first.is_ahead()


async def test_who_has_more_still_accepts_when_the_other_does_not(listener: socket.socket) -> None:
    busy, stuck = shares(2)
    worker = Worker(listener, busy)
    stuck.join()  # and never accepts
    writers = await connect(listener, 4)
    assert await settled([worker], 4) == [4]
    await worker.end()
    for writer in writers:
        writer.close()


async def test_a_closed_acceptor_takes_nothing(listener: socket.socket) -> None:
    workers = [Worker(listener, share) for share in shares(2)]
    workers[0].acceptor.close()
    writers = await connect(listener, 6)
    assert await settled(workers, 6) == [0, 6]
    for worker in workers:
        await worker.end()
    for writer in writers:
        writer.close()


async def test_a_connection_that_is_being_made_at_the_end_is_closed(listener: socket.socket) -> None:
    """Else a client that was quick enough would keep a server that stops for as long as it has requests."""
    (share,) = shares(1)
    worker = Worker(listener, share)
    with socket.create_connection(listener.getsockname()) as client:
        client.setblocking(False)
        worker.acceptor._ready()  # as the event loop would call it
        worker.acceptor.close()
        await worker.acceptor.wait_closed()
        async with asyncio.timeout(10):
            assert await asyncio.get_running_loop().sock_recv(client, 1) == b""
    await worker.end()
