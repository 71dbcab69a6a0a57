"""Who asks: accounts, users, keys, and the principals that their verified signatures stand for.

Must not know how a signature is written; that is :mod:`entrepot.signing`. Secrets have no repr, so that no log shows
them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.core.rights.circumstances import UNKNOWN_CIRCUMSTANCES, Circumstances
from entrepot.core.rights.grant import Grant, Rule, account_grant
from entrepot.core.value import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An owner of buckets and keys.

    ``id`` is the number in addresses. ``user_id`` is the number by which policies and signatures name a user.
    """

    id: int
    user_id: str
    created_at: float


class Limits(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Limits of a minted right that no grant can say: the bytes of one object, and how many times it may be used.

    A ``plain`` one only stores bytes: its holder has no say in callbacks or redirects.
    """

    max_bytes: int | None = None
    uses: int | None = None
    plain: bool = False


NO_LIMITS = Limits()


class Minted(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Where a minted right comes from: the API that was asked, by which key, from which address, and what it allows.

    ``allows`` is a description for people; the key's grant decides. ``identity`` names the holder, by kind and name:
    ``role/NAME/SESSION``, ``federated/NAME``, ``user/NAME``, ``account``; empty when the API gives the holder no name.
    """

    api: str
    minter: str
    client: str
    allows: str
    bucket: str = ""
    key: str = ""
    identity: str = ""
    revoked_by: str = ""
    """Who withdrew it, in words of the audit log; empty while it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An access key: its public id, its secret, and the most that it may do.

    A temporary key has ``expires_at``, and ``token_sha256`` if a session token must be shown with it. Every minted
    right is a key with ``minted``: a presigned URL or form is signed by a key of its own, whose secret nobody is given,
    so that it can be revoked by itself. Times are in seconds since 1970. A key with ``revoked_at`` is not valid:
    a minted one never again, and it is kept for the ledger only; a long-term one was disabled and may be enabled.
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
    """The sub-user whose key it is; None for the account itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A sub-user of an account. It may do what its policies allow, and nothing if it has none.

    ``user_id`` is its number in the clouds' replies; ``policies`` are names, in order.
    """

    account: int
    name: str
    user_id: str
    created_at: float
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy that users of an account can have: its text as written, and the rules that it was translated to."""

    account: int
    name: str
    language: str
    text: str
    rules: tuple[Rule, ...]
    changed_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A key that was just minted, with its session token, which is not stored and is shown only once."""

    key: Key
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """How a key was used: how often, when last, and how many objects it stored."""

    count: int = 0
    last_at: float | None = None
    stored: int = 0


class Spend(Value, frozen=True, kw_only=True):
    """The uses of a right that may be used ``most`` times. They are counted under ``token`` until ``until``.

    ``also`` is counted in the same step. A key with limited uses can be shown in a request with a nonce: both count.
    """

    token: bytes
    until: float
    most: int = 1
    also: Spend | None = None
    spender: str = ""
    """The request that uses it: when (seconds since 1970), its id and the address it came from, with blanks between."""


class Principal(Value, frozen=True, kw_only=True):
    """Who makes a request, once it is verified.

    ``own_grant`` is what the key may do. ``grant`` is what this request may do: the same, narrowed to what was signed.
    """

    account: int | None
    key_id: str | None
    grant: Grant
    own_grant: Grant
    spend: Spend | None = None
    limits: Limits = NO_LIMITS
    minted: bool = False
    """Whether the key was minted: then the ledger counts its uses and notes the objects that it stores."""
    key_grant: Grant | None = None
    """What the key's row said when it was looked up; None without a key."""
    by_acl: bool = False
    """Whether ``grant`` comes from what an ACL opens to anybody, and not from the key's own."""
    around: Circumstances = UNKNOWN_CIRCUMSTANCES
    """Facts of the request; set only when a grant has conditions."""

    @property
    def conditional(self) -> bool:
        """Whether a grant has conditions, so that the answer depends on more than right and resource."""
        return self.grant.conditional or self.own_grant.conditional


def principal_of(key: Key, limits: Grant, spend: Spend | None = None, foreign_grant: Grant | None = None) -> Principal:
    """The principal of a verified signature by ``key``, narrowed to ``limits``. Every signed request gets its own here.

    ``foreign_grant`` is given for a bucket of another account: what anyone may do there. The key's own grant allows
    nothing in that bucket, but what it denies stays denied, and its limits, uses and revocation hold as everywhere.
    """
    if key.limits.uses is not None:
        until = (key.expires_at or float(2**40)) + _REMEMBERED_SECONDS
        spend = Spend(token=b"uses:" + key.id.encode(), until=until, most=key.limits.uses, also=spend)
    return Principal(
        account=key.account,
        key_id=key.id,
        grant=(key.grant if foreign_grant is None else foreign_grant & key.grant.denials) & limits,
        own_grant=key.grant,
        spend=spend,
        limits=key.limits,
        minted=key.minted is not None,
        key_grant=key.grant,
        by_acl=foreign_grant is not None,
    )


_REMEMBERED_SECONDS = 86_400.0
"""How long uses are remembered after a right expired. A clock that is set back must not make it usable again."""


def anonymous_principal(grant: Grant) -> Principal:
    """The principal of a request without a signature; ``grant`` is what anyone may do."""
    return Principal(account=None, key_id=None, grant=grant, own_grant=grant, by_acl=True)


def key_of_account(*, id: str, account: int, secret: bytes, created_at: float) -> Key:  # noqa: A002
    """A long-term key that may do everything in its account."""
    return Key(id=id, account=account, secret=secret, grant=account_grant(account), created_at=created_at)
