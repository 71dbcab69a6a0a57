"""Rules of copying: names that point at bytes which another name points at already.

No byte is copied, unless the copy is encrypted otherwise than its source: then the store has read the bytes before, as
it has for a checksum that the source has not.

Pure functions over a transaction. A piece of a blob that is pointed at once more is retained once more.
"""

from __future__ import annotations

from entrepot.core import operations as ops
from entrepot.core.facts.records import Attributes, Checksum, Object, Segment, Staged, same_seal
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Replace
from entrepot.core.ports import Reader, Sealing, Transaction
from entrepot.core.rights.identity import Principal
from entrepot.core.rules import objects
from entrepot.core.rules.access import check_size
from entrepot.core.rules.condition_facts import copied_attributes
from entrepot.core.rules.reading import Source, changed_meanwhile, copy_source
from entrepot.core.value import Value, changed


def copy(tx: Transaction, op: ops.CopyObject, who: Principal, now: float) -> Object:
    """Point another name at the same bytes; when moving, take the first name away. No byte is copied."""
    source = objects.existing(tx, op.bucket, op.key)
    check_size(source.size, who)
    if op.target == op.key:
        if op.replace is not Replace.ALWAYS:
            raise Fault(Kind.OBJECT_EXISTS, f"source and target are the same object {op.key!r}", reason="target")
        return source
    encryption = source.attributes.encryption
    if encryption is not None and encryption.by_client and not op.move:
        raise Fault(
            Kind.MALFORMED, "the object is encrypted with a key of its client's, which a copy needs",
            reason="customer-key-missing",
        )  # fmt: skip
    if op.move:
        objects.check_writable(source, "target")
        tx.delete_object(op.bucket.id, op.key)
    if op.tree:
        objects.check_tree(tx, op.bucket.id, op.target, need_parent=op.need_parent)
    objects.may_replace(tx.object(op.bucket.id, op.target), op.replace, None, -1, "target")
    if not op.move:
        retain(tx, source.segments)
    record = changed(source, key=op.target, modified_at=now, stored_by=who.key_id, upload=None)
    if not op.move:
        record = changed(record, created_at=now)
    return objects.point(tx, op.bucket, record, now)


class Reread(Value, frozen=True, kw_only=True):
    """What was read of a copy's source before its transaction, and the object that it was read of.

    ``content`` holds the bytes once more, encrypted as the copy is to be; None lets the copy share the source's.
    ``checksum`` is the one that the copy is to have; None leaves it as it was.
    """

    source: Object
    content: Staged | None = None
    checksum: Checksum | None = None


def copy_into(
    tx: Transaction, sealing: Sealing, op: ops.CopyInto, who: Principal, now: float, reread: Reread | None = None
) -> Object:
    """Point a name at the bytes of an object of any bucket, or at those that were taken in again.

    Raises:
        Fault: whatever :func:`entrepot.core.rules.reading.copy_source` refuses, TOO_LARGE (``limit=``), OBJECT_EXISTS,
            OBJECT_LOCKED, whatever the checks refuse.
    """
    source = source_of(tx, sealing, op, who, now)
    attributes = copied_attributes(op, source.attributes)
    content = None if reread is None else reread.content
    if reread is not None and source.segments != reread.source.segments:
        raise changed_meanwhile(source)
    if content is None and not same_seal(source.attributes.encryption, attributes.encryption):
        raise changed_meanwhile(source)
    if op.checksum is not None and reread is None and full_checksum(source, op.checksum) is None:
        raise changed_meanwhile(source)
    old = tx.object(op.bucket.id, op.key)
    if op.check is not None:
        op.check(old)
    if not objects.may_replace(old, op.replace, source.sha1, source.size):
        assert old is not None  # noqa: S101 - may_replace says False only of an object that is there
        return old
    if content is None:
        retain(tx, source.segments)
    record = changed(
        source,
        bucket=op.bucket.id,
        key=op.key,
        created_at=now,
        modified_at=now,
        attributes=_summed(attributes, reread),
        stored_by=who.key_id,
        upload=None,
    )
    if content is not None:
        record = _of_one_piece(tx, record, content)
    return objects.point(tx, op.bucket, record, now)


def full_checksum(source: Object, algorithm: str) -> Checksum | None:
    """The checksum of all bytes of an object; None where it has none of this kind."""
    kept = source.attributes.checksum
    return kept if kept is not None and kept.algorithm == algorithm and not kept.composite and kept.value else None


def _summed(attributes: Attributes, reread: Reread | None) -> Attributes:
    """With the checksum that was read, beside which the parts' own are of another kind."""
    if reread is None or reread.checksum is None:
        return attributes
    numbered = attributes.numbered
    return changed(
        attributes,
        checksum=reread.checksum,
        numbered=None if numbered is None else changed(numbered, checksums=""),
    )


def _of_one_piece(tx: Transaction, record: Object, content: Staged) -> Object:
    """The record of a copy whose bytes were read: its digests are those of the whole, whatever parts there were."""
    checksum = record.attributes.checksum
    attributes = changed(
        record.attributes, numbered=None, checksum=None if checksum is None or checksum.composite else checksum
    )
    return changed(
        record,
        segments=objects.adopt(tx, content, attributes),
        attributes=attributes,
        crc64=content.crc64,
        md5=content.md5,
        parts=0,
        part_bytes=content.size,
    )


def source_of(reader: Reader, sealing: Sealing, op: ops.CopyInto, who: Principal, now: float) -> Object:
    """The object that is copied, if it may be. Raises what :func:`copy_into` says of the source."""
    named = Source(
        bucket=op.source_bucket,
        key=op.source_key,
        client_key=op.source_client_key,
        check=op.check_source,
        version=op.version,
    )
    source = copy_source(reader, sealing, named, who, now)
    check_size(source.size, who)
    if op.max_bytes is not None and source.size > op.max_bytes:
        raise Fault(
            Kind.TOO_LARGE,
            f"{op.source_key!r} has {source.size} bytes; at most {op.max_bytes} are copied at once, copy it in parts",
            limit=op.max_bytes,
        )
    return source


def retain(tx: Transaction, segments: tuple[Segment, ...]) -> None:
    """One more reference to each piece."""
    for segment in segments:
        tx.retain(segment.blob)


def wanted(source: Object, first: int, length: int | None) -> int:
    """How many bytes from ``first`` on are meant. Raises Fault RANGE_INVALID when they do not lie in the source."""
    count = source.size - first if length is None else length
    whole = first == 0 and count == source.size
    if not whole and (first < 0 or count < 1 or first + count > source.size):
        raise Fault(
            Kind.RANGE_INVALID,
            f"the range of {count} bytes from {first} on does not lie in {source.key!r}, which has {source.size}",
            size=source.size,
        )
    return count


def cut(segments: tuple[Segment, ...], first: int, length: int) -> tuple[Segment, ...]:
    """The pieces that make up ``length`` bytes from ``first`` on."""
    found: list[Segment] = []
    start = 0
    for segment in segments:
        low, high = max(first, start), min(first + length, start + segment.length)
        if low < high:
            found.append(Segment(blob=segment.blob, offset=segment.offset + low - start, length=high - low))
        start += segment.length
    return tuple(found)
