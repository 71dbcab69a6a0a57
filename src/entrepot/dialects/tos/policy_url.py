"""Policy addresses of TOS: one signed query that lets its holder list, read and stat below some prefixes.

The signature covers the policy and not the method or the path, so the policy is all that it allows. Source: wire facts
of Volcengine §3.3 ("Policy URL").
"""

from __future__ import annotations

from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope
from entrepot.core.rights.identity import Key, Principal
from entrepot.core.value import changed
from entrepot.dialects.s3like.address import access
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.forms.policy import conditions_of
from entrepot.signing.scheme import Claim
from entrepot.signing.scoped_text import scoped_of

_OBJECTS = frozenset({Right.READ_OBJECT, Right.STAT_OBJECT})


def bind(place: Place, claim: Claim, key: Key, now: float) -> Principal:
    """The principal of a genuine signature; that of a policy address may do what the policy says and nothing else.

    Raises:
        Fault: as :func:`access.bind`; MALFORMED (reason ``policy``), POLICY_VIOLATED.
    """
    who = access.bind(place, claim, key, now)
    policy = None if claim.form else scoped_of(claim).policy
    return who if policy is None else changed(who, grant=who.grant & _allowed(place, key, policy))


def _allowed(place: Place, key: Key, text: str) -> Grant:
    bucket = place.existing_bucket()
    conditions = conditions_of(text)
    buckets = [value for operator, name, value in conditions if name == "bucket" and operator == "eq"]
    if len(buckets) != 1 or buckets[0] not in {bucket.name, f"{bucket.name}-{bucket.account}"}:
        raise Fault(
            Kind.POLICY_VIOLATED, "the policy of this address must name exactly one bucket, the one that is asked",
            reason="condition",
        )  # fmt: skip
    rules: list[Rule] = []
    for operator, name, value in conditions:
        if name != "key":
            continue
        if operator == "eq":
            scope = Scope(account=key.account, bucket=bucket.name, key=value)
            rules.append(Rule(rights=_OBJECTS, scope=scope))
        elif operator == "starts-with":
            scope = Scope(account=key.account, bucket=bucket.name, prefix=value)
            rules.append(Rule(rights=_OBJECTS | {Right.LIST_OBJECTS}, scope=scope))
    if not rules:
        raise Fault(Kind.POLICY_VIOLATED, "the policy of this address names no key", reason="condition")
    return Grant(clauses=(Clause(rules=tuple(rules)),))
