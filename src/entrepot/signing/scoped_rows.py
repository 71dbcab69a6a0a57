"""The HMAC-SHA256 schemes that fold a scope into the key: one row of facts for each, and what a claim of theirs holds.

``secret -> date -> region -> service -> terminal`` is the key; what is signed is an algorithm, a time, the scope and
the hash of a canonical request. The rows say where each part travels and how the canonical request is written; a scheme
whose scope or time looks otherwise is one more row. Must not know how a request is searched or a text is put together.

Source: AWS "Signature Version 4" for S3; wire facts aliyun §3.4, §4.3, volcengine §3.2-3.4, tencent §4.4.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value, changed
from entrepot.signing.scheme import Target
from entrepot.wire.http import Request

UNSIGNED: Final = "UNSIGNED-PAYLOAD"
EMPTY_SHA256: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

_PLAIN = re.compile(rb"[A-Za-z0-9._~-]*")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", re.ASCII)


@lru_cache(maxsize=256)
def _compact_time(time: str) -> tuple[float, str] | None:
    """For times such as ``20130524T000000Z``."""
    match = _COMPACT.fullmatch(time)
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp(), time[:8]
    except ValueError:
        return None


def _with_and_without_port(host: bytes) -> tuple[bytes, ...]:
    """The host as addressed, and without a port that goes without saying: some signers leave it out."""
    bare, colon, port = host.rpartition(b":")
    return (host, bare) if colon and port in {b"80", b"443"} else (host,)


class Scoped(Value, frozen=True, kw_only=True):
    """What a claim of these schemes holds besides key and signature.

    ``time`` is the time as it was signed; ``scope`` what is folded into the key, in order, with the terminal last;
    ``headers`` the lower-case names that the client lists as signed; ``policy`` is the base64 policy that a policy
    address carries in place of a request to sign; ``payload`` is the payload's line where the address carries it.
    """

    row: Row
    time: str
    scope: tuple[str, ...]
    headers: tuple[bytes, ...] = ()
    policy: str | None = None
    payload: str | None = None

    @property
    def region(self) -> str:
        """The region in the scope."""
        return self.scope[self.row.scope_names.index("region")]


class Row(Value, frozen=True, kw_only=True):
    """One scheme.

    ``prefix`` (lower case) begins its headers, query parameters and form fields; headers that begin with one of
    ``guarded`` command the cloud and must be signed. ``listing`` names the list of signed headers in the Authorization
    header and, after the prefix, in the address. With ``lists_all`` that list is the whole of it; otherwise it adds to
    ``always`` and the guarded ones. ``services`` are those that the scope may name, None for any. ``times`` gives the
    seconds since 1970 and the scope's day of a time as it is signed, None when it is none.
    """

    name: str
    algorithm: str
    key_prefix: bytes
    terminal: str
    services: frozenset[str] | None
    prefix: str
    guarded: tuple[bytes, ...]
    algorithm_name: str
    listing: tuple[str, str]
    lists_all: bool
    expires_max_seconds: int
    paths: Callable[[Request, Target], bytes]
    payloads: Callable[[Request, Scoped, bool], tuple[str, ...]]
    readings: tuple[Callable[[bytes], bytes], ...]
    others: tuple[str, ...] = ()
    """Other schemes' names for ``algorithm_name``: they share its parameters, and their claims are not this one's."""
    bare_empty: bool = False
    """Whether a parameter with an empty value is signed as its name alone."""
    sorts_decoded: bool = False
    """Whether the query is sorted by names as they mean, not as they are encoded."""
    always: tuple[bytes, ...] = ()
    must_list: tuple[bytes, ...] = ()
    needs_payload: bool = False
    """Whether the header form must say what the payload is."""
    date_fallback: bool = False
    """Whether the ``Date`` header stands in for a missing time."""
    date_text: bool = False
    """Whether that header's own text is what is signed then, and not the time in the scheme's form."""
    policy_addresses: bool = False
    expires_default: str | None = None
    """How many seconds an address lasts that does not say."""
    tokens: tuple[str, ...]
    """Where a session token may be: header, parameter and field alike."""
    scope_names: tuple[str, ...] = ("date", "region", "service")
    time_name: str = "date"
    time_form: str = "20130524T000000Z"
    times: Callable[[str], tuple[float, str] | None] = _compact_time
    hosts: Callable[[bytes], tuple[bytes, ...]] = _with_and_without_port

    @property
    def payload_header(self) -> bytes:
        """The header that says what the payload is."""
        return f"{self.prefix}content-sha256".encode()


def malformed(message: str, reason: str, **facts: str | int) -> Fault:
    """The refusal of a signature that cannot be read."""
    return Fault(Kind.SIGNATURE_MALFORMED, message, reason=reason, **facts)


def compact(seconds: float) -> str:
    """Seconds since 1970 as ``20130524T000000Z``."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y%m%dT%H%M%SZ")


# How the path is written.


def encoded(raw: bytes, safe: str = "") -> bytes:
    """Percent-encoded but for RFC 3986's unreserved letters and ``safe``."""
    return raw if _PLAIN.fullmatch(raw) else quote(raw, safe=safe).encode("ascii")


def _sent_path(request: Request, _target: Target) -> bytes:
    return encoded(unquote_to_bytes(request.raw_path), "/") or b"/"


def _target_path(_request: Request, target: Target) -> bytes:
    if target.bucket is None:
        return b"/"
    return encoded(b"/" + target.bucket.encode() + b"/" + target.key, "/")


# What stands for the payload, by request, claim and whether that travels in the address; the documented one first.


def _named(request: Request, signed: Scoped) -> str | None:
    return signed.payload or request.header(signed.row.payload_header)


def _declared(request: Request, signed: Scoped, presigned: bool) -> tuple[str, ...]:
    named = _named(request, signed)
    if named is None:
        return (UNSIGNED,)
    return (named, UNSIGNED) if presigned and named != UNSIGNED else (named,)


def _declared_or_empty(request: Request, signed: Scoped, presigned: bool) -> tuple[str, ...]:
    if not presigned and _named(request, signed) is None:
        return (EMPTY_SHA256, UNSIGNED)
    return _declared(request, signed, presigned)


def _declared_only(request: Request, signed: Scoped, _presigned: bool) -> tuple[str, ...]:
    return (_named(request, signed) or UNSIGNED,)


def _body(request: Request, _signed: Scoped, _presigned: bool) -> tuple[str, ...]:
    """The digest of a call's body, which was read for that."""
    return (hashlib.sha256(request.payload or b"").hexdigest(),)


# How a header's value is read before it is signed.


def _collapsed(value: bytes) -> bytes:
    return b" ".join(value.split())


def _as_sent(value: bytes) -> bytes:
    return value.strip(b" \t")


def _widened(value: bytes) -> bytes:
    """For signers that sign UTF-8 but send Latin-1, because that is how their HTTP library writes a header."""
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        value = value.decode("latin-1").encode("utf-8")
    return _collapsed(value)


AWS4: Final = Row(
    name="aws4",
    algorithm="AWS4-HMAC-SHA256",
    key_prefix=b"AWS4",
    terminal="aws4_request",
    services=frozenset({"s3"}),
    prefix="x-amz-",
    guarded=(b"x-amz-",),
    algorithm_name="algorithm",
    listing=("SignedHeaders", "signedheaders"),
    lists_all=True,
    must_list=(b"host",),
    needs_payload=True,
    date_fallback=True,
    expires_max_seconds=604_800,
    paths=_sent_path,
    payloads=_declared,
    readings=(_collapsed, _as_sent, _widened),
    tokens=("x-amz-security-token", "x-cos-security-token"),
)
OSS4: Final = Row(
    name="oss4",
    algorithm="OSS4-HMAC-SHA256",
    key_prefix=b"aliyun_v4",
    terminal="aliyun_v4_request",
    services=frozenset({"oss"}),
    prefix="x-oss-",
    guarded=(b"x-oss-",),
    algorithm_name="signature-version",
    listing=("AdditionalHeaders", "additional-headers"),
    lists_all=False,
    others=("OSS2",),
    always=(b"content-md5", b"content-type"),
    expires_max_seconds=604_800,
    paths=_target_path,
    payloads=_declared_only,
    readings=(_as_sent, _collapsed, _widened),
    bare_empty=True,
    date_fallback=True,
    date_text=True,
    tokens=("x-oss-security-token",),
)
TOS4: Final = Row(
    name="tos4",
    algorithm="TOS4-HMAC-SHA256",
    key_prefix=b"",
    terminal="request",
    services=frozenset({"tos"}),
    prefix="x-tos-",
    guarded=(b"x-tos-",),
    algorithm_name="algorithm",
    listing=("SignedHeaders", "signedheaders"),
    lists_all=True,
    must_list=(b"host",),
    expires_max_seconds=2_592_000,
    paths=_sent_path,
    payloads=_declared_or_empty,
    readings=(_collapsed, _as_sent, _widened),
    sorts_decoded=True,
    policy_addresses=True,
    tokens=("x-tos-security-token",),
)
VOLC: Final = Row(
    name="volc",
    algorithm="HMAC-SHA256",
    key_prefix=b"",
    terminal="request",
    services=None,
    prefix="x-",
    guarded=(),
    algorithm_name="algorithm",
    listing=("SignedHeaders", "signedheaders"),
    lists_all=True,
    expires_max_seconds=604_800,
    expires_default="900",
    paths=_sent_path,
    payloads=_body,
    readings=(_as_sent, _collapsed, _widened),
    sorts_decoded=True,
    tokens=("x-security-token",),
)
"""Volcengine's control APIs; :mod:`entrepot.signing.volc` has what no other scheme does. Source: its wire facts §1."""
STS4: Final = changed(
    AWS4,
    name="sts4",
    services=frozenset({"sts"}),
    needs_payload=False,
    date_fallback=False,
    payloads=_body,
    tokens=("x-amz-security-token",),
)
"""AWS's call of STS: as for objects, but over the body itself. Source: AWS "Create a signed AWS API request"."""
ROWS: Final = (AWS4, OSS4, TOS4)
"""The schemes of objects, whose requests may say what their payload is."""
