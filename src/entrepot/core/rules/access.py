"""Access: what each operation asks of a grant, in one table, and who may touch what beside it.

Every operation asks one right at the resource that it names. Rights that travel with an operation are asked beside it,
for every way in which bytes can come to stand under a key, by what would stand there afterwards:

* a public ACL asks to update the ACL, of a bucket likewise. No ACL, and ``private``, ask nothing further: nobody can do
  more by them, and a right that was minted for an upload keeps taking them, because clients send them unasked;
* tags ask to update tags; those that a copy takes along also to read them at its source;
* the end of a link asks to read it, of whoever makes the link: who follows it later may be somebody else;
* a callback asks to call back.

Storage class and metadata ask nothing further, as in the clouds; a content type is a fact that conditions are about.
What an upload in several requests was given when it was started is asked then, and again when it takes effect.

Knows the operations, the resources they touch and what they ask for; must not know how a grant is written or where it
came from. What a grant without conditions does not need is not looked up. Source: the permissions that the clouds'
documents name for putting and copying objects, for making buckets and for tags.
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
from entrepot.core.rules.condition_facts import asked_of, completed, copied, pending_of, source_of
from entrepot.core.value import changed

Resource = tuple[int, str | None, str | None]
"""Account, bucket and key, as in :class:`Access`."""
Other = tuple[Bucket, str, Right]
"""An object that the operation's signature does not name, and what is done to it."""


def _key(op: Any) -> Resource:
    return op.bucket.account, op.bucket.name, op.key


def _bucket(op: Any) -> Resource:
    return op.bucket.account, op.bucket.name, None


def _prefix(op: Any) -> Resource:
    return op.bucket.account, op.bucket.name, op.prefix


def _directory(op: Any) -> Resource:
    return op.bucket.account, op.bucket.name, op.directory + op.prefix


def _new_bucket(op: Any) -> Resource:
    return op.account, op.name, None


def _account(op: Any) -> Resource:
    return op.account, None, None


def _api(op: Any) -> Resource:
    return op.account, None, op.api


def _nothing(_op: Any, _reader: Reader) -> Iterator[Any]:
    return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """What one operation asks.

    ``at`` is where; ``beside`` are further rights there, ``other`` is what it does to other objects. ``looks`` says
    that these depend on what is stored, so that they are asked again in the transaction of the effect.
    """

    at: Callable[[Any], Resource] = _key
    beside: Callable[[Any, Reader], Iterator[Right]] = _nothing
    other: Callable[[Any, Reader], Iterator[Other]] = _nothing
    looks: bool = False


# -- what travels with an operation ------------------------------------------------------------------------------------


def _carried(attributes: Attributes) -> Iterator[Right]:
    """What is asked to let these attributes stand under a key."""
    if attributes.acl is not None and attributes.acl is not Acl.PRIVATE:
        yield Right.UPDATE_ACL
    if attributes.tags:
        yield Right.UPDATE_TAGS


def _given(
    op: ops.AppendObject | ops.MakeDirectory | ops.StartUpload | ops.StartMultipart, _: Reader
) -> Iterator[Right]:
    return _carried(op.attributes)


def _put(op: ops.PutObject, _reader: Reader) -> Iterator[Right]:
    yield from _carried(op.attributes)
    if op.calls_back:
        yield Right.CALL_BACK


def _linked(op: ops.PutObject, _reader: Reader) -> Iterator[Other]:
    if op.attributes.link is not None:
        yield op.bucket, op.attributes.link, Right.READ_OBJECT


def _completed(op: ops.CompleteUpload | ops.CompleteMultipart, reader: Reader) -> Iterator[Right]:
    upload = reader.upload(op.upload)
    if upload is not None:
        ended = completed(op, upload.attributes) if isinstance(op, ops.CompleteMultipart) else upload.attributes
        yield from _carried(ended)
    if isinstance(op, ops.CompleteMultipart) and op.calls_back:
        yield Right.CALL_BACK


def _last(op: ops.PutPart, reader: Reader) -> Iterator[Right]:
    """A slice that may be the last one asks what completing asks, so that it is not kept when that is refused."""
    upload = reader.upload(op.upload) if op.auto_complete else None
    if upload is not None:
        yield Right.COMPLETE_UPLOAD
        yield from _carried(upload.attributes)


def _copied(op: ops.CopyInto, reader: Reader) -> Iterator[Right]:
    source = source_of(reader, op.source_bucket, op.source_key)
    if source is not None:
        yield from _carried(copied(op, source.attributes))


def _source_read(op: ops.CopyInto, reader: Reader) -> Iterator[Other]:
    """The bytes, and the tags if they are taken along; nothing is told of the source before it may be read."""
    yield op.source_bucket, op.source_key, Right.READ_OBJECT
    source = source_of(reader, op.source_bucket, op.source_key)
    if op.tags is None and source is not None and source.attributes.tags:
        yield op.source_bucket, op.source_key, Right.READ_TAGS


def _updated(op: ops.UpdateObject, _reader: Reader) -> Iterator[Right]:
    if op.acl is not None or op.inherit_acl:
        yield Right.UPDATE_ACL
    if op.tags is not None and op.right is not Right.DELETE_TAGS:
        yield Right.UPDATE_TAGS
    if any(value is not None for value in (op.headers, op.metadata, op.annotation, op.lock)):
        yield Right.UPDATE_OBJECT


def _made_public(op: ops.CreateBucket, _reader: Reader) -> Iterator[Right]:
    if op.settings.acl is not Acl.PRIVATE:
        yield Right.UPDATE_BUCKET_ACL


def _bucket_updated(op: ops.UpdateBucket, reader: Reader) -> Iterator[Right]:
    now = reader.bucket(op.bucket.account, op.bucket.name) or op.bucket
    if op.change(now.settings).acl is not now.settings.acl:
        yield Right.UPDATE_BUCKET_ACL


def _relocated(op: ops.CopyObject, reader: Reader) -> Iterator[Other]:
    """A name in the same bucket takes everything along: a link, too, which stays one."""
    source = reader.object(op.bucket.id, op.key)
    if source is not None and source.attributes.link is not None:
        yield op.bucket, source.attributes.link, Right.READ_OBJECT


TABLE: Final[Mapping[type[Any], Asks]] = {
    ops.ListBuckets: Asks(at=_account),
    ops.StatBucket: Asks(at=_bucket),
    ops.CreateBucket: Asks(at=_new_bucket, beside=_made_public),
    ops.DeleteBucket: Asks(at=_bucket),
    ops.UpdateBucket: Asks(at=_bucket, beside=_bucket_updated, looks=True),
    ops.MeasureBucket: Asks(at=_bucket),
    ops.ListDirectory: Asks(at=_directory),
    ops.MakeDirectory: Asks(beside=_given),
    ops.RemoveDirectory: Asks(),
    ops.ListObjects: Asks(at=_prefix),
    ops.PutObject: Asks(beside=_put, other=_linked),
    ops.AppendObject: Asks(beside=_given),
    ops.StatObject: Asks(),
    ops.ReadObject: Asks(),
    ops.DeleteObject: Asks(),
    ops.DeleteObjects: Asks(at=_bucket),
    ops.UpdateObject: Asks(beside=_updated),
    ops.CopyObject: Asks(other=_relocated, looks=True),
    ops.CopyInto: Asks(beside=_copied, other=_source_read, looks=True),
    ops.StartUpload: Asks(beside=_given),
    ops.PutPart: Asks(beside=_last),
    ops.CompleteUpload: Asks(beside=_completed, looks=True),
    ops.FindUpload: Asks(),
    ops.StartMultipart: Asks(beside=_given),
    ops.PutNumberedPart: Asks(),
    ops.CopyPart: Asks(),
    ops.CompleteMultipart: Asks(beside=_completed, looks=True),
    ops.AbortUpload: Asks(),
    ops.ListParts: Asks(),
    ops.ListUploads: Asks(at=_prefix),
    ops.MintCredential: Asks(at=_api),
    ops.CallApi: Asks(at=_api),
    ops.FindNote: Asks(at=_api),
    ops.ListNotes: Asks(at=_api),
    ops.ChangeNotes: Asks(at=_api),
}
"""Every operation. What is read on the way, of parts and behind links, is asked where it is met: ``rules.reading``."""


# -- asking ------------------------------------------------------------------------------------------------------------


def access_of(op: ops.Operation, at: float) -> Access:
    """The first question that ``op`` puts to a grant. Deleting many names asks for each by itself, not here."""
    account, bucket, key = TABLE[type(op)].at(op)
    return Access(right=op.right, account=account, bucket=bucket, key=key, at=at)


def looks(op: ops.Operation) -> bool:
    """Whether what ``op`` asks depends on what is stored."""
    return TABLE[type(op)].looks


def check(op: ops.Operation, who: Principal, at: float, reader: Reader, size: int | None = None) -> None:
    """Let ``op`` pass. ``size`` is what a completion turns out to have.

    Raises:
        Fault: ACCESS_DENIED; TOO_LARGE where the right itself has a limit.
    """
    if isinstance(op, ops.DeleteObjects):
        return
    if who.limits.max_bytes is not None:
        check_size(_announced(op) if size is None else size, who)
    access = access_of(op, at)
    if who.grant.conditional:
        asked = asked_of(op, reader)
        asked = asked if size is None else changed(asked, content_length=size)
        access = changed(access, around=who.around, asked=asked, pending=pending_of(op, size))
    if not who.grant.permits(access) and not _may_by_steps(who, access):
        raise _denied(access)
    asks = TABLE[type(op)]
    for bucket, key, right in asks.other(op, reader):
        check_other(bucket, key, reader.object(bucket.id, key), who, right, at)
    further = [changed(access, right=right) for right in asks.beside(op, reader)]
    if isinstance(op, ops.CopyObject):
        further += _at_target(op, access, reader)
    for each in further:
        if not who.grant.permits(each):
            raise _denied(each)


def _denied(access: Access) -> Fault:
    where = "" if access.key is None else f" at {access.key!r}"
    return Fault(Kind.ACCESS_DENIED, f"this credential may not {access.right.value} here{where}")


def _at_target(op: ops.CopyObject, access: Access, reader: Reader) -> list[Access]:
    """What a copy within a bucket asks where it goes: everything is taken along, the ACL too."""
    source = reader.object(op.bucket.id, op.key)
    rights = [Right.PUT_OBJECT, *(() if source is None else _carried(source.attributes))]
    return [changed(access, right=right, key=op.target) for right in rights]


def _may_by_steps(who: Principal, access: Access) -> bool:
    """Whether ``who`` may do what a move amounts to, by rights that were given apart."""
    if access.right is not Right.MOVE_OBJECT:
        return False
    return all(who.grant.permits(changed(access, right=right)) for right in INCLUDED[access.right])


def may_complete(op: ops.StartUpload, who: Principal, at: float, reader: Reader) -> bool:
    """Whether an upload may take effect as soon as it is started."""
    access = changed(access_of(op, at), right=Right.COMPLETE_UPLOAD)
    if who.grant.conditional:
        access = changed(access, around=who.around, asked=asked_of(op, reader))
    return who.grant.permits(access)


def may_read(bucket: Bucket, key: str, who: Principal, at: float) -> bool:
    """Whether the key itself may read what its request does not name."""
    return who.own_grant.permits(_in(bucket, key, Right.READ_OBJECT, at, who.around))


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

    The key behind the signature must have the right. What everybody may read it may read as well, unless it is denied
    to this key: ``record`` is what is there, None for nothing.

    Raises:
        Fault: ACCESS_DENIED.
    """
    access = _in(bucket, key, right, at, who.around)
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
    return (acl or bucket.settings.acl) is not Acl.PRIVATE


def _in(
    bucket: Bucket, key: str | None, right: Right, at: float, around: Circumstances = UNKNOWN_CIRCUMSTANCES
) -> Access:
    return Access(right=right, account=bucket.account, bucket=bucket.name, key=key, at=at, around=around)
