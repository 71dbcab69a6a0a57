"""Signers of the tests' own for AWS SigV4, OSS V1 and V4, TOS4 and COS q-sign: in header, address and form.

Law: written from the documents, for what the tests send and no more; knows nothing of the server's code.
`test_signers.py` holds each against vectors of SDKs and documents.
Sources: AWS "Authenticating requests"; wire facts of Tencent §6, Alibaba §3.4, §4.1-§4.3, Volcengine §3.2-§3.4.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import Literal
from urllib.parse import quote, unquote

from behaviour.client import Owner

Pairs = tuple[tuple[str, str], ...]
UNSIGNED = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request on its way to be signed: ``path`` as it goes out, ``query`` and ``headers`` as they are meant."""

    method: str
    path: str = "/"
    query: Pairs = ()
    headers: Pairs = ()
    body: bytes = b""
    host: str = ""
    bucket: str = ""
    key: str = ""
    """Bucket and decoded key, which OSS signs though they may be in the host."""

    def header(self, name: str) -> str:
        """A header by its lower-case name; empty when it is not there."""
        return next((value for known, value in self.headers if known.lower() == name), "")

    def plus(self, headers: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None) -> Asked:
        """The same with more headers and parameters."""
        more_headers = tuple((headers or {}).items())
        return replace(self, headers=self.headers + more_headers, query=self.query + tuple((query or {}).items()))

    @property
    def target(self) -> str:
        """What the request line says."""
        asked = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in self.query)
        return self.path + (f"?{asked}" if asked else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a request is signed. ``age`` is how many seconds ago; ``change`` makes another of the finished signature."""

    by: Literal["header", "query"] = "header"
    age: float = 0
    ttl: int = 600
    at: float | None = None
    key_id: str | None = None
    secret: bytes | None = None
    token: str = ""
    payload: str | None = None
    """What the payload header says; by default what the cloud's SDKs send."""
    change: Callable[[str], str] = field(default=lambda signature: signature)

    @property
    def now(self) -> int:
        """The signer's clock, in seconds since 1970."""
        return int((time.time() if self.at is None else self.at) - self.age)

    def fixed(self) -> How:
        """The same with the clock stopped: a signature says its time in several places."""
        return replace(self, at=self.now, age=0)

    def secret_of(self, owner: Owner) -> bytes:
        """The owner's secret, or the one to try instead."""
        return owner.secret if self.secret is None else self.secret


def encoded(text: str) -> str:
    """Percent-encoded but for RFC 3986's unreserved letters."""
    return quote(text, safe="-_.~")


def compact(seconds: float) -> str:
    """``20130524T000000Z``."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoped:
    """The facts of one of the schemes that fold a scope into their key. ``listing`` names the signed headers."""

    algorithm: str
    start: bytes
    service: str
    end: str
    region: str
    prefix: str
    query_prefix: str
    algorithm_name: str = "Algorithm"
    listing: str = "SignedHeaders"

    def scope(self, when: float) -> str:
        """Day, region, service and terminal."""
        return f"{compact(when)[:8]}/{self.region}/{self.service}/{self.end}"

    def sign(self, secret: bytes, when: float, text: str) -> str:
        """The signature of a text, in hexadecimal digits."""
        key = self.start + secret
        for part in self.scope(when).split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()

    def names(self, asked: Asked) -> list[str]:
        """The headers that are signed."""
        always = {"content-type", "content-md5"} if self is OSS4 else {"host", "content-type"}
        given = (name.lower() for name, _ in asked.headers)
        return sorted({name for name in given if name.startswith(self.prefix)} | self._named(asked, always))

    def _named(self, asked: Asked, always: set[str]) -> set[str]:
        return {name for name in always if name == "host" or asked.header(name)}

    def canonical(self, asked: Asked, payload: str) -> str:
        """The canonical request."""
        names = self.names(asked)
        path = asked.path if self is not OSS4 else _oss_path(asked)
        pairs = sorted((encoded(name), encoded(value)) for name, value in asked.query)
        bare = self is OSS4
        query = "&".join(name if bare and not value else f"{name}={value}" for name, value in pairs)
        values = {name: asked.host if name == "host" else asked.header(name).strip() for name in names}
        block = "".join(f"{name}:{value}\n" for name, value in values.items())
        listed = "" if self is OSS4 else ";".join(names)
        return f"{asked.method}\n{path}\n{query}\n{block}\n{listed}\n{payload}"

    def text(self, asked: Asked, when: float, payload: str) -> str:
        """The string to sign."""
        digest = hashlib.sha256(self.canonical(asked, payload).encode()).hexdigest()
        return "\n".join((self.algorithm, compact(when), self.scope(when), digest))

    def credential(self, owner: Owner, how: How) -> str:
        """Key id and scope."""
        return f"{how.key_id or owner.key_id}/{self.scope(how.now)}"

    def signed(self, asked: Asked, owner: Owner, how: How) -> Asked:
        """The request with its signature."""
        how = how.fixed()
        return self._by_header(asked, owner, how) if how.by == "header" else self._by_query(asked, owner, how)

    def _by_header(self, asked: Asked, owner: Owner, how: How) -> Asked:
        digest = hashlib.sha256(asked.body).hexdigest() if self is AWS4 else UNSIGNED
        payload = how.payload or digest
        more = {f"{self.prefix}date": compact(how.now), f"{self.prefix}content-sha256": payload}
        if how.token:
            more[f"{self.prefix}security-token"] = how.token
        asked = asked.plus(more)
        signature = how.change(self.sign(how.secret_of(owner), how.now, self.text(asked, how.now, payload)))
        listed = "" if self is OSS4 else f"{self.listing}={';'.join(self.names(asked))}, "
        text = f"{self.algorithm} Credential={self.credential(owner, how)}, {listed}Signature={signature}"
        return asked.plus({"Authorization": text})

    def _by_query(self, asked: Asked, owner: Owner, how: How) -> Asked:
        start = self.query_prefix
        lower = self is OSS4
        more = {
            f"{start}{self.algorithm_name}": self.algorithm,
            f"{start}{'credential' if lower else 'Credential'}": self.credential(owner, how),
            f"{start}{'date' if lower else 'Date'}": compact(how.now),
            f"{start}{'expires' if lower else 'Expires'}": str(how.ttl),
        }
        if not lower:
            more[f"{start}{self.listing}"] = ";".join(self.names(asked))
        if how.token:
            more[f"{start}{'security-token' if lower else 'Security-Token'}"] = how.token
        asked = asked.plus(query=more)
        signature = how.change(self.sign(how.secret_of(owner), how.now, self.text(asked, how.now, UNSIGNED)))
        return asked.plus(query={f"{start}{'signature' if lower else 'Signature'}": signature})


AWS4 = Scoped(
    algorithm="AWS4-HMAC-SHA256", start=b"AWS4", service="s3", end="aws4_request", region="us-east-1",
    prefix="x-amz-", query_prefix="X-Amz-",
)  # fmt: skip
TOS4 = Scoped(
    algorithm="TOS4-HMAC-SHA256", start=b"", service="tos", end="request", region="cn-beijing",
    prefix="x-tos-", query_prefix="X-Tos-",
)  # fmt: skip
OSS4 = Scoped(
    algorithm="OSS4-HMAC-SHA256", start=b"aliyun_v4", service="oss", end="aliyun_v4_request", region="cn-hangzhou",
    prefix="x-oss-", query_prefix="x-oss-", algorithm_name="signature-version",
)  # fmt: skip


def _oss_path(asked: Asked) -> str:
    """Bucket and key, wherever they are in the request."""
    return "/" if not asked.bucket else f"/{encoded(asked.bucket)}/{quote(asked.key, safe='-_.~/')}"


# -- OSS V1 ------------------------------------------------------------------------------------------------------------

_OSS1_PARAMS = frozenset({
    "acl", "append", "bucketInfo", "continuation-token", "cors", "delete", "lifecycle", "location", "objectMeta",
    "partNumber", "position", "response-cache-control", "response-content-type", "security-token", "stat", "symlink",
    "tagging", "uploadId", "uploads", "versioning", "callback", "callback-var", "policy", "versions", "select",
    "x-oss-process",
})  # fmt: skip


def oss1_text(asked: Asked, date: str) -> str:
    """The string to sign."""
    own = sorted((name.lower(), value) for name, value in asked.headers if name.lower().startswith("x-oss-"))
    signed = sorted((name, value) for name, value in asked.query if name in _OSS1_PARAMS)
    query = "&".join(f"{name}={value}" if value else name for name, value in signed)
    resource = f"/{asked.bucket}/{asked.key}" if asked.bucket else "/"
    lines = [asked.method, asked.header("content-md5"), asked.header("content-type"), date]
    lines += [f"{name}:{value}" for name, value in own]
    return "\n".join([*lines, resource + (f"?{query}" if query else "")])


def sha1_base64(secret: bytes, text: str) -> str:
    """base64(HMAC-SHA1)."""
    return base64.b64encode(hmac.digest(secret, text.encode(), "sha1")).decode()


def oss1(asked: Asked, owner: Owner, how: How) -> Asked:
    """The request with an OSS V1 signature."""
    how, key_id = how.fixed(), how.key_id or owner.key_id
    if how.by == "header":
        token = {"x-oss-security-token": how.token} if how.token else {}
        asked = asked.plus({"Date": formatdate(how.now, usegmt=True), **token})
        text = oss1_text(asked, asked.header("date"))
        return asked.plus({"Authorization": f"OSS {key_id}:{how.change(sha1_base64(how.secret_of(owner), text))}"})
    expires = str(how.now + how.ttl)
    asked = asked.plus(query={"security-token": how.token} if how.token else {})
    signature = how.change(sha1_base64(how.secret_of(owner), oss1_text(asked, expires)))
    return asked.plus(query={"OSSAccessKeyId": key_id, "Expires": expires, "Signature": signature})


# -- COS q-sign --------------------------------------------------------------------------------------------------------


def q_key(secret: bytes, key_time: str) -> bytes:
    """The key for a span of time, as the text that it is used as."""
    return hmac.digest(secret, key_time.encode(), "sha1").hex().encode()


def q_http_string(asked: Asked, headers: Pairs) -> str:
    """What is digested of the request."""

    def block(pairs: Pairs) -> str:
        written = sorted((encoded(name).lower(), encoded(value)) for name, value in pairs)
        return "&".join(f"{name}={value}" for name, value in written)

    return "\n".join((asked.method.lower(), unquote(asked.path), block(asked.query), block(headers), ""))


def q_parts(asked: Asked, owner: Owner, how: How) -> dict[str, str]:
    """The seven parts of a signature; everything that the request says so far is signed."""
    headers = (*asked.headers, ("host", asked.host)) if asked.host else asked.headers
    span = f"{how.now};{how.now + how.ttl}"
    text = f"sha1\n{span}\n{hashlib.sha1(q_http_string(asked, headers).encode()).hexdigest()}\n"
    signature = hmac.digest(q_key(how.secret_of(owner), span), text.encode(), "sha1").hex()
    return {
        "q-sign-algorithm": "sha1",
        "q-ak": how.key_id or owner.key_id,
        "q-sign-time": span,
        "q-key-time": span,
        "q-header-list": ";".join(sorted(encoded(name).lower() for name, _ in headers)),
        "q-url-param-list": ";".join(sorted(encoded(name).lower() for name, _ in asked.query)),
        "q-signature": how.change(signature),
    }


def q_sign(asked: Asked, owner: Owner, how: How) -> Asked:
    """The request with a COS signature."""
    how = how.fixed()
    if how.token:
        named = {"x-cos-security-token": how.token}
        asked = asked.plus(named) if how.by == "header" else asked.plus(query=named)
    parts = q_parts(asked, owner, how)
    if how.by == "query":
        return asked.plus(query=parts)
    return asked.plus({"Authorization": "&".join(f"{name}={value}" for name, value in parts.items())})


# -- forms -------------------------------------------------------------------------------------------------------------


def q_policy_signature(secret: bytes, key_time: str, policy: bytes) -> str:
    """A form's signature: of the policy's text, not of its base64."""
    digest = hashlib.sha1(policy).hexdigest()
    return hmac.digest(q_key(secret, key_time), digest.encode(), "sha1").hex()
