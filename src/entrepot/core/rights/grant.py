"""Grants: the right to do certain things to certain objects until a certain time.

A :class:`Grant` is a conjunction of clauses, so joining two can only narrow:
``(a & b).permits(x) == a.permits(x) and b.permits(x)`` for every access ``x`` (property-tested). Long-term keys,
signatures, presigned URLs, form policies and temporary credentials are ways to write a grant down.
Must not know how any of them is written.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from entrepot.core.rights.circumstances import (
    AROUND,
    NOTHING_ASKED,
    UNKNOWN_CIRCUMSTANCES,
    Asked,
    Circumstances,
    Fact,
    fact_of,
)
from entrepot.core.rights.conditions import Condition
from entrepot.core.rights.glob import Glob
from entrepot.core.value import Value, changed


class Right(StrEnum):
    """What can be done. What each operation of :mod:`entrepot.core.operations` asks stands in ``rules.required``."""

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
    DELETE_TAGS = "delete-tags"
    READ_BUCKET_ACL = "read-bucket-acl"
    UPDATE_BUCKET_ACL = "update-bucket-acl"
    READ_BUCKET_TAGS = "read-bucket-tags"
    UPDATE_BUCKET_TAGS = "update-bucket-tags"
    DELETE_BUCKET_TAGS = "delete-bucket-tags"
    READ_CONFIGURATION = "read-configuration"
    """To read what a bucket is set to where it has only what holds anyway."""
    UPDATE_CONFIGURATION = "update-configuration"
    """To take that away, or to set it to what holds anyway; neither changes anything."""
    UPDATE_LABELS = "update-labels"
    """To change what a bucket only says of itself."""
    READ_LOCATION = "read-location"
    READ_REFERER = "read-referer"
    """To read which pages may link to what is in a bucket."""
    READ_CORS = "read-cors"
    UPDATE_CORS = "update-cors"
    DELETE_CORS = "delete-cors"
    READ_LIFECYCLE = "read-lifecycle"
    UPDATE_LIFECYCLE = "update-lifecycle"
    DELETE_LIFECYCLE = "delete-lifecycle"
    READ_ENCRYPTION = "read-encryption"
    UPDATE_ENCRYPTION = "update-encryption"
    DELETE_ENCRYPTION = "delete-encryption"
    """Of a bucket: whether it encrypts what comes without a word about it."""
    COPY_INTO = "copy-into"
    COPY_PART = "copy-part"
    RESTORE_OBJECT = "restore-object"
    SET_EXPIRY = "set-expiry"
    """To say for how many days an object stays there."""
    READ_ATTRIBUTES = "read-attributes"
    """To be told attributes of an object and of its parts in a document, beside the right to ask what it is."""
    READ_RETENTION = "read-retention"
    """To ask what keeps an object from being deleted."""
    LIST_VERSIONS = "list-versions"
    READ_VERSION = "read-version"
    STAT_VERSION = "stat-version"
    DELETE_VERSION = "delete-version"
    READ_VERSION_ACL = "read-version-acl"
    UPDATE_VERSION_ACL = "update-version-acl"
    READ_VERSION_TAGS = "read-version-tags"
    UPDATE_VERSION_TAGS = "update-version-tags"
    DELETE_VERSION_TAGS = "delete-version-tags"
    READ_VERSION_ATTRIBUTES = "read-version-attributes"
    CALL_BACK = "call-back"
    """To have the server ask an application for the reply to an upload."""
    MINT = "mint"


EVERY_RIGHT = frozenset(Right)
INCLUDED: Final = {
    Right.COPY_INTO: frozenset({Right.PUT_OBJECT}),
    Right.COPY_PART: frozenset({Right.PUT_PART}),
    Right.COPY_OBJECT: frozenset({Right.READ_OBJECT}),
    Right.MOVE_OBJECT: frozenset({Right.READ_OBJECT, Right.DELETE_OBJECT}),
}
"""Rights that others together include: who may store any bytes may store those of an object that can be read, and who
may not store bytes may not store a copy either."""

OF_VERSION: Final = {
    Right.READ_OBJECT: Right.READ_VERSION,
    Right.STAT_OBJECT: Right.STAT_VERSION,
    Right.DELETE_OBJECT: Right.DELETE_VERSION,
    Right.READ_ACL: Right.READ_VERSION_ACL,
    Right.UPDATE_ACL: Right.UPDATE_VERSION_ACL,
    Right.READ_TAGS: Right.READ_VERSION_TAGS,
    Right.UPDATE_TAGS: Right.UPDATE_VERSION_TAGS,
    Right.DELETE_TAGS: Right.DELETE_VERSION_TAGS,
    Right.READ_ATTRIBUTES: Right.READ_VERSION_ATTRIBUTES,
}
"""What a right asks for as well when a request names the version, though there is only one."""


class Access(Value, frozen=True, kw_only=True):
    """One thing that somebody wants to do: the question that a grant answers.

    ``bucket`` is None for account-wide rights, ``key`` is None for rights on the bucket itself; for a listing ``key``
    is the prefix asked for. ``at`` is in seconds since 1970. ``around`` and ``asked`` are needed by grants with
    conditions only. A fact that is ``pending`` is not known yet, and counts as if it came to please the grant.
    """

    right: Right
    account: int
    bucket: str | None
    key: str | None
    at: float
    around: Circumstances = UNKNOWN_CIRCUMSTANCES
    asked: Asked = NOTHING_ASKED
    pending: frozenset[Fact] = frozenset()


class Scope(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Which resources a rule speaks of. None means any; ``key`` is an exact name, ``prefix`` begins one.

    Patterns: ``bucket_glob`` of the bucket's name, ``key_glob`` of the key (a right on the bucket itself has none and
    counts as the empty one), ``name_glob`` of ``bucket/key``, whose wildcards may reach over the slash. If
    ``numbered``, the name is ``bucket-account/key``, and that of a bucket ends in the slash.
    """

    account: int | None = None
    bucket: str | None = None
    prefix: str | None = None
    key: str | None = None
    bucket_glob: Glob | None = None
    key_glob: Glob | None = None
    name_glob: Glob | None = None
    numbered: bool = False

    def covers(self, access: Access) -> bool:
        """Whether the resource of ``access`` lies in this scope."""
        if self.account is not None and access.account != self.account:
            return False
        if self.bucket is not None and access.bucket != self.bucket:
            return False
        if self.key is not None and access.key != self.key:
            return False
        if self.prefix is not None and (access.key is None or not access.key.startswith(self.prefix)):
            return False
        if self.key_glob is not None and not self.key_glob.matches(access.key or ""):
            return False
        if self.bucket_glob is not None and not self.bucket_glob.matches(access.bucket or ""):
            return False
        return self.name_glob is None or self._names(access, self.name_glob)

    def _names(self, access: Access, glob: Glob) -> bool:
        if access.bucket is None:
            return False
        if self.numbered:
            return glob.matches(f"{access.bucket}-{access.account}/{access.key or ''}")
        return glob.matches(access.bucket if access.key is None else f"{access.bucket}/{access.key}")


class Part(StrEnum):
    """What a rule may miss, beside its conditions."""

    RIGHT = "right"
    SCOPE = "scope"
    EXCEPTED = "excepted"


Miss = Part | Condition


class Silence(StrEnum):
    """Why a clause refuses where no rule denies."""

    UNSPOKEN = "unspoken"
    OVER = "over"


class Rule(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Allows (or, with ``allow=False``, denies) ``rights`` on ``scope``, but for what ``excepts`` covers.

    It speaks only of requests for which all ``conditions`` hold. ``place`` says where it was written, such as
    ``statement[0]``; it decides nothing.
    """

    allow: bool = True
    rights: frozenset[Right] = EVERY_RIGHT
    scope: Scope = Scope()
    excepts: tuple[Scope, ...] = ()
    conditions: tuple[Condition, ...] = ()
    place: str = ""

    def matches(self, access: Access) -> bool:
        """Whether this rule speaks of ``access``.

        Of an unknown request a rule that allows does not, and one that denies does.
        """
        return self.miss(access) is None

    def miss(self, access: Access) -> Miss | None:
        """What first keeps this rule from speaking of ``access``: a part of it or a condition; None if nothing does."""
        if not self._names(access.right):
            return Part.RIGHT
        if not self.scope.covers(access):
            return Part.SCOPE
        if self.excepts and any(scope.covers(access) for scope in self.excepts):
            return Part.EXCEPTED
        for condition in self.conditions:
            if not self._meets(condition, access):
                return condition
        return None

    def misses(self, access: Access) -> list[Miss]:
        """All that keeps it: what is left of the rule is asked again without what was found before."""
        found: list[Miss] = []
        rest = self
        while (one := rest.miss(access)) is not None:
            found.append(one)
            rest = _without(rest, one)
        return found

    def _names(self, right: Right) -> bool:
        """Whether the right is among those of the rule, or goes with them."""
        if right in self.rights:
            return True
        needs = INCLUDED.get(right)
        return needs is not None and (needs <= self.rights if self.allow else not needs.isdisjoint(self.rights))

    def _meets(self, condition: Condition, access: Access) -> bool:
        if condition.fact in AROUND and not access.around.known:
            return not self.allow
        value = fact_of(condition.fact, access.around, access.asked, access.at)
        if value is None and condition.fact in access.pending:
            return self.allow
        return condition.holds(value)


def _without(rule: Rule, miss: Miss) -> Rule:
    """The rule as if it did not ask for what it misses."""
    if miss is Part.RIGHT:
        return changed(rule, rights=EVERY_RIGHT)
    if miss is Part.SCOPE:
        return changed(rule, scope=Scope())
    if miss is Part.EXCEPTED:
        return changed(rule, excepts=())
    return changed(rule, conditions=tuple(condition for condition in rule.conditions if condition is not miss))


Refusal = Rule | Silence


class Clause(Value, frozen=True, kw_only=True):
    """One restriction: some rule allows, no rule denies, and it is not over (``expires_at``, seconds since 1970)."""

    rules: tuple[Rule, ...]
    expires_at: float | None = None

    def permits(self, access: Access) -> bool:
        """Deny over allow over nothing."""
        return self.refusal(access) is None

    def refusal(self, access: Access) -> Refusal | None:
        """Why not: the rule that denies, or that no rule allows it, or that the clause is over. None: it is permitted.

        This is the decision itself, so that what is told of a refusal cannot be another one.
        """
        if self.expires_at is not None and access.at > self.expires_at:
            return Silence.OVER
        allowed = False
        for rule in self.rules:
            if rule.miss(access) is None:
                if not rule.allow:
                    return rule
                allowed = True
        return None if allowed else Silence.UNSPOKEN


class Grant(Value, frozen=True, kw_only=True):
    """A conjunction of clauses. The empty conjunction permits everything and exists only as the unit of ``&``."""

    clauses: tuple[Clause, ...] = ()

    def __and__(self, other: Grant) -> Grant:
        """Both: can only narrow."""
        return Grant(clauses=self.clauses + other.clauses)

    def permits(self, access: Access) -> bool:
        """Whether every clause permits ``access``."""
        for clause in self.clauses:  # noqa: SIM110 - a generator costs half as much again
            if clause.refusal(access) is not None:
                return False
        return True

    def forbids(self, access: Access) -> bool:
        """Whether a rule denies ``access`` or a clause is over, so that nothing else may allow it either."""
        return not self.denials.permits(access)

    @property
    def denials(self) -> Grant:
        """What this grant forbids, and when it ends, without what it allows: for what is allowed by somebody else.

        A rule that denies names resources of its own account; here it denies those of that name in every account.
        """
        clauses = []
        for clause in self.clauses:
            denied = (_everywhere(rule) for rule in clause.rules if not rule.allow)
            clauses.append(changed(clause, rules=(Rule(), *denied)))
        return Grant(clauses=tuple(clauses))

    def lending(self, rules: Iterable[Rule]) -> Grant:
        """This grant with what ``rules`` allow beside it; what it denies stays denied, and it ends when it ends."""
        lent = tuple(rule for rule in rules if rule.allow)
        return Grant(clauses=tuple(changed(clause, rules=clause.rules + lent) for clause in self.clauses))

    @property
    def conditional(self) -> bool:
        """Whether any rule has conditions, so that an access must tell more than its resource."""
        for clause in self.clauses:
            for rule in clause.rules:
                if rule.conditions:
                    return True
        return False

    def longest(self, access: Access) -> int | None:
        """The longest body, in bytes, with which ``access`` could still be permitted; None without a limit.

        What a condition says of a length changes at the numbers it names only, so one length between each two of them
        tells all. A body of which no length is permitted is 0 bytes long at most.
        """
        bounds = {
            math.floor(number)
            for clause in self.clauses
            for rule in clause.rules
            for condition in rule.conditions
            if condition.fact is Fact.CONTENT_LENGTH
            for number in condition.numbers
        }
        if not bounds:
            return None
        further_limits = max(bounds) + 1
        for length in sorted({bound + off for bound in bounds for off in (-1, 0, 1)}, reverse=True):
            asked = changed(access.asked, content_length=max(0, length))
            if self.permits(changed(access, asked=asked)):
                return None if length == further_limits else max(0, length)
        return 0


def _everywhere(rule: Rule) -> Rule:
    return changed(rule, scope=changed(rule.scope, account=None))


def account_grant(account: int) -> Grant:
    """Everything in one account: the grant of an account's own long-term key."""
    return Grant(clauses=(Clause(rules=(Rule(scope=Scope(account=account)),)),))
