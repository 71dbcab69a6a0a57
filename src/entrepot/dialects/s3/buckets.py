"""Buckets as S3 makes and shows them: what a creation may ask for, where they are, and their tags.

Labels (the location that was asked for, who owns objects) are kept and given back and change nothing here.
Source: AWS "CreateBucket", "GetBucketLocation", "PutBucketTagging", "PutBucketOwnershipControls"; botocore's model;
LocalStack's tests recorded at AWS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

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
from entrepot.dialects.s3like.operations import buckets
from entrepot.dialects.s3like.operations.configuration import done, stat, tags_of_nodes
from entrepot.dialects.s3like.operations.listing import document_of
from entrepot.dialects.s3like.operations.objects import acl_header
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.documents import Node
from entrepot.wire.http import Request, Response
from entrepot.wire.xml import read

LOCATION: Final = "s3:location"
OWNERSHIP: Final = "s3:object-ownership"
OWNERSHIPS: Final = frozenset({"BucketOwnerPreferred", "ObjectWriter"})
"""Both leave ACLs in force, as they are here. BucketOwnerEnforced would switch them off."""
FIRST_REGION: Final = "us-east-1"
_REGION = re.compile(r"(?:EU|[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d)", re.ASCII)
_BUCKETS_MAX: Final = 10_000
_DOCUMENT_MAX: Final = 64 * 1024


async def create(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Make a bucket in the signer's account; one's own again is fine in the first region, as it ever was there."""
    if place.account is None:
        raise Fault(Kind.SIGNATURE_MISSING, "making a bucket needs a signature")
    labels, tags = await _wanted(request, place)
    name = check_bucket_name(bare_name(place.bucket_text or "", place.account), dots=True)
    acl = acl_header(request, place)
    own = place.reader.bucket(place.account, name)
    if own is None:
        taken = place.reader.bucket_named(name)
        if taken is not None:
            raise Fault(Kind.BUCKET_EXISTS, f"the bucket {name!r} is another account's", bucket=name)
        settings = BucketSettings(acl=acl or Acl.PRIVATE, acl_of_objects=False, labels=labels, tags=tags)
        return ops.CreateBucket(account=place.account, name=name, settings=settings)
    other = OWNERSHIP in labels and labels[OWNERSHIP] != own.settings.labels.get(OWNERSHIP)
    if labels.get(LOCATION, place.flavour.region) != FIRST_REGION or tags or other:
        raise Fault(Kind.BUCKET_EXISTS, f"the bucket {name!r} exists already", reason="own", bucket=name)
    if acl is None:
        return ops.StatBucket(right=Right.CREATE_BUCKET, bucket=own)
    return ops.UpdateBucket(
        right=Right.UPDATE_BUCKET_ACL,
        bucket=own,
        change=lambda settings: replace(settings, acl=acl, acl_of_objects=False),
    )


async def _wanted(request: Request, place: Place) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Labels and tags that the headers and the document ask for. Raises Fault PARAMETER_INVALID, NOT_IMPLEMENTED."""
    labels: dict[str, str] = {}
    lock = request.header(b"x-amz-bucket-object-lock-enabled")
    if lock is not None and lock.lower() != "false":
        raise Fault(
            Kind.NOT_IMPLEMENTED, "buckets have no object lock here",
            reason="header", header="x-amz-bucket-object-lock-enabled",
        )  # fmt: skip
    ownership = request.header(b"x-amz-object-ownership")
    if ownership is not None:
        labels[OWNERSHIP] = check_ownership(ownership)
    body = await read(request.body, _DOCUMENT_MAX)
    if not body:
        return labels, {}
    node = place.flavour.documents.read(body, place.known.shapes)
    location = node.value("LocationConstraint")
    if location is not None and location not in {"", place.flavour.region}:
        if not _REGION.fullmatch(location):
            raise Fault(
                Kind.PARAMETER_INVALID, f"the specified location-constraint {location[:40]!r} is not valid",
                reason="location", location=location[:100],
            )  # fmt: skip
        labels[LOCATION] = location
    tags = node.first("Tags")
    return labels, tags_of_nodes(tags.all("Tag")) if tags is not None else {}


def check_ownership(text: str) -> str:
    """Who owns objects. Raises Fault PARAMETER_INVALID, NOT_IMPLEMENTED."""
    if text == "BucketOwnerEnforced":
        raise Fault(
            Kind.NOT_IMPLEMENTED, "ACLs cannot be switched off here; ask for BucketOwnerPreferred or ObjectWriter",
            reason="header", header="x-amz-object-ownership",
        )  # fmt: skip
    if text not in OWNERSHIPS:
        raise Fault(Kind.PARAMETER_INVALID, f"{text[:40]!r} is no object ownership", argument="x-amz-object-ownership")
    return text


def _bucket_of(result: Result) -> Bucket:
    assert isinstance(result, Bucket)  # noqa: S101 - these routes ask for the bucket
    return result


def region_of(bucket: Bucket, region: str) -> str:
    """Where a bucket is: as its maker said, else where all are."""
    asked = bucket.settings.labels.get(LOCATION, region)
    return "eu-west-1" if asked == "EU" else asked


def located(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """The location, empty for the first region."""
    asked = _bucket_of(result).settings.labels.get(LOCATION, place.flavour.region)
    return reply.document(request, place, "LocationConstraint", "" if asked == FIRST_REGION else asked)


def headed(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """That it is there, and where."""
    bucket = _bucket_of(result)
    head = [
        (b"x-amz-bucket-region", region_of(bucket, place.flavour.region).encode()),
        (b"x-amz-bucket-arn", f"arn:aws:s3:::{bucket.name}".encode()),
        *place.flavour.replies.bucket_headers(place.existing_bucket()),
    ]
    return reply.empty(request, place, 200, head)


def created(request: Request, place: Place, _op: ops.Operation, _result: Result) -> Response:
    """Where it is, and how policies name it."""
    name = place.bucket_text or ""
    head = [(b"location", b"/" + name.encode()), (b"x-amz-bucket-arn", f"arn:aws:s3:::{name}".encode())]
    return reply.empty(request, place, 200, head)


# -- ownership ---------------------------------------------------------------------------------------------------------


def labelled(settings: BucketSettings, name: str, value: str | None) -> BucketSettings:
    """The settings with a label, or without it."""
    labels = {key: text for key, text in settings.labels.items() if key != name}
    return replace(settings, labels=labels if value is None else {**labels, name: value})


def ownership_of(node: Node) -> str:
    """The one rule of a document. Raises Fault MALFORMED, NOT_IMPLEMENTED."""
    rules = node.all("Rule")
    text = rules[0].value("ObjectOwnership") if len(rules) == 1 else None
    if text is None or text not in {*OWNERSHIPS, "BucketOwnerEnforced"}:
        raise Fault(Kind.MALFORMED, "the document must have one rule, which names an object ownership", reason="xml")
    return check_ownership(text)


def ownership(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """Who owns objects, where that was said."""
    text = _bucket_of(result).settings.labels.get(OWNERSHIP)
    if text is None:
        raise Fault(Kind.CONFIGURATION_MISSING, "the bucket has no ownership controls", reason="ownership")
    content: dict[str, Any] = {"Rule": {"ObjectOwnership": text}}
    return reply.document(request, place, "OwnershipControls", content)


async def _put_ownership(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    bucket = place.existing_bucket()
    text = ownership_of(await document_of(request, place))
    return ops.UpdateBucket(
        right=Right.UPDATE_LABELS, bucket=bucket, change=lambda settings: labelled(settings, OWNERSHIP, text)
    )


async def _delete_ownership(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    bucket = place.existing_bucket()
    return ops.UpdateBucket(
        right=Right.UPDATE_LABELS, bucket=bucket, change=lambda settings: labelled(settings, OWNERSHIP, None)
    )


# -- list --------------------------------------------------------------------------------------------------------------


async def list_buckets(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """The signer's buckets, all of them where it is not said how many."""
    wanted = await buckets.list_buckets(request, place, intake)
    assert isinstance(wanted, ops.ListBuckets)  # noqa: S101 - it makes one
    limit = place.number("max-buckets", _BUCKETS_MAX)
    if not 1 <= limit <= _BUCKETS_MAX:
        raise Fault(
            Kind.PARAMETER_INVALID, f"max-buckets is {limit}; it must be from 1 to {_BUCKETS_MAX}",
            argument="max-buckets", value=str(limit),
        )  # fmt: skip
    return changed(wanted, limit=_BUCKETS_MAX)


def listed_buckets(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """A page of them; what is asked for is chosen before the page is cut."""
    assert isinstance(result, list)  # noqa: S101 - this route's own result
    region, prefix = place.query.get("bucket-region"), place.query.get("prefix", "")
    found = [
        bucket
        for bucket in result
        if isinstance(bucket, Bucket)
        and bucket.name.startswith(prefix)
        and region in {None, "", region_of(bucket, place.flavour.region)}
    ]
    limit = place.number("max-buckets", _BUCKETS_MAX)
    shown, more = found[:limit], len(found) > limit
    content: dict[str, Any] = {
        "Owner": reply.owner_of(place),
        "Buckets": {"Bucket": [place.flavour.listings.bucket_entry(request, bucket) for bucket in shown]},
        "ContinuationToken": shown[-1].name if more else None,
        "Prefix": prefix or None,
    }
    return reply.document(request, place, "ListAllMyBucketsResult", content)


async def _delete(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Only objects must be gone: uploads under way go with the bucket, as at AWS."""
    return ops.DeleteBucket(bucket=place.existing_bucket(), uploads_too=True)


DELETE = Route(decode=_delete, encode=buckets.deleted, about="remove an empty bucket, and uploads under way in it")
PUT_OWNERSHIP = Route(decode=_put_ownership, encode=done(200), about="say who owns objects, which is a label")
GET_OWNERSHIP = Route(decode=stat(Right.READ_CONFIGURATION), encode=ownership, about="who owns objects")
DELETE_OWNERSHIP = Route(decode=_delete_ownership, encode=done(204), about="forget who owns objects")
LIST = Route(decode=list_buckets, encode=listed_buckets, about="list the signer's buckets")
CREATE = Route(decode=create, encode=created, about="make a bucket; its location and object ownership are labels")
HEAD = Route(decode=buckets.stat, encode=headed, about="ask whether a bucket is there, and where")
LOCATE = Route(decode=stat(Right.READ_LOCATION), encode=located, about="the location that the bucket was made with")
