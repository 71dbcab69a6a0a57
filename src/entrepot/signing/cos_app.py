"""The app signature of the COS JSON API: ``base64(HMAC-SHA1(secret, text) + text)``.

The text is an unordered list ``a=…&b=…&k=…&e=…&t=…&r=…&f=…`` that travels inside the signature, so it is verified as
received; what it binds is compared with the request afterwards. ``e=0`` makes it valid once, for ``f`` alone.

Source: seed 004 "签名算法"; orders, encodings and places of ``f`` measured with the SDKs (wire facts §3).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from entrepot.core.fault import Fault, Kind
from entrepot.signing.scheme import Claim, Scheme, Target
from entrepot.wire.http import Request

LIFETIME_MAX_SECONDS = 7_776_000
"""90 days. Source: seed 004, "签名有效时长最大取值为7776000"."""

_DIGEST_BYTES = 20
_SIGN_MAX_CHARS = 4096
_NUMBER = re.compile(r"\d{1,20}(\.\d{1,20})?", re.ASCII)
_DECODE_ROUNDS = 3
_QUERY_SIGN = re.compile(rb"(?:^|&)sign=([^&]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSign:
    """The fields of a signature. Times are in seconds since 1970; ``path`` is ``f`` as signed, empty when unbound."""

    text: bytes
    account: str
    bucket: str
    key_id: str
    expires_at: float
    made_at: float
    nonce: str
    path: bytes

    @property
    def once(self) -> bool:
        """Whether it may be used once only."""
        return self.expires_at == 0


def _malformed(why: str) -> Fault:
    return Fault(Kind.SIGNATURE_MALFORMED, f"the signature is malformed: {why}")


@lru_cache(maxsize=1024)
def parse(sign: str) -> tuple[bytes, AppSign]:
    """Take a signature apart into its HMAC and its fields.

    Raises:
        Fault: SIGNATURE_MALFORMED.
    """
    if len(sign) > _SIGN_MAX_CHARS:
        raise _malformed(f"it has {len(sign)} characters, at most {_SIGN_MAX_CHARS} are allowed")
    try:
        raw = base64.b64decode(sign, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed("it is not standard base64") from error
    if len(raw) <= _DIGEST_BYTES:
        raise _malformed("it is too short to hold an HMAC-SHA1 and a text")
    return raw[:_DIGEST_BYTES], _fields(raw[_DIGEST_BYTES:])


def _fields(text: bytes) -> AppSign:
    fields: dict[bytes, bytes] = {}
    for pair in text.split(b"&"):
        name, equals, value = pair.partition(b"=")
        if not equals or name in fields:
            raise _malformed("its text is not a list of distinct name=value pairs")
        fields[name] = value
    missing = [name.decode() for name in (b"a", b"k", b"e", b"t", b"r") if name not in fields]
    if missing:
        raise _malformed(f"its text lacks the field {missing[0]!r}")
    try:
        return AppSign(
            text=text,
            account=fields[b"a"].decode("ascii"),
            bucket=fields.get(b"b", b"").decode("ascii"),
            key_id=fields[b"k"].decode("ascii"),
            expires_at=_number(fields[b"e"], "e"),
            made_at=_number(fields[b"t"], "t"),
            nonce=str(_number(fields[b"r"], "r")),
            path=fields.get(b"f", b""),
        )
    except UnicodeDecodeError as error:
        raise _malformed("its text has non-ASCII letters outside the field 'f'") from error


def _number(value: bytes, name: str) -> float:
    text = value.decode("ascii")
    if not _NUMBER.fullmatch(text):
        raise _malformed(f"the field {name!r} is not a number")
    return float(text)


def _from_query(value: bytes) -> str:
    return unquote_to_bytes(value.replace(b"+", b" ")).decode("latin-1").replace(" ", "+").strip()


def find_sign(request: Request) -> str | None:
    """The signature of a request: header ``Authorization`` or query ``sign``; None when there is neither.

    A base64 ``+`` that came unescaped in the query was decoded as a space and is put back.

    Raises:
        Fault: SIGNATURE_MALFORMED when there are two.
    """
    found = [
        value.decode("latin-1").strip().removeprefix("Authorization ").strip()
        for name, value in request.headers
        if name == b"authorization"
    ]
    if b"sign=" in request.raw_query:
        found += [_from_query(value) for value in _QUERY_SIGN.findall(request.raw_query)]
    found = [sign for sign in found if sign]
    if len(found) > 1:
        raise Fault(Kind.SIGNATURE_MALFORMED, "the request carries two signatures; send one", reason="two")
    return found[0] if found else None


def _find(request: Request) -> Claim | None:
    sign = find_sign(request)
    if sign is None:
        return None
    digest, fields = parse(sign)
    return Claim(
        key_id=fields.key_id,
        signature=digest,
        signed=fields,
        signed_at=fields.made_at,
        expires_at=None if fields.once else fields.expires_at,
        presigned=request.header(b"authorization") is None,
    )


def fields_of(claim: Claim) -> AppSign:
    """The parsed fields of a claim of this scheme."""
    assert isinstance(claim.signed, AppSign)  # noqa: S101 - only this module's find() makes such claims
    return claim.signed


def timed(claim: Claim) -> AppSign:
    """The fields, with the times that the claim counts as signed at and good until."""
    fields = fields_of(claim)
    if claim.signed_at is None or claim.signed_at == fields.made_at:
        return fields
    return replace(fields, made_at=claim.signed_at, expires_at=claim.expires_at or 0)


def _texts(_request: Request, claim: Claim, _target: Target) -> tuple[bytes, ...]:
    return (fields_of(claim).text,)


def _seal(secret: bytes, _claim: Claim, text: bytes) -> bytes:
    return hmac.digest(secret, text, "sha1")


SCHEME = Scheme(name="cos-app", find=_find, texts=_texts, seal=_seal)


def collapsed(path: bytes) -> bytes:
    """Repeated slashes as one."""
    while b"//" in path:
        path = path.replace(b"//", b"/")
    return path


def binds(fields: AppSign, paths: tuple[bytes, ...]) -> bool:
    """Whether ``f`` names one of ``paths`` (decoded), as a prefix unless the signature is valid once only.

    SDKs encode ``f`` never, once or twice, and differ in case and slashes; so it fits when it does after any of 0 to 3
    rounds of decoding (wire facts §0, rule 3).
    """
    bound = fields.path if fields.path.startswith(b"/") else b"/" + fields.path
    for _ in range(_DECODE_ROUNDS + 1):
        candidate = collapsed(bound)
        for path in paths:
            if candidate == path or (not fields.once and path.startswith(candidate)):
                return True
        decoded = unquote_to_bytes(bound)
        if decoded == bound:
            return False
        bound = decoded
    return False


def check_times(fields: AppSign, now: float, skew_seconds: float) -> None:
    """Refuse a signature that is over, not made yet, or made to last too long. Raises Fault SIGNATURE_EXPIRED."""
    if fields.made_at > now + skew_seconds:
        ahead = int(fields.made_at - now)
        raise Fault(Kind.SIGNATURE_EXPIRED, f"the signature was made {ahead} s in the future; check the signer's clock")
    if fields.once:
        if now > fields.made_at + LIFETIME_MAX_SECONDS:
            raise Fault(Kind.SIGNATURE_EXPIRED, "the once-only signature was made more than 90 days ago; sign again")
        return
    if now > fields.expires_at:
        raise Fault(Kind.SIGNATURE_EXPIRED, f"the signature expired {int(now - fields.expires_at)} s ago; sign again")
    lasts = fields.expires_at - fields.made_at
    if lasts > LIFETIME_MAX_SECONDS:
        raise Fault(
            Kind.SIGNATURE_EXPIRED,
            f"the signature is made to last {int(lasts)} s; at most {LIFETIME_MAX_SECONDS} s (90 days) are allowed",
        )


def token_of(fields: AppSign) -> bytes:
    """What is remembered of a spent once-only signature: unique to key and text, and useless to sign with."""
    return hashlib.sha256(fields.key_id.encode() + b"\0" + fields.text).digest()[:20]


def sign(  # the inverse of parse(), for the command line
    *, account: int, bucket: str, key_id: str, secret: bytes, expires_at: int, made_at: int, nonce: int, path: str
) -> str:
    """A signature: ``expires_at`` 0 for one use; ``path`` is the encoded ``f``, may be empty for several uses."""
    text = f"a={account}&b={bucket}&k={key_id}&e={expires_at}&t={made_at}&r={nonce}&f={path}".encode()
    return base64.b64encode(hmac.digest(secret, text, "sha1") + text).decode()
