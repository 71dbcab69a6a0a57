"""Housekeeping of the ledger: ended rights go after their time, with what was noted, and marks of limited uses."""

from __future__ import annotations

from contracts.engines import memory_engine
from entrepot.core.ports import Transaction
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Account, Key, Limits, Minted, principal_of
from entrepot.core.rights.ledger import EVERY
from entrepot.upkeep.settings import SweepSettings
from entrepot.upkeep.sweep import Sweeper

DAY = 86_400.0
NOW = 1_700_000_000.0


def right(name: str, ends: float) -> Key:
    row = Minted(api="url:PUT", minter="m", client="c", allows="all")
    return Key(
        id=name, account=1, secret=b"s", grant=Grant(), created_at=NOW - 100 * DAY, expires_at=ends, minted=row,
        limits=Limits(uses=1),
    )  # fmt: skip


async def test_ended_rights_are_kept_for_their_time() -> None:
    engine = memory_engine()
    count = 450  # more than two batches

    def change(tx: Transaction) -> None:
        tx.add_account(Account(id=1, user_id="u", created_at=1.0))
        for number in range(count):
            tx.mint_key(right(f"old{number}", NOW - 31 * DAY))
        for name, ends in (("young", NOW - 29 * DAY), ("holds", NOW + DAY)):
            tx.mint_key(right(name, ends))
            spend = principal_of(right(name, ends), Grant()).spend
            assert spend is not None
            assert tx.spend(spend.token, spend.until, spend.most)

    await engine.index.write(change)
    told: list[tuple[str, int]] = []
    sweeper = Sweeper(engine.index, engine.blobs, lambda: NOW, SweepSettings())
    swept = await sweeper.sweep(orphans=False, progress=lambda what, number: told.append((what, number)))
    assert swept.grants == count
    assert ("ended grants", count) in told
    assert {key.id for key in engine.index.now.rights(EVERY, None, 9)} == {"young", "holds"}
    assert swept.spent == 1, "a use is remembered a day longer than its right"
    other = Sweeper(engine.index, engine.blobs, lambda: NOW, SweepSettings(ledger_seconds=7 * DAY))
    assert (await other.sweep(orphans=False)).grants == 1
    assert (await other.sweep(orphans=False)).grants == 0
