"""Accounts: owners of keys, buckets and users. Times in rows are in seconds since 1970."""

from __future__ import annotations

from typing import Any

from entrepot.admin.credentials import new_appid, new_user_id
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.identity import Account

_BUCKETS_MAX = 100_000


def create(tx: Transaction, now: float, appid: int | None = None, user_id: str | None = None) -> Account:
    """Add an account; its numbers are random unless given. Raises Fault OBJECT_EXISTS, PARAMETER_INVALID."""
    if appid is not None and not 10_000 <= appid < 10**18:
        raise Fault(Kind.PARAMETER_INVALID, f"an appid has 5 to 18 digits, not {appid}")
    account = Account(id=new_appid() if appid is None else appid, user_id=user_id or new_user_id(), created_at=now)
    tx.add_account(account)
    return account


def meant(reader: Reader, appid: int | None) -> Account:
    """The account of this number, or the only one there is. Raises Fault OBJECT_MISSING, PARAMETER_MISSING."""
    if appid is not None:
        found = reader.account(appid)
        if found is None:
            raise Fault(Kind.OBJECT_MISSING, f"there is no account {appid}")
        return found
    known = reader.accounts()
    if len(known) != 1:
        raise Fault(Kind.PARAMETER_MISSING, f"there are {len(known)} accounts; say which with --account")
    return known[0]


def row(account: Account) -> dict[str, Any]:
    """An account, in the few words of a list."""
    return {"appid": account.id, "user_id": account.user_id, "created_at": account.created_at}


def rows(reader: Reader) -> list[dict[str, Any]]:
    """All accounts by number, each with the ids of its keys."""
    return [row(one) | {"keys": [key.id for key in reader.keys(one.id)]} for one in reader.accounts()]


def details(reader: Reader, appid: int) -> dict[str, Any]:
    """An account with the ids of its keys and the names of its buckets. Raises Fault OBJECT_MISSING."""
    return row(meant(reader, appid)) | {
        "keys": [key.id for key in reader.keys(appid)],
        "buckets": [bucket.name for bucket in reader.buckets(appid, None, _BUCKETS_MAX)],
    }


def delete(tx: Transaction, appid: int) -> None:
    """Remove an account that has neither keys nor buckets. Raises Fault OBJECT_MISSING, BUCKET_NOT_EMPTY."""
    if not tx.remove_account(appid):
        raise Fault(Kind.OBJECT_MISSING, f"there is no account {appid}")
