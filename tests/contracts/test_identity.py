"""Index: accounts, keys, buckets, domains."""

from __future__ import annotations

import pytest

from contracts.engines import Engine, add_bucket, changed, record
from entrepot.core.facts.records import Acl, BucketSettings, CorsRule, LifecycleRule
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope
from entrepot.core.rights.identity import Account, Key, key_of_account

ONE, TWO = 1250000001, 1250000002


def account(number: int, user_id: str | None = None) -> Account:
    return Account(id=number, user_id=user_id or f"user-{number}", created_at=number / 3)


def key(name: str, of: int = ONE) -> Key:
    return key_of_account(id=name, account=of, secret=b"secret-of-" + name.encode(), created_at=7.25)


async def two_accounts(engine: Engine) -> None:
    await engine.index.write(lambda tx: (tx.add_account(account(TWO)), tx.add_account(account(ONE))))


async def test_accounts_are_listed_by_number(engine: Engine) -> None:
    assert engine.index.refresh().accounts() == []
    await two_accounts(engine)
    assert engine.index.refresh().accounts() == [account(ONE), account(TWO)]
    assert engine.index.now.account(ONE) == account(ONE)
    assert engine.index.now.account(3) is None


@pytest.mark.parametrize("other", [account(ONE, "another"), account(3, f"user-{ONE}"), account(ONE)])
async def test_an_account_number_and_a_user_id_are_taken_once(engine: Engine, other: Account) -> None:
    await two_accounts(engine)
    with pytest.raises(Fault) as caught:
        await engine.index.write(lambda tx: tx.add_account(other))
    assert caught.value.kind is Kind.OBJECT_EXISTS
    assert engine.index.refresh().accounts() == [account(ONE), account(TWO)]


async def test_an_account_goes_only_when_it_has_neither_keys_nor_buckets(engine: Engine) -> None:
    await two_accounts(engine)
    await engine.index.write(lambda tx: tx.add_key(key("k")))
    bucket = await add_bucket(engine.index, account=TWO)
    for number in (ONE, TWO):
        with pytest.raises(Fault) as caught:
            await engine.index.write(lambda tx, n=number: tx.remove_account(n))
        assert caught.value.kind is Kind.BUCKET_NOT_EMPTY
    await engine.index.write(lambda tx: (tx.remove_key("k"), tx.remove_bucket(bucket.id)))
    assert await engine.index.write(lambda tx: tx.remove_account(ONE)) is True
    assert await engine.index.write(lambda tx: tx.remove_account(TWO)) is True
    assert await engine.index.write(lambda tx: tx.remove_account(TWO)) is False
    assert engine.index.refresh().accounts() == []


async def test_keys_come_back_whole_and_by_id(engine: Engine) -> None:
    await two_accounts(engine)
    scope = Scope(account=TWO, bucket="b", prefix="p/ü/")
    rules = (
        Rule(rights=frozenset({Right.READ_OBJECT, Right.PUT_OBJECT}), scope=scope),
        Rule(allow=False, scope=Scope(key="x")),
    )
    narrow = changed(key("narrow", TWO), grant=Grant(clauses=(Clause(rules=rules, expires_at=12.5), Clause(rules=()))))
    for made in (key("b"), narrow, key("a")):
        await engine.index.write(lambda tx, made=made: tx.add_key(made))
    assert engine.index.refresh().keys(None) == [key("a"), key("b"), narrow]
    assert engine.index.now.keys(ONE) == [key("a"), key("b")]
    assert engine.index.now.keys(3) == []
    assert engine.index.now.key("narrow") == narrow
    assert engine.index.now.key("A") is None


async def test_a_key_id_is_taken_once_and_gone_after_its_removal(engine: Engine) -> None:
    await two_accounts(engine)
    await engine.index.write(lambda tx: tx.add_key(key("k")))
    with pytest.raises(Fault) as caught:
        await engine.index.write(lambda tx: tx.add_key(key("k", TWO)))
    assert caught.value.kind is Kind.OBJECT_EXISTS
    assert engine.index.refresh().key("k") == key("k")
    assert await engine.index.write(lambda tx: tx.remove_key("k")) is True
    assert await engine.index.write(lambda tx: tx.remove_key("k")) is False
    assert engine.index.refresh().key("k") is None


async def test_a_removed_key_is_gone_in_every_view(engine: Engine) -> None:
    """Also when the other view had looked it up before, and so might remember it."""
    await two_accounts(engine)
    await engine.index.write(lambda tx: tx.add_key(key("k")))
    other = engine.again()
    try:
        assert other.index.refresh().key("k") == key("k")
        assert other.index.refresh().key("later") is None
        await engine.index.write(lambda tx: (tx.remove_key("k"), tx.add_key(key("later"))))
        assert other.index.refresh().key("k") is None
        assert other.index.refresh().key("later") == key("later")
        assert await other.index.scan(lambda reader: reader.key("k")) is None
    finally:
        other.close()


async def test_buckets_by_name_after_a_name(engine: Engine) -> None:
    await two_accounts(engine)
    made = {name: await add_bucket(engine.index, name, ONE) for name in ("m", "a", "z")}
    foreign = await add_bucket(engine.index, "a", TWO)
    reader = engine.index.refresh()
    assert reader.buckets(ONE, None, 10) == [made["a"], made["m"], made["z"]]
    assert reader.buckets(ONE, None, 2) == [made["a"], made["m"]]
    assert reader.buckets(ONE, "a", 10) == [made["m"], made["z"]]
    assert reader.buckets(ONE, "b", 1) == [made["m"]]
    assert reader.buckets(TWO, None, 10) == [foreign]
    assert [bucket.name for bucket in reader.buckets(None, None, 10)] == ["a", "a", "m", "z"]
    assert len({bucket.id for bucket in reader.buckets(None, None, 10)}) == 4
    assert (reader.bucket(TWO, "a"), reader.bucket(TWO, "m")) == (foreign, None)


async def test_a_bucket_name_is_taken_once_an_account(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    with pytest.raises(Fault) as caught:
        await add_bucket(engine.index)
    assert caught.value.kind is Kind.BUCKET_EXISTS
    assert engine.index.refresh().buckets(None, None, 10) == [bucket]


async def test_new_settings_are_seen_in_every_view(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    other = engine.again()
    try:
        assert other.index.refresh().bucket(bucket.account, "demo") == bucket
        settings = BucketSettings(
            acl=Acl.PUBLIC_READ, protect_downloads=True, referer_allow=("*.a.example",), referer_deny=("b.example",),
            referer_empty=False, domains=("one.example", "two.example"), annotation='{"x": "\N{SNOWMAN}"}',
        )  # fmt: skip
        updated = changed(bucket, settings=settings)
        await engine.index.write(lambda tx: tx.update_bucket(updated))
        for reader in (engine.index.refresh(), other.index.refresh()):
            assert reader.bucket(bucket.account, "demo") == updated
            assert reader.bucket_of_domain("two.example") == updated
            assert reader.bucket_of_domain("three.example") is None
        await engine.index.write(lambda tx: tx.update_bucket(bucket))
        assert other.index.refresh().bucket_of_domain("two.example") is None
        assert other.index.now.bucket(bucket.account, "demo") == bucket
    finally:
        other.close()


async def test_a_domain_belongs_to_one_bucket(engine: Engine) -> None:
    first = await add_bucket(engine.index, "first")
    second = await add_bucket(engine.index, "second")
    taken = BucketSettings(domains=("d.example",))
    await engine.index.write(lambda tx: tx.update_bucket(changed(first, settings=taken)))
    with pytest.raises(Fault) as caught:
        await engine.index.write(lambda tx: tx.update_bucket(changed(second, settings=taken)))
    assert caught.value.kind is Kind.BUCKET_EXISTS
    with pytest.raises(Fault) as caught:
        await engine.index.write(lambda tx: tx.add_bucket(first.account, "third", 1.0, taken))
    assert caught.value.kind is Kind.BUCKET_EXISTS
    reader = engine.index.refresh()
    assert [bucket.name for bucket in reader.buckets(None, None, 9)] == ["first", "second"]
    assert reader.bucket(first.account, "second") == second
    await engine.index.write(lambda tx: tx.remove_bucket(first.id))
    assert engine.index.refresh().bucket_of_domain("d.example") is None
    await engine.index.write(lambda tx: tx.update_bucket(changed(second, settings=taken)))
    found = engine.index.refresh().bucket_of_domain("d.example")
    assert found is not None
    assert found.name == "second"


async def test_a_removed_bucket_is_gone(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    assert engine.index.refresh().bucket(bucket.account, "demo") == bucket
    await engine.index.write(lambda tx: tx.remove_bucket(bucket.id))
    assert engine.index.refresh().bucket(bucket.account, "demo") is None
    assert engine.index.now.buckets(None, None, 9) == []


async def test_a_bucket_number_is_not_given_again(engine: Engine) -> None:
    """What was left under a removed bucket's number must not turn up in the next one."""
    bucket = await add_bucket(engine.index)
    if engine.name != "postgres":  # which would not let it go with something in it
        await engine.index.write(lambda tx: tx.put_object(record(bucket, "left"), bucket.account))
    await engine.index.write(lambda tx: tx.remove_bucket(bucket.id))
    fresh = await add_bucket(engine.index, account=TWO)
    assert fresh.id != bucket.id
    assert engine.index.now.object(fresh.id, "left") is None


async def test_of_buckets_of_one_name_the_first_is_meant(engine: Engine) -> None:
    other = engine.again()
    assert engine.index.refresh().bucket_named("demo") is None
    first = await add_bucket(engine.index, "demo", 1250000003)
    second = await add_bucket(engine.index, "demo", 1250000001)
    await add_bucket(engine.index, "demo", 1250000005)
    await add_bucket(engine.index, "demo2", 1250000001)
    for view in (engine, other):
        assert view.index.refresh().bucket_named("demo") == first
        assert view.index.refresh().bucket_named("dem") is None
    await engine.index.write(lambda tx: tx.remove_bucket(first.id))
    assert other.index.refresh().bucket_named("demo") == second
    other.close()


async def test_rules_of_a_bucket_come_back_whole(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    cors = CorsRule(
        id="a", origins=("https://*.example",), methods=("GET", "PUT"), headers=("*",), expose=("ETag",),
        max_age_seconds=0,
    )  # fmt: skip
    rule = LifecycleRule(
        id="\u00fc", enabled=False, prefix="d/", tags={"k": ""}, expire_days=1, expire_at=5.5, abort_days=7
    )
    settings = BucketSettings(cors=(cors, CorsRule()), lifecycle=(rule, LifecycleRule()))
    updated = changed(bucket, settings=settings)
    await engine.index.write(lambda tx: tx.update_bucket(updated))
    assert engine.index.refresh().bucket(bucket.account, "demo") == updated


async def test_a_name_that_the_account_has_is_said_to_be_its_own(engine: Engine) -> None:
    await add_bucket(engine.index)
    with pytest.raises(Fault) as caught:
        await add_bucket(engine.index)
    assert (caught.value.kind, caught.value.reason) == (Kind.BUCKET_EXISTS, "own")
