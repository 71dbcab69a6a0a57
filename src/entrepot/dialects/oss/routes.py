"""What OSS understands beside the family: objectMeta, append, links, restore, and what it does otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from entrepot.core import operations as ops
from entrepot.core.facts.records import Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.archive import Restored
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.core.value import changed
from entrepot.dialects.oss import buckets, configuration
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.family import ROUTES as FAMILY
from entrepot.dialects.s3like.flavour import Route, Routes
from entrepot.dialects.s3like.operations import configuration as family
from entrepot.dialects.s3like.operations import deletion, encryption, links, objects, restoration, versions
from entrepot.wire.http import Request, Response

_META_HEADERS = frozenset({
    b"etag", b"content-length", b"last-modified", b"x-oss-hash-crc64ecma", b"x-oss-request-id", b"x-oss-server-time"
})  # fmt: skip


async def _delete_many(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """All names or none: no SDK of this cloud looks for refusals of single ones in the reply."""
    op = await deletion.delete_many(request, place, intake)
    return changed(op, together=True)


async def _head_meta(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    key = encryption.read_key(request, place)
    return ops.StatObject(
        bucket=place.existing_bucket(), key=place.key, directory=False, link=True, reads=True, client_key=key
    )


def _meta(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
    whole = objects.served(request, place, op, result)
    return Response(status=200, headers=[(name, value) for name, value in whole.headers if name in _META_HEADERS])


async def _restore(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """As in the other clouds, but what is of the class Archive has no tiers (suite of the SDK for Python)."""
    op = await restoration.restore(request, place, intake)
    return changed(op, check=_without_tier if isinstance(op, ops.RestoreObject) and op.urgency else None)


def _without_tier(record: Object | None) -> None:
    if record is not None and record.attributes.storage_class == "Archive":
        raise Fault(Kind.MALFORMED, "objects of the class Archive have no JobParameters", reason="xml")


def _restored(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
    """Tells the tier of what has one."""
    reply = restoration.restored(request, place, op, result)
    if isinstance(result, Restored) and isinstance(op, ops.RestoreObject):
        tiered = result.record.attributes.storage_class != "Archive"
        if tiered:
            reply.headers.append((b"x-oss-object-restore-priority", (op.urgency or "Standard").encode()))
    return reply


_META = Route(decode=_head_meta, encode=_meta, about="length, entity tag, CRC64 and time of an object, without more")
_RESTORE = Route(decode=_restore, encode=_restored, about="open what is archived for some days, at once")

_DELETE_MANY = Route(decode=_delete_many, encode=deletion.deleted_many, about="delete up to 1,000 objects, all or none")

ROUTES: Final[Routes[Place]] = {
    **FAMILY,
    ("service", "GET", ""): buckets.LIST,
    ("bucket", "PUT", ""): buckets.CREATE,
    ("bucket", "PUT", "acl"): buckets.PUT_ACL,
    ("bucket", "POST", "delete"): _DELETE_MANY,
    ("bucket", "GET", "bucketInfo"): buckets.INFO,
    ("bucket", "GET", "stat"): buckets.STAT,
    ("bucket", "GET", "versions"): versions.LIST_VERSIONS,
    ("bucket", "PUT", "cors"): configuration.PUT_CORS,
    ("bucket", "PUT", "lifecycle"): configuration.PUT_LIFECYCLE,
    ("bucket", "PUT", "tagging"): replace(family.PUT_BUCKET_TAGS, encode=family.done(200)),
    ("bucket", "GET", "tagging"): family.GET_BUCKET_TAGS,
    ("bucket", "DELETE", "tagging"): configuration.DELETE_TAGS,
    ("bucket", "PUT", "resourceGroup"): buckets.PUT_GROUP,
    ("bucket", "GET", "resourceGroup"): buckets.GET_GROUP,
    ("object", "HEAD", "objectMeta"): _META,
    ("object", "POST", "append"): objects.APPEND,
    ("object", "POST", "restore"): _RESTORE,
    ("object", "PUT", "symlink"): links.PUT_LINK,
    ("object", "GET", "symlink"): links.GET_LINK,
}
