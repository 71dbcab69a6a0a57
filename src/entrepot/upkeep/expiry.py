"""Applies the lifecycle rules of buckets, and the days of objects that have their own.

It is a walk over the keys under the rules' prefixes, and over those objects, a page at a time.

The walk runs off the event loop. What is due is removed in small transactions. Each of them looks again, because an
object may have been stored, locked or tagged meanwhile, or the rules changed. Knows no format and reads no clock.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from entrepot.core.facts.lifecycle import abandoned, due, outlived, prefixes, relabelled
from entrepot.core.facts.names import after_prefix
from entrepot.core.facts.records import Attributes, Bucket, LifecycleRule, Lock, Object, Upload
from entrepot.core.ports import Index, Reader, Transaction
from entrepot.core.rules import objects, uploads
from entrepot.core.value import changed

_BUCKETS = 200
_LOOKED_AT = 500
"""Rows of one page: a few milliseconds of a thread."""
_REMOVED = 100
_SEGMENTS = 2000
"""Names, and pieces of blobs, that one transaction may remove: it runs on the event loop."""
_SLICED = 1000
"""Uploads in slices of one bucket that are looked at; those behind them wait until these have ended."""

Told = Callable[[str, int], None]
ServerRules = Mapping[str, tuple[LifecycleRule, ...]]
"""The server's own rules by the name of the buckets, of any account, that have them beside their own."""
NO_SERVER_RULES: ServerRules = {}


@dataclass(slots=True)
class Expired:
    """What was removed."""

    objects: int = 0
    uploads: int = 0


class Expiry:
    """One application of all rules, as of ``now``; ``day_seconds`` is the length of the rules' day."""

    def __init__(
        self, index: Index, now: float, day_seconds: float, tell: Told, server_rules: ServerRules = NO_SERVER_RULES
    ) -> None:
        self._index = index
        self._server_rules = server_rules
        self._now = now
        self._day_seconds = day_seconds
        self._tell = tell
        self._done = Expired()

    async def apply(self) -> Expired:
        """Remove whatever is due in any bucket. Raises Fault when the index cannot be written."""
        async for bucket in self._buckets():
            rules = self._rules(bucket)
            for prefix in prefixes(rules, of_uploads=False):
                await self._objects_under(bucket, prefix)
            under = prefixes(rules, of_uploads=True)
            for prefix in under:
                await self._numbered_under(bucket, prefix)
            if under:
                await self._drop_all(bucket, await self._index.write(partial(self._sliced, bucket=bucket)))
        await self._outlived()
        return self._done

    def _rules(self, bucket: Bucket) -> tuple[LifecycleRule, ...]:
        return bucket.settings.lifecycle + self._server_rules.get(bucket.name, ())

    async def _buckets(self) -> AsyncIterator[Bucket]:
        """Every bucket with rules. Names are only unique in an account."""
        for account in await self._index.scan(lambda reader: reader.accounts()):
            after: str | None = None
            while page := await self._index.scan(partial(_page_of_buckets, account=account.id, after=after)):
                for bucket in page:
                    if self._rules(bucket):
                        yield bucket
                after = page[-1].name

    async def _objects_under(self, bucket: Bucket, prefix: str) -> None:
        low: str | None = prefix
        while low is not None:
            found, low = await self._index.scan(partial(self._due, bucket=bucket, low=low, high=after_prefix(prefix)))
            kept = [record for record in found if not self._is_due(bucket, record)]
            for batch in _batches(kept):
                await self._index.write(partial(self._relabel, bucket=bucket, seen=batch))
            for batch in _batches([record for record in found if self._is_due(bucket, record)]):
                removed = await self._index.write(partial(self._remove, bucket=bucket, batch=batch))
                self._done.objects += removed
                self._tell("expired objects", self._done.objects)

    def _due(self, reader: Reader, bucket: Bucket, low: str, high: str | None) -> tuple[list[Object], str | None]:
        """What of a page is due, or has another storage class by now; and where the next page starts."""
        page = reader.objects(bucket.id, low, high, _LOOKED_AT)
        found = [record for record in page if self._is_due(bucket, record) or self._new_label(bucket, record)]
        return found, _after(page)

    def _new_label(self, bucket: Bucket, record: Object) -> Attributes | None:
        return relabelled(bucket.settings.lifecycle, record, self._now, self._day_seconds)

    def _relabel(self, tx: Transaction, bucket: Bucket, seen: list[Object]) -> None:
        """Give those their new storage class that still are what was seen; their times stay."""
        if not _same_rules(tx, bucket):
            return
        for one in seen:
            record = tx.object(bucket.id, one.key)
            attributes = None if record is None else self._new_label(bucket, record)
            if record is not None and attributes is not None:
                tx.put_object(changed(record, attributes=attributes), bucket.account)

    async def _outlived(self) -> None:
        """Remove the objects whose own days are over, in whatever bucket."""
        after = (0, "")
        while page := await self._index.scan(partial(_page_of_expiring, after=after)):
            for batch in _batches([record for record in page if self._is_outlived(record)]):
                self._done.objects += await self._index.write(partial(self._remove_outlived, batch=batch))
                self._tell("expired objects", self._done.objects)
            after = (page[-1].bucket, page[-1].key)

    def _is_outlived(self, record: Object) -> bool:
        return outlived(record, self._now, self._day_seconds) and not record.attributes.lock & Lock.WRITE

    def _remove_outlived(self, tx: Transaction, batch: list[Object]) -> int:
        """Take away those whose days are still over; returns how many."""
        found = [record for seen in batch if (record := tx.object(seen.bucket, seen.key)) is not None]
        gone = [record for record in found if self._is_outlived(record)]
        for record in gone:
            tx.delete_object(record.bucket, record.key)
            objects.release(tx, record, self._now)
        return len(gone)

    def _is_due(self, bucket: Bucket, record: Object) -> bool:
        own_days = record.attributes.expire_days is not None
        rules = self._server_rules.get(bucket.name, ()) if own_days else self._rules(bucket)
        return any(due(rule, record, self._now, self._day_seconds) for rule in rules)

    def _is_abandoned(self, bucket: Bucket, upload: Upload) -> bool:
        return any(abandoned(rule, upload, self._now, self._day_seconds) for rule in self._rules(bucket))

    def _remove(self, tx: Transaction, bucket: Bucket, batch: list[Object]) -> int:
        """Take away those that still are what was seen; returns how many."""
        if not _same_rules(tx, bucket):
            return 0
        removed = 0
        for seen in batch:
            record = tx.object(bucket.id, seen.key)
            if record is None or record.modified_at != seen.modified_at or not self._is_due(bucket, record):
                continue
            tx.delete_object(bucket.id, record.key)
            objects.release(tx, record, self._now)
            removed += 1
        return removed

    async def _numbered_under(self, bucket: Bucket, prefix: str) -> None:
        low = (prefix, "")
        question = partial(_page_of_uploads, bucket=bucket.id, high=after_prefix(prefix))
        while page := await self._index.scan(partial(question, low=low)):
            await self._drop_all(bucket, [upload for upload in page if self._is_abandoned(bucket, upload)])
            low = (page[-1].key, page[-1].id)

    def _sliced(self, tx: Transaction, bucket: Bucket) -> list[Upload]:
        """The uploads in slices that are to be given up; the ports have no range of them."""
        found = tx.uploads_of(bucket.id, _SLICED)
        return [upload for upload in found if not upload.numbered and self._is_abandoned(bucket, upload)]

    async def _drop_all(self, bucket: Bucket, abandoned_ones: list[Upload]) -> None:
        """One at a time, because each may have thousands of parts."""
        for upload in abandoned_ones:
            dropped = await self._index.write(partial(self._drop, bucket=bucket, upload=upload))
            self._done.uploads += dropped
            self._tell("abandoned uploads", self._done.uploads)

    def _drop(self, tx: Transaction, bucket: Bucket, upload: Upload) -> int:
        if not _same_rules(tx, bucket) or tx.upload(upload.id) is None:
            return 0
        uploads.drop(tx, upload, self._now)
        return 1


def _page_of_buckets(reader: Reader, account: int, after: str | None) -> list[Bucket]:
    return reader.buckets(account, after, _BUCKETS)


def _page_of_expiring(reader: Reader, after: tuple[int, str]) -> list[Object]:
    return reader.expiring(after, _LOOKED_AT)


def _page_of_uploads(reader: Reader, bucket: int, low: tuple[str, str], high: str | None) -> list[Upload]:
    return reader.uploads(bucket, low, high, _LOOKED_AT)


def _after(page: list[Object]) -> str | None:
    return page[-1].key + "\0" if len(page) == _LOOKED_AT else None


def _same_rules(tx: Transaction, seen: Bucket) -> bool:
    """Whether the bucket is still there and still has the rules that were read."""
    bucket = tx.bucket(seen.account, seen.name)
    return bucket is not None and bucket.id == seen.id and bucket.settings.lifecycle == seen.settings.lifecycle


def _batches(found: list[Object]) -> list[list[Object]]:
    """What one transaction removes at a time."""
    batches: list[list[Object]] = []
    room = 0
    for record in found:
        if not batches or room < len(record.segments) or len(batches[-1]) == _REMOVED:
            batches.append([])
            room = max(_SEGMENTS, len(record.segments))
        batches[-1].append(record)
        room -= len(record.segments)
    return batches
