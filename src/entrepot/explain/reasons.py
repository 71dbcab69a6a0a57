"""Why a grant said no: the statement that denies, or the nearest one that would have allowed it, and what it lacks.

A refusal is walked by the functions that decided it (:mod:`entrepot.core.rights.denial`), over the very grant that was
asked; nothing is evaluated a second way. What a statement names but can never mean, such as objects by the name of
their bucket, left no rule to walk: that is looked for in the statement. Pure over what :mod:`.origins` found. Must not
know where a reason is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from entrepot.core.rights.circumstances import Fact
from entrepot.core.rights.conditions import Condition
from entrepot.core.rights.denial import Near, nearby, value_of
from entrepot.core.rights.grant import INCLUDED, Access, Part, Right, Rule, Silence
from entrepot.core.rights.identity import Account
from entrepot.core.value import Value
from entrepot.dialects.control.policies.languages import Speech
from entrepot.dialects.control.policies.spelling import (
    action_told,
    came_told,
    least,
    resource_told,
    scope_told,
    spelling_of,
    wanted_told,
)
from entrepot.dialects.control.policies.statements import BUCKET_RIGHTS, Statement
from entrepot.explain.denial_causes import Cause
from entrepot.explain.origins import Origin, Written


class Compared(Value, frozen=True, kw_only=True):
    """A condition and what came for it; ``came`` empty: the request has no such thing."""

    operator: str
    key: str
    wanted: tuple[str, ...]
    came: str

    @property
    def told(self) -> str:
        """In a few words."""
        came = f"{self.came} came" if self.came else "the request has none"
        return f"{self.operator} {self.key} {' or '.join(self.wanted)}: {came}"


class Reason(Value, frozen=True, kw_only=True):
    """Why one clause said no. ``by`` is whose clause; ``place`` the statement that denies, or that is nearest.

    ``sure``: the refusal has no other reason in this clause, so that this one undone, it would have let it pass.
    """

    cause: Cause
    sentence: str
    by: str
    access: Access
    sure: bool = True
    policy: str = ""
    place: str = ""
    sid: str = ""
    effect: str = ""
    compared: tuple[Compared, ...] = ()
    change: str = ""


_NOT_FROM_POLICIES: Final = {
    "account": Cause.OTHER_ACCOUNT, "acl": Cause.ACL, "signature": Cause.SIGNATURE, "gone": Cause.GONE,
}  # fmt: skip


def of_clause(origin: Origin, access: Access, speech: Speech) -> Reason | None:
    """Why a clause refuses; None if it does not."""
    why = origin.clause.refusal(access)
    if why is None:
        return None
    if why is Silence.OVER:
        return _over(origin, access)
    if isinstance(why, Rule):
        return _denied(origin, why, access, speech)
    return _unspoken(origin, access, speech)


def _over(origin: Origin, access: Access) -> Reason:
    until = came_told(Fact.TIME, origin.clause.expires_at)
    return Reason(
        cause=Cause.ENDED, by=origin.said, access=access, sentence=f"{origin.said} was at {until}",
        change="ask for a new one, or for a longer life",
    )  # fmt: skip


# -- a rule denies -----------------------------------------------------------------------------------------------------

_LIMITS: Final = {Fact.CONTENT_TYPE: Cause.LIMIT_TYPE, Fact.SOURCE: Cause.LIMIT_SOURCE}


def _denied(origin: Origin, rule: Rule, access: Access, speech: Speech) -> Reason:
    written = _written(origin, rule)
    compared = _compared(rule.conditions, rule, origin, access, speech)
    policy, place = _place(rule)
    asked = f"{action_told(access, speech)} on {resource_told(access, speech)}"
    cause = Cause.DENIED
    sentence = f"{_named(origin, policy, place)} denies {asked}"
    change = "take the statement away, or narrow it"
    if origin.kind in {"limits", "plain"}:
        facts = {condition.fact for condition in rule.conditions}
        cause = (
            Cause.PLAIN if origin.kind == "plain" else next((_LIMITS[one] for one in facts if one in _LIMITS), cause)
        )
        sentence = f"{origin.said}: {' and '.join(one.told for one in compared)}"
        change = "send what the right allows, or mint another one" if cause is not Cause.PLAIN else "ask for no ACL"
    elif compared:
        sentence += f", because {' and '.join(one.told for one in compared)}"
    return Reason(
        cause=cause, sentence=sentence, by=origin.said, access=access, policy=policy, place=place,
        sid=written.statement.sid if written else "", effect="deny", compared=compared, change=change,
    )  # fmt: skip


def _compared(
    conditions: Iterable[Condition], rule: Rule, origin: Origin, access: Access, speech: Speech
) -> tuple[Compared, ...]:
    """Conditions as they are written, where the text is there, and what came for each."""
    written = _written(origin, rule)
    spelled = dict(zip(rule.conditions, written.statement.conditions, strict=True)) if written else {}
    found = []
    for condition in conditions:
        operator, key = spelled.get(condition) or spelling_of(condition, speech)
        came = came_told(condition.fact, value_of(condition.fact, access))
        found.append(Compared(operator=operator, key=key, wanted=tuple(wanted_told(condition)), came=came))
    return tuple(found)


def _written(origin: Origin, rule: Rule) -> Written | None:
    return next((one for one in origin.written if rule.place and one.place == rule.place), None)


def _place(rule: Rule) -> tuple[str, str]:
    """Policy and statement of a rule; no policy for one that was sent along with a request for a right."""
    policy, of, place = rule.place.partition(": ")
    return (policy, place) if of else ("", rule.place)


def _named(origin: Origin, policy: str, place: str) -> str:
    """A statement in a sentence."""
    if policy:
        return f"{place} of {policy}, one of {origin.said},"
    return f"{place} of {origin.said}" if place else origin.said


# -- no rule allows it -------------------------------------------------------------------------------------------------


def _unspoken(origin: Origin, access: Access, speech: Speech) -> Reason:
    near = next((one for one in nearby(origin.clause, access) if _names_it(origin, one, access)), None)
    asked = f"{action_told(access, speech)} on {resource_told(access, speech)}"
    if origin.kind in _NOT_FROM_POLICIES:
        return _otherwise(origin, access, asked)
    if origin.kind == "asked" and not any(rule.place for rule in origin.clause.rules):
        allows = origin.key.minted.allows if origin.key is not None and origin.key.minted is not None else ""
        return Reason(
            cause=Cause.NOT_ASKED, by=origin.said, access=access, change="mint a right for this",
            sentence=f"{origin.said} is: {allows}; it does not include {asked}",
        )  # fmt: skip
    if origin.kind == "user" and not origin.clause.rules and not origin.written:
        return Reason(
            cause=Cause.NO_POLICY, by=origin.said, access=access, change="attach a policy that allows it",
            sentence=f"{origin.said}: there are none, so it may do nothing",
        )  # fmt: skip
    kind = None if near is not None and near.distance < _KIND_DISTANCE else _of_other_kind(origin, access)
    if kind is not None:
        return _kind_told(origin, *kind, access, asked)
    if near is None:
        return Reason(
            cause=Cause.NOTHING, by=origin.said, access=access, change="add a statement that allows it",
            sentence=f"no statement in {origin.said} comes near {asked}",
        )  # fmt: skip
    return _near_told(origin, near, access, asked, speech)


_KIND_DISTANCE: Final = 4
"""A statement with the wrong kind of resource is as near as one with another resource."""


def _names_it(origin: Origin, near: Near, access: Access) -> bool:
    """Whether a statement without the action names the resource: what is in a bucket is not the bucket itself."""
    written = _written(origin, near.rule)
    if written is None or Part.RIGHT not in near.misses or access.right is Right.MINT:
        return True
    scopes = (each for target in written.statement.targets for each in target.scopes)
    return any(access.right in rights and scope.covers(access) for rights, scope in scopes)


def _otherwise(origin: Origin, access: Access, asked: str) -> Reason:
    """What is refused by something that is no policy."""
    cause = _NOT_FROM_POLICIES[origin.kind]
    sentence, change = f"{origin.said} does not include {asked}", ""
    if cause is Cause.OTHER_ACCOUNT:
        sentence = f"{origin.said} asks for {asked}, which is of the account {access.account}"
        change = "sign with a key of that account, or open the bucket by its ACL"
    elif cause is Cause.ACL:
        change = "sign the request with a key of the bucket's account, or open it by an ACL"
    elif cause is Cause.SIGNATURE:
        change = "sign for what is asked"
    return Reason(cause=cause, sentence=sentence, by=origin.said, access=access, change=change)


def _near_told(origin: Origin, near: Near, access: Access, asked: str, speech: Speech) -> Reason:
    policy, place = _place(near.rule)
    written = _written(origin, near.rule)
    unmet = tuple(miss for miss in near.misses if isinstance(miss, Condition))
    compared = _compared(unmet, near.rule, origin, access, speech)
    named = _named(origin, policy, place)
    parts = set(near.misses) & set(Part)
    if Part.RIGHT in parts or access.right is Right.MINT:  # calls of APIs have no resources: their names are told apart
        cause, said = Cause.ACTION, f"{named} speaks of that resource, but does not allow {asked}"
        change = f"add the action {action_told(access, speech)} to it"
    elif Part.SCOPE in parts:
        where = scope_told(near.rule.scope, speech)
        cause, said = (
            Cause.RESOURCE,
            f"{named} allows {action_told(access, speech)} on {where}, not {_on(access, speech)}",
        )
        change = f"add the resource {resource_told(access, speech)} to it"
    elif Part.EXCEPTED in parts:
        cause, said = Cause.EXCEPTED, f"{named} would allow {asked}, but leaves that resource out"
        change = "take the resource out of its NotResource"
    else:
        cause, said = Cause.CONDITION, f"{named} would allow {asked}, but its conditions are not met"
        change = "send what the conditions want, or change them"
    if compared:
        said += f" ({'; '.join(one.told for one in compared)})"
    return Reason(
        cause=cause, sentence=said, by=origin.said, access=access, policy=policy, place=place,
        sid=written.statement.sid if written else "", effect="allow", compared=compared, change=change,
        sure=cause in {Cause.CONDITION, Cause.EXCEPTED},
    )  # fmt: skip


def _on(access: Access, speech: Speech) -> str:
    return f"on {resource_told(access, speech)}"


# -- statements that left no rule --------------------------------------------------------------------------------------


def _of_other_kind(origin: Origin, access: Access) -> tuple[Written, Cause] | None:
    """A statement that has the action, and the resource under a name that the action is never asked of."""
    for written in origin.written:
        one = written.statement
        if one.allow and (cause := _kind_of(one, access)) is not None:
            return written, cause
    return None


def _kind_of(statement: Statement, access: Access) -> Cause | None:
    wanted = {access.right} | INCLUDED.get(access.right, frozenset())
    services = {each.service for each in statement.actions if not wanted.isdisjoint(each.rights)}
    for target in statement.targets:
        for rights, scope in target.scopes:
            if not scope.covers(access):
                continue
            if target.service in {"", *services} and services and access.right not in rights:
                return Cause.RESOURCE_KIND
            if services and target.service not in {"", *services} and access.right in rights:
                return Cause.RESOURCE_SERVICE
    return None


def _kind_told(origin: Origin, written: Written, cause: Cause, access: Access, asked: str) -> Reason:
    named = _named(origin, written.policy, written.statement.where)
    if cause is Cause.RESOURCE_SERVICE:
        said = f"{named} has the action, but its resources are of another service; asked was {asked}"
        change = "write action and resource of one service"
    elif access.right in BUCKET_RIGHTS:
        said = f"{named} has the action, but names what is in the bucket; asked was {asked}, of the bucket itself"
        change = "name the bucket itself, without /*"
    else:
        said = f"{named} has the action, but names the bucket itself; asked was {asked}, of what is in it"
        change = "name what is in the bucket, with /*"
    return Reason(
        cause=cause, sentence=said, by=origin.said, access=access, policy=written.policy,
        place=written.statement.where, sid=written.statement.sid, effect="allow", change=change, sure=False,
    )  # fmt: skip


# -- all together ------------------------------------------------------------------------------------------------------

_WEIGHTY: Final = (Cause.ENDED, Cause.DENIED, Cause.LIMIT_TYPE, Cause.LIMIT_SOURCE, Cause.PLAIN)
"""What no further statement mends comes first."""


def reasons(found: Iterable[Origin], access: Access, speech: Speech) -> list[Reason]:
    """The reasons of all clauses that refuse, the weightiest first; each of them is enough."""
    made = [reason for origin in found if (reason := of_clause(origin, access, speech)) is not None]
    return sorted(made, key=lambda one: _WEIGHTY.index(one.cause) if one.cause in _WEIGHTY else len(_WEIGHTY))


_MENDED_BY_A_POLICY: Final = frozenset({
    Cause.NO_POLICY, Cause.CONDITION, Cause.RESOURCE, Cause.RESOURCE_KIND, Cause.RESOURCE_SERVICE, Cause.ACTION,
    Cause.NOTHING,
})  # fmt: skip


def needed(found: Iterable[Reason], speech: Speech, owner: Account | None) -> dict[str, Any] | None:
    """The least policy that allows what was refused, in the language of a cloud; None where no policy would."""
    wanted = list(found)
    if owner is None or not wanted or any(one.cause not in _MENDED_BY_A_POLICY for one in wanted):
        return None
    return least(dict.fromkeys(one.access for one in wanted), speech, owner)
