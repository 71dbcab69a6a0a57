"""Reading: objects as they are read, looked at and copied from, with links followed.

A link is an object without bytes that names another key of its bucket. One is followed, never two, and whoever follows
it needs the right to its end as well.
"""

from __future__ import annotations

from entrepot.core import operations as ops
from entrepot.core.facts.digests import Digester
from entrepot.core.facts.records import Blob, Bucket, Lock, Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Blobs, Reader
from entrepot.core.rights.grant import Right
from entrepot.core.rights.identity import Principal
from entrepot.core.rules import objects
from entrepot.core.rules.access import check_other
from entrepot.core.rules.content import Windows, digest, plan
from entrepot.core.value import Value


class Reading(Value, frozen=True, kw_only=True):
    """An object and how to get at its bytes. ``link`` is the link that was followed to it, None when it was named."""

    record: Object
    blobs: list[Blob]
    source: Blobs
    link: Object | None = None

    def small(self) -> memoryview | None:
        """All bytes, when they lie in the index as one blob of their own."""
        if self.record.size == 0:
            return memoryview(b"")
        if len(self.blobs) != 1:
            return None
        data = self.blobs[0].data
        if data is None:
            return None
        first = self.record.segments[0].offset
        return memoryview(data)[first : first + self.record.size]

    def stream(self, first: int, length: int) -> Windows:
        """``length`` bytes from ``first`` on."""
        return Windows(self.source, plan(self.record, self.blobs, first, length))

    async def digest(self, digester: Digester, first: int, length: int) -> None:
        """Take ``length`` bytes from ``first`` on into ``digester``, off the event loop."""
        await digest(self.source, plan(self.record, self.blobs, first, length), digester)


class Followed(Value, frozen=True, kw_only=True):
    """What a link leads to, where attributes were asked for: the object at its end, and the link itself."""

    record: Object
    link: Object


def end_of(reader: Reader, bucket: Bucket, link: Object, who: Principal, right: Right, now: float) -> Object:
    """The object that a link leads to.

    Raises:
        Fault: ACCESS_DENIED without ``right`` there; LINK_BROKEN when nothing, or (reason ``link``) a link is there.
    """
    key = link.attributes.link or ""
    found = reader.object(bucket.id, key)
    check_other(bucket, key, found, who, right, now)
    if found is None:
        raise Fault(Kind.LINK_BROKEN, f"the link {link.key!r} leads to {key!r}, where there is no object")
    if found.attributes.link is not None:
        raise Fault(Kind.LINK_BROKEN, f"the link {link.key!r} leads to {key!r}, which is a link itself", reason="link")
    return found


def read(reader: Reader, blobs: Blobs, op: ops.ReadObject, who: Principal, now: float) -> Reading:
    """The bytes of an object. Raises Fault OBJECT_MISSING, OBJECT_LOCKED, LINK_BROKEN."""
    found = reader.object_and_blobs(op.bucket.id, op.key)
    if found is None:
        raise objects.missing(op.bucket, op.key)
    record, pieces = found
    link = None
    if record.attributes.link is not None:
        link = record
        record, pieces = _with_blobs(reader, end_of(reader, op.bucket, link, who, op.right, now))
    check_readable(record)
    return Reading(record=record, blobs=pieces, source=blobs, link=link)


def opened(reader: Reader, blobs: Blobs, record: Object) -> Reading:
    """The bytes of a record that was found before. Raises Fault PRECONDITION_FAILED when it has changed since."""
    record, pieces = _with_blobs(reader, record)
    return Reading(record=record, blobs=pieces, source=blobs)


def _with_blobs(reader: Reader, record: Object) -> tuple[Object, list[Blob]]:
    found = reader.object_and_blobs(record.bucket, record.key)
    if found is None or found[0].segments != record.segments:
        raise changed_meanwhile(record)
    return found


def changed_meanwhile(record: Object) -> Fault:
    """The refusal where an object became another one while it was being read."""
    return Fault(Kind.PRECONDITION_FAILED, f"the object {record.key!r} was changed while it was read; try again")


def stat(reader: Reader, op: ops.StatObject, who: Principal, now: float) -> Object | Followed:
    """Attributes of a file or directory. Raises Fault OBJECT_MISSING, LINK_BROKEN."""
    find = objects.stat if op.directory else objects.existing
    record = find(reader, op.bucket, op.key)
    if record.attributes.link is None or op.link:
        return record
    return Followed(record=end_of(reader, op.bucket, record, who, op.right, now), link=record)


def source_of(reader: Reader, bucket: Bucket, key: str, who: Principal, now: float) -> Object:
    """What a copy is made of; a link is followed.

    Raises:
        Fault: BUCKET_MISSING, ACCESS_DENIED, OBJECT_MISSING, OBJECT_LOCKED, LINK_BROKEN.
    """
    current = reader.bucket(bucket.account, bucket.name)
    if current is None or current.id != bucket.id:
        raise Fault(Kind.BUCKET_MISSING, f"the bucket {bucket.name!r} was deleted meanwhile")
    record = reader.object(bucket.id, key)
    check_other(current, key, record, who, Right.READ_OBJECT, now)
    if record is None:
        raise objects.missing(bucket, key)
    if record.attributes.link is not None:
        record = end_of(reader, current, record, who, Right.READ_OBJECT, now)
    check_readable(record)
    return record


def check_readable(record: Object) -> None:
    """Raises Fault OBJECT_LOCKED when the object is closed to reading."""
    if record.attributes.lock & Lock.READ:
        raise Fault(Kind.OBJECT_LOCKED, f"the object {record.key!r} is closed to reading")
