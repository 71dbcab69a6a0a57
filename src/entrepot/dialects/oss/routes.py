"""What OSS understands beside the family: bucketInfo, stat, objectMeta, append, links, and buckets made again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from entrepot.core import operations as ops
from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Usage
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.dialects.s3like.address.place import Place, find_bucket
from entrepot.dialects.s3like.family import ROUTES
from entrepot.dialects.s3like.flavour import Document, Route, Routes
from entrepot.dialects.s3like.operations import buckets, objects, versions
from entrepot.dialects.s3like.operations.listing import iso
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.http import Request, Response

_META_HEADERS = frozenset({
    b"etag", b"content-length", b"last-modified", b"x-oss-hash-crc64ecma", b"x-oss-request-id", b"x-oss-server-time"
})  # fmt: skip


def bucket_entry(request: Request, bucket: Bucket, region: str) -> dict[str, Any]:
    """A bucket as listings show it. The endpoints are the one at which it was asked for."""
    endpoint = request.authority.removeprefix(f"{bucket.name}.")
    return {
        "CreationDate": iso(bucket.created_at), "ExtranetEndpoint": endpoint, "IntranetEndpoint": endpoint,
        "Location": f"oss-{region}", "Name": bucket.name, "Region": region, "StorageClass": "Standard",
    }  # fmt: skip


_WITHOUT = {
    "AccessMonitor": "Disabled", "TransferAcceleration": "Disabled", "CrossRegionReplication": "Disabled",
    "BlockPublicAccess": False, "ResourceGroupId": "", "HierarchicalNamespace": "Disabled",
    "ServerSideEncryptionRule": {"SSEAlgorithm": "None"}, "BucketPolicy": {"LogBucket": "", "LogPrefix": ""},
}  # fmt: skip
"""What the description of a bucket says of all that buckets never have; SDKs dereference most of it."""

_CLASSES = ("InfrequentAccess", "Archive", "ColdArchive", "DeepColdArchive")


def _measured(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """Bytes, objects and unfinished uploads. All is kept in one tier, whatever class an object is labelled with."""
    assert isinstance(result, Usage)  # noqa: S101 - this route's own result
    content: Document = {
        "Storage": result.bytes, "ObjectCount": result.objects, "MultipartUploadCount": result.uploads,
        "LiveChannelCount": 0, "LastModifiedTime": 0, "StandardStorage": result.bytes,
        "StandardObjectCount": result.objects,
        **{f"{name}{what}": 0 for name in _CLASSES for what in ("Storage", "RealStorage", "ObjectCount")},
        "MultipartPartCount": 0, "DeleteMarkerCount": 0,
    }  # fmt: skip
    return reply.document(request, place, "BucketStat", content)


async def _create(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """Making a bucket of one's own again is fine, and sets its ACL when one is named."""
    own = find_bucket(place.reader, place.bucket_text or "", place.account)
    wanted = await buckets.create(request, place, intake)
    if own is None or own.account != place.account or not isinstance(wanted, ops.CreateBucket):
        return wanted
    acl = objects.acl_header(request, place)
    if acl is None:
        return ops.StatBucket(bucket=own)
    return ops.UpdateBucket(
        right=Right.UPDATE_BUCKET_ACL, bucket=own, change=lambda settings: replace(settings, acl=acl)
    )


async def _head_meta(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    return ops.StatObject(bucket=place.existing_bucket(), key=place.key, directory=False, link=True)


def _meta(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
    whole = objects.served(request, place, op, result)
    return Response(status=200, headers=[(name, value) for name, value in whole.headers if name in _META_HEADERS])


async def _info(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """For its owner's account alone, whatever is public: it tells the ACL, which others may not read either."""
    if place.existing_bucket().account != place.account:
        raise Fault(Kind.ACCESS_DENIED, "everything that is known of a bucket is for its owner")
    return await buckets.stat(request, place, intake)


def _info_of(region: str) -> Route[Place]:
    def encode(request: Request, place: Place, _op: ops.Operation, _result: Result) -> Response:
        bucket = place.existing_bucket()
        content: Document = bucket_entry(request, bucket, region) | {
            "Owner": reply.owner_of(place),
            "AccessControlList": {"Grant": bucket.settings.acl.value},
            "DataRedundancyType": "LRS",
            "Comment": "",
            **_WITHOUT,
        }
        return reply.document(request, place, "BucketInfo", {"Bucket": content})

    return Route(decode=_info, encode=encode, about="everything that is known of the bucket")


_META = Route(decode=_head_meta, encode=_meta, about="length, entity tag and time of an object, without more")


def routes(region: str) -> Routes[Place]:
    """The routes of OSS."""
    return ROUTES | {
        ("bucket", "PUT", ""): Route(decode=_create, encode=buckets.created, about="make a bucket, or one's own again"),
        ("bucket", "GET", "bucketInfo"): _info_of(region),
        ("bucket", "GET", "stat"): Route(decode=buckets.measure, encode=_measured, about="how much is in the bucket"),
        ("bucket", "GET", "versions"): versions.LIST_VERSIONS,
        ("object", "HEAD", "objectMeta"): _META,
        ("object", "GET", "objectMeta"): _META,
        ("object", "POST", "append"): objects.APPEND,
        ("object", "PUT", "symlink"): objects.PUT_LINK,
        ("object", "GET", "symlink"): objects.GET_LINK,
    }
