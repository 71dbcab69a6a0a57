"""Access: what each operation asks of a grant, and who may read what beside it.

Knows the operations and the resources they touch; must not know how a grant is written or where it came from.
"""

from __future__ import annotations

from entrepot.core import ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.grant import Access, Right
from entrepot.core.identity import Principal
from entrepot.core.records import Acl, Bucket, Object


def access_of(op: ops.Operation, at: float) -> Access:
    """The question that ``op`` puts to a grant. Deleting many names asks for each by itself, not here."""
    match op:
        case ops.ListBuckets():
            return Access(right=op.right, account=op.account, bucket=None, key=None, at=at)
        case ops.MintCredential() | ops.CallApi():
            return Access(right=op.right, account=op.account, bucket=None, key=op.api, at=at)
        case ops.CreateBucket():
            return Access(right=op.right, account=op.account, bucket=op.name, key=None, at=at)
        case ops.StatBucket() | ops.DeleteBucket() | ops.UpdateBucket() | ops.MeasureBucket() | ops.DeleteObjects():
            key = None
        case ops.ListDirectory():
            key = op.directory + op.prefix
        case ops.ListObjects() | ops.ListUploads():
            key = op.prefix
        case _:
            key = op.key
    return _in(op.bucket, key, op.right, at)


def check(op: ops.Operation, who: Principal, at: float) -> None:
    """Let ``op`` pass. Raises Fault ACCESS_DENIED."""
    if isinstance(op, ops.DeleteObjects):
        return
    if not who.grant.permits(access_of(op, at)):
        raise Fault(Kind.ACCESS_DENIED, f"this credential may not {op.right.value} here")
    # A signature is bound to the source of a copy; the target is checked against the key behind it.
    if isinstance(op, ops.CopyObject) and not who.own_grant.permits(_in(op.bucket, op.target, Right.PUT_OBJECT, at)):
        raise Fault(Kind.ACCESS_DENIED, f"this credential may not put-object at {op.target!r}")


def refusal(op: ops.DeleteObjects, key: str, who: Principal, at: float) -> Fault | None:
    """Why one of many names may not be deleted; None when it may."""
    if who.grant.permits(_in(op.bucket, key, op.right, at)):
        return None
    return Fault(Kind.ACCESS_DENIED, f"this credential may not {op.right.value} at {key!r}")


def check_other(bucket: Bucket, key: str, record: Object | None, who: Principal, right: Right, at: float) -> None:
    """Let an operation touch an object that its signature does not name: the source of a copy, the end of a link.

    The key behind the signature must have the right, or everybody must: ``record`` is what is there, None for nothing.

    Raises:
        Fault: ACCESS_DENIED.
    """
    if who.own_grant.permits(_in(bucket, key, right, at)) or is_public(bucket, record):
        return
    raise Fault(Kind.ACCESS_DENIED, f"this credential may not {right.value} at {key!r} in the bucket {bucket.name!r}")


def is_public(bucket: Bucket, record: Object | None) -> bool:
    """Whether anyone may read an object: by its own ACL, else by the bucket's; never where downloads are protected."""
    if bucket.settings.protect_downloads:
        return False
    acl = record.traits.acl if record is not None else None
    return (acl or bucket.settings.acl) is not Acl.PRIVATE


def _in(bucket: Bucket, key: str | None, right: Right, at: float) -> Access:
    return Access(right=right, account=bucket.account, bucket=bucket.name, key=key, at=at)
