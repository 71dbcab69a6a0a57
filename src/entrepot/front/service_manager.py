"""Tells a service manager that this process serves, or stops, where one asked for it.

Knows the protocol of systemd's ``sd_notify(3)``: datagrams to the socket that ``NOTIFY_SOCKET`` names. A name that
begins with ``@`` is in the abstract namespace. Must not fail: a server that nobody hears of still serves.
"""

from __future__ import annotations

import contextlib
import os
import socket

READY, STOPPING = b"READY=1", b"STOPPING=1"


def tell_service_manager(state: bytes) -> None:
    """Tell it; without one nothing happens."""
    name = os.environ.get("NOTIFY_SOCKET", "")
    if not name.startswith(("/", "@")):
        return
    address = "\0" + name[1:] if name.startswith("@") else name
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as teller:
        teller.settimeout(1.0)
        teller.sendto(state, address)
