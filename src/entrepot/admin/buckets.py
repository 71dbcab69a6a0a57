"""Buckets and their settings."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from entrepot.core.facts.records import Acl, Bucket, BucketSettings
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rules import uploads
from entrepot.core.value import Value

LIMIT = 100_000
"""The most buckets of one list."""

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_HOST = re.compile(r"[a-z0-9*.-]{1,253}", re.ASCII)


class Chosen(Value, frozen=True, kw_only=True):
    """Settings as an operator gives them. None: as it is. A list of empty texts: cleared."""

    authority: Acl | None = None
    protected: bool | None = None
    referer_allow: tuple[str, ...] = ()
    referer_deny: tuple[str, ...] = ()
    referer_empty: bool | None = None
    domains: tuple[str, ...] = ()

    def on(self, settings: BucketSettings) -> BucketSettings:
        """``settings`` with what was chosen. Raises Fault PARAMETER_INVALID."""
        return check_settings(
            replace(
                settings,
                acl=self.authority or settings.acl,
                acl_of_objects=settings.acl_of_objects if self.authority is None else True,
                protect_downloads=settings.protect_downloads if self.protected is None else self.protected,
                referer_allow=_listed(self.referer_allow, settings.referer_allow),
                referer_deny=_listed(self.referer_deny, settings.referer_deny),
                referer_empty=settings.referer_empty if self.referer_empty is None else self.referer_empty,
                domains=_listed(self.domains, settings.domains),
            )
        )


def _listed(given: tuple[str, ...], old: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value.lower() for value in given if value) if given else old


def check_settings(settings: BucketSettings) -> BucketSettings:
    """Return settings that can be stored. Raises Fault PARAMETER_INVALID."""
    for name, values in (
        ("referers to allow", settings.referer_allow),
        ("referers to deny", settings.referer_deny),
        ("custom domains", settings.domains),
    ):
        if len(values) > 10:
            raise Fault(Kind.PARAMETER_INVALID, f"a bucket has at most 10 {name}, not {len(values)}")
        for value in values:
            if not _HOST.fullmatch(value):
                raise Fault(Kind.PARAMETER_INVALID, f"{value!r} is no host name (lower case, * allowed in referers)")
    return settings


def create(tx: Transaction, now: float, account: int, name: str, settings: BucketSettings) -> Bucket:
    """Add a bucket. Raises Fault BUCKET_EXISTS, OBJECT_MISSING, NAME_INVALID."""
    if tx.account(account) is None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no account {account}")
    if not _NAME.fullmatch(name):
        raise Fault(
            Kind.NAME_INVALID,
            f"{name!r} is no bucket name: 1 to 63 lower-case letters, digits and hyphens, no hyphen at the ends",
        )
    return tx.add_bucket(account, name, now, settings)


def row(bucket: Bucket) -> dict[str, Any]:
    """A bucket and its settings."""
    settings = bucket.settings
    return {
        "name": bucket.name,
        "account": bucket.account,
        "authority": settings.acl.value,
        "token_protected": settings.protect_downloads,
        "referer_allow": list(settings.referer_allow),
        "referer_deny": list(settings.referer_deny),
        "referer_empty": settings.referer_empty,
        "domains": list(settings.domains),
        "created_at": bucket.created_at,
    }


def rows(reader: Reader, account: int | None) -> list[dict[str, Any]]:
    """All buckets (of an account) by name."""
    return [row(bucket) for bucket in reader.buckets(account, None, LIMIT)]


def page(
    reader: Reader, account: int | None, after: str | None, limit: int, prefix: str = ""
) -> tuple[list[dict[str, Any]], str | None]:
    """Buckets (of an account, of a prefix) after a name, and the name to go on from where there are more."""
    if prefix and (after is None or after < prefix):
        after = _just_before(prefix)
    found = [one for one in reader.buckets(account, after, limit + 1) if one.name.startswith(prefix)]
    return [row(bucket) for bucket in found[:limit]], found[limit - 1].name if len(found) > limit else None


def _just_before(name: str) -> str | None:
    """What no name of a bucket lies between and this one."""
    return f"{name[:-1]}{chr(ord(name[-1]) - 1)}\uffff" if name.isascii() and name[-1] > "\0" else None


def named(reader: Reader, account: int, name: str) -> Bucket:
    """The bucket of an account. Raises Fault BUCKET_MISSING."""
    found = reader.bucket(account, name)
    if found is None:
        raise Fault(Kind.BUCKET_MISSING, f"the account {account} has no bucket {name[:80]!r}")
    return found


def only_one_named(reader: Reader, name: str) -> Bucket:
    """The bucket of this name in whatever account, if there is just one. Raises Fault BUCKET_MISSING."""
    found = (reader.bucket(account.id, name) for account in reader.accounts())
    known = [bucket for bucket in found if bucket is not None]
    if len(known) != 1:
        more = "; say --account" * bool(known)
        raise Fault(Kind.BUCKET_MISSING, f"there are {len(known)} buckets {name[:80]!r}{more}")
    return known[0]


def update(tx: Transaction, account: int, name: str, chosen: Chosen) -> Bucket:
    """Change settings; what is not chosen stays. Raises Fault BUCKET_MISSING, PARAMETER_INVALID."""
    found = named(tx, account, name)
    return with_settings(tx, found, chosen.on(found.settings))


def with_settings(tx: Transaction, found: Bucket, settings: BucketSettings) -> Bucket:
    """Store settings that were checked."""
    fresh = replace(found, settings=settings)
    tx.update_bucket(fresh)
    return fresh


def delete(tx: Transaction, now: float, account: int, name: str) -> None:
    """Remove an empty bucket, with its unfinished uploads. Raises Fault BUCKET_MISSING, BUCKET_NOT_EMPTY."""
    found = named(tx, account, name)
    if tx.objects(found.id, "", None, 1):
        raise Fault(Kind.BUCKET_NOT_EMPTY, f"the bucket {name!r} is not empty; delete its objects first")
    while pending := tx.uploads_of(found.id, 100):
        for upload in pending:
            uploads.drop(tx, upload, now)
    tx.remove_bucket(found.id)
