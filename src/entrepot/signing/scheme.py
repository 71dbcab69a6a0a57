"""Verification: the only place that looks a key up, recomputes a signature and compares.

A :class:`Scheme` is three pure functions. Comparison takes the same time wherever the difference is. Must not know
operations; whether a verified claim allows something is decided by its grant.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass

from entrepot.core.fault import Fault, Kind
from entrepot.core.identity import Key
from entrepot.core.ports import Reader
from entrepot.core.value import Value
from entrepot.wire.http import Request


class Claim(Value, frozen=True, kw_only=True):
    """What a request says about its signer, before anything is verified.

    ``signed`` is scheme-specific parsed material that ``text`` needs; ``signature`` is what the client computed.
    """

    key_id: str
    signature: bytes
    signed: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A way to sign requests.

    ``find`` gives the claim that a request carries, None when it carries none of this scheme, and raises Fault
    SIGNATURE_MALFORMED; ``text`` gives the bytes that were signed; ``seal`` gives the signature of such a text.
    """

    name: str
    find: Callable[[Request], Claim | None]
    text: Callable[[Request, Claim], bytes]
    seal: Callable[[bytes, Claim, bytes], bytes]


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
    """The key that the claim names. Raises Fault KEY_UNKNOWN."""
    key = reader.key(claim.key_id)
    if key is None:
        raise Fault(Kind.KEY_UNKNOWN, f"there is no key {claim.key_id!r}; it may have been revoked")
    return key


def verify(scheme: Scheme, claim: Claim, request: Request, key: Key) -> None:
    """Let a claim pass that was signed with the secret of ``key``. Raises Fault SIGNATURE_MISMATCH."""
    expected = scheme.seal(key.secret, claim, scheme.text(request, claim))
    if not hmac.compare_digest(expected, claim.signature):
        raise Fault(
            Kind.SIGNATURE_MISMATCH,
            f"the signature was not made with the secret of key {claim.key_id!r} over the text that it stands for",
        )
