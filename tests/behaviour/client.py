"""A COS JSON client of the tests' own: it says exactly what a test wants on the wire, right or wrong.

Law: it knows the wire and nothing of the server's code; it signs by itself. What it cannot say, a raw socket says.
Sources: seed 004 "签名算法", "请求结构"; wire facts §3 (signatures), §5 (encodings).
"""

from __future__ import annotations

import base64
import hmac
import http.client
import io
import json
import random
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, urlencode

BOUNDARY = "----------behaviour7Q"
Headers = Sequence[tuple[str, str]]


def some_bytes(size: int, seed: object) -> bytes:
    """Bytes of their own for every seed, so that no test finds another's as an instant upload."""
    return random.Random(str(seed)).randbytes(size)  # noqa: S311 - test data


def signature(secret: bytes, order: str, fields: Mapping[str, str]) -> str:
    """The seed's formula: base64(HMAC-SHA1(secret, text) + text), the fields in the given order."""
    text = "&".join(f"{name}={fields[name]}" for name in order).encode()
    return base64.b64encode(hmac.digest(secret, text, "sha1") + text).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """An account and the key that signs for it."""

    appid: int
    key_id: str
    secret: bytes


DEV = Owner(appid=1250000000, key_id="entrepot-dev-id", secret=b"entrepot-dev-secret")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """How a request is signed; every field of the plaintext can be forged.

    ``bind`` is the path that ``f`` names (encoded by us); ``f`` is the field as it is, with ``{appid}`` and
    ``{bucket}`` filled in. A once-only signature binds the request's own path unless told otherwise.
    ``age`` shifts ``t`` back.
    """

    once: bool = False
    bind: str | None = None
    f: str | None = None
    ttl: float = 300
    age: float = 0
    a: str | None = None
    b: str | None = None
    k: str | None = None
    e: str | None = None
    t: str | None = None
    r: str | None = None
    secret: bytes | None = None
    order: str = "abketrf"
    by: Literal["header", "query", "raw-query"] = "header"
    word: str = ""
    change: Callable[[str], str] | None = None

    def text(self, owner: Owner, bucket: str, path: str) -> str:
        """The signature for a request of ``path`` in ``bucket``."""
        made = int(time.time() - self.age)
        root = f"/{owner.appid}/{bucket}"
        bound = self.bind if self.bind is not None else path if self.once else None
        f = self.f.format(appid=owner.appid, bucket=bucket) if self.f is not None else None
        fields = {
            "a": str(owner.appid) if self.a is None else self.a,
            "b": bucket if self.b is None else self.b,
            "k": owner.key_id if self.k is None else self.k,
            "e": self.e if self.e is not None else "0" if self.once else str(int(made + self.ttl)),
            "t": str(made) if self.t is None else self.t,
            "r": str(secrets.randbelow(10**10)) if self.r is None else self.r,
            "f": f if f is not None else "" if bound is None else quote(root + bound, safe="/~"),
        }
        sign = signature(owner.secret if self.secret is None else self.secret, self.order, fields)
        return sign if self.change is None else self.change(sign)


MULTI, ONCE = Sign(), Sign(once=True)
SignBy = Sign | str | None
"""A recipe, a finished signature for the header, or none at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a form: ``headers`` beside Content-Disposition, ``disposition`` to spell that header oneself."""

    name: str
    value: bytes | str
    filename: str | None = None
    headers: tuple[str, ...] = ()
    disposition: str = "Content-Disposition"

    def wire(self) -> bytes:
        """Header and content, without the boundary."""
        said = f'{self.disposition}: form-data; name="{self.name}"'
        said += "" if self.filename is None else f'; filename="{self.filename}"'
        value = self.value.encode() if isinstance(self.value, str) else self.value
        return "\r\n".join([said, *self.headers]).encode() + b"\r\n\r\n" + value + b"\r\n"


def form_body(parts: Iterable[Part], *, preamble: bytes = b"", boundary: str = BOUNDARY) -> bytes:
    """A whole multipart body."""
    between = f"--{boundary}\r\n".encode()
    return preamble + b"".join(between + part.wire() for part in parts) + f"--{boundary}--\r\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request to the API; ``path`` lies in the bucket and is encoded by us, ``url`` is a whole target as it is.

    ``way`` says where ``op`` and the fields go: JSON body, form, query of a GET, or query of a POST without a body.
    """

    op: str | None
    path: str = "/"
    way: Literal["json", "form", "get", "query", "raw"] = "json"
    fields: Mapping[str, Any] = field(default_factory=dict)
    content: bytes | None = None
    parts: Sequence[Part] | None = None
    body: bytes = b""
    content_type: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    sign: SignBy = MULTI
    headers: Headers = ()
    url: str | None = None
    method: str | None = None

    def encoded(self) -> tuple[str, dict[str, str], bytes, str | None]:
        """Method, query, body and Content-Type."""
        said = ({} if self.op is None else {"op": self.op}) | dict(self.fields)
        texts = {name: _text(value) for name, value in said.items()}
        query = dict(self.query)
        match self.way:
            case "get":
                return self.method or "GET", texts | query, b"", None
            case "query":
                return self.method or "POST", texts | query, b"", self.content_type
            case "json":
                body = json.dumps(said, ensure_ascii=False).encode()
                return self.method or "POST", query, body, self.content_type or "application/json"
            case "form":
                kind = self.content_type or f"multipart/form-data; boundary={BOUNDARY}"
                return self.method or "POST", query, form_body(self._parts(texts)), kind
            case "raw":
                return self.method or "POST", query, self.body, self.content_type

    def _parts(self, texts: Mapping[str, str]) -> list[Part]:
        if self.parts is not None:
            return list(self.parts)
        parts = [Part(name=name, value=value) for name, value in texts.items()]
        if self.content is not None:
            parts.append(Part(name="filecontent", value=self.content, filename="f"))
        return parts


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def get(op: str, path: str = "/", *, sign: SignBy = MULTI, **fields: Any) -> Ask:
    """A GET of the API."""
    return Ask(op=op, path=path, way="get", fields=fields, sign=sign)


def post(op: str, path: str, *, sign: SignBy = MULTI, **fields: Any) -> Ask:
    """A POST with a JSON body."""
    return Ask(op=op, path=path, way="json", fields=fields, sign=sign)


def form(op: str, path: str, content: bytes | None = None, *, sign: SignBy = MULTI, **fields: Any) -> Ask:
    """A POST of a form; the file part comes last."""
    return Ask(op=op, path=path, way="form", fields=fields, content=content, sign=sign)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back. ``code``, ``message`` and ``data`` are None where the body is not the API's JSON."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    code: int | None = None
    message: str | None = None
    data: Any = None
    request: str = ""

    def __str__(self) -> str:
        shown = self.body[:300].decode("utf-8", "replace")
        return f"{self.request} -> {self.status} {shown!r}"


def read_reply(request: str, response: http.client.HTTPResponse) -> Reply:
    """Parse a reply of the API, or of a download."""
    body = response.read()
    headers = {name.lower(): value for name, value in response.getheaders()}
    code = message = data = None
    if body[:1] == b"{" and headers.get("content-type", "").startswith("application/json"):
        said = json.loads(body)
        code, message, data = said.get("code"), said.get("message"), said.get("data")
    return Reply(
        status=response.status, headers=headers, body=body, code=code, message=message, data=data, request=request
    )


class _Unhurried:
    """A socket whose file takes no more than it is asked for: what follows a reply stays in the socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, mode: Literal["rb"]) -> io.BufferedReader:
        return self._sock.makefile(mode, buffering=1)


def read_from(sock: socket.socket, request: str = "") -> Reply:
    """The whole reply that comes over a raw connection, and not a byte of the next one."""
    response = http.client.HTTPResponse(_Unhurried(sock))  # type: ignore[arg-type]
    try:
        response.begin()
        return read_reply(request, response)
    finally:
        response.close()


class Client:
    """One keep-alive connection to a server on loopback; not for two threads at once."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def close(self) -> None:
        """Drop the connection; the next request opens another."""
        self._connection.close()

    def send(self, method: str, target: str, *, headers: Headers = (), body: bytes = b"", host: str = "") -> Reply:
        """One request, its target and headers just as given, and its reply, which may come before all was sent."""
        connection = self._connection
        try:
            connection.putrequest(method, target, skip_host=bool(host), skip_accept_encoding=True)
            for name, value in [("Host", host)] if host else []:
                connection.putheader(name, value)
            for name, value in headers:
                connection.putheader(name, value)
            if body or method in {"POST", "PUT"}:
                connection.putheader("Content-Length", str(len(body)))
            try:
                connection.endheaders(body or None)
            except (BrokenPipeError, ConnectionResetError):
                if len(body) < 1 << 16:
                    raise
            response = connection.getresponse()
            reply = read_reply(f"{method} {target}", response)
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        return reply


def target_of(appid: int, bucket: str, path: str, query: Mapping[str, str] | None = None) -> str:
    """The API's request target."""
    base = f"/files/v2/{appid}/{bucket}" + quote(path, safe="/~")
    return f"{base}?{urlencode(query, quote_via=quote)}" if query else base
