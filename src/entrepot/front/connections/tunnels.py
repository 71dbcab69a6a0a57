"""CONNECT, in dev mode: how clients get here that insist on https and on a cloud's own host name.

A tunnel leads to this server and nowhere else. The socket is given to a further connection of the same application,
which is encrypted where the client asked for port 443 and plain for port 80; every other name and port is refused, and
the refusal says so in its first line, because that is all that many clients show. So a program whose proxy this is
reaches no real cloud by accident. Must not know which names those are, nor what is asked inside.

Bounds: the header's are those of every request; a handshake has ``seconds``, and only so many go on at once.
Source: RFC 9110 §9.3.6 (CONNECT; a body has no meaning), RFC 9112 §3.2.3 (the target is a host and a port).
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
from collections.abc import Callable
from typing import Final

from entrepot.front.connections.refusals import refusal
from entrepot.log import log

_TARGET: Final = re.compile(rb"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):([1-9][0-9]{0,4})")
_HTTPS, _HTTP = 443, 80
_HANDSHAKES_MAX: Final = 256
_OPEN: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
_BUSY: Final = refusal(b"503 Too many tunnels are being opened", b"too many tunnels are being opened; try again\n")

Protocol = Callable[[], asyncio.BaseProtocol]


class Tunnels:
    """Opens tunnels to the hosts that this server ``serves``, with ``tls`` for those to port 443."""

    def __init__(self, serves: Callable[[str], bool], tls: ssl.SSLContext, seconds: float) -> None:
        self._serves = serves
        self._tls = tls
        self._seconds = seconds
        self._opening: set[asyncio.Task[None]] = set()

    def refusal(self, target: bytes) -> bytes | None:
        """What to say to who asks for this; None where a tunnel is opened."""
        asked = _TARGET.fullmatch(target)
        if asked is None:
            return refusal(b"400 The target of CONNECT is HOST:PORT", b"the target of CONNECT is HOST:PORT\n")
        host, port = asked[1].decode("ascii"), int(asked[2])
        if not self._serves(host.lower()):
            why = f"entrepot does not serve {host} and is a proxy for nothing else"
        elif port not in (_HTTPS, _HTTP):
            why = f"entrepot serves {host} at ports {_HTTPS} and {_HTTP}, not at {port}"
        else:
            return None if len(self._opening) < _HANDSHAKES_MAX else _BUSY
        log.warning("tunnel", why=why)
        return refusal(b"403 " + why.encode("ascii"), why.encode("ascii") + b"\n")

    def open(self, transport: asyncio.Transport, target: bytes, protocol: Protocol) -> None:
        """Answer on a connection that is not read any more, and serve on its socket what ``protocol`` makes."""
        try:
            sock = socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))
        except OSError as error:
            log.error("tunnel", why=str(error))
            transport.write(_BUSY)
            transport.close()
            return
        transport.write(_OPEN)
        transport.close()  # after what was written; the socket itself stays open
        task = asyncio.get_running_loop().create_task(self._serve(sock, target, protocol))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def stop(self) -> None:
        """Open nothing that is not open yet."""
        for task in self._opening:
            task.cancel()

    async def _serve(self, sock: socket.socket, target: bytes, protocol: Protocol) -> None:
        loop = asyncio.get_running_loop()
        try:
            if target.endswith(b":%d" % _HTTP):
                await loop.connect_accepted_socket(protocol, sock)
            else:
                await loop.connect_accepted_socket(protocol, sock, ssl=self._tls, ssl_handshake_timeout=self._seconds)
        except OSError as error:  # the client's affair, and what its developer looks for
            log.warning("tunnel", to=target.decode("ascii"), why=f"no TLS in it: {error}")
