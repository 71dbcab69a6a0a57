"""Grants: the right to do certain things to certain objects until a certain time.

A :class:`Grant` is a conjunction of clauses, so joining two can only narrow:
``(a & b).permits(x) == a.permits(x) and b.permits(x)`` for every access ``x`` (property-tested). Long-term keys,
signatures, presigned URLs, form policies and temporary credentials are ways to write a grant down.
Must not know how any of them is written.
"""

from __future__ import annotations

from enum import StrEnum

from entrepot.core.value import Value


class Right(StrEnum):
    """What can be done. Each operation of :mod:`entrepot.core.ops` needs exactly one."""

    LIST_BUCKETS = "list-buckets"
    CREATE_BUCKET = "create-bucket"
    STAT_BUCKET = "stat-bucket"
    UPDATE_BUCKET = "update-bucket"
    DELETE_BUCKET = "delete-bucket"
    LIST_OBJECTS = "list-objects"
    READ_OBJECT = "read-object"
    STAT_OBJECT = "stat-object"
    PUT_OBJECT = "put-object"
    UPDATE_OBJECT = "update-object"
    COPY_OBJECT = "copy-object"
    MOVE_OBJECT = "move-object"
    DELETE_OBJECT = "delete-object"
    START_UPLOAD = "start-upload"
    PUT_PART = "put-part"
    LIST_PARTS = "list-parts"
    COMPLETE_UPLOAD = "complete-upload"
    ABORT_UPLOAD = "abort-upload"
    LIST_UPLOADS = "list-uploads"
    POST_OBJECT = "post-object"
    APPEND_OBJECT = "append-object"
    READ_ACL = "read-acl"
    UPDATE_ACL = "update-acl"
    READ_TAGS = "read-tags"
    UPDATE_TAGS = "update-tags"
    MINT = "mint"


EVERY_RIGHT = frozenset(Right)


class Access(Value, frozen=True, kw_only=True):
    """One thing that somebody wants to do: the question that a grant answers.

    ``bucket`` is None for account-wide rights, ``key`` is None for rights on the bucket itself; for a listing ``key``
    is the prefix asked for. ``at`` is in seconds since 1970.
    """

    right: Right
    account: int
    bucket: str | None
    key: str | None
    at: float


class Scope(Value, frozen=True, kw_only=True):
    """Which resources a rule speaks of. None means any; ``keys`` are exact names, ``prefixes`` begin them."""

    account: int | None = None
    bucket: str | None = None
    prefix: str | None = None
    key: str | None = None

    def covers(self, access: Access) -> bool:
        """Whether the resource of ``access`` lies in this scope."""
        if self.account is not None and access.account != self.account:
            return False
        if self.bucket is not None and access.bucket != self.bucket:
            return False
        if self.key is not None and access.key != self.key:
            return False
        return self.prefix is None or (access.key is not None and access.key.startswith(self.prefix))


class Rule(Value, frozen=True, kw_only=True):
    """Allows (or, with ``allow=False``, denies) ``rights`` on ``scope``."""

    allow: bool = True
    rights: frozenset[Right] = EVERY_RIGHT
    scope: Scope = Scope()

    def matches(self, access: Access) -> bool:
        """Whether this rule speaks of ``access``."""
        return access.right in self.rights and self.scope.covers(access)


class Clause(Value, frozen=True, kw_only=True):
    """One restriction: some rule allows, no rule denies, and it is not over (``expires_at``, seconds since 1970)."""

    rules: tuple[Rule, ...]
    expires_at: float | None = None

    def permits(self, access: Access) -> bool:
        """Deny over allow over nothing."""
        if self.expires_at is not None and access.at > self.expires_at:
            return False
        allowed = False
        for rule in self.rules:
            if rule.matches(access):
                if not rule.allow:
                    return False
                allowed = True
        return allowed


class Grant(Value, frozen=True, kw_only=True):
    """A conjunction of clauses. The empty conjunction permits everything and exists only as the unit of ``&``."""

    clauses: tuple[Clause, ...] = ()

    def __and__(self, other: Grant) -> Grant:
        """Both: can only narrow."""
        return Grant(clauses=self.clauses + other.clauses)

    def permits(self, access: Access) -> bool:
        """Whether every clause permits ``access``."""
        return all(clause.permits(access) for clause in self.clauses)


def account_grant(account: int) -> Grant:
    """Everything in one account: the grant of an account's own long-term key."""
    return Grant(clauses=(Clause(rules=(Rule(scope=Scope(account=account)),)),))
