"""Verification: the only place that looks a key up, recomputes a signature and compares.

A :class:`Scheme` is pure functions. Comparison takes the same time wherever the difference is. Must not know
operations; whether a verified claim allows something is decided by its grant.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.identity import Key
from entrepot.core.value import Value
from entrepot.wire.http import Request


class Target(Value, frozen=True, kw_only=True):
    """What a request addresses, for schemes that sign it though it is not (so) in the path.

    ``bucket`` is the name as the client spells it, None at the service level; ``key`` is the decoded key as bytes,
    empty for the bucket itself.
    """

    bucket: str | None = None
    key: bytes = b""


NOWHERE = Target()


class Claim(Value, frozen=True, kw_only=True):
    """What a request says about its signer, before anything is verified.

    ``signed`` is scheme-specific parsed material that ``texts`` needs; ``signature`` is what the client computed.
    ``token`` is the session token shown with it. ``signed_at`` and ``expires_at`` are in seconds since 1970;
    ``presigned`` says that it travels in the address, ``form`` that it covers a form's policy and not the request.
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

    ``find`` gives the claim that a request carries, None when it carries none of this scheme, and raises Fault
    SIGNATURE_MALFORMED; ``texts`` gives the bytes that were signed: several when clients are known to sign the same
    request in several ways, the documented one first; ``seal`` gives the signature of such a text, in the form of
    ``Claim.signature``. ``canonical`` gives the canonical request behind the first text, for explanations.
    """

    name: str
    find: Callable[[Request], Claim | None]
    texts: Callable[[Request, Claim, Target], Iterable[bytes]]
    seal: Callable[[bytes, Claim, bytes], bytes]
    canonical: Callable[[Request, Claim, Target], bytes] | None = None


def find_claim(schemes: tuple[Scheme, ...], request: Request) -> tuple[Scheme, Claim] | None:
    """The one claim of a request.

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
    """The key that the claim names.

    Raises:
        Fault: KEY_UNKNOWN, also when it was revoked.
    """
    key = reader.key(claim.key_id)
    if key is None or key.revoked_at is not None:
        raise Fault(
            Kind.KEY_UNKNOWN, f"there is no key {claim.key_id!r}; it may have been revoked", key_id=claim.key_id
        )
    return key


def same(expected: bytes, shown: bytes) -> bool:
    """Whether a signature is the expected one; takes the same time wherever they differ."""
    return hmac.compare_digest(expected, shown)


def check_temporary(claim: Claim, key: Key, now: float) -> None:
    """Let a claim pass that shows the token of its temporary key, or that needs none, while the key lasts.

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
        if key.token_sha256 is None:  # an address or a form: nobody was given a key
            raise Fault(Kind.SIGNATURE_EXPIRED, ended, expires=int(key.expires_at), server_time=int(now))
        raise Fault(Kind.TOKEN_INVALID, ended, reason="token-expired")


def first_text(scheme: Scheme, request: Request, claim: Claim, target: Target) -> bytes:
    """What the scheme's document says is signed."""
    return next(iter(scheme.texts(request, claim, target)))


def verify(scheme: Scheme, claim: Claim, request: Request, key: Key, target: Target) -> None:
    """Let a claim pass that was signed with the secret of ``key``.

    Raises:
        Fault: SIGNATURE_MISMATCH, with the facts ``string_to_sign``, ``canonical_request`` (if the scheme has one),
            ``signature_provided`` and ``key_id``: what the server signed, never the signature that it expected.
    """
    for text in scheme.texts(request, claim, target):
        if hmac.compare_digest(scheme.seal(key.secret, claim, text), claim.signature):
            return
    facts = {
        "string_to_sign": first_text(scheme, request, claim, target).decode("utf-8", "replace"),
        "signature_provided": claim.signature.decode("ascii", "replace"),
        "key_id": claim.key_id,
    }
    if scheme.canonical is not None:
        facts["canonical_request"] = scheme.canonical(request, claim, target).decode("utf-8", "replace")
    raise Fault(
        Kind.SIGNATURE_MISMATCH,
        f"the signature was not made with the secret of key {claim.key_id!r} over the text that it stands for",
        **facts,
    )
