"""Rules of uploads in slices, and what they share with uploads in numbered parts (:mod:`.multipart`).

A slice is acknowledged once its bytes and its row are durable, in any order and any number of times with the same
bytes. Completing points a name at the parts' blobs: no byte is copied. Pure functions over a transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.core import operations as ops
from entrepot.core.facts.lifecycle import outlived
from entrepot.core.facts.records import Bucket, Lock, Object, Part, Upload, same_seal
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Replace
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.identity import Principal
from entrepot.core.rules import access, archive, objects
from entrepot.core.value import changed

_PAGE = 10_000
_TWINS_MAX = 8
"""How many objects of the same bytes an instant upload looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """An upload that is under way and its acknowledged parts, by offset."""

    upload: Upload
    parts: list[Part]

    @property
    def contiguous(self) -> int:
        """How many bytes are there without a hole from the beginning."""
        end = 0
        for part in self.parts:
            if part.offset != end:
                break
            end += part.size
        return end


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """The parts together are not what was announced; the upload was dropped."""

    expected: bytes
    found: bytes


def all_parts(reader: Reader, upload: str) -> list[Part]:
    """Every acknowledged part, by number."""
    parts: list[Part] = []
    while True:
        page = reader.parts(upload, parts[-1].number if parts else 0, _PAGE)
        parts += page
        if len(page) < _PAGE:
            return parts


def progress(reader: Reader, upload: Upload) -> Progress:
    """The state of an upload."""
    return Progress(upload=upload, parts=all_parts(reader, upload.id))


def find(reader: Reader, bucket: Bucket, key: str) -> Progress | Object:
    """The newest upload of ``key`` that is under way, else the object there. Raises Fault OBJECT_MISSING.

    An upload that was overtaken, because the object was stored after it had started, is not gone on with.
    """
    upload = reader.newest_upload(bucket.id, key)
    record = reader.object(bucket.id, key)
    if upload is None or (record is not None and record.modified_at >= upload.started_at):
        return objects.existing(reader, bucket, key)
    return progress(reader, upload)


def named(reader: Reader, bucket: Bucket, key: str, upload_id: str) -> Upload:
    """The upload in slices of this id, if it belongs to ``key``. Raises Fault UPLOAD_MISSING."""
    upload = reader.upload(upload_id)
    if upload is None or upload.bucket != bucket.id or upload.key != key or upload.numbered:
        raise Fault(Kind.UPLOAD_MISSING, f"there is no upload with this session for {key!r}; it may have ended")
    return upload


def start(tx: Transaction, op: ops.StartUpload, who: Principal, now: float, new_id: str) -> Progress | Object:
    """Start an upload, find the same one again, or point at bytes that the account has already."""
    objects.check_tree(tx, op.bucket.id, op.key, need_parent=op.need_parent)
    old = tx.object(op.bucket.id, op.key)
    if not objects.may_replace(old, op.replace, op.sha1, op.size):
        assert old is not None  # noqa: S101 - may_replace says False only of an object that is there
        return old
    twin = _twin(tx, op, who, now)
    if twin is not None:
        return twin
    pending = _pending(tx, op, old)
    if pending is not None:
        return progress(tx, pending)
    upload = Upload(
        id=new_id,
        bucket=op.bucket.id,
        key=op.key,
        size=op.size,
        part_bytes=op.part_bytes,
        sha1=op.sha1,
        attributes=op.attributes,
        replace=op.replace,
        started_at=now,
        started_by=who.key_id,
    )
    tx.add_upload(upload)
    return Progress(upload=upload, parts=[])


def _twin(tx: Transaction, op: ops.StartUpload, who: Principal, now: float) -> Object | None:
    """Instant upload: only bytes of the same account, for a key that may read them and complete the upload."""
    if op.sha1 is None or not access.may_complete(op, who, now, tx):
        return None
    alike = tx.twins(op.bucket.account, op.sha1, op.size, _TWINS_MAX)
    twin = next((one for one in alike if _may_point_at(tx, op, one, who, now)), None)
    if twin is None:
        return None
    for segment in twin.segments:
        tx.retain(segment.blob)
    record = changed(
        twin,
        bucket=op.bucket.id,
        key=op.key,
        created_at=now,
        modified_at=now,
        attributes=op.attributes,
        stored_by=who.key_id,
        upload=None,
    )
    return objects.point(tx, op.bucket, record, now)


def _may_point_at(tx: Transaction, op: ops.StartUpload, twin: Object, who: Principal, now: float) -> bool:
    """Whether the object could be read, and its bytes may be shared."""
    if not same_seal(twin.attributes.encryption, op.attributes.encryption) or outlived(twin, now):
        return False
    if twin.attributes.lock & Lock.READ or not archive.is_open(twin, now):
        return False
    holder = op.bucket if twin.bucket == op.bucket.id else _bucket_of(tx, op.bucket.account, twin.bucket)
    return holder is not None and access.may_read(holder, twin.key, who, now)


def _bucket_of(tx: Transaction, account: int, number: int) -> Bucket | None:
    """The bucket of an account with this number of the index."""
    return next((bucket for bucket in tx.buckets(account, None, _PAGE) if bucket.id == number), None)


def _pending(tx: Transaction, op: ops.StartUpload, old: Object | None) -> Upload | None:
    """The same upload, started before and not overtaken by an object that was stored since.

    A start that announces no digest goes on with what is there: its parts are told by their bytes, so that those of
    another file are refused one by one. One that announces a digest goes on with its own digest only.
    """
    pending = tx.newest_upload(op.bucket.id, op.key)
    if pending is None or (pending.size, pending.part_bytes) != (op.size, op.part_bytes):
        return None
    if op.sha1 is not None and op.sha1 != pending.sha1:
        return None
    if op.refuse_pending:
        raise Fault(
            Kind.UPLOAD_INCOMPLETE,
            f"an upload of {op.key!r} is under way; ask for its parts and go on with it",
            reason="pending",
        )
    overtaken = old is not None and old.modified_at >= pending.started_at
    same = (pending.attributes, pending.replace) == (op.attributes, op.replace)
    return pending if same and not overtaken else None


def check_place(upload: Upload, offset: int, size: int) -> int:
    """The number of the part that starts at ``offset`` and has ``size`` bytes. Raises Fault PART_INVALID."""
    if offset < 0 or offset >= upload.size:
        raise Fault(Kind.PART_INVALID, f"the offset {offset} lies outside the file of {upload.size} bytes")
    number, rest = divmod(offset, upload.part_bytes)
    if rest:
        raise Fault(Kind.PART_INVALID, f"the offset {offset} is not a multiple of the slice size {upload.part_bytes}")
    expected = min(upload.part_bytes, upload.size - offset)
    if size != expected:
        raise Fault(
            Kind.PART_INVALID,
            f"the slice at {offset} has {size} bytes; it must have {expected}",
            reason="size",
            expected=expected,
            actual=size,
        )
    return number + 1


def put_part(tx: Transaction, op: ops.PutPart, now: float) -> tuple[Upload, Part]:
    """Acknowledge a part. The same bytes again are fine; other bytes at the same place raise Fault PART_CONFLICT."""
    upload = named(tx, op.bucket, op.key, op.upload)
    number = check_place(upload, op.offset, op.content.size)
    old = tx.part(upload.id, number)
    if old is not None:
        if (old.crc64, old.size) != (op.content.crc64, op.content.size):
            raise Fault(Kind.PART_CONFLICT, f"other bytes were already acknowledged at offset {op.offset}")
        return upload, old
    part = Part(
        upload=upload.id,
        number=number,
        offset=op.offset,
        size=op.content.size,
        segments=objects.adopt(tx, op.content, upload.attributes),
        crc64=op.content.crc64,
        sha1=op.content.sha1,
        md5=op.content.md5,
        stored_at=now,
    )
    tx.put_part(part)
    return upload, part


def check_whole(reader: Reader, upload: Upload) -> None:
    """Raises Fault UPLOAD_INCOMPLETE, naming the first missing offset, unless every byte is there."""
    _, size = reader.parts_total(upload.id)
    if size == upload.size:
        return
    hole = progress(reader, upload).contiguous
    raise Fault(
        Kind.UPLOAD_INCOMPLETE,
        f"{size} of {upload.size} bytes have arrived; the first missing slice starts at offset {hole}",
        reason="hole",
        offset=hole,
    )


def check_size(upload: Upload, size: int | None) -> None:
    """Raises Fault SIZE_MISMATCH when the completion speaks of another size than the start."""
    if size is not None and size != upload.size:
        raise Fault(Kind.SIZE_MISMATCH, f"the upload was started for {upload.size} bytes, not {size}")


def complete(
    tx: Transaction, op: ops.CompleteUpload, who: Principal, now: float, crc64: int, found: bytes
) -> Object | Mismatch:
    """Point the name at the parts, whose digests together are ``crc64`` and ``found`` (SHA-1)."""
    upload = named(tx, op.bucket, op.key, op.upload)
    check_size(upload, op.size)
    check_whole(tx, upload)
    objects.check_tree(tx, op.bucket.id, op.key, need_parent=False)
    parts = all_parts(tx, upload.id)
    expected = op.sha1 or upload.sha1
    if expected is not None and expected != found:
        drop(tx, upload, now)
        return Mismatch(expected=expected, found=found)
    old = tx.object(op.bucket.id, op.key)
    if not objects.may_replace(old, Replace(upload.replace), found, upload.size):
        assert old is not None  # noqa: S101 - may_replace says False only of an object that is there
        drop(tx, upload, now)
        return old
    record = Object(
        bucket=op.bucket.id,
        key=op.key,
        size=upload.size,
        segments=tuple(segment for part in parts for segment in part.segments),
        crc64=crc64,
        sha1=found,
        md5=None,
        part_bytes=upload.part_bytes,
        created_at=now,
        modified_at=now,
        attributes=upload.attributes,
        stored_by=who.key_id,
    )
    tx.remove_upload(upload.id)
    return objects.point(tx, op.bucket, record, now)


def drop(tx: Transaction, upload: Upload, now: float) -> None:
    """Forget an upload and give back its parts' bytes."""
    for part in all_parts(tx, upload.id):
        objects.release(tx, part, now)
    tx.remove_upload(upload.id)
