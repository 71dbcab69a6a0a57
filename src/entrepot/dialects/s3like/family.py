"""The S3-like family as dialects: one flavour in, one dialect out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock, Reader
from entrepot.core.rights.identity import Key
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.core.value import changed
from entrepot.dialects.active_content import names_bucket_in_host
from entrepot.dialects.base import Dialect, codes_of
from entrepot.dialects.detection import check_one_credential, dialect_of
from entrepot.dialects.referer import check_referer
from entrepot.dialects.s3like.address import access
from entrepot.dialects.s3like.address.closed import check_empty
from entrepot.dialects.s3like.address.place import Place, locate, settle
from entrepot.dialects.s3like.address.plain import check_plain
from entrepot.dialects.s3like.callbacks.answering import Answering
from entrepot.dialects.s3like.flavour import Flavour, Operations, Route, Routes
from entrepot.dialects.s3like.flavour.route import COPY, FORM, PART
from entrepot.dialects.s3like.forms import post
from entrepot.dialects.s3like.operations import (
    acl,
    completion,
    configuration,
    defaults,
    deletion,
    encryption,
    lifecycle,
    listing,
    multipart,
    objects,
)
from entrepot.dialects.s3like.operations import buckets as bucket_routes
from entrepot.dialects.s3like.operations.known import FORMS
from entrepot.dialects.s3like.operations.object_headers import check_traffic_limit
from entrepot.dialects.s3like.replies import cors, reply
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.signing.scheme import Claim
from entrepot.wire.http import Request, Response

Unwrap = Callable[[Request, Place, Claim | None, Key | None], Request]

ROUTES: dict[tuple[str, str, str], Route[Place]] = {
    ("service", "GET", ""): bucket_routes.LIST,
    ("bucket", "PUT", ""): bucket_routes.CREATE,
    ("bucket", "HEAD", ""): bucket_routes.HEAD,
    ("bucket", "DELETE", ""): bucket_routes.DELETE,
    ("bucket", "GET", ""): listing.LIST,
    ("bucket", "GET", "location"): bucket_routes.LOCATION,
    ("bucket", "POST", "delete"): deletion.DELETE_MANY,
    ("bucket", "GET", "uploads"): multipart.LIST_UPLOADS,
    ("bucket", "PUT", "acl"): acl.PUT_BUCKET_ACL,
    ("bucket", "GET", "acl"): acl.GET_BUCKET_ACL,
    ("bucket", "PUT", "cors"): configuration.PUT_CORS,
    ("bucket", "GET", "cors"): configuration.GET_CORS,
    ("bucket", "DELETE", "cors"): configuration.DELETE_CORS,
    ("bucket", "PUT", "lifecycle"): lifecycle.PUT,
    ("bucket", "GET", "lifecycle"): lifecycle.GET,
    ("bucket", "DELETE", "lifecycle"): lifecycle.DELETE,
    ("bucket", "PUT", "encryption"): encryption.PUT,
    ("bucket", "GET", "encryption"): encryption.GET,
    ("bucket", "HEAD", "encryption"): encryption.GET,
    ("bucket", "DELETE", "encryption"): encryption.DELETE,
    ("object", "PUT", ""): objects.PUT,
    ("object", "GET", ""): objects.GET,
    ("object", "HEAD", ""): objects.HEAD,
    ("object", "DELETE", ""): deletion.DELETE,
    ("object", "PUT", COPY): objects.COPY,
    ("object", "PUT", "acl"): acl.PUT_OBJECT_ACL,
    ("object", "GET", "acl"): acl.GET_OBJECT_ACL,
    ("object", "PUT", "tagging"): configuration.PUT_TAGS,
    ("object", "GET", "tagging"): configuration.GET_TAGS,
    ("object", "DELETE", "tagging"): configuration.DELETE_TAGS,
    ("object", "POST", "uploads"): multipart.START,
    ("object", "PUT", PART): multipart.PUT_PART,
    ("object", "PUT", PART + COPY): multipart.COPY_PART,
    ("object", "GET", "uploadId"): multipart.LIST_PARTS,
    ("object", "POST", "uploadId"): completion.COMPLETE,
    ("object", "DELETE", "uploadId"): multipart.ABORT,
}
"""What every cloud of the family understands; flavours add their own. Forms are added with the clock."""


def completed(operations: Operations, clock: Clock) -> Operations:
    """Everything that a cloud understands: what its buckets never have, and forms, whose policies need the clock."""
    routes: Routes[Place] = {
        **defaults.routes(operations.defaults), **operations.routes, ("bucket", "POST", FORM): post.route(clock)
    }  # fmt: skip
    return replace(
        operations, routes=routes, known={**FORMS, **defaults.known(operations.defaults), **operations.known}
    )


def s3like(
    flavour: Flavour,
    settings: StorageSettings,
    domains: tuple[str, ...],
    clock: Clock,
    *,
    unwrap: Unwrap | None = None,
    answers: Answering | None = None,
) -> Dialect[Place]:
    """The dialect of a flavour. ``domains`` are those below which a first label is a bucket."""
    flavour = replace(flavour, operations=completed(flavour.operations, clock))

    def located(request: Request, reader: Reader) -> Place:
        check_one_credential(request)
        return locate(request, reader, flavour, settings, domains)

    def preflight(request: Request, reader: Reader) -> Response:
        place = _browsed(request, reader)
        try:
            head = cors.preflight(request, place.bucket)
        except Fault as fault:
            return reply.refuse(request, flavour, place, fault)
        return Response(status=200, headers=[*flavour.replies.common(request), *head, (b"content-length", b"0")])

    def _browsed(request: Request, reader: Reader) -> Place:
        return settle(locate(request, reader, flavour, settings, domains), None, reader)

    async def decode(request: Request, place: Place, claim: Claim | None, intake: Intake) -> ops.Operation:
        calls_back = _check_wishes(request, place, claim, answers)
        await check_empty(request, place.known)
        op = _with_version(place, await place.route.decode(request, place, intake))
        if calls_back and isinstance(op, ops.PutObject | ops.CompleteMultipart):
            return changed(op, calls_back=True)
        return op

    def encode(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
        return spelt(place.route.encode(request, place, op, result))

    def refuse(request: Request, place: Place | None, fault: Fault) -> Response:
        if place is not None and place.bucket is None:
            place = settle(place, None, place.reader)  # the bucket's rules tell whether a page may see the refusal
            fault = _unless_missing(request, place, fault)
        return spelt(reply.refuse(request, flavour, place, fault))

    def spelt(response: Response) -> Response:
        names = flavour.replies.header_names
        if names:
            response.headers = [(names.get(name, name), value) for name, value in response.headers]
        return response

    dialect: Dialect[Place] = Dialect(
        name=flavour.name,
        owns=lambda request: dialect_of(request) == flavour.name,
        preflight=preflight,
        locate=located,
        schemes=flavour.schemes,
        bind=access.bind,
        anonymous=access.anonymous,
        ignored=lambda place: place.ignored,
        decode=decode,
        encode=encode,
        refuse=refuse,
        forms=True,
        any_file_name=partial(_is_own_form, flavour.prefix) if flavour.forms.any_file_name else None,
        own_origin=lambda request, place: not names_bucket_in_host(request, place.key),
        target=lambda place: place.target,
        settle=settle,
        codes=codes_of((place, row.code) for place, row in flavour.faults.items()),
        finish=None if answers is None else answers.finish,
    )
    return dialect if unwrap is None else replace(dialect, unwrap=unwrap)


def _unless_missing(request: Request, place: Place, fault: Fault) -> Fault:
    """The fault of a key that is not there; that of the bucket if there is none, which no request makes.

    Anybody is told the same without a key. Source: suite of the OSS SDK for Python v2, test_get_bucket_acl_fail.
    """
    tells = place.flavour.replies.missing_first and fault.kind is Kind.KEY_UNKNOWN
    makes = place.level == "bucket" and request.method == "PUT"
    if not tells or place.bucket is not None or place.level == "service" or makes:
        return fault
    return Fault(Kind.BUCKET_MISSING, f"there is no bucket {place.bucket_text!r}", bucket=place.bucket_text or "")


def _with_version(place: Place, op: ops.Operation) -> ops.Operation:
    if "versionId" not in place.query or not isinstance(op, _OF_VERSIONS):
        return op
    return changed(op, version=True)


_OF_VERSIONS = (ops.ReadObject, ops.StatObject, ops.DeleteObject, ops.UpdateObject)
"""Operations for which a request can name a version."""


def _is_own_form(prefix: str, names: Collection[str]) -> bool:
    return any(name.lower().startswith(prefix) for name in names)


def _check_wishes(request: Request, place: Place, claim: Claim | None, answers: Answering | None) -> bool:
    """Refuse before the body is read what the bucket's owner, or the clouds, do not let anybody ask for.

    Gives whether an application is to be asked for the reply.
    """
    if request.method == "GET" and place.bucket is not None and (claim is None or claim.presigned):
        check_referer(request, place.bucket)
    check_traffic_limit(request, place)
    _check_version(place)
    if place.is_plain:
        check_plain(request)
    if answers is not None and request.method in {"PUT", "POST"}:
        return answers.check(request, place)
    return False


def _check_version(place: Place) -> None:
    """Buckets keep one version of each object, which is called ``null`` as in the clouds."""
    version = place.query.get("versionId", "")
    if version not in {"", "null"}:
        raise Fault(
            Kind.PARAMETER_INVALID, f"there is no version {version[:40]!r}: this bucket keeps none",
            reason="version", argument="versionId", value=version[:100],
        )  # fmt: skip
