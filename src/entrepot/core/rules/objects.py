"""Rules of naming objects: what may point where, and what a change of names does to references.

Pure functions over a transaction: no I/O of their own, no clock but the argument. Each either happens wholly or raises
a Fault, which undoes the transaction it runs in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from entrepot.core import operations as ops
from entrepot.core.facts.crc64 import combined
from entrepot.core.facts.names import after_prefix, parents
from entrepot.core.facts.records import (
    PLAIN,
    Attributes,
    Bucket,
    Encryption,
    Lock,
    Object,
    Part,
    Seal,
    Segment,
    Staged,
)
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Replace
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.identity import Principal
from entrepot.core.value import changed

APPENDS_MAX = 10_000
"""How many pieces an object that grew by appending may have."""


def existing(reader: Reader, bucket: Bucket, key: str) -> Object:
    """The object at ``key``.

    Raises:
        Fault: OBJECT_MISSING.
    """
    found = reader.object(bucket.id, key)
    if found is None:
        raise missing(bucket, key)
    return found


def missing(bucket: Bucket, key: str) -> Fault:
    """The refusal where there is no object."""
    return Fault(Kind.OBJECT_MISSING, f"there is no object {key!r} in the bucket {bucket.name!r}")


def any_below(reader: Reader, bucket: int, directory: str) -> Object | None:
    """The first object below ``directory`` (which ends in ``/``), the marker itself aside."""
    for found in reader.objects(bucket, directory, after_prefix(directory), 2):
        if found.key != directory:
            return found
    return None


def directory_exists(reader: Reader, bucket: int, directory: str) -> bool:
    """Whether ``directory`` was made or is implied by a key below it. The root always exists."""
    return not directory or bool(reader.objects(bucket, directory, after_prefix(directory), 1))


def check_tree(reader: Reader, bucket: int, key: str, *, need_parent: bool) -> None:
    """Refuse a name that would make one path a file and a directory at once.

    Raises:
        Fault: PATH_CONFLICT; OBJECT_MISSING when ``need_parent`` and the directory was never made.
    """
    for directory in parents(key):
        if reader.object(bucket, directory[:-1]) is not None:
            raise Fault(Kind.PATH_CONFLICT, f"{directory[:-1]!r} is a file, so nothing can lie below it")
    if key.endswith("/"):
        if reader.object(bucket, key[:-1]) is not None:
            raise Fault(Kind.PATH_CONFLICT, f"{key[:-1]!r} is a file already")
    elif directory_exists(reader, bucket, key + "/"):
        raise Fault(Kind.PATH_CONFLICT, f"{key + '/'!r} is a directory already")
    if need_parent:
        above = parents(key)
        if above and not directory_exists(reader, bucket, above[-1]):
            raise Fault(Kind.OBJECT_MISSING, f"the directory {above[-1]!r} does not exist; create it first")


def may_replace(old: Object | None, policy: Replace, sha1: bytes | None, size: int, reason: str | None = None) -> bool:
    """Whether to go on and point the name; False when the bytes are there already.

    Raises:
        Fault: OBJECT_EXISTS when the policy forbids it, OBJECT_LOCKED when the object is closed to writing.
    """
    if old is None:
        return True
    same = old.size == size and old.sha1 is not None and old.sha1 == sha1
    match policy:
        case Replace.SAME_BYTES if same:
            return False
        case Replace.SAME_BYTES | Replace.NEVER:
            raise Fault(
                Kind.OBJECT_EXISTS,
                f"an object {old.key!r} exists already and overwriting was not asked for",
                reason=reason,
            )
        case Replace.ALWAYS:
            check_writable(old, reason)
            return True


def check_writable(record: Object, reason: str | None = None) -> None:
    """Raises Fault OBJECT_LOCKED when the object is closed to writing."""
    if record.attributes.lock & Lock.WRITE:
        raise Fault(Kind.OBJECT_LOCKED, f"the object {record.key!r} is closed to writing", reason=reason)


def point(tx: Transaction, bucket: Bucket, record: Object, now: float) -> Object:
    """Let a name point at segments that the caller holds a reference to; release what it pointed at before."""
    old = tx.object(bucket.id, record.key)
    tx.put_object(record, bucket.account)
    if old is not None:
        release(tx, old, now)
    return record


def release(tx: Transaction, held: Object | Part, now: float) -> None:
    """Give back the references that a name or a part held."""
    for segment in held.segments:
        tx.release(segment.blob, now)


def put(tx: Transaction, op: ops.PutObject, who: Principal, now: float) -> Object:
    """Point a name at staged bytes."""
    if op.tree:
        check_tree(tx, op.bucket.id, op.key, need_parent=op.need_parent)
    old = tx.object(op.bucket.id, op.key)
    if op.check is not None:
        op.check(old)
    if not may_replace(old, op.replace, op.content.sha1, op.content.size):
        assert old is not None  # noqa: S101 - may_replace says False only of an object that is there
        return old
    record = _new(op.bucket, op.key, op.content, op.attributes, adopt(tx, op.content, op.attributes), who, now)
    tx.put_object(record, op.bucket.account)
    if old is not None:
        release(tx, old, now)
    return record


def _new(
    bucket: Bucket,
    key: str,
    content: Staged,
    attributes: Attributes,
    segments: tuple[Segment, ...],
    who: Principal,
    now: float,
) -> Object:
    return Object(
        bucket=bucket.id,
        key=key,
        size=content.size,
        segments=segments,
        crc64=content.crc64,
        sha1=content.sha1,
        md5=content.md5,
        part_bytes=content.size,
        created_at=now,
        modified_at=now,
        attributes=attributes,
        stored_by=who.key_id,
    )


def append(tx: Transaction, op: ops.AppendObject, who: Principal, now: float) -> Object:
    """Add staged bytes to the end of an object, or make one that can grow.

    Raises:
        Fault: APPEND_CONFLICT, with ``position=`` the length that is there (reason ``kind`` when the object is of the
            kind that does not grow); TOO_LARGE when it has grown too often; OBJECT_LOCKED.
    """
    old = tx.object(op.bucket.id, op.key)
    if op.check is not None:
        op.check(old)
    length = 0 if old is None else old.size
    if old is not None:
        check_writable(old)
        if not old.attributes.appendable:
            raise Fault(
                Kind.APPEND_CONFLICT,
                f"the object {op.key!r} was not made by appending, so nothing can be appended to it",
                reason="kind",
                position=length,
            )
    if op.position != length:
        raise Fault(
            Kind.APPEND_CONFLICT,
            f"the object {op.key!r} ends at {length}, not at {op.position}; append there",
            position=length,
        )
    if old is None:
        attributes = changed(op.attributes, appendable=True, link=None)
        record = _new(op.bucket, op.key, op.content, attributes, adopt(tx, op.content, attributes), who, now)
    else:
        record = _longer(old, op.content, adopt(tx, op.content, old.attributes), now)
        asked, kept = op.attributes, record.attributes
        _check_repeated(kept, asked)
        if asked.acl is not None or asked.expire_days is not None:
            kept = changed(kept, acl=asked.acl or kept.acl, expire_days=asked.expire_days or kept.expire_days)
            record = changed(record, attributes=kept)
    tx.put_object(record, op.bucket.account)
    return record


def _check_repeated(kept: Attributes, asked: Attributes) -> None:
    """Refuse what an append says of an object that is there and has it otherwise: it would be dropped.

    The content type is said with every append by SDKs, which guess it.
    """
    said: dict[str, object] = {name: value for name, value in asked.headers.items() if name != "Content-Type"}
    has: dict[str, object] = {name: kept.headers.get(name) for name in said}
    said |= {f"the metadata {name}": value for name, value in asked.metadata.items()}
    has |= {f"the metadata {name}": kept.metadata.get(name) for name in asked.metadata}
    for name in ("tags", "storage_class", "redirect"):
        if getattr(asked, name):
            said[name], has[name] = getattr(asked, name), getattr(kept, name)
    other = next((name for name, value in said.items() if has[name] != value), None)
    if other is not None:
        what = other.replace("_", " ")
        raise Fault(
            Kind.PARAMETER_INVALID, f"{what[:80]} of what is appended to is another one; only its first append sets it",
            argument=what[:80], value=str(said[other])[:100],
        )  # fmt: skip


def _longer(old: Object, content: Staged, more: tuple[Segment, ...], now: float) -> Object:
    """The object with ``more`` behind it. Its MD5 is from now on one of digests, like that of an upload in parts."""
    if not more:
        return changed(old, modified_at=now)
    if len(old.segments) >= APPENDS_MAX:
        raise Fault(
            Kind.TOO_LARGE,
            f"the object {old.key!r} has {APPENDS_MAX} pieces, which is all that it may; copy it to go on",
            limit=APPENDS_MAX,
        )
    both = None if old.md5 is None or content.md5 is None else old.md5 + content.md5
    crc64 = None if old.crc64 is None else combined([(old.crc64, old.size), (content.crc64, content.size)])
    return changed(
        old,
        size=old.size + content.size,
        segments=old.segments + more,
        crc64=crc64,
        sha1=None,
        md5=None if both is None else hashlib.md5(both, usedforsecurity=False).digest(),
        parts=max(old.parts, 1) + 1,
        part_bytes=0,
        modified_at=now,
        attributes=changed(old.attributes, checksum=None),
    )


def adopt(tx: Transaction, content: Staged, attributes: Attributes) -> tuple[Segment, ...]:
    """Take over staged bytes for an object or upload of these attributes; no segment at all for an empty body.

    Raises:
        Fault: PRECONDITION_FAILED when they are not encrypted as what they become a part of.
    """
    if content.size == 0:
        return ()
    _check_seal(content.seal, attributes.encryption)
    return (Segment(blob=tx.add_blob(content), offset=0, length=content.size),)


def _check_seal(seal: Seal | None, encryption: Encryption | None) -> None:
    is_by_client = None if seal is None else seal.by_client
    if is_by_client != (None if encryption is None else encryption.by_client):
        raise Fault(Kind.PRECONDITION_FAILED, "how this is encrypted was changed while the bytes came in; try again")


def make_directory(tx: Transaction, op: ops.MakeDirectory, who: Principal, now: float) -> Object:
    """Store a directory's explicit marker. Raises Fault PATH_CONFLICT when it was made before or a file is there."""
    check_tree(tx, op.bucket.id, op.key, need_parent=False)
    old = tx.object(op.bucket.id, op.key)
    if old is not None:
        if op.exist_ok:
            return old
        raise Fault(Kind.PATH_CONFLICT, f"the directory {op.key!r} exists already")
    marker = Object(
        bucket=op.bucket.id,
        key=op.key,
        size=0,
        segments=(),
        crc64=0,
        sha1=None,
        md5=None,
        part_bytes=0,
        created_at=now,
        modified_at=now,
        attributes=op.attributes,
        stored_by=who.key_id,
    )
    tx.put_object(marker, op.bucket.account)
    return marker


def remove_directory(tx: Transaction, op: ops.RemoveDirectory) -> None:
    """Take an empty directory's marker away. Raises Fault DIRECTORY_NOT_EMPTY, OBJECT_MISSING."""
    below = any_below(tx, op.bucket.id, op.key)
    if below is not None:
        raise Fault(Kind.DIRECTORY_NOT_EMPTY, f"the directory {op.key!r} is not empty: it holds {below.key!r}")
    if tx.object(op.bucket.id, op.key) is None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no directory {op.key!r} in the bucket {op.bucket.name!r}")
    tx.delete_object(op.bucket.id, op.key)


def delete(tx: Transaction, op: ops.DeleteObject, now: float) -> None:
    """Take a name away. Raises Fault OBJECT_MISSING, OBJECT_LOCKED, whatever ``check`` refuses."""
    old = tx.object(op.bucket.id, op.key)
    if op.check is not None:
        op.check(old)
    if old is None:
        if op.missing_ok:
            return
        raise missing(op.bucket, op.key)
    check_writable(old, "delete")
    tx.delete_object(op.bucket.id, op.key)
    release(tx, old, now)


def delete_many(
    tx: Transaction, op: ops.DeleteObjects, refusal: Callable[[str], Fault | None], now: float
) -> list[tuple[str, Fault | None]]:
    """Take names away, each for itself: what was asked for, in order, with why it stayed. ``refusal`` knows who may."""
    faults = [refusal(key) for key in op.keys]
    denied = next((fault for fault in faults if fault is not None), None)
    if op.together and denied is not None:
        raise denied
    outcomes: list[tuple[str, Fault | None]] = []
    for key, refused_before in zip(op.keys, faults, strict=True):
        fault = refused_before
        if fault is None:
            try:
                one = ops.DeleteObject(bucket=op.bucket, key=key, missing_ok=True, check=op.checks.get(key))
                delete(tx, one, now)
            except Fault as refused:
                fault = refused
        outcomes.append((key, fault))
    return outcomes


def update(tx: Transaction, op: ops.UpdateObject, now: float) -> Object:
    """Change attributes in place; the bytes and ``created_at`` stay."""
    old = tx.object(op.bucket.id, op.key)
    if old is None and op.key.endswith("/") and directory_exists(tx, op.bucket.id, op.key):
        raise Fault(Kind.OBJECT_MISSING, f"the directory {op.key!r} is only implied by its content; create it first")
    if old is None:
        old = existing(tx, op.bucket, op.key)
    attributes = old.attributes
    closes = op.lock is None and bool(attributes.lock & Lock.WRITE)
    if closes:
        check_writable(old)
    attributes = changed(
        attributes,
        headers=_merged(attributes.headers, op.headers, whole=op.whole),
        metadata=_merged(attributes.metadata, op.metadata, whole=op.whole),
        annotation=attributes.annotation if op.annotation is None else op.annotation,
        acl=None if op.inherit_acl else (op.acl or attributes.acl),
        lock=attributes.lock if op.lock is None else op.lock,
        tags=attributes.tags if op.tags is None else op.tags,
        expire_days=attributes.expire_days if op.expire_days is None else op.expire_days or None,
    )
    record = changed(old, attributes=attributes, modified_at=now if op.touch else old.modified_at)
    tx.put_object(record, op.bucket.account)
    return record


def _merged(old: Mapping[str, str], new: Mapping[str, str] | None, *, whole: bool) -> Mapping[str, str]:
    if new is None:
        return old
    return new if whole else {**old, **new}


def stat(reader: Reader, bucket: Bucket, key: str) -> Object:
    """What is known of a file or directory. An implied directory has the times of the first object below it."""
    found = reader.object(bucket.id, key)
    if found is not None:
        return found
    below = any_below(reader, bucket.id, key) if key.endswith("/") else None
    if below is None:
        return existing(reader, bucket, key)
    return changed(below, key=key, size=0, segments=(), crc64=0, sha1=None, md5=None, attributes=PLAIN, stored_by=None)
