"""Required: which rights each operation needs, in one table.

Every operation needs one right at the resource that it names. Some need more, because more than bytes comes to stand
under a key. The rule is the same however it comes there (put, form, copy, completed upload), and goes by what would be
stored afterwards:

* a public ACL needs the right to update the ACL, of an object or of a bucket. ``private``, and no ACL, need nothing
  more: they give nobody more access, and clients send them unasked with rights that were minted for an upload;
* tags need the right to update tags. Tags that a copy takes along also need the right to read them at the source;
* a link needs the right to read its target. It is checked for whoever makes the link, because somebody else may follow
  it later;
* a callback needs the right to call back;
* a condition on the entity tag of what is there needs the right to read it, because the answer tells whether it is so
  (as the clouds say of conditional deletes). That nothing is there may be asked by whoever may write;
* a version that is named, though there is only one, needs the right to versions beside that to the object, and the
  document of attributes a right of its own: the clouds' policies deny them by names of their own.

Storage class and metadata need nothing more, as in the clouds. The content type needs no right, but conditions can be
about it. An upload in several requests is given its attributes when it starts: they are checked then, and again when
it is completed.

Knows the operations, the resources they touch and the rights they need. Must not know who asks, or what a grant is.
Source: the permissions that the clouds' documents name for putting and copying objects, for new buckets and for tags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from entrepot.core import operations as ops
from entrepot.core.facts.records import Acl, Attributes, Bucket
from entrepot.core.ports import Reader
from entrepot.core.rights.grant import OF_VERSION, Right
from entrepot.core.rules.condition_facts import completed_attributes, copied_attributes, resolved_object

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


def for_attributes(attributes: Attributes) -> Iterator[Right]:
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
    yield from for_attributes(op.attributes)
    if isinstance(op, ops.AppendObject):
        yield from _by_condition(op, _)


def _by_condition(
    op: ops.PutObject | ops.AppendObject | ops.CopyInto | ops.CompleteMultipart | ops.DeleteObject, _reader: Reader
) -> Iterator[Right]:
    if op.compares:
        yield Right.READ_OBJECT


def _by_delete(op: ops.DeleteObject, reader: Reader) -> Iterator[Right]:
    yield from _by_condition(op, reader)
    yield from _by_version(op, reader)


def _by_version(
    op: ops.ReadObject | ops.DeleteObject | ops.UpdateObject | ops.StatObject, _: Reader
) -> Iterator[Right]:
    if op.version and op.right in OF_VERSION:
        yield OF_VERSION[op.right]


def _by_stat(op: ops.StatObject, reader: Reader) -> Iterator[Right]:
    yield from _by_version(op, reader)
    if op.attributes:
        yield Right.READ_ATTRIBUTES
        if op.version:
            yield OF_VERSION[Right.READ_ATTRIBUTES]


def _by_listing(op: ops.ListObjects, _reader: Reader) -> Iterator[Right]:
    if op.versions:
        yield Right.LIST_VERSIONS


def _by_put(op: ops.PutObject, reader: Reader) -> Iterator[Right]:
    yield from for_attributes(op.attributes)
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
        yield from for_attributes(ended)
    if isinstance(op, ops.CompleteMultipart):
        yield from _by_condition(op, reader)
        if op.calls_back:
            yield Right.CALL_BACK


def _by_last_part(op: ops.PutPart, reader: Reader) -> Iterator[Right]:
    """The last part completes the upload by itself. Any may be the last, so each needs the rights of completing."""
    upload = reader.upload(op.upload) if op.auto_complete else None
    if upload is not None:
        yield Right.COMPLETE_UPLOAD
        yield from for_attributes(upload.attributes)


def _by_copy(op: ops.CopyInto, reader: Reader) -> Iterator[Right]:
    yield from _by_condition(op, reader)
    source = resolved_object(reader, op.source_bucket, op.source_key)
    if source is not None:
        yield from for_attributes(copied_attributes(op, source.attributes))


def _copy_source(op: ops.CopyInto, reader: Reader) -> Iterator[OtherObject]:
    """The right to the bytes comes first: without it, nothing may tell whether the source exists or has tags."""
    yield op.source_bucket, op.source_key, Right.READ_OBJECT
    source = resolved_object(reader, op.source_bucket, op.source_key)
    if op.tags is None and source is not None and source.attributes.tags:
        yield op.source_bucket, op.source_key, Right.READ_TAGS


def _by_update(op: ops.UpdateObject, reader: Reader) -> Iterator[Right]:
    yield from _by_version(op, reader)
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
    ops.ListObjects: Required(at=_at_prefix, further=_by_listing),
    ops.PutObject: Required(further=_by_put, other_objects=_link_target),
    ops.AppendObject: Required(further=_by_attributes),
    ops.StatObject: Required(further=_by_stat),
    ops.ReadObject: Required(further=_by_version),
    ops.DeleteObject: Required(further=_by_delete),
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
