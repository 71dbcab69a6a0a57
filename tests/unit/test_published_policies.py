"""Policies that vendors and well-known projects publish: each is taken, or refused with the place that is why.

The table (``tests/vectors/policies/published.json``) has the facts of each: actions, resources, conditions, in our own
account's names, with what it must allow and refuse. ``notes`` is how many things of it match nothing here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from entrepot.admin.decisions import Question, accesses_of
from entrepot.admin.policies import compiled, notes
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.circumstances import Asked, Circumstances
from entrepot.core.rights.grant import Clause, Grant
from entrepot.core.rights.holders import filled
from entrepot.core.rights.identity import Account, User
from entrepot.dialects.control.policies.languages import LANGUAGES

PUBLISHED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "policies" / "published.json").read_text(encoding="utf-8")
)
OWNER = Account(id=1250000000, user_id="100000000001", created_at=1.0)
ALICE = User(account=OWNER.id, name="alice", user_id="7001", created_at=1.0)
AT = 1_800_000_000.0
_AROUND = ("source", "secure", "referer", "user_agent")


def permits(grant: Grant, action: str, resource: str, facts: dict[str, Any]) -> bool:
    """Whether a grant allows all that an action is."""
    around = Circumstances(**{name: value for name, value in facts.items() if name in _AROUND})
    asked = Asked(**{name: value for name, value in facts.items() if name not in _AROUND})
    question = Question(action=action, resource=resource, at=AT, around=around, asked=asked)
    return all(grant.permits(access) for access in accesses_of(OWNER, question))


def test_there_are_enough() -> None:
    assert len(PUBLISHED) >= 60
    names = [(one["language"], one["id"]) for one in PUBLISHED]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("one", PUBLISHED, ids=lambda one: f"{one['language']}: {one['id']}")
def test_it_is_taken_as_meant_or_refused_with_its_place(one: dict[str, Any]) -> None:
    text = json.dumps(one["policy"])
    if "refused" in one:
        with pytest.raises(Fault) as caught:
            compiled(OWNER, "p", text, one["language"], AT)
        assert caught.value.kind is Kind.PARAMETER_INVALID
        assert caught.value.facts["place"] == one["refused"], caught.value.message
        return
    policy = compiled(OWNER, "p", text, one["language"], AT)
    grant = Grant(clauses=(Clause(rules=filled(policy.rules, ALICE)),))
    for expected, cases in ((True, one["allows"]), (False, one["refuses"])):
        for action, resource, *facts in cases:
            assert permits(grant, action, resource, facts[0] if facts else {}) is expected, (action, resource, facts)
    told = notes(policy, OWNER)
    assert len(told) == one.get("notes", len(told)), told
    assert all(note.lower().startswith("statement[") for note in told), told


def test_both_languages_are_there() -> None:
    assert {one["language"] for one in PUBLISHED} == set(LANGUAGES)
