"""Index: sub-users, policies, and what becomes of their keys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.engines import Engine
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.circumstances import Fact
from entrepot.core.rights.conditions import Condition, Operator
from entrepot.core.rights.glob import Glob
from entrepot.core.rights.grant import Access, Clause, Grant, Right, Rule, Scope
from entrepot.core.rights.identity import Account, Key, Policy, User, key_of_account
from entrepot.core.rules import users

ONE, TWO = 1250000001, 1250000002
RULES = (
    Rule(
        rights=frozenset({Right.PUT_OBJECT}),
        scope=Scope(account=ONE, bucket="b", key_glob=Glob(text="a*b", single=False)),
        excepts=(Scope(prefix="ä"),),
        conditions=(
            Condition(fact=Fact.CONTENT_LENGTH, operator=Operator.LESS, numbers=(10.5,), missing=True),
            Condition(fact=Fact.SOURCE, operator=Operator.NETWORK, texts=("10.0.0.0/8", "::1"), negated=True),
        ),
    ),
    Rule(allow=False, scope=Scope(name_glob=Glob(text="b-*"), numbered=True)),
)


def user(name: str, of: int = ONE, *policies: str) -> User:
    return User(account=of, name=name, user_id=f"{of}{name}", created_at=1.5, policies=policies)


def policy(name: str, *rules: Rule, of: int = ONE) -> Policy:
    return Policy(account=of, name=name, language="x", text=f'{{"{name}": "é"}}', rules=rules, changed_at=2.5)


async def prepared(engine: Engine) -> None:
    for number in (ONE, TWO):
        await engine.index.write(
            lambda tx, n=number: tx.add_account(Account(id=n, user_id=f"owner-{n}", created_at=0.0))
        )


async def refused(engine: Engine, kind: Kind, change: object) -> None:
    with pytest.raises(Fault) as caught:
        await engine.index.write(change)  # type: ignore[arg-type]
    assert caught.value.kind is kind


async def test_users_and_policies_come_back_whole(engine: Engine) -> None:
    await prepared(engine)
    assert engine.index.refresh().users(None) == []
    made = (user("b"), user("a", ONE, "p", "q"), user("a", TWO))
    for one in made:
        await engine.index.write(lambda tx, one=one: tx.put_user(one))
    await engine.index.write(lambda tx: tx.put_policy(policy("p", *RULES)))
    await engine.index.write(lambda tx: tx.put_policy(policy("p", of=TWO)))
    reader = engine.index.refresh()
    assert reader.users(None) == [made[1], made[0], made[2]]
    assert reader.users(TWO) == [made[2]]
    assert reader.user(ONE, "a") == made[1]
    assert reader.user(TWO, "b") is None
    assert reader.policies(ONE) == [policy("p", *RULES)]
    assert len(reader.policies(None)) == 2
    assert reader.policy(ONE, "p") == policy("p", *RULES)
    assert reader.policy(ONE, "q") is None


async def test_they_are_replaced_and_removed(engine: Engine) -> None:
    await prepared(engine)
    await engine.index.write(lambda tx: (tx.put_user(user("a")), tx.put_policy(policy("p"))))
    await engine.index.write(lambda tx: (tx.put_user(user("a", ONE, "p")), tx.put_policy(policy("p", *RULES))))
    reader = engine.index.refresh()
    assert reader.users(ONE) == [user("a", ONE, "p")]
    assert reader.policies(ONE) == [policy("p", *RULES)]
    assert await engine.index.write(lambda tx: (tx.remove_user(ONE, "a"), tx.remove_policy(ONE, "p"))) == (True, True)
    assert await engine.index.write(lambda tx: (tx.remove_user(ONE, "a"), tx.remove_policy(ONE, "p"))) == (False, False)
    assert engine.index.refresh().users(ONE) == []


async def test_they_go_with_their_account(engine: Engine) -> None:
    await prepared(engine)
    for number in (ONE, TWO):
        await engine.index.write(lambda tx, n=number: (tx.put_user(user("a", n)), tx.put_policy(policy("p", of=n))))
    await engine.index.write(lambda tx: tx.remove_account(ONE))
    reader = engine.index.refresh()
    assert [one.account for one in reader.users(None)] == [TWO]
    assert [one.account for one in reader.policies(None)] == [TWO]


def key_of_user(name: str, of: str | None) -> Key:
    made = key_of_account(id=name, account=ONE, secret=b"s", created_at=0.0)
    return made if of is None else replace(made, user=of, grant=Grant(clauses=(Clause(rules=()),)))


def may(reader: Reader, key_id: str, key: str = "x") -> bool:
    found = reader.key(key_id)
    assert found is not None
    return found.grant.permits(Access(right=Right.PUT_OBJECT, account=ONE, bucket="b", key=key, at=0.0))


ALLOW = Rule(scope=Scope(account=ONE, bucket="b"))
DENY = Rule(allow=False, scope=Scope(account=ONE, key="no"))


async def test_keys_follow_the_policies_of_their_user_in_every_view(engine: Engine) -> None:
    await prepared(engine)
    index = engine.index
    other = engine.again()
    try:
        await index.write(lambda tx: users.create(tx, ONE, "u", "7", 1.0))
        await index.write(lambda tx: users.create(tx, ONE, "v", "8", 1.0))
        for name, of in (("k1", "u"), ("k2", "u"), ("kv", "v"), ("root", None)):
            await index.write(lambda tx, name=name, of=of: tx.add_key(key_of_user(name, of)))
        assert index.refresh().key("k1") == key_of_user("k1", "u")
        await index.write(lambda tx: users.store_policy(tx, policy("allow", ALLOW)))
        await index.write(lambda tx: users.store_policy(tx, policy("deny", DENY)))
        assert not may(other.index.refresh(), "k1")
        await index.write(lambda tx: users.attach(tx, ONE, "u", "allow"))
        reader = other.index.refresh()
        assert [may(reader, name) for name in ("k1", "k2", "kv", "root")] == [True, True, False, True]
        await index.write(lambda tx: users.attach(tx, ONE, "u", "deny"))
        assert not may(other.index.refresh(), "k1", "no")
        assert may(other.index.now, "k1", "yes")
        await index.write(lambda tx: users.store_policy(tx, policy("allow", DENY)))
        assert not may(other.index.refresh(), "k2")
        await index.write(lambda tx: users.store_policy(tx, policy("allow", ALLOW)))
        await index.write(lambda tx: users.detach(tx, ONE, "u", "deny"))
        assert may(other.index.refresh(), "k2", "no")
        await index.write(lambda tx: users.detach(tx, ONE, "u", "allow"))
        assert not may(other.index.refresh(), "k1")
        assert may(other.index.now, "root")
    finally:
        other.close()


async def test_what_is_in_use_stays(engine: Engine) -> None:
    await prepared(engine)
    write = engine.index.write
    await write(lambda tx: users.create(tx, ONE, "u", "7", 1.0))
    await write(lambda tx: users.store_policy(tx, policy("p", ALLOW)))
    await write(lambda tx: users.attach(tx, ONE, "u", "p"))
    await write(lambda tx: tx.add_key(key_of_user("k", "u")))
    await refused(engine, Kind.BUCKET_NOT_EMPTY, lambda tx: users.delete_policy(tx, ONE, "p"))
    await refused(engine, Kind.BUCKET_NOT_EMPTY, lambda tx: users.delete(tx, ONE, "u"))
    await write(lambda tx: (tx.remove_key("k"), users.delete(tx, ONE, "u"), users.delete_policy(tx, ONE, "p")))
    assert engine.index.refresh().policies(None) == []


async def test_what_cannot_be(engine: Engine) -> None:
    await prepared(engine)
    await engine.index.write(lambda tx: users.create(tx, ONE, "u", "7", 1.0))
    await refused(engine, Kind.OBJECT_EXISTS, lambda tx: users.create(tx, ONE, "u", "8", 1.0))
    await refused(engine, Kind.OBJECT_EXISTS, lambda tx: users.create(tx, ONE, "v", "7", 1.0))
    await refused(engine, Kind.OBJECT_EXISTS, lambda tx: users.create(tx, ONE, "v", f"owner-{TWO}", 1.0))
    await refused(engine, Kind.OBJECT_MISSING, lambda tx: users.create(tx, 3, "v", "9", 1.0))
    await refused(engine, Kind.NAME_INVALID, lambda tx: users.create(tx, ONE, "a b", "9", 1.0))
    await refused(engine, Kind.NAME_INVALID, lambda tx: users.store_policy(tx, policy("-x")))
    await refused(engine, Kind.OBJECT_MISSING, lambda tx: users.store_policy(tx, policy("x", of=3)))
    await refused(engine, Kind.OBJECT_MISSING, lambda tx: users.attach(tx, ONE, "u", "none"))
    await refused(engine, Kind.OBJECT_MISSING, lambda tx: users.attach(tx, TWO, "u", "none"))
    await refused(engine, Kind.OBJECT_MISSING, lambda tx: users.detach(tx, ONE, "u", "none"))
    await refused(engine, Kind.OBJECT_MISSING, lambda tx: users.delete(tx, ONE, "v"))
    for number in range(users.POLICIES_MAX + 1):
        await engine.index.write(lambda tx, n=number: users.store_policy(tx, policy(f"p{n}", ALLOW)))
    for number in range(users.POLICIES_MAX):
        await engine.index.write(lambda tx, n=number: users.attach(tx, ONE, "u", f"p{n}"))
    await refused(engine, Kind.PARAMETER_INVALID, lambda tx: users.attach(tx, ONE, "u", f"p{users.POLICIES_MAX}"))
