"""What operations ask for, as the facts that conditions can be about.

The type is the one that will be stored: a part's, and a completion's, is that of the upload. The length is that of what
will be stored: of a body (with what it is appended to), of a slice or part, of a copy's source; a completed upload is
held to it as a whole. A step of an upload that brings no bytes, and a change of attributes, is held to no length.
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


def pending_of(op: ops.Operation) -> frozenset[Fact]:
    """The facts of ``op`` that are not known when it begins."""
    return _LENGTH_PENDING if isinstance(op, _WITHOUT_BYTES) else _NOTHING_PENDING


def asked_of(op: ops.Operation, reader: Reader) -> Asked:
    """What ``op`` asks for. Uploads and the sources of copies are looked up."""
    match op:
        case ops.PutObject():
            return _stored(op.attributes, op.content.size)
        case ops.AppendObject():
            return _stored(op.attributes, op.position + op.content.size)
        case ops.MakeDirectory():
            return _stored(op.attributes, 0)
        case ops.StartUpload():
            return _stored(op.attributes, op.size)
        case ops.StartMultipart():
            return _stored(op.attributes, None)
        case ops.PutPart() | ops.PutNumberedPart():
            return Asked(content_type=_upload_type(reader, op.upload), content_length=op.content.size)
        case ops.CompleteUpload():
            upload = reader.upload(op.upload)
            return (
                NOTHING_ASKED
                if upload is None
                else Asked(content_type=_type(upload.attributes), content_length=upload.size)
            )
        case ops.CopyPart():
            source = _object(reader, op.source_bucket, op.source_key)
            length = op.length if op.length is not None or source is None else source.size
            return Asked(content_type=_upload_type(reader, op.upload), content_length=length)
        case ops.CompleteMultipart() | ops.AbortUpload() | ops.ListParts():
            return Asked(content_type=_upload_type(reader, op.upload))
        case ops.CopyInto():
            source = _object(reader, op.source_bucket, op.source_key)
            return changed(_copied(source, op.attributes), acl=_acl(op.acl))
        case _:
            return _asked_otherwise(op, reader)


def _asked_otherwise(op: ops.Operation, reader: Reader) -> Asked:
    """The same for what sends no bytes."""
    match op:
        case ops.CopyObject():
            return _copied(_object(reader, op.bucket, op.key), None)
        case ops.UpdateObject():
            return Asked(
                content_type=(op.headers or {}).get("Content-Type"), acl=_INHERITED if op.inherit_acl else _acl(op.acl)
            )
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


def _copied(source: Object | None, attributes: Attributes | None) -> Asked:
    """What a copy stores: the source's bytes, and its type unless it is given another."""
    if source is None:
        return NOTHING_ASKED
    return Asked(content_type=_type(attributes or source.attributes), content_length=source.size)


def _type(attributes: Attributes) -> str | None:
    return attributes.headers.get("Content-Type")


def _acl(acl: Acl | None) -> str | None:
    return None if acl is None else acl.value


def _upload_type(reader: Reader, upload_id: str) -> str | None:
    upload = reader.upload(upload_id)
    return None if upload is None else _type(upload.attributes)


def _object(reader: Reader, bucket: Bucket, key: str) -> Object | None:
    """What is there; at the end of a link, if it is one."""
    record = reader.object(bucket.id, key)
    if record is None or record.attributes.link is None:
        return record
    return reader.object(bucket.id, record.attributes.link)
