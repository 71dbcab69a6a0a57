"""Accounts for tests: made with a key and buckets, emptied between tests, removed. Of a server in dev mode only.

Law: what is done to one account is seen by no other. Emptying leaves the account itself, its number, and its own
long-term keys; everything else of it goes, and buckets that are named are made afresh. The audit log keeps its lines,
and marks of signatures that were good for one use stay until they are swept. Work is bounded by what the account has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.admin import accounts, buckets, keys
from entrepot.core.facts.records import BucketSettings
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock, Index, Transaction
from entrepot.core.rights.identity import Account, Key
from entrepot.core.rights.ledger import Wanted
from entrepot.core.rules import objects, uploads

_BATCH: Final = 500
"""How much one transaction removes: it runs on the event loop."""
BUCKETS_MAX: Final = 64


@dataclass(slots=True)
class Emptied:
    """How much an account had."""

    buckets: int = 0
    objects: int = 0
    uploads: int = 0
    rights: int = 0
    users: int = 0
    policies: int = 0


def create(
    tx: Transaction, now: float, appid: int | None, names: Sequence[str], secret: str | None = None
) -> tuple[Account, Key]:
    """An account with a key and empty buckets. Raises Fault OBJECT_EXISTS, PARAMETER_INVALID, NAME_INVALID."""
    account = accounts.create(tx, now, appid)
    key = keys.create(tx, now, account.id, None, secret)
    _make(tx, now, account.id, names)
    return account, key


async def empty(index: Index, clock: Clock, appid: int, names: Sequence[str] = ()) -> Emptied:
    """Leave an account as :func:`create` makes it, with buckets of these names. Raises Fault OBJECT_MISSING."""
    done = Emptied()

    def some(tx: Transaction) -> bool:
        emptied = _empty_some(tx, clock(), appid, done)
        if emptied:
            _make(tx, clock(), appid, names)
        return emptied

    while not await index.write(some):
        pass
    return done


async def remove(index: Index, clock: Clock, appid: int) -> Emptied:
    """Remove an account with all that it has. Raises Fault OBJECT_MISSING."""
    done = await empty(index, clock, appid)

    def removed(tx: Transaction) -> None:
        for key in tx.keys(appid):
            tx.remove_key(key.id)
        accounts.delete(tx, appid)

    await index.write(removed)
    return done


def _make(tx: Transaction, now: float, appid: int, names: Sequence[str]) -> None:
    if len(names) > BUCKETS_MAX:
        raise Fault(Kind.PARAMETER_INVALID, f"at most {BUCKETS_MAX} buckets are made at once, not {len(names)}")
    for name in names:
        buckets.create(tx, now, appid, name, BucketSettings())


def _empty_some(tx: Transaction, now: float, appid: int, done: Emptied) -> bool:
    """Remove a batch of what an account has; whether that was the last of it."""
    accounts.meant(tx, appid)
    room = _BATCH
    for bucket in tx.buckets(appid, None, _BATCH):
        for record in tx.objects(bucket.id, "", None, room):
            objects.release(tx, record, now)
            tx.delete_object(bucket.id, record.key)
            done.objects += 1
            room -= 1
        for upload in tx.uploads_of(bucket.id, room) if room > 0 else ():
            uploads.drop(tx, upload, now)
            done.uploads += 1
            room -= 1
        if room <= 0:
            return False
        tx.remove_bucket(bucket.id)
        done.buckets += 1
        room -= 1
    if room <= 0 or tx.buckets(appid, None, 1):
        return False
    _empty_identities(tx, appid, done)
    return True


def _empty_identities(tx: Transaction, appid: int, done: Emptied) -> None:
    """Minted rights, users with their keys, policies, and what the minting APIs remember.

    All of that goes with an account; so the account goes, and comes again with its number and keys, in one transaction.
    """
    account = accounts.meant(tx, appid)
    done.rights = tx.count_rights(Wanted(account=appid))
    done.users, done.policies = len(tx.users(appid)), len(tx.policies(appid))
    kept = tx.keys(appid)
    for key in kept:
        tx.remove_key(key.id)
    tx.remove_account(appid)
    tx.add_account(account)
    for key in kept:
        if key.user is None:
            tx.add_key(key)
