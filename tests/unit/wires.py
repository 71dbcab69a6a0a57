"""A connection without a socket: what the server writes is kept, and whether it would read is known."""

import asyncio
from typing import Any

from entrepot.front.connections.protocol import StoreProtocol


class Wire(asyncio.Transport):
    """Takes everything until it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = bytearray()
        self.closed = False
        self.reads = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += b"" if self.closed else data  # bytes would be copied each time

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True


def protocol_on(wire: Wire, application: Any) -> StoreProtocol:
    """The server's end of a connection that was just made."""
    protocol = StoreProtocol(application)
    protocol.connection_made(wire)
    return protocol


async def answer(send: Any, body: bytes) -> None:
    """Send a whole reply."""
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
