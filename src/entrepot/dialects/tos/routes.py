"""What TOS understands beside the family: append, metadata, links, file status, its trailer framing."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Final

from entrepot.core import operations as ops
from entrepot.core.facts.records import Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.family import ROUTES as FAMILY
from entrepot.dialects.s3like.flavour import Route
from entrepot.dialects.s3like.operations import configuration, encryption, links, objects, restoration, versions
from entrepot.dialects.s3like.operations.listing import document_of, iso
from entrepot.dialects.s3like.operations.object_headers import attributes_of, days_of, etag_of, header_names, headers_of
from entrepot.dialects.s3like.replies import reply
from entrepot.dialects.tos import buckets
from entrepot.dialects.tos import configuration as rules
from entrepot.dialects.tos.buckets import usual
from entrepot.wire.http import Request, Response


async def _set_metadata(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """``POST ?metadata``: the headers of this request take the place of the object's."""
    attributes = attributes_of(place, headers_of(request), header_names(request))
    return ops.UpdateObject(
        bucket=place.existing_bucket(), key=place.key, headers=dict(attributes.headers),
        metadata=dict(attributes.metadata), expire_days=days_of(request.header(b"x-tos-object-expires"), place.flavour),
        whole=True,
    )  # fmt: skip


async def _set_days(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """``POST ?objectExpires``: after how many days the object goes; 0 is never."""
    node = await document_of(request, place)
    days = days_of(node.value("ObjectExpires"), place.flavour)
    if days is None:
        raise Fault(Kind.PARAMETER_MISSING, "the document must have ObjectExpires, a number", argument="ObjectExpires")
    return ops.UpdateObject(
        right=Right.SET_EXPIRY, bucket=place.existing_bucket(), key=place.key, expire_days=days, touch=False
    )


def _done(request: Request, place: Place, _op: ops.Operation, _result: Result) -> Response:
    return reply.empty(request, place, 200)


async def _stat(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """``GET ?stat``: the key itself, else the first one below it, by which clients know that it is a folder.

    That is told to those only who may stat what is below. Whoever may not gets the answer of where nothing is.
    """
    bucket = place.existing_bucket()
    key, below = place.key, place.key.removesuffix("/") + "/"
    if place.reader.object(bucket.id, key) is None:
        first = place.reader.objects(bucket.id, below, None, 1)
        if first and first[0].key.startswith(below):
            with contextlib.suppress(Fault):
                intake.permit(Right.STAT_OBJECT, bucket, first[0].key)
                key = first[0].key
    client_key = encryption.read_key(request, place)
    return ops.StatObject(bucket=bucket, key=key, directory=False, link=True, reads=True, client_key=client_key)


def _kind(record: Object) -> str:
    if record.attributes.link is not None:
        return "Symlink"
    return "Appendable" if record.attributes.appendable else "Normal"


def _status(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    assert isinstance(result, Object)  # noqa: S101 - asked for the object itself
    content = {
        "Key": result.key, "Size": result.size, "LastModified": iso(result.modified_at),
        "ETag": etag_of(place.flavour, result), "CRC64": str(result.crc64 or 0), "Type": _kind(result),
    }  # fmt: skip
    return reply.document(request, place, "FileStatus", content)


ROUTES: Final = FAMILY | {
    ("service", "GET", ""): buckets.LIST,
    ("bucket", "PUT", ""): buckets.CREATE,
    ("bucket", "HEAD", ""): buckets.HEAD,
    ("bucket", "GET", "location"): buckets.LOCATE,
    ("bucket", "GET", "bucketInfo"): buckets.INFORM,
    ("bucket", "GET", "stat"): buckets.MEASURE,
    ("bucket", "PUT", "storageClass"): buckets.RELABEL,
    ("bucket", "PUT", "lifecycle"): rules.PUT_LIFECYCLE,
    ("bucket", "GET", "lifecycle"): rules.GET_LIFECYCLE,
    ("bucket", "GET", "versions"): versions.LIST_VERSIONS,
    ("bucket", "PUT", "tagging"): replace(configuration.PUT_BUCKET_TAGS, encode=configuration.done(200)),
    ("bucket", "GET", "tagging"): configuration.GET_BUCKET_TAGS,
    ("bucket", "DELETE", "tagging"): configuration.DELETE_BUCKET_TAGS,
    ("object", "POST", "append"): objects.APPEND,
    ("object", "POST", "metadata"): Route(
        decode=_set_metadata, encode=_done, about="replace the object's headers and metadata"
    ),
    ("object", "POST", "restore"): restoration.RESTORE,
    ("object", "POST", "objectExpires"): Route(
        decode=_set_days, encode=_done, about="set after how many days the object goes; 0 is never"
    ),
    ("object", "PUT", "symlink"): links.PUT_LINK,
    ("object", "GET", "symlink"): links.GET_LINK,
    ("object", "GET", "stat"): Route(
        decode=usual(_stat), encode=_status, about="size, time, digest and type of an object"
    ),
}
