"""The listing of versions, in buckets that keep one version of each object: every object is its own latest.

The same walk as the other listings, at the same cost. Source: AWS "ListObjectVersions", "How S3 Versioning works"
(objects of buckets without versioning have the version id null); LocalStack's tests recorded at AWS.
"""

from __future__ import annotations

from typing import Any

from entrepot.core import operations as ops
from entrepot.core.facts.names import KEY_MAX_BYTES
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.keys import KeysPage
from entrepot.core.store import Result
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Route
from entrepot.dialects.s3like.operations.listing import (
    entry_of,
    metadata_of,
    object_owner,
    page_size,
    restorations_of,
    spelling,
)
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.http import Request, Response

_NULL = "null"
"""What the clouds call the version of an object that was stored without versioning."""


async def list_versions(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """One page of a bucket."""
    spelling(place)
    metadata_of(place)
    query = place.query
    for name in ("prefix", "delimiter", "key-marker"):
        if len(query.get(name, "").encode()) > KEY_MAX_BYTES:
            raise Fault(Kind.PARAMETER_INVALID, f"{name} is longer than a key can be", argument=name)
    marker, version = query.get("key-marker", ""), query.get("version-id-marker", "")
    if version and not marker:
        raise Fault(
            Kind.PARAMETER_INVALID, "a version-id-marker cannot be specified without a key-marker",
            argument="version-id-marker", value=version[:100],
        )  # fmt: skip
    if version not in {"", _NULL}:
        raise Fault(
            Kind.PARAMETER_INVALID, f"there is no version {version[:40]!r}: this bucket keeps none",
            reason="version", argument="version-id-marker", value=version[:100],
        )  # fmt: skip
    return ops.ListObjects(
        bucket=place.existing_bucket(), prefix=query.get("prefix", ""), delimiter=query.get("delimiter", ""),
        after=marker or None, limit=page_size(place, "max-keys"),
        versions=True,
    )  # fmt: skip


def listed_versions(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
    """A page, with one version of each object."""
    assert isinstance(result, KeysPage)  # noqa: S101
    assert isinstance(op, ops.ListObjects)  # noqa: S101 - this route's own operation and its result
    encoding, spelt = spelling(place)
    flavour, query = place.flavour, place.query
    meta, opened = metadata_of(place), restorations_of(request, flavour)
    owner = object_owner(place)
    resume = result.resume
    nothing = "" if flavour.listings.empty_members else None
    of_prefix = resume is not None and bool(result.prefixes) and resume == result.prefixes[-1]
    content: dict[str, Any] = {
        "Name": flavour.addressing.bucket_name(op.bucket), "Prefix": spelt(op.prefix),
        "KeyMarker": spelt(query.get("key-marker", "")), "VersionIdMarker": query.get("version-id-marker", ""),
        "NextKeyMarker": nothing if resume is None else spelt(resume),
        "NextVersionIdMarker": nothing if resume is None or of_prefix else _NULL,
        "MaxKeys": op.limit, "Delimiter": spelt(op.delimiter) if op.delimiter else nothing, "EncodingType": encoding,
        "IsTruncated": resume is not None,
        "Version": [
            {"VersionId": _NULL, "IsLatest": True, **entry_of(flavour, record, spelt, owner), **meta(record),
             **opened(record)}
            for record in result.records
        ],
        "CommonPrefixes": [{"Prefix": spelt(prefix)} for prefix in result.prefixes],
    }  # fmt: skip
    return reply.document(request, place, "ListVersionsResult", content)


LIST_VERSIONS = Route(decode=list_versions, encode=listed_versions, about="list objects with their one version, null")
