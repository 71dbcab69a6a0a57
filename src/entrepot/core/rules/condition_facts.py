"""The facts of an operation that conditions can be about: content type, length, ACL, encryption, listing parameters.

A condition must hold for what will be stored, whichever request brings it. So the content type, ACL and encryption of a
part, and of a completed upload, are those that the upload was started with. Bytes that are appended have the content
type and encryption of the object that they are appended to.

The content length is that of what will be stored: of a body (with the object it is appended to), of a part, of the
source of a copy. A completed upload is checked as a whole. A request of an upload that brings no bytes, or a change of
attributes, is not checked for a length.
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
_AES256 = "AES256"
_BUCKET_ACL = "default"
"""The value of the ACL fact when an object takes the ACL of its bucket."""


def pending_facts(op: ops.Operation, size: int | None = None) -> frozenset[Fact]:
    """The facts of ``op`` that are not known yet; ``size`` is the length of the whole object, once it is known."""
    return _LENGTH_PENDING if isinstance(op, _WITHOUT_BYTES) and size is None else _NOTHING_PENDING


def requested_facts(op: ops.Operation, reader: Reader) -> Asked:
    """The facts of ``op``. Uploads and the sources of copies are looked up in the index."""
    match op:
        case ops.PutObject():
            return _stored_facts(op.attributes, op.content.size)
        case ops.AppendObject():
            existing = reader.object(op.bucket.id, op.key)
            attributes = op.attributes if existing is None else existing.attributes
            return changed(_stored_facts(attributes, op.position + op.content.size), acl=_acl(op.attributes.acl))
        case ops.MakeDirectory():
            return _stored_facts(op.attributes, 0)
        case ops.StartUpload():
            return _stored_facts(op.attributes, op.size)
        case ops.StartMultipart():
            return _stored_facts(op.attributes, None)
        case ops.PutPart() | ops.PutNumberedPart():
            return _upload_facts(reader, op.upload, op.content.size)
        case ops.CompleteUpload():
            upload = reader.upload(op.upload)
            return NOTHING_ASKED if upload is None else _stored_facts(upload.attributes, upload.size)
        case ops.CopyPart():
            source = resolved_object(reader, op.source_bucket, op.source_key)
            length = op.length if op.length is not None or source is None else source.size
            return _upload_facts(reader, op.upload, length)
        case ops.CompleteMultipart():
            upload = reader.upload(op.upload)
            return NOTHING_ASKED if upload is None else _stored_facts(completed_attributes(op, upload.attributes), None)
        case ops.AbortUpload() | ops.ListParts():
            return _upload_facts(reader, op.upload, None)
        case _:
            return _facts_without_bytes(op, reader)


def _facts_without_bytes(op: ops.Operation, reader: Reader) -> Asked:
    """The same, for operations that bring no bytes of their own."""
    match op:
        case ops.CopyInto():
            source = resolved_object(reader, op.source_bucket, op.source_key)
            if source is None:
                return NOTHING_ASKED
            return _stored_facts(copied_attributes(op, source.attributes), source.size)
        case ops.CopyObject():
            source = resolved_object(reader, op.bucket, op.key)
            return NOTHING_ASKED if source is None else _stored_facts(source.attributes, source.size)
        case ops.UpdateObject():
            return Asked(content_type=_updated_content_type(op), acl=_BUCKET_ACL if op.inherit_acl else _acl(op.acl))
        case ops.ListObjects() | ops.ListUploads():
            return Asked(prefix=op.prefix, delimiter=op.delimiter or None, max_keys=op.limit)
        case ops.ListDirectory():
            return Asked(prefix=op.directory + op.prefix, delimiter="/", max_keys=op.limit)
        case ops.CreateBucket():
            return Asked(acl=_acl(op.settings.acl))
        case ops.UpdateBucket():
            new_acl = op.change(op.bucket.settings).acl
            return NOTHING_ASKED if new_acl is op.bucket.settings.acl else Asked(acl=_acl(new_acl))
        case _:
            return NOTHING_ASKED


def _stored_facts(attributes: Attributes, length: int | None) -> Asked:
    encryption = attributes.encryption
    asked = encryption is not None and not encryption.by_default
    by_client = asked and encryption is not None and encryption.by_client
    return Asked(
        content_type=_content_type(attributes), content_length=length, acl=_acl(attributes.acl),
        encryption=_AES256 if asked and not by_client else None, client_encryption=_AES256 if by_client else None,
    )  # fmt: skip


def completed_attributes(op: ops.CompleteMultipart, started: Attributes) -> Attributes:
    """The attributes of a completed upload: those of its start, and the ACL that its completion names, if any."""
    return started if op.acl is None else changed(started, acl=op.acl)


def copied_attributes(op: ops.CopyInto, source: Attributes) -> Attributes:
    """The attributes of a copy. It is neither a link nor appendable; its bytes are the same, so the checksum holds."""
    attributes = changed(source, acl=op.acl) if op.attributes is None else op.attributes
    if op.attributes is not None and op.inherited is not None:
        attributes = op.inherited(attributes, source)
    tags = source.tags if op.tags is None else op.tags
    return changed(
        attributes, tags=tags, appendable=False, link=None, checksum=attributes.checksum or source.checksum,
        numbered=source.numbered, expire_days=op.expire_days,
        storage_class=op.storage_class, archived=op.archived, restored_until=None,
        encryption=None if op.protection is None else op.protection.encryption,
    )  # fmt: skip


def _updated_content_type(op: ops.UpdateObject) -> str | None:
    """The content type that an update sets; empty when it removes it, None when it leaves it as it is."""
    if op.headers is None:
        return None
    return op.headers.get("Content-Type", "" if op.whole else None)


def _content_type(attributes: Attributes) -> str | None:
    return attributes.headers.get("Content-Type")


def _acl(acl: Acl | None) -> str | None:
    return None if acl is None else acl.value


def _upload_facts(reader: Reader, upload_id: str, length: int | None) -> Asked:
    upload = reader.upload(upload_id)
    return Asked(content_length=length) if upload is None else _stored_facts(upload.attributes, length)


def resolved_object(reader: Reader, bucket: Bucket, key: str) -> Object | None:
    """The object under a key. A link is followed once. No right is checked here."""
    record = reader.object(bucket.id, key)
    if record is None or record.attributes.link is None:
        return record
    return reader.object(bucket.id, record.attributes.link)
