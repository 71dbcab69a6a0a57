"""Sub-users of an account, with their policies and keys. The rules are in :mod:`entrepot.core.rules.users`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from entrepot.admin.credentials import new_user_id, printable
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.identity import User
from entrepot.core.rules import users


def create(
    tx: Transaction, now: float, account: int, name: str, user_id: str | None = None, policies: Sequence[str] = ()
) -> User:
    """Add a sub-user with these policies; its number is random unless given. It may do nothing without a policy.

    Raises:
        Fault: as :func:`entrepot.core.rules.users.create` and ``attach``; PARAMETER_INVALID.
    """
    made = users.create(tx, account, name, printable(user_id or new_user_id(), "user id"), now)
    for policy in policies:
        made = users.attach(tx, account, name, policy)
    return made


def row(reader: Reader, user: User) -> dict[str, Any]:
    """A user with the names of its policies and the ids of its keys."""
    return _row(user, [key.id for key in users.keys_of(reader, user)])


def _row(user: User, keys: list[str]) -> dict[str, Any]:
    return {
        "name": user.name,
        "account": user.account,
        "user_id": user.user_id,
        "policies": list(user.policies),
        "keys": keys,
        "created_at": user.created_at,
    }


def rows(reader: Reader, account: int | None) -> list[dict[str, Any]]:
    """All users (of an account), by account and name."""
    return [row(reader, user) for user in reader.users(account)]


def page(reader: Reader, account: int, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Users of an account after a name, and the name to go on from where there are more. Keys are looked up once."""
    held: dict[str, list[str]] = {}
    for key in reader.keys(account):
        if key.user is not None:
            held.setdefault(key.user, []).append(key.id)
    found = [user for user in reader.users(account) if after is None or user.name > after]
    rows = [_row(user, held.get(user.name, [])) for user in found[:limit]]
    return rows, found[limit - 1].name if len(found) > limit else None


def details(reader: Reader, account: int, name: str) -> dict[str, Any]:
    """One user. Raises Fault OBJECT_MISSING."""
    return row(reader, users.existing(reader, account, name))
