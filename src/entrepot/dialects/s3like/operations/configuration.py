"""What belongs to buckets and objects beside bytes: CORS rules and tags.

ACLs are in :mod:`acl`, lifecycle rules in :mod:`lifecycle`.

Source: wire facts of Tencent §7.6, Alibaba §5.3, §5.5, Volcengine §3.8, §3.9; AWS "PutBucketCors".
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from entrepot.core import operations as ops
from entrepot.core.facts.records import Bucket, BucketSettings, CorsRule, Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Route
from entrepot.dialects.s3like.flavour.route import Decode, Encode
from entrepot.dialects.s3like.flavour.spelling import tag_list
from entrepot.dialects.s3like.operations.listing import document_of
from entrepot.dialects.s3like.operations.object_headers import TAGS_MAX, check_tags
from entrepot.dialects.s3like.replies import cors, reply
from entrepot.wire.documents import Node
from entrepot.wire.http import Request, Response

RULES_MAX = 100
BUCKET_TAGS_MAX = 50
_CORS_MAX = 64 * 1024
"""Characters of a CORS configuration, which every request of a page goes through. Source: AWS "Using CORS", 64 KB."""
_IN_HEADER = re.compile(r"[ -~]*")
"""What can stand in the header of a reply: names that are exposed come back there, whenever a page asks."""
_METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "HEAD"})


def settings_of(result: Result) -> BucketSettings:
    """The settings of the bucket that was asked for."""
    assert isinstance(result, Bucket)  # noqa: S101 - these routes ask for the bucket
    return result.settings


def done(status: int) -> Encode[Place]:
    """An empty reply."""

    def encode(request: Request, place: Place, _op: ops.Operation, _result: Result) -> Response:
        return reply.empty(request, place, status)

    return encode


def stat(right: Right) -> Decode[Place]:
    """Ask for the bucket, which takes this right."""

    async def decode(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
        return ops.StatBucket(right=right, bucket=place.existing_bucket())

    return decode


def missing(reason: str) -> Fault:
    """The refusal where a bucket has no such configuration."""
    return Fault(Kind.CONFIGURATION_MISSING, f"the bucket has no {reason} configuration", reason=reason)


# -- CORS --------------------------------------------------------------------------------------------------------------


async def _put_cors(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    bucket = place.existing_bucket()
    node = await document_of(request, place)
    rules = tuple(_cors_rule(rule) for rule in node.all("CORSRule"))
    if not 0 < len(rules) <= RULES_MAX:
        raise Fault(Kind.MALFORMED, f"there are {len(rules)} rules; 1 to {RULES_MAX} can be", reason="xml")
    vary = _vary(node)
    if sum(len(text) for rule in rules for text in (*rule.origins, *rule.headers, *rule.expose)) > _CORS_MAX:
        raise Fault(Kind.MALFORMED, f"the CORS rules have more than {_CORS_MAX} characters", reason="xml")
    return ops.UpdateBucket(
        right=Right.UPDATE_CORS, bucket=bucket,
        change=lambda settings: replace(settings, cors=rules, labels=_with_vary(settings, vary)),
    )  # fmt: skip


def _vary(node: Node) -> str:
    """What a document or a rule of it says of Vary. Raises Fault MALFORMED."""
    vary = (node.value("ResponseVary") or "").lower()
    if vary not in {"", "true", "false"}:
        raise Fault(Kind.MALFORMED, f"ResponseVary is {vary[:20]!r}; it must be true or false", reason="xml")
    return vary


def _with_vary(settings: BucketSettings, vary: str) -> dict[str, str]:
    labels = {name: value for name, value in settings.labels.items() if name != cors.VARY}
    return {**labels, cors.VARY: vary} if vary else labels


def _cors_rule(node: Node) -> CorsRule:
    def texts(name: str) -> tuple[str, ...]:
        return tuple(child.text.strip() for child in node.all(name))

    methods = texts("AllowedMethod")
    origins = texts("AllowedOrigin")
    bad = [method for method in methods if method not in _METHODS]
    if bad or not methods or not origins or not all(origins):
        raise Fault(
            Kind.MALFORMED,
            f"a CORS rule needs origins and methods (of {', '.join(sorted(_METHODS))});"
            f" it has {', '.join(bad) or 'none'}",
            reason="xml",
        )
    if any(value.count("*") > 1 for value in (*origins, *texts("AllowedHeader"))):
        raise Fault(Kind.MALFORMED, "an origin or header of a CORS rule may hold one *", reason="xml")
    for name in texts("ExposeHeader"):
        if not _IN_HEADER.fullmatch(name):
            raise Fault(Kind.MALFORMED, f"{name[:60]!r} in a CORS rule is no name of a header", reason="xml")
    age = node.value("MaxAgeSeconds")
    return CorsRule(
        id=node.value("ID") or "", origins=origins, methods=methods, headers=texts("AllowedHeader"),
        expose=texts("ExposeHeader"), max_age_seconds=number_of(age, "MaxAgeSeconds", 0) if age else None,
        vary=_vary(node) == "true",
    )  # fmt: skip


def number_of(text: str, name: str, least: int) -> int:
    """A number in a document. Raises Fault PARAMETER_INVALID."""
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) >= least):
        raise Fault(
            Kind.PARAMETER_INVALID, f"{name} is {text[:30]!r}; it must be a number from {least} on",
            argument=name, value=text[:100],
        )  # fmt: skip
    return int(text)


def _cors(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    rules = settings_of(result).cors
    if not rules:
        raise missing("cors")
    content: dict[str, Any] = {
        "CORSRule": [
            {
                "ID": rule.id or None, "AllowedOrigin": list(rule.origins), "AllowedMethod": list(rule.methods),
                "AllowedHeader": list(rule.headers), "ExposeHeader": list(rule.expose),
                "MaxAgeSeconds": rule.max_age_seconds, "ResponseVary": rule.vary or None,
            }
            for rule in rules
        ],
        "ResponseVary": settings_of(result).labels.get(cors.VARY, place.flavour.documents.vary),
    }  # fmt: skip
    return reply.document(request, place, "CORSConfiguration", content)


async def _delete_cors(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    return ops.UpdateBucket(
        right=Right.DELETE_CORS,
        bucket=place.existing_bucket(),
        change=lambda settings: replace(settings, cors=(), labels=_with_vary(settings, "")),
    )


# -- tags --------------------------------------------------------------------------------------------------------------


def tags_of_nodes(nodes: list[Node], most: int = TAGS_MAX, *, any_text: bool = False) -> dict[str, str]:
    """Tags as elements. Raises Fault PARAMETER_INVALID."""
    return check_tags([(_text_of(node, "Key"), _text_of(node, "Value")) for node in nodes], most, any_text=any_text)


def _tag_nodes(node: Node) -> list[Node]:
    """The tags of a document; a set of none takes the tags away. Raises Fault MALFORMED where there is no set."""
    found = node.first("TagSet") or node
    if found is not node and node.all("Tag"):
        raise Fault(Kind.MALFORMED, "tags stand in the set of tags, none beside it", reason="xml")
    if found.text.strip() or (found is node and not node.all("Tag")):
        raise Fault(Kind.MALFORMED, "the document has no set of tags", reason="xml")
    return found.all("Tag")


def _text_of(node: Node, name: str) -> str:
    """A child's text as it was sent, blanks included."""
    child = node.first(name)
    return "" if child is None else child.text


async def _put_tags(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    bucket = place.existing_bucket()
    node = await document_of(request, place)
    tags = tags_of_nodes(_tag_nodes(node))
    return ops.UpdateObject(right=Right.UPDATE_TAGS, bucket=bucket, key=place.key, tags=tags, touch=False)


async def _get_tags(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    return ops.StatObject(
        right=Right.READ_TAGS, bucket=place.existing_bucket(), key=place.key, directory=False, link=True
    )


def _tags(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    assert isinstance(result, Object)  # noqa: S101 - asked for the object itself
    if not result.attributes.tags and place.flavour.documents.tags_missing:
        raise Fault(Kind.CONFIGURATION_MISSING, f"the object {result.key!r} has no tags", reason="tags")
    return reply.document(request, place, "Tagging", {"TagSet": {"Tag": tag_list(result.attributes.tags)}})


async def _delete_tags(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    return ops.UpdateObject(
        right=Right.DELETE_TAGS, bucket=place.existing_bucket(), key=place.key, tags={}, touch=False
    )


# -- tags of buckets ---------------------------------------------------------------------------------------------------


async def _put_bucket_tags(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    bucket = place.existing_bucket()
    nodes = _tag_nodes(await document_of(request, place))
    tags = tags_of_nodes(nodes, BUCKET_TAGS_MAX, any_text=place.flavour.documents.bucket_tags_any)
    return ops.UpdateBucket(
        right=Right.UPDATE_BUCKET_TAGS, bucket=bucket, change=lambda settings: replace(settings, tags=tags)
    )


def _bucket_tags(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    tags = settings_of(result).tags
    if not tags and place.flavour.documents.bucket_tags_missing:
        raise Fault(Kind.CONFIGURATION_MISSING, "the bucket has no tags", reason="tags")
    return reply.document(request, place, "Tagging", {"TagSet": {"Tag": tag_list(tags)}})


async def _delete_bucket_tags(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    return ops.UpdateBucket(
        right=Right.DELETE_BUCKET_TAGS,
        bucket=place.existing_bucket(),
        change=lambda settings: replace(settings, tags={}),
    )


PUT_BUCKET_TAGS = Route(decode=_put_bucket_tags, encode=done(204), about="set the bucket's tags, which are labels")
GET_BUCKET_TAGS = Route(decode=stat(Right.READ_BUCKET_TAGS), encode=_bucket_tags, about="the bucket's tags")
DELETE_BUCKET_TAGS = Route(decode=_delete_bucket_tags, encode=done(204), about="remove the bucket's tags")
PUT_CORS = Route(decode=_put_cors, encode=done(200), about="set the CORS rules")
GET_CORS = Route(decode=stat(Right.READ_CORS), encode=_cors, about="the CORS rules")
DELETE_CORS = Route(decode=_delete_cors, encode=done(204), about="remove the CORS rules")
PUT_TAGS = Route(decode=_put_tags, encode=done(200), about="set the object's tags")
GET_TAGS = Route(decode=_get_tags, encode=_tags, about="the object's tags")
DELETE_TAGS = Route(decode=_delete_tags, encode=done(204), about="remove the object's tags")
