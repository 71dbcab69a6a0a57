"""Denials: what a grant was asked when it said no, and what in it said so.

A :class:`Denial` goes along with the fault that refuses, for whoever runs the server. It is a few references, so a
refusal costs no more for it; what it means is worked out by those who ask, by the very functions that decided
(:meth:`entrepot.core.rights.grant.Clause.refusal`, :meth:`entrepot.core.rights.grant.Rule.misses`). Must not know how a
policy spells anything, nor what a client is told: that is the fault's message, and has nothing of this.
"""

from __future__ import annotations

from typing import Final

from entrepot.core.fault import Fault
from entrepot.core.rights.circumstances import Fact, FactValue, fact_of
from entrepot.core.rights.glob import Glob
from entrepot.core.rights.grant import Access, Clause, Grant, Miss, Part, Refusal, Rule
from entrepot.core.rights.identity import Principal
from entrepot.core.value import Value


class Denial(Value, frozen=True, kw_only=True):
    """``grant`` was asked for ``access`` and refused it.

    ``own``: the key's whole grant was asked, because the signature does not name the place, and not what is left of it
    for this request. ``by_acl``: it is what an ACL opens to anybody.
    """

    grant: Grant
    access: Access
    own: bool = False
    by_acl: bool = False


class Closed(Value, frozen=True, kw_only=True):
    """Nobody signed, and no ACL opens anything there."""

    account: int
    bucket: str
    key: str


def denied(fault: Fault, access: Access, who: Principal, *, own: bool = False) -> Fault:
    """The fault with what was asked and refused; ``own``: of the key's whole grant."""
    grant = who.own_grant if own else who.grant
    fault.denial = Denial(grant=grant, access=access, own=own, by_acl=who.by_acl and not own)
    return fault


class Near(Value, frozen=True, kw_only=True):
    """A rule that allows something, and what keeps it from allowing what was asked."""

    rule: Rule
    misses: tuple[Miss, ...]

    @property
    def distance(self) -> int:
        """How far it is off: a condition is nearer than the resource, and that is nearer than the right."""
        return sum(_WEIGHTS[miss] if isinstance(miss, Part) else 1 for miss in self.misses)


_WEIGHTS: Final = {Part.RIGHT: 8, Part.SCOPE: 4, Part.EXCEPTED: 4}


def refusals(grant: Grant, access: Access) -> list[tuple[int, Clause, Refusal]]:
    """The clauses that refuse, each with its number and with what in it does."""
    found = [(number, clause, clause.refusal(access)) for number, clause in enumerate(grant.clauses)]
    return [(number, clause, why) for number, clause, why in found if why is not None]


def nearby(clause: Clause, access: Access) -> list[Near]:
    """The rules that allow, the one that misses least first. What misses both the right and the resource is not near.

    Of those that miss alike, the one whose resource is most like what was asked comes first.
    """
    found = [Near(rule=rule, misses=tuple(rule.misses(access))) for rule in clause.rules if rule.allow]
    found = [near for near in found if not {Part.RIGHT, Part.SCOPE} <= set(near.misses)]
    return sorted(found, key=lambda near: (near.distance, -_likeness(near.rule, access)))


def _likeness(rule: Rule, access: Access) -> int:
    """How many first characters the two resources have in common, where the same bucket counts for more than a key."""
    scope = rule.scope
    bucket = scope.bucket or (scope.bucket_glob or scope.name_glob or _NO_GLOB).text
    key = scope.key or scope.prefix or (scope.key_glob.text if scope.key_glob else "")
    same_bucket = 1000 if access.bucket is not None and bucket == access.bucket else 0
    return same_bucket + _common(bucket, access.bucket or "") + _common(key, access.key or "")


_NO_GLOB: Final = Glob(text="")


def _common(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def value_of(fact: Fact, access: Access) -> FactValue:
    """What came for a fact; None where the request has no such thing."""
    return fact_of(fact, access.around, access.asked, access.at)
