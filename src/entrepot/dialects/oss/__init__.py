"""Alibaba Cloud's OSS as a dialect.

Source: the cloud's documentation and its SDKs, in the wire facts of Alibaba §0, §3 to §5. Documents carry no namespace
and whole seconds, which its SDKs insist on.
"""

from __future__ import annotations

import base64
from typing import Any, Final
from urllib.parse import quote

from entrepot.core.facts.records import Acl, LifecycleRule, Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock
from entrepot.dialects.base import Dialect
from entrepot.dialects.detection import ENDPOINTS, OSS
from entrepot.dialects.oss import routes
from entrepot.dialects.oss.faults import FACTS, FAULTS
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.callbacks.answering import Answering
from entrepot.dialects.s3like.family import s3like
from entrepot.dialects.s3like.flavour import Document, Flavour, Head, Row
from entrepot.dialects.s3like.operations.configuration import expiration
from entrepot.dialects.s3like.replies.spelling import (
    name_text,
    named_facts,
    path_source,
    read_xml,
    text_bytes,
    user_of,
    xml_writer,
)
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.signing import scoped
from entrepot.signing.header_v1 import OSS1_FORM, OSS1_HEADER, OSS1_QUERY
from entrepot.wire.http import Request


def _request_id(request: Request) -> bytes:
    return request.id.upper().encode()[:24]


def _error(request: Request, place: Place | None, row: Row, facts: Document) -> Document:
    content: dict[str, Any] = {
        "Code": row.code, "Message": facts["message"], "RequestId": _request_id(request).decode(),
        "HostId": request.authority,
    }  # fmt: skip
    content |= named_facts(facts, FACTS)
    if "string_to_sign" in facts:
        content["StringToSignBytes"] = text_bytes(facts["string_to_sign"]).upper()
    if row.code == "NoSuchBucket" and place is not None:
        content["BucketName"] = place.bucket_text
    if row.code == "NoSuchKey" and place is not None:
        content["Key"] = place.key
    if "method" in facts and "level" in facts:
        content |= {"Method": facts["method"], "ResourceType": str(facts["level"]).capitalize()}
    ec = _ec(row, facts)
    return content | {"EC": ec, "RecommendDoc": f"https://api.aliyun.com/troubleshoot?q={ec}" if ec else None}


def _ec(row: Row, facts: Document) -> str | None:
    return str(facts.get("ec") or row.extra) or None


def _error_head(row: Row, body: bytes, facts: Document, head: bool) -> Head:
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


def _owner(place: Place) -> Document:
    user = user_of(place)
    return {"ID": user, "DisplayName": user}


def _acl(place: Place, acl: Acl | None) -> Document:
    return {"Owner": _owner(place), "AccessControlList": {"Grant": acl.value if acl is not None else "default"}}


def _lifecycle_rule(rule: LifecycleRule) -> Document:
    return {
        "ID": rule.id, "Prefix": rule.prefix, "Status": "Enabled" if rule.enabled else "Disabled",
        "Tag": [{"Key": key, "Value": value} for key, value in rule.tags.items()],
        "Expiration": expiration(rule, "CreatedBeforeDate"),
        "AbortMultipartUpload": {"Days": rule.abort_days} if rule.abort_days is not None else None,
    }  # fmt: skip


def _head(record: Object) -> Head:
    head = [] if record.attributes.storage_class else [(b"x-oss-storage-class", b"Standard")]
    return head + _md5_head(record)


def _md5_head(record: Object) -> Head:
    if record.md5 is None or record.parts or record.attributes.appendable:
        return []
    return [(b"content-md5", base64.b64encode(record.md5))]


def _check_key(key: str) -> str:
    if key.startswith(("/", "\\")):
        raise Fault(Kind.NAME_INVALID, f"the key {key[:60]!r} begins with {key[0]!r}, which keys of OSS do not")
    if len(key.encode()) > _KEY_MAX_BYTES:
        raise Fault(Kind.NAME_INVALID, f"the key has more than {_KEY_MAX_BYTES} bytes", reason="long")
    return key


_KEY_MAX_BYTES = 1023


def _kind(record: Object) -> Document:
    if record.attributes.link is not None:
        return {"Type": "Symlink"}
    return {"Type": "Appendable" if record.attributes.appendable else "Multipart" if record.parts else "Normal"}


def _form_type(request: Request) -> str | None:
    return request.field("x-oss-content-type") or (request.file.content_type if request.file is not None else None)


_UNSUPPORTED: Final = frozenset({
    "accessPoint", "accessPointPolicy", "asyncFetch", "bucketArchiveDirectRead", "cname", "comp", "encryption", "group",
    "httpsConfig", "img", "inventory", "live", "logging", "metaQuery", "policy", "policyStatus", "processConfiguration",
    "publicAccessBlock", "qos", "qosInfo", "redundancyTransition", "referer", "replication", "replicationLocation",
    "replicationProgress", "requestPayment", "resourceGroup", "restore", "rtc", "seal", "select", "style",
    "transferAcceleration", "userDefinedLogFieldsConfig", "versioning", "versions", "vod", "website", "worm",
    "wormExtend", "wormId", "x-oss-process", "x-oss-async-process", "clean", "regionList", "cloudBoxes",
})  # fmt: skip


def flavour(settings: StorageSettings) -> Flavour:
    """OSS as a flavour of the family."""
    return Flavour(
        name=OSS,
        prefix="x-oss-",
        schemes=(scoped.OSS4_HEADER, scoped.OSS4_QUERY, scoped.OSS4_FORM, OSS1_HEADER, OSS1_QUERY, OSS1_FORM),
        endpoint=ENDPOINTS[OSS],
        copy_source=path_source,
        shown_bucket=lambda bucket: bucket.name,
        shown_owner=_owner,
        listed_bucket=lambda request, bucket: routes.bucket_entry(request, bucket, settings.oss_region),
        location=lambda _request: ("LocationConstraint", f"oss-{settings.oss_region}"),
        acl_document=_acl,
        lifecycle_rule=_lifecycle_rule,
        region=settings.oss_region,
        faults=FAULTS,
        object_kinds={kind: kind for kind in ("Normal", "Multipart", "Appendable", "Symlink")},
        write=xml_writer(),
        read=read_xml,
        error=_error,
        error_head=_error_head,
        common=_common,
        routes=routes.routes(settings.oss_region),
        unsupported=_UNSUPPORTED,
        refused_headers=("x-oss-server-side-encryption", "x-oss-server-side-data-encryption"),
        etag=str.upper,
        part_min_bytes=100 * 1024,
        page_default=100,
        page_strict=True,
        self_copy=True,
        standard_class="Standard",
        storage_classes=frozenset({"IA"}),
        lenient_range=True,
        write_conditions=False,
        check_key=_check_key,
        stored_head=_md5_head,
        copy_not_modified=304,
        extra_head=_head,
        listed_entry=_kind,
        text_sizes=False,
        form_strict=False,
        form_expands_first=False,
        form_type=_form_type,
        link_target=name_text,
        shown_link=quote,
    )


def oss(settings: StorageSettings, domains: tuple[str, ...], clock: Clock, answers: Answering | None) -> Dialect[Place]:
    """The dialect; ``answers`` asks applications when an upload wants that."""
    return s3like(flavour(settings), settings, domains, clock, answers=answers)
