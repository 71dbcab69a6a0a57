"""Lifecycle rules: when objects expire and uploads are aborted, as documents say it and as they are told.

Source: AWS "PutBucketLifecycleConfiguration", "Lifecycle configuration elements"; wire facts of Tencent §7.6, Alibaba
§5.5, Volcengine §3.8.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace

from entrepot.core import operations as ops
from entrepot.core.facts.records import BucketSettings, LifecycleRule, Transition
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Flavour, Head, Route
from entrepot.dialects.s3like.operations.configuration import (
    RULES_MAX,
    done,
    missing,
    number_of,
    settings_of,
    stat,
    tags_of_nodes,
)
from entrepot.dialects.s3like.operations.listing import document_of
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.documents import Node
from entrepot.wire.http import Request, Response

ID_MAX = 255
_DAY_SECONDS = 86_400


async def _put(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    bucket = place.existing_bucket()
    node = await document_of(request, place)
    scoped = place.flavour.documents.scoped_rules
    least = _least_bytes(request, place.flavour)
    rules = tuple(_rule(rule, place.flavour, least, scoped=scoped) for rule in node.all("Rule"))
    if not 0 < len(rules) <= RULES_MAX:
        raise _malformed(f"there are {len(rules)} rules; 1 to {RULES_MAX} can be")
    ids = [rule.id for rule in rules if rule.id]
    if len(ids) > len(set(ids)):
        raise Fault(Kind.PARAMETER_INVALID, "two rules have the same ID; it must be unique", argument="ID")
    minimum = request.header((place.flavour.prefix + MINIMUM).encode())

    def change(settings: BucketSettings) -> BucketSettings:
        labels = {name: value for name, value in settings.labels.items() if name != MINIMUM}
        return replace(settings, lifecycle=rules, labels={**labels, MINIMUM: minimum} if minimum else labels)

    return ops.UpdateBucket(right=Right.UPDATE_LIFECYCLE, bucket=bucket, change=change)


def _set(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    return reply.empty(request, place, 200, _minimum_head(place, settings_of(result)))


def _minimum_head(place: Place, settings: BucketSettings) -> Head:
    """From which size on transitions take part, where the cloud tells it."""
    if not place.flavour.objects.transition_least_bytes:
        return []
    return [(place.flavour.header(MINIMUM), settings.labels.get(MINIMUM, _ALL_CLASSES).encode())]


def _malformed(message: str) -> Fault:
    return Fault(Kind.MALFORMED, message, reason="xml")


def _rule(node: Node, flavour: Flavour, least: Mapping[bool, int], *, scoped: bool) -> LifecycleRule:
    status = node.value("Status") or ""
    if status not in {"Enabled", "Disabled"}:
        raise _malformed(f"a rule's Status is {status[:20]!r}; it must be Enabled or Disabled")
    scope = _scope(node, scoped=scoped)
    days, at, since = _expiry(node.first("Expiration"))
    abort_days, abort_before = _abort(node)
    transitions = tuple(_transition(one, flavour, least) for one in node.all("Transition"))
    if (days, at, since, abort_days, abort_before) == (None,) * 5 and not transitions:
        raise _malformed("a lifecycle rule must ask for an expiry, a transition or an abort, in days or by date")
    if len({one.storage_class for one in transitions}) < len(transitions):
        raise _malformed("a rule has two transitions into the same storage class")
    _check_order(days, at, since, transitions)
    name = node.value("ID") or ""
    if len(name) > ID_MAX:
        raise Fault(Kind.PARAMETER_INVALID, f"a rule's ID has at most {ID_MAX} characters", argument="ID")
    prefix = scope.first("Prefix") or node.first("Prefix")
    tagged = [*scope.all("Tag"), *scope.all("Tags")]
    if any(tag.first("Value") is None for tag in tagged):
        raise _malformed("a tag of a rule has a Key and a Value")
    tags = tags_of_nodes(tagged)
    if tags and (abort_days, abort_before) != (None, None):
        raise _malformed("a rule with tags cannot abort uploads, which have none")
    return LifecycleRule(
        id=name, enabled=status == "Enabled", prefix=prefix.text if prefix is not None else "", tags=tags,
        expire_days=days, expire_at=at, expire_from=since,
        abort_days=abort_days, abort_before=abort_before,
        transitions=transitions, bare_prefix=scope is node,
    )  # fmt: skip


def _transition(node: Node, flavour: Flavour, least: Mapping[bool, int]) -> Transition:
    name, days = node.value("StorageClass") or "", node.value("Days")
    date, before = node.value("Date"), node.value("CreatedBeforeDate")
    if flavour.objects.any_case_classes:
        name = name.upper()
    if name not in flavour.objects.storage_classes:
        known = ", ".join(sorted(flavour.objects.storage_classes))
        raise Fault(
            Kind.MALFORMED, f"a transition's StorageClass is {name[:40]!r}; it must be one of {known}",
            reason="transition-class", argument="StorageClass", value=name[:100],
        )  # fmt: skip
    if len([one for one in (days, date, before) if one]) != 1:
        raise _malformed("a Transition has days or a date, not both")
    archived = name in flavour.objects.archive_classes
    return Transition(
        storage_class=name, archived=archived, days=number_of(days, "Days", 0) if days else None,
        since=_date(date, "Date") if date else None,
        before=_date(before, "CreatedBeforeDate") if before else None, least_bytes=least[archived],
    )  # fmt: skip


def _check_order(days: int | None, at: float | None, since: float | None, transitions: tuple[Transition, ...]) -> None:
    """Refuse a rule whose steps cannot come one after the other: into archives later, and removal last.

    Dates of removal may lie before others, because a rule counts for objects of any age.

    Source: AWS "Lifecycle configuration elements"; the cloud's page "PutBucketLifecycle" and tests of its SDK (OSS).
    """
    counted = [days is not None] * (days is not None or at is not None or since is not None)
    counted += [one.days is not None for one in transitions]
    if len(set(counted)) > 1:
        raise Fault(Kind.MALFORMED, "a rule counts in days or by dates, not both")
    for one in transitions:
        if days is not None and one.days is not None and days <= one.days:
            raise _late("Expiration", one, days)
        others = [other for other in transitions if one.archived and not other.archived]
        if any(_reached(one) <= _reached(other) for other in others):
            raise _late(f"Transition to {one.storage_class}", others[0], _reached(one))


def _reached(transition: Transition) -> float:
    return next(one for one in (transition.days, transition.before, transition.since) if one is not None)


def _late(what: str, before: Transition, value: float) -> Fault:
    return Fault(
        Kind.PARAMETER_INVALID, f"the {what} must come later than the Transition to {before.storage_class}",
        argument="Days", value=f"{value:g}",
    )  # fmt: skip


def _least_bytes(request: Request, flavour: Flavour) -> Mapping[bool, int]:
    """From which size on objects take part in transitions, into archives (True) and into other classes.

    Source: AWS "PutBucketLifecycleConfiguration", TransitionDefaultMinimumObjectSize.
    """
    least = flavour.objects.transition_least_bytes
    name = flavour.prefix + MINIMUM
    text = request.header(name.encode()) or _ALL_CLASSES
    if text not in {_ALL_CLASSES, _BY_CLASS}:
        raise Fault(Kind.PARAMETER_INVALID, f"{name} is {text[:40]!r}", argument=name, value=text[:100])
    return {True: 0 if text == _BY_CLASS else least, False: least}


MINIMUM = "transition-default-minimum-object-size"
_ALL_CLASSES, _BY_CLASS = "all_storage_classes_128K", "varies_by_storage_class"


def _scope(node: Node, *, scoped: bool) -> Node:
    """The element that holds prefix and tags: one, so that no condition of a rule is overlooked.

    An And of nothing would choose everything, and is refused.
    """
    chosen = node.first("Filter")
    if chosen is None:
        if scoped and node.first("Prefix") is None:
            raise _malformed("a rule must have a Filter, or a Prefix")
        return node
    if scoped and node.first("Prefix") is not None:
        raise _malformed("a rule has a Filter or a Prefix, not both")
    if scoped and len(chosen.children) > 1:
        raise _malformed("a Filter has one condition; several stand in And")
    if node.value("Prefix") or node.all("Tag"):
        raise _malformed("a rule says in a Filter what it is for, or beside it, not both")
    together = chosen.first("And")
    if together is None:
        return chosen
    if len(chosen.children) > 1:
        raise _malformed("a Filter has And, or conditions, not both")
    if not together.children:
        raise _malformed("an And has conditions")
    return together


def _abort(node: Node) -> tuple[int | None, float | None]:
    """After how many days uploads are aborted, or before which time they were started; clouds name it differently."""
    found = [one for name in _ABORTS for one in node.all(name)]
    if not found:
        return None, None
    days, before = found[0].value("DaysAfterInitiation") or found[0].value("Days"), found[0].value("CreatedBeforeDate")
    if len(found) > 1 or bool(days) == bool(before):
        raise _malformed(f"a rule has one {found[0].name}, with a number of days or a date")
    return (
        number_of(days, "DaysAfterInitiation", 1) if days else None,
        _date(before, "CreatedBeforeDate") if before else None,
    )


_ABORTS = ("AbortIncompleteMultipartUpload", "AbortMultipartUpload", "AbortInCompleteMultipartUpload")


def _expiry(node: Node | None) -> tuple[int | None, float | None, float | None]:
    """Days from the last change; a time before which objects were changed; a time from which all of them go."""
    if node is None:
        return None, None, None
    days, date, before = (node.value(name) for name in ("Days", "Date", "CreatedBeforeDate"))
    if len([one for one in (days, date, before) if one]) != 1:
        raise _malformed("an Expiration has days or a date, and one of them")
    return (
        number_of(days, "Days", 1) if days else None,
        _date(before, "CreatedBeforeDate") if before else None,
        _date(date, "Date") if date else None,
    )


_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)
"""A day, or a time of it; Python reads more forms than a cloud does (s3-tests, test_lifecycle_set_invalid_date)."""


def _date(text: str, name: str) -> float:
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)  # noqa: TRY301 - the same refusal as for a day that is none
        when = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise _malformed(f"the date {text[:40]!r} is not one such as 2026-01-31T00:00:00.000Z") from error
    seconds = (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).timestamp()
    if seconds % _DAY_SECONDS:
        raise Fault(Kind.PARAMETER_INVALID, f"{name!r} must be at midnight GMT", argument=name, value=text[:40])
    return seconds


def _told(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    settings = settings_of(result)
    rules = settings.lifecycle
    if not rules:
        raise missing("lifecycle")
    content = {"Rule": [place.flavour.documents.lifecycle_rule(rule) for rule in rules]}
    return reply.document(request, place, "LifecycleConfiguration", content, _minimum_head(place, settings))


async def _delete(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    return ops.UpdateBucket(
        right=Right.DELETE_LIFECYCLE,
        bucket=place.existing_bucket(),
        change=lambda settings: replace(settings, lifecycle=()),
    )


PUT = Route(decode=_put, encode=_set, about="set the lifecycle rules: expiry, transition, abort")
GET = Route(decode=stat(Right.READ_LIFECYCLE), encode=_told, about="the lifecycle rules")
DELETE = Route(decode=_delete, encode=done(204), about="remove the lifecycle rules")
