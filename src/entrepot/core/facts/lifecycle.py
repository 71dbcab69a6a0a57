"""What an owner's lifecycle rules say of one object or upload. Pure; must not know who walks over what.

An object may have days of its own, which take the place of the rules. A day is ``day_seconds`` long and counts from the
last change (of an upload: from its start), to the second: nothing is rounded to midnight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter

from entrepot.core.facts.records import Attributes, LifecycleRule, Lock, Object, Transition, Upload
from entrepot.core.value import changed

DAY_SECONDS = 86_400


def outlived(record: Object, now: float, day_seconds: float = DAY_SECONDS) -> bool:
    """Whether the object's own days are over by ``now``."""
    days = record.attributes.expire_days
    return days is not None and record.modified_at + days * day_seconds <= now


def due(rule: LifecycleRule, record: Object, now: float, day_seconds: float) -> bool:
    """Whether the rule has ``record`` removed by ``now``. What is closed to writing stays."""
    if not _covers(rule, record.key, record.attributes.tags) or record.attributes.lock & Lock.WRITE:
        return False
    if rule.expire_days is not None and record.modified_at + rule.expire_days * day_seconds <= now:
        return True
    if rule.expire_from is not None and rule.expire_from <= now:
        return True
    return rule.expire_at is not None and record.modified_at < rule.expire_at <= now


def relabelled(rules: Iterable[LifecycleRule], record: Object, now: float, day_seconds: float) -> Attributes | None:
    """The attributes with the storage class that the rules give by ``now``; None where nothing changes.

    The transition that came last counts, and of several at once that into an archive. What is archived does not come
    out again, and links and what is closed to writing stay as they are.
    """
    attributes = record.attributes
    if attributes.link is not None or attributes.lock & Lock.WRITE:
        return None
    come: list[tuple[float, bool, Transition]] = []
    for rule in rules:
        if not rule.transitions or not _covers(rule, record.key, attributes.tags):
            continue
        for one in rule.transitions:
            at = one.since if one.before is None or one.before <= record.modified_at else one.before
            if one.days is not None:
                at = record.modified_at + one.days * day_seconds
            if at is not None and at <= now and record.size >= one.least_bytes:
                come.append((at, one.archived, one))
    if not come:
        return None
    _at, _archived, last = max(come, key=itemgetter(0, 1))
    if last.storage_class == attributes.storage_class or (attributes.archived and not last.archived):
        return None
    return changed(attributes, storage_class=last.storage_class, archived=last.archived, restored_until=None)


def expiry(rules: Iterable[LifecycleRule], record: Object) -> tuple[float, str] | None:
    """When an object will be removed, and the id of the rule by which, in whole days; None when it will not be.

    An object with days of its own has no rule: they take the place of what the rules say.
    """
    if record.attributes.expire_days is not None:
        return record.modified_at + record.attributes.expire_days * DAY_SECONDS, ""
    found: tuple[float, str] | None = None
    for rule in rules:
        if not _covers(rule, record.key, record.attributes.tags):
            continue
        times = [] if rule.expire_days is None else [record.modified_at + rule.expire_days * DAY_SECONDS]
        times += [] if rule.expire_from is None else [rule.expire_from]
        times += [rule.expire_at] if rule.expire_at is not None and record.modified_at < rule.expire_at else []
        if times and (found is None or min(times) < found[0]):
            found = (min(times), rule.id)
    return found


def abandoned(rule: LifecycleRule, upload: Upload, now: float, day_seconds: float) -> bool:
    """Whether the rule has ``upload``, of either kind, given up by ``now``."""
    if not _covers(rule, upload.key, upload.attributes.tags):
        return False
    if rule.abort_before is not None and upload.started_at < rule.abort_before <= now:
        return True
    return rule.abort_days is not None and upload.started_at + rule.abort_days * day_seconds <= now


def _covers(rule: LifecycleRule, key: str, tags: Mapping[str, str]) -> bool:
    return rule.enabled and key.startswith(rule.prefix) and all(tags.get(k) == v for k, v in rule.tags.items())


def prefixes(rules: Iterable[LifecycleRule], *, of_uploads: bool) -> list[str]:
    """The fewest prefixes under which the rules can find objects, or uploads; none lies under another."""
    kept: list[str] = []
    for rule in sorted(rules, key=lambda rule: rule.prefix):
        expires = (rule.expire_days, rule.expire_at, rule.expire_from) != (None, None, None) or bool(rule.transitions)
        asks = (rule.abort_days, rule.abort_before) != (None, None) if of_uploads else expires
        if rule.enabled and asks and not (kept and rule.prefix.startswith(kept[-1])):
            kept.append(rule.prefix)
    return kept
