"""core/conditions, core/glob: what holds for which fact, and patterns that cannot be made slow."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.rights.circumstances import Asked, Circumstances, Fact, FactValue
from entrepot.core.rights.conditions import Condition, Operator, address_of, network_of
from entrepot.core.rights.glob import Glob
from entrepot.core.rights.grant import Access, Clause, Grant, Right, Rule, Scope

TEXT = st.text("ab/*?é", max_size=12)


@given(TEXT, TEXT)
def test_a_glob_is_the_regular_expression_that_it_stands_for(pattern: str, text: str) -> None:
    expected = "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern)
    assert Glob(text=pattern).matches(text) == (re.fullmatch(expected, text, re.DOTALL) is not None)


@given(TEXT, TEXT)
def test_a_question_mark_can_stand_for_itself(pattern: str, text: str) -> None:
    expected = "".join(".*" if one == "*" else re.escape(one) for one in pattern)
    assert Glob(text=pattern, single=False).matches(text) == (re.fullmatch(expected, text, re.DOTALL) is not None)


@pytest.mark.parametrize("pattern", ["*a" * 500 + "b", "*?a" * 300 + "b", "a" * 6000 + "?*", "*" * 6000, "?" * 1024])
def test_no_pattern_is_slow(pattern: str) -> None:
    began = time.perf_counter()
    for text in ("a" * 1024, "ab" * 512):
        Glob(text=pattern).matches(text)
    assert time.perf_counter() - began < 0.5


HELD: list[tuple[Condition, FactValue, bool]] = [
    (Condition(fact=Fact.ACL, operator=Operator.EQUAL, texts=("private", "x")), "private", True),
    (Condition(fact=Fact.ACL, operator=Operator.EQUAL, texts=("private", "x")), "Private", False),
    (Condition(fact=Fact.ACL, operator=Operator.EQUAL, texts=("a", "b"), negated=True), "b", False),
    (Condition(fact=Fact.ACL, operator=Operator.EQUAL, texts=("a", "b"), negated=True), "c", True),
    (Condition(fact=Fact.ACL, operator=Operator.EQUAL, texts=("a",), negated=True), None, False),
    (Condition(fact=Fact.ACL, operator=Operator.EQUAL, texts=("a",), missing=True), None, True),
    (Condition(fact=Fact.ACL, operator=Operator.EQUAL_IGNORE_CASE, texts=("STRASSE",)), "straße", True),
    (Condition(fact=Fact.CONTENT_TYPE, operator=Operator.LIKE, texts=("image/*",)), "image/png; q=1", True),
    (Condition(fact=Fact.CONTENT_TYPE, operator=Operator.LIKE, texts=("image/???",)), "image/jpeg", False),
    (Condition(fact=Fact.CONTENT_LENGTH, operator=Operator.LESS_EQUAL, numbers=(10.0,)), 10, True),
    (Condition(fact=Fact.CONTENT_LENGTH, operator=Operator.LESS_EQUAL, numbers=(10.0,)), 11, False),
    (Condition(fact=Fact.CONTENT_LENGTH, operator=Operator.LESS, numbers=(10.0, 20.0)), 15, True),
    (Condition(fact=Fact.CONTENT_LENGTH, operator=Operator.NUMBER_EQUAL, numbers=(10.0,), negated=True), 10, False),
    (Condition(fact=Fact.CONTENT_LENGTH, operator=Operator.GREATER, numbers=(0.0,)), None, False),
    (Condition(fact=Fact.TIME, operator=Operator.GREATER_EQUAL, numbers=(10.0,)), 10.0, True),
    (Condition(fact=Fact.TIME, operator=Operator.LESS, numbers=(10.0,)), 10.0, False),
    (Condition(fact=Fact.SECURE, operator=Operator.BOOL, texts=("true",)), True, True),
    (Condition(fact=Fact.SECURE, operator=Operator.BOOL, texts=("true",)), False, False),
    (Condition(fact=Fact.SECURE, operator=Operator.BOOL, texts=("false",)), None, False),
    (Condition(fact=Fact.SOURCE, operator=Operator.NETWORK, texts=("10.0.0.0/8", "::1")), "10.2.3.4", True),
    (Condition(fact=Fact.SOURCE, operator=Operator.NETWORK, texts=("10.0.0.0/8",)), "::ffff:10.2.3.4", True),
    (Condition(fact=Fact.SOURCE, operator=Operator.NETWORK, texts=("10.0.0.0/8", "::1")), "::1", True),
    (Condition(fact=Fact.SOURCE, operator=Operator.NETWORK, texts=("10.0.0.0/8",)), "11.0.0.1", False),
    (Condition(fact=Fact.SOURCE, operator=Operator.NETWORK, texts=("fe80::/10",)), "fe80::1%eth0", True),
    (Condition(fact=Fact.SOURCE, operator=Operator.NETWORK, texts=("0.0.0.0/0",)), "-", False),
    (Condition(fact=Fact.SOURCE, operator=Operator.NETWORK, texts=("10.0.0.0/8",), negated=True), "11.0.0.1", True),
    (Condition(fact=Fact.ACL, operator=Operator.NULL, texts=("true",)), None, True),
    (Condition(fact=Fact.ACL, operator=Operator.NULL, texts=("true",)), "x", False),
    (Condition(fact=Fact.ACL, operator=Operator.NULL, texts=("false",)), "x", True),
    (Condition(fact=Fact.ACL, operator=Operator.NULL, texts=("false",)), None, False),
]


@pytest.mark.parametrize(("condition", "value", "expected"), HELD)
def test_a_condition_holds_or_not(condition: Condition, value: FactValue, expected: bool) -> None:
    assert condition.holds(value) is expected


@pytest.mark.parametrize("text", ["10.0.0.0/33", "x", "", "10.0.0", "::/129"])
def test_no_network(text: str) -> None:
    assert network_of(text) is None


@pytest.mark.parametrize("text", ["", "-", "10.0.0.256", "host"])
def test_no_address(text: str) -> None:
    assert address_of(text) is None


def _put(length: int | None = None, **more: object) -> Access:
    given = {"right": Right.PUT_OBJECT, "account": 1, "bucket": "b", "key": "k", "at": 0.0, **more}
    return Access(asked=Asked(content_length=length), **given)  # type: ignore[arg-type]


def _length(operator: Operator, *numbers: float, allow: bool = True, negated: bool = False) -> Rule:
    condition = Condition(fact=Fact.CONTENT_LENGTH, operator=operator, numbers=numbers, negated=negated)
    return Rule(allow=allow, conditions=(condition,))


def _grant(*rules: Rule) -> Grant:
    return Grant(clauses=(Clause(rules=rules),))


@pytest.mark.parametrize(
    ("grant", "longest"),
    [
        (_grant(Rule()), None),
        (_grant(_length(Operator.LESS_EQUAL, 10)), 10),
        (_grant(_length(Operator.LESS, 10)), 9),
        (_grant(_length(Operator.LESS, 10.5)), 10),
        (_grant(_length(Operator.LESS_EQUAL, 10, 20)), 20),
        (_grant(_length(Operator.LESS_EQUAL, 10), _length(Operator.NUMBER_EQUAL, 15)), 15),
        (_grant(Rule(), _length(Operator.GREATER, 7, allow=False)), 7),
        (_grant(Rule(), _length(Operator.GREATER_EQUAL, 7, allow=False)), 6),
        (_grant(Rule(), _length(Operator.LESS_EQUAL, 10, allow=False, negated=True)), 10),
        (_grant(_length(Operator.GREATER, 5)), None),
        (_grant(_length(Operator.LESS, 0)), 0),
        (_grant(_length(Operator.LESS_EQUAL, 10)) & _grant(_length(Operator.LESS_EQUAL, 4)), 4),
        (_grant(_length(Operator.LESS_EQUAL, 10), Rule(scope=Scope(key="k"))), None),
        (_grant(_length(Operator.LESS_EQUAL, 10), Rule(scope=Scope(key="other"))), 10),
    ],
)
def test_the_longest_body_that_could_pass(grant: Grant, longest: int | None) -> None:
    assert grant.longest(_put()) == longest
    for length in range(30):
        assert not grant.permits(_put(length)) or longest is None or length <= longest


def test_what_is_not_known_yet_counts_in_the_askers_favour() -> None:
    allow, deny = _length(Operator.LESS, 10), _length(Operator.GREATER, 5, allow=False)
    pending = frozenset({Fact.CONTENT_LENGTH})
    assert _grant(allow, deny).permits(_put(pending=pending))
    assert not _grant(allow, deny).permits(_put())
    assert not _grant(allow, deny).permits(_put(7, pending=pending))


def test_facts_around_a_request() -> None:
    here = Condition(fact=Fact.SOURCE, operator=Operator.NETWORK, texts=("10.0.0.0/8",))
    grant = _grant(Rule(conditions=(here,)))
    assert grant.conditional
    assert not _grant(Rule()).conditional
    assert grant.permits(_put(around=Circumstances(source="10.1.1.1")))
    assert not grant.permits(_put(around=Circumstances(source="9.1.1.1")))
    assert not grant.permits(_put())


@pytest.mark.parametrize(
    ("scope", "bucket", "key", "covered"),
    [
        (Scope(key_glob=Glob(text="a/*.png")), "b", "a/x/y.png", True),
        (Scope(key_glob=Glob(text="a/*.png")), "b", "a/x/y.jpg", False),
        (Scope(key_glob=Glob(text="")), "b", None, True),
        (Scope(key_glob=Glob(text="")), "b", "x", False),
        (Scope(bucket_glob=Glob(text="b*")), "bc", "x", True),
        (Scope(bucket_glob=Glob(text="b*")), None, None, False),
        (Scope(name_glob=Glob(text="b*")), "b", None, True),
        (Scope(name_glob=Glob(text="b*")), "b", "x", True),
        (Scope(name_glob=Glob(text="b/*")), "b", None, False),
        (Scope(name_glob=Glob(text="b-1/*"), numbered=True), "b", None, True),
        (Scope(name_glob=Glob(text="b-1/*"), numbered=True), "b", "k", True),
        (Scope(name_glob=Glob(text="b-2*"), numbered=True), "b", "k", False),
        (Scope(name_glob=Glob(text="*")), None, None, False),
    ],
)
def test_patterns_of_a_scope(scope: Scope, bucket: str | None, key: str | None, covered: bool) -> None:
    assert scope.covers(Access(right=Right.PUT_OBJECT, account=1, bucket=bucket, key=key, at=0.0)) is covered


def test_a_rule_leaves_out_what_it_excepts() -> None:
    rule = Rule(excepts=(Scope(key="k"), Scope(prefix="p/")))
    for key, matched in (("k", False), ("p/x", False), ("q", True)):
        assert rule.matches(_put(key=key)) is matched


def test_a_copy_needs_the_right_to_store_or_that_to_copy() -> None:
    copy = _put(right=Right.COPY_INTO)
    put = Rule(rights=frozenset({Right.PUT_OBJECT}))
    assert _grant(put).permits(copy)
    assert _grant(Rule(rights=frozenset({Right.COPY_INTO}))).permits(copy)
    assert not _grant(put, Rule(allow=False, rights=frozenset({Right.COPY_INTO}))).permits(copy)
    assert not _grant(Rule(rights=frozenset({Right.COPY_INTO}))).permits(_put())
    move = _put(right=Right.MOVE_OBJECT)
    both = frozenset({Right.READ_OBJECT, Right.DELETE_OBJECT})
    assert _grant(Rule(rights=both)).permits(move)
    assert not _grant(Rule(rights=both - {Right.READ_OBJECT})).permits(move)
