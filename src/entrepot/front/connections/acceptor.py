"""Which worker process gets a connection: the one that has the fewest.

Facts: the kernel wakes every worker for a connection that waits, and a listener of uvloop takes all that wait in one
go. So the few connections of a client's pool easily end up with one worker, while another has nothing to do. Here a
worker takes one connection at a time, and leaves it for a moment when another worker has fewer.
"""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import socket
import ssl
from collections.abc import Callable

from entrepot.log import log

_ASIDE_SECONDS = 0.001
_ASIDE_TIMES = 50
"""How often a worker leaves a connection to others, who may be busy, before it takes it after all."""
_IN_VAIN_SECONDS = 1.0
"""How long it leaves nothing to anybody after that: the other may be stuck."""
_EXHAUSTED_SECONDS = 0.5
_BYTES = 8  # of a count
_NOBODY = -1


class Share:
    """One worker's place among the counts of connections of all workers."""

    def __init__(self, counts: memoryview, place: int) -> None:
        self._counts = counts
        self._place = place
        self.leave()

    def join(self) -> None:
        """The worker begins to accept connections."""
        self._counts[self._place] = 0

    def leave(self) -> None:
        """The worker accepts no connections any more, or not yet."""
        self._counts[self._place] = _NOBODY

    @property
    def joined(self) -> bool:
        """Whether the worker accepts connections."""
        return self._counts[self._place] != _NOBODY

    def tell(self, connections: int) -> None:
        """The worker has so many connections now."""
        if self.joined:
            self._counts[self._place] = connections

    def is_ahead(self) -> bool:
        """Whether another worker has clearly fewer connections."""
        own = self._counts[self._place]
        return any(own > other + max(1, other // 8) for other in self._counts if other != _NOBODY)


def shares(number: int) -> tuple[Share, ...]:
    """Places in memory that workers share, if they are forked later."""
    counts = memoryview(mmap.mmap(-1, number * _BYTES)).cast("q")
    return tuple(Share(counts, place) for place in range(number))


class Acceptor:
    """Accepts connections for one worker, until it is closed."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        protocol: Callable[[], asyncio.BaseProtocol],
        tls: ssl.SSLContext | None,
        share: Share,
    ) -> None:
        self._loop = loop
        self._sock = sock
        self._protocol = protocol
        self._tls = tls
        self._share = share
        self._connecting: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._stood_aside = 0
        self._in_vain_until = 0.0
        self._over = False
        self._listen()

    def close(self) -> None:
        """Accept nothing from now on; what was accepted goes on."""
        self._share.leave()
        self._loop.remove_reader(self._sock)
        if self._pause is not None:
            self._pause.cancel()

    async def wait_closed(self) -> None:
        """Wait for connections that are just being made; nothing is served on them."""
        self._over = True
        await asyncio.gather(*self._connecting, return_exceptions=True)

    def _listen(self) -> None:
        self._pause = None
        self._loop.add_reader(self._sock, self._ready)

    def _ready(self) -> None:
        if self._loop.time() >= self._in_vain_until and self._share.is_ahead():
            if self._stood_aside < _ASIDE_TIMES:
                self._stood_aside += 1
                self._rest(_ASIDE_SECONDS)
                return
            self._in_vain_until = self._loop.time() + _IN_VAIN_SECONDS
        self._stood_aside = 0
        self._take()

    def _rest(self, seconds: float) -> None:
        self._loop.remove_reader(self._sock)
        self._pause = self._loop.call_later(seconds, self._listen)

    def _take(self) -> None:
        try:
            connection, _ = self._sock.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another worker was quicker, or the client went away
        except OSError as error:
            log.error("accept", why=str(error))
            self._rest(_EXHAUSTED_SECONDS)
            return
        connection.setblocking(False)
        task = self._loop.create_task(self._connect(connection))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect(self, connection: socket.socket) -> None:
        # A handshake that fails is the client's affair; the transport has closed the socket then.
        with contextlib.suppress(OSError):
            transport, _ = await self._loop.connect_accepted_socket(self._protocol, connection, ssl=self._tls)
            if self._over:  # a slow handshake: nobody is there to answer
                transport.close()
