"""Reading: finds the object whose bytes or attributes are asked for, or that is copied from, and follows links.

A link is an object without bytes that names another key of its bucket: its target. A link to a link is refused, so
there are no loops. Whoever follows a link needs the right to the target as well. An object whose own days are over is
not there, though only the sweep takes it out of listings.
"""

from __future__ import annotations

from entrepot.core import operations as ops
from entrepot.core.facts.digests import Digester
from entrepot.core.facts.lifecycle import outlived
from entrepot.core.facts.records import Blob, Bucket, ClientKey, Encryption, Lock, Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Blobs, Reader, Sealing
from entrepot.core.rights.grant import Right
from entrepot.core.rights.identity import Principal
from entrepot.core.rules import archive, objects
from entrepot.core.rules.access import check_other
from entrepot.core.rules.content import Run, Windows, content_of, digest, plan
from entrepot.core.rules.sealed import unwrapped
from entrepot.core.value import Value, changed


class Reading(Value, frozen=True, kw_only=True):
    """An object, and access to its bytes. ``link`` is the link that led to it, None if none did."""

    record: Object
    blobs: list[Blob]
    source: Blobs
    link: Object | None = None
    client_key: ClientKey | None = None
    """What opens the bytes when only the client has their key."""

    @property
    def repeatable(self) -> bool:
        """Whether what is read may be remembered for the same request.

        Not what only its client's key opens, nor what ends with time alone: the index does not change at that moment.
        """
        return self.client_key is None and not any(
            one.attributes.expire_days is not None or one.attributes.restored_until is not None
            for one in (self.record, self.link)
            if one is not None
        )

    def inline_bytes(self) -> memoryview | None:
        """All bytes of a small object, when they are stored in the index itself, as one blob; else None."""
        if self.record.size == 0:
            return memoryview(b"")
        if len(self.blobs) != 1:
            return None
        data = self.blobs[0].data
        if data is None:
            return None
        if self.blobs[0].seal is not None:
            blob = unwrapped(self.source.sealing, self.blobs[0], self.client_key)
            data = content_of(self.source, blob, 0, blob.size).data or b""
        first = self.record.segments[0].offset
        return memoryview(data)[first : first + self.record.size]

    def lone_blob(self) -> str | None:
        """The name of the blob that has these bytes, plain, and no others; None where they lie in any other way."""
        if len(self.blobs) != 1 or len(self.record.segments) != 1:
            return None
        blob, run = self.blobs[0], self.record.segments[0]
        whole = run.offset == 0 and run.length == blob.size == self.record.size
        return blob.name if whole and blob.seal is None and blob.data is None else None

    def stream(self, first: int, length: int) -> Windows:
        """``length`` bytes from the offset ``first`` on."""
        return Windows(self.source, self._plan(first, length))

    async def digest(self, digester: Digester, first: int, length: int) -> None:
        """Feed ``length`` bytes from the offset ``first`` on to ``digester``, off the event loop."""
        await digest(self.source, self._plan(first, length), digester)

    def _plan(self, first: int, length: int) -> list[Run]:
        runs = plan(self.record, self.blobs, first, length)
        if self.client_key is None:
            return runs
        return [changed(run, blob=unwrapped(self.source.sealing, run.blob, self.client_key)) for run in runs]


class Followed(Value, frozen=True, kw_only=True):
    """The answer when attributes were asked for by the name of a link: the target of the link, and the link itself."""

    record: Object
    link: Object


def link_target(reader: Reader, bucket: Bucket, link: Object, who: Principal, right: Right, now: float) -> Object:
    """The object that a link leads to.

    Raises:
        Fault: ACCESS_DENIED without ``right`` to the target; LINK_BROKEN when there is no such object, or when it is a
            link itself (reason ``link``).
    """
    key = link.attributes.link or ""
    found = reader.object(bucket.id, key)
    check_other(bucket, key, found, who, right, now)
    if found is None or outlived(found, now):
        raise Fault(Kind.LINK_BROKEN, f"the link {link.key!r} leads to {key!r}, where there is no object")
    if found.attributes.link is not None:
        raise Fault(Kind.LINK_BROKEN, f"the link {link.key!r} leads to {key!r}, which is a link itself", reason="link")
    return found


def read(reader: Reader, blobs: Blobs, op: ops.ReadObject, who: Principal, now: float) -> Reading:
    """Find an object to read its bytes. Raises Fault OBJECT_MISSING, ACCESS_DENIED, OBJECT_LOCKED, LINK_BROKEN."""
    found = reader.object_and_blobs(op.bucket.id, op.key)
    if found is None or outlived(found[0], now):
        raise objects.missing(op.bucket, op.key)
    record, object_blobs = found
    link = None
    if record.attributes.link is not None:
        link = record
        record, object_blobs = _with_blobs(reader, link_target(reader, op.bucket, link, who, op.right, now))
    check_readable(record, now)
    check_client_key(blobs.sealing, record.attributes.encryption, op.client_key)
    return Reading(record=record, blobs=object_blobs, source=blobs, link=link, client_key=op.client_key)


def reopen(reader: Reader, blobs: Blobs, record: Object, client_key: ClientKey | None = None) -> Reading:
    """Access to the bytes of an object that was found before. Raises Fault PRECONDITION_FAILED if it changed since."""
    record, object_blobs = _with_blobs(reader, record)
    check_client_key(blobs.sealing, record.attributes.encryption, client_key)
    return Reading(record=record, blobs=object_blobs, source=blobs, client_key=client_key)


def check_client_key(sealing: Sealing, encryption: Encryption | None, key: ClientKey | None) -> None:
    """Refuse what is not asked with the very key that it was stored with, or with one where there is none.

    Raises:
        Fault: ACCESS_DENIED (reason ``customer-key``) for another key, MALFORMED (reason ``customer-key-missing`` or
            ``customer-key-needless``) without one and for one where none belongs.
    """
    by_client = encryption is not None and encryption.by_client
    if key is None:
        if by_client:
            raise Fault(
                Kind.MALFORMED, "the object is encrypted with a key of its client's; send the key along",
                reason="customer-key-missing",
            )  # fmt: skip
        return
    if encryption is None or not by_client:
        raise Fault(
            Kind.MALFORMED, "the object is not encrypted with a key of its client's; send none",
            reason="customer-key-needless",
        )  # fmt: skip
    if not sealing.knows(encryption.mark, key):
        raise Fault(
            Kind.ACCESS_DENIED, "the object is encrypted with another key than the request's", reason="customer-key"
        )


def _with_blobs(reader: Reader, record: Object) -> tuple[Object, list[Blob]]:
    found = reader.object_and_blobs(record.bucket, record.key)
    if found is None or found[0].segments != record.segments:
        raise changed_meanwhile(record)
    return found


def changed_meanwhile(record: Object) -> Fault:
    """The refusal when an object was replaced while it was being read."""
    return Fault(Kind.PRECONDITION_FAILED, f"the object {record.key!r} was changed while it was read; try again")


def stat(reader: Reader, blobs: Blobs, op: ops.StatObject, who: Principal, now: float) -> Object | Followed:
    """Attributes of an object or directory. Raises Fault OBJECT_MISSING, ACCESS_DENIED, LINK_BROKEN."""
    lookup = objects.stat if op.directory else objects.existing
    record = lookup(reader, op.bucket, op.key)
    if outlived(record, now):
        raise objects.missing(op.bucket, op.key)
    if record.attributes.link is None or op.link:
        if op.reads:
            check_client_key(blobs.sealing, record.attributes.encryption, op.client_key)
        return archive.as_of(record, now)
    target = link_target(reader, op.bucket, record, who, op.right, now)
    if op.reads:
        check_client_key(blobs.sealing, target.attributes.encryption, op.client_key)
    return Followed(record=archive.as_of(target, now), link=record)


class Source(Value, frozen=True, kw_only=True):
    """What a copy says of its source: ``client_key`` opens it, if only its client can; ``check`` is a condition."""

    bucket: Bucket
    key: str
    client_key: ClientKey | None
    check: ops.Check | None
    version: bool = False


def copy_source(reader: Reader, sealing: Sealing, wanted: Source, who: Principal, now: float) -> Object:
    """The object that a copy is made from; a link is followed.

    The condition comes last: what it is about is told to nobody who may not read the source, or has not its key.

    Raises:
        Fault: BUCKET_MISSING, ACCESS_DENIED, OBJECT_MISSING, OBJECT_LOCKED, LINK_BROKEN, whatever
            :func:`check_client_key` and the condition refuse.
    """
    bucket, key = wanted.bucket, wanted.key
    current = reader.bucket(bucket.account, bucket.name)
    if current is None or current.id != bucket.id:
        raise Fault(Kind.BUCKET_MISSING, f"the bucket {bucket.name!r} was deleted meanwhile")
    record = reader.object(bucket.id, key)
    for right in (Right.READ_OBJECT, *((Right.READ_VERSION,) if wanted.version else ())):
        check_other(current, key, record, who, right, now)
    if record is None or outlived(record, now):
        raise objects.missing(bucket, key)
    if record.attributes.link is not None:
        record = link_target(reader, current, record, who, Right.READ_OBJECT, now)
    check_readable(record, now)
    check_client_key(sealing, record.attributes.encryption, wanted.client_key)
    if wanted.check is not None:
        wanted.check(record)
    return record


def check_readable(record: Object, now: float) -> None:
    """Refuse to read what has a read lock or is archived. Raises Fault OBJECT_LOCKED (reason ``archived``)."""
    if record.attributes.lock & Lock.READ:
        raise Fault(Kind.OBJECT_LOCKED, f"the object {record.key!r} is closed to reading")
    if not archive.is_open(record, now):
        raise Fault(
            Kind.OBJECT_LOCKED, f"the object {record.key!r} is archived; restore it first", reason="archived",
            storage_class=record.attributes.storage_class,
        )  # fmt: skip
