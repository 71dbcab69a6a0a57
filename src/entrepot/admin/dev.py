"""The fixed account, key and bucket of dev mode. Everybody knows them, so they are served on loopback only."""

from __future__ import annotations

from entrepot.admin import accounts, buckets, keys
from entrepot.admin.dev_names import ACCOUNT, ADMIN_KEY, BUCKET, KEY_ID, SECRET, USER_ID
from entrepot.core.facts.records import BucketSettings
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.identity import Key

__all__ = ["ACCOUNT", "ADMIN_KEY", "BUCKET", "KEY_ID", "SECRET", "USER_ID", "first_key", "make", "refuse"]


def make(tx: Transaction, now: float) -> None:
    """Add what is missing of them."""
    if tx.account(ACCOUNT) is None:
        accounts.create(tx, now, ACCOUNT, USER_ID)
    if tx.key(KEY_ID) is None:
        keys.create(tx, now, ACCOUNT, KEY_ID, SECRET)
    if tx.bucket(ACCOUNT, BUCKET) is None:
        buckets.create(tx, now, ACCOUNT, BUCKET, BucketSettings())


def refuse(reader: Reader, folder: object) -> None:
    """Refuse a folder that has the public key, for a server that others may reach. Raises Fault ACCESS_DENIED."""
    known = reader.key(KEY_ID)
    if known is not None and known.secret == SECRET.encode():
        raise Fault(
            Kind.ACCESS_DENIED,
            f"{folder} was served with --dev and knows its public credentials;"
            f" run `entrepot key delete {KEY_ID} --data {folder}` first, or use another folder",
        )


def first_key(tx: Transaction, now: float) -> Key | None:
    """The key of a first account, which is made where there is none; else None."""
    if tx.accounts():
        return None
    return keys.create(tx, now, accounts.create(tx, now).id)
