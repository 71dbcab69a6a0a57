"""Buckets and the service: list, create, head, location, delete, usage.

Source: wire facts of Tencent §7.6, Alibaba §5.5, Volcengine §3.9; AWS "CreateBucket", "ListBuckets".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from entrepot.core import operations as ops
from entrepot.core.facts.names import check_bucket_name
from entrepot.core.facts.records import Acl, Bucket, BucketSettings
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.core.value import changed
from entrepot.dialects.s3like.address.place import Place, bare_name
from entrepot.dialects.s3like.flavour import Route
from entrepot.dialects.s3like.operations.listing import iso, page_size
from entrepot.dialects.s3like.operations.objects import acl_header
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.http import Request, Response
from entrepot.wire.xml import read

_CONFIGURATION_MAX = 64 * 1024


async def list_buckets(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """The signer's buckets."""
    if place.account is None:
        raise Fault(Kind.SIGNATURE_MISSING, "listing buckets needs a signature")
    marker = place.query.get("marker") or place.query.get("continuation-token")
    return ops.ListBuckets(
        account=place.account, after=marker or None, limit=page_size(place, _limit_name(place)),
        prefix=place.query.get("prefix", ""),
    )  # fmt: skip


def _limit_name(place: Place) -> str:
    return "max-buckets" if "max-buckets" in place.query else "max-keys"


def listed_buckets(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
    """Their names, places and dates."""
    assert isinstance(op, ops.ListBuckets)  # noqa: S101
    assert isinstance(result, list)  # noqa: S101 - this route's own operation and its result
    flavour = place.flavour
    buckets = [bucket for bucket in result if isinstance(bucket, Bucket)]
    shown = buckets[: op.limit]
    prefix = place.query.get("prefix", "")
    more = len(buckets) > op.limit
    content: dict[str, Any] = {
        "Prefix": prefix or None,
        "Marker": place.query.get("marker") or None,
        "MaxKeys": op.limit if "max-keys" in place.query else None,
        "IsTruncated": more if more or "max-keys" in place.query else None,
        "NextMarker": shown[-1].name if more else None,
        "ContinuationToken": shown[-1].name if more and "max-buckets" in place.query else None,
        "Owner": reply.owner_of(place),
        "Buckets": {"Bucket": [flavour.listings.bucket_entry(request, bucket) for bucket in shown]},
    }
    return reply.document(request, place, "ListAllMyBucketsResult", content)


def listing(choice: Callable[[Request, Place], Callable[[Bucket], bool] | None]) -> Route[Place]:
    """A listing of those buckets that the request chooses, which are looked for among all of the signer's.

    ``choice`` tells which, or None where the request chooses by name alone.
    """

    async def decode(request: Request, place: Place, intake: Intake) -> ops.Operation:
        wanted = await list_buckets(request, place, intake)
        return wanted if choice(request, place) is None else changed(wanted, limit=_BUCKETS_MAX)

    def encode(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
        chosen = choice(request, place)
        if chosen is None:
            return listed_buckets(request, place, op, result)
        assert isinstance(result, list)  # noqa: S101 - this route's own result
        found = [bucket for bucket in result if isinstance(bucket, Bucket) and chosen(bucket)]
        return listed_buckets(request, place, changed(op, limit=page_size(place, _limit_name(place))), found)

    return Route(decode=decode, encode=encode, about="list the signer's buckets, all or those with a tag")


_BUCKETS_MAX = 10_000
"""More than an account of the clouds can have."""


def bucket_entry(name: str, bucket: Bucket, location: str) -> dict[str, Any]:
    """What every cloud says of a bucket in a listing."""
    return {"Name": name, "Location": location, "CreationDate": iso(bucket.created_at)}


async def create(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Make a bucket in the signer's account. What the document asks for (a region, a class) is one server's choice."""
    if place.account is None:
        raise Fault(Kind.SIGNATURE_MISSING, "making a bucket needs a signature")
    body = await read(request.body, _CONFIGURATION_MAX)
    if body:
        place.flavour.documents.read(body, place.known.shapes)
    name = check_bucket_name(bare_name(place.bucket_text or "", place.account))
    acl = acl_header(request, place) or Acl.PRIVATE
    settings = BucketSettings(acl=acl, acl_of_objects=place.flavour.objects.bucket_acl)
    return ops.CreateBucket(account=place.account, name=name, settings=settings)


def created(request: Request, place: Place, _op: ops.Operation, _result: Result) -> Response:
    """Where it is."""
    return reply.empty(request, place, 200, [(b"location", b"/" + (place.bucket_text or "").encode())])


async def stat(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Ask for a bucket itself."""
    return ops.StatBucket(bucket=place.existing_bucket())


async def _stat_location(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    return ops.StatBucket(right=Right.READ_LOCATION, bucket=place.existing_bucket())


def headed(request: Request, place: Place, _op: ops.Operation, _result: Result) -> Response:
    """That it is there, and where."""
    flavour = place.flavour
    head = [
        (flavour.header("bucket-region"), flavour.region.encode()),
        *flavour.replies.bucket_headers(place.existing_bucket()),
    ]
    return reply.empty(request, place, 200, head)


async def delete(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Remove an empty bucket."""
    return ops.DeleteBucket(bucket=place.existing_bucket())


def deleted(request: Request, place: Place, _op: ops.Operation, _result: Result) -> Response:
    """204."""
    return reply.empty(request, place, 204)


def located(request: Request, place: Place, _op: ops.Operation, _result: Result) -> Response:
    """The region."""
    root, content = place.flavour.documents.location(request)
    return reply.document(request, place, root, content)


async def measure(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Ask how much is in a bucket."""
    return ops.MeasureBucket(bucket=place.existing_bucket())


LIST = Route(decode=list_buckets, encode=listed_buckets, about="list the signer's buckets")
CREATE = Route(decode=create, encode=created, about="make a bucket")
HEAD = Route(decode=stat, encode=headed, about="ask whether a bucket is there")
DELETE = Route(decode=delete, encode=deleted, about="remove an empty bucket")
LOCATION = Route(decode=_stat_location, encode=located, about="the bucket's region")
