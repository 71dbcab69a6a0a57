"""Access: what each operation asks of a grant, and who may read what beside it.

Knows the operations, the resources they touch and what they ask for; must not know how a grant is written or where it
came from. What a grant without conditions does not need is not looked up.
"""

from __future__ import annotations

from entrepot.core import operations as ops
from entrepot.core.facts.records import Acl, Bucket, Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.circumstances import UNKNOWN_CIRCUMSTANCES, Circumstances
from entrepot.core.rights.grant import INCLUDED, Access, Right
from entrepot.core.rights.identity import Principal
from entrepot.core.rules.condition_facts import asked_of, pending_of
from entrepot.core.value import changed


def access_of(op: ops.Operation, at: float) -> Access:
    """The question that ``op`` puts to a grant. Deleting many names asks for each by itself, not here."""
    match op:
        case ops.ListBuckets():
            return Access(right=op.right, account=op.account, bucket=None, key=None, at=at)
        case ops.MintCredential() | ops.CallApi() | ops.FindNote() | ops.ListNotes() | ops.ChangeNotes():
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


def check(op: ops.Operation, who: Principal, at: float, reader: Reader) -> None:
    """Let ``op`` pass. Raises Fault ACCESS_DENIED; TOO_LARGE where the right itself has a limit."""
    if isinstance(op, ops.DeleteObjects):
        return
    if who.limits.max_bytes is not None:
        check_size(_announced(op), who)
    access = access_of(op, at)
    if who.grant.conditional:
        access = changed(access, around=who.around, asked=asked_of(op, reader), pending=pending_of(op))
    if not who.grant.permits(access) and not _may_by_steps(who, access):
        raise Fault(Kind.ACCESS_DENIED, f"this credential may not {op.right.value} here")
    if isinstance(op, ops.CopyObject):
        # A signature is bound to the source of a copy; the target is checked against the key behind it.
        target = changed(access, right=Right.PUT_OBJECT, key=op.target)
        if not who.own_grant.permits(target):
            raise Fault(Kind.ACCESS_DENIED, f"this credential may not put-object at {op.target!r}")


def _may_by_steps(who: Principal, access: Access) -> bool:
    """Whether ``who`` may do what a move amounts to, by rights that were given apart."""
    if access.right is not Right.MOVE_OBJECT:
        return False
    return all(who.grant.permits(changed(access, right=right)) for right in INCLUDED[access.right])


def check_whole(op: ops.CompleteMultipart, size: int, who: Principal, at: float, reader: Reader) -> None:
    """Let the parts of an upload become one object of ``size`` bytes.

    Raises:
        Fault: ACCESS_DENIED; TOO_LARGE where the right itself has a limit.
    """
    check_size(size, who)
    if who.grant.conditional:
        asked = changed(asked_of(op, reader), content_length=size)
        if not who.grant.permits(changed(access_of(op, at), around=who.around, asked=asked)):
            raise Fault(Kind.ACCESS_DENIED, f"this credential may not store {size} bytes at {op.key!r}")


def check_size(size: int, who: Principal) -> None:
    """Hold what will be one object to the limit of the right itself. Raises Fault TOO_LARGE."""
    most = who.limits.max_bytes
    if most is not None and size > most:
        raise Fault(Kind.TOO_LARGE, f"the object would have {size} bytes; this right allows {most}", limit=most)


def _announced(op: ops.Operation) -> int:
    """How long an object will be that takes several requests."""
    match op:
        case ops.StartUpload():
            return op.size
        case ops.AppendObject():
            return op.position + op.content.size
        case _:
            return 0


def refusal(op: ops.DeleteObjects, key: str, who: Principal, at: float) -> Fault | None:
    """Why one of many names may not be deleted; None when it may."""
    if who.grant.permits(_in(op.bucket, key, op.right, at, who.around)):
        return None
    return Fault(Kind.ACCESS_DENIED, f"this credential may not {op.right.value} at {key!r}")


def check_other(bucket: Bucket, key: str, record: Object | None, who: Principal, right: Right, at: float) -> None:
    """Let an operation touch an object that its signature does not name: the source of a copy, the end of a link.

    The key behind the signature must have the right, or everybody must: ``record`` is what is there, None for nothing.

    Raises:
        Fault: ACCESS_DENIED.
    """
    if who.own_grant.permits(_in(bucket, key, right, at, who.around)) or is_public(bucket, record):
        return
    raise Fault(Kind.ACCESS_DENIED, f"this credential may not {right.value} at {key!r} in the bucket {bucket.name!r}")


def is_public(bucket: Bucket, record: Object | None) -> bool:
    """Whether anyone may read an object: by its own ACL, else by the bucket's; never where downloads are protected."""
    if bucket.settings.protect_downloads:
        return False
    acl = record.attributes.acl if record is not None else None
    return (acl or bucket.settings.acl) is not Acl.PRIVATE


def _in(
    bucket: Bucket, key: str | None, right: Right, at: float, around: Circumstances = UNKNOWN_CIRCUMSTANCES
) -> Access:
    return Access(right=right, account=bucket.account, bucket=bucket.name, key=key, at=at, around=around)
