"""Withdrawal: of one right and of many, each with its line, and never twice."""

from __future__ import annotations

import pytest

from contracts.engines import Engine, memory_engine
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Transaction
from entrepot.core.rights.audit import Event
from entrepot.core.rights.identity import Account, Key, Minted, key_of_account
from entrepot.core.rights.ledger import EVERY, Wanted
from entrepot.core.rules import withdrawal
from entrepot.core.rules.withdrawal import withdraw, withdraw_wanted


class Log:
    """An audit log in memory."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def note(self, event: Event) -> None:
        self.events.append(event)

    async def write(self, event: Event) -> None:
        self.events.append(event)


async def ledger(count: int) -> Engine:
    """Rights of two APIs in turn; the first one is over at 100."""
    engine = memory_engine()

    def change(tx: Transaction) -> None:
        tx.add_account(Account(id=1, user_id="u", created_at=1.0))
        tx.add_key(key_of_account(id="long", account=1, secret=b"s", created_at=1.0))
        for number in range(count):
            row = Minted(api=("vms:A", "ms:B")[number % 2], minter="long", client="c", allows="all")
            key = key_of_account(id=f"r{number}", account=1, secret=b"s", created_at=10.0 + number)
            tx.mint_key(
                Key(
                    id=key.id, account=1, secret=b"s", grant=key.grant, created_at=key.created_at,
                    expires_at=100.0 if number == 0 else 9e9, minted=row,
                )
            )  # fmt: skip

    await engine.index.write(change)
    return engine


async def test_one_is_withdrawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, log = await ledger(2), Log()
    assert await withdraw(engine.index, log, "r1", "the test", 50.0) == 1
    found = engine.index.now.key("r1")
    assert found is not None
    assert found.revoked_at == 50.0
    event = log.events[0]
    assert (event.what, event.at, event.facts["key"], event.facts["by"]) == ("revoke", 50.0, "r1", "the test")
    for name, kind in (("r1", Kind.OBJECT_EXISTS), ("long", Kind.OBJECT_MISSING), ("none", Kind.OBJECT_MISSING)):
        with pytest.raises(Fault) as caught:
            await withdraw(engine.index, log, name, "the test", 51.0)
        assert caught.value.kind is kind
    assert len(log.events) == 1


@pytest.mark.parametrize("page", [1, 3, 200])
async def test_all_that_are_wanted_and_hold(page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(withdrawal, "_PAGE", page)
    engine, log = await ledger(9), Log()
    await withdraw(engine.index, log, "r2", "the test", 40.0)
    number = await withdraw_wanted(engine.index, log, Wanted(api="vms"), "the test", 150.0)
    assert number == 3  # r4, r6, r8: r0 is over, r2 was withdrawn
    withdrawn = {key.id for key in engine.index.now.rights(EVERY, None, 99) if key.revoked_at is not None}
    assert withdrawn == {"r2", "r4", "r6", "r8"}
    assert sorted(str(event.facts["key"]) for event in log.events) == ["r2", "r4", "r6", "r8"]
    assert await withdraw_wanted(engine.index, log, Wanted(api="vms"), "the test", 160.0) == 0
    assert await withdraw_wanted(engine.index, log, EVERY, "the test", 160.0) == 4
