"""GetObjectAttributes: what is known of an object, and of the parts that it was put together from, in a document.

Source: AWS "GetObjectAttributes"; LocalStack's tests recorded at AWS; minio-go, which takes a reply with an ETag header
for the object itself.
"""

from __future__ import annotations

from typing import Any, Final

from entrepot.core import operations as ops
from entrepot.core.facts.records import Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.numbered import count_of, slots_of
from entrepot.core.store import Result
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Document, Route
from entrepot.dialects.s3like.operations import encryption
from entrepot.dialects.s3like.operations.checksums import element_of
from entrepot.dialects.s3like.operations.object_headers import etag_of
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.dates import http_date
from entrepot.wire.http import Request, Response

NAMES: Final = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")
_PARTS_MAX: Final = 1000


async def get_attributes(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Ask for some attributes of an object."""
    _asked(request, place)
    _number(request, place, "max-parts")
    _number(request, place, "part-number-marker")
    key = encryption.read_key(request, place)
    return ops.StatObject(
        bucket=place.existing_bucket(), key=place.key, directory=False, reads=True, client_key=key, attributes=True
    )


def _asked(request: Request, place: Place) -> frozenset[str]:
    """The attributes that are named, in one header or several. Raises Fault PARAMETER_MISSING, PARAMETER_INVALID."""
    name = place.flavour.header("object-attributes")
    asked = frozenset(
        part.strip() for one, value in request.headers if one == name for part in value.decode("latin-1").split(",")
    )
    if not asked:
        raise Fault(Kind.PARAMETER_MISSING, f"the header {name.decode()} is missing", argument=name.decode())
    unknown = sorted(asked - set(NAMES))
    if unknown:
        raise Fault(
            Kind.PARAMETER_INVALID, f"{unknown[0][:60]!r} is no attribute; {', '.join(NAMES)} are",
            argument=name.decode(), value=unknown[0][:100],
        )  # fmt: skip
    return asked


def _number(request: Request, place: Place, name: str) -> int | None:
    header = place.flavour.header(name)
    text = request.header(header)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Fault(
            Kind.PARAMETER_INVALID, f"{header.decode()} is {text[:30]!r}; it must be a number",
            argument=header.decode(), value=text[:100],
        )  # fmt: skip
    return int(text)


def attributes(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """The document; what was not asked for is not in it."""
    record = result if isinstance(result, Object) else getattr(result, "record", None)
    assert isinstance(record, Object)  # noqa: S101 - a question after an object gives one
    asked = _asked(request, place)
    every: dict[str, Any] = {
        "ETag": etag_of(place.flavour, record).strip('"'),
        "Checksum": _checksum(record),
        "ObjectParts": _parts(request, place, record),
        "StorageClass": record.attributes.storage_class or place.flavour.objects.standard_class,
        "ObjectSize": record.size,
    }
    content = {name: value for name, value in every.items() if name in asked}
    head = [(b"last-modified", http_date(record.modified_at).encode())]
    return reply.document(request, place, "GetObjectAttributesResponse", content, head)


def _checksum(record: Object) -> Document | None:
    """The checksum without the number of parts, which only headers have."""
    checksum = record.attributes.checksum
    if checksum is None or not checksum.value:
        return None
    value = checksum.value.partition("-")[0]
    return {
        element_of(checksum.algorithm): value, "ChecksumType": "COMPOSITE" if checksum.composite else "FULL_OBJECT"
    }  # fmt: skip


def _parts(request: Request, place: Place, record: Object) -> Document | None:
    """The parts, with their own checksums where the object's is made of those; else only their number."""
    numbered, checksum = record.attributes.numbered, record.attributes.checksum
    if numbered is None:
        return None
    count = count_of(record)
    if checksum is None or not checksum.composite or not numbered.checksums:
        return {"PartsCount": count}
    after = _number(request, place, "part-number-marker") or 0
    most = _number(request, place, "max-parts")
    limit = _PARTS_MAX if most is None else min(most, _PARTS_MAX)
    slots = slots_of(record, after, limit)
    last = slots[-1].number if slots else after
    return {
        "PartsCount": count, "PartNumberMarker": after, "NextPartNumberMarker": last, "MaxParts": limit,
        "IsTruncated": bool(slots) and last < count,
        "Part": [
            {"PartNumber": slot.number, "Size": slot.size, element_of(checksum.algorithm): slot.checksum}
            for slot in slots
        ],
    }  # fmt: skip


GET = Route(decode=get_attributes, encode=attributes, about="attributes of an object and of its parts")
