"""Who asks: accounts, keys, principals, and what a signature claims.

Must not know how a signature is written; :mod:`entrepot.signing` turns the wire into claims. Secrets have no repr.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.core.grant import Grant, account_grant
from entrepot.core.value import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An owner of buckets and keys.

    ``id`` is the number that addresses carry; ``user_id`` is the number by which signatures and policies name a user.
    """

    id: int
    user_id: str
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A credential: its public id, its secret and what it may do at most."""

    id: str
    account: int
    secret: bytes = field(repr=False)
    grant: Grant
    created_at: float


class Spend(Value, frozen=True, kw_only=True):
    """A right that may take effect once. ``token`` is unique to it; it is remembered until ``until`` (seconds)."""

    token: bytes
    until: float


class Principal(Value, frozen=True, kw_only=True):
    """Whoever shows a verified credential: the effective grant is the key's own, narrowed by what was signed."""

    account: int | None
    key_id: str | None
    grant: Grant
    own_grant: Grant
    spend: Spend | None = None


def principal_of(key: Key, limits: Grant, spend: Spend | None = None) -> Principal:
    """The principal of a verified claim on ``key`` that is narrowed to ``limits``."""
    return Principal(account=key.account, key_id=key.id, grant=key.grant & limits, own_grant=key.grant, spend=spend)


def key_of_account(*, id: str, account: int, secret: bytes, created_at: float) -> Key:  # noqa: A002
    """A long-term key that may do everything in its account."""
    return Key(id=id, account=account, secret=secret, grant=account_grant(account), created_at=created_at)
