"""Access: which rights each operation needs, in one table, and who may touch objects that the request does not name.

A principal's grant answers one question at a time: may it use this right at this resource? Every operation needs one
right at the resource that it names. Some need more, because more than bytes comes to stand under a key. The rule is the
same however it comes there (put, form, copy, completed upload), and goes by what would be stored afterwards:

* a public ACL needs the right to update the ACL, of an object or of a bucket. ``private``, and no ACL, need nothing
  more: they give nobody more access, and clients send them unasked with rights that were minted for an upload;
* tags need the right to update tags. Tags that a copy takes along also need the right to read them at the source;
* a link needs the right to read its target. It is checked for whoever makes the link, because somebody else may follow
  it later;
* a callback needs the right to call back;
* a condition on the entity tag of what is there needs the right to read it, because the answer tells whether it is so
  (as the clouds say of conditional deletes). That nothing is there may be asked by whoever may write.

Storage class and metadata need nothing more, as in the clouds. The content type needs no right, but conditions can be
about it. An upload in several requests is given its attributes when it starts: they are checked then, and again when
it is completed.

Knows the operations, the resources they touch and the rights they need. Must not know how a grant is written or where
it came from. For speed, facts that only conditions can be about are looked up only for a grant that has conditions.
Source: the permissions that the clouds' documents name for putting and copying objects, for new buckets and for tags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from entrepot.core import operations as ops
from entrepot.core.facts.records import Acl, Attributes, Bucket, Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.circumstances import UNKNOWN_CIRCUMSTANCES, Circumstances
from entrepot.core.rights.grant import INCLUDED, Access, Right
from entrepot.core.rights.identity import Principal
from entrepot.core.rules.condition_facts import (
    completed_attributes,
    copied_attributes,
    pending_facts,
    requested_facts,
    resolved_object,
)
from entrepot.core.value import changed

Resource = tuple[int, str | None, str | None]
"""Account, bucket and key, as in :class:`Access`."""
OtherObject = tuple[Bucket, str, Right]
"""An object that the signed request does not name, and the right that the operation needs to it."""


def _at_key(op: Any) -> Resource:
    return op.bucket.account, op.bucket.name, op.key


def _at_bucket(op: Any) -> Resource:
    return op.bucket.account, op.bucket.name, None


def _at_prefix(op: Any) -> Resource:
    return op.bucket.account, op.bucket.name, op.prefix


def _at_directory(op: Any) -> Resource:
    return op.bucket.account, op.bucket.name, op.directory + op.prefix


def _at_new_bucket(op: Any) -> Resource:
    return op.account, op.name, None


def _at_account(op: Any) -> Resource:
    return op.account, None, None


def _at_api(op: Any) -> Resource:
    return op.account, None, op.api


def _none(_op: Any, _reader: Reader) -> Iterator[Any]:
    return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """The rights that one operation needs, beside its own right (``op.right``).

    ``at`` is the resource that it names. ``further`` are more rights needed there. ``other_objects`` are the rights
    needed to other objects. ``depends_on_stored`` says that these depend on stored data, which may change while a body
    comes in, so that they are checked again in the transaction.
    """

    at: Callable[[Any], Resource] = _at_key
    further: Callable[[Any, Reader], Iterator[Right]] = _none
    other_objects: Callable[[Any, Reader], Iterator[OtherObject]] = _none
    depends_on_stored: bool = False


# -- further rights, and rights to other objects ----------------------------------------------------------------------


def _for_attributes(attributes: Attributes) -> Iterator[Right]:
    """The rights that it needs to store these attributes under a key."""
    if attributes.acl is not None and attributes.acl is not Acl.PRIVATE:
        yield Right.UPDATE_ACL
    if attributes.tags:
        yield Right.UPDATE_TAGS
    if attributes.expire_days:
        yield Right.SET_EXPIRY


def _by_attributes(
    op: ops.AppendObject | ops.MakeDirectory | ops.StartUpload | ops.StartMultipart, _: Reader
) -> Iterator[Right]:
    yield from _for_attributes(op.attributes)
    if isinstance(op, ops.AppendObject):
        yield from _by_condition(op, _)


def _by_condition(
    op: ops.PutObject | ops.AppendObject | ops.CopyInto | ops.CompleteMultipart | ops.DeleteObject, _reader: Reader
) -> Iterator[Right]:
    if op.compares:
        yield Right.READ_OBJECT


def _by_put(op: ops.PutObject, reader: Reader) -> Iterator[Right]:
    yield from _for_attributes(op.attributes)
    yield from _by_condition(op, reader)
    if op.calls_back:
        yield Right.CALL_BACK


def _link_target(op: ops.PutObject, _reader: Reader) -> Iterator[OtherObject]:
    if op.attributes.link is not None:
        yield op.bucket, op.attributes.link, Right.READ_OBJECT


def _by_completion(op: ops.CompleteUpload | ops.CompleteMultipart, reader: Reader) -> Iterator[Right]:
    upload = reader.upload(op.upload)
    if upload is not None:
        started = upload.attributes
        ended = completed_attributes(op, started) if isinstance(op, ops.CompleteMultipart) else started
        yield from _for_attributes(ended)
    if isinstance(op, ops.CompleteMultipart):
        yield from _by_condition(op, reader)
        if op.calls_back:
            yield Right.CALL_BACK


def _by_last_part(op: ops.PutPart, reader: Reader) -> Iterator[Right]:
    """The last part completes the upload by itself. Any may be the last, so each needs the rights of completing."""
    upload = reader.upload(op.upload) if op.auto_complete else None
    if upload is not None:
        yield Right.COMPLETE_UPLOAD
        yield from _for_attributes(upload.attributes)


def _by_copy(op: ops.CopyInto, reader: Reader) -> Iterator[Right]:
    yield from _by_condition(op, reader)
    source = resolved_object(reader, op.source_bucket, op.source_key)
    if source is not None:
        yield from _for_attributes(copied_attributes(op, source.attributes))


def _copy_source(op: ops.CopyInto, reader: Reader) -> Iterator[OtherObject]:
    """The right to the bytes comes first: without it, nothing may tell whether the source exists or has tags."""
    yield op.source_bucket, op.source_key, Right.READ_OBJECT
    source = resolved_object(reader, op.source_bucket, op.source_key)
    if op.tags is None and source is not None and source.attributes.tags:
        yield op.source_bucket, op.source_key, Right.READ_TAGS


def _by_update(op: ops.UpdateObject, _reader: Reader) -> Iterator[Right]:
    if op.acl is not None or op.inherit_acl:
        yield Right.UPDATE_ACL
    if op.tags is not None and op.right is not Right.DELETE_TAGS:
        yield Right.UPDATE_TAGS
    if op.expire_days is not None:
        yield Right.SET_EXPIRY
    if any(value is not None for value in (op.headers, op.metadata, op.annotation, op.lock)):
        yield Right.UPDATE_OBJECT


def _by_new_bucket(op: ops.CreateBucket, _reader: Reader) -> Iterator[Right]:
    if op.settings.acl is not Acl.PRIVATE:
        yield Right.UPDATE_BUCKET_ACL
    if op.settings.tags:
        yield Right.UPDATE_BUCKET_TAGS
    if op.settings.encryption:
        yield Right.UPDATE_ENCRYPTION


def _by_bucket_update(op: ops.UpdateBucket, reader: Reader) -> Iterator[Right]:
    now = reader.bucket(op.bucket.account, op.bucket.name) or op.bucket
    after = op.change(now.settings)
    if (after.acl, after.inherited_acl) != (now.settings.acl, now.settings.inherited_acl):
        yield Right.UPDATE_BUCKET_ACL


def _link_copied(op: ops.CopyObject, reader: Reader) -> Iterator[OtherObject]:
    """A copy within the bucket takes everything along. A copied link is a new link, and needs what a new link needs."""
    source = reader.object(op.bucket.id, op.key)
    if source is not None and source.attributes.link is not None:
        yield op.bucket, source.attributes.link, Right.READ_OBJECT


TABLE: Final[Mapping[type[Any], Required]] = {
    ops.ListBuckets: Required(at=_at_account),
    ops.StatBucket: Required(at=_at_bucket),
    ops.CreateBucket: Required(at=_at_new_bucket, further=_by_new_bucket),
    ops.DeleteBucket: Required(at=_at_bucket),
    ops.UpdateBucket: Required(at=_at_bucket, further=_by_bucket_update, depends_on_stored=True),
    ops.MeasureBucket: Required(at=_at_bucket),
    ops.ListDirectory: Required(at=_at_directory),
    ops.MakeDirectory: Required(further=_by_attributes),
    ops.RemoveDirectory: Required(),
    ops.ListObjects: Required(at=_at_prefix),
    ops.PutObject: Required(further=_by_put, other_objects=_link_target),
    ops.AppendObject: Required(further=_by_attributes),
    ops.StatObject: Required(),
    ops.ReadObject: Required(),
    ops.DeleteObject: Required(further=_by_condition),
    ops.DeleteObjects: Required(at=_at_bucket),
    ops.UpdateObject: Required(further=_by_update),
    ops.RestoreObject: Required(),
    ops.CopyObject: Required(other_objects=_link_copied, depends_on_stored=True),
    ops.CopyInto: Required(further=_by_copy, other_objects=_copy_source, depends_on_stored=True),
    ops.StartUpload: Required(further=_by_attributes),
    ops.PutPart: Required(further=_by_last_part),
    ops.CompleteUpload: Required(further=_by_completion, depends_on_stored=True),
    ops.FindUpload: Required(),
    ops.StartMultipart: Required(further=_by_attributes),
    ops.PutNumberedPart: Required(),
    ops.CopyPart: Required(),
    ops.CompleteMultipart: Required(further=_by_completion, depends_on_stored=True),
    ops.AbortUpload: Required(),
    ops.ListParts: Required(),
    ops.ListUploads: Required(at=_at_prefix),
    ops.MintCredential: Required(at=_at_api),
    ops.CallApi: Required(at=_at_api),
    ops.FindNote: Required(at=_at_api),
    ops.ListNotes: Required(at=_at_api),
    ops.ChangeNotes: Required(at=_at_api),
}
"""Every operation. The target of a link and the source of a part are checked when they are found: ``rules.reading``."""


# -- checking ----------------------------------------------------------------------------------------------------------


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
        raise _denied(access)
    required = TABLE[type(op)]
    for bucket, key, right in required.other_objects(op, reader):
        check_other(bucket, key, reader.object(bucket.id, key), who, right, at)
    further = [changed(access, right=right) for right in required.further(op, reader)]
    if isinstance(op, ops.CopyObject):
        further += _at_copy_target(op, access, reader)
    for each in further:
        if not who.grant.permits(each):
            raise _denied(each)


def _denied(access: Access) -> Fault:
    where = "" if access.key is None else f" at {access.key!r}"
    return Fault(Kind.ACCESS_DENIED, f"this credential may not {access.right.value} here{where}")


def _at_copy_target(op: ops.CopyObject, access: Access, reader: Reader) -> list[Access]:
    """The rights that a copy within a bucket needs at its target. It takes everything along, the ACL too."""
    source = reader.object(op.bucket.id, op.key)
    rights = [Right.PUT_OBJECT, *(() if source is None else _for_attributes(source.attributes))]
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
    rights = (op.right, Right.READ_OBJECT) if key in op.compared else (op.right,)
    if all(who.grant.permits(_object_access(op.bucket, key, right, at, who.around)) for right in rights):
        return None
    return Fault(Kind.ACCESS_DENIED, f"this credential may not {op.right.value} at {key!r}")


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
    raise Fault(Kind.ACCESS_DENIED, f"this credential may not {right.value} at {key!r} in the bucket {bucket.name!r}")


_READS = frozenset({Right.READ_OBJECT, Right.STAT_OBJECT})


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
