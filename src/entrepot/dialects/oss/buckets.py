"""Buckets as OSS makes, describes and measures them.

Storage class, redundancy and resource group are labels: kept, given back, and without effect, because everything is
kept in one tier and one group. Source: the cloud's pages "PutBucket", "GetBucketInfo", "GetBucketStat", "PutBucketAcl",
"PutBucketResourceGroup"; what its six SDKs read of the replies (tests/vectors/sdk_operations/oss.json).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from entrepot.core import operations as ops
from entrepot.core.facts.names import check_bucket_name
from entrepot.core.facts.records import Acl, Bucket, BucketSettings
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Usage
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.dialects.s3like.address.place import Place, bare_name
from entrepot.dialects.s3like.flavour import Document, Route
from entrepot.dialects.s3like.operations import buckets
from entrepot.dialects.s3like.operations.acl import asked_acl
from entrepot.dialects.s3like.operations.configuration import done, settings_of, stat
from entrepot.dialects.s3like.operations.listing import document_of, iso
from entrepot.dialects.s3like.operations.object_headers import tags_of_text
from entrepot.dialects.s3like.operations.objects import acl_header
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.http import Request, Response
from entrepot.wire.xml import read

CLASS: Final = "oss:storage-class"
REDUNDANCY: Final = "oss:redundancy"
GROUP: Final = "oss:resource-group"
DEFAULT_GROUP: Final = "rg-default"
"""The resource group of buckets for which none is named: every bucket of the cloud is in one."""
CLASSES: Final = frozenset({"Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"})
ARCHIVED: Final = frozenset({"Archive", "ColdArchive", "DeepColdArchive"})
"""Those of which objects are restored before they are read."""
REDUNDANCIES: Final = frozenset({"LRS", "ZRS"})
_UNLABELLED: Final = {CLASS: "Standard", REDUNDANCY: "LRS", GROUP: DEFAULT_GROUP}
"""What a bucket is of which nothing else was said."""
_DOCUMENT_MAX: Final = 64 * 1024


def class_of(bucket: Bucket) -> str:
    """The class with which a bucket is labelled."""
    return bucket.settings.labels.get(CLASS, _UNLABELLED[CLASS])


# -- making ------------------------------------------------------------------------------------------------------------


async def _create(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Making a bucket of one's own again is fine, and sets its ACL when one is named; its labels stay as they are."""
    if place.account is None:
        raise Fault(Kind.SIGNATURE_MISSING, "making a bucket needs a signature")
    labels = await _labels(request, place)
    tags = tags_of_text(request.header(b"x-oss-bucket-tagging"))
    name = check_bucket_name(bare_name(place.bucket_text or "", place.account))
    acl = acl_header(request, place)
    own = place.reader.bucket(place.account, name)
    if own is None:
        return _made(place, name, BucketSettings(acl=acl or Acl.PRIVATE, labels=labels, tags=tags))
    held = {**_UNLABELLED, **own.settings.labels}
    if any(held[label] != value for label, value in labels.items()) or (tags and tags != own.settings.tags):
        raise Fault(Kind.BUCKET_EXISTS, f"the bucket {name!r} exists already, with other settings", bucket=name)
    if acl is None:
        return ops.StatBucket(right=Right.CREATE_BUCKET, bucket=own)
    return ops.UpdateBucket(
        right=Right.UPDATE_BUCKET_ACL,
        bucket=own,
        change=lambda settings: replace(settings, acl=acl, acl_of_objects=True),
    )


def _made(place: Place, name: str, settings: BucketSettings) -> ops.Operation:
    if place.reader.bucket_named(name) is not None:
        raise Fault(Kind.BUCKET_EXISTS, f"the bucket {name!r} is another account's", bucket=name)
    return ops.CreateBucket(account=place.account or 0, name=name, settings=settings)


def _named(values: frozenset[str]) -> str:
    return ", ".join(sorted(values))


async def _labels(request: Request, place: Place) -> Mapping[str, str]:
    """What headers and document ask for. Raises Fault PARAMETER_INVALID, NOT_IMPLEMENTED."""
    found: dict[str, str] = {}
    group = request.header(b"x-oss-resource-group-id")
    if group:
        found[GROUP] = _group(group)
    if (request.header(b"x-oss-hns-status") or "disabled").lower() != "disabled":
        raise Fault(
            Kind.NOT_IMPLEMENTED, "buckets have no hierarchical namespace here",
            reason="header", header="x-oss-hns-status",
        )  # fmt: skip
    body = await read(request.body, _DOCUMENT_MAX)
    if not body:
        return found
    node = place.flavour.documents.read(body, place.known.shapes)
    storage_class, redundancy = node.value("StorageClass"), node.value("DataRedundancyType")
    if storage_class and storage_class not in CLASSES:
        raise Fault(
            Kind.PARAMETER_INVALID, f"StorageClass is {storage_class[:40]!r}; it must be one of {_named(CLASSES)}",
            reason="storage-class", argument="StorageClass", value=storage_class[:100],
        )  # fmt: skip
    if redundancy and redundancy not in REDUNDANCIES:
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"DataRedundancyType is {redundancy[:40]!r}; it must be one of {_named(REDUNDANCIES)}",
            reason="redundancy", argument="DataRedundancyType", value=redundancy[:100],
        )  # fmt: skip
    found |= {label: value for label, value in ((CLASS, storage_class), (REDUNDANCY, redundancy)) if value}
    location = node.value("LocationConstraint")
    if location and location.removeprefix("oss-") != place.flavour.region:
        raise Fault(
            Kind.PARAMETER_INVALID, f"buckets are in oss-{place.flavour.region}, not in {location[:40]!r}",
            reason="location", argument="LocationConstraint", value=location[:100],
        )  # fmt: skip
    return found


async def _put_acl(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Set the ACL of a bucket, which is made if there is none of this name."""
    acl = await asked_acl(request, place) or Acl.PRIVATE
    if place.bucket is None and place.account is not None:
        return _made(
            place, check_bucket_name(bare_name(place.bucket_text or "", place.account)), BucketSettings(acl=acl)
        )
    return ops.UpdateBucket(
        right=Right.UPDATE_BUCKET_ACL, bucket=place.existing_bucket(),
        change=lambda settings: replace(settings, acl=acl, acl_of_objects=True),
    )  # fmt: skip


# -- listing -----------------------------------------------------------------------------------------------------------


def _chosen(request: Request, place: Place) -> Callable[[Bucket], bool] | None:
    """Which buckets are asked for, by tag and by group; None when all are."""
    key, value = place.query.get("tag-key"), place.query.get("tag-value")
    group = request.header(b"x-oss-resource-group-id")
    if value and not key:
        raise Fault(Kind.PARAMETER_INVALID, "tag-value stands with a tag-key", argument="tag-key")
    if not key and not group:
        return None

    def chosen(bucket: Bucket) -> bool:
        tags, labels = bucket.settings.tags, bucket.settings.labels
        tagged = not key or (key in tags and value in {None, "", tags[key]})
        return tagged and (not group or labels.get(GROUP, DEFAULT_GROUP) == group)

    return chosen


# -- describing --------------------------------------------------------------------------------------------------------


def bucket_entry(request: Request, bucket: Bucket, region: str) -> dict[str, Any]:
    """A bucket as listings show it. The endpoints are the one at which it was asked for, without the bucket."""
    endpoint = request.authority.removeprefix(f"{bucket.name}.")
    return {
        "CreationDate": iso(bucket.created_at), "ExtranetEndpoint": endpoint, "IntranetEndpoint": endpoint,
        "Location": f"oss-{region}", "Name": bucket.name, "Region": region, "StorageClass": class_of(bucket),
        "ResourceGroupId": bucket.settings.labels.get(GROUP, DEFAULT_GROUP), "HierarchicalNamespace": "Disabled",
    }  # fmt: skip


_WITHOUT: Final = {
    "AccessMonitor": "Disabled", "TransferAcceleration": "Disabled", "CrossRegionReplication": "Disabled",
    "BlockPublicAccess": False,
    "BucketPolicy": {"LogBucket": "", "LogPrefix": ""},
}  # fmt: skip
"""What the description of a bucket says of all that buckets never have; SDKs dereference most of it."""


async def _info(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """For its owner's account alone, whatever is public: it tells the ACL, which others may not read either."""
    if place.existing_bucket().account != place.account:
        raise Fault(Kind.ACCESS_DENIED, "everything that is known of a bucket is for its owner")
    return await buckets.stat(request, place, intake)


def _told(request: Request, place: Place, _op: ops.Operation, _result: Result) -> Response:
    bucket = place.existing_bucket()
    content: Document = bucket_entry(request, bucket, place.flavour.region) | {
        "Owner": reply.owner_of(place),
        "AccessControlList": {"Grant": bucket.settings.acl.value},
        "DataRedundancyType": bucket.settings.labels.get(REDUNDANCY, "LRS"),
        "Comment": "",
        "ServerSideEncryptionRule": {"SSEAlgorithm": "AES256" if bucket.settings.encryption else "None"},
        **_WITHOUT,
    }
    return reply.document(request, place, "BucketInfo", {"Bucket": content})


_FURTHER_CLASSES: Final = ("InfrequentAccess", "Archive", "ColdArchive", "DeepColdArchive")


def _measured(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """Bytes, objects and unfinished uploads. All is kept in one tier, whatever class an object is labelled with."""
    assert isinstance(result, Usage)  # noqa: S101 - this route's own result
    content: Document = {
        "Storage": result.bytes, "ObjectCount": result.objects, "MultipartUploadCount": result.uploads,
        "LiveChannelCount": 0, "LastModifiedTime": 0, "StandardStorage": result.bytes,
        "StandardObjectCount": result.objects,
        **{f"{name}{what}": 0 for name in _FURTHER_CLASSES for what in ("Storage", "RealStorage", "ObjectCount")},
        "MultipartPartCount": 0, "DeleteMarkerCount": 0,
    }  # fmt: skip
    return reply.document(request, place, "BucketStat", content)


# -- the resource group ------------------------------------------------------------------------------------------------


def _group(text: str) -> str:
    if not (text.isascii() and text.replace("-", "").isalnum() and len(text) <= 64):
        raise Fault(Kind.PARAMETER_INVALID, f"{text[:40]!r} is no resource group", argument="ResourceGroupId")
    return text


async def _put_group(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    bucket = place.existing_bucket()
    text = (await document_of(request, place)).value("ResourceGroupId") or ""
    kept = {GROUP: _group(text)} if text else {}

    def change(settings: BucketSettings) -> BucketSettings:
        others = {name: value for name, value in settings.labels.items() if name != GROUP}
        return replace(settings, labels={**others, **kept})

    return ops.UpdateBucket(right=Right.UPDATE_LABELS, bucket=bucket, change=change)


def _grouped(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    content = {"ResourceGroupId": settings_of(result).labels.get(GROUP, DEFAULT_GROUP)}
    return reply.document(request, place, "BucketResourceGroupConfiguration", content)


LIST = buckets.listing(_chosen)
CREATE = Route(decode=_create, encode=buckets.created, about="make a bucket, or one's own again")
PUT_ACL = Route(decode=_put_acl, encode=buckets.created, about="set the bucket's ACL, and make one that is missing")
INFO = Route(decode=_info, encode=_told, about="everything that is known of the bucket")
STAT = Route(decode=buckets.measure, encode=_measured, about="how much is in the bucket")
PUT_GROUP = Route(decode=_put_group, encode=done(200), about="set the resource group, which is a label")
GET_GROUP = Route(decode=stat(Right.READ_CONFIGURATION), encode=_grouped, about="the resource group")
