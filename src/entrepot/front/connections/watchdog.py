"""The watchdog: one a process, which looks at all connections twice a second."""

from __future__ import annotations

import asyncio
import os
import signal
import time

from entrepot.front.connections.protocol import StoreProtocol

_WATCH_SECONDS = 0.5


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
            if late > _WATCH_SECONDS:
                connection.excuse(late)
            connection.hand_over()
            reason = connection.overdue(now)
            if reason == "idle":
                connection.transport.close()
            elif reason is not None:
                connection.transport.abort()
