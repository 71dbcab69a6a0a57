"""Withdrawing minted rights: one, or all that are wanted, with all that was minted from them.

Each has its line in the audit log. A right that is withdrawn holds for nothing from the next request on, in every
process: the change of its row is what every process's memory of keys follows. A right is withdrawn before what it
minted is looked for, and minting looks at its minter in its own transaction, so that nothing grows behind the walk;
one that a crash cut off is finished by asking again. Knows the ports. Must not know who asks, or how.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Audit, Index, Reader, Transaction
from entrepot.core.rights.audit import revoked
from entrepot.core.rights.identity import Key
from entrepot.core.rights.ledger import Mark, Wanted, holds, mark_of
from entrepot.core.value import changed

_PAGE = 200
_BY_MAX = 200


async def wanted_rights(index: Index, wanted: Wanted) -> AsyncIterator[list[Key]]:
    """Pages of the rights that are wanted, the newest first."""
    after: Mark | None = None
    while page := await index.scan(partial(_page, wanted=wanted, after=after)):
        yield page
        after = mark_of(page[-1])


async def minted_below(index: Index, minters: Sequence[str], now: float) -> AsyncIterator[list[Key]]:
    """Pages of what keys minted, of what that minted, and so on; withdrawn ones too, but none that is over."""
    left = list(minters)
    while left:
        some, left = left[:_PAGE], left[_PAGE:]
        after: Mark | None = None
        while page := await index.scan(partial(_generation, minters=some, now=now, after=after)):
            yield page
            left += [key.id for key in page]
            after = mark_of(page[-1])


async def withdraw(index: Index, audit: Audit, key_id: str, by: str, now: float) -> int:
    """Withdraw one right and all that was minted from it; returns how many. The audit log has them when this returns.

    Raises:
        Fault: OBJECT_MISSING when there is no such right, OBJECT_EXISTS when all of that was withdrawn before.
    """
    key = await index.scan(lambda reader: reader.key(key_id))
    if key is None or key.minted is None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no minted right {key_id!r}")
    count = await _withdraw_page(index, audit, [key], by, now)
    count += await withdraw_below(index, audit, [key_id], by, now)
    if not count:
        raise Fault(Kind.OBJECT_EXISTS, f"the right {key_id!r} was revoked already")
    return count


async def withdraw_wanted(index: Index, audit: Audit, wanted: Wanted, by: str, now: float) -> int:
    """Withdraw every right that is wanted and still holds, and all that was minted from them; returns how many."""
    if (whole := _all_of_one(wanted)) is not None:
        return await withdraw_below(index, audit, [whole], by, now)
    count = 0
    async for page in wanted_rights(index, changed(wanted, holding=now)):
        count += await _withdraw_page(index, audit, page, by, now)
        count += await withdraw_below(index, audit, [key.id for key in page], by, now)
    return count


async def withdraw_below(index: Index, audit: Audit, minters: Sequence[str], by: str, now: float) -> int:
    """Withdraw all that keys minted, directly or not, but not themselves; returns how many."""
    count = 0
    async for page in minted_below(index, minters, now):
        count += await _withdraw_page(index, audit, page, by, now)
    return count


async def count_named(index: Index, ids: Sequence[str], now: float) -> int:
    """How many rights :func:`withdraw` would withdraw of these and of what was minted from them."""
    named = await index.scan(lambda reader: [reader.key(one) for one in ids])
    found = {key.id for key in named if key is not None and holds(key, now)}
    async for page in minted_below(index, ids, now):
        found.update(key.id for key in page if holds(key, now))
    return len(found)


async def count_wanted(index: Index, wanted: Wanted, now: float) -> int:
    """How many rights :func:`withdraw_wanted` would withdraw."""
    whole = _all_of_one(wanted)
    found: set[str] = set()
    roots = [] if whole is None else [whole]
    if whole is None:
        async for page in wanted_rights(index, changed(wanted, holding=now)):
            roots += [key.id for key in page]
        found.update(roots)
    async for page in minted_below(index, roots, now):
        found.update(key.id for key in page if holds(key, now))
    return len(found)


def _all_of_one(wanted: Wanted) -> str | None:
    """The minter, where all that it minted is wanted: then what hangs on withdrawn ones is found as well."""
    return wanted.minter if wanted == Wanted(minter=wanted.minter) else None


async def _withdraw_page(index: Index, audit: Audit, page: list[Key], by: str, now: float) -> int:
    done = await index.write(partial(_revoke, page=page, by=by, now=now))
    for key in done[:-1]:
        audit.note(revoked(key, by, now))
    if done:
        await audit.write(revoked(done[-1], by, now))
    return len(done)


def _page(reader: Reader, wanted: Wanted, after: Mark | None) -> list[Key]:
    return reader.rights(wanted, after, _PAGE)


def _generation(reader: Reader, minters: Sequence[str], now: float, after: Mark | None) -> list[Key]:
    return reader.minted_by(minters, now, after, _PAGE)


def _revoke(tx: Transaction, page: list[Key], by: str, now: float) -> list[Key]:
    return [key for key in page if key.revoked_at is None and tx.revoke_key(key.id, now, by[:_BY_MAX])]
