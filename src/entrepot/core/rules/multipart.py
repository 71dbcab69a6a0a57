"""Rules of uploads in numbered parts: any size, any order, each replaceable until the upload is completed.

Completing points a name at the pieces of the wanted parts and gives the others' bytes back: no byte is copied or read.
Ids sort by age, so that uploads of one key are listed as they were started. Pure functions over a transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import pairwise

from entrepot.core import operations as ops
from entrepot.core.facts.crc64 import combined
from entrepot.core.facts.records import Attributes, Bucket, Checksum, Object, Part, Staged, Upload, same_seal
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Replace
from entrepot.core.ports import Reader, Sealing, Transaction
from entrepot.core.rights.identity import Principal
from entrepot.core.rules import access, copying, objects, reading, uploads
from entrepot.core.rules.condition_facts import completed_attributes
from entrepot.core.rules.keys import Rolling, UploadsPage
from entrepot.core.rules.numbered import numbered_of
from entrepot.core.value import Value, changed

PARTS_MAX = 10_000
_JOINED_AT_ONCE = 32
SEGMENTS_MAX = 100_000
"""How many pieces an object may be put together from, when its parts were copied from objects of many pieces."""


class PartsPage(Value, frozen=True, kw_only=True):
    """Some parts of an upload by number; ``more`` says that others follow."""

    upload: Upload
    parts: list[Part]
    more: bool


class PartDigests(Value, frozen=True, kw_only=True):
    """What is known of the bytes of a part that is copied, and of the object they were read from.

    ``checksum`` is of the kind that the upload keeps, in base64. ``content`` are the bytes once more, where they are
    encrypted otherwise than the source.
    """

    source: Object
    length: int
    crc64: int
    md5: bytes
    checksum: str = ""
    content: Staged | None = None


class Joined(Value, frozen=True, kw_only=True):
    """The CRC64 of ``pieces`` (CRC64, length) one after another."""

    pieces: list[tuple[int, int]]
    crc64: int


def named(reader: Reader, bucket: Bucket, key: str, upload_id: str) -> Upload:
    """The upload in numbered parts of this id, if it belongs to ``key``. Raises Fault UPLOAD_MISSING."""
    upload = reader.upload(upload_id)
    if upload is None or upload.bucket != bucket.id or upload.key != key or not upload.numbered:
        raise Fault(Kind.UPLOAD_MISSING, f"there is no upload with this id for {key!r}; it may have ended")
    return upload


def start(tx: Transaction, op: ops.StartMultipart, who: Principal, now: float, new_id: str) -> Upload:
    """Start an upload. Its id is its age in milliseconds and the begin of ``new_id``, 32 digits in capitals.

    Raises:
        Fault: OBJECT_EXISTS when nothing may be overwritten and something is there.
    """
    if op.replace is Replace.NEVER:
        objects.may_replace(tx.object(op.bucket.id, op.key), op.replace, None, -1)
    upload = Upload(
        id=f"{int(now * 1000):012x}{new_id[:20]}".upper(),
        bucket=op.bucket.id,
        key=op.key,
        size=0,
        part_bytes=0,
        sha1=None,
        attributes=op.attributes,
        replace=op.replace,
        started_at=now,
        started_by=who.key_id,
    )
    tx.add_upload(upload)
    return upload


def check_number(number: int) -> None:
    """Raises Fault PART_INVALID (reason ``number``) for a number that no part can have."""
    if not 1 <= number <= PARTS_MAX:
        raise Fault(
            Kind.PART_INVALID, f"the part number {number} is not 1 to {PARTS_MAX}", reason="number", number=number
        )


def put_part(tx: Transaction, op: ops.PutNumberedPart, now: float) -> tuple[Upload, Part]:
    """Acknowledge a part, in place of one of the same number. Raises Fault UPLOAD_MISSING, PART_INVALID."""
    check_number(op.number)
    upload = named(tx, op.bucket, op.key, op.upload)
    part = Part(
        upload=upload.id,
        number=op.number,
        offset=0,
        size=op.content.size,
        segments=objects.adopt(tx, op.content, upload.attributes),
        crc64=op.content.crc64,
        sha1=op.content.sha1,
        md5=op.content.md5,
        stored_at=now,
        checksum=op.checksum,
    )
    _store(tx, part, now)
    return upload, part


def _store(tx: Transaction, part: Part, now: float) -> None:
    old = tx.part(part.upload, part.number)
    tx.put_part(part)
    if old is not None:
        objects.release(tx, old, now)


def source_of(reader: Reader, sealing: Sealing, op: ops.CopyPart, who: Principal, now: float) -> tuple[Object, int]:
    """The object that a part is copied from, and how many of its bytes.

    Raises:
        Fault: PART_INVALID, UPLOAD_MISSING, RANGE_INVALID, whatever the source or ``check_source`` refuses.
    """
    check_number(op.number)
    named(reader, op.bucket, op.key, op.upload)
    wanted = reading.Source(
        bucket=op.source_bucket, key=op.source_key, client_key=op.client_key, check=op.check_source, version=op.version
    )
    source = reading.copy_source(reader, sealing, wanted, who, now)
    return source, copying.wanted(source, op.first, op.length)


def copy_part(
    tx: Transaction, sealing: Sealing, op: ops.CopyPart, who: Principal, now: float, digests: PartDigests
) -> tuple[Upload, Part]:
    """Make a part of bytes that were digested before. Raises Fault PRECONDITION_FAILED when they are others now."""
    source, length = source_of(tx, sealing, op, who, now)
    if source.segments != digests.source.segments or length != digests.length:
        raise reading.changed_meanwhile(source)
    upload = named(tx, op.bucket, op.key, op.upload)
    if digests.content is not None:
        segments = objects.adopt(tx, digests.content, upload.attributes)
    elif same_seal(source.attributes.encryption, upload.attributes.encryption):
        segments = copying.cut(source.segments, op.first, length)
        copying.retain(tx, segments)
    else:
        raise reading.changed_meanwhile(source)
    part = Part(
        upload=upload.id,
        number=op.number,
        offset=0,
        size=length,
        segments=segments,
        crc64=digests.crc64,
        sha1=None,
        md5=digests.md5,
        stored_at=now,
        checksum=digests.checksum,
    )
    _store(tx, part, now)
    return upload, part


def join(reader: Reader, op: ops.CompleteMultipart) -> Joined | None:
    """Join the checksums of what is going to be completed; None when that is quick. Refuses nothing.

    Ten thousand parts of different lengths take a second, which is too long inside a transaction.
    """
    upload = reader.upload(op.upload)
    if upload is None or (op.parts is not None and len(op.parts) <= _JOINED_AT_ONCE):
        return None
    parts = {part.number: part for part in uploads.all_parts(reader, upload.id)}
    numbers = list(parts) if op.parts is None else [each.number for each in op.parts if each.number in parts]
    pieces = [(parts[number].crc64, parts[number].size) for number in numbers]
    return Joined(pieces=pieces, crc64=combined(pieces))


def complete(
    tx: Transaction, op: ops.CompleteMultipart, who: Principal, now: float, joined: Joined | None = None
) -> Object:
    """Point the name at the wanted parts; see :class:`entrepot.core.operations.CompleteMultipart` for what is refused.

    ``joined`` is what :func:`join` gave before, and counts if the parts are still the same.
    """
    there = tx.object(op.bucket.id, op.key)
    if there is not None and there.upload == op.upload:
        return there  # the answer to the first completion was lost
    upload = named(tx, op.bucket, op.key, op.upload)
    found = {part.number: part for part in uploads.all_parts(tx, upload.id)}
    parts = list(found.values()) if op.parts is None else _wanted(found, op.parts)
    _check_parts(parts, op)
    access.check(op, who, now, tx, size=sum(part.size for part in parts))
    if op.check is not None:
        op.check(there)
    pieces = [(part.crc64, part.size) for part in parts]
    crc64 = joined.crc64 if joined is not None and joined.pieces == pieces else combined(pieces)
    record = changed(
        _whole(upload, parts, who, now, op.digest_form),
        crc64=crc64,
        attributes=_attributes(completed_attributes(op, upload.attributes), parts, op.finish),
    )
    policy = Replace(upload.replace) if op.replace is None else op.replace
    if not objects.may_replace(there, policy, None, record.size):
        assert there is not None  # noqa: S101 - may_replace says False only of an object that is there
        uploads.drop(tx, upload, now)
        return there
    for part in parts:
        del found[part.number]
    for unwanted in found.values():
        objects.release(tx, unwanted, now)
    tx.remove_upload(upload.id)
    return objects.point(tx, op.bucket, record, now)


def _wanted(found: dict[int, Part], wanted: tuple[ops.WantedPart, ...]) -> list[Part]:
    """The parts that a completion names. Raises Fault PART_ORDER, PART_INVALID."""
    numbers = [each.number for each in wanted]
    for before, after in pairwise(numbers):
        if after <= before:
            raise Fault(
                Kind.PART_ORDER, f"part {after} is named behind part {before}; name each once, in ascending order"
            )
    parts: list[Part] = []
    for each in wanted:
        part = found.get(each.number)
        if part is None:
            raise Fault(Kind.PART_INVALID, f"there is no part {each.number}; send it first", number=each.number)
        other = (each.md5 is not None and each.md5 != part.md5) or (each.checksum and each.checksum != part.checksum)
        if other:
            raise Fault(
                Kind.PART_INVALID,
                f"part {each.number} has other bytes than the completion says; send it again",
                number=each.number,
            )
        parts.append(part)
    return parts


def _check_parts(parts: list[Part], op: ops.CompleteMultipart) -> None:
    """Raises Fault UPLOAD_INCOMPLETE, PART_TOO_SMALL, SIZE_MISMATCH, TOO_LARGE."""
    if not parts and not op.may_be_empty:
        raise Fault(Kind.UPLOAD_INCOMPLETE, "the upload has no part; send at least one")
    for part in parts[:-1]:
        if part.size < op.part_min_bytes:
            raise Fault(
                Kind.PART_TOO_SMALL,
                f"part {part.number} has {part.size} bytes; all but the last need {op.part_min_bytes}",
                number=part.number,
                size=part.size,
                minimum=op.part_min_bytes,
            )
    size = sum(part.size for part in parts)
    if op.size is not None and op.size != size:
        raise Fault(
            Kind.SIZE_MISMATCH,
            f"the parts have {size} bytes together, the completion says {op.size}",
            expected=op.size,
            actual=size,
        )
    pieces = sum(len(part.segments) for part in parts)
    if pieces > SEGMENTS_MAX:
        raise Fault(
            Kind.TOO_LARGE,
            f"the parts are made of {pieces} pieces; at most {SEGMENTS_MAX} can be joined",
            limit=SEGMENTS_MAX,
        )


def _whole(
    upload: Upload, parts: list[Part], who: Principal, now: float, digest_form: Callable[[bytes], bytes]
) -> Object:
    """The object that the parts make up, but for its CRC64 and checksum. Its MD5 is that of the parts' MD5s."""
    digests = [digest_form(part.md5) for part in parts if part.md5 is not None]
    md5 = hashlib.md5(b"".join(digests), usedforsecurity=False).digest() if len(digests) == len(parts) else None
    return Object(
        bucket=upload.bucket,
        key=upload.key,
        size=sum(part.size for part in parts),
        segments=tuple(segment for part in parts for segment in part.segments),
        crc64=None,
        sha1=None,
        md5=md5,
        part_bytes=0,
        created_at=now,
        modified_at=now,
        attributes=upload.attributes,
        stored_by=who.key_id,
        parts=len(parts),
        upload=upload.id,
    )


def _attributes(
    attributes: Attributes, parts: list[Part], finish: Callable[[Checksum, list[Part]], Checksum] | None
) -> Attributes:
    checksum = attributes.checksum
    if checksum is not None:
        checksum = None if finish is None else finish(checksum, parts)
    return changed(attributes, checksum=checksum, numbered=numbered_of(parts) if parts else None)


def abort(tx: Transaction, op: ops.AbortUpload, now: float) -> None:
    """End an upload and give its bytes back. Raises Fault UPLOAD_MISSING."""
    find = uploads.named if op.sliced else named
    uploads.drop(tx, find(tx, op.bucket, op.key, op.upload), now)


def list_parts(reader: Reader, op: ops.ListParts) -> PartsPage:
    """Some acknowledged parts. Raises Fault UPLOAD_MISSING."""
    find = uploads.named if op.sliced else named
    upload = find(reader, op.bucket, op.key, op.upload)
    found = reader.parts(upload.id, op.after, op.limit + 1)
    return PartsPage(upload=upload, parts=found[: op.limit], more=len(found) > op.limit)


def list_uploads(reader: Reader, op: ops.ListUploads) -> UploadsPage:
    """One page of a bucket's uploads in numbered parts, or in slices."""
    rolling = Rolling(
        op.prefix,
        op.delimiter,
        lambda low, high, limit: reader.uploads(op.bucket.id, low, high, limit, sliced=op.sliced),
        lambda upload: (upload.key, upload.id),
        lambda upload: (upload.key, upload.id),
    )
    if op.after_key is not None:
        rolling.start_after(op.after_key, op.after_upload)
    resume = rolling.page(op.limit)
    return UploadsPage(uploads=rolling.rows, prefixes=rolling.prefixes, resume=resume)
