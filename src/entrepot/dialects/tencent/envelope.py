"""How API 3.0 answers: always with status 200, one JSON object around the fields or the error, and a request id.

The content type is exactly ``application/json``: with a charset after it the Python SDK takes an error for an empty
success. Source: wire facts of Tencent §1.4.
"""

from __future__ import annotations

from typing import Any

import orjson

from entrepot.core.fault import Fault
from entrepot.dialects.base import explanation_of
from entrepot.dialects.tencent.call import Answer
from entrepot.dialects.tencent.faults import row_of
from entrepot.wire.http import Request, Response


def request_id(request: Request) -> str:
    """The request's id as the cloud writes ids; without the hyphens it is the one in the server's log."""
    text = request.id
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])) if len(text) == 32 else text


def answer(request: Request, fields: Answer) -> Response:
    """What a call gave."""
    return _enveloped({**fields, "RequestId": request_id(request)})


def refusal(request: Request, fault: Fault, product: str = "") -> Response:
    """Why a call was refused; some products have codes of their own."""
    row = row_of(fault, product)
    error = {"Code": row.code, "Message": row.message or fault.message, **explanation_of(fault)}
    return _enveloped({"Error": error, "RequestId": request_id(request)}, row.code)


def _enveloped(content: dict[str, Any], code: str = "") -> Response:
    body = orjson.dumps({"Response": content})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    return Response(status=200, headers=headers, body=body, code=code)
