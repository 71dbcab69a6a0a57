"""The console over raw HTTP: what a browser sends, and what it would never send.

Law: knows the wire and nothing of the server's code. A browser's own headers are written out, so that each can be
left away or forged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from behaviour.client import Client, Reply
from behaviour.ledger.operator import Operator
from behaviour.server import Server

BASE = "/-/console"
ADMIN, ADMIN_KEY = "admin", "entrepot-dev-admin"


@dataclass(slots=True, kw_only=True)
class Tab:
    """One browser: its cookies, and what the last page told it."""

    client: Client
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    host: str = "console.localhost"

    @property
    def origin(self) -> str:
        """As the browser writes it."""
        return f"http://{self.host}:{self.port}"

    def get(self, path: str = "", **headers: str) -> Reply:
        """A page."""
        return self._sent("GET", path, {name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, form: Mapping[str, str] | None = None, **headers: str | None) -> Reply:
        """A form that a page of the console sends; a header that is None is left away."""
        fields = {**({"csrf": self.csrf} if self.csrf else {}), **(form or {})}
        said = {
            "origin": self.origin, "sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate",
            "content-type": "application/x-www-form-urlencoded", **{k.replace("_", "-"): v for k, v in headers.items()},
        }  # fmt: skip
        body = urlencode(fields).encode()
        return self._sent("POST", path, {name: value for name, value in said.items() if value is not None}, body)

    def log_in(self, key_id: str = ADMIN, secret: str = ADMIN_KEY) -> Reply:
        """Begin a session, and read the first page."""
        reply = self.post("/login", {"key_id": key_id, "secret": secret})
        if reply.status == 303:
            start = self.get()
            assert start.status == 303, str(start)
            self.get(start.headers["location"].removeprefix(BASE))
        return reply

    def at(self, method: str, target: str, body: bytes = b"", **headers: str) -> Reply:
        """A request for any path of the console's host."""
        return self._at(method, target, {name.replace("_", "-"): value for name, value in headers.items()}, body)

    def _sent(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        return self._at(method, BASE + path, headers, body)

    def _at(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        said = list(headers.items())
        if self.cookies:
            said.append(("cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items())))
        reply = self.client.send(method, target, headers=said, body=body, host=f"{self.host}:{self.port}")
        if "set-cookie" in reply.headers:
            name, _, value = reply.headers["set-cookie"].partition(";")[0].partition("=")
            self.cookies[name] = value
        found = re.search(rb'name="csrf" value="([0-9a-f]{64})"', reply.body)
        if found is not None:
            self.csrf = found.group(1).decode()
        return reply


def lines(server: Server, action: str) -> list[dict[str, object]]:
    """What the audit log has of an action of the console."""
    client = server.client()
    found = Operator(server=server, client=client).audit("console")
    client.close()
    return [line for line in found if line["action"] == action]
