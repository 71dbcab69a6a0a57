"""rows: grants as they are stored, and as they were stored before lists of rights meant what they say."""

from __future__ import annotations

import json

from entrepot.adapters import rows
from entrepot.core.rights.grant import EVERY_RIGHT, Clause, Grant, Right, Rule, Scope, account_grant

FIRST = [right.value for right in list(Right)[:18]]


def test_an_old_key_that_had_every_right_has_every_right() -> None:
    scope = {"account": 7, "bucket": None, "prefix": None, "key": None}
    old = {"clauses": [{"rules": [{"allow": True, "rights": FIRST, "scope": scope}], "expires_at": None}]}
    assert rows.grant_of(json.dumps(old)) == account_grant(7)


def test_an_old_key_that_had_some_rights_has_those() -> None:
    old = {"clauses": [{"rules": [{"allow": False, "rights": ["put-object"], "scope": {}}], "expires_at": 5.5}]}
    rule = Rule(allow=False, rights=frozenset({Right.PUT_OBJECT}))
    assert rows.grant_of(json.dumps(old)) == Grant(clauses=(Clause(rules=(rule,), expires_at=5.5),))


def test_a_list_of_rights_means_what_it_says() -> None:
    """All rights but one are not all."""
    for missing in (Right.MINT, Right.DELETE_TAGS):
        rule = Rule(rights=EVERY_RIGHT - {missing}, scope=Scope(account=7))
        grant = Grant(clauses=(Clause(rules=(rule,)),))
        assert rows.grant_of(rows.grant_text(grant)) == grant


def test_every_right_is_no_list() -> None:
    """So that a right that is added later belongs to those who had all."""
    text = rows.grant_text(account_grant(7))
    assert "rights" not in text
    assert rows.grant_of(text) == account_grant(7)
