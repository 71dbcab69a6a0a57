"""How commands ask a running server through its admin API.

Without ``--server`` the one that serves the data folder is asked, at the address that it wrote there, with the admin
key of the settings, else that of dev mode. On the standard library alone.
"""

from __future__ import annotations

import http.client
import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import orjson

from entrepot.admin.dev import ADMIN_KEY
from entrepot.cli.arguments import Exit, Option, complain
from entrepot.cli.folder import failing

Server = Annotated[
    str | None, Option("--server", help="The server's address (default: the one that serves the data folder).")
]
BASE = "/-/api/v1"
_SECONDS = 120.0
_REPLY_MAX_BYTES = 256 << 20


class RefusedError(Exception):
    """The server refused it; the text is its own."""


def ask_server(
    method: str, path: str, body: Mapping[str, Any] | None = None, *, server: str | None, data: Path | None
) -> dict[str, Any]:
    """What the admin API answers to a request below ``/-/api/v1``.

    Raises:
        RefusedError: with what the server says.
        Exit: there is no such server, or it cannot be understood.
    """
    from entrepot.config import load  # noqa: PLC0415 - keeps --help quick
    from entrepot.folder import address_file  # noqa: PLC0415 - keeps --help quick

    settings = load(None, data=data)
    if server is None:
        try:
            server = address_file(settings.data).read_text("ascii").strip()
        except OSError:
            complain(f"no server works on {settings.data}; start one, or name it with --server")
            raise Exit(1) from None
    key = ADMIN_KEY if settings.admin_key is None else settings.admin_key.get_secret_value()
    text = None if body is None else orjson.dumps(body)
    headers = {"Authorization": f"Bearer {key}"} | ({} if text is None else {"Content-Type": "application/json"})
    connection = _connection(server, settings.data / "authority.crt")
    try:
        connection.request(method, BASE + path, body=text, headers=headers)
        response = connection.getresponse()
        status, answer = response.status, response.read(_REPLY_MAX_BYTES)
    except (OSError, http.client.HTTPException) as error:
        complain(f"{server} does not answer: {error}")
        raise Exit(1) from error
    finally:
        connection.close()
    return _read(server, status, answer)


def told_by_server(method: str, path: str, body: Any, server: str | None, data: Path | None) -> dict[str, Any]:
    """The same for a command that ends with what the server refuses. Raises Exit."""
    with failing():
        try:
            return ask_server(method, path, body, server=server, data=data)
        except RefusedError as refused:
            complain(f"{refused}")
            raise Exit(1) from refused


def _connection(server: str, authority: Path) -> http.client.HTTPConnection:
    parts = urlsplit(server)
    if parts.scheme not in {"http", "https"} or parts.hostname is None:
        complain(f"{server[:200]!r} is no address such as http://127.0.0.1:9400")
        raise Exit(2)
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=_SECONDS)
    known = str(authority) if authority.exists() else os.environ.get("SSL_CERT_FILE")
    context = ssl.create_default_context(cafile=known)
    return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=_SECONDS, context=context)


def _read(server: str, status: int, answer: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(answer)
    except orjson.JSONDecodeError:
        said = None
    if status < 300 and isinstance(said, dict):
        return said
    error = said.get("error") if isinstance(said, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    if status == 404 and isinstance(message, str) and message.startswith("there is no such endpoint"):
        message = "it has no such endpoint; is it of this version, and served with --dev?"
    raise RefusedError(str(message) if message is not None else f"{server} answered with status {status}")
