"""Volcengine's TOS as a dialect: JSON documents, the family's semantics.

Source: the cloud's documentation and its SDKs, in the wire facts of Volcengine §3.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from entrepot.core.facts.records import Acl, Bucket, LifecycleRule, Object
from entrepot.core.ports import Clock
from entrepot.dialects.base import Dialect
from entrepot.dialects.detection import ENDPOINTS, TOS
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.callbacks.answering import Answering
from entrepot.dialects.s3like.family import s3like
from entrepot.dialects.s3like.flavour import (
    Addressing,
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
    public_permissions,
    tag_list,
    transitions,
    user_owner,
)
from entrepot.dialects.s3like.operations.buckets import bucket_entry
from entrepot.dialects.s3like.operations.framing import unwrap
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.dialects.tos import policy_url, routes
from entrepot.dialects.tos.buckets import ARCHIVED, CLASSES, STANDARD, bucket_headers, class_of
from entrepot.dialects.tos.defaults import DEFAULTS
from entrepot.dialects.tos.documents import read_json, write_json
from entrepot.dialects.tos.faults import FAULTS, OTHER
from entrepot.dialects.tos.known import (
    ANYWHERE,
    FORM_FIELDS,
    KEY_SERVICES,
    KNOWN,
    REFUSED_HEADERS,
    UNSUPPORTED,
)
from entrepot.signing import scoped
from entrepot.wire.http import Request

_FACTS = {
    "string_to_sign": "StringToSign", "canonical_request": "CanonicalRequest",
    "signature_provided": "SignatureProvided", "key_id": "AccessKeyId", "number": "PartNumber",
}  # fmt: skip


def _error(request: Request, resource: Resource | None, row: Row, facts: Document) -> Document:
    content: dict[str, Any] = {
        "Code": row.code, "Message": facts["message"], "RequestId": request.id, "HostId": "entrepot",
        "Resource": _path(request, resource), "EC": row.extra or OTHER,
        "Key": (resource.key or None) if resource is not None else None,
    }  # fmt: skip
    return content | fact_elements(facts, _FACTS)


def _path(request: Request, resource: Resource | None) -> str:
    if resource is None or resource.bucket is None:
        return request.raw_path.decode("ascii", "replace")
    return f"/{resource.bucket}/{resource.key}" if resource.key else f"/{resource.bucket}"


def _error_headers(row: Row, _body: bytes, facts: Document, head: bool) -> Head:
    del head
    found: Head = [(b"x-tos-ec", (row.extra or OTHER).encode())]
    if "position" in facts:
        found.append((b"x-tos-next-append-offset", str(facts["position"]).encode()))
    return found


def _common(request: Request) -> Head:
    return [(b"x-tos-request-id", request.id.encode()), (b"x-tos-id-2", b"entrepot")]


def _acl(owner: Document, acl: Acl | None, inherited: Acl) -> Document:
    """What everybody may do; only where that is nothing, the owner is named (tests of the Python SDK)."""
    everyone = {"Type": "Group", "Canned": "AllUsers"}
    grants: list[Document] = [
        {"Grantee": dict(everyone), "Permission": right} for right in public_permissions(acl or inherited)
    ] or [{"Grantee": {**owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}]
    return {"Owner": owner, "Grants": grants, "IsDefault": acl is None, "BucketOwnerEntrusted": False}


def _lifecycle_rule(rule: LifecycleRule) -> Document:
    return {
        "ID": rule.id, "Prefix": rule.prefix, "Status": "Enabled" if rule.enabled else "Disabled",
        "Tag": tag_list(rule.tags) or None,
        "Expiration": expiration(rule, "Date"), "Transition": transitions(rule) or None,
        "AbortIncompleteMultipartUpload":
            {"DaysAfterInitiation": rule.abort_days} if rule.abort_days is not None else None,
    }  # fmt: skip


def _read_headers(record: Object) -> Head:
    return [] if record.attributes.storage_class else [(b"x-tos-storage-class", b"STANDARD")]


def _object_entry(record: Object) -> Document:
    kind = (
        "Symlink" if record.attributes.link is not None else "Appendable" if record.attributes.appendable else "Normal"
    )
    return {"HashCrc64ecma": str(record.crc64 or 0), "Type": kind}


def _user_meta(record: Object) -> Document:
    """What a listing tells of metadata: what headers tell, which SDKs have percent-encoded themselves."""
    return {"UserMeta": [{"Key": name, "Value": value} for name, value in record.attributes.metadata.items()]}


def flavour(settings: StorageSettings) -> Flavour:
    """TOS as a flavour of the family."""
    region = settings.tos_region

    def listed_bucket(request: Request, bucket: Bucket) -> Document:
        return bucket_entry(bucket.name, bucket, region) | {
            "ExtranetEndpoint": request.authority, "IntranetEndpoint": request.authority, "ProjectName": "default",
            "BucketType": "fns",
        }  # fmt: skip

    def location(request: Request) -> tuple[str, Document]:
        endpoint = request.authority
        return "Location", {"Region": region, "ExtranetEndpoint": endpoint, "IntranetEndpoint": endpoint}

    return Flavour(
        name=TOS,
        prefix="x-tos-",
        region=region,
        schemes=(scoped.TOS4_HEADER, scoped.TOS4_QUERY, scoped.TOS4_FORM),
        faults=FAULTS,
        addressing=Addressing(endpoint=ENDPOINTS[TOS], copy_source=blank_source, link_target=blank_name),
        operations=Operations(
            routes=routes.ROUTES,
            known=KNOWN,
            anywhere=ANYWHERE,
            defaults=DEFAULTS,
            unsupported=UNSUPPORTED,
            refused_headers=REFUSED_HEADERS,
        ),
        encryption=Encryptions(not_here=KEY_SERVICES),
        uploads=Uploads(names_parts=True, self_copy=True, any_part_order=True),
        forms=Forms(fields=FORM_FIELDS, strict=False, pinned=("acl", "x-tos-acl", "x-tos-grant-"), at_keys=True,
            any_file_name=True,
        ),
        objects=Objects(
            storage_classes=CLASSES - {STANDARD},
            archive_classes=ARCHIVED,
            bucket_class=class_of,
            kinds={"Appendable": "Appendable", "Symlink": "Symlink"},
            append_position="offset",
            link_size="symlink-target-size",
            content_type="binary/octet-stream",
            redirects=True,
            own_days=True,
            tells_expiry=True,
            read_headers=_read_headers,
        ),
        listings=Listings(bucket_entry=listed_bucket, object_entry=_object_entry, metadata=_user_meta),
        documents=Documents(
            write=write_json, read=read_json, location=location, owner=user_owner, acl=_acl,
            lifecycle_rule=_lifecycle_rule,
        ),
        replies=Replies(
            common=_common, error=_error, error_headers=_error_headers, bucket_headers=bucket_headers,
        ),
    )  # fmt: skip


def tos(storage: StorageSettings, domains: tuple[str, ...], clock: Clock, answers: Answering | None) -> Dialect[Place]:
    """The dialect; ``answers`` asks applications when an upload wants that."""
    dialect = s3like(flavour(storage), storage, domains, clock, unwrap=unwrap, answers=answers)
    return replace(dialect, bind=policy_url.bind)
