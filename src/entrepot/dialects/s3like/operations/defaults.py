"""Configurations that no bucket has: one route for all of them, made of each cloud's table.

The answers are for the bucket's own account: what a bucket is set to is nobody else's, whatever is public in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Document, Known, KnownTable, Route, Routes
from entrepot.dialects.s3like.flavour.defaults import Default, Defaults
from entrepot.dialects.s3like.flavour.known import RouteKey
from entrepot.dialects.s3like.flavour.route import Decode, Encode
from entrepot.dialects.s3like.operations.configuration import done
from entrepot.dialects.s3like.operations.listing import document_of
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.documents import Node
from entrepot.wire.http import Request, Response


def routes(defaults: Defaults) -> Routes[Place]:
    """The routes of a table: reading, and where the table says so taking away and setting to what holds anyway."""
    found: dict[RouteKey, Route[Place]] = {}
    for (level, sub), default in defaults.items():
        read = Route(decode=_asked(default, default.right), encode=_answer(default), about=default.about)
        found |= {(level, "GET", sub): read, (level, "HEAD", sub): read}
        if default.removable:
            found[level, "DELETE", sub] = Route(
                decode=_asked(default, Right.UPDATE_CONFIGURATION),
                encode=done(204),
                about=f"{default.about}: none is there",
            )
        if default.settable is not None:
            found[level, "PUT", sub] = Route(
                decode=_setting(default), encode=done(200), about=f"{default.about}: only what holds anyway"
            )
    return found


def known(defaults: Defaults) -> KnownTable:
    """What the requests of those routes may say."""
    found: dict[RouteKey, Known] = {}
    for (level, sub), default in defaults.items():
        further = Known(query=frozenset(name.partition("=")[0] for name in default.variants))
        for variant in default.variants.values():
            further |= variant.known
        read = default.known | further
        found |= {(level, "GET", sub): read, (level, "HEAD", sub): read}
        if default.removable:
            found[level, "DELETE", sub] = further
        if default.settable is not None:
            found[level, "PUT", sub] = default.setting | Known(shapes={default.root: default.settable})
    return found


def _asked(default: Default, right: Right) -> Decode[Place]:
    async def decode(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
        return _wanted(default, place, right)

    return decode


def _wanted(default: Default, place: Place, right: Right) -> ops.Operation:
    """Ask for what the configuration would belong to, so that what is missing and who may not ask come first."""
    if place.level == "service":
        if place.account is None:
            raise Fault(Kind.SIGNATURE_MISSING, "what an account is set to is for its owner")
        return ops.ListBuckets(right=right, account=place.account, after=None, limit=1)
    bucket = place.existing_bucket()
    if place.level == "object" and default.of_object:
        return ops.StatObject(right=right, bucket=bucket, key=place.key, directory=False, link=True)
    if bucket.account != place.account:
        raise Fault(Kind.ACCESS_DENIED, "what a bucket is set to is for its owner")
    return ops.StatBucket(right=right, bucket=bucket)


def _answer(default: Default) -> Encode[Place]:
    def encode(request: Request, place: Place, _op: ops.Operation, _result: Result) -> Response:
        meant = _variant(default, request, place.query)
        if meant.row is not None:
            fault = Fault(Kind.CONFIGURATION_MISSING, f"there is none here: {meant.about}")
            return reply.refuse(request, place.flavour, place, fault, meant.row)
        response = reply.document(request, place, meant.root, _content(meant, place))
        if request.method == "HEAD":
            response.body = b""
        return response

    return encode


def _variant(default: Default, request: Request, query: Mapping[str, str]) -> Default:
    for text, variant in default.variants.items():
        name, named, value = text.partition("=")
        given = query.get(name, request.header(name.encode()))
        if given is not None and (not named or given == value):
            return variant
    return default


def _content(default: Default, place: Place) -> Document | str:
    return default.content(place) if callable(default.content) else default.content


def _setting(default: Default) -> Decode[Place]:
    async def decode(request: Request, place: Place, _intake: Intake) -> ops.Operation:
        wanted = _wanted(default, place, Right.UPDATE_CONFIGURATION)
        node = await document_of(request, place)
        if not _says(node, _content(default, place)):
            raise Fault(
                Kind.NOT_IMPLEMENTED, f"{default.about}: this server has only what holds anyway; nothing was changed"
            )
        return wanted

    return decode


def _says(node: Node, content: Any) -> bool:
    """Whether a document says nothing but what holds anyway."""
    if isinstance(content, Mapping):
        return bool(node.children) and all(
            child.name in content and _says(child, content[child.name]) for child in node.children
        )
    shown = str(content).lower() if isinstance(content, bool) else str(content)
    return not node.children and node.text.strip() == shown
