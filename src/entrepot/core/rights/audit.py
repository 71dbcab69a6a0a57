"""The audit record: one event for every mint, refusal, use of a minted right, and revocation.

Values only. An event says who, what and where; it never holds a secret, a signature or a token, because it is made of
named facts that are none. Must not know how a record is kept; :class:`entrepot.core.ports.Audit` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entrepot.core.fault import Kind
from entrepot.core.rights.identity import Key
from entrepot.core.value import Value

TEXT_MAX = 512
"""Longest text of a fact, in characters; what is longer is cut."""

FactValue = str | int | float | Mapping[str, int] | tuple[str, ...]


class Event(Value, frozen=True, kw_only=True):
    """Something that happened ``at`` a time, in seconds since 1970. ``what`` is mint, use, refuse or revoke."""

    what: str
    at: float
    facts: Mapping[str, FactValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """When the audit log starts a new file, and what it notes. Its files are never removed by the server.

    ``rotate_bytes`` is the size at which it does, and ``rotate_seconds`` is the age of the file's first line at which
    it does. ``sub_users`` is whether uses of sub-users' keys have lines, as those of minted rights always have; in dev
    mode they have.
    """

    rotate_bytes: int = 64 * 1024 * 1024
    rotate_seconds: float = 86_400.0
    sub_users: bool = False


AUTHORITY = frozenset({
    Kind.SIGNATURE_MISSING, Kind.SIGNATURE_MALFORMED, Kind.SIGNATURE_MISMATCH, Kind.SIGNATURE_EXPIRED,
    Kind.SIGNATURE_SPENT, Kind.SIGNATURE_FOREIGN, Kind.KEY_UNKNOWN, Kind.ACCESS_DENIED, Kind.TOKEN_INVALID,
    Kind.REQUEST_SKEWED, Kind.POLICY_VIOLATED,
})  # fmt: skip
"""The refusals that say that somebody may not."""


def cut(text: str) -> str:
    """A text that is not too long for a line."""
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"


def minted(key: Key) -> Event:
    """A right was minted."""
    facts: dict[str, FactValue] = {"key": key.id, "account": key.account}
    if key.minted is not None:
        row = key.minted
        facts |= {"api": row.api, "minter": row.minter, "client": row.client, "allows": cut(row.allows)}
        if row.identity:
            facts["identity"] = cut(row.identity)
        if row.bucket:
            facts["place"] = cut(f"{row.bucket}/{row.key}")
    if key.expires_at is not None:
        facts["expires_at"] = key.expires_at
    if key.limits.max_bytes is not None:
        facts["max_bytes"] = key.limits.max_bytes
    if key.limits.uses is not None:
        facts["uses"] = key.limits.uses
    return Event(what="mint", at=key.created_at, facts=facts)


def revoked(key: Key, by: str, at: float) -> Event:
    """A right was withdrawn. ``by`` says through what: the command line, the admin API and from which address."""
    facts: dict[str, FactValue] = {"key": key.id, "account": key.account, "by": by}
    if key.minted is not None:
        facts |= {"api": key.minted.api, "minter": key.minted.minter}
    return Event(what="revoke", at=at, facts=facts)
