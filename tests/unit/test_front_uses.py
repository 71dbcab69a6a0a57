"""Uses and refusals: counted without a write each, written together, never twice, and bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from contracts.engines import memory_engine
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.audit import AUTHORITY, Event
from entrepot.core.rights.identity import Account, Key, KeyUse, Minted, key_of_account
from entrepot.front import uses as module
from entrepot.front.telemetry import Exchange
from entrepot.front.uses import Batches, Refusals, Uses


class Log:
    """An audit log in memory."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def note(self, event: Event) -> None:
        self.events.append(event)

    async def write(self, event: Event) -> None:
        self.events.append(event)


class Index:
    """The reference index, which can be made to fail, and counts what is written."""

    def __init__(self) -> None:
        self.engine = memory_engine()
        self.writes = 0
        self.broken = False

    def write(self, change: Any) -> Awaitable[Any]:
        self.writes += 1
        if self.broken:
            done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            done.set_exception(Fault(Kind.STORAGE_FULL, "full"))
            return done
        return self.engine.index.write(change)

    def use(self, key: str) -> KeyUse:
        return self.engine.index.now.key_use(key)


def minted(name: str) -> Key:
    plain = key_of_account(id=name, account=1, secret=b"s", created_at=1.0)
    row = Minted(api="url:PUT", minter="m", client="c", allows="all")
    return Key(id=plain.id, account=1, secret=b"s", grant=plain.grant, created_at=1.0, expires_at=9e9, minted=row)


async def world(*names: str) -> tuple[Index, Log, Uses]:
    index, log = Index(), Log()
    await index.engine.index.write(lambda tx: tx.add_account(Account(id=1, user_id="u", created_at=1.0)))
    for name in names:
        await index.engine.index.write(lambda tx, name=name: tx.mint_key(minted(name)))  # type: ignore[misc]
    return index, log, Uses(index, log, lambda: 50.0)  # type: ignore[arg-type]


def used(key: str | None, operation: str = "PutObject", client: str = "192.0.2.1", *, ledger: bool = True) -> Exchange:
    exchange = Exchange("e" * 32, "PUT", b"/demo/a%20b", client)
    exchange.dialect, exchange.operation, exchange.key_id, exchange.minted = "s3", operation, key, ledger
    return exchange


async def test_uses_are_written_together() -> None:
    index, log, uses = await world("a", "b")
    for number in range(5):
        uses.note(used("a", "PutObject" if number else "ReadObject", f"192.0.2.{number % 2}"))
    uses.note(used("b"))
    assert index.writes == 0
    await uses.flush()
    assert index.writes == 1
    assert (index.use("a"), index.use("b")) == (KeyUse(count=5, last_at=50.0), KeyUse(count=1, last_at=50.0))
    assert [event.what for event in log.events] == ["use", "use"]
    facts = log.events[0].facts
    assert (facts["key"], facts["count"]) == ("a", 5)
    assert facts["operations"] == {"ReadObject": 1, "PutObject": 4}
    assert facts["clients"] == ("192.0.2.0", "192.0.2.1")
    await uses.flush()
    assert index.writes == 1, "nothing to write"


async def test_what_no_minted_right_did_is_not_counted() -> None:
    index, log, uses = await world("a")
    refused = used("a")
    refused.refused(Fault(Kind.OBJECT_MISSING, "there is none"))
    for exchange in (used(None), used("a", ledger=False), refused):
        uses.note(exchange)
    await uses.flush()
    assert (index.writes, log.events, index.use("a")) == (0, [], KeyUse())


async def test_counters_wait_for_a_disk_that_is_full_and_count_once() -> None:
    index, log, uses = await world("a")
    index.broken = True
    uses.note(used("a"))
    for _ in range(2):
        with pytest.raises(Fault, match="full"):
            await uses.flush()
    uses.note(used("a"))
    index.broken = False
    await uses.flush()
    await uses.flush()
    assert index.use("a").count == 2
    assert sum(int(str(event.facts["count"])) for event in log.events) == 2


async def test_many_uses_are_due_at_once(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    _, _, uses = await world("a")
    uses.note(used("a"))
    uses.note(used("a"))
    assert not uses.due.is_set()
    uses.note(used("a"))
    assert uses.due.is_set()


async def test_many_keys_are_several_short_transactions(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "_ROWS", 2)
    index, _, uses = await world("a", "b", "c")
    for name in "abc":
        uses.note(used(name))
    await uses.flush()
    assert index.writes == 2
    assert [index.use(name).count for name in "abc"] == [1, 1, 1]


async def test_the_end_writes_what_is_left(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "_EVERY_SECONDS", 60.0)
    index, _, uses = await world("a")
    batches = Batches(uses.due, uses.flush)
    task = asyncio.create_task(batches.run())
    await asyncio.sleep(0)
    uses.note(used("a"))
    batches.end()
    await asyncio.wait_for(task, 5)
    assert index.use("a").count == 1


async def test_they_are_written_in_time_and_after_a_failure(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "_EVERY_SECONDS", 0.01)
    index, _, uses = await world("a")
    batches = Batches(uses.due, uses.flush)
    task = asyncio.create_task(batches.run())
    index.broken = True
    uses.note(used("a"))
    await asyncio.sleep(0.05)
    index.broken = False
    for _ in range(100):
        await asyncio.sleep(0.02)
        if index.use("a").count:
            break
    batches.end()
    await task
    assert index.use("a").count == 1


def refused(kind: Kind, *, key: str | None = None, control: bool = False, client: str = "192.0.2.1") -> Exchange:
    exchange = used(key, client=client, ledger=key is not None)
    exchange.control = control
    exchange.refused(Fault(kind, "x" * 2000, key_id="claimed"))
    return exchange


async def test_alike_refusals_share_a_line() -> None:
    log = Log()
    refusals = Refusals(log, lambda: 50.0, AUTHORITY)  # type: ignore[arg-type]
    for _ in range(3):
        refusals.note(refused(Kind.SIGNATURE_MISMATCH))
    refusals.note(refused(Kind.SIGNATURE_MISMATCH, client="192.0.2.2"))
    refusals.note(refused(Kind.OBJECT_MISSING))
    refusals.note(used("a"))
    await refusals.flush()
    assert [event.facts["count"] for event in log.events] == [3, 1]
    facts = log.events[0].facts
    assert (facts["kind"], facts["key"], facts["path"]) == ("signature-mismatch", "claimed", "/demo/a%20b")
    assert (facts["client"], facts["dialect"], facts["method"]) == ("192.0.2.1", "s3", "PUT")
    assert len(str(facts["why"])) <= 512
    await refusals.flush()
    assert len(log.events) == 2


async def test_every_refusal_of_a_minting_api_is_told_and_of_limits() -> None:
    log = Log()
    refusals = Refusals(log, lambda: 50.0, AUTHORITY)  # type: ignore[arg-type]
    refusals.note(refused(Kind.PARAMETER_INVALID, control=True))
    refusals.note(refused(Kind.THROTTLED, control=True))
    refusals.note(refused(Kind.TOO_LARGE, key="minted"))
    refusals.note(refused(Kind.TOO_LARGE))
    await refusals.flush()
    assert [event.facts["kind"] for event in log.events] == ["parameter-invalid", "throttled", "too-large"]
    assert log.events[2].facts["key"] == "minted"


async def test_nobody_can_fill_the_log_with_refusals() -> None:
    log = Log()
    refusals = Refusals(log, lambda: 50.0, AUTHORITY)  # type: ignore[arg-type]
    for number in range(5000):
        refusals.note(refused(Kind.KEY_UNKNOWN, client=f"c{number}"))
    await refusals.flush()
    assert len(log.events) == 201
    assert sum(int(str(event.facts["count"])) for event in log.events) == 5000
