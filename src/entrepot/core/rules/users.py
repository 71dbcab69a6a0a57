"""The rules of sub-users: their keys may do what their policies say together, deny over allow over nothing.

What a key may do is written into its row whenever a policy changes, in the same transaction, so that verifying a
request looks up nothing more. Rights that a user minted before are rows of their own: withdraw them in the ledger.
Must not know a policy's language. Pure over a transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.grant import Clause, Grant
from entrepot.core.rights.holders import filled
from entrepot.core.rights.identity import Key, Policy, User
from entrepot.core.value import changed

POLICIES_MAX = 10
"""How many policies one user can have."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", re.ASCII)


def check_name(name: str, what: str) -> str:
    """Raises Fault NAME_INVALID."""
    if not _NAME.fullmatch(name):
        raise Fault(
            Kind.NAME_INVALID,
            f"{name[:80]!r} is no name for a {what}: 1 to 64 letters, digits and . _ @ -, no sign first",
        )
    return name


def existing(reader: Reader, account: int, name: str) -> User:
    """Raises Fault OBJECT_MISSING."""
    user = reader.user(account, name)
    if user is None:
        raise Fault(Kind.OBJECT_MISSING, f"the account {account} has no user {name[:80]!r}")
    return user


def existing_policy(reader: Reader, account: int, name: str) -> Policy:
    """Raises Fault OBJECT_MISSING."""
    policy = reader.policy(account, name)
    if policy is None:
        raise Fault(Kind.OBJECT_MISSING, f"the account {account} has no policy {name[:80]!r}")
    return policy


def grant_of(reader: Reader, user: User) -> Grant:
    """What a user may do: all rules of its policies in one clause."""
    policies = [existing_policy(reader, user.account, name) for name in user.policies]
    return grant_by(policies, user)


def grant_by(policies: Iterable[Policy], user: User) -> Grant:
    """What a user may do by these policies. Each rule says in its place which of them it is of."""
    rules = (
        changed(rule, place=f"{policy.name}{OF}{rule.place}") if rule.place else rule
        for policy in policies
        for rule in policy.rules
    )
    return Grant(clauses=(Clause(rules=filled(rules, user)),))


OF = ": "
"""Between the name of a policy and the place in it."""


def keys_of(reader: Reader, user: User) -> list[Key]:
    """The long-term keys of a user."""
    return [key for key in reader.keys(user.account) if key.user == user.name]


def create(tx: Transaction, account: int, name: str, user_id: str, now: float) -> User:
    """Add a user, who may do nothing yet. Raises Fault NAME_INVALID, OBJECT_MISSING, OBJECT_EXISTS."""
    check_name(name, "user")
    if tx.account(account) is None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no account {account}")
    if tx.user(account, name) is not None:
        raise Fault(Kind.OBJECT_EXISTS, f"the account {account} has a user {name!r} already")
    taken = {user.user_id for user in tx.users(None)} | {owner.user_id for owner in tx.accounts()}
    if user_id in taken:
        raise Fault(Kind.OBJECT_EXISTS, f"the user id {user_id!r} is taken; choose another one")
    user = User(account=account, name=name, user_id=user_id, created_at=now)
    tx.put_user(user)
    return user


def delete(tx: Transaction, account: int, name: str) -> None:
    """Remove a user without keys. Raises Fault OBJECT_MISSING, BUCKET_NOT_EMPTY."""
    user = existing(tx, account, name)
    if keys := keys_of(tx, user):
        raise Fault(
            Kind.BUCKET_NOT_EMPTY,
            f"the user {name!r} still has keys ({', '.join(key.id for key in keys)}); delete them",
        )
    tx.remove_user(account, name)


def attach(tx: Transaction, account: int, name: str, policy: str) -> User:
    """Give a user a policy. Raises Fault OBJECT_MISSING, PARAMETER_INVALID."""
    user = existing(tx, account, name)
    existing_policy(tx, account, policy)
    if policy in user.policies:
        return user
    if len(user.policies) >= POLICIES_MAX:
        raise Fault(Kind.PARAMETER_INVALID, f"the user {name!r} has {POLICIES_MAX} policies, which is the most")
    return _changed(tx, user, (*user.policies, policy))


def detach(tx: Transaction, account: int, name: str, policy: str) -> User:
    """Take a policy from a user. Raises Fault OBJECT_MISSING."""
    user = existing(tx, account, name)
    if policy not in user.policies:
        raise Fault(Kind.OBJECT_MISSING, f"the user {name!r} does not have the policy {policy[:80]!r}")
    return _changed(tx, user, tuple(each for each in user.policies if each != policy))


def store_policy(tx: Transaction, policy: Policy) -> None:
    """Add a policy, or change it for everybody who has it. Raises Fault NAME_INVALID, OBJECT_MISSING."""
    check_name(policy.name, "policy")
    if tx.account(policy.account) is None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no account {policy.account}")
    tx.put_policy(policy)
    for user in holders(tx, policy.account, policy.name):
        _write(tx, user)


def delete_policy(tx: Transaction, account: int, name: str) -> None:
    """Remove a policy that nobody has. Raises Fault OBJECT_MISSING, BUCKET_NOT_EMPTY."""
    existing_policy(tx, account, name)
    if users := holders(tx, account, name):
        names = ", ".join(user.name for user in users)
        raise Fault(Kind.BUCKET_NOT_EMPTY, f"the policy {name!r} is attached to {names}; detach it first")
    tx.remove_policy(account, name)


def holders(reader: Reader, account: int, policy: str) -> list[User]:
    """The users who have a policy."""
    return [user for user in reader.users(account) if policy in user.policies]


def _changed(tx: Transaction, user: User, policies: tuple[str, ...]) -> User:
    fresh = replace(user, policies=policies)
    tx.put_user(fresh)
    _write(tx, fresh)
    return fresh


def _write(tx: Transaction, user: User) -> None:
    """Write into each key of a user what it may do now."""
    grant = grant_of(tx, user)
    for key in keys_of(tx, user):
        tx.set_key_grant(key.id, grant)
