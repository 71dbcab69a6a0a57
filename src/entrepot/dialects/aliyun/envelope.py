"""Replies of Alibaba Cloud's OpenAPI: JSON or XML, with the headers, the request's id and the form of its errors.

Must not know what an API answers. Source: wire facts of Alibaba §1.4.
"""

from __future__ import annotations

import orjson

from entrepot.core.fault import Fault, Kind
from entrepot.dialects.aliyun.calls import Document, Place, is_headed
from entrepot.dialects.aliyun.faults import row_of
from entrepot.dialects.base import explanation_of
from entrepot.signing.parameters import parameters
from entrepot.wire import xml
from entrepot.wire.http import Request, Response

_JSON = b"application/json;charset=utf-8"
_XML = b"text/xml;charset=utf-8"
"""Clients tell the two by these very spellings."""
_RETRY_AFTER_MS = b"1000"


def uuid_of(request: Request, *, random: bool = False) -> str:
    """The request's own id as the text of a UUID, in capitals; ``random`` with the marks of a version 4."""
    digits = request.id.lower()[:32].rjust(32, "0")
    if random:
        digits = f"{digits[:12]}4{digits[13:16]}{'89ab'[ord(digits[16]) % 4]}{digits[17:]}"
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    text = "-".join(parts)
    return text if random else text.upper()


def _is_json(request: Request) -> bool:
    """What the call asks for; JSON where its signature is a header, else XML, when it does not say."""
    try:
        wanted = parameters(request).get("Format", "")
    except Fault:
        wanted = ""
    return wanted.upper() == "JSON" or (wanted.upper() != "XML" and (is_headed(request) or _names_action(request)))


def _names_action(request: Request) -> bool:
    return request.header(b"x-acs-action") is not None


def _reply(request: Request, status: int, root: str, content: Document, head: list[tuple[bytes, bytes]]) -> Response:
    json = _is_json(request)
    body = orjson.dumps(content) if json else xml.render(root, content)
    headers = [
        (b"content-type", _JSON if json else _XML),
        (b"content-length", b"%d" % len(body)),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-expose-headers", b"*"),
        (b"x-acs-request-id", uuid_of(request).encode()),
        (b"x-acs-trace-id", request.id.lower()[:32].rjust(32, "0").encode()),
        *head,
    ]
    return Response(status=status, headers=headers, body=body)


def answer(request: Request, place: Place, content: Document) -> Response:
    """The reply to a call that was granted."""
    return _reply(request, 200, f"{place.api.action}Response", {"RequestId": uuid_of(request), **content}, [])


def refuse(request: Request, place: Place | None, fault: Fault) -> Response:
    """An error."""
    row = row_of(fault)
    code = row.code.format_map({"field": "Parameter", **fault.facts})
    message = row.message.format_map({"field": "Parameter", "string_to_sign": "", **fault.facts}) or fault.message
    about = f"q={code}&requestId={uuid_of(request)}" + ("" if place is None else f"&product={place.api.service}")
    content: dict[str, object] = {
        "RequestId": uuid_of(request), "HostId": request.authority, "Code": code, "Message": message,
        "Recommend": f"https://api.aliyun.com/troubleshoot?{about}",
        "Detail": fault.message,
        **explanation_of(fault),
    }  # fmt: skip
    if fault.kind is Kind.ACCESS_DENIED and place is not None:
        content["AccessDeniedDetail"] = {"AuthAction": place.api.name, "NoPermissionType": "ImplicitDeny"}
    head = [(b"x-acs-retry-after", _RETRY_AFTER_MS)] if fault.kind is Kind.THROTTLED else []
    response = _reply(request, row.status, "Error", content, head)
    response.code = code
    return response


def preflight(request: Request) -> Response:
    """Browsers may call from any page: what counts is the signature."""
    asked = request.header(b"access-control-request-headers") or ""
    headers = [
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
        (b"access-control-max-age", b"172800"),
        (b"content-length", b"0"),
    ]
    if asked.isascii() and asked.isprintable():
        headers.append((b"access-control-allow-headers", asked.encode("ascii")))
    return Response(status=200, headers=headers)
