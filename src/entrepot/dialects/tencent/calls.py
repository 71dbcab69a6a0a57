"""Which API a call of TencentCloud API 3.0 calls.

That it is a call is told by :mod:`entrepot.dialects.call_detection`. A POST has no parameters in its query:
nothing signs that. The signature is found by the schemes. Source: wire facts of Tencent §0, §1.1.
"""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.dialects.tencent.call import Api
from entrepot.signing.raw_query import pairs
from entrepot.signing.tc3_v1 import parameters_of
from entrepot.wire.http import Request

Apis = Mapping[tuple[str, str], Api]


class Place(Value, frozen=True, kw_only=True):
    """The API that is called. ``operation`` names it for logs."""

    operation: str
    api: Api


def locate(request: Request, apis: Apis) -> Place:
    """The API that is called.

    Raises:
        Fault: METHOD_NOT_ALLOWED; NAME_INVALID for a path; PARAMETER_MISSING; NOT_IMPLEMENTED with reason ``action``
            or ``version``.
    """
    if request.method not in {"GET", "POST"}:
        raise Fault(Kind.METHOD_NOT_ALLOWED, f"a call is made by GET or POST, not by {request.method[:20]!r}")
    if request.raw_path != b"/":
        raise Fault(Kind.NAME_INVALID, "a call goes to the path '/'; nothing else is here", reason="call-path")
    action, version = _common(request, "Action"), _common(request, "Version")
    api = apis.get((action, version))
    if api is None:
        raise _unknown(action, version, apis)
    return Place(operation=action, api=api)


def _common(request: Request, name: str) -> str:
    """A parameter that every call has: a header, or a parameter of older calls."""
    value = request.header(b"x-tc-" + name.lower().encode())
    if value is None:
        given = (value for key, value, _ in pairs(parameters_of(request)) if key == name.encode())
        value = next(given, b"").decode("utf-8", "replace")
    if not value:
        raise Fault(Kind.PARAMETER_MISSING, f"The request is missing a required parameter `{name}`.")
    return value


def _unknown(action: str, version: str, apis: Apis) -> Fault:
    versions = sorted(known for name, known in apis if name == action)
    if versions:
        return Fault(
            Kind.NOT_IMPLEMENTED, f"{action} has the version {' and '.join(versions)}, not {version[:40]!r}",
            reason="version",
        )  # fmt: skip
    served = ", ".join(sorted({name for name, _ in apis}))
    return Fault(Kind.NOT_IMPLEMENTED, f"there is no action {action[:80]!r}; served are {served}", reason="action")
