"""Tencent's COS XML API (v5) as a dialect.

Source: product/436 of the cloud's documentation and its SDKs, in the wire facts of Tencent §6, §7, §10.
"""

from __future__ import annotations

from mimetypes import MimeTypes
from typing import Any, Final

from entrepot.core.facts.records import Bucket, Staged
from entrepot.core.ports import Clock, Reader
from entrepot.core.rights.identity import Key
from entrepot.dialects.base import Dialect
from entrepot.dialects.cos_xml import buckets
from entrepot.dialects.cos_xml.defaults import DEFAULTS
from entrepot.dialects.cos_xml.faults import FACTS, FAULTS
from entrepot.dialects.cos_xml.known import ANYWHERE, ARCHIVE_CLASSES, FORM_FIELDS, KEY_SERVICES, KNOWN, UNSUPPORTED
from entrepot.dialects.cos_xml.signed import check_listed
from entrepot.dialects.detection import COS_XML, ENDPOINTS
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.family import ROUTES, s3like
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
from entrepot.dialects.s3like.flavour.names import checked_source, name_text
from entrepot.dialects.s3like.flavour.spelling import fact_elements, grants_to, user_of, xml_writer
from entrepot.dialects.s3like.operations import configuration, objects, restoration, versions
from entrepot.dialects.s3like.operations.buckets import bucket_entry
from entrepot.dialects.s3like.operations.listing import iso
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.signing import q_sign
from entrepot.signing.scheme import Claim
from entrepot.wire.http import Request, SpeltName

_COMPLETED_XMLNS = "http://www.qcloud.com/document/product/436/7751"


def _error(request: Request, resource: Resource | None, row: Row, facts: Document) -> Document:
    path = request.authority + request.raw_path.decode("ascii", "replace")
    content: dict[str, Any] = {"Code": row.code, "Message": facts["message"], "Resource": path}
    if row.code == "NoSuchKey" and resource is not None:
        content["Key"] = resource.key
    if "server_time" in facts:
        content["ServerTime"] = iso(int(facts["server_time"]))  # SDKs set their clocks by it
    return content | fact_elements(facts, FACTS) | {"RequestId": request.id, "TraceId": request.id}


def _error_headers(row: Row, _body: bytes, facts: Document, head: bool) -> Head:
    trace = (b"x-cos-trace-id", str(facts["request_id"]).encode())
    return [trace, (b"x-cos-error-code", row.code.encode())] if head else [trace]


def _common(request: Request) -> Head:
    return [(b"x-cos-request-id", request.id.encode())]


_TYPES: Final = MimeTypes(filenames=())
"""The standard library's own table, without the machine's."""


def _type_of_key(key: str) -> str | None:
    return _TYPES.guess_type(key.rpartition("/")[2])[0]


def _appended_headers(content: Staged) -> Head:
    """The MD5 of what was appended, under this name: the SDK for Go compares it."""
    return [(b"x-cos-content-sha1", (content.md5 or b"").hex().encode())]


def _owner(account: int, reader: Reader) -> Document:
    number = user_of(account, reader)
    user = f"qcs::cam::uin/{number}:uin/{number}"
    return {"ID": user, "DisplayName": user}


def _object_owner(account: int, _reader: Reader) -> Document:
    return {"ID": str(account), "DisplayName": str(account)}


def _bucket_name(bucket: Bucket) -> str:
    return f"{bucket.name}-{bucket.account}"


def _copy_source(text: str) -> tuple[str, str]:
    """``<bucket>-<appid>.<host>/<percent-encoded key>``, perhaps with a version."""
    path, _, version = text.partition("?")
    host, _, key = path.removeprefix("/").partition("/")
    return checked_source(text, host.partition(".")[0], name_text(key), version)


_HEADER_NAMES: Final = {
    name.lower(): SpeltName(name)
    for name in (
        b"Accept-Ranges", b"Cache-Control", b"Content-Disposition", b"Content-Encoding", b"Content-Language",
        b"Connection", b"Content-Length", b"Content-Range", b"Content-Type", b"Date", b"ETag", b"Expires",
        b"Last-Modified", b"Location", b"Server",
    )
}  # fmt: skip
"""Names that the SDKs for Python and Java look up as the cloud writes them (wire facts §7.2)."""
_CLASSES: Final = frozenset({
    "STANDARD_IA", "INTELLIGENT_TIERING", "MAZ_STANDARD", "MAZ_STANDARD_IA", "MAZ_INTELLIGENT_TIERING",
})  # fmt: skip
_ROUTES = {
    **ROUTES,
    ("service", "GET", ""): buckets.LIST,
    ("bucket", "GET", "versions"): versions.LIST_VERSIONS,
    ("bucket", "PUT", "tagging"): configuration.PUT_BUCKET_TAGS,
    ("bucket", "GET", "tagging"): configuration.GET_BUCKET_TAGS,
    ("bucket", "DELETE", "tagging"): configuration.DELETE_BUCKET_TAGS,
    ("object", "POST", "append"): objects.APPEND,
    ("object", "POST", "restore"): restoration.RESTORE,
}


def flavour(settings: StorageSettings) -> Flavour:
    """COS XML as a flavour of the family."""
    region = settings.cos_region

    def listed_bucket(_request: Request, bucket: Bucket) -> Document:
        return bucket_entry(_bucket_name(bucket), bucket, region) | {"BucketType": "cos"}

    return Flavour(
        name=COS_XML,
        prefix="x-cos-",
        region=region,
        schemes=(q_sign.HEADER, q_sign.QUERY, q_sign.FORM_NEW, q_sign.FORM_OLD),
        faults=FAULTS,
        addressing=Addressing(endpoint=ENDPOINTS[COS_XML], bucket_name=_bucket_name, copy_source=_copy_source),
        operations=Operations(
            routes=_ROUTES,
            known=KNOWN,
            anywhere=ANYWHERE,
            defaults=DEFAULTS,
            unsupported=UNSUPPORTED,
            refused_headers=(
                "x-cos-server-side-encryption",
                "x-cos-copy-source-server-side-encryption",
                "x-cos-object-lock",
            ),
        ),
        encryption=Encryptions(not_here=KEY_SERVICES),
        uploads=Uploads(md5_required=True, part_min_bytes=1024 * 1024),
        conditions=Conditions(not_modified_headers=[(b"content-type", b"application/xml"), (b"content-length", b"0")]),
        forms=Forms(fields=FORM_FIELDS, strict=False, pinned=("acl", "x-cos-acl", "x-cos-grant-")),
        objects=Objects(
            storage_classes=ARCHIVE_CLASSES | _CLASSES,
            archive_classes=ARCHIVE_CLASSES,
            kinds={"Normal": "normal", "Multipart": "normal", "Appendable": "appendable"},
            any_case_classes=True,
            redirects=True,
            tells_expiry=True,
            type_of_key=_type_of_key,
            append_headers=_appended_headers,
        ),
        listings=Listings(bucket_entry=listed_bucket, object_owner=_object_owner),
        documents=Documents(
            write=xml_writer(_COMPLETED_XMLNS, frozenset({"CompleteMultipartUploadResult"})),
            location=lambda _request: ("LocationConstraint", region),
            owner=_owner,
            acl=grants_to("http://cam.qcloud.com/groups/global/AllUsers"),
        ),
        replies=Replies(common=_common, error=_error, error_headers=_error_headers, header_names=_HEADER_NAMES),
    )


def _listed(request: Request, place: Place, claim: Claim | None, _key: Key | None) -> Request:
    check_listed(request, place, claim)
    return request


def cos_xml(settings: StorageSettings, domains: tuple[str, ...], clock: Clock) -> Dialect[Place]:
    """The dialect."""
    return s3like(flavour(settings), settings, domains, clock, unwrap=_listed)
