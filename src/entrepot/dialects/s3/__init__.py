"""AWS S3's dialect, also spoken to Tencent's VOD Professional storage.

Source: AWS "Amazon S3 API Reference"; SDK behaviour in the wire facts of Tencent §4.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from entrepot.core.facts.records import Bucket
from entrepot.core.ports import Clock, Reader
from entrepot.core.rights.identity import Key
from entrepot.core.value import changed
from entrepot.dialects.base import Dialect
from entrepot.dialects.detection import ENDPOINTS, S3
from entrepot.dialects.s3.faults import FACTS, FAULTS
from entrepot.dialects.s3.known import ANYWHERE, KNOWN
from entrepot.dialects.s3.routes import ROUTES
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.family import s3like
from entrepot.dialects.s3like.flavour import (
    Addressing,
    Document,
    Documents,
    Flavour,
    Head,
    Listings,
    Objects,
    Operations,
    Replies,
    Resource,
    Row,
    Uploads,
)
from entrepot.dialects.s3like.flavour.spelling import fact_elements, grants_to, hex_bytes, xml_writer
from entrepot.dialects.s3like.operations.buckets import bucket_entry
from entrepot.dialects.s3like.operations.framing import unwrap
from entrepot.dialects.s3like.operations.listing import iso
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.signing import scoped
from entrepot.signing.header_v1 import AWS2_FORM, AWS2_HEADER, AWS2_QUERY
from entrepot.signing.scheme import Claim
from entrepot.wire.http import Request

_XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"


def _error(request: Request, resource: Resource | None, row: Row, facts: Document) -> Document:
    content: dict[str, Any] = {"Code": row.code, "Message": facts["message"]}
    content |= fact_elements(facts, FACTS)
    for name in ("string_to_sign", "canonical_request"):
        if name in facts:
            content[f"{FACTS[name]}Bytes"] = hex_bytes(facts[name])
    if "request_time" in facts:
        content |= {"RequestTime": iso(int(facts["request_time"])), "ServerTime": iso(int(facts["server_time"]))}
    if row.code == "NoSuchKey" and resource is not None:
        content["Key"] = resource.key
    return content | {
        "Resource": request.raw_path.decode("ascii", "replace"), "RequestId": request.id, "HostId": "entrepot",
    }  # fmt: skip


def _common(request: Request) -> Head:
    return [(b"x-amz-request-id", request.id.encode()), (b"x-amz-id-2", b"entrepot")]


def _owner(account: int, _reader: Reader) -> Document:
    return {"ID": hashlib.sha256(b"entrepot:%d" % account).hexdigest(), "DisplayName": str(account)}


def flavour(settings: StorageSettings) -> Flavour:
    """S3 as a flavour of the family."""
    region = settings.s3_region

    def listed_bucket(_request: Request, bucket: Bucket) -> Document:
        entry = bucket_entry(bucket.name, bucket, region)
        return {"Name": entry["Name"], "CreationDate": entry["CreationDate"], "BucketRegion": region}

    return Flavour(
        name=S3,
        prefix="x-amz-",
        region=region,
        schemes=(scoped.AWS4_HEADER, scoped.AWS4_QUERY, scoped.AWS4_FORM, AWS2_HEADER, AWS2_QUERY, AWS2_FORM),
        faults=FAULTS,
        addressing=Addressing(endpoint=ENDPOINTS[S3]),
        operations=Operations(
            routes=ROUTES,
            known=KNOWN,
            anywhere=ANYWHERE,
            unsupported=_UNSUPPORTED,
            hoisted=True,
            refused_headers=_REFUSED_HEADERS,
        ),
        uploads=Uploads(chunked_bodies=False, md5_required=True, open_copy_range=False),
        objects=Objects(
            crc64=False,
            checksums=frozenset({"crc32", "crc32c", "crc64nvme", "sha1", "sha256"}),
            content_type="binary/octet-stream",
            storage_classes=frozenset({"STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "REDUCED_REDUNDANCY"}),
        ),
        listings=Listings(bucket_entry=listed_bucket),
        documents=Documents(
            write=xml_writer(_XMLNS),
            location=lambda _request: ("LocationConstraint", "" if region == "us-east-1" else region),
            owner=_owner,
            acl=grants_to("http://acs.amazonaws.com/groups/global/AllUsers"),
        ),
        replies=Replies(common=_common, error=_error),
    )


_REFUSED_HEADERS: Final = (
    "x-amz-server-side-encryption", "x-amz-object-lock-", "x-amz-website-", "x-amz-grant-",
    "x-amz-bucket-object-lock-enabled", "x-amz-mfa", "x-amz-write-offset-bytes",
    "x-amz-if-match-", "x-amz-object-if-match", "x-amz-bypass-governance-retention",
)  # fmt: skip
_UNSUPPORTED: Final = frozenset({
    "accelerate", "analytics", "encryption", "intelligent-tiering", "inventory", "legal-hold", "logging",
    "metadataConfiguration", "metadataTable", "metrics", "notification", "object-lock", "ownershipControls", "policy",
    "policyStatus", "publicAccessBlock", "renameObject", "replication", "requestPayment", "restore", "retention",
    "select", "session", "torrent", "versioning", "website",
})  # fmt: skip


_OF_SIGNATURE: Final = frozenset({
    b"x-amz-algorithm", b"x-amz-credential", b"x-amz-date", b"x-amz-expires", b"x-amz-security-token",
    b"x-amz-signature", b"x-amz-signedheaders",
})  # fmt: skip


def _hoisted(request: Request, place: Place, claim: Claim | None, key: Key | None) -> Request:
    """Unwrap; presigning SDKs move the headers of the request into its address, where they count as well."""
    if claim is not None and claim.presigned and b"x-amz-" in request.raw_query.lower():
        moved = tuple(
            (name.lower().encode(), value.encode())
            for name, value in request.query()
            if name.lower().startswith("x-amz-") and name.lower().encode() not in _OF_SIGNATURE
        )
        request = changed(request, headers=request.headers + moved)
    return unwrap(request, place, claim, key)


def s3(settings: StorageSettings, domains: tuple[str, ...], clock: Clock) -> Dialect[Place]:
    """The dialect."""
    return s3like(flavour(settings), settings, domains, clock, unwrap=_hoisted)
