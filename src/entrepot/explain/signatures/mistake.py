"""What a mistake is: a cause, and the ways in which what was signed may have been otherwise because of it.

Each table of mistakes is data: rows of a stable cause and a function that gives the ways, the most frequent first. A
way that verifies proves the cause. Must not know how ways are tried, nor what is said of a cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from entrepot.core.value import Value
from entrepot.explain.signatures.layouts import Layout, Parts
from entrepot.signing.scheme import Claim, Target
from entrepot.wire.http import Request


class Facts(Value, frozen=True, kw_only=True):
    """What a mistake may look at: the request as it came, its claim, what it addresses, the scheme's family, layout."""

    request: Request
    claim: Claim
    target: Target
    family: str
    layout: Layout


Ways = Iterable[tuple[Parts, str]]
"""Parts as they may have been signed, and what was otherwise, in a word or two that may be shown."""


class Mistake(Value, frozen=True, kw_only=True):
    """A mistake in what was signed. ``often`` ones are also tried together with others."""

    cause: str
    alter: Callable[[Parts, Facts], Ways]
    often: bool = False


class ClaimMistake(Value, frozen=True, kw_only=True):
    """A mistake in what the signature is made under: scope, time."""

    cause: str
    alter: Callable[[Claim, Facts], Iterable[tuple[Claim, str]]]


class SecretMistake(Value, frozen=True, kw_only=True):
    """A mistake in the secret that was signed with."""

    cause: str
    alter: Callable[[bytes, str], Iterable[bytes]]
    """From the secret and the key's id."""


class SealMistake(Value, frozen=True, kw_only=True):
    """A mistake in how the signature is computed of the text: gives it in the form of ``Claim.signature``."""

    cause: str
    seal: Callable[[bytes, Claim, bytes], Iterable[bytes]]


class ShownMistake(Value, frozen=True, kw_only=True):
    """A mistake in how a right signature is written: gives what it may have been."""

    cause: str
    read: Callable[[bytes], Iterable[bytes]]
