"""Uploads in numbered parts: initiate, part, part copy, list, abort. Completion is in :mod:`completion`.

Source: wire facts of Tencent §7.5, Alibaba §5.4, Volcengine §3.9; AWS "Uploading using multipart upload".
"""

from __future__ import annotations

import re
from typing import Any, Literal

from entrepot.core import operations as ops
from entrepot.core.facts.records import Checksum, Part, Upload
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.keys import UploadsPage
from entrepot.core.rules.multipart import PartsPage
from entrepot.core.rules.sealed import encryption_of
from entrepot.core.store import Result
from entrepot.core.value import changed
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Document, Flavour, Route
from entrepot.dialects.s3like.flavour.names import names_version
from entrepot.dialects.s3like.operations import encryption
from entrepot.dialects.s3like.operations.body import asked_algorithm, take
from entrepot.dialects.s3like.operations.checksums import checksum_text, element_of
from entrepot.dialects.s3like.operations.conditions import on_copy_source, replace_policy
from entrepot.dialects.s3like.operations.listing import iso, page_size, spelling
from entrepot.dialects.s3like.operations.object_headers import attributes_of, header_names, headers_of
from entrepot.dialects.s3like.operations.objects import source_bucket
from entrepot.dialects.s3like.operations.one_part import part_number
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.http import Request, Response

_RANGE = re.compile(r"bytes=(\d{1,19})-(\d{0,19})", re.ASCII)
_LINEAR = frozenset({"crc32", "crc32c", "crc64nvme"})


# -- initiate ----------------------------------------------------------------------------------------------------------


async def start(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """Start an upload; everything that is said of the object is said now."""
    get = headers_of(request)
    attributes = attributes_of(place, get, header_names(request))
    algorithm = asked_algorithm(request, place.flavour, "checksum-algorithm")
    checksum = None
    kind = (request.header(place.flavour.header("checksum-type")) or "").upper()
    if kind and (algorithm is None or kind not in {"COMPOSITE", "FULL_OBJECT"}):
        raise Fault(
            Kind.PARAMETER_INVALID, "a checksum's type is COMPOSITE or FULL_OBJECT, and is said with its algorithm",
            reason="checksum",
        )  # fmt: skip
    if algorithm is not None:
        if (kind == "FULL_OBJECT" and algorithm not in _LINEAR) or (kind == "COMPOSITE" and algorithm == "crc64nvme"):
            raise Fault(
                Kind.PARAMETER_INVALID, f"{algorithm} of an upload in parts cannot be {kind}; ask for the other type",
                reason="checksum",
            )  # fmt: skip
        composite = kind == "COMPOSITE" or (not kind and algorithm != "crc64nvme")
        checksum = Checksum(algorithm=algorithm, composite=composite)
    protection = encryption.wanted(request, place, intake)
    return ops.StartMultipart(
        bucket=place.existing_bucket(), key=place.key,
        attributes=changed(attributes, checksum=checksum, encryption=encryption_of(protection)),
        replace=replace_policy(place, get),
    )  # fmt: skip


def started(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """The id of the upload."""
    assert isinstance(result, Upload)  # noqa: S101 - this route's own result
    encoding, spelt = spelling(place)
    flavour = place.flavour
    content = {
        "Bucket": flavour.addressing.bucket_name(place.existing_bucket()), "Key": spelt(result.key),
        "UploadId": result.id, "EncodingType": encoding,
    }  # fmt: skip
    head = []
    checksum = result.attributes.checksum
    if checksum is not None:
        head = [
            (flavour.header("checksum-algorithm"), checksum.algorithm.upper().encode()),
            (flavour.header("checksum-type"), b"COMPOSITE" if checksum.composite else b"FULL_OBJECT"),
        ]
    head += encryption.told(request, flavour, result.attributes.encryption)
    return reply.document(request, place, "InitiateMultipartUploadResult", content, head)


# -- parts -------------------------------------------------------------------------------------------------------------


def _upload(place: Place, reason: Literal["part", "part-copy"]) -> Upload:
    """The upload that a request names, as far as it is needed before its body. Raises Fault UPLOAD_MISSING."""
    upload = place.reader.upload(place.query["uploadId"])
    bucket = place.existing_bucket()
    if upload is None or (upload.bucket, upload.key) != (bucket.id, place.key) or not upload.numbered:
        raise Fault(
            Kind.UPLOAD_MISSING, "there is no such upload; it may have been completed or aborted",
            reason=reason, upload=place.query["uploadId"][:100],
        )  # fmt: skip
    return upload


async def put_part(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """Store one part."""
    number = part_number(place)
    intake.permit(Right.PUT_PART, place.existing_bucket(), place.key)
    started_with = _upload(place, "part").attributes
    checksum = started_with.checksum
    protection = encryption.of_part(request, place, intake, started_with.encryption)
    keep = checksum.algorithm if checksum else None
    taken = await take(request, place, intake, Right.PUT_PART, keep=keep, protection=protection)
    return ops.PutNumberedPart(
        bucket=place.existing_bucket(), key=place.key, upload=place.query["uploadId"], number=number,
        content=taken.content, checksum=taken.checksum.value if taken.checksum is not None else "",
    )  # fmt: skip


def put_part_done(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """The digests of a part."""
    upload, part = _pair(result)
    flavour = place.flavour
    head = [(b"etag", _part_etag(flavour, part).encode())]
    if flavour.objects.crc64:
        head.append((flavour.header("hash-crc64ecma"), b"%d" % part.crc64))
    checksum = upload.attributes.checksum
    if checksum is not None and part.checksum:
        head.append((flavour.header("checksum-" + checksum.algorithm), part.checksum.encode()))
    head += encryption.told(request, flavour, upload.attributes.encryption)
    return reply.empty(request, place, 200, head + flavour.objects.part_headers(part))


def _pair(result: Result) -> tuple[Upload, Part]:
    assert isinstance(result, tuple)  # noqa: S101 - storing a part gives both
    return result


def _part_etag(flavour: Flavour, part: Part) -> str:
    return f'"{flavour.objects.etag((part.md5 or b"").hex())}"'


async def copy_part(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """Make a part of a range of another object."""
    flavour = place.flavour
    number = part_number(place)
    intake.permit(Right.COPY_PART, place.existing_bucket(), place.key)
    upload = _upload(place, "part-copy")
    get = headers_of(request)
    bucket_text, key = flavour.addressing.copy_source(get(flavour.prefix + "copy-source") or "")
    first, length = _copy_range(get(flavour.prefix + "copy-source-range"), open_end=flavour.uploads.open_copy_range)
    return ops.CopyPart(
        bucket=place.existing_bucket(), key=place.key, upload=place.query["uploadId"], number=number,
        source_bucket=source_bucket(place, bucket_text), source_key=key, first=first, length=length,
        check_source=on_copy_source(request, flavour),
        protection=encryption.of_part(request, place, intake, upload.attributes.encryption),
        client_key=encryption.source_key(request, place), checksum_text=checksum_text,
        version=names_version(get(flavour.prefix + "copy-source") or ""),
    )  # fmt: skip


def _copy_range(text: str | None, *, open_end: bool) -> tuple[int, int | None]:
    if not text:
        return 0, None
    match = _RANGE.fullmatch(text.strip())
    if (
        match is None
        or (not match.group(2) and not open_end)
        or (match.group(2) and int(match.group(2)) < int(match.group(1)))
    ):
        raise Fault(
            Kind.PARAMETER_INVALID, f"the range of the source is {text[:60]!r}; it must be bytes=FIRST-LAST",
            reason="copy-range", value=text[:100],
        )  # fmt: skip
    first = int(match.group(1))
    return first, int(match.group(2)) - first + 1 if match.group(2) else None


def copy_part_done(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """The entity tag of a part that was copied, in the document and in the header."""
    upload, part = _pair(result)
    etag = _part_etag(place.flavour, part)
    content = {"ETag": etag, "LastModified": iso(part.stored_at)}
    checksum = upload.attributes.checksum
    if checksum is not None and part.checksum:
        content[element_of(checksum.algorithm)] = part.checksum
    head = encryption.told(request, place.flavour, upload.attributes.encryption)
    return reply.document(request, place, "CopyPartResult", content, [(b"etag", etag.encode()), *head])


async def list_parts(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Acknowledged parts, by number."""
    spelling(place)
    limit = page_size(place, "max-parts") if "max-parts" in place.query else 1000
    return ops.ListParts(
        bucket=place.existing_bucket(), key=place.key, upload=place.query["uploadId"],
        after=place.number("part-number-marker", 0), limit=limit,
    )  # fmt: skip


def listed_parts(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
    """A page of parts."""
    assert isinstance(op, ops.ListParts)  # noqa: S101
    assert isinstance(result, PartsPage)  # noqa: S101 - this route's own operation and its result
    encoding, spelt = spelling(place)
    flavour = place.flavour
    checksum = result.upload.attributes.checksum
    owner = reply.owner_of(place)
    content: dict[str, Any] = {
        "Bucket": flavour.addressing.bucket_name(op.bucket), "EncodingType": encoding, "Key": spelt(op.key),
        "UploadId": op.upload, "Initiator": owner, "Owner": owner,
        "StorageClass": result.upload.attributes.storage_class or flavour.objects.standard_class,
        "PartNumberMarker": op.after,
        "NextPartNumberMarker": result.parts[-1].number if result.parts else op.after,
        "MaxParts": op.limit, "IsTruncated": result.more and op.limit > 0,
        "ChecksumAlgorithm": checksum.algorithm.upper() if checksum is not None else None,
        "ChecksumType": None if checksum is None else "COMPOSITE" if checksum.composite else "FULL_OBJECT",
        **flavour.listings.upload_entry(result.upload),
        "Part": [_listed_part(flavour, part, checksum) for part in result.parts],
    }  # fmt: skip
    return reply.document(request, place, "ListPartsResult", content)


def _listed_part(flavour: Flavour, part: Part, checksum: Checksum | None) -> Document:
    entry: dict[str, Any] = {
        "PartNumber": part.number, "LastModified": iso(part.stored_at), "ETag": _part_etag(flavour, part),
        "HashCrc64ecma": str(part.crc64) if flavour.objects.crc64 else None, "Size": part.size,
    }  # fmt: skip
    if checksum is not None and part.checksum:
        entry[element_of(checksum.algorithm)] = part.checksum
    return entry


# -- abort -------------------------------------------------------------------------------------------------------------


async def abort(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Give an upload up."""
    return ops.AbortUpload(bucket=place.existing_bucket(), key=place.key, upload=place.query["uploadId"])


def aborted(request: Request, place: Place, _op: ops.Operation, _result: Result) -> Response:
    """204."""
    return reply.empty(request, place, 204)


# -- list uploads ------------------------------------------------------------------------------------------------------


async def list_uploads(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Uploads that are under way, by key and age."""
    spelling(place)
    query = place.query
    limit = page_size(place, "max-uploads") if "max-uploads" in query else 1000
    return ops.ListUploads(
        bucket=place.existing_bucket(), prefix=query.get("prefix", ""), delimiter=query.get("delimiter", ""),
        after_key=query.get("key-marker") or None, after_upload=query.get("upload-id-marker") or None, limit=limit,
    )  # fmt: skip


def listed_uploads(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
    """A page of uploads."""
    assert isinstance(op, ops.ListUploads)  # noqa: S101
    assert isinstance(result, UploadsPage)  # noqa: S101 - this route's own operation and its result
    encoding, spelt = spelling(place)
    above = place.above
    flavour = place.flavour
    owner = reply.owner_of(place)
    key_next, upload_next = result.resume or (None, None)
    if result.resume is None and flavour.listings.names_last and result.uploads:
        key_next, upload_next = result.uploads[-1].key, result.uploads[-1].id
    content: dict[str, Any] = {
        "Bucket": flavour.addressing.bucket_name(op.bucket), "EncodingType": encoding,
        "KeyMarker": spelt(above + op.after_key) if op.after_key else "", "UploadIdMarker": op.after_upload or "",
        "NextKeyMarker": spelt(above + key_next) if key_next is not None else "",
        "NextUploadIdMarker": upload_next or "",
        "Delimiter": spelt(op.delimiter) if op.delimiter else None, "Prefix": spelt(above + op.prefix),
        "MaxUploads": op.limit, "IsTruncated": result.resume is not None,
        "Upload": [
            {
                "Key": spelt(above + upload.key), "UploadId": upload.id, "Initiator": owner, "Owner": owner,
                "StorageClass": upload.attributes.storage_class or flavour.objects.standard_class,
                "Initiated": iso(upload.started_at),
            }
            for upload in result.uploads
        ],
        "CommonPrefixes": [{"Prefix": spelt(above + prefix)} for prefix in result.prefixes],
    }  # fmt: skip
    return reply.document(request, place, "ListMultipartUploadsResult", content)


START = Route(decode=start, encode=started, about="start an upload in parts")
PUT_PART = Route(decode=put_part, encode=put_part_done, about="upload a part")
COPY_PART = Route(decode=copy_part, encode=copy_part_done, about="make a part of another object's bytes")
LIST_PARTS = Route(decode=list_parts, encode=listed_parts, about="list the parts of an upload")
ABORT = Route(decode=abort, encode=aborted, about="abort an upload")
LIST_UPLOADS = Route(decode=list_uploads, encode=listed_uploads, about="list the uploads under way")
