"""Index: minted rights. What is wanted of them, in what order; their uses, withdrawal and end."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from contracts.engines import Engine, add_bucket, changed
from entrepot.core.fault import Fault
from entrepot.core.ports import Transaction
from entrepot.core.rights.audit import Event
from entrepot.core.rights.grant import Clause, Grant, Rule, Scope
from entrepot.core.rights.identity import Account, Key, KeyUse, Limits, Minted, key_of_account
from entrepot.core.rights.ledger import EVERY, Mark, Wanted, mark_of
from entrepot.core.rules.withdrawal import count_named, count_wanted, withdraw, withdraw_wanted

ONE, TWO = 1250000001, 1250000002


def minted(name: str, at: float, *, of: int = ONE, ends: float | None = 100.0, **row: str) -> Key:
    """A right as minting makes it."""
    facts = {"api": "vms:GetResourceUploadUrl", "minter": "m1", "client": "192.0.2.1", "allows": "an upload"} | row
    return Key(
        id=name, account=of, secret=b"secret-of-" + name.encode(), created_at=at, expires_at=ends,
        grant=Grant(clauses=(Clause(rules=(Rule(scope=Scope(account=of, bucket="b")),), expires_at=ends),)),
        token_sha256=b"\x00\xffdigest", minted=Minted(**facts), limits=Limits(max_bytes=5, uses=2),
    )  # fmt: skip


async def with_rights(engine: Engine, *keys: Key) -> None:
    """Two accounts with a long-term key each, and these rights."""

    def change(tx: Transaction) -> None:
        for number in (ONE, TWO):
            tx.add_account(Account(id=number, user_id=f"user-{number}", created_at=1.0))
            tx.add_key(key_of_account(id=f"long-{number}", account=number, secret=b"s", created_at=5.0))
        for key in keys:
            tx.mint_key(key)

    await engine.index.write(change)


async def ids(engine: Engine, wanted: Wanted = EVERY) -> list[str]:
    found = await engine.index.scan(lambda reader: reader.rights(wanted, None, 1000))
    assert await engine.index.scan(lambda reader: reader.count_rights(wanted)) == len(found)
    return [key.id for key in found]


def every_kind() -> Iterator[Key]:
    """Rights of each account, API, minter, place and age, and some that ended."""
    apis = ("vms:GetResourceUploadUrl", "vmsx:Other", "hbr:CreateTempFileUploadUrl")
    places = (("b", "a/b"), ("b", "a/bc/é"), ("", ""))
    minters = ("m1", "m2")
    for number, (api, (bucket, key), minter, of) in enumerate(itertools.product(apis, places, minters, (ONE, TWO))):
        yield minted(
            f"r{number:02d}", 10.0 + number // 3, of=of, ends=(None, 15.0, 100.0)[number % 3],
            api=api, minter=minter, bucket=bucket, key=key,
        )  # fmt: skip


WANTED = [
    EVERY,
    Wanted(account=TWO),
    Wanted(minter="m2"),
    Wanted(minter="nobody"),
    Wanted(api="vms"),
    Wanted(api="vms:GetResourceUploadUrl"),
    Wanted(api="vms:"),
    Wanted(api="v"),
    Wanted(place="b/"),
    Wanted(place="b/a/b"),
    Wanted(place="b/a/bc/é"),
    Wanted(place="/"),
    Wanted(place="%"),
    Wanted(before=12.0),
    Wanted(holding=15.0),
    Wanted(holding=15.5),
    Wanted(account=ONE, minter="m1", api="hbr", place="b/", before=20.0, holding=50.0),
]


async def test_rights_come_back_whole_and_are_no_long_term_keys(engine: Engine) -> None:
    made = minted("r", 10.0, bucket="b", key="k")
    await with_rights(engine, made)
    assert engine.index.refresh().key("r") == made
    assert await engine.index.scan(lambda reader: reader.rights(EVERY, None, 9)) == [made]
    assert [key.id for key in engine.index.now.keys(ONE)] == [f"long-{ONE}"]
    assert [key.id for key in engine.index.now.keys(None)] == [f"long-{ONE}", f"long-{TWO}"]
    assert [key.id for key in engine.index.now.keys(None, 1)] == [f"long-{ONE}"]
    assert engine.index.now.keys(ONE, 0) == []


@pytest.mark.parametrize("wanted", WANTED, ids=str)
async def test_what_is_wanted_is_what_the_rule_takes_the_newest_first(engine: Engine, wanted: Wanted) -> None:
    keys = list(every_kind())
    await with_rights(engine, *keys)
    await engine.index.write(lambda tx: tx.revoke_key("r01", 14.0))
    now = [changed(key, revoked_at=14.0) if key.id == "r01" else key for key in keys]
    expected = sorted((key for key in now if wanted.takes(key)), key=lambda key: (key.created_at, key.id), reverse=True)
    assert await ids(engine, wanted) == [key.id for key in expected]


async def test_pages_go_on_where_they_ended(engine: Engine) -> None:
    await with_rights(engine, *every_kind())
    everything = await ids(engine)
    found: list[str] = []
    after = None
    while page := await engine.index.scan(lambda reader, after=after: reader.rights(EVERY, after, 7)):  # type: ignore[misc]
        found += [key.id for key in page]
        after = mark_of(page[-1])
        if len(found) == 7:  # a right that goes meanwhile takes nothing with it
            await engine.index.write(lambda tx, gone=page[-1].id: tx.remove_key(gone))  # type: ignore[misc]
    assert found == everything


async def test_uses_add_up_and_the_last_is_the_latest(engine: Engine) -> None:
    await with_rights(engine, minted("r", 10.0), minted("s", 10.0))
    await engine.index.write(lambda tx: tx.note_uses([("r", 3, 20.0), ("s", 1, 21.0), ("gone", 5, 22.0)]))
    await engine.index.write(lambda tx: tx.note_uses([("r", 2, 15.0)]))
    assert engine.index.refresh().key_use("r") == KeyUse(count=5, last_at=20.0)
    assert engine.index.now.key_use("s") == KeyUse(count=1, last_at=21.0)
    assert engine.index.now.key_use("gone") == KeyUse()


async def test_what_a_right_stored_is_told_once(engine: Engine) -> None:
    await with_rights(engine, minted("r", 10.0))
    for name in ("b", "a", "b"):
        await engine.index.write(lambda tx, name=name: tx.note_stored("r", 1, name, 20.0))  # type: ignore[misc]
    assert engine.index.refresh().stored_by("r", 9) == [(1, "a"), (1, "b")]
    assert engine.index.now.stored_by("r", 1) == [(1, "a")]
    assert engine.index.now.stored_by("s", 9) == []
    assert engine.index.now.key_use("r").stored == 2


async def test_a_right_is_withdrawn_once_and_stays_in_the_ledger(engine: Engine) -> None:
    await with_rights(engine, minted("r", 10.0))
    other = engine.again()
    assert other.index.refresh().key("r") is not None  # and remembered there
    assert await engine.index.write(lambda tx: tx.revoke_key("r", 12.0, "ops@host")) is True
    assert await engine.index.write(lambda tx: tx.revoke_key("r", 13.0, "other")) is False
    assert await engine.index.write(lambda tx: tx.revoke_key("nothing", 13.0)) is False
    assert await engine.index.write(lambda tx: tx.revoke_key(f"long-{ONE}", 13.0)) is False
    for view in (engine, other):
        found = view.index.refresh().key("r")
        assert found is not None
        assert found.revoked_at == 12.0
        assert found.minted is not None
        assert found.minted.revoked_by == "ops@host"
    assert await ids(engine) == ["r"]
    other.close()


async def test_rights_go_a_while_after_they_ended_with_all_that_was_noted(engine: Engine) -> None:
    await with_rights(
        engine, minted("early", 1.0, ends=10.0), minted("late", 1.0, ends=30.0), minted("ever", 1.0, ends=None)
    )
    for name in ("early", "late"):
        await engine.index.write(lambda tx, name=name: tx.note_uses([(name, 1, 5.0)]))  # type: ignore[misc]
        await engine.index.write(lambda tx, name=name: tx.note_stored(name, 1, "k", 5.0))  # type: ignore[misc]
    await engine.index.write(lambda tx: tx.revoke_key("late", 6.0))
    assert engine.index.refresh().key("early") is not None
    assert await engine.index.write(lambda tx: tx.prune_minted(30.0, 10)) == (1, False)
    assert engine.index.refresh().key("early") is None
    assert engine.index.now.key_use("early") == KeyUse()
    assert engine.index.now.stored_by("early", 9) == []
    assert sorted(await ids(engine)) == ["ever", "late"]
    assert engine.index.now.key_use("late") == KeyUse(count=1, last_at=5.0, stored=1)


async def test_much_is_pruned_in_steps(engine: Engine) -> None:
    await with_rights(engine, *(minted(f"r{number}", 1.0, ends=10.0) for number in range(5)))

    def store(tx: Transaction) -> None:
        for number in range(70):
            tx.note_stored("r0", 1, f"k{number}", 5.0)

    await engine.index.write(store)
    gone, more, steps = 0, True, 0
    while more:
        count, more = await engine.index.write(lambda tx: tx.prune_minted(20.0, 2))
        gone += count
        steps += 1
        assert steps < 20
    assert gone == 5
    assert await ids(engine) == []
    assert engine.index.refresh().stored_by("r0", 9) == []


async def test_a_right_of_several_uses_is_spent_as_often(engine: Engine) -> None:
    await with_rights(engine)
    spent = [await engine.index.write(lambda tx, n=n: tx.spend(b"uses:r", 50.0, 3, f"{n}")) for n in range(5)]  # type: ignore[misc]
    assert spent == [True, True, True, False, False]
    told = await engine.index.write(lambda tx: [tx.spender(token) for token in (b"uses:r", b"never")])
    assert told == ["2", ""]
    assert await engine.index.write(lambda tx: tx.forget_spent(50.0, 9)) == 0
    assert await engine.index.write(lambda tx: tx.forget_spent(51.0, 9)) == 1
    assert await engine.index.write(lambda tx: tx.spend(b"uses:r", 50.0, 1)) is True
    assert await engine.index.write(lambda tx: tx.spender(b"uses:r")) == ""


async def test_an_account_takes_its_rights_with_it(engine: Engine) -> None:
    await with_rights(engine, minted("r", 10.0, of=TWO), minted("s", 10.0, of=ONE))
    await engine.index.write(lambda tx: (tx.note_uses([("r", 1, 5.0)]), tx.note_stored("r", 1, "k", 5.0)))
    bucket = await add_bucket(engine.index, account=ONE)
    await engine.index.write(lambda tx: tx.remove_key(f"long-{TWO}"))
    assert await engine.index.write(lambda tx: tx.remove_account(TWO)) is True
    assert engine.index.refresh().key("r") is None
    assert engine.index.now.key_use("r") == KeyUse()
    assert await ids(engine) == ["s"]
    assert bucket.account == ONE


async def test_what_keys_minted_is_found_by_them_and_not_when_it_is_over(engine: Engine) -> None:
    chain = [
        minted("a", 10.0, minter=f"long-{ONE}"), minted("b", 11.0, minter="a"), minted("c", 12.0, minter="b"),
        minted("b2", 11.0, minter="a", of=TWO), minted("over", 13.0, minter="a", ends=20.0),
        minted("other", 14.0, minter="z"), minted("ever", 15.0, minter="b", ends=None),
    ]  # fmt: skip
    await with_rights(engine, *chain)
    await engine.index.write(lambda tx: tx.revoke_key("b", 14.0))

    async def found(minters: list[str], limit: int = 100, after: Mark | None = None) -> list[str]:
        keys = await engine.index.scan(lambda reader: reader.minted_by(minters, 21.0, after, limit))
        return [key.id for key in keys]

    assert await found(["a"]) == ["b2", "b"], "withdrawn ones lead further down"
    assert await found(["a", "b"]) == ["ever", "c", "b2", "b"]
    assert await found(["a", "b"], 2) == ["ever", "c"]
    assert await found(["a", "b"], 2, Mark(at=12.0, id="c")) == ["b2", "b"]
    assert await found([]) == []
    assert await found(["' OR 1=1 --"]) == []


async def test_withdrawing_walks_down_past_what_was_withdrawn_before(engine: Engine) -> None:
    """A tree that a crash, or an older version, left with a middle that is gone and an end that holds."""
    await with_rights(
        engine, minted("a", 10.0, minter=f"long-{ONE}"), minted("b", 11.0, minter="a"), minted("c", 12.0, minter="b"),
        minted("d", 13.0, minter="c"), minted("e", 14.0, minter="elsewhere"),
    )  # fmt: skip
    await engine.index.write(lambda tx: tx.revoke_key("b", 14.0))
    log = Lines()
    assert await count_named(engine.index, ["a"], 20.0) == 3
    assert await count_wanted(engine.index, Wanted(minter="a"), 20.0) == 2
    assert await withdraw_wanted(engine.index, log, Wanted(minter="a"), "test", 20.0) == 2
    assert log.keys == ["c", "d"]
    assert await withdraw(engine.index, log, "a", "test", 21.0) == 1
    with pytest.raises(Fault):
        await withdraw(engine.index, log, "a", "test", 22.0)
    assert engine.index.refresh().key("e") == minted("e", 14.0, minter="elsewhere")
    assert await withdraw_wanted(engine.index, log, EVERY, "test", 23.0) == 1
    assert log.keys == ["c", "d", "a", "e"]


class Lines:
    """An audit log that keeps the keys of its lines."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def note(self, event: Event) -> None:
        self.keys.append(str(event.facts["key"]))

    async def write(self, event: Event) -> None:
        self.note(event)
