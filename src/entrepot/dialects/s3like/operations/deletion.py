"""Deletion: one object or many, each if its condition holds.

Source: wire facts of Tencent §7.7, Alibaba §5.5, Volcengine §3.8; AWS "DeleteObject", "DeleteObjects",
"Add preconditions to S3 operations with conditional requests".
"""

from __future__ import annotations

from entrepot.core import operations as ops
from entrepot.core.facts.records import Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.dialects.base import explanation_of
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Route
from entrepot.dialects.s3like.operations.conditions import compares, of_entity_tag, on_write
from entrepot.dialects.s3like.operations.listing import document_of, spelling
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.documents import Node
from entrepot.wire.http import Request, Response

DELETE_MAX = 1000


async def delete(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Take a name away; one that is not there is as good, unless the request says what must be there."""
    return ops.DeleteObject(
        bucket=place.existing_bucket(),
        key=place.key,
        missing_ok=True,
        check=on_write(request, place.flavour),
        compares=compares(request, place.flavour),
    )


def deleted(request: Request, place: Place, _op: ops.Operation, _result: Result) -> Response:
    """204, whatever was there."""
    return reply.empty(request, place, 204)


async def delete_many(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Take up to 1,000 names away."""
    bucket = place.existing_bucket()
    node = await document_of(request, place, digested=place.flavour.uploads.md5_required)
    objects = node.all("Object")
    if not objects or len(objects) > DELETE_MAX:
        raise Fault(Kind.MALFORMED, f"{len(objects)} keys are named; 1 to {DELETE_MAX} can be", reason="xml")
    tags: dict[str, str | None] = {}
    checks: dict[str, ops.Check] = {}
    versions = set()
    for one in objects:
        key, tag, version = _named(one), one.value("ETag"), one.value("VersionId")
        if tags.setdefault(key, tag) != tag:
            raise Fault(Kind.MALFORMED, f"the key {key[:100]!r} is named twice, with different ETags", reason="xml")
        if tag is not None:
            checks[key] = of_entity_tag(tag, place.flavour)
        if version:
            versions.add(key)
        if version not in {None, "", "null"}:
            checks[key] = _no_version
    return ops.DeleteObjects(
        bucket=bucket,
        keys=tuple(tags),
        checks=checks,
        compared=frozenset(key for key, tag in tags.items() if tag not in {None, "*"}),
        versions=frozenset(versions),
        quiet=(node.value("Quiet") or "").lower() == "true",
    )


def _named(node: Node) -> str:
    """The key of an object in the document."""
    child = node.first("Key")
    if child is None or not child.text:
        raise Fault(Kind.MALFORMED, "an object is named without its key", reason="xml")
    return child.text


def _no_version(_record: Object | None) -> None:
    """Refuse one object of many whose version is named: the others go."""
    raise Fault(Kind.PARAMETER_INVALID, "there is no such version: this bucket keeps none", reason="version")


def deleted_many(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
    """What became of each name."""
    assert isinstance(op, ops.DeleteObjects)  # noqa: S101 - this route's own operation
    assert isinstance(result, list)  # noqa: S101 - and its result
    encoding, spelt = spelling(place)
    done, failed = [], []
    for key, fault in result:  # type: ignore[misc]
        if fault is None:
            done.append({"Key": spelt(key)})
        else:
            row = reply.row_of(place.flavour, fault)
            told = {"Key": spelt(key), "Code": row.code, "Message": reply.message_of(row, fault)}
            failed.append(told | explanation_of(fault))
    content = {"EncodingType": encoding, "Deleted": [] if op.quiet else done, "Error": failed or None}
    response = reply.document(request, place, "DeleteResult", content)
    response.code = failed[0]["Code"] if failed else ""
    return response


DELETE = Route(decode=delete, encode=deleted, about="delete an object")
DELETE_MANY = Route(decode=delete_many, encode=deleted_many, about="delete up to 1,000 objects")
