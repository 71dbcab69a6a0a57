"""Alibaba Cloud's OSS as a dialect.

Source: the cloud's documentation and its SDKs, in the wire facts of Alibaba §0, §3 to §5. Documents carry no namespace
and whole seconds, which its SDKs insist on.
"""

from __future__ import annotations

import base64
from typing import Any

from entrepot.core.facts.records import Acl, Attributes, Bucket, LifecycleRule, Object, Part, Upload
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock
from entrepot.core.value import changed
from entrepot.dialects.base import Dialect
from entrepot.dialects.detection import ENDPOINTS, OSS
from entrepot.dialects.oss.buckets import ARCHIVED, CLASSES, bucket_entry, class_of
from entrepot.dialects.oss.defaults import DEFAULTS
from entrepot.dialects.oss.faults import FACTS, FAULTS
from entrepot.dialects.oss.known import ANYWHERE, FORM_FIELDS, KEY_SERVICES, KNOWN, REFUSED_HEADERS, UNSUPPORTED
from entrepot.dialects.oss.routes import ROUTES
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.callbacks.answering import Answering
from entrepot.dialects.s3like.family import s3like
from entrepot.dialects.s3like.flavour import (
    Addressing,
    Conditions,
    Document,
    Documents,
    Encryptions,
    Flavour,
    Forms,
    Head,
    Listings,
    Objects,
    Operations,
    Replies,
    Resource,
    Row,
    Uploads,
)
from entrepot.dialects.s3like.flavour.names import blank_name, blank_source
from entrepot.dialects.s3like.flavour.spelling import (
    expiration,
    fact_elements,
    hex_bytes,
    midnight,
    read_xml_with_controls,
    tag_list,
    transitions,
    user_owner,
)
from entrepot.dialects.s3like.operations.object_headers import restore_text
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.signing import scoped
from entrepot.signing.header_v1 import OSS1_FORM, OSS1_HEADER, OSS1_QUERY
from entrepot.wire.http import Request


def _request_id(request: Request) -> bytes:
    return request.id.upper().encode()[:24]


def _error(request: Request, resource: Resource | None, row: Row, facts: Document) -> Document:
    content: dict[str, Any] = {
        "Code": row.code, "Message": facts["message"], "RequestId": _request_id(request).decode(),
        "HostId": request.authority,
    }  # fmt: skip
    content |= fact_elements(facts, FACTS)
    if "string_to_sign" in facts:
        content["StringToSignBytes"] = hex_bytes(facts["string_to_sign"]).upper()
    if row.code == "NoSuchBucket" and resource is not None:
        content["BucketName"] = resource.bucket
    if row.code == "NoSuchKey" and resource is not None:
        content["Key"] = resource.key
    if "method" in facts and "level" in facts:
        content |= {"Method": facts["method"], "ResourceType": str(facts["level"]).capitalize()}
    ec = _ec(row, facts)
    return content | {"EC": ec, "RecommendDoc": f"https://api.aliyun.com/troubleshoot?q={ec}" if ec else None}


def _ec(row: Row, facts: Document) -> str | None:
    return str(facts.get("ec") or row.extra) or None


def _error_headers(row: Row, body: bytes, facts: Document, head: bool) -> Head:
    found: Head = []
    ec = _ec(row, facts)
    if ec:
        found.append((b"x-oss-ec", ec.encode()))
    if head:
        found.append((b"x-oss-err", base64.b64encode(body)))
    if "position" in facts:
        found.append((b"x-oss-next-append-position", str(facts["position"]).encode()))
    return found


def _common(request: Request) -> Head:
    return [(b"x-oss-request-id", _request_id(request)), (b"x-oss-server-time", b"1")]


def _acl(owner: Document, acl: Acl | None, _inherited: Acl) -> Document:
    return {"Owner": owner, "AccessControlList": {"Grant": acl.value if acl is not None else "default"}}


def _lifecycle_rule(rule: LifecycleRule) -> Document:
    return {
        "ID": rule.id, "Prefix": rule.prefix, "Status": "Enabled" if rule.enabled else "Disabled",
        "Tag": tag_list(rule.tags),
        "Expiration": expiration(rule, "CreatedBeforeDate"), "Transition": transitions(rule),
        "AbortMultipartUpload": _abort(rule),
    }  # fmt: skip


def _abort(rule: LifecycleRule) -> Document | None:
    if (rule.abort_days, rule.abort_before) == (None, None):
        return None
    return {"Days": rule.abort_days, "CreatedBeforeDate": midnight(rule.abort_before)}


def _bucket_class(bucket: Bucket) -> str:
    return "" if (label := class_of(bucket)) == "Standard" else label


def _read_headers(record: Object) -> Head:
    head = [] if record.attributes.storage_class else [(b"x-oss-storage-class", b"Standard")]
    return head + _md5_header(record)


def _md5_header(record: Object) -> Head:
    if record.md5 is None or record.parts or record.attributes.appendable:
        return []
    return [(b"content-md5", base64.b64encode(record.md5))]


def _part_md5_header(part: Part) -> Head:
    return [(b"content-md5", base64.b64encode(part.md5))] if part.md5 is not None else []


_ENVELOPE = "client-side-encryption-"
"""Metadata without which what a client encrypted cannot be read again. Source: OSS SDK for Java, tests of copies."""


def _inherited(new: Attributes, source: Attributes) -> Attributes:
    """A copy with new metadata keeps its source's type when it names none, and the envelope of client encryption."""
    headers, metadata = dict(new.headers), dict(new.metadata)
    if "Content-Type" in source.headers:
        headers.setdefault("Content-Type", source.headers["Content-Type"])
    for name, value in source.metadata.items():
        if name.startswith(_ENVELOPE):
            metadata.setdefault(name, value)
    return changed(new, headers=headers, metadata=metadata)


def _check_key(key: str) -> str:
    if key.startswith(("/", "\\")):
        raise Fault(Kind.NAME_INVALID, f"the key {key[:60]!r} begins with {key[0]!r}, which keys of OSS do not")
    if len(key.encode()) > _KEY_MAX_BYTES:
        raise Fault(Kind.NAME_INVALID, f"the key has more than {_KEY_MAX_BYTES} bytes", reason="long")
    return key


_KEY_MAX_BYTES = 1023


def _object_entry(record: Object) -> Document:
    if record.attributes.link is not None:
        return {"Type": "Symlink"}
    until = record.attributes.restored_until if record.attributes.archived else None
    return {
        "Type": "Appendable" if record.attributes.appendable else "Multipart" if record.parts else "Normal",
        "RestoreInfo": None if until is None else restore_text(until),
    }


def _upload_entry(upload: Upload) -> Document:
    """The envelope of client encryption, which was given when the upload was started (SDK for Python v2)."""
    metadata = upload.attributes.metadata
    return {f"ClientEncryption{name}": metadata.get(_ENVELOPE + spelt) for name, spelt in _ENVELOPE_MEMBERS.items()}


_ENVELOPE_MEMBERS = {
    "Key": "key", "Start": "start", "CekAlg": "cek-alg", "WrapAlg": "wrap-alg", "DataSize": "data-size",
    "PartSize": "part-size",
}  # fmt: skip


def _form_type(request: Request) -> str | None:
    return request.field("x-oss-content-type") or (request.file.content_type if request.file is not None else None)


def flavour(settings: StorageSettings) -> Flavour:
    """OSS as a flavour of the family."""
    region = settings.oss_region
    return Flavour(
        name=OSS,
        prefix="x-oss-",
        region=region,
        signed_region=lambda _bucket: region,
        schemes=(scoped.OSS4_HEADER, scoped.OSS4_QUERY, scoped.OSS4_FORM, OSS1_HEADER, OSS1_QUERY, OSS1_FORM),
        faults=FAULTS,
        addressing=Addressing(
            endpoint=ENDPOINTS[OSS], check_key=_check_key, copy_source=blank_source, link_target=blank_name
        ),
        operations=Operations(
            routes=ROUTES,
            known=KNOWN,
            anywhere=ANYWHERE,
            defaults=DEFAULTS,
            unsupported=UNSUPPORTED,
            refused_headers=REFUSED_HEADERS,
        ),
        uploads=Uploads(
            part_min_bytes=100 * 1024,
            self_copy=True,
            digest_form=lambda md5: md5.hex().upper().encode(),
            may_be_empty=True,
            inherited=_inherited,
        ),
        encryption=Encryptions(not_here=KEY_SERVICES, root="ServerSideEncryptionRule", in_rule=False),
        conditions=Conditions(on_writes=False, copy_not_modified=304, lenient_range=True),
        forms=Forms(
            fields=FORM_FIELDS,
            bare=frozenset(),
            strict=False,
            expands_first=False,
            text_sizes=False,
            file_type=_form_type,
        ),
        objects=Objects(
            etag=str.upper,
            standard_class="Standard",
            storage_classes=CLASSES - {"Standard"},
            archive_classes=ARCHIVED,
            restores_bare=True,
            acl_header="object-acl",
            bucket_class=_bucket_class,
            tells_expiry=True,
            kinds={kind: kind for kind in ("Normal", "Multipart", "Appendable", "Symlink")},
            read_headers=_read_headers,
            put_headers=_md5_header,
            copy_etag=True,
            part_headers=_part_md5_header,
        ),
        listings=Listings(
            page_default=100,
            page_strict=True,
            empty_members=True,
            names_last=True,
            bucket_entry=lambda request, bucket: bucket_entry(request, bucket, region),
            object_entry=_object_entry,
            upload_entry=_upload_entry,
        ),
        documents=Documents(
            read=read_xml_with_controls,
            bucket_tags_missing=False,
            bucket_tags_any=True,
            vary="false",
            location=lambda _request: ("LocationConstraint", f"oss-{region}"),
            owner=user_owner,
            acl=_acl,
            lifecycle_rule=_lifecycle_rule,
        ),
        replies=Replies(common=_common, error=_error, error_headers=_error_headers, missing_first=True),
    )


def oss(settings: StorageSettings, domains: tuple[str, ...], clock: Clock, answers: Answering | None) -> Dialect[Place]:
    """The dialect; ``answers`` asks applications when an upload wants that."""
    return s3like(flavour(settings), settings, domains, clock, answers=answers)
