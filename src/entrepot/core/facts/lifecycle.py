"""What an owner's lifecycle rules say of one object or upload. Pure; must not know who walks over what.

A day is ``day_seconds`` long and counts from the last change (of an upload: from its start), to the second: nothing is
rounded to midnight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from entrepot.core.facts.records import LifecycleRule, Lock, Object, Upload


def due(rule: LifecycleRule, record: Object, now: float, day_seconds: float) -> bool:
    """Whether the rule has ``record`` removed by ``now``. What is closed to writing stays."""
    if not _covers(rule, record.key, record.attributes.tags) or record.attributes.lock & Lock.WRITE:
        return False
    if rule.expire_days is not None and record.modified_at + rule.expire_days * day_seconds <= now:
        return True
    return rule.expire_at is not None and record.modified_at < rule.expire_at <= now


def abandoned(rule: LifecycleRule, upload: Upload, now: float, day_seconds: float) -> bool:
    """Whether the rule has ``upload``, of either kind, given up by ``now``."""
    if rule.abort_days is None or not _covers(rule, upload.key, upload.attributes.tags):
        return False
    return upload.started_at + rule.abort_days * day_seconds <= now


def _covers(rule: LifecycleRule, key: str, tags: Mapping[str, str]) -> bool:
    return rule.enabled and key.startswith(rule.prefix) and all(tags.get(k) == v for k, v in rule.tags.items())


def prefixes(rules: Iterable[LifecycleRule], *, of_uploads: bool) -> list[str]:
    """The fewest prefixes under which the rules can find objects, or uploads; none lies under another."""
    kept: list[str] = []
    for rule in sorted(rules, key=lambda rule: rule.prefix):
        asks = rule.abort_days is not None if of_uploads else (rule.expire_days, rule.expire_at) != (None, None)
        if rule.enabled and asks and not (kept and rule.prefix.startswith(kept[-1])):
            kept.append(rule.prefix)
    return kept
