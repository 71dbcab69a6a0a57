"""What TOS understands beside the family: append, metadata, links, file status, its trailer framing."""

from __future__ import annotations

from typing import Final

from entrepot.core import operations as ops
from entrepot.core.facts.records import Object
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.family import ROUTES as FAMILY
from entrepot.dialects.s3like.flavour import Route
from entrepot.dialects.s3like.operations import objects
from entrepot.dialects.s3like.operations.listing import iso
from entrepot.dialects.s3like.operations.object_headers import attributes_of, header_names, headers_of
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.http import Request, Response


async def _set_metadata(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """``POST ?metadata``: the headers of this request take the place of the object's."""
    attributes = attributes_of(place, headers_of(request), header_names(request))
    return ops.UpdateObject(
        bucket=place.existing_bucket(), key=place.key, headers=dict(attributes.headers),
        metadata=dict(attributes.metadata),
        whole=True,
    )  # fmt: skip


def _done(request: Request, place: Place, _op: ops.Operation, _result: Result) -> Response:
    return reply.empty(request, place, 200)


async def _stat(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    return ops.StatObject(bucket=place.existing_bucket(), key=place.key, directory=False, link=True)


def _status(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    assert isinstance(result, Object)  # noqa: S101 - asked for the object itself
    content = {
        "Key": result.key, "Size": result.size, "LastModified": iso(result.modified_at),
        "CRC64": str(result.crc64 or 0), "Type": "Appendable" if result.attributes.appendable else "Normal",
    }  # fmt: skip
    return reply.document(request, place, "FileStatus", content)


ROUTES: Final = FAMILY | {
    ("object", "POST", "append"): objects.APPEND,
    ("object", "POST", "metadata"): Route(
        decode=_set_metadata, encode=_done, about="replace the object's headers and metadata"
    ),
    ("object", "PUT", "symlink"): objects.PUT_LINK,
    ("object", "GET", "symlink"): objects.GET_LINK,
    ("object", "GET", "stat"): Route(decode=_stat, encode=_status, about="size, time, digest and type of an object"),
}
