"""HmacSHA1 and HmacSHA256: the older signatures of TencentCloud API 3.0, over the parameters of a query or a form.

All parameters but the signature itself are signed, sorted by name, with their decoded values; so is the host. The
parameters of a POST are those of its form; its query is neither signed nor read. The clock is not looked at here.

Source: document 213/30654 of the cloud ("signature v1"); SDKs in the wire facts of Tencent §1.3.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from itertools import product
from typing import Final

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.signing.raw_query import pairs
from entrepot.signing.scheme import Claim, Scheme, Target
from entrepot.signing.tc3 import OFFICIAL, call_time, hosts_of
from entrepot.wire.http import Request

_ALGORITHMS: Final = {"HmacSHA1": hashlib.sha1, "HmacSHA256": hashlib.sha256}
_MARKS: Final = (b"SecretId", b"Signature")
_OFFICIAL: Final = tuple(host for hosts in OFFICIAL.values() for host in hosts)
_FORM: Final = "application/x-www-form-urlencoded"


class V1(Value, frozen=True, kw_only=True):
    """What a claim holds besides key and signature: the algorithm, and the signed parameters, decoded and in order."""

    algorithm: str
    parameters: tuple[tuple[bytes, bytes], ...]


def _malformed(message: str, reason: str) -> Fault:
    return Fault(Kind.SIGNATURE_MALFORMED, message, reason=reason)


def _signed(claim: Claim) -> V1:
    assert isinstance(claim.signed, V1)  # noqa: S101 - only this module's find() makes such claims
    return claim.signed


def parameters_of(request: Request) -> bytes:
    """Where a call of this kind has its parameters: the query of a GET, the form of a POST."""
    if request.method == "GET":
        return request.raw_query
    form = (request.header(b"content-type") or "").lower().startswith(_FORM)
    return request.payload or b"" if request.method == "POST" and form else b""


def _find(request: Request) -> Claim | None:
    written = parameters_of(request)
    if not all(mark + b"=" in written for mark in _MARKS):
        return None
    found: dict[bytes, bytes] = {}
    for name, value, _ in pairs(written):
        if name in found:
            raise _malformed(f"the parameter {name[:80].decode('utf-8', 'replace')!r} is there twice", "two")
        found[name] = value
    if any(mark not in found for mark in _MARKS):
        return None
    algorithm = found.get(b"SignatureMethod", b"HmacSHA1").decode("utf-8", "replace")
    if algorithm not in _ALGORITHMS:
        wanted = " or ".join(_ALGORITHMS)
        raise _malformed(f"SignatureMethod is {algorithm[:40]!r}; it must be {wanted}", "method")
    token = found.get(b"Token")
    return Claim(
        key_id=found[b"SecretId"].decode("utf-8", "replace"),
        # Base64 has pluses, which some clients do not encode.
        signature=found.pop(b"Signature").replace(b" ", b"+"),
        signed=V1(algorithm=algorithm, parameters=tuple(sorted(found.items()))),
        token=None if token is None else token.decode("utf-8", "replace"),
        signed_at=call_time(found.get(b"Timestamp", b"").decode("utf-8", "replace"), "Timestamp"),
    )


def _texts(request: Request, claim: Claim, _target: Target) -> tuple[bytes, ...]:
    parameters = _signed(claim).parameters
    dotted = tuple(sorted((name.replace(b"_", b"."), value) for name, value in parameters))  # as the Python SDK does
    sources = [b"&".join(name + b"=" + value for name, value in known) for known in dict.fromkeys((parameters, dotted))]
    hosts = hosts_of(request, _OFFICIAL)
    head = request.method.encode()
    return tuple(head + host.encode("latin-1", "replace") + b"/?" + source for source, host in product(sources, hosts))


def _seal(secret: bytes, claim: Claim, text: bytes) -> bytes:
    digest = hmac.new(secret, text, _ALGORITHMS[_signed(claim).algorithm]).digest()
    return base64.b64encode(digest)


TC3_V1: Final = Scheme(name="tc3-v1", find=_find, texts=_texts, seal=_seal)
