"""Tencent's COS XML API (v5) as a dialect.

Source: product/436 of the cloud's documentation and its SDKs, in the wire facts of Tencent §6, §7, §10.
"""

from __future__ import annotations

from typing import Any, Final

from entrepot.core.facts.records import Bucket
from entrepot.core.ports import Clock
from entrepot.core.rights.identity import Key
from entrepot.dialects.base import Dialect
from entrepot.dialects.cos_xml.faults import FACTS, FAULTS
from entrepot.dialects.cos_xml.signed import check_listed
from entrepot.dialects.detection import COS_XML, ENDPOINTS
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.family import ROUTES, s3like
from entrepot.dialects.s3like.flavour import Document, Flavour, Head, Row
from entrepot.dialects.s3like.operations import configuration, objects
from entrepot.dialects.s3like.operations.buckets import bucket_entry
from entrepot.dialects.s3like.operations.listing import iso
from entrepot.dialects.s3like.replies.spelling import (
    account_of,
    checked_source,
    granted,
    name_text,
    named_facts,
    read_xml,
    user_of,
    xml_writer,
)
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.signing import q_sign
from entrepot.signing.scheme import Claim
from entrepot.wire.http import Request, SpeltName

_COMPLETED_XMLNS = "http://www.qcloud.com/document/product/436/7751"


def _error(request: Request, place: Place | None, row: Row, facts: Document) -> Document:
    resource = request.authority + request.raw_path.decode("ascii", "replace")
    content: dict[str, Any] = {"Code": row.code, "Message": facts["message"], "Resource": resource}
    if row.code == "NoSuchKey" and place is not None:
        content["Key"] = place.key
    if "server_time" in facts:
        content["ServerTime"] = iso(int(facts["server_time"]))  # SDKs set their clocks by it
    return content | named_facts(facts, FACTS) | {"RequestId": request.id, "TraceId": request.id}


def _error_head(row: Row, _body: bytes, _facts: Document, head: bool) -> Head:
    return [(b"x-cos-error-code", row.code.encode())] if head else []


def _common(request: Request) -> Head:
    return [(b"x-cos-request-id", request.id.encode()), (b"x-cos-trace-id", request.id.encode())]


def _owner(place: Place) -> Document:
    if place.level == "bucket" and "acl" not in place.query and "uploads" not in place.query:
        return {"ID": str(account_of(place)), "DisplayName": str(account_of(place))}
    user = f"qcs::cam::uin/{user_of(place)}:uin/{user_of(place)}"
    return {"ID": user, "DisplayName": user}


def _shown(bucket: Bucket) -> str:
    return f"{bucket.name}-{bucket.account}"


def _copy_source(text: str) -> tuple[str, str]:
    """``<bucket>-<appid>.<host>/<percent-encoded key>``, perhaps with a version."""
    path, _, version = text.partition("?")
    host, _, key = path.removeprefix("/").partition("/")
    return checked_source(text, host.partition(".")[0], name_text(key), version)


_SPELT: Final = {
    name.lower(): SpeltName(name)
    for name in (
        b"Accept-Ranges", b"Cache-Control", b"Content-Disposition", b"Content-Encoding", b"Content-Language",
        b"Content-Length", b"Content-Range", b"Content-Type", b"ETag", b"Expires", b"Last-Modified", b"Location",
    )
}  # fmt: skip
"""Names that the Python SDK's users look up as the cloud writes them (wire facts §7.2)."""
_ROUTES = {**ROUTES, ("object", "POST", "append"): objects.APPEND}
_UNSUPPORTED: Final = frozenset({
    "accelerate", "accesscontrol", "ci-process", "domain", "domaincertificate", "encryption", "imageInfo", "imageMogr2",
    "imageView2", "intelligenttiering", "inventory", "logging", "notification", "object-lock", "origin", "policy",
    "referer", "replication", "restore", "select", "torrent", "versioning", "versions", "website",
})  # fmt: skip


def flavour(settings: StorageSettings) -> Flavour:
    """COS XML as a flavour of the family."""
    region = settings.cos_region

    def listed_bucket(_request: Request, bucket: Bucket) -> Document:
        return bucket_entry(_shown(bucket), bucket, region) | {"BucketType": "cos"}

    return Flavour(
        name=COS_XML,
        prefix="x-cos-",
        schemes=(q_sign.HEADER, q_sign.QUERY, q_sign.FORM_NEW, q_sign.FORM_OLD),
        endpoint=ENDPOINTS[COS_XML],
        copy_source=_copy_source,
        shown_bucket=_shown,
        shown_owner=_owner,
        listed_bucket=listed_bucket,
        location=lambda _request: ("LocationConstraint", region),
        acl_document=granted,
        lifecycle_rule=configuration.lifecycle_rule,
        region=region,
        faults=FAULTS,
        not_modified_head=[(b"content-type", b"application/xml"), (b"content-length", b"0")],
        spelt_names=_SPELT,
        object_kinds={"Normal": "normal", "Multipart": "normal", "Appendable": "appendable"},
        write=xml_writer(_COMPLETED_XMLNS, frozenset({"CompleteMultipartUploadResult"})),
        read=read_xml,
        error=_error,
        error_head=_error_head,
        common=_common,
        routes=_ROUTES,
        unsupported=_UNSUPPORTED,
        refused_headers=("x-cos-server-side-encryption", "x-cos-grant-", "x-cos-object-lock"),
        part_min_bytes=1024 * 1024,
        storage_classes=frozenset({"STANDARD_IA", "INTELLIGENT_TIERING", "MAZ_STANDARD", "MAZ_STANDARD_IA"}),
        md5_required=True,
        tags_missing=True,
        all_users="http://cam.qcloud.com/groups/global/AllUsers",
    )


def _listed(request: Request, _place: Place, claim: Claim | None, _key: Key | None) -> Request:
    check_listed(request, claim)
    return request


def cos_xml(settings: StorageSettings, domains: tuple[str, ...], clock: Clock) -> Dialect[Place]:
    """The dialect."""
    return s3like(flavour(settings), settings, domains, clock, unwrap=_listed)
