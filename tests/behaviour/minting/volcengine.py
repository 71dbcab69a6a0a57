"""A caller of Volcengine's control APIs of the tests' own: signed in the header or in the address.

Law: written from the documents, knows nothing of the server's code; `test_volcengine_door.py` holds it to the wire
facts' worked signatures. Source: wire facts of Volcengine §1.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from behaviour.client import DEV, Client, Owner, Reply
from behaviour.server import Server

VERSION = "2022-01-01"
BUCKET = "volc-voice-resource-bucket"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def encoded(text: str) -> str:
    """Percent-encoded but for RFC 3986's unreserved letters."""
    return quote(text, safe="-_.~")


def compact(seconds: float) -> str:
    """``20250603T061342Z``."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))


def signature(
    secret: bytes, method: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes, when: str, scope: str
) -> str:
    """The signature over a query, headers (all of which are signed) and a body."""
    written = "&".join(f"{encoded(name)}={encoded(query[name])}" for name in sorted(query))
    block = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers)) or "\n"
    digest = hashlib.sha256(body).hexdigest()
    canonical = "\n".join((method, "/", written, block, ";".join(sorted(headers)), digest))
    text = "\n".join(("HMAC-SHA256", when, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = secret
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a call is made. ``into`` is where its parameters go; ``age`` is how many seconds ago it was signed."""

    into: Literal["json", "form", "query"] = "json"
    method: str = "POST"
    by: Literal["header", "address"] = "header"
    age: float = 0
    expires: int | None = None
    key_id: str | None = None
    secret: bytes | None = None
    token: str = ""
    signed: bool = True
    version: str | None = VERSION
    region: str = "cn-beijing"
    service: str = "vms"
    host: str = ""
    headers: Mapping[str, str | None] = field(default_factory=dict)
    """Headers over those that are sent, after signing; None leaves one out."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Parameters that the query has whatever the body says."""
    more: str = ""
    """What is added to the address after signing."""
    body: bytes | None = None
    """Another body than the one that was signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A reply in its envelope: ``code``, ``number``, ``message`` of an error, else empty; ``result`` of a success."""

    reply: Reply
    metadata: Mapping[str, Any]
    code: str
    number: int
    message: str
    result: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One key that calls a server."""

    server: Server
    client: Client
    owner: Owner = DEV

    def call(self, action: str | None, values: Mapping[str, Any] | None = None, way: Way | None = None) -> Answered:
        """One call and what came back, which must be in the envelope."""
        reply = self.send(action, dict(values or {}), way or Way())
        assert reply.headers["content-type"].startswith(JSON), str(reply)
        said = json.loads(reply.body)
        metadata = said["ResponseMetadata"]
        assert len(metadata["RequestId"]) == 32
        assert reply.headers["x-tt-logid"] == metadata["RequestId"]
        error = metadata.get("Error", {})
        assert ("Result" in said) == (not error)
        assert (reply.status == 200) == (not error)
        return Answered(
            reply=reply, metadata=metadata, code=error.get("Code", ""), number=error.get("CodeN", 0),
            message=error.get("Message", ""), result=said.get("Result"),
        )  # fmt: skip

    def ok(self, action: str, values: Mapping[str, Any] | None = None, way: Way | None = None) -> Any:
        """The result of a call that must succeed."""
        answered = self.call(action, values, way)
        assert not answered.code, f"{action}: {answered.code}: {answered.message}"
        return answered.result

    def refused(
        self, code: str, action: str | None, values: Mapping[str, Any] | None = None, way: Way | None = None,
        *, status: int = 400, says: str = "",
    ) -> Answered:  # fmt: skip
        """A call that must be refused with this code and status, and a message with these words."""
        answered = self.call(action, values, way)
        found = (answered.code, answered.reply.status)
        assert found == (code, status), f"{action}: {answered.code}: {answered.message} {answered.result}"
        assert says in answered.message, answered.message
        return answered

    def send(self, action: str | None, values: dict[str, Any], way: Way) -> Reply:
        """One call as it is told."""
        host = way.host or f"127.0.0.1:{self.server.port}"
        query = {"Version": way.version} if way.version else {}
        query |= {"Action": action} if action else {}
        query |= way.query
        headers: dict[str, str] = {}
        body = b""
        if way.into == "query" or way.by == "address":
            query |= {name: str(value) for name, value in values.items()}
        elif way.into == "form":
            headers["content-type"], body = FORM, urlencode(values).encode()
        else:
            headers["content-type"], body = JSON, json.dumps(values).encode()
        if way.signed and way.by == "header":
            headers |= self._header(way, host, query, headers, body)
        elif way.signed:
            query |= self._address(way, host, query)
        for name, value in way.headers.items():
            headers.pop(name, None)
            if value is not None:
                headers[name] = value
        target = "/?" + "&".join(f"{encoded(name)}={encoded(value)}" for name, value in query.items()) + way.more
        sent = body if way.body is None else way.body
        return self.client.send(way.method, target, headers=list(headers.items()), body=sent, host=host)

    def _scope(self, way: Way) -> tuple[str, str, str]:
        when = compact(time.time() - way.age)
        scope = f"{when[:8]}/{way.region}/{way.service}/request"
        return when, scope, f"{way.key_id or self.owner.key_id}/{scope}"

    def _header(
        self, way: Way, host: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> dict[str, str]:
        when, scope, credential = self._scope(way)
        more = {"x-date": when, "x-content-sha256": hashlib.sha256(body).hexdigest()}
        more |= {"x-security-token": way.token} if way.token else {}
        signed = {**headers, **more, "host": host}
        secret = self.owner.secret if way.secret is None else way.secret
        made = signature(secret, way.method, query, signed, body, when, scope)
        listed = ";".join(sorted(signed))
        text = f"HMAC-SHA256 Credential={credential}, SignedHeaders={listed}, Signature={made}"
        return {**more, "authorization": text}

    def _address(self, way: Way, host: str, query: Mapping[str, str]) -> dict[str, str]:
        when, scope, credential = self._scope(way)
        more = {
            "X-Date": when, "X-NotSignBody": "", "X-Credential": credential, "X-Algorithm": "HMAC-SHA256",
            "X-SignedHeaders": "host",
        }  # fmt: skip
        more |= {"X-Expires": str(way.expires)} if way.expires is not None else {}
        names = sorted({*query, *more, "X-SignedQueries"})
        more["X-SignedQueries"] = ";".join(names)
        secret = self.owner.secret if way.secret is None else way.secret
        made = signature(secret, way.method, {**query, **more}, {"host": host}, b"", when, scope)
        return {**more, **({"X-Security-Token": way.token} if way.token else {}), "X-Signature": made}

    # -- the voice service ---------------------------------------------------------------------------------------------

    def url(self, name: str, way: Way | None = None) -> Url:
        """An address for a file of this name."""
        return Url(text=self.ok("GetResourceUploadUrl", {"FileName": name}, way)["UploadUrl"])

    def put(self, url: Url, content: bytes, *, kind: str | None = None) -> Reply:
        """Upload to an address, over the connection to the server."""
        headers = [] if kind is None else [("Content-Type", kind)]
        return self.client.send("PUT", url.target, headers=headers, body=content, host=url.host)

    def committed(self, name: str, content: bytes) -> str:
        """Upload and commit a file; its ResourceKey."""
        assert self.put(self.url(name), content).status == 200
        return str(self.ok("CommitResourceUpload", {"FileName": name})["ResourceKey"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """A minted address."""

    text: str

    @property
    def host(self) -> str:
        """Host and port."""
        return urlsplit(self.text).netloc

    @property
    def target(self) -> str:
        """Path and query."""
        return self.text.partition(self.host)[2]

    @property
    def query(self) -> dict[str, str]:
        """The parameters, decoded."""
        return dict(parse_qsl(urlsplit(self.text).query, keep_blank_values=True))

    @property
    def key_id(self) -> str:
        """The id of the key that was minted."""
        return self.query["X-Tos-Credential"].partition("/")[0]
