"""What marks a request as a call of Volcengine's control APIs, and what it asks: action, version, parameters.

Action and version stand in the query, parameters there, in a form or in a JSON object: SDKs of different years put them
in different places, so they are merged. Must not know what an action does. Source: wire facts of Volcengine §1.1, §1.6.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote

import orjson

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.wire.http import Request

VERSION: Final = "2022-01-01"
SERVICE: Final = "vms"
FIELDS_MAX = 64

_HOST = re.compile(r"(?:[a-z0-9-]+\.)+volcengineapi\.com")
_SCOPE = re.compile(r"\d{8}/([\w-]{1,64})/([\w-]{1,64})/request", re.ASCII)
_OTHERS = re.compile(rb"(?:^|&)(?:signature|accesskeyid|secretid|x-amz-[a-z]+)=", re.IGNORECASE)


class Place(Value, frozen=True, kw_only=True):
    """The call: ``given`` are its parameters. ``operation`` is the action, if there is such a one, for the log."""

    operation: str
    action: str
    version: str
    given: Mapping[str, str]


def is_call(request: Request) -> bool:
    """Whether a request is one: by its credential, by its host, or unsigned by an action of this version."""
    authorization = request.header(b"authorization")
    if authorization:
        return authorization.startswith("HMAC-SHA256")
    query = request.raw_query
    if b"x-algorithm=hmac-sha256" in query.lower():
        return True
    if _HOST.fullmatch(request.host):
        return True
    named = b"Action=" in query and f"Version={VERSION}".encode() in query
    return named and request.raw_path in {b"", b"/"} and _OTHERS.search(query) is None


def cloud_host(host: str) -> bool:
    """Whether a client came by the cloud's own names, which then lead here."""
    return _HOST.fullmatch(host) is not None


def locate(request: Request, actions: Container[str]) -> Place:
    """What is asked. Raises Fault PARAMETER_MISSING (reason ``action``), METHOD_NOT_ALLOWED, MALFORMED."""
    if request.method not in {"GET", "POST"}:
        raise Fault(Kind.METHOD_NOT_ALLOWED, f"the method is {request.method}; calls are GET or POST")
    query = dict(reversed(request.query()))  # the first of a name counts
    for name in ("Action", "Version"):
        if not query.get(name):
            raise Fault(
                Kind.PARAMETER_MISSING, f"the query says no {name}; add {name}=", reason="action", parameter=name
            )
    own = {name: value for name, value in query.items() if name not in {"Action", "Version"} and name[:2] != "X-"}
    action = query["Action"]
    return Place(
        operation=action if action in actions else "-", action=action, version=query["Version"],
        given={**own, **_of_body(request)},
    )  # fmt: skip


def _of_body(request: Request) -> dict[str, str]:
    payload = request.payload or b""
    if not payload.strip():
        return {}
    content_type = (request.header(b"content-type") or "").lower()
    if content_type.startswith("application/x-www-form-urlencoded"):
        return _of_form(payload)
    return _of_json(payload)


def _of_form(payload: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(payload.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError as error:
        raise Fault(
            Kind.MALFORMED, f"the body is no form of at most {FIELDS_MAX} fields in UTF-8", parameter="body"
        ) from error
    return dict(reversed(pairs))


def _of_json(payload: bytes) -> dict[str, str]:
    """The scalars of an object as text; what is nested, or null, is no parameter of these APIs."""
    try:
        found = orjson.loads(payload)
    except ValueError as error:
        raise Fault(Kind.MALFORMED, "the body is no JSON", parameter="body") from error
    if not isinstance(found, dict) or len(found) > FIELDS_MAX:
        raise Fault(Kind.MALFORMED, f"the body is no JSON object of at most {FIELDS_MAX} members", parameter="body")
    return {name: _text(value) for name, value in found.items() if isinstance(value, str | int | float | bool)}


def _text(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def credential_of(request: Request) -> tuple[str, str]:
    """Region and service that a request says it was signed for, not verified; the API's own where it does not say."""
    text = request.header(b"authorization") or unquote(request.raw_query.decode("ascii", "replace")).replace("&", ",")
    for part in text.split(","):
        _, _, credential = part.partition("Credential=")
        match = _SCOPE.fullmatch("/".join(credential.strip().rsplit("/", 4)[1:]))
        if match is not None:
            return match[1], match[2]
    return "", SERVICE
