"""Withdrawing minted rights: one, or all that are wanted, each with its line in the audit log.

Knows the ports. A right that is withdrawn holds for nothing from the next request on, in every process: the change of
its row is what every process's memory of keys follows. Must not know who asks, or how.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Audit, Index, Reader, Transaction
from entrepot.core.rights.audit import revoked
from entrepot.core.rights.identity import Key
from entrepot.core.rights.ledger import Mark, Wanted, mark_of
from entrepot.core.value import changed

_PAGE = 200


async def wanted_rights(index: Index, wanted: Wanted) -> AsyncIterator[list[Key]]:
    """Pages of the rights that are wanted, the newest first."""
    after: Mark | None = None
    while page := await index.scan(partial(_page, wanted=wanted, after=after)):
        yield page
        after = mark_of(page[-1])


async def withdraw(index: Index, audit: Audit, key_id: str, by: str, now: float) -> Key:
    """Withdraw one right; gives it as it was. The audit log has it when this returns.

    Raises:
        Fault: OBJECT_MISSING when there is no such right, OBJECT_EXISTS when it was withdrawn before.
    """
    key = await index.scan(lambda reader: reader.key(key_id))
    if key is None or key.minted is None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no minted right {key_id!r}")
    if not await index.write(lambda tx: tx.revoke_key(key_id, now)):
        raise Fault(Kind.OBJECT_EXISTS, f"the right {key_id!r} was revoked already")
    await audit.write(revoked(key, by, now))
    return key


async def withdraw_wanted(index: Index, audit: Audit, wanted: Wanted, by: str, now: float) -> int:
    """Withdraw every right that is wanted and still holds; returns how many."""
    count = 0
    async for page in wanted_rights(index, changed(wanted, holding=now)):
        done = await index.write(partial(_revoke, page=page, now=now))
        for key in done[:-1]:
            audit.note(revoked(key, by, now))
        if done:
            await audit.write(revoked(done[-1], by, now))
        count += len(done)
    return count


def _page(reader: Reader, wanted: Wanted, after: Mark | None) -> list[Key]:
    return reader.rights(wanted, after, _PAGE)


def _revoke(tx: Transaction, page: list[Key], now: float) -> list[Key]:
    return [key for key in page if tx.revoke_key(key.id, now)]
