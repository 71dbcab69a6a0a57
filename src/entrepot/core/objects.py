"""Rules of naming objects: what may point where, and what a change of names does to references.

Pure functions over a transaction: no I/O of their own, no clock but the argument. Each either happens wholly or raises
a Fault, which undoes the transaction it runs in.
"""

from __future__ import annotations

from entrepot.core import ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.identity import Principal
from entrepot.core.names import after_prefix, parents
from entrepot.core.ops import Replace
from entrepot.core.ports import Reader, Transaction
from entrepot.core.records import PLAIN, Bucket, Lock, Object, Segment, Staged
from entrepot.core.value import changed


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
    if record.traits.lock & Lock.WRITE:
        raise Fault(Kind.OBJECT_LOCKED, f"the object {record.key!r} is closed to writing", reason=reason)


def point(tx: Transaction, bucket: Bucket, record: Object, now: float) -> Object:
    """Let a name point at segments that the caller holds a reference to; release what it pointed at before."""
    old = tx.object(bucket.id, record.key)
    tx.put_object(record, bucket.account)
    if old is not None:
        release(tx, old, now)
    return record


def release(tx: Transaction, record: Object, now: float) -> None:
    """Give back the references that a name held."""
    for segment in record.segments:
        tx.release(segment.blob, now)


def put(tx: Transaction, op: ops.PutObject, who: Principal, now: float) -> Object:
    """Point a name at staged bytes."""
    if op.tree:
        check_tree(tx, op.bucket.id, op.key, need_parent=op.need_parent)
    old = tx.object(op.bucket.id, op.key)
    if not may_replace(old, op.replace, op.content.sha1, op.content.size):
        assert old is not None  # noqa: S101 - may_replace says False only of an object that is there
        return old
    segments = adopt(tx, op.content)
    record = Object(
        bucket=op.bucket.id,
        key=op.key,
        size=op.content.size,
        segments=segments,
        crc64=op.content.crc64,
        sha1=op.content.sha1,
        md5=op.content.md5,
        part_bytes=op.content.size,
        created_at=now,
        modified_at=now,
        traits=op.traits,
        stored_by=who.key_id,
    )
    tx.put_object(record, op.bucket.account)
    if old is not None:
        release(tx, old, now)
    return record


def adopt(tx: Transaction, content: Staged) -> tuple[Segment, ...]:
    """Take over staged bytes; no segment at all for an empty body."""
    if content.size == 0:
        return ()
    return (Segment(blob=tx.add_blob(content), offset=0, length=content.size),)


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
        traits=op.traits,
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
    """Take a name away."""
    old = existing(tx, op.bucket, op.key)
    check_writable(old, "delete")
    tx.delete_object(op.bucket.id, op.key)
    release(tx, old, now)


def update(tx: Transaction, op: ops.UpdateObject, now: float) -> Object:
    """Change traits in place; the bytes and ``created_at`` stay."""
    old = tx.object(op.bucket.id, op.key)
    if old is None and op.key.endswith("/") and directory_exists(tx, op.bucket.id, op.key):
        raise Fault(Kind.OBJECT_MISSING, f"the directory {op.key!r} is only implied by its content; create it first")
    if old is None:
        old = existing(tx, op.bucket, op.key)
    traits = old.traits
    closes = op.lock is None and bool(traits.lock & Lock.WRITE)
    if closes:
        check_writable(old)
    traits = changed(
        traits,
        headers={**traits.headers, **(op.headers or {})},
        metadata={**traits.metadata, **(op.metadata or {})},
        annotation=traits.annotation if op.annotation is None else op.annotation,
        acl=None if op.inherit_acl else (op.acl or traits.acl),
        lock=traits.lock if op.lock is None else op.lock,
    )
    record = changed(old, traits=traits, modified_at=now)
    tx.put_object(record, op.bucket.account)
    return record


def copy(tx: Transaction, op: ops.CopyObject, who: Principal, now: float) -> Object:
    """Point another name at the same bytes; when moving, take the first name away. No byte is copied."""
    source = existing(tx, op.bucket, op.key)
    if op.target == op.key:
        if op.replace is not Replace.ALWAYS:
            raise Fault(Kind.OBJECT_EXISTS, f"source and target are the same object {op.key!r}", reason="target")
        return source
    if op.move:
        check_writable(source, "target")
        tx.delete_object(op.bucket.id, op.key)
    if op.tree:
        check_tree(tx, op.bucket.id, op.target, need_parent=op.need_parent)
    may_replace(tx.object(op.bucket.id, op.target), op.replace, None, -1, "target")
    if not op.move:
        for segment in source.segments:
            tx.retain(segment.blob)
    record = changed(source, key=op.target, modified_at=now, stored_by=who.key_id)
    if not op.move:
        record = changed(record, created_at=now)
    return point(tx, op.bucket, record, now)


def stat(reader: Reader, bucket: Bucket, key: str) -> Object:
    """What is known of a file or directory. An implied directory has the times of the first object below it."""
    found = reader.object(bucket.id, key)
    if found is not None:
        return found
    below = any_below(reader, bucket.id, key) if key.endswith("/") else None
    if below is None:
        return existing(reader, bucket, key)
    return changed(below, key=key, size=0, segments=(), crc64=0, sha1=None, md5=None, traits=PLAIN, stored_by=None)
