"""Limits that an operator puts on what a minting API gives out, beyond what its caller asked for.

They only narrow: bytes and uses become limits of the new key, types and networks a clause of its grant. Must not know
which APIs there are.
"""

from __future__ import annotations

from entrepot.core.rights.circumstances import Fact
from entrepot.core.rights.conditions import Condition, Operator
from entrepot.core.rights.grant import Clause, Grant, Right, Rule
from entrepot.core.rights.identity import NO_LIMITS, Limits
from entrepot.core.value import Value

_BRINGS_TYPE = frozenset({Right.PUT_OBJECT, Right.POST_OBJECT, Right.APPEND_OBJECT, Right.START_UPLOAD})
_CHANGES_TYPE = frozenset({Right.UPDATE_OBJECT, Right.COPY_OBJECT})

_SEVERAL_TYPES = Condition(fact=Fact.CONTENT_TYPE, operator=Operator.LIKE, texts=("*,*",))
"""``image/png,text/html`` begins as an image and is a page to a browser, which takes the last type of a list."""


class FurtherLimits(Value, frozen=True, kw_only=True):
    """None and nothing mean no limit. ``content_types`` may hold ``*``; ``networks`` are addresses or CIDR blocks."""

    max_bytes: int | None = None
    uses: int | None = None
    content_types: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()

    @property
    def limits(self) -> Limits:
        """The part that a key keeps as numbers."""
        return Limits(max_bytes=self.max_bytes, uses=self.uses)

    @property
    def grant(self) -> Grant:
        """The part that is a clause: everything, but no other type and from no other place."""
        denied: list[Rule] = []
        if self.content_types:
            texts = tuple(form for kind in self.content_types for form in (kind, f"{kind};*", f"{kind} ;*"))
            for rights, missing in ((_BRINGS_TYPE, True), (_CHANGES_TYPE, False)):
                other = Condition(
                    fact=Fact.CONTENT_TYPE, operator=Operator.LIKE, texts=texts, negated=True, missing=missing
                )
                denied.append(Rule(allow=False, rights=rights, conditions=(other,)))
            denied.append(Rule(allow=False, rights=_BRINGS_TYPE | _CHANGES_TYPE, conditions=(_SEVERAL_TYPES,)))
        if self.networks:
            elsewhere = Condition(
                fact=Fact.SOURCE, operator=Operator.NETWORK, texts=self.networks, negated=True, missing=True
            )
            denied.append(Rule(allow=False, conditions=(elsewhere,)))
        return Grant(clauses=(Clause(rules=(Rule(), *denied)),)) if denied else Grant()

    def told(self) -> str:
        """For people; empty when nothing is limited."""
        parts = []
        if self.max_bytes is not None:
            parts.append(f"at most {self.max_bytes} bytes each")
        if self.content_types:
            parts.append(f"of type {' or '.join(self.content_types)}")
        if self.uses is not None:
            parts.append("once" if self.uses == 1 else f"{self.uses} times")
        if self.networks:
            parts.append(f"from {' or '.join(self.networks)}")
        return ", ".join(parts)


PLAIN_UPLOAD = Grant(
    clauses=(
        Clause(
            rules=(
                Rule(),
                Rule(
                    allow=False,
                    conditions=(
                        Condition(fact=Fact.ACL, operator=Operator.EQUAL, texts=("private", "default"), negated=True),
                    ),
                ),
            )
        ),
    )
)
"""What belongs to every right to upload that an API gives out: no ACL but private, or none; it cannot publish."""

NO_FURTHER_LIMITS = FurtherLimits()


def tightest(*all_limits: Limits) -> Limits:
    """What meets all of them."""
    sizes = [limits.max_bytes for limits in all_limits if limits.max_bytes is not None]
    uses = [limits.uses for limits in all_limits if limits.uses is not None]
    plain = any(limits.plain for limits in all_limits)
    if not sizes and not uses and not plain:
        return NO_LIMITS
    return Limits(max_bytes=min(sizes, default=None), uses=min(uses, default=None), plain=plain)
