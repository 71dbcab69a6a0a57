"""Access: whether somebody may do what is asked, and who may touch objects that the request does not name.

A principal's grant answers one question at a time: may it use this right at this resource? Which questions an operation
asks stands in :mod:`entrepot.core.rules.required`; here they are asked.

Knows operations and principals. Must not know how a grant is written or where it came from. For speed, facts that only
conditions can be about are looked up only for a grant that has conditions.
"""

from __future__ import annotations

from entrepot.core import operations as ops
from entrepot.core.facts.records import Acl, Bucket, Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.circumstances import UNKNOWN_CIRCUMSTANCES, Circumstances
from entrepot.core.rights.denial import denied
from entrepot.core.rights.grant import INCLUDED, Access, Right
from entrepot.core.rights.identity import Principal
from entrepot.core.rules.condition_facts import pending_facts, requested_facts
from entrepot.core.rules.required import TABLE, for_attributes
from entrepot.core.value import changed


def access_of(op: ops.Operation, at: float) -> Access:
    """The first question to a grant: the own right of ``op``, at the resource that it names.

    Not for DeleteObjects, where each key is checked by itself.
    """
    account, bucket, key = TABLE[type(op)].at(op)
    return Access(right=op.right, account=account, bucket=bucket, key=key, at=at)


def depends_on_stored(op: ops.Operation) -> bool:
    """Whether the rights that ``op`` needs depend on stored data."""
    return TABLE[type(op)].depends_on_stored


def check(op: ops.Operation, who: Principal, at: float, reader: Reader, size: int | None = None) -> None:
    """Refuse ``op`` if ``who`` lacks a right to it. ``size`` is the size of a completed upload, once it is known.

    Raises:
        Fault: ACCESS_DENIED; TOO_LARGE where the right itself has a limit.
    """
    if isinstance(op, ops.DeleteObjects):
        return
    if who.limits.max_bytes is not None:
        check_size(_announced_size(op) if size is None else size, who)
    access = access_of(op, at)
    if who.grant.conditional:
        facts = requested_facts(op, reader)
        facts = facts if size is None else changed(facts, content_length=size)
        access = changed(access, around=who.around, asked=facts, pending=pending_facts(op, size))
    if not who.grant.permits(access) and not _may_copy_and_delete(who, access):
        raise _denied(access, who)
    for bucket, key, right in TABLE[type(op)].other_objects(op, reader):
        check_other(bucket, key, reader.object(bucket.id, key), who, right, at)
    for each in _further(op, access, reader):
        if not who.grant.permits(each):
            raise _denied(each, who)


def _further(op: ops.Operation, access: Access, reader: Reader) -> list[Access]:
    """What ``op`` asks for at its own resource beside its own right."""
    found = [changed(access, right=right) for right in TABLE[type(op)].further(op, reader)]
    return found + _at_copy_target(op, access, reader) if isinstance(op, ops.CopyObject) else found


def check_again(tx: Transaction, op: ops.Operation, who: Principal, at: float) -> None:
    """Refuse what lost its right while the body came in: what was withdrawn stores nothing from then on.

    A key may be gone or withdrawn, or may do less since its user's policies changed. Some rights depend on stored data.

    Raises:
        Fault: KEY_UNKNOWN, ACCESS_DENIED; TOO_LARGE as :func:`check`.
    """
    again = who.conditional or who.by_acl or depends_on_stored(op)
    if who.key_id is not None and who.key_grant is not None:
        key = tx.key(who.key_id)
        if key is None or key.revoked_at is not None:
            raise Fault(Kind.KEY_UNKNOWN, f"the key {who.key_id!r} was revoked", key_id=who.key_id)
        if key.grant != who.key_grant:
            if isinstance(op, ops.DeleteObjects | ops.MintCredential):  # the grant itself is used behind this
                raise Fault(Kind.ACCESS_DENIED, "what this credential may do was changed meanwhile; send it again")
            kept = key.grant.denials if who.by_acl else key.grant
            who, again = changed(who, grant=who.grant & kept, own_grant=key.grant), True
    if again:
        check(op, who, at, tx)


def check_opened(who: Principal, before: Bucket, now: Bucket) -> None:
    """Refuse whom the ACL of a bucket let in, if it was changed while the body came in. Raises Fault ACCESS_DENIED."""
    if who.by_acl and _opens(before) != _opens(now):
        raise Fault(Kind.ACCESS_DENIED, f"the ACL of the bucket {now.name!r} was changed meanwhile")


def _opens(bucket: Bucket) -> tuple[Acl, Acl, bool]:
    """What decides which rights anybody has in a bucket."""
    settings = bucket.settings
    return settings.acl, settings.inherited_acl, settings.protect_downloads


def _denied(access: Access, who: Principal) -> Fault:
    where = "" if access.key is None else f" at {access.key!r}"
    fault = Fault(Kind.ACCESS_DENIED, f"this credential may not {access.right.value} here{where}")
    return denied(fault, access, who)


def _at_copy_target(op: ops.CopyObject, access: Access, reader: Reader) -> list[Access]:
    """The rights that a copy within a bucket needs at its target. It takes everything along, the ACL too."""
    source = reader.object(op.bucket.id, op.key)
    rights = [Right.PUT_OBJECT, *(() if source is None else for_attributes(source.attributes))]
    return [changed(access, right=right, key=op.target) for right in rights]


def _may_copy_and_delete(who: Principal, access: Access) -> bool:
    """Whether ``who`` may move by other rights: a move is a copy and a deletion, so both rights together allow it."""
    if access.right is not Right.MOVE_OBJECT:
        return False
    return all(who.grant.permits(changed(access, right=right)) for right in INCLUDED[access.right])


def may_complete(op: ops.StartUpload, who: Principal, at: float, reader: Reader) -> bool:
    """Whether ``who`` may also complete the upload that it starts."""
    access = changed(access_of(op, at), right=Right.COMPLETE_UPLOAD)
    if who.grant.conditional:
        access = changed(access, around=who.around, asked=requested_facts(op, reader))
    return who.grant.permits(access)


def may_read(bucket: Bucket, key: str, who: Principal, at: float) -> bool:
    """Whether the key behind a request may read an object that the request does not name."""
    return who.own_grant.permits(_object_access(bucket, key, Right.READ_OBJECT, at, who.around))


def check_size(size: int, who: Principal) -> None:
    """Refuse an object that is larger than the right allows. Raises Fault TOO_LARGE."""
    limit = who.limits.max_bytes
    if limit is not None and size > limit:
        raise Fault(Kind.TOO_LARGE, f"the object would have {size} bytes; this right allows {limit}", limit=limit)


def _announced_size(op: ops.Operation) -> int:
    """The size, as far as a request tells, of an object that is stored by several requests; else 0."""
    match op:
        case ops.StartUpload():
            return op.size
        case ops.AppendObject():
            return op.position + op.content.size
        case _:
            return 0


def refusal(op: ops.DeleteObjects, key: str, who: Principal, at: float) -> Fault | None:
    """Why one of many keys may not be deleted; None when it may."""
    rights = [op.right]
    rights += [Right.READ_OBJECT] if key in op.compared else []
    rights += [Right.DELETE_VERSION] if key in op.versions else []
    for right in rights:
        access = _object_access(op.bucket, key, right, at, who.around)
        if not who.grant.permits(access):
            fault = Fault(Kind.ACCESS_DENIED, f"this credential may not {op.right.value} at {key!r}")
            return denied(fault, access, who)
    return None


def check_other(bucket: Bucket, key: str, record: Object | None, who: Principal, right: Right, at: float) -> None:
    """Check the right to an object that the signed request does not name: the source of a copy, the target of a link.

    The signature narrows to what the request names, so here the grant of the signing key itself counts. An object that
    is public to read needs no grant, unless the key is denied it. ``record`` is the object, None if there is none.

    Raises:
        Fault: ACCESS_DENIED.
    """
    access = _object_access(bucket, key, right, at, who.around)
    if who.own_grant.permits(access):
        return
    if right in _READS and is_public(bucket, record) and not who.own_grant.forbids(access):
        return
    fault = Fault(Kind.ACCESS_DENIED, f"this credential may not {right.value} at {key!r} in the bucket {bucket.name!r}")
    raise denied(fault, access, who, own=True)


_READS = frozenset({Right.READ_OBJECT, Right.STAT_OBJECT, Right.READ_VERSION})


def is_public(bucket: Bucket, record: Object | None) -> bool:
    """Whether anyone may read an object: by its own ACL, else by the bucket's; never where downloads are protected."""
    if bucket.settings.protect_downloads:
        return False
    acl = record.attributes.acl if record is not None else None
    return (acl or bucket.settings.inherited_acl) is not Acl.PRIVATE


def _object_access(
    bucket: Bucket, key: str | None, right: Right, at: float, around: Circumstances = UNKNOWN_CIRCUMSTANCES
) -> Access:
    return Access(right=right, account=bucket.account, bucket=bucket.name, key=key, at=at, around=around)
