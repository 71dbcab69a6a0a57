"""Verification: the only place that looks up the key of a signature, computes the signature again and compares.

A :class:`Scheme` is a set of pure functions. Signatures are compared in constant time, so that the time of a refusal
does not tell how much of a guess was right. Must not know operations: the grant decides what a signer may do.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.identity import Key
from entrepot.core.value import Value
from entrepot.wire.http import Request


class Target(Value, frozen=True, kw_only=True):
    """The bucket and key that a request addresses.

    Some schemes sign both even when the bucket is in the host, so the path alone does not tell them. ``bucket`` is the
    name as the client spells it, None for the service itself; ``key`` is decoded, empty for the bucket itself.
    """

    bucket: str | None = None
    key: bytes = b""


NOWHERE = Target()


class Claim(Value, frozen=True, kw_only=True):
    """What a request says about its signer and its signature. Nothing of it is verified yet.

    ``signature`` is what the client computed. ``signed`` is what the scheme parsed to build the string to sign
    (``Scheme.texts``). ``token`` is the session token. ``signed_at`` and ``expires_at`` are in seconds since 1970.
    ``presigned`` says that the signature is in the query, ``form`` that it covers a form's policy and not the request.
    """

    key_id: str
    signature: bytes
    signed: object
    token: str | None = None
    signed_at: float | None = None
    expires_at: float | None = None
    presigned: bool = False
    form: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A way to sign requests.

    * ``find`` gives the claim that a request carries, None if it has no signature of this scheme. Raises Fault
      SIGNATURE_MALFORMED.
    * ``texts`` gives the strings to sign, as bytes: the documented one first. There are several where clients are known
      to build it in several ways.
    * ``seal`` computes the signature of a string to sign with a secret, in the form of ``Claim.signature``.
    * ``canonical`` gives the canonical request of the first string to sign, to explain a mismatch.
    """

    name: str
    find: Callable[[Request], Claim | None]
    texts: Callable[[Request, Claim, Target], Iterable[bytes]]
    seal: Callable[[bytes, Claim, bytes], bytes]
    canonical: Callable[[Request, Claim, Target], bytes] | None = None


def find_claim(schemes: tuple[Scheme, ...], request: Request) -> tuple[Scheme, Claim] | None:
    """The claim of a request; None if no scheme finds one.

    Raises:
        Fault: SIGNATURE_MALFORMED when there are two.
    """
    found: tuple[Scheme, Claim] | None = None
    for scheme in schemes:
        claim = scheme.find(request)
        if claim is None:
            continue
        if found is not None:
            raise Fault(Kind.SIGNATURE_MALFORMED, "the request carries two signatures; send one", reason="two")
        found = scheme, claim
    return found


def key_of(claim: Claim, reader: Reader) -> Key:
    """The key that a claim names.

    Raises:
        Fault: KEY_UNKNOWN, also for a key that was revoked.
    """
    key = reader.key(claim.key_id)
    if key is None or key.revoked_at is not None:
        raise Fault(
            Kind.KEY_UNKNOWN, f"there is no key {claim.key_id!r}; it may have been revoked", key_id=claim.key_id
        )
    return key


def equal_in_constant_time(expected: bytes, shown: bytes) -> bool:
    """Whether two secrets or signatures are equal. The time does not tell how much of them is."""
    return hmac.compare_digest(expected, shown)


def check_temporary(claim: Claim, key: Key, now: float) -> None:
    """Refuse an expired key, and a claim without the session token of its key, or with one that the key does not have.

    Raises:
        Fault: TOKEN_INVALID (reason ``token-unasked``, ``token-missing``, ``token-wrong`` or ``token-expired``);
            SIGNATURE_EXPIRED for a key without a token.
    """
    if key.token_sha256 is None:
        if claim.token:
            raise Fault(
                Kind.TOKEN_INVALID, f"the key {key.id!r} is used without a session token", reason="token-unasked"
            )
    elif not claim.token:
        raise Fault(Kind.TOKEN_INVALID, f"the key {key.id!r} needs its session token", reason="token-missing")
    elif not hmac.compare_digest(hashlib.sha256(claim.token.encode()).digest(), key.token_sha256):
        raise Fault(Kind.TOKEN_INVALID, f"that is not the session token of key {key.id!r}", reason="token-wrong")
    if key.expires_at is not None and now > key.expires_at:
        ended = f"the temporary key {key.id!r} ended {int(now - key.expires_at)} s ago"
        if key.token_sha256 is None:  # a presigned URL or form: its holder never saw the key
            raise Fault(Kind.SIGNATURE_EXPIRED, ended, expires=int(key.expires_at), server_time=int(now))
        raise Fault(Kind.TOKEN_INVALID, ended, reason="token-expired")


_CLIENT_KEY: Final = b"-server-side-encryption-customer-key"
"""How the header is called, behind a cloud's prefix, that carries a key to encrypt with."""
_LEFT_OUT: Final = "(left out)"


def string_to_sign(scheme: Scheme, request: Request, claim: Claim, target: Target) -> bytes:
    """The string to sign, as the scheme's document has it."""
    return next(iter(scheme.texts(request, claim, target)))


def verify(scheme: Scheme, claim: Claim, request: Request, key: Key, target: Target) -> None:
    """Refuse a claim whose signature was not made with the secret of ``key``.

    Raises:
        Fault: SIGNATURE_MISMATCH, with the facts ``string_to_sign``, ``canonical_request`` (if the scheme has one),
            ``signature_provided`` and ``key_id``. They let a client compare its own steps. The expected signature is
            not among them, because it would be a valid one.
    """
    for text in scheme.texts(request, claim, target):
        if hmac.compare_digest(scheme.seal(key.secret, claim, text), claim.signature):
            return
    facts = {
        "string_to_sign": _shown(string_to_sign(scheme, request, claim, target), request),
        "signature_provided": claim.signature.decode("ascii", "replace"),
        "key_id": claim.key_id,
    }
    if scheme.canonical is not None:
        facts["canonical_request"] = _shown(scheme.canonical(request, claim, target), request)
    raise Fault(
        Kind.SIGNATURE_MISMATCH,
        f"the signature was not made with the secret of key {claim.key_id!r} over the text that it stands for",
        **facts,
    )


def _shown(text: bytes, request: Request) -> str:
    """The text as a refusal may show it. Replies are kept and passed on, so a client's key for encryption is left out.

    What is shorter than what stands for it is no key, and would only make the text longer.
    """
    shown = text.decode("utf-8", "replace")
    for name, value in request.headers:
        if name.endswith(_CLIENT_KEY) and len(value) > len(_LEFT_OUT):
            key = value.decode("latin-1")
            shown = shown.replace(key, _LEFT_OUT).replace(quote(key, safe=""), _LEFT_OUT)
    return shown
