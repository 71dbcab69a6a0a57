"""The completion of an upload in numbered parts: which parts, their checksum together, and the reply.

Source: wire facts of Tencent §7.5, Alibaba §5.4, Volcengine §3.9; AWS "Checking object integrity".
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from entrepot.core import operations as ops
from entrepot.core.facts.digests import digest, joined_crc
from entrepot.core.facts.records import Checksum, Object, Part, Upload
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.multipart import PARTS_MAX
from entrepot.core.store import Result
from entrepot.core.value import changed
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Flavour, Route
from entrepot.dialects.s3like.operations import encryption
from entrepot.dialects.s3like.operations.body import announced_sums
from entrepot.dialects.s3like.operations.checksums import SUMS, checksum_elements
from entrepot.dialects.s3like.operations.conditions import compares, on_completion, replace_policy
from entrepot.dialects.s3like.operations.listing import document_of, spelling
from entrepot.dialects.s3like.operations.object_headers import expiration_head, headers_of
from entrepot.dialects.s3like.operations.objects import acl_header, digests
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.documents import Node
from entrepot.wire.http import Request, Response


async def complete(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """Make one object of the parts that the document names, or of all."""
    flavour = place.flavour
    intake.permit(Right.COMPLETE_UPLOAD, place.existing_bucket(), place.key)
    upload = _upload(place)
    every = (request.header(flavour.header("complete-all")) or "").lower() == "yes"
    if every and request.content_length():
        raise Fault(
            Kind.PARAMETER_INVALID, "a completion of all parts names none: it has no body", reason="complete-all",
            argument=flavour.prefix + "complete-all", value="yes",
        )  # fmt: skip
    parts = _every(place) if every else _wanted(await document_of(request, place, summed=False), flavour)
    _check_sums(request, flavour, upload)
    forbids = request.header(flavour.header("forbid-overwrite")) is not None
    return ops.CompleteMultipart(
        bucket=place.existing_bucket(), key=place.key, upload=place.query["uploadId"], parts=parts,
        part_min_bytes=flavour.uploads.part_min_bytes,
        replace=replace_policy(place, headers_of(request)) if forbids else None,
        check=on_completion(request, flavour, None if upload is None else upload.started_at),
        compares=compares(request, flavour),
        size=_size(request, flavour),
        finish=_finish(request, flavour), digest_form=flavour.uploads.digest_form,
        may_be_empty=flavour.uploads.may_be_empty, acl=acl_header(request, place),
    )  # fmt: skip


def _size(request: Request, flavour: Flavour) -> int | None:
    """How many bytes the object is to have, if that is said. Raises Fault PARAMETER_INVALID."""
    name = flavour.prefix + "mp-object-size"
    text = request.header(name.encode())
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Fault(Kind.PARAMETER_INVALID, f"{name} is {text[:40]!r}; it must be a number", argument=name)
    return int(text)


def _check_sums(request: Request, flavour: Flavour, upload: Upload | None) -> None:
    """Refuse checksums that the upload was not started with: nobody could compare them.

    Source: LocalStack's tests recorded at AWS ("Checksum Type mismatch occurred").
    """
    if upload is None:
        return
    kept = upload.attributes.checksum
    announced = announced_sums(request, flavour)
    if announced and (kept is None or kept.algorithm not in announced):
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"Checksum Type mismatch occurred, expected checksum Type: {kept.algorithm if kept else 'null'}, actual"
            f" checksum Type: {', '.join(announced)}",
            reason="checksum",
        )


def _upload(place: Place) -> Upload | None:
    """The upload; None when it has become the object already. Raises Fault UPLOAD_MISSING, before the parts' faults."""
    bucket, number = place.existing_bucket(), place.query["uploadId"]
    upload = place.reader.upload(number)
    if upload is not None:
        return upload
    there = place.reader.object(bucket.id, place.key)
    if there is None or there.upload != number:
        raise Fault(
            Kind.UPLOAD_MISSING, "there is no such upload; it may have been completed or aborted", upload=number[:100]
        )
    return None


def _every(place: Place) -> tuple[ops.WantedPart, ...] | None:
    """All parts that are there now; None when there is none, which the completion itself refuses."""
    parts = place.reader.parts(place.query["uploadId"], 0, PARTS_MAX)
    return tuple(ops.WantedPart(number=part.number, md5=part.md5) for part in parts) or None


def _finish(request: Request, flavour: Flavour) -> Callable[[Checksum, list[Part]], Checksum]:
    """Makes the checksum of the whole, and compares it with the one that the completion announces."""
    announced = announced_sums(request, flavour)

    def finish(checksum: Checksum, parts: list[Part]) -> Checksum:
        whole = _whole(checksum, parts)
        text = announced.get(checksum.algorithm, "")
        if text and whole.value and text.partition("-")[0] != whole.value.partition("-")[0]:
            raise Fault(
                Kind.DIGEST_MISMATCH, f"the parts' {checksum.algorithm} together is not the announced one",
                reason="checksum", expected=text[:100], actual=whole.value,
            )  # fmt: skip
        return whole

    return finish


def _wanted(node: Node, flavour: Flavour) -> tuple[ops.WantedPart, ...]:
    parts = node.all("Part")
    least = 0 if flavour.uploads.may_be_empty else 1
    if not least <= len(parts) <= PARTS_MAX:
        raise Fault(Kind.MALFORMED, f"{len(parts)} parts are named; {least} to {PARTS_MAX} can be", reason="xml")
    wanted = [_wanted_part(part) for part in parts]
    if flavour.uploads.any_part_order:
        wanted.sort(key=lambda part: part.number)  # two of one number are refused all the same
    return tuple(wanted)


def _wanted_part(node: Node) -> ops.WantedPart:
    number = node.value("PartNumber") or ""
    if not (number.isascii() and number.isdigit() and len(number) < 9):
        raise Fault(Kind.MALFORMED, f"a part has the number {number[:30]!r}", reason="xml")
    if not 1 <= int(number) <= PARTS_MAX:
        raise Fault(
            Kind.PART_INVALID, f"a part has the number {number}; parts have 1 to {PARTS_MAX}",
            reason="number", argument="partNumber", value=number,
        )  # fmt: skip
    etag = (node.value("ETag") or "").strip('"').lower()
    if len(etag) != 32 or not set(etag) <= set("0123456789abcdef"):
        raise Fault(
            Kind.PART_INVALID, f"part {number} has the ETag {etag[:60]!r}, which no part has", number=int(number)
        )
    sums = [value for element in SUMS if (value := node.value(element))]
    if len(sums) > 1:
        raise Fault(Kind.MALFORMED, f"part {number} is named with {len(sums)} checksums; one can be", reason="xml")
    return ops.WantedPart(number=int(number), md5=bytes.fromhex(etag), checksum=sums[0] if sums else "")


def _whole(checksum: Checksum, parts: list[Part]) -> Checksum:
    """The checksum of an object from its parts': of all bytes, or of the digests themselves and their number."""
    raw = [base64.b64decode(part.checksum) for part in parts if part.checksum]
    if len(raw) < len(parts):
        return changed(checksum, value="")  # parts of before this was taken of copied ones
    if checksum.composite:
        value = base64.b64encode(digest(checksum.algorithm, b"".join(raw))).decode()
        return changed(checksum, value=f"{value}-{len(parts)}")
    total = 0
    for part, crc in zip(parts, raw, strict=True):
        total = joined_crc(checksum.algorithm, total, int.from_bytes(crc, "big"), part.size)
    return changed(checksum, value=base64.b64encode(total.to_bytes(len(raw[0]), "big")).decode())


def completed(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
    """The object that the parts became."""
    assert isinstance(result, Object)  # noqa: S101 - completing gives one
    flavour = place.flavour
    encoding, spelt = spelling(place)
    head = digests(flavour, result)
    content: dict[str, Any] = {
        "EncodingType": encoding,
        "Location": f"{request.scheme}://{request.authority}{request.raw_path.decode('ascii', 'replace')}",
        "Bucket": flavour.addressing.bucket_name(place.existing_bucket()), "Key": spelt(result.key),
        "ETag": head[0][1].decode(),
    }  # fmt: skip
    content |= checksum_elements(flavour, result.attributes.checksum)
    if (
        flavour.uploads.names_parts
        and isinstance(op, ops.CompleteMultipart)
        and flavour.header("complete-all") in {name for name, _ in request.headers}
    ):
        content["CompletedParts"] = [
            {"PartNumber": part.number, "ETag": f'"{(part.md5 or b"").hex()}"'} for part in op.parts or ()
        ]
    head += encryption.told(request, flavour, result.attributes.encryption)
    # Only the document shows the entity tag of a completion (and the header of OSS and TOS too).
    return reply.document(
        request, place, "CompleteMultipartUploadResult", content, head + expiration_head(place, result)
    )


COMPLETE = Route(decode=complete, encode=completed, about="complete an upload")
