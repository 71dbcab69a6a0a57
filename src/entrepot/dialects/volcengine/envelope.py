"""How Volcengine's control APIs answer: metadata around a result, or around an error.

Success is 200 exactly: SDKs take other 2xx for failures. An id has the time of Beijing and what the server's log has
the request under. Source: the seed; wire facts of Volcengine §1.5.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson

from entrepot.core.fault import Fault
from entrepot.dialects.base import explanation_of
from entrepot.dialects.volcengine.faults import row_of
from entrepot.dialects.volcengine.marks import Place, credential_of
from entrepot.wire.http import Request, Response

BEIJING = timezone(timedelta(hours=8))


def beijing(at: float) -> datetime:
    """The time in Beijing, where the cloud's texts have it."""
    return datetime.fromtimestamp(at, UTC).astimezone(BEIJING)


def request_id(request: Request, at: float) -> str:
    """14 digits of time and 18 of the request's own id, in capitals."""
    return f"{beijing(at):%Y%m%d%H%M%S}{request.id[:18].upper():0<18}"


def _about(request: Request, place: Place | None, at: float) -> dict[str, Any]:
    region, service = credential_of(request)
    known = {} if place is None else {"Action": place.action, "Version": place.version}
    return {"RequestId": request_id(request, at), **known, "Service": service, "Region": region}


def answer(request: Request, place: Place, at: float, result: object) -> Response:
    """What a call gave."""
    return _reply(200, {"ResponseMetadata": _about(request, place, at), "Result": result})


def refuse(request: Request, place: Place | None, at: float, fault: Fault) -> Response:
    """Why a call was refused: the cloud's words, then what this server knows."""
    row = row_of(fault)
    facts: dict[str, Any] = defaultdict(str, fault.facts)
    _, facts["service"] = credential_of(request)
    if place is not None:
        facts |= {"action": place.action, "version": place.version}
    own = fault.message[:1].upper() + fault.message[1:] + "."
    error = {"CodeN": row.number, "Code": row.code, "Message": f"{row.message.format_map(facts)} {own}".strip()}
    error |= explanation_of(fault)
    metadata = {**_about(request, place, at), "Error": error}
    return _reply(row.status, {"ResponseMetadata": metadata}, row.code)


def _reply(status: int, content: dict[str, Any], code: str = "") -> Response:
    body = orjson.dumps(content)
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"x-tt-logid", content["ResponseMetadata"]["RequestId"].encode()),
    ]
    return Response(status=status, headers=headers, body=body, code=code)
