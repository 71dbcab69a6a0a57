"""The store: performs an operation for a principal.

Checks the right, runs the rule of :mod:`entrepot.core.objects` or :mod:`entrepot.core.uploads` in a transaction,
and spends a once-only right in the same transaction as the effect that it authorised. Must not know who speaks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from entrepot.core import listing, objects, ops, uploads
from entrepot.core.content import plan, windows
from entrepot.core.crc64 import combined
from entrepot.core.fault import Fault, Kind
from entrepot.core.follower import Follower
from entrepot.core.grant import Access, Right
from entrepot.core.identity import Principal
from entrepot.core.intake import Intake
from entrepot.core.ports import Blobs, Clock, Index, NewId, Transaction
from entrepot.core.records import Blob, Bucket, Lock, Object, Part, Staged, Upload
from entrepot.core.value import Value, changed

T = TypeVar("T")


class Reading(Value, frozen=True, kw_only=True):
    """An object and how to get at its bytes."""

    record: Object
    blobs: list[Blob]
    store: Store

    def small(self) -> memoryview | None:
        """All bytes, when they lie in the index as one blob."""
        if self.record.size == 0:
            return memoryview(b"")
        data = self.blobs[0].data if len(self.blobs) == 1 else None
        return None if data is None else memoryview(data)

    def stream(self, first: int, length: int) -> AsyncIterator[memoryview]:
        """``length`` bytes from ``first`` on."""
        return windows(self.store.blobs, plan(self.record, self.blobs, first, length))


Result = (
    Object | Reading | listing.Page | list[Bucket] | Bucket | uploads.Progress | tuple[Upload, Part] | None
)  # fmt: skip


Change = (
    ops.PutObject
    | ops.StartUpload
    | ops.DeleteObject
    | ops.UpdateObject
    | ops.CopyObject
    | ops.MakeDirectory
    | ops.RemoveDirectory
)
Question = (
    ops.ReadObject | ops.StatObject | ops.StatBucket | ops.ListDirectory | ops.ListBuckets | ops.FindUpload
)  # fmt: skip


class Store:
    """Performs operations on an index and blobs."""

    def __init__(self, index: Index, blobs: Blobs, follower: Follower, clock: Clock, new_id: NewId) -> None:
        self.index = index
        self.blobs = blobs
        self._follower = follower
        self._clock = clock
        self._new_id = new_id

    async def perform(self, op: ops.Operation, who: Principal, intake: Intake) -> Result:
        """Do it.

        Raises:
            Fault: ACCESS_DENIED when ``who`` may not; whatever the rule of the operation refuses. Nothing changed then.
        """
        self._permit(op, who)
        match op:
            case ops.PutPart():
                return await self._put_part(op, who, intake)
            case ops.CompleteUpload():
                return await self._complete(op, who, intake)
            case (
                ops.PutObject()
                | ops.StartUpload()
                | ops.DeleteObject()
                | ops.UpdateObject()
                | ops.CopyObject()
                | ops.MakeDirectory()
                | ops.RemoveDirectory()
            ):
                content = op.content if isinstance(op, ops.PutObject) else None
                return await self._write(op.bucket, who, intake, self._rule(op, who), content)
            case _:
                await self._spend(who)
                return await self._answer(op)

    def _rule(self, op: Change, who: Principal) -> Callable[[Transaction, float], Object | uploads.Progress | None]:
        """What an operation does inside its transaction."""
        match op:
            case ops.PutObject():
                return lambda tx, now: objects.put(tx, op, who, now)
            case ops.StartUpload():
                upload_id = self._new_id()
                return lambda tx, now: uploads.start(tx, op, who, now, upload_id)
            case ops.DeleteObject():
                return lambda tx, now: objects.delete(tx, op, now)
            case ops.UpdateObject():
                return lambda tx, now: objects.update(tx, op, now)
            case ops.CopyObject():
                return lambda tx, now: objects.copy(tx, op, who, now)
            case ops.MakeDirectory():
                return lambda tx, now: objects.make_directory(tx, op, who, now)
            case ops.RemoveDirectory():
                return lambda tx, _now: objects.remove_directory(tx, op)

    async def _answer(self, op: Question) -> Result:
        """Answer a question; single lookups at once, longer ones off the event loop."""
        match op:
            case ops.ReadObject():
                return self._read(op)
            case ops.StatObject():
                return objects.stat(self.index.now, op.bucket, op.key)
            case ops.StatBucket():
                return op.bucket
            case ops.ListDirectory():
                return await self.index.scan(lambda reader: listing.list_directory(reader, op))
            case ops.ListBuckets():
                return await self.index.scan(lambda reader: reader.buckets(op.account, op.after, op.limit + 1))
            case ops.FindUpload():
                return await self.index.scan(lambda reader: uploads.find(reader, op.bucket, op.key))

    def _permit(self, op: ops.Operation, who: Principal) -> None:
        now = self._clock()
        if isinstance(op, ops.ListBuckets):
            access = Access(right=op.right, account=op.account, bucket=None, key=None, at=now)
        else:
            key = (
                None
                if isinstance(op, ops.StatBucket)
                else op.directory + op.prefix
                if isinstance(op, ops.ListDirectory)
                else op.key
            )
            access = Access(right=op.right, account=op.bucket.account, bucket=op.bucket.name, key=key, at=now)
        if not who.grant.permits(access):
            raise Fault(Kind.ACCESS_DENIED, f"this credential may not {op.right.value} here")
        if isinstance(op, ops.CopyObject):
            # A signature is bound to the source; the target is checked against the key behind it.
            target = Access(
                right=Right.PUT_OBJECT, account=op.bucket.account, bucket=op.bucket.name, key=op.target, at=now
            )
            if not who.own_grant.permits(target):
                raise Fault(Kind.ACCESS_DENIED, f"this credential may not put-object at {op.target!r}")

    async def _spend(self, who: Principal) -> None:
        if who.spend is not None:
            await self.index.write(lambda tx: _spent(tx, who))

    async def _write(
        self,
        bucket: Bucket,
        who: Principal,
        intake: Intake,
        rule: Callable[[Transaction, float], T],
        content: Staged | None = None,
    ) -> T:
        now = self._clock()
        unused: list[Staged] = []

        def change(tx: Transaction) -> T:
            unused.clear()
            current = tx.bucket(bucket.account, bucket.name)
            if current is None or current.id != bucket.id:
                raise Fault(Kind.BUCKET_MISSING, f"the bucket {bucket.name!r} was deleted meanwhile")
            _spent(tx, who)
            result = rule(tx, now)
            if content is not None and content.name is not None and not tx.has_blob(content.name):
                unused.append(content)
            return result

        if content is None:
            return await self.index.write(change)
        # From here on the bytes belong to the transaction: if this task is cancelled while it commits, they must stay.
        intake.adopted(content)
        try:
            result = await self.index.write(change)
        except Fault as fault:
            if fault.kind not in {Kind.STORAGE_FAILED, Kind.STORAGE_FULL}:
                intake.returned(content)
            raise
        for staged in unused:  # the same bytes were there already
            intake.returned(staged)
        return result

    def _read(self, op: ops.ReadObject) -> Reading:
        found = self.index.now.object_and_blobs(op.bucket.id, op.key)
        if found is None:
            raise objects.missing(op.bucket, op.key)
        record, blobs = found
        if record.traits.lock & Lock.READ:
            raise Fault(Kind.OBJECT_LOCKED, f"the object {op.key!r} is closed to reading")
        return Reading(record=record, blobs=blobs, store=self)

    async def _put_part(self, op: ops.PutPart, who: Principal, intake: Intake) -> tuple[Upload, Part] | Object:
        def rule(tx: Transaction, now: float) -> tuple[Upload, Part, bool]:
            upload, part = uploads.put_part(tx, op, now)
            whole = op.auto_complete and tx.parts_total(upload.id)[1] == upload.size
            return upload, part, whole

        upload, part, whole = await self._write(op.bucket, who, intake, rule, op.content)
        self._follower.arrived(upload)
        if not whole:
            return upload, part
        finish = ops.CompleteUpload(bucket=op.bucket, key=op.key, upload=upload.id, size=None, sha1=None)
        self._permit(finish, who)
        return await self._complete(finish, changed(who, spend=None), intake)  # the part has spent what there was

    async def _complete(self, op: ops.CompleteUpload, who: Principal, intake: Intake) -> Object:
        reader = self.index.now
        upload = uploads.named(reader, op.bucket, op.key, op.upload)
        uploads.check_size(upload, op.size)
        uploads.check_whole(reader, upload)
        found = await self._follower.sha1(upload)
        crc64 = combined((part.crc64, part.size) for part in uploads.all_parts(reader, upload.id))
        try:
            done = await self._write(
                op.bucket, who, intake, lambda tx, now: uploads.complete(tx, op, who, now, crc64, found)
            )
        finally:
            if reader.upload(upload.id) is None:
                self._follower.forget(upload.id)
        if isinstance(done, uploads.Mismatch):
            raise Fault(
                Kind.DIGEST_MISMATCH,
                f"the slices together have SHA-1 {done.found.hex()}, announced was {done.expected.hex()};"
                " the upload was dropped, start again",
                reason="whole",
                expected=done.expected.hex(),
                actual=done.found.hex(),
            )
        return done


def _spent(tx: Transaction, who: Principal) -> None:
    if who.spend is not None and not tx.spend(who.spend.token, who.spend.until):
        raise Fault(Kind.SIGNATURE_SPENT, "this once-only signature was used already; sign again")
