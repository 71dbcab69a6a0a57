"""TC3-HMAC-SHA256: how TencentCloud API 3.0 signs a call, in the Authorization header.

``secret -> date -> service -> tc3_request`` is the key. The service is taken from the credential, whatever it is: SDKs
that are pointed at an address write the first label of that. Covered are method, query (of a GET), the listed headers
and the whole body; action, version and token are headers that SDKs do not list. The clock is not looked at here.

Source: document 213/30654 of the cloud; what SDKs do otherwise: wire facts of Tencent §1.2.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Final

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.signing.scheme import Claim, Scheme, Target
from entrepot.wire.http import Request

ALGORITHM: Final = "TC3-HMAC-SHA256"
_TERMINAL: Final = "tc3_request"
_PARTS: Final = ("Credential", "SignedHeaders", "Signature")
_MUST_LIST: Final = (b"content-type", b"host")
_UNSIGNED: Final = "UNSIGNED-PAYLOAD"
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)


class Tc3(Value, frozen=True, kw_only=True):
    """What a claim holds besides key and signature: time and scope as signed, the listed headers in lower case."""

    time: str
    date: str
    service: str
    headers: tuple[bytes, ...]


def _malformed(message: str, reason: str) -> Fault:
    return Fault(Kind.SIGNATURE_MALFORMED, message, reason=reason)


def _signed(claim: Claim) -> Tc3:
    assert isinstance(claim.signed, Tc3)  # noqa: S101 - only this module's find() makes such claims
    return claim.signed


# Finding.


def _parts(value: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in value[len(ALGORITHM) :].split(","):
        name, equals, content = part.strip().partition("=")
        if not equals or name not in _PARTS or name in found:
            found.clear()
            break
        found[name] = content.strip()
    if set(found) != set(_PARTS):
        wanted = ", ".join(f"{name}=…" for name in _PARTS)
        raise _malformed(f"the Authorization header is not of the form '{ALGORITHM} {wanted}'", "header")
    return found


def call_time(text: str | None, name: str) -> float:
    """The time of a call in seconds since 1970, from its parameter ``name``.

    Raises:
        Fault: SIGNATURE_MALFORMED (reason ``timestamp-missing`` or ``timestamp``).
    """
    if not text:
        raise _malformed(f"the call has no {name}, the time in seconds since 1970", "timestamp-missing")
    if not _SECONDS.fullmatch(text):
        raise _malformed(f"{name} is {text[:40]!r}; it must be the time in seconds since 1970", "timestamp")
    return float(text)


def _scope(credential: str) -> tuple[str, str, str]:
    """Key id, date and service, read from the right: the key id may hold slashes."""
    pieces = credential.rsplit("/", 3)
    if len(pieces) != 4 or pieces[3] != _TERMINAL or not all(pieces):
        wanted = f"<key id>/<date>/<service>/{_TERMINAL}"
        raise _malformed(f"the credential {credential[:200]!r} is not of the form {wanted}", "credential")
    return pieces[0], pieces[1], pieces[2]


def _listed(listing: str) -> tuple[bytes, ...]:
    names = tuple(name.strip().lower().encode("latin-1", "replace") for name in listing.split(";"))
    if len(set(names)) != len(names) or b"" in names:
        raise _malformed("SignedHeaders names a header twice or has an empty name", "signed-headers")
    for name in _MUST_LIST:
        if name not in names:
            raise _malformed(f"the header {name.decode()!r} is not signed; sign it", "signed-headers")
    return names


def _find(request: Request) -> Claim | None:
    value = request.header(b"authorization")
    if value is None or not value.startswith(ALGORITHM):
        return None
    if sum(name == b"authorization" for name, _ in request.headers) > 1:
        raise _malformed("the request carries two Authorization headers; send one", "two")
    parts = _parts(value)
    key_id, date, service = _scope(parts["Credential"])
    time = request.header(b"x-tc-timestamp")
    seconds = call_time(time, "X-TC-Timestamp")
    day = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d") if seconds < _LAST_SECOND else ""
    if date != day:
        raise _malformed(
            f"the credential is of the day {date[:40]!r}, but X-TC-Timestamp of {day!r}; sign both with one time",
            "credential-date",
        )
    return Claim(
        key_id=key_id,
        signature=parts["Signature"].encode("utf-8"),
        signed=Tc3(time=time or "", date=date, service=service, headers=_listed(parts["SignedHeaders"])),
        token=request.header(b"x-tc-token"),
        signed_at=seconds,
    )


_LAST_SECOND: Final = 253_402_300_800.0
"""The end of the year 9999, after which there are no dates."""


# What was signed.


def hosts_of(request: Request, official: tuple[str, ...]) -> tuple[str, ...]:
    """The host as SDKs sign it: as sent, without its port, or the cloud's own when only the address was changed."""
    sent = request.authority
    return tuple(dict.fromkeys((sent, sent.rpartition(":")[0] or sent, *official)))


def _official(service: str) -> tuple[str, ...]:
    return (f"{service}.tencentcloudapi.com", f"{service}.intl.tencentcloudapi.com")


OFFICIAL: Final = {service: _official(service) for service in ("ms", "sts", "vod")}
"""The cloud's own names for what is served here, by service."""


def _payload(request: Request) -> str:
    if request.header(b"x-tc-content-sha256") == _UNSIGNED:
        return hashlib.sha256(_UNSIGNED.encode()).hexdigest()
    body = b"" if request.method == "GET" else request.payload or b""
    return hashlib.sha256(body).hexdigest()


def _block(request: Request, names: tuple[bytes, ...], host: str, *, lower: bool) -> bytes:
    lines = []
    for name in sorted(names):
        sent = [host.encode("latin-1", "replace")] if name == b"host" else _values(request, name)
        value = b",".join(one.strip() for one in sent)
        lines.append(name + b":" + (value.lower() if lower else value) + b"\n")
    return b"".join(lines)


def _values(request: Request, name: bytes) -> list[bytes]:
    return [value for known, value in request.headers if known == name]


def _canonicals(request: Request, claim: Claim) -> Iterator[bytes]:
    signed = _signed(claim)
    query = request.raw_query if request.method == "GET" else b""
    listed = b";".join(sorted(signed.headers))
    payload = _payload(request).encode()
    seen: set[bytes] = set()
    for host, lower in product(hosts_of(request, OFFICIAL.get(signed.service, ())), (False, True)):
        block = _block(request, signed.headers, host, lower=lower)
        if block in seen:
            continue
        seen.add(block)
        yield b"\n".join((request.method.encode(), b"/", query, block, listed, payload))


def _canonical(request: Request, claim: Claim, _target: Target) -> bytes:
    return next(_canonicals(request, claim))


def _texts(request: Request, claim: Claim, _target: Target) -> Iterator[bytes]:
    """Made one by one: nearly always the first is the one."""
    signed = _signed(claim)
    scope = f"{signed.date}/{signed.service}/{_TERMINAL}"
    head = f"{ALGORITHM}\n{signed.time}\n{scope}\n".encode()
    return (head + hashlib.sha256(one).hexdigest().encode() for one in _canonicals(request, claim))


def _seal(secret: bytes, claim: Claim, text: bytes) -> bytes:
    signed = _signed(claim)
    key = b"TC3" + secret
    for part in (signed.date, signed.service, _TERMINAL):
        key = hmac.digest(key, part.encode("utf-8"), "sha256")
    return hmac.digest(key, text, "sha256").hex().encode("ascii")


TC3: Final = Scheme(name="tc3", find=_find, texts=_texts, seal=_seal, canonical=_canonical)
