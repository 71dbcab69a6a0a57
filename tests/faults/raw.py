"""Requests as bytes on a socket, for clients that do not behave.

Law: nothing here obeys HTTP unless the caller does; every wait is bounded.
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from .client import APPID, BOUNDARY, BUCKET, MULTIPART_TYPE, Address, Reply, multipart, parse, sign, target

PATIENCE = 15.0
CHUNK = 65_536


def upload_body(content: bytes) -> bytes:
    """The form of a simple upload."""
    return multipart({"op": "upload", "insertOnly": "0"}, content)


def upload_head(key: str, length: int | None) -> bytes:
    """The head of a signed upload; without a length it is chunked."""
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    lines = [
        f"POST {target(key)} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: {sign()}",
        f"Content-Type: {MULTIPART_TYPE}",
        framing,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def download_head(key: str) -> bytes:
    """A signed download, after which the server is to close."""
    path = quote(f"/{BUCKET}-{APPID}{key}") + "?sign=" + quote(sign(), safe="")
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()


def endless_form() -> Iterator[bytes]:
    """The chunks of a form whose file never ends."""
    head = multipart({"op": "upload"}).removesuffix(f"--{BOUNDARY}--\r\n".encode())
    yield head + f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="filecontent"\r\n\r\n'.encode()
    while True:
        yield bytes(CHUNK)


@contextmanager
def connected(address: Address) -> Iterator[socket.socket]:
    """A connection that is closed at the end."""
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def readable(connection: socket.socket, seconds: float) -> bool:
    """True when the server has said something or has closed."""
    return bool(select.select([connection], [], [], seconds)[0])


def rest(connection: socket.socket, seconds: float = PATIENCE) -> bytes | None:
    """All bytes until the server closes; None when it does not close in time."""
    deadline = time.monotonic() + seconds
    parts: list[bytes] = []
    while (left := deadline - time.monotonic()) > 0:
        if not readable(connection, left):
            return None
        try:
            part = connection.recv(CHUNK)
        except ConnectionError:
            part = b""
        if not part:
            return b"".join(parts)
        parts.append(part)
    return None


def reply(connection: socket.socket, seconds: float = PATIENCE) -> Reply | None:
    """The first reply on a connection; None when the server closes or says nothing."""
    deadline = time.monotonic() + seconds
    data = b""
    while (left := deadline - time.monotonic()) > 0 and readable(connection, left):
        try:
            part = connection.recv(CHUNK)
        except ConnectionError:
            return None
        if not part:
            break
        data += part
        found = first_reply(data)
        if found is not None and found.status != 100:
            return found
    return None


def first_reply(data: bytes) -> Reply | None:
    """The first whole reply in some bytes, an interim one aside."""
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return None
    status = int(head.split(b" ", 2)[1])
    if status == 100:
        return first_reply(body)
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
            return parse(status, body[:length]) if len(body) >= length else None
    return parse(status, body)


def pour(connection: socket.socket, data: Iterator[bytes], limit: int) -> tuple[int, Reply | None]:
    """Send until the server answers, closes, or the limit is reached; gives the bytes sent and the answer."""
    sent = 0
    for piece in data:
        if readable(connection, 0):
            break
        try:
            connection.sendall(piece)
        except (ConnectionError, TimeoutError):
            break
        sent += len(piece)
        if sent >= limit:
            break
    return sent, reply(connection)
