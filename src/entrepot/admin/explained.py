"""The refusals that a server explained, for whoever runs it."""

from __future__ import annotations

from typing import Any

from entrepot.admin.grants import moment
from entrepot.core.explanation import Explained
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Explanations


def row(record: Explained) -> dict[str, Any]:
    """A refusal and what was said of it."""
    return {
        "request": record.request,
        "at": moment(record.at),
        "client": record.client,
        "key": record.key,
        "dialect": record.dialect,
        "operation": record.operation,
        "method": record.method,
        "kind": record.kind,
        "why": record.why,
        "explanation": record.told,
    }


def rows(kept: Explanations | None, count: int) -> list[dict[str, Any]]:
    """The newest ones, the newest first."""
    return [] if kept is None else [row(record) for record in kept.newest(count)]


def row_of(kept: Explanations | None, request: str) -> dict[str, Any]:
    """The one of a request. Raises Fault OBJECT_MISSING."""
    found = None if kept is None else kept.find(request)
    if found is None:
        raise Fault(
            Kind.OBJECT_MISSING,
            f"no refusal of a request {request[:100]!r} is kept: it was not refused, its refusal needed no explanation,"
            " or newer ones took its place (settings explain.keep and explain.per_second); each gateway keeps its own",
        )
    return row(found)
