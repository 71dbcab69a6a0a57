"""core/lifecycle: what a rule says of one object or upload, at the very second."""

from __future__ import annotations

from typing import Any

import pytest

from entrepot.core.facts.lifecycle import abandoned, due, prefixes, relabelled
from entrepot.core.facts.records import Attributes, LifecycleRule, Lock, Object, Transition, Upload

DAY = 86400.0
AT = 1_700_000_000.0


def stored(key: str = "logs/a", **attributes: Any) -> Object:
    """An object that was changed at AT, a day after it was made."""
    return Object(
        bucket=1, key=key, size=0, segments=(), crc64=0, sha1=None, md5=None, part_bytes=0,
        created_at=AT - DAY, modified_at=AT, attributes=Attributes(**attributes), stored_by=None,
    )  # fmt: skip


def started(key: str = "logs/a", part_bytes: int = 0, **attributes: Any) -> Upload:
    """An upload that was started at AT."""
    return Upload(
        id="u", bucket=1, key=key, size=0, part_bytes=part_bytes, sha1=None, attributes=Attributes(**attributes),
        replace="always", started_at=AT, started_by=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        (LifecycleRule(expire_days=1), AT + DAY - 0.001, AT + DAY),
        (LifecycleRule(expire_days=30), AT + 30 * DAY - 0.001, AT + 30 * DAY),
        (LifecycleRule(expire_days=0), AT - 0.001, AT),
        (LifecycleRule(expire_at=AT + 5), AT + 4.999, AT + 5),
        (LifecycleRule(expire_days=9, expire_at=AT + 5), AT + 4.999, AT + 5),
        (LifecycleRule(expire_days=1, expire_at=AT + 2 * DAY), AT + DAY - 0.001, AT + DAY),
    ],
)
def test_an_object_is_due_from_a_moment_on(rule: LifecycleRule, before: float, after: float) -> None:
    assert not due(rule, stored(), before, DAY)
    assert due(rule, stored(), after, DAY)
    assert due(rule, stored(), after + 1e6, DAY)


def test_a_date_takes_only_what_was_changed_before_it() -> None:
    assert not due(LifecycleRule(expire_at=AT), stored(), AT + DAY, DAY)
    assert due(LifecycleRule(expire_at=AT + 0.001), stored(), AT + DAY, DAY)


def test_a_date_of_s3_takes_everything_from_then_on() -> None:
    """AWS "Lifecycle configuration elements": on the date all objects go, and after it whatever is stored later."""
    rule = LifecycleRule(expire_from=AT - DAY)
    assert due(rule, stored(), AT, DAY)
    assert not due(LifecycleRule(expire_from=AT + DAY), stored(), AT + DAY - 0.001, DAY)


WARM = Transition(storage_class="warm", days=1)
COLD = Transition(storage_class="cold", archived=True, days=3)


@pytest.mark.parametrize(
    ("now", "attributes", "label"),
    [
        (AT + DAY - 0.001, {}, None),
        (AT + DAY, {}, "warm"),
        (AT + 3 * DAY, {}, "cold"),
        (AT + 9 * DAY, {"storage_class": "cold", "archived": True, "restored_until": AT}, None),
        (AT + DAY, {"storage_class": "colder", "archived": True}, None),
        (AT + DAY, {"storage_class": "warm"}, None),
        (AT + 3 * DAY, {"storage_class": "warm", "lock": Lock.WRITE}, None),
        (AT + 3 * DAY, {"link": "logs/b"}, None),
    ],
)
def test_the_storage_class_of_an_age(now: float, attributes: dict[str, Any], label: str | None) -> None:
    found = relabelled([LifecycleRule(transitions=(COLD, WARM))], stored(**attributes), now, DAY)
    assert (None if found is None else (found.storage_class, found.archived, found.restored_until)) == (
        None if label is None else (label, label == "cold", None)
    )


@pytest.mark.parametrize(
    ("one", "label"),
    [
        (Transition(storage_class="x", since=AT), "x"),
        (Transition(storage_class="x", since=AT + 1), None),
        (Transition(storage_class="x", before=AT), None),
        (Transition(storage_class="x", before=AT - 1), None),
        (Transition(storage_class="x", days=0), "x"),
        (Transition(storage_class="x", days=0, least_bytes=1), None),
    ],
)
def test_transitions_of_other_kinds(one: Transition, label: str | None) -> None:
    found = relabelled([LifecycleRule(transitions=(one,))], stored(), AT, DAY)
    assert (None if found is None else found.storage_class) == label
    assert relabelled([LifecycleRule(transitions=(one,), prefix="other/")], stored(), AT, DAY) is None
    assert relabelled([LifecycleRule(transitions=(one,), enabled=False)], stored(), AT, DAY) is None


def test_a_day_may_be_shorter() -> None:
    rule = LifecycleRule(expire_days=3, abort_days=2)
    assert not due(rule, stored(), AT + 29, 10.0)
    assert due(rule, stored(), AT + 30, 10.0)
    assert not abandoned(rule, started(), AT + 19, 10.0)
    assert abandoned(rule, started(), AT + 20, 10.0)


@pytest.mark.parametrize(
    "rule",
    [
        LifecycleRule(),
        LifecycleRule(abort_days=0),
        LifecycleRule(enabled=False, expire_days=0),
        LifecycleRule(prefix="log/", expire_days=0),
        LifecycleRule(prefix="logs/ab", expire_days=0),
        LifecycleRule(tags={"a": "2"}, expire_days=0),
        LifecycleRule(tags={"a": "1", "b": "1"}, expire_days=0),
        LifecycleRule(tags={"c": ""}, expire_days=0),
    ],
)
def test_what_a_rule_does_not_speak_of_stays(rule: LifecycleRule) -> None:
    assert not due(rule, stored(tags={"a": "1"}), AT + 1e9, DAY)


@pytest.mark.parametrize("prefix", ["", "l", "logs/", "logs/a"])
def test_prefixes_and_all_tags_of_a_rule(prefix: str) -> None:
    rule = LifecycleRule(prefix=prefix, tags={"a": "1", "b": "2"}, expire_days=1)
    assert due(rule, stored(tags={"a": "1", "b": "2", "c": "3"}), AT + DAY, DAY)


def test_what_is_closed_to_writing_stays() -> None:
    rule = LifecycleRule(expire_days=1)
    assert not due(rule, stored(lock=Lock.WRITE), AT + 9 * DAY, DAY)
    assert not due(rule, stored(lock=Lock.WRITE | Lock.READ), AT + 9 * DAY, DAY)
    assert due(rule, stored(lock=Lock.READ), AT + 9 * DAY, DAY)


@pytest.mark.parametrize("part_bytes", [0, 1 << 20])
def test_uploads_of_both_kinds_are_abandoned(part_bytes: int) -> None:
    rule = LifecycleRule(prefix="logs/", tags={"a": "1"}, abort_days=7)
    assert abandoned(rule, started(part_bytes=part_bytes, tags={"a": "1"}), AT + 7 * DAY, DAY)
    assert not abandoned(rule, started(part_bytes=part_bytes, tags={"a": "1"}), AT + 7 * DAY - 0.001, DAY)
    assert not abandoned(rule, started(part_bytes=part_bytes), AT + 7 * DAY, DAY)
    assert not abandoned(rule, started("other/a", tags={"a": "1"}), AT + 7 * DAY, DAY)


def test_uploads_started_before_a_date_are_abandoned_once_it_has_come() -> None:
    rule = LifecycleRule(abort_before=AT + DAY)
    assert not abandoned(rule, started(), AT + DAY - 0.001, DAY)
    assert abandoned(rule, started(), AT + DAY, DAY)
    assert not abandoned(LifecycleRule(abort_before=AT), started(), AT + 9 * DAY, DAY)
    assert prefixes([LifecycleRule(prefix="a/", abort_before=AT)], of_uploads=True) == ["a/"]


@pytest.mark.parametrize("rule", [LifecycleRule(expire_days=0), LifecycleRule(enabled=False, abort_days=0)])
def test_other_uploads_stay(rule: LifecycleRule) -> None:
    assert not abandoned(rule, started(), AT + 1e9, DAY)


def test_prefixes_are_walked_once() -> None:
    rules = [
        LifecycleRule(prefix="b/c/", expire_days=1),
        LifecycleRule(prefix="a", expire_at=1.0),
        LifecycleRule(prefix="b/", expire_days=0),
        LifecycleRule(prefix="c/", abort_days=1),
        LifecycleRule(prefix="c/d/", abort_days=1, expire_days=1),
        LifecycleRule(prefix="", enabled=False, expire_days=1, abort_days=1),
        LifecycleRule(prefix=""),
        LifecycleRule(prefix="b/c", expire_days=1),
        LifecycleRule(prefix="b", abort_days=1),
    ]
    assert prefixes(rules, of_uploads=False) == ["a", "b/", "c/d/"]
    assert prefixes(rules, of_uploads=True) == ["b", "c/"]
    assert prefixes([*rules, LifecycleRule(expire_days=1)], of_uploads=False) == [""]
    assert prefixes([], of_uploads=True) == []
