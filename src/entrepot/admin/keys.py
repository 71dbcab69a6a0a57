"""Long-term keys: credentials of an account, or of one of its users. No row has a secret.

Minted rights are keys too, but are asked for in the ledger (:mod:`entrepot.admin.grants`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from entrepot.admin.credentials import new_key_id, new_secret, printable
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Audit, Index, Reader, Transaction
from entrepot.core.rights.identity import Key, key_of_account
from entrepot.core.rules import users
from entrepot.core.rules.withdrawal import withdraw_below


def create(
    tx: Transaction,
    now: float,
    account: int,
    key_id: str | None = None,
    secret: str | None = None,
    user: str | None = None,
) -> Key:
    """Add a long-term key; random unless given. One of a ``user`` may do what that user may.

    Raises:
        Fault: OBJECT_EXISTS, OBJECT_MISSING, PARAMETER_INVALID.
    """
    if tx.account(account) is None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no account {account}")
    key = key_of_account(
        id=printable(key_id or new_key_id(), "key id"),
        account=account,
        secret=printable(secret or new_secret(), "secret").encode(),
        created_at=now,
    )
    if user is not None:
        key = replace(key, user=user, grant=users.grant_of(tx, users.existing(tx, account, user)))
    tx.add_key(key)
    return key


def row(key: Key) -> dict[str, Any]:
    """A key without its secret."""
    return {
        "id": key.id, "account": key.account, "user": key.user, "enabled": key.revoked_at is None,
        "created_at": key.created_at,
    }  # fmt: skip


def rows(reader: Reader, account: int | None) -> list[dict[str, Any]]:
    """All long-term keys (of an account) by id."""
    return [row(key) for key in reader.keys(account)]


def details(reader: Reader, key_id: str) -> dict[str, Any]:
    """One key. Raises Fault OBJECT_MISSING."""
    found = reader.key(key_id)
    if found is None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no key {key_id!r}")
    return row(found)


def set_enabled(tx: Transaction, now: float, key_id: str, *, enabled: bool) -> Key:
    """Take a long-term key out of use, or into use again. Nothing changes where it is so already.

    While it is out of use, what it signs is refused and nothing is minted with it. What was minted before holds: to
    withdraw that, ask the ledger, or delete the key. Raises Fault OBJECT_MISSING.
    """
    found = tx.key(key_id)
    if found is None or found.minted is not None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no long-term key {key_id[:128]!r}")
    if enabled == (found.revoked_at is None):
        return found
    fresh = replace(found, revoked_at=None if enabled else now)
    tx.remove_key(key_id)
    tx.add_key(fresh)
    return fresh


async def delete(index: Index, audit: Audit, key_id: str, by: str, now: float) -> int:
    """Withdraw a key and all that was minted with it; ``by`` goes into the audit log.

    Returns how many minted rights went with it. Raises Fault OBJECT_MISSING.
    """
    if not await index.write(lambda tx: tx.remove_key(key_id)):
        raise Fault(Kind.OBJECT_MISSING, f"there is no key {key_id!r}")
    return await withdraw_below(index, audit, [key_id], by, now)


def signer(reader: Reader, key_id: str | None) -> Key:
    """The key that signs: the one named, or the only one. Raises Fault KEY_UNKNOWN, PARAMETER_MISSING."""
    if key_id is not None:
        found = reader.key(key_id)
        if found is None:
            raise Fault(Kind.KEY_UNKNOWN, f"there is no key {key_id!r}")
        return found
    known = reader.keys(None)
    if len(known) != 1:
        raise Fault(Kind.PARAMETER_MISSING, f"there are {len(known)} keys; say which with --key-id")
    return known[0]


def minter(reader: Reader, key_id: str | None, account: int | None) -> Key:
    """The long-term key in whose name is minted: the one named, or the only one (of the account).

    Raises:
        Fault: KEY_UNKNOWN, PARAMETER_MISSING.
    """
    if key_id is not None:
        found = reader.key(key_id)
        if found is None or found.minted is not None or (account is not None and found.account != account):
            raise Fault(
                Kind.KEY_UNKNOWN, f"there is no long-term key {key_id[:128]!r}" + " there" * (account is not None)
            )
        if found.revoked_at is not None:
            raise Fault(Kind.KEY_UNKNOWN, f"the key {key_id[:128]!r} is disabled")
        return found
    known = [key for key in reader.keys(account) if key.revoked_at is None]
    if len(known) != 1:
        raise Fault(Kind.PARAMETER_MISSING, f"there are {len(known)} keys that could mint; say in whose name")
    return known[0]
