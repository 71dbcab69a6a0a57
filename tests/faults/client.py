"""A COS JSON client written for the fault tests only.

Law: it knows the wire and nothing of the server's code; it signs by itself. A call either returns what the
server said (`Reply`) or raises `NoAnswer`, and after `NoAnswer` nobody may claim to know whether it happened.
Sources: the COS JSON specification (API, signature and error chapters).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import random
import socket
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

APPID = "1250000000"
BUCKET = "demo"
KEY_ID = "entrepot-dev-id"
SECRET = b"entrepot-dev-secret"
BOUNDARY = "entrepot-fault-boundary"

Address = tuple[str, int]


class NoAnswer(Exception):  # noqa: N818
    """The connection ended before a whole reply came: the request is in doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the server said. `code` is None when the body was not the JSON envelope."""

    status: int
    code: int | None
    message: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    raw: bytes = b""

    @property
    def ok(self) -> bool:
        """True when this is an acknowledgement."""
        return self.status == 200 and self.code == 0

    def __str__(self) -> str:
        return f"{self.status}/{self.code} {self.message or self.raw[:80]!r}"


def sign(key: str = "", *, once: bool = False, ttl: int = 3600) -> str:
    """One COS signature: multi-use and unbound, or good for a single use on `key`."""
    now = int(time.time())
    expires = 0 if once else now + ttl
    fileid = quote(f"/{APPID}/{BUCKET}{key}") if once else ""
    nonce = random.SystemRandom().randrange(10**9)
    text = f"a={APPID}&b={BUCKET}&k={KEY_ID}&e={expires}&t={now}&r={nonce}&f={fileid}".encode()
    return base64.b64encode(hmac.digest(SECRET, text, hashlib.sha1) + text).decode()


def target(key: str) -> str:
    """The API's request target of a key (which starts with a slash)."""
    return quote(f"/files/v2/{APPID}/{BUCKET}{key}")


def multipart(fields: dict[str, str], content: bytes | None = None) -> bytes:
    """The body of a form: text parts first, the file part last."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if content is not None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="filecontent"; filename="f"\r\n\r\n'
        parts += [head.encode(), content, b"\r\n"]
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


MULTIPART_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def parse(status: int, raw: bytes) -> Reply:
    """The reply in a body; anything but the JSON envelope gives code None."""
    try:
        envelope = json.loads(raw)
        code, message = envelope["code"], envelope["message"]
    except (ValueError, TypeError, KeyError):
        return Reply(status=status, code=None, raw=raw)
    data = envelope.get("data") or {}
    return Reply(status=status, code=code, message=message, data=data, raw=raw)


class _Connection(http.client.HTTPConnection):
    """One that does not wait to fill packets."""

    def connect(self) -> None:
        super().connect()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Client:
    """One keep-alive connection. Not for use by two threads at once."""

    def __init__(self, address: Address, *, timeout: float = 30) -> None:
        self._connection = _Connection(*address, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop the connection; the next call opens another."""
        self._connection.close()

    def exchange(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """One request and its whole reply; raises NoAnswer."""
        try:
            self._connection.request(method, path, body=body or None, headers=headers)
            reply = self._connection.getresponse()
            return reply.status, reply.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NoAnswer(f"{method} {path}: {error!r}") from error

    def ask(self, key: str, query: str, *, auth: str | None = None) -> Reply:
        """A GET of the API."""
        return parse(*self.exchange("GET", f"{target(key)}?{query}", b"", {"Authorization": auth or sign()}))

    def form(self, key: str, fields: dict[str, str], content: bytes | None = None, *, auth: str | None = None) -> Reply:
        """A POST of the API as multipart/form-data."""
        headers = {"Authorization": auth or sign(), "Content-Type": MULTIPART_TYPE}
        return parse(*self.exchange("POST", target(key), multipart(fields, content), headers))

    def json(self, key: str, fields: dict[str, Any], *, auth: str | None = None) -> Reply:
        """A POST of the API as JSON."""
        headers = {"Authorization": auth or sign(), "Content-Type": "application/json"}
        return parse(*self.exchange("POST", target(key), json.dumps(fields).encode(), headers))

    def upload(self, key: str, content: bytes, *, note: str = "", insert_only: bool = True) -> Reply:
        """A simple upload, with its SHA-1."""
        sha = hashlib.sha1(content).hexdigest()
        fields = {"op": "upload", "sha": sha, "biz_attr": note, "insertOnly": str(int(insert_only))}
        return self.form(key, fields, content)

    def slice_init(
        self, key: str, size: int, slice_size: int, *, sha: str = "", note: str = "", insert_only: bool = True
    ) -> Reply:
        """Open an upload session; with `sha` it may become an instant upload."""
        fields = {"op": "upload_slice_init", "filesize": str(size), "slice_size": str(slice_size)}
        fields |= {"biz_attr": note, "insertOnly": str(int(insert_only))} | ({"sha": sha} if sha else {})
        return self.form(key, fields)

    def slice_data(self, key: str, session: str, offset: int, content: bytes) -> Reply:
        """One slice."""
        return self.form(key, {"op": "upload_slice_data", "session": session, "offset": str(offset)}, content)

    def slice_finish(self, key: str, session: str, size: int, *, sha: str = "") -> Reply:
        """Make the sliced file visible."""
        fields = {"op": "upload_slice_finish", "session": session, "filesize": str(size)}
        return self.form(key, fields | ({"sha": sha} if sha else {}))

    def slice_list(self, key: str) -> Reply:
        """The state of the pending session of a key."""
        return self.form(key, {"op": "upload_slice_list"})

    def stat(self, key: str) -> Reply:
        """The facts of a file, or of a directory when the key ends with a slash."""
        return self.ask(key, "op=stat")

    def delete(self, key: str, *, auth: str | None = None) -> Reply:
        """Delete with a once-signature."""
        return self.json(key, {"op": "delete"}, auth=auth or sign(key, once=True))

    def update(self, key: str, note: str, *, auth: str | None = None) -> Reply:
        """Set biz_attr with a once-signature."""
        return self.json(key, {"op": "update", "biz_attr": note}, auth=auth or sign(key, once=True))

    def move(self, key: str, to: str, *, overwrite: bool = False, auth: str | None = None) -> Reply:
        """Rename a file."""
        fields = {"op": "move", "dest_fileid": to, "to_over_write": int(overwrite)}
        return self.json(key, fields, auth=auth)

    def copy(self, key: str, to: str, *, overwrite: bool = False) -> Reply:
        """Copy a file."""
        return self.json(key, {"op": "copy", "dest_fileid": to, "to_over_write": int(overwrite)})

    def listing(self, directory: str) -> dict[str, dict[str, Any]]:
        """Every entry of one directory by its key, through as many pages as it takes (at most 50)."""
        entries: dict[str, dict[str, Any]] = {}
        context = ""
        for _ in range(50):
            reply = self.ask(directory, f"op=list&num=500&context={quote(context, safe='')}")
            if reply.status == 404:
                return entries
            assert reply.ok, f"list {directory}: {reply}"
            entries |= {directory + entry["name"]: entry for entry in reply.data["infos"]}
            if reply.data["listover"]:
                return entries
            context = reply.data["context"]
        raise AssertionError(f"list {directory} does not end")

    def download(self, key: str) -> tuple[int, bytes]:
        """The bytes of a file, by the download path."""
        path = quote(f"/{BUCKET}-{APPID}{key}") + "?sign=" + quote(sign(), safe="")
        return self.exchange("GET", path, b"", {})
