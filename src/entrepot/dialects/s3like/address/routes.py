"""Which route a request means: by its level, its method and the sub-resource in its query.

What else it says is looked at in :mod:`entrepot.dialects.s3like.address.closed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.dialects.s3like.flavour import Flavour, Operations, Route, RouteKey
from entrepot.dialects.s3like.flavour.route import COPY, FORM, PART
from entrepot.wire.http import Request, Response


async def _no_operation(_request: Request, _place: object, _intake: Intake) -> ops.Operation:
    raise Fault(Kind.METHOD_NOT_ALLOWED, "a preflight is answered before this", method="OPTIONS")


def _no_reply(_request: Request, _place: object, _op: ops.Operation, _result: Result) -> Response:
    raise Fault(Kind.METHOD_NOT_ALLOWED, "a preflight is answered before this", method="OPTIONS")


_PREFLIGHT: Route[Any] = Route(decode=_no_operation, encode=_no_reply)


def route_of(flavour: Flavour, level: str, request: Request, query: Mapping[str, str]) -> tuple[RouteKey, Route[Any]]:
    """The operation that is asked for.

    Raises:
        Fault: NOT_IMPLEMENTED, METHOD_NOT_ALLOWED.
    """
    method, operations = request.method, flavour.operations
    if method == "OPTIONS":
        return (level, method, ""), _PREFLIGHT
    named = [name for name in query if name in _known(operations)]
    missing = next((name for name in query if operations.absent(name)), None)
    if missing is not None and not named:
        raise Fault(Kind.NOT_IMPLEMENTED, f"{method} ?{missing} is not implemented here", header=missing)
    sub = named[0] if named else ""
    if len(named) > 1:
        here = (name for name in named if (level, method, name) in operations.routes)
        sub = PART if {"uploadId", "partNumber"} <= set(named) else next(here, sub)
    if request.form is not None and level == "bucket":
        sub = FORM
    elif method == "PUT" and sub in {"", PART} and request.header(flavour.header("copy-source")) is not None:
        sub += COPY
    found = operations.routes.get((level, method, sub))
    if found is None:
        raise _no_route(operations, level, method, sub, named)
    return (level, method, sub), found


def _no_route(operations: Operations, level: str, method: str, sub: str, named: list[str]) -> Fault:
    """Why there is no operation: nothing of that name is here, or not by this method."""
    absent = (level, sub) in operations.defaults or not any(
        (level, sub) == (at, name) for at, _method, name in operations.routes
    )
    if named and absent:
        return Fault(
            Kind.NOT_IMPLEMENTED, f"{method} ?{named[0]} on the {level} is not implemented here", header=named[0]
        )
    what = f"?{named[0]}" if named else f"the {level}"
    return Fault(Kind.METHOD_NOT_ALLOWED, f"{method} is not possible on {what}", method=method, level=level)


@cache
def _known(operations: Operations) -> frozenset[str]:
    """The name of every sub-resource that has a route at some level."""
    names = {sub for _level, _method, sub in operations.routes if sub and not sub.startswith("+")}
    return frozenset(names | {"partNumber", "uploadId"})
