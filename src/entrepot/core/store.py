"""The store: performs an operation for a principal.

It checks the right (:mod:`entrepot.core.rules.access`), then runs the rule of the operation in a transaction. A
right that may be used a limited number of times is spent in the same transaction as the effect that it authorised, so
that neither happens without the other. Must not know which dialect the client speaks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from copy import copy
from typing import TypeVar

from entrepot.core import operations as ops
from entrepot.core.facts.crc64 import combined
from entrepot.core.facts.digests import Digester
from entrepot.core.facts.records import Bucket, Note, Object, Part, Staged, Upload
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Audit, Blobs, Clock, Index, NewId, Transaction, Usage
from entrepot.core.rights import audit
from entrepot.core.rights.further_limits import NO_FURTHER_LIMITS, FurtherLimits
from entrepot.core.rights.identity import Credential, Principal
from entrepot.core.rules import (
    access,
    archive,
    buckets,
    copying,
    keys,
    listing,
    minting,
    multipart,
    objects,
    reading,
    uploads,
)
from entrepot.core.rules import notes as noting
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.minting import Fresh
from entrepot.core.rules.part_copy import digested
from entrepot.core.rules.reading import Followed as Followed  # noqa: PLC0414 - part of what operations give
from entrepot.core.rules.reading import Reading as Reading  # noqa: PLC0414
from entrepot.core.rules.upload_hasher import UploadHasher
from entrepot.core.rules.whole_copy import reread
from entrepot.core.value import changed

T = TypeVar("T")

Result = (
    Object | Reading | Followed | archive.Restored | listing.Page | keys.KeysPage | keys.UploadsPage
    | list[Bucket] | Bucket | Usage
    | uploads.Progress | Upload | tuple[Upload, Part] | multipart.PartsPage
    | list[tuple[str, Fault | None]] | Credential | Note | list[Note] | None
)  # fmt: skip
"""What operations return. Attributes that were asked for by the name of a link come as ``Followed``."""

UploadOrBucketChange = (
    ops.StartUpload | ops.StartMultipart | ops.PutNumberedPart | ops.AbortUpload
    | ops.CreateBucket | ops.UpdateBucket | ops.DeleteBucket
)  # fmt: skip
Change = (
    ops.PutObject | ops.AppendObject | ops.DeleteObject | ops.DeleteObjects | ops.UpdateObject | ops.RestoreObject
    | ops.CopyObject | ops.MakeDirectory | ops.RemoveDirectory | UploadOrBucketChange
)  # fmt: skip
Query = (
    ops.ReadObject | ops.StatObject | ops.StatBucket | ops.MeasureBucket
    | ops.ListDirectory | ops.ListObjects | ops.ListBuckets | ops.FindUpload | ops.ListParts | ops.ListUploads
)  # fmt: skip
_WITH_CONTENT = (ops.PutObject, ops.AppendObject, ops.PutNumberedPart)
_WITHOUT_BUCKET = (ops.CreateBucket, ops.MintCredential, ops.ChangeNotes)


class Store:
    """Performs operations on an index and blobs."""

    def __init__(
        self,
        index: Index,
        blobs: Blobs,
        hasher: UploadHasher,
        clock: Clock,
        new_id: NewId,
        fresh: Callable[[], Fresh],
        audit: Audit | None = None,
        further_limits: Mapping[str, FurtherLimits] | None = None,
    ) -> None:
        self.index = index
        self.blobs = blobs
        self._hasher = hasher
        self._clock = clock
        self._new_id = new_id
        self._fresh = fresh
        self._audit = audit
        self._further_limits = further_limits or {}
        self._request_limits = NO_FURTHER_LIMITS

    def with_further_limits(self, further: FurtherLimits) -> Store:
        """A copy of this store. Credentials that are minted through it get the limits of ``further`` as well."""
        other = copy(self)
        other._request_limits = further  # noqa: SLF001 - an instance of this class
        return other

    async def perform(self, op: ops.Operation, who: Principal, intake: Intake) -> Result:
        """Perform ``op`` for ``who``. When it is refused, nothing has changed.

        Raises:
            Fault: ACCESS_DENIED when ``who`` has no right to it; whatever the rule of the operation refuses.
        """
        access.check(op, who, self._clock(), self.index.now)
        match op:
            case ops.PutPart():
                return await self._put_part(op, who, intake)
            case ops.CompleteUpload():
                return await self._complete(op, who, intake)
            case ops.MintCredential():
                return await self._mint(op, who, intake)
            case ops.CallApi():
                return None
            case ops.FindNote() | ops.ListNotes() | ops.ChangeNotes():
                return await self._note(op, who, intake)
            case ops.CopyInto():
                return await self._copy_into(op, who, intake)
            case ops.CopyPart():
                return await self._copy_part(op, who, intake)
            case ops.CompleteMultipart():
                return await self._complete_multipart(op, who, intake)
            case (
                ops.ReadObject() | ops.StatObject() | ops.StatBucket() | ops.MeasureBucket()
                | ops.ListDirectory() | ops.ListObjects() | ops.ListBuckets()
                | ops.FindUpload() | ops.ListParts() | ops.ListUploads()
            ):  # fmt: skip
                await self.spend(who)
                return await self._query(op, who)
            case _:
                content = op.content if isinstance(op, _WITH_CONTENT) else None
                return await self._write(op, who, intake, self._rule(op, who), content)

    def _rule(self, op: Change, who: Principal) -> Callable[[Transaction, float], Result]:
        """The function that an operation runs inside its transaction."""
        match op:
            case ops.PutObject():
                return lambda tx, now: objects.put(tx, op, who, now)
            case ops.AppendObject():
                return lambda tx, now: objects.append(tx, op, who, now)
            case ops.DeleteObject():
                return lambda tx, now: objects.delete(tx, op, now)
            case ops.DeleteObjects():
                return lambda tx, now: objects.delete_many(tx, op, lambda key: access.refusal(op, key, who, now), now)
            case ops.UpdateObject():
                return lambda tx, now: objects.update(tx, op, now)
            case ops.RestoreObject():
                return lambda tx, now: archive.restore(tx, op, now)
            case ops.CopyObject():
                return lambda tx, now: copying.copy(tx, op, who, now)
            case ops.MakeDirectory():
                return lambda tx, now: objects.make_directory(tx, op, who, now)
            case ops.RemoveDirectory():
                return lambda tx, _now: objects.remove_directory(tx, op)
            case _:
                return self._upload_or_bucket_rule(op, who)

    def _upload_or_bucket_rule(
        self, op: UploadOrBucketChange, who: Principal
    ) -> Callable[[Transaction, float], Result]:
        """The same, for uploads in several requests and for buckets."""
        match op:
            case ops.StartUpload():
                upload_id = self._new_id()
                return lambda tx, now: uploads.start(tx, op, who, now, upload_id)
            case ops.StartMultipart():
                number = self._new_id()
                return lambda tx, now: multipart.start(tx, op, who, now, number)
            case ops.PutNumberedPart():
                return lambda tx, now: multipart.put_part(tx, op, now)
            case ops.AbortUpload():
                return lambda tx, now: multipart.abort(tx, op, now)
            case ops.CreateBucket():
                return lambda tx, now: buckets.create(tx, op, now)
            case ops.UpdateBucket():
                return lambda tx, _now: buckets.update(tx, op)
            case ops.DeleteBucket():
                return lambda tx, now: buckets.delete(tx, op, now)

    async def _query(self, op: Query, who: Principal) -> Result:
        """Answer what changes nothing: single look-ups at once, longer ones off the event loop."""
        match op:
            case ops.ReadObject():
                return reading.read(self.index.now, self.blobs, op, who, self._clock())
            case ops.StatObject():
                return await self._stat(op, who)
            case ops.StatBucket():
                return op.bucket
            case ops.MeasureBucket():
                return await self.index.scan(lambda reader: reader.usage(op.bucket.id))
            case ops.ListDirectory():
                return await self.index.scan(lambda reader: listing.list_directory(reader, op))
            case ops.ListObjects():
                return await self.index.scan(lambda reader: listing.list_objects(reader, op))
            case ops.ListBuckets():
                return await self.index.scan(lambda reader: buckets.listed(reader, op))
            case ops.FindUpload():
                return await self.index.scan(lambda reader: uploads.find(reader, op.bucket, op.key))
            case ops.ListParts():
                return await self.index.scan(lambda reader: multipart.list_parts(reader, op))
            case ops.ListUploads():
                return await self.index.scan(lambda reader: multipart.list_uploads(reader, op))

    async def _note(
        self, op: ops.FindNote | ops.ListNotes | ops.ChangeNotes, who: Principal, intake: Intake
    ) -> Note | list[Note] | None:
        match op:
            case ops.FindNote():
                await self.spend(who)
                return self.index.now.note(op.account, op.collection, op.key)
            case ops.ListNotes():
                await self.spend(who)
                return await self.index.scan(lambda reader: reader.notes(op.account, op.collection, op.after, op.limit))
            case ops.ChangeNotes():
                return await self._write(op, who, intake, lambda tx, _now: noting.change(tx, op))

    async def _mint(self, op: ops.MintCredential, who: Principal, intake: Intake) -> Credential:
        """Mint a credential. A client gets it only after it is in the index, and then in the audit log."""
        fresh = self._fresh()
        further_limits = (self._further_limits.get(op.api.partition(":")[0], NO_FURTHER_LIMITS), self._request_limits)
        made = await self._write(op, who, intake, lambda tx, now: minting.mint(tx, op, who, now, fresh, further_limits))
        if self._audit is not None:
            await self._audit.write(audit.minted(made.key))
        return made

    async def spend(self, who: Principal) -> None:
        """Count one use of a right with limited uses, for what changes nothing else. Raises Fault SIGNATURE_SPENT."""
        if who.spend is not None:
            await self.index.write(lambda tx: _spend(tx, who))

    async def _write(
        self,
        op: ops.Operation,
        who: Principal,
        intake: Intake,
        rule: Callable[[Transaction, float], T],
        content: Staged | None = None,
    ) -> T:
        """Run ``rule`` in a transaction.

        What was checked before may have changed while the body came in: the bucket, the key with what it may do, and
        whatever stored data the right depends on. So these are checked again in the same transaction.
        """
        now = self._clock()
        bucket = None if isinstance(op, _WITHOUT_BUCKET) else getattr(op, "bucket", None)
        duplicates: list[Staged] = []

        def change(tx: Transaction) -> T:
            duplicates.clear()
            if bucket is not None:
                access.check_opened(who, bucket, buckets.current(tx, bucket))
            access.check_again(tx, op, who, now)
            _spend(tx, who)
            result = rule(tx, now)
            if who.minted and who.key_id is not None and isinstance(result, Object) and result.stored_by == who.key_id:
                tx.note_stored(who.key_id, result.bucket, result.key, now)
            if content is not None and content.name is not None and not tx.has_blob(content.name):
                duplicates.append(content)
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
        for staged in duplicates:  # these bytes were stored before, so the new copy is not needed
            intake.returned(staged)
        return result

    async def _stat(self, op: ops.StatObject, who: Principal) -> Object | Followed:
        found = reading.stat(self.index.now, self.blobs, op, who, self._clock())
        if not op.sha1:
            return found
        if isinstance(found, Followed):
            return changed(found, record=await self._with_sha1(found.record))
        return await self._with_sha1(found)

    async def _with_sha1(self, record: Object) -> Object:
        """The record with its SHA-1, computed and stored if it is not known. Links and directories have none."""
        if record.sha1 is not None or record.attributes.link is not None or record.key.endswith("/"):
            return record
        digester = Digester(sha1=True, md5=False)
        await reading.reopen(self.index.now, self.blobs, record).digest(digester, 0, record.size)
        sha1 = digester.sha1
        assert sha1 is not None  # noqa: S101 - it was asked for
        # On a full disk the digest cannot be stored, but it is still right.
        with contextlib.suppress(Fault):
            await self.index.write(
                lambda tx: tx.set_sha1(record.bucket, record.key, record.crc64, record.modified_at, sha1)
            )
        return changed(record, sha1=sha1)

    async def _complete_multipart(self, op: ops.CompleteMultipart, who: Principal, intake: Intake) -> Object:
        joined = await self.index.scan(lambda reader: multipart.join(reader, op))
        return await self._write(op, who, intake, lambda tx, now: multipart.complete(tx, op, who, now, joined))

    async def _copy_into(self, op: ops.CopyInto, who: Principal, intake: Intake) -> Object:
        """Read the bytes before the transaction, if they must be."""
        known = await reread(self.index.now, self.blobs, intake, op, who, self._clock())
        sealing, content = self.blobs.sealing, None if known is None else known.content
        return await self._write(
            op, who, intake, lambda tx, now: copying.copy_into(tx, sealing, op, who, now, known), content
        )

    async def _copy_part(self, op: ops.CopyPart, who: Principal, intake: Intake) -> tuple[Upload, Part]:
        """Digest the bytes before the transaction, which then checks that the source is still the same."""
        known = await digested(self.index.now, self.blobs, intake, op, who, self._clock())
        sealing = self.blobs.sealing
        return await self._write(
            op, who, intake, lambda tx, now: multipart.copy_part(tx, sealing, op, who, now, known), known.content
        )

    async def _put_part(self, op: ops.PutPart, who: Principal, intake: Intake) -> tuple[Upload, Part] | Object:
        def rule(tx: Transaction, now: float) -> tuple[Upload, Part, bool]:
            upload, part = uploads.put_part(tx, op, now)
            is_complete = op.auto_complete and tx.parts_total(upload.id)[1] == upload.size
            return upload, part, is_complete

        upload, part, is_complete = await self._write(op, who, intake, rule, op.content)
        self._hasher.part_arrived(upload)
        if not is_complete:
            return upload, part
        finish = ops.CompleteUpload(bucket=op.bucket, key=op.key, upload=upload.id, size=None, sha1=None)
        access.check(finish, who, self._clock(), self.index.now)
        return await self._complete(finish, changed(who, spend=None), intake)  # the part has counted as the use

    async def _complete(self, op: ops.CompleteUpload, who: Principal, intake: Intake) -> Object:
        reader = self.index.now
        upload = uploads.named(reader, op.bucket, op.key, op.upload)
        uploads.check_size(upload, op.size)
        uploads.check_whole(reader, upload)
        found = await self._hasher.sha1(upload)
        crc64 = combined((part.crc64, part.size) for part in uploads.all_parts(reader, upload.id))
        try:
            done = await self._write(op, who, intake, lambda tx, now: uploads.complete(tx, op, who, now, crc64, found))
        finally:
            if reader.upload(upload.id) is None:
                self._hasher.forget(upload.id)
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


def _spend(tx: Transaction, who: Principal) -> None:
    """Count one use of a right with limited uses. Raises Fault SIGNATURE_SPENT when there is none left."""
    spend = who.spend
    while spend is not None:
        if not tx.spend(spend.token, spend.until, spend.most, spend.spender):
            often = "once" if spend.most == 1 else f"{spend.most} times"
            raise Fault(
                Kind.SIGNATURE_SPENT, f"this signature may be used {often} and was; sign again",
                spender=tx.spender(spend.token), most=spend.most,
            )  # fmt: skip
        spend = spend.also
