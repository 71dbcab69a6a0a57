"""The shape of a seed: accounts, and in each of them keys, policies, users, buckets with objects, and grants.

Data only. What the shape does not have is refused, with the nearest name that it has. Must not know files: whoever
reads one (:mod:`.reading`) puts the bytes of objects where a seed has them. An account, a key or a bucket that a seed
does not name is left alone; of what it names, a field that it leaves out stays as it is.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from entrepot.core.facts.records import Acl

APPID = 1250000000
"""The account that is meant where a seed names none: that of dev mode."""
OBJECTS_MAX = 100_000


class Shape(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The base of all parts of a seed."""


class SeedKey(Shape, frozen=True, kw_only=True):
    """A long-term key. One that is there must have the same secret and belong to the same account and user."""

    id: str
    secret: str

    def __repr__(self) -> str:
        return f"SeedKey(id={self.id!r})"


class SeedPolicy(Shape, frozen=True, kw_only=True):
    """A policy of users: its text, or a document that becomes one. Without a language, its version tells that."""

    name: str
    text: str | None = None
    document: dict[str, Any] | None = None
    language: Literal["cam", "ram"] | None = None


class SeedUser(Shape, frozen=True, kw_only=True):
    """A sub-user. Where policies are named, it has these and no others."""

    name: str
    user_id: str | None = None
    policies: tuple[str, ...] | None = None
    keys: tuple[SeedKey, ...] = ()


class SeedCors(Shape, frozen=True, kw_only=True):
    """One rule of what browsers of other origins may do."""

    origins: tuple[str, ...]
    methods: tuple[Literal["GET", "PUT", "POST", "DELETE", "HEAD"], ...]
    id: str = ""
    headers: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    max_age_seconds: Annotated[int, Meta(ge=0, le=10**8)] | None = None


Days = Annotated[int, Meta(ge=1, le=10**6)]


class SeedLifecycle(Shape, frozen=True, kw_only=True):
    """One rule of what the sweep does with old objects and unfinished uploads below a prefix."""

    id: str = ""
    enabled: bool = True
    prefix: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    expire_days: Days | None = None
    abort_days: Days | None = None


class SeedObject(Shape, frozen=True, kw_only=True):
    """One object. Its bytes: a text, base64, or a file below the seed's folder. None of them: it is empty."""

    key: str
    text: str | None = None
    base64: bytes | None = None
    file: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    acl: Acl | None = None


class SeedBucket(Shape, frozen=True, kw_only=True):
    """A bucket, its settings and its objects."""

    name: str
    acl: Acl | None = None
    token_protected: bool | None = None
    referer_allow: tuple[str, ...] | None = None
    referer_deny: tuple[str, ...] | None = None
    referer_empty: bool | None = None
    domains: tuple[str, ...] | None = None
    tags: dict[str, str] | None = None
    encryption: bool | None = None
    cors: tuple[SeedCors, ...] | None = None
    lifecycle: tuple[SeedLifecycle, ...] | None = None
    objects: tuple[SeedObject, ...] = ()


class SeedGrant(Shape, frozen=True, kw_only=True):
    """A temporary right of a minter, with a chosen id, secret and token: what a policy says of what the minter may.

    It lasts from when it is first put there; ``15m``, ``12h``, ``7d``.
    """

    id: str
    secret: str
    minter: str
    token: str | None = None
    lasts: str = "1h"
    text: str | None = None
    document: dict[str, Any] | None = None
    language: Literal["cam", "ram"] | None = None
    bucket: str = ""
    key: str = ""
    max_bytes: Annotated[int, Meta(ge=1)] | None = None
    uses: Annotated[int, Meta(ge=1)] | None = None

    def __repr__(self) -> str:
        return f"SeedGrant(id={self.id!r})"


class SeedAccount(Shape, frozen=True, kw_only=True):
    """An account and what is in it."""

    appid: int = APPID
    user_id: str | None = None
    keys: tuple[SeedKey, ...] = ()
    policies: tuple[SeedPolicy, ...] = ()
    users: tuple[SeedUser, ...] = ()
    buckets: tuple[SeedBucket, ...] = ()
    grants: tuple[SeedGrant, ...] = ()


class Seed(Shape, frozen=True, kw_only=True):
    """A whole seed."""

    accounts: tuple[SeedAccount, ...] = ()


class ShapeError(ValueError):
    """What was given has not the shape of a seed: why, and at which path."""

    def __init__(self, why: str, path: str) -> None:
        super().__init__(f"{path}: {why}")
        self.why = why
        self.path = path


def seed_of(value: Any) -> Seed:
    """The seed of a value as YAML and JSON have it. Raises ShapeError."""
    try:
        return msgspec.convert(value, Seed)
    except msgspec.ValidationError as error:
        why, _, path = str(error).partition(" - at `")
        raise ShapeError(why, path.rstrip("`") or "$") from error


def value_of(seed: Seed) -> Any:
    """The opposite; bytes become base64."""
    return msgspec.to_builtins(seed)
