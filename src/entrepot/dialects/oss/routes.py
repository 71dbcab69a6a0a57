"""What OSS understands beside the family: bucketInfo, stat, objectMeta, append, links, and buckets made again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from entrepot.core import operations as ops
from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.core.value import changed
from entrepot.dialects.s3like.address.place import Place, find_bucket
from entrepot.dialects.s3like.family import ROUTES
from entrepot.dialects.s3like.flavour import Document, Route, Routes
from entrepot.dialects.s3like.operations import buckets, deletion, objects, versions
from entrepot.dialects.s3like.operations.listing import iso
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.http import Request, Response

_META_HEADERS = frozenset({b"etag", b"content-length", b"last-modified", b"x-oss-request-id", b"x-oss-server-time"})


def bucket_entry(request: Request, bucket: Bucket, region: str) -> dict[str, Any]:
    """A bucket as listings show it. The endpoints are the one at which it was asked for."""
    return {
        "CreationDate": iso(bucket.created_at), "ExtranetEndpoint": request.authority,
        "IntranetEndpoint": request.authority, "Location": f"oss-{region}", "Name": bucket.name, "Region": region,
        "StorageClass": "Standard",
    }  # fmt: skip


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


async def _delete_many(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """All names or none: no SDK of this cloud looks for refusals of single ones in the reply."""
    op = await deletion.delete_many(request, place, intake)
    return changed(op, together=True)


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
        }
        return reply.document(request, place, "BucketInfo", {"Bucket": content})

    return Route(decode=_info, encode=encode, about="everything that is known of the bucket")


_META = Route(decode=_head_meta, encode=_meta, about="length, entity tag and time of an object, without more")


def routes(region: str) -> Routes[Place]:
    """The routes of OSS."""
    return ROUTES | {
        ("bucket", "PUT", ""): Route(decode=_create, encode=buckets.created, about="make a bucket, or one's own again"),
        ("bucket", "POST", "delete"): Route(
            decode=_delete_many, encode=deletion.deleted_many, about="delete up to 1,000 objects, all or none"
        ),
        ("bucket", "GET", "bucketInfo"): _info_of(region),
        ("bucket", "GET", "stat"): buckets.MEASURE,
        ("bucket", "GET", "versions"): versions.LIST_VERSIONS,
        ("object", "HEAD", "objectMeta"): _META,
        ("object", "GET", "objectMeta"): _META,
        ("object", "POST", "append"): objects.APPEND,
        ("object", "PUT", "symlink"): objects.PUT_LINK,
        ("object", "GET", "symlink"): objects.GET_LINK,
    }
