"""Buckets as TOS makes and shows them: what a creation may ask for, where they are, what they are, how much is in them.

Every bucket is flat and in the default project; a request that asks for another kind is refused. Storage class and
redundancy are labels: kept and given back, the class also as that of what is stored without one. Source: the SDKs
(tests/vectors/sdk_operations/tos.json), wire facts of Volcengine §3.9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from entrepot.core import operations as ops
from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Usage
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.core.value import changed
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Document, Head, Route
from entrepot.dialects.s3like.flavour.route import Decode
from entrepot.dialects.s3like.operations import buckets
from entrepot.dialects.s3like.operations.configuration import done, stat
from entrepot.dialects.s3like.operations.listing import iso
from entrepot.dialects.s3like.operations.object_headers import tags_of_text
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.http import Request, Response

HOLDS: Final[Mapping[str, str]] = {"bucket-type": "fns", "project-name": "default"}
"""What every bucket is, by the headers that ask for it and tell it."""
STANDARD: Final = "STANDARD"
ARCHIVED: Final = frozenset({"ARCHIVE", "COLD_ARCHIVE", "DEEP_COLD_ARCHIVE"})
"""Labels of what is restored before it is read; ARCHIVE_FR ("flash recovery") is read at once (wire facts §3.10)."""
CLASSES: Final = ARCHIVED | {STANDARD, "IA", "INTELLIGENT_TIERING", "ARCHIVE_FR"}
_LABELS: Final[Mapping[str, frozenset[str]]] = {
    "storage-class": CLASSES, "az-redundancy": frozenset({"single-az", "multi-az"}),
}  # fmt: skip
"""What a creation may label its bucket with, by the header that says and tells it."""
_UNLABELLED: Final[Mapping[str, str]] = {"storage-class": STANDARD, "az-redundancy": "single-az"}


def label_of(bucket: Bucket, name: str) -> str:
    """A bucket's label."""
    return bucket.settings.labels.get(f"tos:{name}", _UNLABELLED[name])


def class_of(bucket: Bucket) -> str:
    """The class of what is stored without one; empty for the standard one."""
    return "" if (label := label_of(bucket, "storage-class")) == STANDARD else label


def bucket_headers(bucket: Bucket) -> Head:
    """What HEAD tells of a bucket."""
    told = {**HOLDS, **{name: label_of(bucket, name) for name in _LABELS}}
    return [(f"x-tos-{name}".encode(), value.encode()) for name, value in told.items()]


def _labels(request: Request, place: Place) -> dict[str, str]:
    """The labels that a creation asks for. Raises Fault PARAMETER_INVALID."""
    found = {}
    for name, values in _LABELS.items():
        header = place.flavour.prefix + name
        asked = request.header(header.encode())
        if not asked:
            continue
        if asked not in values:
            raise Fault(
                Kind.PARAMETER_INVALID, f"{header} is {asked[:40]!r}; it must be one of {', '.join(sorted(values))}",
                argument=header, value=asked[:100],
            )  # fmt: skip
        found[f"tos:{name}"] = asked
    return found


def usual(decode: Decode[Place]) -> Decode[Place]:
    """The same, for requests that ask for nothing but what every bucket is."""

    async def checked(request: Request, place: Place, intake: Intake) -> ops.Operation:
        for name, value in HOLDS.items():
            header = place.flavour.prefix + name
            asked = request.header(header.encode())
            if asked and asked != value:
                raise Fault(
                    Kind.NOT_IMPLEMENTED, f"{header} is {asked[:40]!r}; every bucket is {value}",
                    reason="header", header=header,
                )  # fmt: skip
        return await decode(request, place, intake)

    return checked


async def _create(request: Request, place: Place, intake: Intake) -> ops.Operation:
    made = await buckets.create(request, place, intake)
    assert isinstance(made, ops.CreateBucket)  # noqa: S101 - making a bucket is nothing else
    tags = tags_of_text(request.header(place.flavour.header("tagging")))
    return changed(made, settings=replace(made.settings, tags=tags, labels=_labels(request, place)))


async def _relabel(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Another class for what is stored from now on without one; objects keep theirs."""
    labels = _labels(request, place)
    if not labels:
        header = place.flavour.prefix + "storage-class"
        raise Fault(Kind.PARAMETER_MISSING, f"{header} is missing", argument=header)
    return ops.UpdateBucket(
        right=Right.UPDATE_LABELS,
        bucket=place.existing_bucket(),
        change=lambda settings: replace(settings, labels={**settings.labels, **labels}),
    )


def _endpoint(request: Request, place: Place) -> str:
    """Where the service is: without the bucket before it."""
    return request.authority.removeprefix(f"{place.bucket_text}.")


def _located(request: Request, place: Place, _op: ops.Operation, _result: Result) -> Response:
    endpoint = _endpoint(request, place)
    content = {"Region": place.flavour.region, "ExtranetEndpoint": endpoint, "IntranetEndpoint": endpoint}
    return reply.document(request, place, "Location", content)


def _informed(request: Request, place: Place, _op: ops.Operation, _result: Result) -> Response:
    bucket, endpoint = place.existing_bucket(), _endpoint(request, place)
    content: dict[str, Any] = {
        "Name": bucket.name, "Owner": reply.owner_of(place), "CreationDate": iso(bucket.created_at),
        "Location": place.flavour.region, "StorageClass": label_of(bucket, "storage-class"),
        "ProjectName": HOLDS["project-name"], "Type": HOLDS["bucket-type"],
        "AzRedundancy": label_of(bucket, "az-redundancy"),
        "ExtranetEndpoint": endpoint, "IntranetEndpoint": endpoint, "ExtranetS3Endpoint": endpoint,
        "IntranetS3Endpoint": endpoint, "CrossRegionReplication": "Disabled", "TransferAcceleration": "Disabled",
        "AccessMonitor": "Disabled",
        "ServerSideEncryptionConfiguration": _ENCRYPTED if bucket.settings.encryption else None,
    }  # fmt: skip
    return reply.document(request, place, "BucketInfo", {"Bucket": content})


_ENCRYPTED: Final = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}


async def _measure(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    return ops.MeasureBucket(bucket=place.existing_bucket())


def _measured(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    assert isinstance(result, Usage)  # noqa: S101 - this route's own result
    held: Document = {"Storage": result.bytes, "ChargeStorage": result.bytes, "ObjectCount": result.objects}
    nothing: Document = dict.fromkeys(held, 0)
    content: Document = {
        "TotalStorageStat": held, "StandardStorageStat": dict(held),
        **{f"{name}StorageStat": dict(nothing) for name in _FURTHER_CLASSES},
        "IntelligentTieringStorageStats": {f"{name}StorageStat": dict(nothing) for name in _TIERS},
    }  # fmt: skip
    return reply.document(request, place, "BucketStat", content)


_FURTHER_CLASSES: Final = ("IA", "ArchiveFr", "Archive", "ColdArchive", "DeepColdArchive")
_TIERS: Final = ("HighFreq", "LowFreq", "ArchiveFr")
"""All is kept in one tier, whatever class an object is labelled with. Source: what the SDKs read."""


LIST = replace(buckets.LIST, decode=usual(buckets.LIST.decode))
CREATE = replace(buckets.CREATE, decode=usual(_create))
HEAD = replace(buckets.HEAD, decode=usual(buckets.HEAD.decode))
LOCATE = replace(buckets.LOCATION, encode=_located)
RELABEL = Route(decode=_relabel, encode=done(200), about="set the storage class of what is stored without one")
INFORM = Route(decode=stat(Right.STAT_BUCKET), encode=_informed, about="what the bucket is")
MEASURE = Route(decode=_measure, encode=_measured, about="how much is in the bucket")
