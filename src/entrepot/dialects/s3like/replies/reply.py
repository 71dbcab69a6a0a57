"""Replies of the S3-like family: documents, empty ones and refusals, with the headers that every one of them has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from entrepot.core.facts.records import Acl, Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.dialects.base import explanation_of
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Document, Flavour, Head, Row
from entrepot.dialects.s3like.replies import cors
from entrepot.wire.dates import http_date
from entrepot.wire.http import Request, Response


def head_of(request: Request, place: Place, head: Iterable[tuple[bytes, bytes]] = ()) -> Head:
    """Headers of every reply, then ``head``, then what a browser needs."""
    return [*place.flavour.replies.common(request), *head, *cors.actual(request, place.bucket)]


def empty(request: Request, place: Place, status: int = 200, head: Iterable[tuple[bytes, bytes]] = ()) -> Response:
    """A reply without a body."""
    length = [] if status in {204, 304} else [(b"content-length", b"0")]
    return Response(status=status, headers=[*head_of(request, place, head), *length])


def document(
    request: Request,
    place: Place,
    root: str,
    content: Document | str,
    head: Iterable[tuple[bytes, bytes]] = (),
    status: int = 200,
) -> Response:
    """A reply with a document."""
    kind, body = place.flavour.documents.write(root, content)
    headers = [*head_of(request, place, head), (b"content-type", kind), (b"content-length", b"%d" % len(body))]
    return Response(status=status, headers=headers, body=body)


def owner_of(place: Place) -> Document:
    """The owner of what is addressed, as the cloud writes owners."""
    return place.flavour.documents.owner(place.owner, place.reader)


def acl_document(place: Place, acl: Acl | None) -> Document:
    """The document of an ACL; None is the bucket's, which an object without its own has."""
    return place.flavour.documents.acl(owner_of(place), acl, place.existing_bucket().settings.inherited_acl)


def row_of(flavour: Flavour, fault: Fault) -> Row:
    """The cloud's row for a fault: by kind and reason, else by kind."""
    row = flavour.faults.get((fault.kind, fault.reason))
    return flavour.faults[fault.kind, None] if row is None else row


def message_of(row: Row, fault: Fault) -> str:
    """The cloud's own sentence where it has one, which some clients compare; else what was wrong."""
    return row.message or fault.message


def refuse(request: Request, flavour: Flavour, place: Place | None, fault: Fault, row: Row | None = None) -> Response:
    """An error: status, code, message, facts. ``row`` takes the place of the fault's own."""
    bucket: Bucket | None = place.bucket if place is not None else None
    head = [*flavour.replies.common(request), *cors.actual(request, bucket)]
    if fault.kind is Kind.NOT_MODIFIED:
        return Response(status=304, headers=[*head, *_not_modified(fault), *flavour.conditions.not_modified_headers])
    row = row or row_of(flavour, fault)
    resource = place.resource if place is not None else None
    facts: dict[str, Any] = {**fault.facts, "message": message_of(row, fault), "request_id": request.id}
    content = {**flavour.replies.error(request, resource, row, facts), "Detail": fault.message if row.message else None}
    content |= explanation_of(fault)
    kind, body = flavour.documents.write("Error", content)
    head += [(b"content-type", kind), *flavour.replies.error_headers(row, body, facts, request.method == "HEAD")]
    if fault.kind is Kind.RANGE_INVALID and "size" in facts:
        head.append((b"content-range", b"bytes */%d" % int(facts["size"])))
    if request.method == "HEAD":
        body = b""
    head.append((b"content-length", b"%d" % len(body)))
    return Response(status=row.status, headers=head, body=body, code=row.code)


def _not_modified(fault: Fault) -> Head:
    head = [(b"etag", str(fault.facts["etag"]).encode())] if "etag" in fault.facts else []
    if "modified" in fault.facts:
        head.append((b"last-modified", http_date(int(fault.facts["modified"])).encode()))
    return head
