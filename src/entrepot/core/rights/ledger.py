"""The ledger: which of the minted rights somebody asks for, and in what order they are told.

Every minted right is a key of its own (:class:`entrepot.core.rights.identity.Key` with ``minted``). They are told
by age, the newest first. Values only; must not know how they are found.
"""

from __future__ import annotations

from entrepot.core.rights.identity import Key
from entrepot.core.value import Value


class Wanted(Value, frozen=True, kw_only=True):
    """Which rights: those that meet every field that is not None.

    ``minter`` is the id of the key that asked; ``api`` is a service and action, or a service alone; ``place`` begins
    the bucket and key, with a slash between, that the right is about; ``before`` is when it was minted at the latest,
    and ``holding`` a time at which it was neither over nor withdrawn, both in seconds since 1970.
    """

    account: int | None = None
    minter: str | None = None
    api: str | None = None
    place: str | None = None
    before: float | None = None
    holding: float | None = None

    def takes(self, key: Key) -> bool:
        """Whether a key is one of them."""
        row = key.minted
        if row is None or (self.account is not None and key.account != self.account):
            return False
        if self.minter is not None and row.minter != self.minter:
            return False
        if self.api is not None and row.api != self.api and not row.api.startswith(self.api + ":"):
            return False
        if self.place is not None and not f"{row.bucket}/{row.key}".startswith(self.place):
            return False
        if self.before is not None and key.created_at > self.before:
            return False
        return self.holding is None or holds(key, self.holding)


EVERY = Wanted()


class Mark(Value, frozen=True, kw_only=True):
    """A place in the ledger: after the right that was minted ``at`` this time under this ``id``."""

    at: float
    id: str


def mark_of(key: Key) -> Mark:
    """The place just after a right."""
    return Mark(at=key.created_at, id=key.id)


def order_of(key: Key) -> tuple[float, str]:
    """What rights are told by, the greatest first."""
    return (key.created_at, key.id)


def holds(key: Key, at: float) -> bool:
    """Whether a right was neither over nor withdrawn at a time."""
    return (key.revoked_at is None or key.revoked_at > at) and (key.expires_at is None or key.expires_at >= at)
