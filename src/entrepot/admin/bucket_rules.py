"""CORS and lifecycle rules and tags of buckets as people write them, checked as a request that says the same would be.

Pure. What a dialect alone can say (transitions, dates) is not made here, and kept where it is there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from entrepot.core.facts.records import CorsRule, LifecycleRule
from entrepot.core.fault import Fault, Kind
from entrepot.dialects.s3like.operations.object_headers import check_tags

RULES_MAX: Final = 100
BUCKET_TAGS_MAX: Final = 50
ID_MAX: Final = 255
CORS_MAX: Final = 64 * 1024
"""Characters of all CORS rules of a bucket. Source: AWS "Using CORS", 64 KB."""
METHODS: Final = ("GET", "PUT", "POST", "DELETE", "HEAD")
_IN_HEADER = re.compile(r"[ -~]+")


def cors_rule(
    *,
    origins: Sequence[str],
    methods: Sequence[str],
    id: str = "",  # noqa: A002
    headers: Sequence[str] = (),
    expose: Sequence[str] = (),
    max_age_seconds: int | None = None,
) -> CorsRule:
    """One rule of what browsers of other origins may do. Raises Fault PARAMETER_INVALID."""
    if not origins or not methods or not all(origins):
        raise _wrong("a CORS rule needs at least one origin and one method")
    if any(text.count("*") > 1 for text in (*origins, *headers)):
        raise _wrong("an origin or header of a CORS rule may hold one *")
    for text in (*origins, *headers, *expose):
        if not _IN_HEADER.fullmatch(text):
            raise _wrong(f"{text[:60]!r} in a CORS rule cannot stand in a header")
    return CorsRule(
        id=_id(id), origins=tuple(origins), methods=tuple(methods), headers=tuple(headers), expose=tuple(expose),
        max_age_seconds=max_age_seconds,
    )  # fmt: skip


def check_cors(rules: tuple[CorsRule, ...]) -> tuple[CorsRule, ...]:
    """Rules that a bucket can have together. Raises Fault PARAMETER_INVALID."""
    _few(rules, "CORS")
    if sum(len(text) for rule in rules for text in (*rule.origins, *rule.headers, *rule.expose)) > CORS_MAX:
        raise _wrong(f"the CORS rules have more than {CORS_MAX} characters")
    return rules


def lifecycle_rule(
    *,
    id: str = "",  # noqa: A002
    enabled: bool = True,
    prefix: str = "",
    tags: Mapping[str, str] | None = None,
    expire_days: int | None = None,
    abort_days: int | None = None,
) -> LifecycleRule:
    """One rule of what the sweep does with old objects and uploads below a prefix. Raises Fault PARAMETER_INVALID."""
    if expire_days is None and abort_days is None:
        raise _wrong("a lifecycle rule needs expire_days or abort_days")
    if tags and abort_days is not None:
        raise _wrong("a lifecycle rule with tags cannot abort uploads, which have none")
    return LifecycleRule(
        id=_id(id), enabled=enabled, prefix=prefix, tags=check_tags(list((tags or {}).items())),
        expire_days=expire_days, abort_days=abort_days,
    )  # fmt: skip


def check_lifecycle(rules: tuple[LifecycleRule, ...]) -> tuple[LifecycleRule, ...]:
    """Rules that a bucket can have together. Raises Fault PARAMETER_INVALID."""
    _few(rules, "lifecycle")
    ids = [rule.id for rule in rules if rule.id]
    if len(ids) > len(set(ids)):
        raise _wrong("two lifecycle rules have the same id; it must be unique")
    return rules


def bucket_tags(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Tags that a bucket can have. Raises Fault PARAMETER_INVALID."""
    return check_tags(list(pairs), BUCKET_TAGS_MAX)


def _id(text: str) -> str:
    if len(text) > ID_MAX:
        raise _wrong(f"a rule's id has at most {ID_MAX} characters")
    return text


def _few(rules: Sequence[object], what: str) -> None:
    if len(rules) > RULES_MAX:
        raise _wrong(f"there are {len(rules)} {what} rules; at most {RULES_MAX} can be")


def _wrong(message: str) -> Fault:
    return Fault(Kind.PARAMETER_INVALID, message)
