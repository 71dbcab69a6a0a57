"""What an application does without an SDK: follow a URL, or sign one call itself.

Law: standard library only; the signature is written from the specification's formula, so that nothing of the
server is used to test the server. Source: base64(HMAC-SHA1(secret, text) + text).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from conformance.server import APPID, BUCKET, KEY_ID, SECRET


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP reply; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def request(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    via: str | None = None,
) -> Answer:
    """Send one request to `url`, or through the proxy `via` with an absolute-form target."""
    target = urlsplit(url)
    where = urlsplit(via) if via else target
    path = url if via else (target.path or "/") + (f"?{target.query}" if target.query else "")
    connection = http.client.HTTPConnection(where.hostname or "", where.port or 80, timeout=30)
    try:
        host = {"Host": target.netloc}
        connection.request(method, path, body=body or None, headers={**host, **(headers or {})})
        reply = connection.getresponse()
        found = {name.lower(): value for name, value in reply.getheaders()}
        return Answer(status=reply.status, headers=found, body=reply.read())
    finally:
        connection.close()


def mint(path: str = "", *, once: bool = False) -> str:
    """A signature for the development account: multi-use, bound to `path` of the bucket, or one-time."""
    now = int(time.time())
    chance = secrets.randbelow(10**9)
    bound = f"/{APPID}/{BUCKET}{quote(path)}" if path else ""
    text = f"a={APPID}&b={BUCKET}&k={KEY_ID}&e={0 if once else now + 600}&t={now}&r={chance}&f={bound}"
    mac = hmac.digest(SECRET.encode(), text.encode(), hashlib.sha1)
    return base64.b64encode(mac + text.encode()).decode("ascii")


def signed(url: str, signature: str) -> str:
    """The download URL `url` with its signature in the query, percent-encoded."""
    return f"{url}?sign={quote(signature, safe='')}"


def api(address: str, path: str, *, signature: str | None = None, **parameters: object) -> Answer:
    """One JSON call on the API path of the development bucket."""
    url = f"{address}/files/v2/{APPID}/{BUCKET}{quote(path)}"
    headers = {"Authorization": signature or mint(), "Content-Type": "application/json"}
    return request("POST", url, body=json.dumps(parameters).encode(), headers=headers)


def stored(address: str, path: str) -> bytes:
    """The bytes that the server holds under `path`, downloaded with a multi-use signature."""
    answer = request("GET", signed(f"{address}/{BUCKET}-{APPID}{quote(path)}", mint()))
    assert answer.status == 200, (answer.status, answer.body)
    return answer.body
