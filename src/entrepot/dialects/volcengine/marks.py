"""What a call of Volcengine's control APIs asks: action, version, parameters.

Action and version stand in the query, parameters there, in a form or in a JSON object: SDKs of different years put them
in different places, so they are merged; one with two values is told as such. Must not know what an action does.
Source: wire facts of Volcengine §1.1, §1.6.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Any, Final
from urllib.parse import unquote

import orjson

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.dialects.call_detection import VOLCENGINE_HOST
from entrepot.dialects.call_detection import VOLCENGINE_VERSION as VERSION
from entrepot.wire.http import Request, pairs_of

__all__ = ["SERVICE", "VERSION", "Parameter", "Place", "cloud_host", "credential_of", "locate"]

SERVICE: Final = "vms"
FIELDS_MAX = 64

_SCOPE = re.compile(r"\d{8}/([\w-]{1,64})/([\w-]{1,64})/request", re.ASCII)

Parameter = str | int | float | bool | list[Any] | dict[str, Any]


class Place(Value, frozen=True, kw_only=True):
    """The call: ``given`` are its parameters; ``twice`` are those that it gives with several values.

    ``operation`` is the action, if there is such a one, for the log.
    """

    operation: str
    action: str
    version: str
    given: Mapping[str, Parameter]
    twice: frozenset[str] = frozenset()


def cloud_host(host: str) -> bool:
    """Whether a client came by the cloud's own names, which then lead here."""
    return VOLCENGINE_HOST.fullmatch(host) is not None


def locate(request: Request, actions: Container[str]) -> Place:
    """What is asked. Raises Fault PARAMETER_MISSING (reason ``action``), METHOD_NOT_ALLOWED, MALFORMED."""
    if request.method not in {"GET", "POST"}:
        raise Fault(Kind.METHOD_NOT_ALLOWED, f"the method is {request.method}; calls are GET or POST")
    asked = request.query()
    query = dict(reversed(asked))  # the first of a name counts
    if not query.get("Action"):
        raise Fault(
            Kind.PARAMETER_MISSING, "the query says no Action; add Action=", reason="action", parameter="Action"
        )
    if not query.get("Version"):
        raise Fault(Kind.PARAMETER_MISSING, "the query says no Version; add Version=", parameter="Version")
    pairs: list[tuple[str, Parameter]] = [
        (name, value) for name, value in asked if name not in {"Action", "Version"} and name[:2] != "X-"
    ]
    pairs += _of_body(request)
    given: dict[str, Parameter] = {}
    twice = {name for name, value in pairs if _said(given.setdefault(name, value)) != _said(value)}
    action = query["Action"]
    return Place(
        operation=action if action in actions else "-", action=action, version=query["Version"], given=given,
        twice=frozenset(twice),
    )  # fmt: skip


def _said(value: Parameter) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _of_body(request: Request) -> list[tuple[str, Parameter]]:
    payload = request.payload or b""
    if not payload.strip():
        return []
    content_type = (request.header(b"content-type") or "").lower()
    if content_type.startswith("application/x-www-form-urlencoded"):
        return _of_form(payload)
    return _of_json(payload)


def _of_form(payload: bytes) -> list[tuple[str, Parameter]]:
    try:
        pairs = pairs_of(payload.decode("utf-8"), FIELDS_MAX)
    except ValueError as error:
        raise Fault(
            Kind.MALFORMED, f"the body is no form of at most {FIELDS_MAX} fields in UTF-8", parameter="body"
        ) from error
    return [(name, value) for name, value in pairs]


def _of_json(payload: bytes) -> list[tuple[str, Parameter]]:
    """The members of an object; one that is null is not there."""
    try:
        found = orjson.loads(payload)
    except ValueError as error:
        raise Fault(Kind.MALFORMED, "the body is no JSON", parameter="body") from error
    if not isinstance(found, dict) or len(found) > FIELDS_MAX:
        raise Fault(Kind.MALFORMED, f"the body is no JSON object of at most {FIELDS_MAX} members", parameter="body")
    return [(name, value) for name, value in found.items() if value is not None]


def credential_of(request: Request) -> tuple[str, str]:
    """Region and service that a request says it was signed for, not verified; the API's own where it does not say."""
    text = request.header(b"authorization") or unquote(request.raw_query.decode("ascii", "replace")).replace("&", ",")
    for part in text.split(","):
        _, _, credential = part.partition("Credential=")
        match = _SCOPE.fullmatch("/".join(credential.strip().rsplit("/", 4)[1:]))
        if match is not None:
            return match[1], match[2]
    return "", SERVICE
