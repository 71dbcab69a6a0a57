"""The law of grants: joining two can only narrow; deny over allow over nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contracts.engines import changed
from entrepot.adapters import rows
from entrepot.core.rights.circumstances import Asked, Fact
from entrepot.core.rights.conditions import Condition, Operator
from entrepot.core.rights.glob import Glob
from entrepot.core.rights.grant import (
    EVERY_RIGHT,
    INCLUDED,
    Access,
    Clause,
    Grant,
    Part,
    Right,
    Rule,
    Scope,
    Silence,
    account_grant,
)

RIGHTS = st.sampled_from(list(Right))
PATHS = st.sampled_from(["", "a", "a/", "a/b", "a/b/", "ab", "b", "\U0001f600", "a/\ue000"])
ACCOUNTS, BUCKETS, TIMES = st.sampled_from([1, 2]), st.sampled_from(["x", "y"]), st.sampled_from([0.0, 9.5, 10.0, 10.5])

LENGTHS = st.none() | st.sampled_from([0, 9, 10, 11])
accesses = st.builds(
    Access, right=RIGHTS, account=ACCOUNTS, bucket=st.none() | BUCKETS, key=st.none() | PATHS, at=TIMES,
    asked=st.builds(Asked, content_length=LENGTHS, acl=st.none() | st.just("private")),
    pending=st.sampled_from([frozenset(), frozenset({Fact.CONTENT_LENGTH})]),
)  # fmt: skip
globs = st.none() | st.builds(Glob, text=st.text("ab/*?xy", max_size=4), single=st.booleans())
scopes = st.builds(
    Scope, account=st.none() | ACCOUNTS, bucket=st.none() | BUCKETS, prefix=st.none() | PATHS, key=st.none() | PATHS,
    bucket_glob=globs, key_glob=globs, name_glob=globs, numbered=st.booleans(),
)  # fmt: skip
conditions = st.builds(
    Condition, fact=st.just(Fact.CONTENT_LENGTH), operator=st.sampled_from([Operator.LESS, Operator.GREATER_EQUAL]),
    numbers=st.just((10.0,)), negated=st.booleans(), missing=st.booleans(),
) | st.builds(
    Condition, fact=st.just(Fact.ACL), operator=st.sampled_from([Operator.EQUAL, Operator.NULL]),
    texts=st.sampled_from([("private",), ("true",), ("false",)]), negated=st.booleans(), missing=st.booleans(),
)  # fmt: skip
rules = st.builds(
    Rule, allow=st.sampled_from([True, True, False]), rights=st.just(EVERY_RIGHT) | st.frozensets(RIGHTS), scope=scopes,
    excepts=st.just(()) | st.lists(scopes, max_size=2).map(tuple),
    conditions=st.just(()) | st.lists(conditions, max_size=2).map(tuple),
)  # fmt: skip
clauses = st.builds(Clause, rules=st.lists(rules, max_size=4).map(tuple), expires_at=st.none() | TIMES)
grants = st.builds(Grant, clauses=st.lists(clauses, max_size=3).map(tuple))


@given(grants, grants, accesses)
def test_both_permit_what_each_permits(a: Grant, b: Grant, x: Access) -> None:
    assert (a & b).permits(x) == (a.permits(x) and b.permits(x))


@given(grants, grants, grants, accesses)
def test_joining_is_associative_commutative_and_idempotent(a: Grant, b: Grant, c: Grant, x: Access) -> None:
    assert ((a & b) & c).permits(x) == (a & (b & c)).permits(x)
    assert (a & b).permits(x) == (b & a).permits(x)
    assert (a & a).permits(x) == a.permits(x)
    assert (a & Grant()).permits(x) == a.permits(x)


@given(clauses, rules, st.integers(0, 4), accesses)
def test_deny_over_allow(clause: Clause, rule: Rule, at: int, x: Access) -> None:
    """One more denial takes away what it speaks of and nothing else, wherever it stands."""
    denial = changed(rule, allow=False)
    narrowed = changed(clause, rules=(*clause.rules[:at], denial, *clause.rules[at:]))
    assert narrowed.permits(x) == (clause.permits(x) and not denial.matches(x))


@given(clauses, rules, accesses)
def test_one_more_allowance_never_takes_away(clause: Clause, rule: Rule, x: Access) -> None:
    widened = changed(clause, rules=(*clause.rules, changed(rule, allow=True)))
    assert widened.permits(x) >= clause.permits(x)


@given(clauses, accesses)
def test_nothing_is_permitted_without_a_rule_that_speaks_of_it(clause: Clause, x: Access) -> None:
    if clause.permits(x):
        assert any(rule.allow and rule.matches(x) for rule in clause.rules)
    assert not Clause(rules=()).permits(x)


@given(clauses, accesses)
def test_time_only_takes_away(clause: Clause, x: Access) -> None:
    late = changed(x, at=x.at + 100.0)
    assert clause.permits(late) <= clause.permits(x)
    if clause.expires_at is not None:
        assert not clause.permits(late)


@given(scopes, accesses)
def test_a_scope_covers_by_each_of_its_fields(scope: Scope, x: Access) -> None:
    expected = (
        scope.account in {None, x.account}
        and scope.bucket in {None, x.bucket}
        and scope.key in {None, x.key}
        and (scope.prefix is None or (x.key is not None and x.key[: len(scope.prefix)] == scope.prefix))
        and (scope.key_glob is None or scope.key_glob.matches(x.key or ""))
        and (scope.bucket_glob is None or scope.bucket_glob.matches(x.bucket or ""))
        and (scope.name_glob is None or (x.bucket is not None and scope.name_glob.matches(_name(scope, x))))
    )
    assert scope.covers(x) == expected


def _name(scope: Scope, x: Access) -> str:
    if scope.numbered:
        return f"{x.bucket}-{x.account}/" + (x.key or "")
    return str(x.bucket) + ("" if x.key is None else "/" + x.key)


@given(rules, accesses)
def test_a_rule_speaks_of_what_goes_with_its_rights(rule: Rule, x: Access) -> None:
    """A copy stores bytes; a move reads and deletes. To deny one of the steps denies the whole."""
    steps = INCLUDED.get(x.right)
    if steps is None or x.right in rule.rights:
        return
    spoken = [changed(rule, rights=rule.rights | {x.right}).matches(x) and step in rule.rights for step in steps]
    assert rule.matches(x) == (all(spoken) if rule.allow else any(spoken))


@given(ACCOUNTS, accesses)
def test_the_grant_of_an_account(account: int, x: Access) -> None:
    assert account_grant(account).permits(x) == (x.account == account)


@given(grants)
def test_a_grant_is_stored_and_read_back(grant: Grant) -> None:
    assert rows.grant_of(rows.grant_text(grant)) == grant


@given(rules, accesses)
def test_what_a_rule_misses_is_what_keeps_it_from_speaking(rule: Rule, x: Access) -> None:
    misses = rule.misses(x)
    assert (not misses) == rule.matches(x)
    assert misses[:1] == [miss for miss in [rule.miss(x)] if miss is not None]
    met = [condition for condition in rule.conditions if condition not in misses]
    rest = changed(
        rule,
        rights=EVERY_RIGHT if Part.RIGHT in misses else rule.rights,
        scope=Scope() if Part.SCOPE in misses else rule.scope,
        excepts=() if Part.EXCEPTED in misses else rule.excepts,
        conditions=tuple(met),
    )
    assert rest.matches(x)


@given(clauses, accesses)
def test_a_refusal_is_the_decision(clause: Clause, x: Access) -> None:
    """What is told of a refusal is what made it."""
    why = clause.refusal(x)
    spoken = [rule for rule in clause.rules if rule.matches(x)]
    over = clause.expires_at is not None and x.at > clause.expires_at
    if isinstance(why, Rule):
        assert why in spoken
        assert not why.allow
    elif why is Silence.OVER:
        assert over
    elif why is Silence.UNSPOKEN:
        assert spoken == []
        assert not over
    else:
        assert spoken
        assert all(rule.allow for rule in spoken)


@given(clauses, accesses, st.text(max_size=4))
def test_a_place_decides_nothing(clause: Clause, x: Access, place: str) -> None:
    placed = changed(clause, rules=tuple(changed(rule, place=place) for rule in clause.rules))
    assert placed.permits(x) == clause.permits(x)
    assert rows.grant_of(rows.grant_text(Grant(clauses=(placed,)))).clauses == (placed,)
