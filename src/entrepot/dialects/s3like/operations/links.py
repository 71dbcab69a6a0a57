"""Symbolic links: keys that stand for others of their bucket.

Source: wire facts of Alibaba §5.3, Volcengine §3.10.
"""

from __future__ import annotations

from entrepot.core import operations as ops
from entrepot.core.facts.records import Object, Staged
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.core.value import changed
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Route
from entrepot.dialects.s3like.operations.conditions import compares, on_write, replace_policy
from entrepot.dialects.s3like.operations.object_headers import (
    attributes_of,
    etag_of,
    header_names,
    headers_of,
    stored_head,
)
from entrepot.dialects.s3like.operations.objects import stored
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.dates import http_date
from entrepot.wire.http import Request, Response


async def put_link(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Make a key stand for another one."""
    get = headers_of(request)
    flavour = place.flavour
    name = flavour.prefix + "symlink-target"
    target = place.flavour.addressing.link_target(get(name) or "")
    if not target:
        raise Fault(Kind.PARAMETER_MISSING, f"a link needs the header {name}", argument=name)
    attributes = changed(attributes_of(place, get, header_names(request)), link=target)
    return ops.PutObject(
        bucket=place.existing_bucket(), key=place.key, content=_NO_BYTES, attributes=attributes,
        replace=replace_policy(place, get), tree=False, check=on_write(request, flavour),
        compares=compares(request, flavour),
    )  # fmt: skip


_NO_BYTES = Staged(size=0, crc64=0, md5=bytes.fromhex("d41d8cd98f00b204e9800998ecf8427e"), data=b"")


async def get_link(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Ask where a link points."""
    return ops.StatObject(bucket=place.existing_bucket(), key=place.key, directory=False, link=True)


def shown_link(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """The target of a link, in a header."""
    assert isinstance(result, Object)  # noqa: S101 - asked for the link itself
    if result.attributes.link is None:
        raise Fault(Kind.PARAMETER_INVALID, f"the object {result.key!r} is no link", reason="no-link")
    flavour = place.flavour
    head = [
        *stored_head(flavour, result.attributes, {}),
        (flavour.header("symlink-target"), flavour.addressing.link_header(result.attributes.link).encode()),
        (b"last-modified", http_date(result.modified_at).encode()),
        (b"etag", etag_of(flavour, result).encode()),
    ]
    return reply.empty(request, place, 200, head)


PUT_LINK = Route(decode=put_link, encode=stored, about="make a symbolic link")
GET_LINK = Route(decode=get_link, encode=shown_link, about="where a symbolic link points")
