"""Who asks: accounts, keys, principals, and what a signature claims.

Must not know how a signature is written; :mod:`entrepot.signing` turns the wire into claims. Secrets have no repr.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.core.rights.circumstances import UNKNOWN_CIRCUMSTANCES, Circumstances
from entrepot.core.rights.grant import Grant, Rule, account_grant
from entrepot.core.value import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An owner of buckets and keys.

    ``id`` is the number that addresses carry; ``user_id`` is the number by which signatures and policies name a user.
    """

    id: int
    user_id: str
    created_at: float


class Limits(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What a minted right may take beyond its grant: bytes of one body, and how often it may be used.

    One that is ``plain`` stores bytes and has no say in what becomes of the request: no callback, no redirect.
    """

    max_bytes: int | None = None
    uses: int | None = None
    plain: bool = False


NO_LIMITS = Limits()


class Minted(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Where a minted right comes from: the API that was asked, by which key, from which address, and what it allows.

    ``allows`` is for people; what counts is the key's grant. ``identity`` is what its holder is called, by kind and
    names: ``role/NAME/SESSION``, ``federated/NAME``, ``user/NAME``, ``account``; empty where nobody asked for one.
    """

    api: str
    minter: str
    client: str
    allows: str
    bucket: str = ""
    key: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A credential: its public id, its secret and what it may do at most.

    A temporary one has ``token_sha256``, the digest of the token that must be shown with it, and ``expires_at``. Every
    ``minted`` right is one: presigned URLs and forms are signed by a key of their own, which nobody else has. Times are
    in seconds since 1970; a key that was ``revoked_at`` some time is kept for the ledger only.
    """

    id: str
    account: int
    secret: bytes = field(repr=False)
    grant: Grant
    created_at: float
    token_sha256: bytes | None = field(default=None, repr=False)
    expires_at: float | None = None
    minted: Minted | None = None
    limits: Limits = NO_LIMITS
    revoked_at: float | None = None
    user: str | None = None
    """The sub-user whose key it is; None: the account's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A sub-user of an account: may do what its policies say, and nothing without one.

    ``user_id`` is its number in the clouds' replies; ``policies`` are names, in order.
    """

    account: int
    name: str
    user_id: str
    created_at: float
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy that users of an account can have: its text in some language, and the rules that it became."""

    account: int
    name: str
    language: str
    text: str
    rules: tuple[Rule, ...]
    changed_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A key that was just minted, with what only its receiver ever sees."""

    key: Key
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """How a key was used: how often, when last, and how many objects it stored."""

    count: int = 0
    last_at: float | None = None
    stored: int = 0


class Spend(Value, frozen=True, kw_only=True):
    """A right that may take effect ``most`` times. ``token`` is unique to it; it is remembered until ``until``.

    ``also`` is spent together with it: a nonce beside a limited number of uses.
    """

    token: bytes
    until: float
    most: int = 1
    also: Spend | None = None


class Principal(Value, frozen=True, kw_only=True):
    """Whoever shows a verified credential: the effective grant is the key's own, narrowed by what was signed."""

    account: int | None
    key_id: str | None
    grant: Grant
    own_grant: Grant
    spend: Spend | None = None
    limits: Limits = NO_LIMITS
    minted: bool = False
    """Whether the key is in the ledger, so that its use is counted and what it stores is noted."""
    around: Circumstances = UNKNOWN_CIRCUMSTANCES
    """The request; told where a grant has conditions."""

    @property
    def conditional(self) -> bool:
        """Whether what it may do depends on more than the resource."""
        return self.grant.conditional or self.own_grant.conditional


def principal_of(key: Key, limits: Grant, spend: Spend | None = None, elsewhere: Grant | None = None) -> Principal:
    """The principal of a verified claim on ``key`` that is narrowed to ``limits``: the only way to make one.

    ``elsewhere`` is what anyone may do in a bucket of another account. There the key allows nothing, but what it denies
    stays denied, and its limits, its uses and its withdrawal hold as everywhere.
    """
    if key.limits.uses is not None:
        until = (key.expires_at or float(2**40)) + _REMEMBERED_SECONDS
        spend = Spend(token=b"uses:" + key.id.encode(), until=until, most=key.limits.uses, also=spend)
    return Principal(
        account=key.account,
        key_id=key.id,
        grant=(key.grant if elsewhere is None else elsewhere & key.grant.denials) & limits,
        own_grant=key.grant,
        spend=spend,
        limits=key.limits,
        minted=key.minted is not None,
    )


_REMEMBERED_SECONDS = 86_400.0
"""How long uses are remembered after the right ended, whatever a clock may do meanwhile."""


def anybody(grant: Grant) -> Principal:
    """Whoever asks without a credential, and may do what anyone may."""
    return Principal(account=None, key_id=None, grant=grant, own_grant=grant)


def key_of_account(*, id: str, account: int, secret: bytes, created_at: float) -> Key:  # noqa: A002
    """A long-term key that may do everything in its account."""
    return Key(id=id, account=account, secret=secret, grant=account_grant(account), created_at=created_at)
