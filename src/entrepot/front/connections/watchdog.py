"""The watchdog: one a process, which looks at all connections twice a second."""

from __future__ import annotations

import asyncio
import os
import signal
import time

from entrepot.front.connections.protocol import StoreProtocol

_WATCH_SECONDS = 0.5


def overdue(connection: StoreProtocol, now: float) -> str | None:
    """Why a connection should be ended; None while its client behaves."""
    cycle, limits = connection.cycle, connection.limits
    if cycle is None or cycle.response_complete:
        if connection.header_bytes > 0 or cycle is None:
            return "header" if now - connection.began > limits.header_seconds else None
        return "idle" if now - connection.moved > connection.keep_alive_seconds else None
    if now - connection.began > limits.request_seconds:
        return "request"
    waits = connection.receiving and not connection.flow.read_paused
    if waits and now - connection.moved > limits.body_idle_seconds:
        return "body"
    return _stalled(connection, now)


def _stalled(connection: StoreProtocol, now: float) -> str | None:
    """A client that asked for bytes and does not take them."""
    unsent = connection.transport.get_write_buffer_size()
    if not unsent or unsent != connection.unsent:
        connection.unsent = unsent
        if unsent:
            connection.moved = max(connection.moved, now)
        return None
    return "stalled" if now - connection.moved > connection.limits.body_idle_seconds else None


async def watch(parent: int | None) -> None:
    """End connections that are overdue, for ever; and this process when ``parent`` is not its parent any more."""
    looked_at = time.monotonic()
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        if parent is not None and os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
            return
        now = time.monotonic()
        late, looked_at = now - looked_at - _WATCH_SECONDS, now
        for connection in list(StoreProtocol.open):
            if late > _WATCH_SECONDS:  # in which this process did not read: not the client's fault
                connection.began += late
                connection.moved += late
            connection.hand_over()
            reason = overdue(connection, now)
            if reason == "idle":
                connection.transport.close()
            elif reason is not None:
                connection.transport.abort()
