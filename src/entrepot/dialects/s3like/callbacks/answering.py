"""Callbacks of uploads: what a request asks for is checked before anything is stored, and asked for afterwards.

The application's answer becomes the reply of the upload; when it does not come, the object is there all the same, and
the cloud's refusal says so. Source: wire facts of Alibaba §3.5, §5.3, Volcengine §3.10.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from entrepot.core import operations as ops
from entrepot.core.facts.records import Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.store import Result
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.callbacks.callback import Call, Callback, Manner, Reply, parse
from entrepot.dialects.s3like.flavour.spelling import user_of
from entrepot.dialects.s3like.operations.object_headers import etag_of
from entrepot.wire.http import Request, Response

KEY_PATH = "/-/callback/public-key.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What a dialect does about callbacks: ``check`` whether it is asked for one before it stores, ``finish`` after."""

    check: Callable[[Request, Place], bool]
    finish: Callable[[Request, Place, ops.Operation, Result, Response], Awaitable[Response]]


class Caller(Protocol):
    """Asks applications; see :mod:`.calling`."""

    def check(self, callback: Callback) -> None:
        """Raises Fault for what would never be asked."""
        ...

    async def ask(self, call: Call) -> Reply:
        """What the application answers. Raises Fault CALLBACK_FAILED."""
        ...


def answering(caller: Callable[[], Caller], manner: Manner, public_url: str | None) -> Answering:
    """Callbacks in one cloud's manner. ``public_url`` is where applications find the server's key, if it is set.

    ``caller`` gives who asks, once there is something to ask: it needs what few uploads need.
    """

    def check(request: Request, place: Place) -> bool:
        callback = wanted(request, place, manner)
        if callback is None:
            return False
        caller().check(callback)
        return True

    async def finish(request: Request, place: Place, op: ops.Operation, result: Result, response: Response) -> Response:
        if not isinstance(op, ops.PutObject | ops.CompleteMultipart) or not op.calls_back:
            return response
        if not isinstance(result, Object):
            return response
        callback = wanted(request, place, manner)
        if callback is None:
            return response
        base = public_url or f"{request.scheme}://{request.authority}"
        call = Call(
            callback=callback, manner=manner, facts=_facts(request, place, op, result),
            requester=user_of(place.owner, place.reader), key_url=base + KEY_PATH,
        )  # fmt: skip
        reply = await caller().ask(call)
        kept = [(name, value) for name, value in response.headers if name not in {b"content-length", b"content-type"}]
        kept += [(b"content-type", reply.content_type.encode("latin-1")), (b"content-length", b"%d" % len(reply.body))]
        return Response(status=200, headers=kept, body=reply.body)

    return Answering(check=check, finish=finish)


def wanted(request: Request, place: Place, manner: Manner) -> Callback | None:
    """The callback that a request asks for: by header, query or form field.

    Raises:
        Fault: PARAMETER_INVALID (reason ``callback``).
    """
    fields = dict(request.form or ())
    header = request.header(f"{manner.prefix}callback".encode())
    query = place.query.get("callback") or place.query.get(f"{manner.prefix}callback")
    if header and query:
        raise Fault(
            Kind.PARAMETER_INVALID, "the callback is both in a header and in the address; send one",
            reason="callback", argument="callback",
        )  # fmt: skip
    text = header or query or fields.get("callback") or fields.get(f"{manner.prefix}callback")
    variables = (
        request.header(f"{manner.prefix}callback-var".encode())
        or place.query.get("callback-var")
        or place.query.get(f"{manner.prefix}callback-var")
        or fields.get("callback-var")
    )
    if not text:
        if variables:
            raise Fault(
                Kind.PARAMETER_INVALID, "there are variables of a callback, and no callback that they are for",
                reason="callback", argument="callback-var",
            )  # fmt: skip
        return None
    return parse(text, manner, variables, fields)


def _facts(request: Request, place: Place, op: ops.Operation, record: Object) -> dict[str, str | int]:
    operation = "CompleteMultipartUpload"
    if isinstance(op, ops.PutObject):
        operation = "PostObject" if op.form else "PutObject"
    return {
        "bucket": place.existing_bucket().name,
        "object": record.key,
        "etag": etag_of(place.flavour, record).strip('"'),
        "size": record.size,
        "mimeType": record.attributes.headers.get("Content-Type", place.flavour.objects.content_type),
        "crc64": str(record.crc64 or 0),
        "contentMd5": base64.b64encode(record.md5).decode() if record.md5 is not None and not record.parts else "",
        "clientIp": request.client,
        "reqId": _request_id(request, place),
        "operation": operation,
    }


def _request_id(request: Request, place: Place) -> str:
    """The request's id as the reply tells it, by which an application finds what the client saw."""
    header = place.flavour.header("request-id")
    return next(value.decode() for name, value in place.flavour.replies.common(request) if name == header)
