"""Housekeeping while the server runs: lifecycle rules first, then what nothing points to any more, a little at a time.

The rules are applied by :mod:`entrepot.upkeep.expiry`. One process of a data folder sweeps at a time, by lease.
``entrepot sweep`` does the same beside a server or without one.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice

from entrepot.core.facts.records import LifecycleRule
from entrepot.core.fault import Fault
from entrepot.core.ports import Blobs, Clock, Index, Leases, Reader, Transaction
from entrepot.core.rules import uploads
from entrepot.log import log
from entrepot.upkeep.expiry import Expiry
from entrepot.upkeep.settings import SweepSettings

_BATCH = 200
_LEASE = "sweeper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Temporary:
    """Files that are not kept, whatever their bucket's own rules say.

    Those whose names begin with ``prefix``, in the buckets called ``bucket`` of every account, go ``seconds`` after
    their last change.
    """

    bucket: str
    prefix: str
    seconds: float


@dataclass(slots=True)
class Swept:
    """What one sweep removed: ``expired`` objects, ``aborted`` uploads by lifecycle rules, ended ``grants``."""

    expired: int = 0
    aborted: int = 0
    uploads: int = 0
    spent: int = 0
    grants: int = 0
    blobs: int = 0
    orphans: int = 0


Progress = Callable[[str, int], None]


class Sweeper:
    """Removes what nothing points to."""

    def __init__(
        self,
        index: Index,
        blobs: Blobs,
        clock: Clock,
        settings: SweepSettings,
        temporary: Sequence[Temporary] = (),
    ) -> None:
        self._index = index
        self._blobs = blobs
        self._clock = clock
        self._settings = settings
        self._temporary = tuple(temporary)

    async def run(self, leases: Leases) -> None:
        """Sweep for ever, if this process has the lease."""
        applied: float | None = None
        while True:
            await asyncio.sleep(self._settings.every_seconds)
            if not leases.take(_LEASE):
                continue
            rules = applied is None or time.monotonic() - applied >= self._settings.rules_every_seconds
            if rules:
                applied = time.monotonic()
            with contextlib.suppress(Fault):  # a full disk is reported to those who write; try again later
                swept = await self.sweep(orphans=False, rules=rules)
                if swept != Swept():
                    counts = asdict(swept)
                    del counts["orphans"]
                    log.info("swept", **counts)

    async def sweep(self, *, orphans: bool, rules: bool = True, progress: Progress | None = None) -> Swept:
        """Remove ended uploads, marks of ended once-only rights and unreferenced files.

        With ``rules`` first what is due by lifecycle rules; with ``orphans`` also files that the index does not know.
        """
        swept = Swept()
        tell = progress or (lambda _what, _count: None)
        now = self._clock()
        if rules:
            server_rules = {one.bucket: (_rule(one, now),) for one in self._temporary}
            expired = await Expiry(self._index, now, self._settings.day_seconds, tell, server_rules).apply()
            swept.expired, swept.aborted = expired.objects, expired.uploads
        while count := await self._index.write(lambda tx: _drop_uploads(tx, now - self._settings.upload_seconds, now)):
            swept.uploads += count
            tell("unfinished uploads", swept.uploads)
        while count := await self._index.write(lambda tx: tx.forget_spent(now, _BATCH)):
            swept.spent += count
            tell("marks of spent signatures", swept.spent)
        async for count in self._prune(now - self._settings.ledger_seconds):
            swept.grants += count
            tell("ended grants", swept.grants)
        before = now - self._settings.garbage_seconds + 1e-3
        while names := await self._index.write(lambda tx: tx.garbage(before, _BATCH)):
            await self._blobs.remove(names)
            await self._index.write(partial(_drop_garbage, names=names))
            swept.blobs += len(names)
            tell("unreferenced blobs", swept.blobs)
        if orphans:
            async for count in self._remove_orphans():
                swept.orphans += count
                tell("orphaned files", swept.orphans)
            swept.orphans += await self._blobs.drop_unfinished(self._settings.garbage_seconds)
            tell("orphaned files", swept.orphans)
        return swept

    async def _prune(self, before: float) -> AsyncIterator[int]:
        more = True
        while more:
            count, more = await self._index.write(lambda tx: tx.prune_minted(before, _BATCH))
            yield count

    async def _remove_orphans(self) -> AsyncIterator[int]:
        names = self._blobs.names(self._settings.garbage_seconds)
        while batch := await asyncio.to_thread(_take, names):
            unknown = await self._index.scan(partial(_unknown, names=batch))
            await self._blobs.remove(unknown)
            yield len(unknown)


def _rule(one: Temporary, now: float) -> LifecycleRule:
    return LifecycleRule(id="temporary", prefix=one.prefix, expire_at=now - one.seconds)


def _take(names: Iterator[str]) -> list[str]:
    return list(islice(names, _BATCH))


def _unknown(reader: Reader, names: list[str]) -> list[str]:
    return [name for name in names if not reader.has_blob(name)]


def _drop_garbage(tx: Transaction, names: list[str]) -> None:
    tx.drop_garbage(names)


def _drop_uploads(tx: Transaction, before: float, now: float) -> int:
    stale = tx.stale_uploads(before, 10)
    for upload in stale:
        uploads.drop(tx, upload, now)
    return len(stale)
