"""Calls of the admin API, over one connection that is kept.

On the standard library alone: tests should not wait for imports.
"""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

BASE: Final = "/-/api/v1"
_SECONDS: Final = 60.0


class KitError(Exception):
    """The server did not do what the kit asked for, or did not start."""


class Calls:
    """The admin API of a server: ``key`` is its admin key, ``authority`` the certificate that vouches for its https.

    May be used by several threads.
    """

    def __init__(self, address: str, key: str, authority: Path | None = None) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port
        self._key = key
        self._tls = ssl.create_default_context(cafile=authority) if parts.scheme == "https" else None
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> dict[str, Any]:
        """What an endpoint says. Raises KitError."""
        return self._call("GET", path, None)

    def post(self, path: str, **given: Any) -> dict[str, Any]:
        """What an endpoint answers to this body; what is None is left out. Raises KitError."""
        return self._call("POST", path, {name: value for name, value in given.items() if value is not None})

    def call(self, method: str, path: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The same with any method. Raises KitError."""
        return self._call(method, path, None if given is None else dict(given))

    def close(self) -> None:
        """End the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _call(self, method: str, path: str, given: dict[str, Any] | None) -> dict[str, Any]:
        body = None if given is None else json.dumps(given).encode()
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        with self._lock:
            status, reply = self._sent(method, BASE + path, body, headers)
        if status >= 400:
            raise KitError(_why(status, reply))
        answer: dict[str, Any] = json.loads(reply)
        return answer

    def _sent(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        for again in (False, True):
            if self._connection is None:
                self._connection = self._connected()
            try:
                self._connection.request(method, path, body, headers)
                response = self._connection.getresponse()
                return response.status, response.read()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                self._connection = None
                # A connection that was kept may have ended meanwhile, before this request was looked at.
                if again or not isinstance(error, http.client.RemoteDisconnected | BrokenPipeError):
                    raise KitError(f"the server cannot be asked: {error}") from error
        raise AssertionError

    def _connected(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=_SECONDS)
        return http.client.HTTPSConnection(self._host, self._port, timeout=_SECONDS, context=self._tls)


def _why(status: int, reply: bytes) -> str:
    try:
        return f"{status}: {json.loads(reply)['error']['message']}"
    except (ValueError, KeyError, TypeError):
        return f"{status}: {reply[:200].decode('utf-8', 'replace')}"
