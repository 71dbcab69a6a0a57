"""admin/suggestion, front/done: the least policy for what was done, in each language, and no more than that."""

from __future__ import annotations

import json
from typing import Any

import pytest

from entrepot.admin.suggestion import RESOURCES_MAX, Did, did_by_log, prefixes, suggested
from entrepot.core.fault import Fault
from entrepot.core.rights.grant import Access, Right
from entrepot.core.rights.identity import Account, Key, account_grant
from entrepot.core.rules.required import TABLE
from entrepot.dialects.control.policies.languages import LANGUAGES, SPEECHES
from entrepot.dialects.control.policies.statements import grant_of
from entrepot.front.done import done_by
from properties.denials import CASES, furnished

OWNER = Account(id=1250000000, user_id="100000000001", created_at=0.0)
KEY = Key(id="k", account=OWNER.id, secret=b"s", grant=account_grant(OWNER.id), created_at=0.0, user="alice")


def may(made: dict[str, Any], right: Right, bucket: str, key: str | None) -> bool:
    """Whether the policy allows it."""
    language = SPEECHES[made["language"]].language
    grant = grant_of(LANGUAGES[language](json.dumps(made["policy"]), OWNER))
    return grant.permits(Access(right=right, account=OWNER.id, bucket=bucket, key=key, at=0.0))


@pytest.mark.parametrize("language", SPEECHES)
def test_what_was_done_is_allowed_and_other_things_are_not(language: str) -> None:
    did = [
        Did(right=Right.PUT_OBJECT, bucket="demo", key="in/a"),
        Did(right=Right.READ_OBJECT, bucket="demo", key="in/a"),
        Did(right=Right.READ_OBJECT, bucket="demo", key="out/b"),
    ]
    made = suggested(KEY, OWNER, did, language)
    assert all(may(made, one.right, "demo", one.key) for one in did)
    for right, bucket, key in (
        (Right.PUT_OBJECT, "demo", "out/b"), (Right.DELETE_OBJECT, "demo", "in/a"), (Right.READ_OBJECT, "prod", "in/a"),
        (Right.READ_OBJECT, "demo", "in/c"),
    ):  # fmt: skip
        assert not may(made, right, bucket, key)


@pytest.mark.parametrize("language", SPEECHES)
def test_many_keys_become_a_prefix(language: str) -> None:
    did = [Did(right=Right.PUT_OBJECT, bucket="demo", key=f"in/{number}.png") for number in range(50)]
    made = suggested(KEY, OWNER, did, language)
    assert len(json.dumps(made["policy"])) < 300
    assert may(made, Right.PUT_OBJECT, "demo", "in/77.png")
    assert not may(made, Right.PUT_OBJECT, "demo", "out/1.png")


def test_prefixes_cover_and_are_few() -> None:
    for keys in (["a"], ["a/b", "a/c"], [f"a/{n}/{m}" for n in range(9) for m in range(9)], [str(n) for n in range(9)]):
        found = prefixes(keys)
        assert len(found) <= RESOURCES_MAX
        assert all(any(key == one or (one.endswith("*") and key.startswith(one[:-1])) for one in found) for key in keys)
    assert prefixes(["a/b", "a/c"]) == ["a/b", "a/c"]
    assert prefixes([f"a/{n}" for n in range(9)] + ["b"]) == ["a/*", "b"]


def test_the_log_is_read_for_the_key_alone() -> None:
    lines = [
        {"key": "k", "places": ["put-object demo/a", "list-objects demo/in/", "stat-bucket demo", "nonsense x"]},
        {"key": "other", "places": ["put-object demo/b"]},
        {"key": "k", "operations": {"PutObject": 1}},
    ]
    assert did_by_log(lines, KEY) == [
        Did(right=Right.PUT_OBJECT, bucket="demo", key="a"),
        Did(right=Right.LIST_OBJECTS, bucket="demo", key="in/"),
        Did(right=Right.STAT_BUCKET, bucket="demo", key=None),
    ]


def test_nothing_is_suggested_of_nothing() -> None:
    with pytest.raises(Fault, match="nothing is known"):
        suggested(KEY, OWNER, [], None)


@pytest.mark.parametrize("kind", [kind for kind in TABLE if kind.__name__ in {one.__name__ for one in CASES}])
async def test_every_operation_tells_what_it_did(kind: type[Any]) -> None:
    """It must never fail: the request succeeded already."""
    for case in CASES[kind]:
        world = await furnished()
        try:
            op = await case.make(world)
            done = [one.partition(" ")[0] for one in done_by(op)]
        finally:
            await world.stop()
        assert done[0] == op.right.value
        assert set(done) <= set(Right)
