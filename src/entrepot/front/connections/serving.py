"""One process serves: it accepts connections until it is told to stop, then lets what is under way end.

Behind a balancer it goes on for a while after it was told: it says that it is not ready, answers all that still comes,
and lets every connection end with its reply. Only when the balancer must have noticed it takes no more.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import ssl
from typing import Any, Protocol

from entrepot.front.connections.acceptor import Acceptor, Share
from entrepot.front.connections.cycle import Message
from entrepot.front.connections.protocol import StoreProtocol
from entrepot.front.service_manager import READY, STOPPING, tell_service_manager
from entrepot.log import log

_BACKLOG = 2048
_LOOK_SECONDS = 0.02
_UNUSED_SECONDS = 1.0
"""How long a connection without a request is left open at the end: its first may be on the way."""


class Application(Protocol):
    """What answers requests."""

    async def start(self) -> None:
        """Get ready, before the first connection."""

    def drain(self) -> None:
        """Be not ready from now on, and serve as before."""

    async def stop(self) -> None:
        """Finish, after the last one."""

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """Answer one request."""


class Listener(Protocol):
    """What accepts connections."""

    def close(self) -> None:
        """Accept nothing from now on."""

    async def wait_closed(self) -> None:
        """Wait for connections that are just being made."""


async def serve(
    application: Application,
    sock: socket.socket,
    tls: ssl.SSLContext | None,
    share: Share | None,
    drain_seconds: float,
    notice_seconds: float = 0.0,
) -> None:
    """Serve until SIGTERM or SIGINT; a second SIGINT does not wait for what is under way.

    Args:
        application: is started before and stopped after it all.
        sock: is bound.
        tls: how connections are encrypted; None: not at all.
        share: this worker's place among others; None when there are no others.
        drain_seconds: how long to wait for what is under way.
        notice_seconds: how long to go on after SIGTERM, so that a balancer notices. SIGINT waits for nobody.
    """
    stop, noticed, now = asyncio.Event(), asyncio.Event(), asyncio.Event()
    StoreProtocol.leaving = False
    _heed_signals(stop, noticed, now)
    await application.start()
    try:
        listener = await _listen(application, sock, tls, share)
        if share is None:
            tell_service_manager(READY)
        await stop.wait()
        if share is None:
            tell_service_manager(STOPPING)
        if share is None or not noticed.is_set():
            application.drain()  # of a worker that is replaced, the server stays ready
        if notice_seconds and not noticed.is_set():
            StoreProtocol.say_goodbye()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(noticed.wait(), notice_seconds)
        listener.close()
        sock.close()
        await _drain(drain_seconds, now)
        await listener.wait_closed()
    finally:
        await application.stop()


def _heed_signals(stop: asyncio.Event, noticed: asyncio.Event, now: asyncio.Event) -> None:
    def interrupted() -> None:
        if noticed.is_set():
            now.set()
        noticed.set()
        stop.set()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, interrupted)


async def _listen(
    application: Application, sock: socket.socket, tls: ssl.SSLContext | None, share: Share | None
) -> Listener:
    loop = asyncio.get_running_loop()

    def connection() -> StoreProtocol:
        return StoreProtocol(application)

    sock.setblocking(False)
    if share is None:
        return await loop.create_server(connection, sock=sock, ssl=tls, backlog=_BACKLOG)
    sock.listen(_BACKLOG)
    StoreProtocol.share = share
    share.join()
    return Acceptor(loop, sock, connection, tls, share)


async def _drain(seconds: float, now: asyncio.Event) -> None:
    """Wait until no connection is open and nothing runs."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    StoreProtocol.finish_all(unused_too=False)
    await asyncio.sleep(_LOOK_SECONDS)  # what was accepted a moment ago shows up
    while StoreProtocol.open or StoreProtocol.tasks:
        passed = loop.time() - began
        StoreProtocol.finish_all(unused_too=passed > _UNUSED_SECONDS)
        if now.is_set() or passed > seconds:
            break
        await asyncio.sleep(_LOOK_SECONDS)
    else:
        return
    for connection in list(StoreProtocol.open):
        connection.transport.abort()
    await asyncio.sleep(_LOOK_SECONDS)  # who waits for such a connection hears of it and ends
    if StoreProtocol.tasks:
        log.error("drain", why=f"{len(StoreProtocol.tasks)} requests did not end in time")
    left = list(StoreProtocol.tasks)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
