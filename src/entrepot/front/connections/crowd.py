"""What each connection may hold of a body: less, the more connections there are."""

from __future__ import annotations

_HANDFUL_BYTES = 1 << 18
_CRUMB_BYTES = 1 << 15
_CROWD_BYTES = 8 << 20
"""What all connections of the process may read at once: the more there are, the less of each body is collected before
the application is woken, because every layer above holds as much again."""
READ = memoryview(bytearray(1 << 19))
"""Where sockets are read to, by all connections of the process: it is parsed before the next read."""


def read_bytes(connections: int) -> int:
    """How much is read from a socket at once."""
    return max(_CRUMB_BYTES, min(len(READ), _CROWD_BYTES // max(1, connections)))


def handful_bytes(connections: int) -> int:
    """How much of a body is collected before the application is woken."""
    return max(_CRUMB_BYTES, min(_HANDFUL_BYTES, _CROWD_BYTES // max(1, connections)))
