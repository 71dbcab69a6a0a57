"""Sign requests, for load only: COS JSON, COS q-sign, OSS V4, TOS4, AWS SigV4, TencentCloud API 3.0.

Law: pure functions of their arguments; the clock is an argument. Written apart from the server's verifier,
so that a benchmark never measures a signature that only the server's own code would accept. Keys are plain:
letters, digits, `-` and `/`, so that a path is its own canonical form. Bodies of objects are UNSIGNED-PAYLOAD,
as the SDKs of OSS and TOS always send them and those of S3 over TLS; q-sign has no digest of the body at all.

Source: COS JSON API, signature chapter (`base64(HMAC-SHA1(secret, text) + text)`, multi-use, empty `f`);
AWS Signature Version 4; wire facts of Tencent §1.2, §6, Alibaba §4.3, Volcengine §3.2.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote

APPID = "1250000000"
KEY_ID = "entrepot-bench-id"
SECRET = "entrepot-bench-secret"
UNSIGNED = "UNSIGNED-PAYLOAD"
TTL_SECONDS = 3600

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Who signs. ``token`` is a temporary key's session token."""

    key_id: str = KEY_ID
    secret: str = SECRET
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request to be signed: `bucket` as the path spells it (empty: the service), `key` plain."""

    method: str
    host: str
    bucket: str = ""
    key: str = ""
    query: Pairs = ()

    @property
    def path(self) -> str:
        """Path style, always with a slash after the bucket."""
        return f"/{self.bucket}/{self.key}" if self.bucket else "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A request that can be sent: its target and the headers that sign it."""

    target: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """Target, protocol and headers in one line, tabs where the line breaks of HTTP belong."""
        return "\t".join((f"{self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers.items())))


Signer = Callable[[Credential, Ask, float], Signed]


def cos_multi(bucket: str, *, now: float, ttl_seconds: int = TTL_SECONDS) -> str:
    """One multi-use COS JSON signature for every key of `bucket`, valid for `ttl_seconds`."""
    start = int(now)
    text = f"a={APPID}&b={bucket}&k={KEY_ID}&e={start + ttl_seconds}&t={start}&r=4711&f=".encode()
    return base64.b64encode(hmac.digest(SECRET.encode(), text, "sha1") + text).decode()


def _written(pairs: Pairs) -> list[str]:
    return [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs]


def _target(ask: Ask, *more: str) -> str:
    query = "&".join((*_written(ask.query), *more))
    return f"{ask.path}?{query}" if query else ask.path


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=64)
def _folded(start: str, secret: str, *scope: str) -> bytes:
    """The key that a scope is folded into, word by word."""
    key = (start + secret).encode()
    for word in scope:
        key = hmac.digest(key, word.encode(), "sha256")
    return key


@lru_cache(maxsize=4096)
def _compact(second: int) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))


# -- the scope-folding schemes of AWS, OSS and TOS ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One scheme. `names_headers`: whether the signed headers, `host` among them, are listed (OSS lists none)."""

    algorithm: str
    start: str
    region: str
    service: str
    end: str
    prefix: str
    names_headers: bool = True

    def sign(self, credential: Credential, ask: Ask, now: float) -> Signed:
        """The request with its signature in the Authorization header."""
        stamp = _compact(int(now))
        scope = (stamp[:8], self.region, self.service, self.end)
        own = {f"{self.prefix}content-sha256": UNSIGNED, f"{self.prefix}date": stamp}
        if credential.token:
            own[f"{self.prefix}security-token"] = credential.token
        covered = {"host": ask.host, **own} if self.names_headers else own
        listed = ";".join(covered) if self.names_headers else ""
        block = "".join(f"{name}:{value}\n" for name, value in covered.items())
        canonical = "\n".join((ask.method, ask.path, self.query(ask.query), block, listed, UNSIGNED))
        text = "\n".join((self.algorithm, stamp, "/".join(scope), _sha256(canonical)))
        seal = hmac.digest(_folded(self.start, credential.secret, *scope), text.encode(), "sha256").hex()
        words = [f"Credential={credential.key_id}/{'/'.join(scope)}"]
        words += [f"SignedHeaders={listed}"] if listed else []
        words.append(f"Signature={seal}")
        return Signed(target=_target(ask), headers={"Authorization": f"{self.algorithm} {', '.join(words)}", **own})

    def query(self, pairs: Pairs) -> str:
        """The canonical query; OSS writes a parameter without a value without `=`."""
        found = sorted(_written(pairs))
        return "&".join(found if self.names_headers else [pair.removesuffix("=") for pair in found])


AWS4 = Row(
    algorithm="AWS4-HMAC-SHA256", start="AWS4", region="us-east-1", service="s3", end="aws4_request", prefix="x-amz-"
)
TOS4 = Row(
    algorithm="TOS4-HMAC-SHA256", start="", region="cn-beijing", service="tos", end="request", prefix="x-tos-"
)  # fmt: skip
OSS4 = Row(
    algorithm="OSS4-HMAC-SHA256", start="aliyun_v4", region="cn-hangzhou", service="oss", end="aliyun_v4_request",
    prefix="x-oss-", names_headers=False,
)  # fmt: skip


def presigned(credential: Credential, ask: Ask, now: float) -> Signed:
    """An S3 request with its signature in the address."""
    stamp = _compact(int(now))
    scope = (stamp[:8], AWS4.region, AWS4.service, AWS4.end)
    own: Pairs = (
        ("X-Amz-Algorithm", AWS4.algorithm), ("X-Amz-Credential", "/".join((credential.key_id, *scope))),
        ("X-Amz-Date", stamp), ("X-Amz-Expires", str(TTL_SECONDS)), ("X-Amz-SignedHeaders", "host"),
    )  # fmt: skip
    if credential.token:
        own += (("X-Amz-Security-Token", credential.token),)
    query = "&".join(sorted(_written((*ask.query, *own))))
    canonical = f"{ask.method}\n{ask.path}\n{query}\nhost:{ask.host}\n\nhost\n{UNSIGNED}"
    text = "\n".join((AWS4.algorithm, stamp, "/".join(scope), _sha256(canonical)))
    seal = hmac.digest(_folded(AWS4.start, credential.secret, *scope), text.encode(), "sha256").hex()
    return Signed(target=f"{ask.path}?{query}&X-Amz-Signature={seal}")


# -- Tencent -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _span_key(secret: str, span: str) -> bytes:
    """The key of a span of time, as the hexadecimal text that it is used as."""
    return hmac.digest(secret.encode(), span.encode(), "sha1").hex().encode()


def q_sign(credential: Credential, ask: Ask, now: float) -> Signed:
    """A COS XML request; host and every parameter are signed, as its SDKs do."""
    span = f"{int(now)};{int(now) + TTL_SECONDS}"
    lowered = sorted((name.lower(), value) for name, value in ask.query)
    query = "&".join(_written(tuple(lowered)))
    http = f"{ask.method.lower()}\n{ask.path}\n{query}\nhost={quote(ask.host, safe='')}\n"
    text = f"sha1\n{span}\n{hashlib.sha1(http.encode()).hexdigest()}\n"
    seal = hmac.digest(_span_key(credential.secret, span), text.encode(), "sha1").hex()
    listed = ";".join(name for name, _ in lowered)
    said = (
        f"q-sign-algorithm=sha1&q-ak={credential.key_id}&q-sign-time={span}&q-key-time={span}"
        f"&q-header-list=host&q-url-param-list={listed}&q-signature={seal}"
    )
    token = {"x-cos-security-token": credential.token} if credential.token else {}
    return Signed(target=_target(ask), headers={"Authorization": said, **token})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of TencentCloud API 3.0: product, action, version and the JSON of its parameters."""

    service: str
    action: str
    version: str
    body: str


def tc3(credential: Credential, host: str, call: Call, now: float) -> dict[str, str]:
    """The headers of a call, signed with TC3-HMAC-SHA256."""
    second = int(now)
    scope = (time.strftime("%Y-%m-%d", time.gmtime(second)), call.service, "tc3_request")
    signed = f"content-type:application/json\nhost:{host}\n\ncontent-type;host\n{_sha256(call.body)}"
    text = "\n".join(("TC3-HMAC-SHA256", str(second), "/".join(scope), _sha256(f"POST\n/\n\n{signed}")))
    seal = hmac.digest(_folded("TC3", credential.secret, *scope), text.encode(), "sha256").hex()
    return {
        "Authorization": f"TC3-HMAC-SHA256 Credential={'/'.join((credential.key_id, *scope))},"
        f" SignedHeaders=content-type;host, Signature={seal}",
        "Content-Type": "application/json", "X-TC-Action": call.action, "X-TC-Version": call.version,
        "X-TC-Timestamp": str(second),
    }  # fmt: skip
