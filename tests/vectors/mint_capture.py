"""Record what a real SDK puts on the wire; used by every mint_* script of the scope-folding schemes.

Law: nothing of the server is imported, and no signature is computed here. The SDK runs unmodified with its clock held
still by freezegun; every connection it opens, whatever the host, is led to a socket of this process, which keeps the
bytes. A vector whose facts did not change keeps the day on which it was first minted.
"""

from __future__ import annotations

import contextlib
import json
import platform
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
TODAY = datetime.now(UTC).strftime("%Y-%m-%d")
"""Read before any clock is held still."""

_NOISE = {b"user-agent", b"accept", b"accept-encoding", b"connection"}
"""Never signed here, and they tell of the machine."""


class Wire:
    """A listener that takes one request per connection and answers nothing of use."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.requests: list[tuple[bytes, bytes]] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._socket.getsockname()[1]
        return port

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with contextlib.suppress(OSError), connection:
                self.requests.append(_read(connection))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def _read(connection: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lower = head.lower()
    if b"\r\nexpect: 100-continue" in lower:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = next((int(line[15:]) for line in lower.split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length or (b"\r\ntransfer-encoding: chunked" in lower and not body.endswith(b"0\r\n\r\n")):
        body += connection.recv(65536)
    return head, body


@contextlib.contextmanager
def led_here() -> Iterator[Wire]:
    """Lead every connection of urllib3 (and so of requests and botocore) to a new listener."""
    import urllib3.util.connection as urllib3_connection

    wire, real = Wire(), urllib3_connection.create_connection
    urllib3_connection.create_connection = lambda *_args, **_named: socket.create_connection(("127.0.0.1", wire.port))
    try:
        yield wire
    finally:
        urllib3_connection.create_connection = real


def sent(wire: Wire, call: Callable[[], object]) -> dict[str, Any]:
    """The first request that `call` sends; what it makes of the answer does not matter."""
    wire.requests.clear()
    with contextlib.suppress(Exception):
        call()
    head, _ = wire.requests[0]
    line, *fields = head.split(b"\r\n")
    method, target, _ = line.split(b" ")
    path, _, query = target.partition(b"?")
    headers = [tuple(part.strip() for part in field.split(b":", 1)) for field in fields]
    host = next(value for name, value in headers if name.lower() == b"host")
    return {
        "method": method.decode(),
        "authority": host.decode(),
        "path": path.decode("ascii"),
        "query": query.decode("ascii"),
        "headers": [
            [name.decode().lower(), value.decode("latin-1")] for name, value in headers if name.lower() not in _NOISE
        ],
        "form": None,
    }


def asked(method: str, url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """The request that a presigned address stands for, as any HTTP client sends it."""
    parts = urlsplit(url)
    return {
        "method": method,
        "authority": parts.netloc,
        "path": parts.path,
        "query": parts.query,
        "headers": [["host", parts.netloc], *([name.lower(), value] for name, value in (headers or {}).items())],
        "form": None,
    }


def posted(authority: str, path: str, fields: dict[str, str]) -> dict[str, Any]:
    """A browser's form with these fields."""
    return {
        "method": "POST",
        "authority": authority,
        "path": path,
        "query": "",
        "headers": [["host", authority], ["content-type", "multipart/form-data; boundary=b"]],
        "form": [[name, value] for name, value in fields.items()],
    }


def record(
    scheme: str,
    case: str,
    *,
    request: dict[str, Any],
    key_id: str,
    secret: str,
    token: str | None = None,
    signed_at: int | None,
    expires_at: int | None = None,
    form: str | None = None,
    bucket: str | None = None,
    key: str = "",
    minted_with: str,
    call: str,
    **texts: str,
) -> None:
    """Write `<scheme>/<case>/vector.json`. `bucket` and `key` are what the request addresses; times are in seconds."""
    if form is None:
        form = "form" if request["form"] is not None else "query" if expires_at is not None else "header"
    vector: dict[str, Any] = {
        "case": case,
        "provenance": {
            "minted_with": minted_with,
            "runtime": f"Python {platform.python_version()}",
            "call": call,
            "minted_on": TODAY,
        },
        "scheme": scheme,
        "form": form,
        "key_id": key_id,
        "secret": secret,
        "token": token,
        "signed_at": signed_at,
        "expires_at": expires_at,
        "request": request,
        "target": {"bucket": bucket, "key": key},
        **texts,
    }
    file = HERE / scheme / case / "vector.json"
    if file.is_file():
        before = json.loads(file.read_text("utf-8"))
        day = before["provenance"].get("minted_on")
        if before == {**vector, "provenance": {**vector["provenance"], "minted_on": day}}:
            return
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(vector, ensure_ascii=False, indent=2) + "\n", "utf-8")
    print(f"minted {scheme}/{case}")
