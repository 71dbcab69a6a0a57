"""What operations ask for, as the facts that conditions can be about.

Type and ACL are those that will be stored: a part's, and a completion's, are those of the upload; bytes that are
appended have the type of what is there already. The length is that of what will be stored: of a body (with what it is
appended to), of a slice or part, of a copy's source; a completed upload is held to it as a whole. A step of an upload
that brings no bytes, and a change of attributes, is held to no length.
"""

from __future__ import annotations

from entrepot.core import operations as ops
from entrepot.core.facts.records import Acl, Attributes, Bucket, Object
from entrepot.core.ports import Reader
from entrepot.core.rights.circumstances import NOTHING_ASKED, Asked, Fact
from entrepot.core.value import changed

_NOTHING_PENDING: frozenset[Fact] = frozenset()
_LENGTH_PENDING = frozenset({Fact.CONTENT_LENGTH})
_WITHOUT_BYTES = (
    ops.StartMultipart, ops.CompleteMultipart, ops.AbortUpload, ops.ListParts, ops.ListUploads, ops.FindUpload,
    ops.UpdateObject,
)  # fmt: skip
_INHERITED = "default"


def pending_of(op: ops.Operation, size: int | None = None) -> frozenset[Fact]:
    """The facts of ``op`` that are not known when it begins; ``size`` is the length of the whole, once it is known."""
    return _LENGTH_PENDING if isinstance(op, _WITHOUT_BYTES) and size is None else _NOTHING_PENDING


def asked_of(op: ops.Operation, reader: Reader) -> Asked:
    """What ``op`` asks for. Uploads and the sources of copies are looked up."""
    match op:
        case ops.PutObject():
            return _stored(op.attributes, op.content.size)
        case ops.AppendObject():
            there = reader.object(op.bucket.id, op.key)
            grown = op.attributes if there is None else there.attributes
            return changed(_stored(grown, op.position + op.content.size), acl=_acl(op.attributes.acl))
        case ops.MakeDirectory():
            return _stored(op.attributes, 0)
        case ops.StartUpload():
            return _stored(op.attributes, op.size)
        case ops.StartMultipart():
            return _stored(op.attributes, None)
        case ops.PutPart() | ops.PutNumberedPart():
            return _of_upload(reader, op.upload, op.content.size)
        case ops.CompleteUpload():
            upload = reader.upload(op.upload)
            return NOTHING_ASKED if upload is None else _stored(upload.attributes, upload.size)
        case ops.CopyPart():
            source = source_of(reader, op.source_bucket, op.source_key)
            length = op.length if op.length is not None or source is None else source.size
            return _of_upload(reader, op.upload, length)
        case ops.CompleteMultipart():
            upload = reader.upload(op.upload)
            return NOTHING_ASKED if upload is None else _stored(completed(op, upload.attributes), None)
        case ops.AbortUpload() | ops.ListParts():
            return _of_upload(reader, op.upload, None)
        case ops.CopyInto():
            source = source_of(reader, op.source_bucket, op.source_key)
            return NOTHING_ASKED if source is None else _stored(copied(op, source.attributes), source.size)
        case _:
            return _asked_otherwise(op, reader)


def _asked_otherwise(op: ops.Operation, reader: Reader) -> Asked:
    """The same for what sends no bytes."""
    match op:
        case ops.CopyObject():
            source = source_of(reader, op.bucket, op.key)
            return NOTHING_ASKED if source is None else _stored(source.attributes, source.size)
        case ops.UpdateObject():
            return Asked(content_type=_new_type(op), acl=_INHERITED if op.inherit_acl else _acl(op.acl))
        case ops.ListObjects() | ops.ListUploads():
            return Asked(prefix=op.prefix, delimiter=op.delimiter or None, max_keys=op.limit)
        case ops.ListDirectory():
            return Asked(prefix=op.directory + op.prefix, delimiter="/", max_keys=op.limit)
        case ops.CreateBucket():
            return Asked(acl=_acl(op.settings.acl))
        case ops.UpdateBucket():
            wanted = op.change(op.bucket.settings).acl
            return NOTHING_ASKED if wanted is op.bucket.settings.acl else Asked(acl=_acl(wanted))
        case _:
            return NOTHING_ASKED


def _stored(attributes: Attributes, length: int | None) -> Asked:
    return Asked(content_type=_type(attributes), content_length=length, acl=_acl(attributes.acl))


def completed(op: ops.CompleteMultipart, started: Attributes) -> Attributes:
    """What the completion of an upload stores: what it was started with, and the ACL that is named at its end."""
    return started if op.acl is None else changed(started, acl=op.acl)


def copied(op: ops.CopyInto, source: Attributes) -> Attributes:
    """What a copy stores: a plain object that does not grow, and whose checksum is that of the same bytes."""
    attributes = changed(source, acl=op.acl) if op.attributes is None else op.attributes
    if op.attributes is not None and op.inherited is not None:
        attributes = op.inherited(attributes, source)
    tags = source.tags if op.tags is None else op.tags
    return changed(
        attributes, tags=tags, appendable=False, link=None, checksum=attributes.checksum or source.checksum,
        numbered=source.numbered,
    )  # fmt: skip


def _new_type(op: ops.UpdateObject) -> str | None:
    """The type that an update gives; empty when it takes the one away that is there."""
    if op.headers is None:
        return None
    return op.headers.get("Content-Type", "" if op.whole else None)


def _type(attributes: Attributes) -> str | None:
    return attributes.headers.get("Content-Type")


def _acl(acl: Acl | None) -> str | None:
    return None if acl is None else acl.value


def _of_upload(reader: Reader, upload_id: str, length: int | None) -> Asked:
    upload = reader.upload(upload_id)
    return Asked(content_length=length) if upload is None else _stored(upload.attributes, length)


def source_of(reader: Reader, bucket: Bucket, key: str) -> Object | None:
    """What is there; at the end of a link, if it is one."""
    record = reader.object(bucket.id, key)
    if record is None or record.attributes.link is None:
        return record
    return reader.object(bucket.id, record.attributes.link)
