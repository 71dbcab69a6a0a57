"""AWS S3's dialect, also spoken to Tencent's VOD Professional storage.

Source: AWS "Amazon S3 API Reference"; SDK behaviour in the wire facts of Tencent §4.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Final

from entrepot.core.facts.records import Bucket, LifecycleRule
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock, Reader
from entrepot.core.rights.identity import Key
from entrepot.core.value import changed
from entrepot.dialects.base import Dialect
from entrepot.dialects.detection import ENDPOINTS, S3
from entrepot.dialects.s3.buckets import region_of
from entrepot.dialects.s3.defaults import DEFAULTS
from entrepot.dialects.s3.faults import FACTS, FAULTS
from entrepot.dialects.s3.known import (
    ALGORITHMS,
    ANYWHERE,
    ARCHIVE_CLASSES,
    FORM_FIELDS,
    KEY_SERVICES,
    KNOWN,
    REFUSED_HEADERS,
    STORAGE_CLASSES,
    UNSUPPORTED,
)
from entrepot.dialects.s3.owners import check_owner
from entrepot.dialects.s3.routes import ROUTES
from entrepot.dialects.s3like.address.place import Place
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
from entrepot.dialects.s3like.flavour.names import blank_source
from entrepot.dialects.s3like.flavour.spelling import (
    fact_elements,
    grants_to,
    hex_bytes,
    lifecycle_rule,
    xml_writer,
)
from entrepot.dialects.s3like.operations.framing import unwrap
from entrepot.dialects.s3like.operations.listing import iso
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.signing import scoped
from entrepot.signing.header_v1 import AWS2_FORM, AWS2_HEADER, AWS2_QUERY, Signed
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


def _lifecycle_rule(rule: LifecycleRule) -> Document:
    """A rule with its ID, which is made where its author gave none, and always the same for the same rule."""
    if rule.id:
        return lifecycle_rule(rule)
    made = hashlib.sha256(repr(rule).encode()).hexdigest()[:48]
    return lifecycle_rule(replace(rule, id=made))


def flavour(settings: StorageSettings) -> Flavour:
    """S3 as a flavour of the family."""
    region = settings.s3_region

    def listed_bucket(_request: Request, bucket: Bucket) -> Document:
        return {
            "Name": bucket.name, "CreationDate": iso(bucket.created_at),
            "BucketRegion": region_of(bucket, region), "BucketArn": f"arn:aws:s3:::{bucket.name}",
        }  # fmt: skip

    return Flavour(
        name=S3,
        prefix="x-amz-",
        region=region,
        signed_region=lambda bucket: region if bucket is None else region_of(bucket, region),
        schemes=(scoped.AWS4_HEADER, scoped.AWS4_QUERY, scoped.AWS4_FORM, AWS2_HEADER, AWS2_QUERY, AWS2_FORM),
        faults=FAULTS,
        addressing=Addressing(endpoint=ENDPOINTS[S3], copy_source=blank_source),
        operations=Operations(
            routes=ROUTES,
            known=KNOWN,
            anywhere=ANYWHERE,
            defaults=DEFAULTS,
            unsupported=UNSUPPORTED,
            hoisted=True,
            refused_headers=REFUSED_HEADERS,
        ),
        encryption=Encryptions(not_here=KEY_SERVICES, masks_md5=True),
        conditions=Conditions(strict_writes=True),
        uploads=Uploads(chunked_bodies=False, md5_required=True, empty_md5_refused=True, open_copy_range=False),
        forms=Forms(fields=FORM_FIELDS),
        objects=Objects(
            crc64=False,
            checksums=frozenset(ALGORITHMS),
            content_type="binary/octet-stream",
            storage_classes=STORAGE_CLASSES,
            archive_classes=ARCHIVE_CLASSES,
            transition_least_bytes=128 * 1024,
            bucket_acl=False,
            redirects=True,
            tells_expiry=True,
        ),
        listings=Listings(bucket_entry=listed_bucket),
        documents=Documents(
            write=xml_writer(_XMLNS),
            location=lambda _request: ("LocationConstraint", "" if region == "us-east-1" else region),
            owner=_owner,
            lifecycle_rule=_lifecycle_rule,
            scoped_rules=True,
            acl=grants_to("http://acs.amazonaws.com/groups/global/AllUsers"),
        ),
        replies=Replies(common=_common, error=_error),
    )


_OF_SIGNATURE: Final = frozenset({
    b"x-amz-algorithm", b"x-amz-credential", b"x-amz-date", b"x-amz-expires", b"x-amz-security-token",
    b"x-amz-signature", b"x-amz-signedheaders", b"x-amz-content-sha256", b"x-amz-user-agent",
})  # fmt: skip


_NOT_COMPARED: Final = frozenset({f"x-amz-checksum-{name}" for name in ALGORITHMS} | {"x-amz-sdk-checksum-algorithm"})
"""Digests that presigners put into an address before there is a body; AWS compares none of them.

Source: AWS SDK for JavaScript v3 (x-amz-checksum-crc32=AAAAAA==); LocalStack's test_presigned_url_v4_x_amz_in_qs.
"""


def _hoisted(request: Request, place: Place, claim: Claim | None, key: Key | None) -> Request:
    """Unwrap; presigning SDKs move the headers of the request into its address, where they count as well."""
    if b"x-amz-" in request.raw_query.lower():
        moved = [
            (small, value.encode())
            for name, value in request.query()
            if (small := name.lower().encode()).startswith(b"x-amz-") and small not in _OF_SIGNATURE
        ]
        _check_moved(request, moved, presigned=claim is not None and claim.presigned)
        sent = {name for name, _ in request.headers}
        kept = tuple((name, value) for name, value in moved if name not in sent and name.decode() not in _NOT_COMPARED)
        request = changed(request, headers=request.headers + kept)
    check_owner(request, place)
    _check_signed(place, claim)
    return unwrap(request, place, claim, key)


def _check_signed(place: Place, claim: Claim | None) -> None:
    """Refuse a sub-resource that version 2 of the signature does not cover: the plain operation was signed."""
    if claim is None or claim.form or not isinstance(claim.signed, Signed):
        return
    covered = claim.signed.row.params
    subs = {sub for _level, _method, sub in place.flavour.operations.routes if sub}
    bare = next((name for name in place.query if name in subs and name.encode() not in covered), None)
    if bare is not None:
        raise Fault(
            Kind.SIGNATURE_MALFORMED, f"version 2 of the signature does not cover ?{bare}; sign with version 4",
            reason="unsigned-header",
        )  # fmt: skip


def _check_moved(request: Request, moved: list[tuple[bytes, bytes]], *, presigned: bool) -> None:
    """Headers may stand in the query of a signed address only, and say the same in the header if they are there too."""
    sent = dict(request.headers)
    for name, value in moved:
        shown = name.decode()
        if "server-side-encryption-customer" in shown:
            raise Fault(
                Kind.PARAMETER_INVALID, f"{shown} must be a header: addresses are written down in many places",
                argument=shown,
            )  # fmt: skip
        if not presigned or sent.get(name, value) != value:
            why = (
                "says something else in the header"
                if presigned
                else "counts in signed addresses only; send it as a header"
            )
            raise Fault(
                Kind.PARAMETER_INVALID, f"the parameter {shown} {why}",
                reason="twice", argument=shown, value=value[:100].decode("latin-1"),
            )  # fmt: skip


def s3(settings: StorageSettings, domains: tuple[str, ...], clock: Clock) -> Dialect[Place]:
    """The dialect."""
    return s3like(flavour(settings), settings, domains, clock, unwrap=_hoisted)
