"""Rules of buckets: made, changed, measured and removed. Pure functions over a transaction."""

from __future__ import annotations

from dataclasses import replace

from entrepot.core import operations as ops
from entrepot.core.facts.names import check_bucket_name
from entrepot.core.facts.records import Bucket, Upload
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rules import objects

UPLOADS_AT_ONCE = 1000


def create(tx: Transaction, op: ops.CreateBucket, now: float) -> Bucket:
    """Add a bucket. Raises Fault NAME_INVALID, OBJECT_MISSING without the account, and what ``add_bucket`` refuses."""
    check_bucket_name(op.name, dots=True)
    if tx.account(op.account) is None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no account {op.account}")
    return tx.add_bucket(op.account, op.name, now, op.settings)


def listed(reader: Reader, op: ops.ListBuckets) -> list[Bucket]:
    """One page of an account's buckets, and one more if there are others. Those of a prefix stand together."""
    after = op.after
    if op.prefix and (after is None or after < op.prefix):
        exact = reader.bucket(op.account, op.prefix)
        found = [] if exact is None else [exact]
        after = op.prefix
    else:
        found = []
    found += reader.buckets(op.account, after, op.limit + 1 - len(found))
    return [bucket for bucket in found if bucket.name.startswith(op.prefix)]


def current(tx: Transaction, bucket: Bucket) -> Bucket:
    """The bucket as it is now. Raises Fault BUCKET_MISSING when it, or the one that was meant, is gone."""
    found = tx.bucket(bucket.account, bucket.name)
    if found is None or found.id != bucket.id:
        raise Fault(Kind.BUCKET_MISSING, f"the bucket {bucket.name!r} was deleted meanwhile")
    return found


def update(tx: Transaction, op: ops.UpdateBucket) -> Bucket:
    """Store what ``change`` makes of the settings that hold now."""
    old = current(tx, op.bucket)
    new = replace(old, settings=op.change(old.settings))
    tx.update_bucket(new)
    return new


def delete(tx: Transaction, op: ops.DeleteBucket, now: float) -> None:
    """Remove an empty bucket. Raises Fault BUCKET_NOT_EMPTY."""
    if tx.objects(op.bucket.id, "", None, 1):
        raise Fault(Kind.BUCKET_NOT_EMPTY, f"the bucket {op.bucket.name!r} holds objects; delete them first")
    while op.uploads_too and (found := tx.uploads_of(op.bucket.id, UPLOADS_AT_ONCE)):
        for upload in found:
            _give_up(tx, upload, now)
    if tx.uploads_of(op.bucket.id, 1):
        raise Fault(
            Kind.BUCKET_NOT_EMPTY, f"uploads are under way in the bucket {op.bucket.name!r}; complete or abort them"
        )
    tx.remove_bucket(op.bucket.id)


def _give_up(tx: Transaction, upload: Upload, now: float) -> None:
    """Forget an upload and give back its parts' bytes."""
    after = 0
    while parts := tx.parts(upload.id, after, UPLOADS_AT_ONCE):
        for part in parts:
            objects.release(tx, part, now)
        after = parts[-1].number
    tx.remove_upload(upload.id)
