"""The ledger of minted rights: listing, showing, counting and revoking them. No row has a secret.

Times in rows are written as RFC 3339 does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from entrepot.admin import buckets
from entrepot.core.facts.records import Bucket, Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Audit, Index, Reader
from entrepot.core.rights.identity import Key, KeyUse
from entrepot.core.rights.ledger import Mark, Wanted, holds
from entrepot.core.rules.withdrawal import count_named, count_wanted, withdraw, withdraw_wanted

FILTERS = ("account", "minter", "api", "prefix", "older_than")
"""What may narrow a question to some rights; :func:`wanted_of` reads them, and ``holding``."""
STORED_MAX = 100
"""Objects that are named of those that one right stored."""
_SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)([smhdw]?)", re.ASCII)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def moment(at: float | None) -> str | None:
    """A time as RFC 3339 writes it."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def span(text: str) -> float:
    """Seconds of a duration such as ``90s``, ``15m``, ``12h``, ``30d``, ``2w`` or a number. Raises Fault."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise Fault(Kind.PARAMETER_INVALID, f"{text[:40]!r} is no duration such as 90s, 15m, 12h, 30d or 2w")
    return float(match[1]) * _SECONDS[match[2]]


def state_of(key: Key, use: KeyUse, now: float) -> str:
    """Whether a right still holds, in a word."""
    if key.revoked_at is not None:
        return "revoked"
    if not holds(key, now):
        return "ended"
    spent = key.limits.uses is not None and use.count >= key.limits.uses
    return "used up" if spent else "holds"


def grant_row(key: Key, use: KeyUse, now: float) -> dict[str, Any]:
    """One right of the ledger, in the few words of a list."""
    assert key.minted is not None  # noqa: S101 - only minted keys are in the ledger
    row = key.minted
    return {
        "id": key.id,
        "state": state_of(key, use, now),
        "api": row.api,
        "account": key.account,
        "minter": row.minter,
        "place": f"{row.bucket}/{row.key}" if row.bucket else None,
        "minted_at": moment(key.created_at),
        "expires_at": moment(key.expires_at),
        "used": use.count,
    }


def page(reader: Reader, wanted: Wanted, after: Mark | None, limit: int, now: float) -> dict[str, Any]:
    """A page of the ``grants`` that are wanted, the newest first; ``next`` is what the next one goes on ``after``."""
    found = reader.rights(wanted, after, limit + 1)
    return {
        "grants": [grant_row(key, reader.key_use(key.id), now) for key in found[:limit]],
        "next": mark_text(found[limit - 1]) if len(found) > limit else None,
    }


def lived(key: Key, use: KeyUse, now: float) -> dict[str, Any]:
    """The same, with what :mod:`entrepot.admin.life` tells its life by."""
    assert key.minted is not None  # noqa: S101 - only minted keys are in the ledger
    return grant_row(key, use, now) | {
        "client": key.minted.client,
        "allows": key.minted.allows,
        "revoked_at": moment(key.revoked_at),
        "revoked_by": key.minted.revoked_by,
    }


def details(reader: Reader, key_id: str, now: float) -> dict[str, Any]:
    """Everything that the ledger says of one right. Raises Fault OBJECT_MISSING."""
    key = named(reader, key_id)
    use = reader.key_use(key.id)
    names = bucket_names(reader)
    stored = [f"{names.get(bucket, f'#{bucket}')}/{name}" for bucket, name in reader.stored_by(key.id, STORED_MAX)]
    return lived(key, use, now) | {
        "max_bytes": key.limits.max_bytes,
        "max_uses": key.limits.uses,
        "with_token": key.token_sha256 is not None,
        "last_used_at": moment(use.last_at),
        "stored": use.stored,
        "stored_some": stored,
    }


def bucket_names(reader: Reader) -> dict[int, str]:
    """Names of buckets by number."""
    return {bucket.id: bucket.name for bucket in reader.buckets(None, None, 100_000)}


def of_object(reader: Reader, account: int | None, bucket: str, key: str, now: float) -> dict[str, Any]:
    """An object, and the key that stored it: a minted right with what the ledger says of that, or a long-term key.

    Without an account the bucket's name must be the only one of its kind. Raises Fault BUCKET_MISSING, OBJECT_MISSING.
    """
    found = buckets.only_one_named(reader, bucket) if account is None else buckets.named(reader, account, bucket)
    record = reader.object(found.id, key)
    if record is None:
        raise Fault(Kind.OBJECT_MISSING, f"the bucket {bucket!r} has no object {key[:80]!r}")
    return _object_row(found, record, reader, now)


def _object_row(bucket: Bucket, record: Object, reader: Reader, now: float) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "account": bucket.account,
        "bucket": bucket.name,
        "key": record.key,
        "size": record.size,
        "modified_at": moment(record.modified_at),
        "stored_by": record.stored_by,
        "stored_by_is": "nobody known",
        "grant": None,
    }
    if record.stored_by is None:
        return shown
    key = reader.key(record.stored_by)
    if key is None:
        return shown | {"stored_by_is": "a key or right that is gone"}
    if key.minted is None:
        return shown | {"stored_by_is": "a long-term key"}
    return shown | {"stored_by_is": "a minted right", "grant": grant_row(key, reader.key_use(key.id), now)}


async def revoke_named(
    index: Index, audit: Audit, ids: Sequence[str], by: str, now: float, *, dry_run: bool = False
) -> dict[str, int]:
    """Withdraw the rights of these ids; ``by`` goes into the audit log. All are looked up before any is withdrawn.

    Raises:
        Fault: OBJECT_MISSING when one is not there, OBJECT_EXISTS when one was withdrawn before.
    """
    found = await index.scan(lambda reader: [named(reader, one) for one in ids])
    if dry_run:
        return {"matched": await count_named(index, ids, now), "revoked": 0}
    gone = 0  # of two that are named, one may have been minted from the other
    for key in {key.id: key for key in found}.values():
        try:
            gone += await withdraw(index, audit, key.id, by, now)
        except Fault as fault:
            if fault.kind is not Kind.OBJECT_EXISTS or not gone:
                raise
    return {"matched": gone, "revoked": gone}


async def revoke_wanted(
    index: Index, audit: Audit, wanted: Wanted, by: str, now: float, *, dry_run: bool = False
) -> dict[str, int]:
    """Withdraw every right that is wanted and holds; ``by`` goes into the audit log."""
    if dry_run:
        return {"matched": await count_wanted(index, wanted, now), "revoked": 0}
    count = await withdraw_wanted(index, audit, wanted, by, now)
    return {"matched": count, "revoked": count}


def named(reader: Reader, key_id: str) -> Key:
    """The minted right of an id. Raises Fault OBJECT_MISSING."""
    found = reader.key(key_id)
    if found is None or found.minted is None:
        raise Fault(Kind.OBJECT_MISSING, f"the ledger has no right {key_id[:200]!r}; it may have been pruned")
    return found


def wanted_of(given: Mapping[str, Any], now: float) -> Wanted:
    """What a filter asks (``account``, ``minter``, ``api``, ``prefix``, ``older_than``, ``holding``). Raises Fault."""
    older = given.get("older_than")
    return Wanted(
        account=given.get("account"),
        minter=given.get("minter"),
        api=given.get("api"),
        place=given.get("prefix"),
        before=None if older is None else now - span(older),
        holding=now if given.get("holding") else None,
    )


def mark_text(key: Key) -> str:
    """The place after a right, for a client to give back."""
    return f"{key.created_at!r}:{key.id}"


def mark_of_text(text: str) -> Mark:
    """The inverse of :func:`mark_text`. Raises Fault."""
    at, colon, key_id = text.partition(":")
    try:
        return Mark(at=float(at), id=key_id if colon else "")
    except ValueError as error:
        message = f"{text[:40]!r} is no place in a list; give back what the list before ended with"
        raise Fault(Kind.PARAMETER_INVALID, message) from error
