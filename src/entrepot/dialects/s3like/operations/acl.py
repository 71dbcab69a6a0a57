"""ACLs of buckets and objects: private, public-read and public-read-write; nothing finer is kept.

Source: wire facts of Tencent §7.6, Alibaba §5.5, Volcengine §3.8; AWS "PutBucketAcl".
"""

from __future__ import annotations

from dataclasses import replace

from entrepot.core import operations as ops
from entrepot.core.facts.records import Acl, Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Route
from entrepot.dialects.s3like.operations.configuration import done, settings_of, stat
from entrepot.dialects.s3like.operations.grants import EVERYONE
from entrepot.dialects.s3like.operations.listing import check_digests
from entrepot.dialects.s3like.operations.objects import acl_header
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.documents import Node
from entrepot.wire.http import Request, Response
from entrepot.wire.xml import read


async def _put_bucket_acl(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    acl = await asked_acl(request, place) or Acl.PRIVATE
    return ops.UpdateBucket(
        right=Right.UPDATE_BUCKET_ACL,
        bucket=place.existing_bucket(),
        change=lambda settings: replace(settings, acl=acl, acl_of_objects=place.flavour.objects.bucket_acl),
    )


async def asked_acl(request: Request, place: Place) -> Acl | None:
    """The ACL of a header, or the canned one that the document amounts to."""
    canned = acl_header(request, place)
    body = await read(request.body, place.settings.document_max_bytes)
    check_digests(request, place, body)
    own = {place.flavour.header("acl"), place.flavour.header(place.flavour.objects.acl_header)}
    grants = place.flavour.header("grant-")
    if any(value and (name in own or name.startswith(grants)) for name, value in request.headers):
        if body:
            raise Fault(Kind.MALFORMED, "a header and a document both name an ACL; send one of them")
        return canned
    if not body:
        raise Fault(Kind.PARAMETER_MISSING, "there is neither a canned ACL nor a document", reason="no-acl")
    return _canned(place, place.flavour.documents.read(body, place.known.shapes))


def _canned(place: Place, node: Node) -> Acl | None:
    """The canned ACL that grants amount to. Others are refused, so that nobody may do more than was granted."""
    # TOS: an object without an ACL of its own, which a bucket cannot be.
    if (node.value("IsDefault") or "").lower() == "true":
        if place.level == "object":
            return None
        raise _only_canned()
    grants = node.first("AccessControlList") or node
    listed = [*grants.all("Grant"), *grants.all("Grants")]
    if grants.text.strip() or not (listed or node.first("AccessControlList") or node.first("Owner")):
        raise Fault(Kind.MALFORMED, "the document has no list of grants", reason="xml")
    whole = str(reply.owner_of(place)["ID"])
    owners = {whole, whole.rpartition("/")[2]}  # COS: the whole name, or its number
    if ((node.first("Owner") or node).value("ID") or whole) not in owners:
        raise Fault(Kind.ACCESS_DENIED, "the document names another owner than the one that there is")
    if not listed:
        raise Fault(
            Kind.NOT_IMPLEMENTED,
            "the document grants nothing to anybody: the owner's own grant cannot be taken away; private is the least",
        )
    public = set()
    for grant in listed:
        if not grant.children:  # OSS writes the canned ACL as text
            return _canned_text(grant.text.strip())
        grantee = grant.first("Grantee") or Node(name="Grantee")
        if len([name for name in ("URI", "Canned", "ID") if grantee.value(name)]) > 1:
            raise Fault(Kind.MALFORMED, "a Grantee is one: it has an ID, or names a group", reason="xml")
        group, user = grantee.value("URI") or grantee.value("Canned") or "", grantee.value("ID")
        permission = grant.value("Permission") or ""
        if not EVERYONE.isdisjoint({("uri", group), ("canned", group), ("id", user)}):
            public.add(permission)
        elif group or permission != "FULL_CONTROL" or user not in owners:
            raise _only_canned()
    if frozenset(public) not in _AMOUNTS_TO:
        raise _only_canned()
    return _AMOUNTS_TO[frozenset(public)]


_AMOUNTS_TO = {
    frozenset[str](): Acl.PRIVATE,
    frozenset({"READ"}): Acl.PUBLIC_READ,
    frozenset({"READ", "WRITE"}): Acl.PUBLIC_READ_WRITE,
}
"""What everybody may do; nobody but the owner sees or changes ACLs, whatever is granted."""


def _canned_text(text: str) -> Acl | None:
    if text == "default":
        return None
    try:
        return Acl(text)
    except ValueError as error:
        message = f"the document grants {text[:40]!r}, which is no canned ACL"
        raise Fault(Kind.MALFORMED, message, reason="xml") from error


def _only_canned() -> Fault:
    return Fault(Kind.NOT_IMPLEMENTED, "only canned ACLs are implemented: private, public-read, public-read-write")


def _bucket_acl(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    acl = settings_of(result).acl
    return reply.document(request, place, "AccessControlPolicy", reply.acl_document(place, acl))


async def _put_object_acl(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    acl = await asked_acl(request, place)
    return ops.UpdateObject(
        right=Right.UPDATE_ACL, bucket=place.existing_bucket(), key=place.key, acl=acl, inherit_acl=acl is None,
        touch=False,
    )  # fmt: skip


async def _get_object_acl(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    return ops.StatObject(
        right=Right.READ_ACL, bucket=place.existing_bucket(), key=place.key, directory=False, link=True
    )


def _object_acl(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    assert isinstance(result, Object)  # noqa: S101 - asked for the object itself
    return reply.document(request, place, "AccessControlPolicy", reply.acl_document(place, result.attributes.acl))


PUT_BUCKET_ACL = Route(decode=_put_bucket_acl, encode=done(200), about="set the bucket's ACL")
GET_BUCKET_ACL = Route(decode=stat(Right.READ_BUCKET_ACL), encode=_bucket_acl, about="the bucket's ACL")
PUT_OBJECT_ACL = Route(decode=_put_object_acl, encode=done(200), about="set the object's ACL")
GET_OBJECT_ACL = Route(decode=_get_object_acl, encode=_object_acl, about="the object's ACL")
