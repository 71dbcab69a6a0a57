"""The refusals that a server explained: the newest of them, those that somebody looks for, and one.

Who may read which is :mod:`entrepot.admin.sight`'s to say.
"""

from __future__ import annotations

from typing import Any, Final

from entrepot.admin import sight
from entrepot.admin.grants import moment
from entrepot.core.explanation import Explained
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Explanations, Reader
from entrepot.core.rights.identity import Key
from entrepot.core.value import Value

LOOKED_MAX: Final = 5000
"""How many of the newest are looked at."""


class Sought(Value, frozen=True, kw_only=True):
    """Which refusals: those that meet every field that is not empty. ``since`` is in seconds since 1970."""

    dialect: str = ""
    answer: str = ""
    """The status of the reply, its code, or how that code begins."""
    bucket: str = ""
    """How its name begins."""
    key: str = ""
    since: float = 0.0

    def takes(self, record: Explained) -> bool:
        """Whether a refusal is one of them."""
        return (
            self.dialect in {"", record.dialect}
            and self.key in {"", record.key}
            and record.bucket.startswith(self.bucket)
            and record.at >= self.since
            and (self.answer == str(record.status) or record.code.lower().startswith(self.answer.lower()))
        )


class Found(Value, frozen=True, kw_only=True):
    """Refusals, the newest first; the dialects of all that may be read; and the request to go on after, or None."""

    rows: list[dict[str, Any]]
    dialects: list[str]
    after: str | None


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
        "bucket": record.bucket,
        "object": record.object,
        "status": record.status,
        "code": record.code,
        "kind": record.kind,
        "why": record.why,
        "explanation": record.told,
    }


def rows(kept: Explanations | None, count: int) -> list[dict[str, Any]]:
    """The newest ones, the newest first."""
    return [] if kept is None else [row(record) for record in kept.newest(count)]


def look_for(
    reader: Reader, kept: Explanations, sought: Sought, key: Key | None, after: str | None, limit: int
) -> Found:
    """At most ``limit`` of those that a key may read, ``after`` a request; None: from the newest on.

    Raises Fault OBJECT_MISSING where newer ones have taken the place of ``after``.
    """
    reads: dict[tuple[int | None, str], bool] = {}
    found: list[Explained] = []
    dialects: set[str] = set()
    begun = after is None
    for record in kept.newest(LOOKED_MAX):
        of = record.account, record.key
        if of not in reads:
            reads[of] = sight.reads(reader, record, key)
        if not reads[of]:
            continue
        dialects.add(record.dialect)
        if begun and len(found) <= limit and sought.takes(record):
            found.append(record)
        begun = begun or record.request == after
    if not begun:
        raise Fault(Kind.OBJECT_MISSING, "newer refusals took the place of the one to go on after; begin again")
    further = found[limit - 1].request if len(found) > limit else None
    return Found(rows=[row(one) for one in found[:limit]], dialects=sorted(dialects), after=further)


def row_of(kept: Explanations | None, request: str) -> dict[str, Any]:
    """The one of a request. Raises Fault OBJECT_MISSING."""
    found = None if kept is None else kept.find(request)
    if found is None:
        raise _missing(request)
    return row(found)


def row_for(reader: Reader, kept: Explanations, request: str, key: Key | None) -> dict[str, Any]:
    """The one of a request, if a key may read it. Raises Fault OBJECT_MISSING."""
    found = kept.find(request)
    if found is None or not sight.reads(reader, found, key):
        raise _missing(request)
    return row(found)


def _missing(request: str) -> Fault:
    return Fault(
        Kind.OBJECT_MISSING,
        f"no refusal of a request {request[:100]!r} is kept: it was not refused, its refusal needed no explanation,"
        " or newer ones took its place (settings explain.keep and explain.per_second); each gateway keeps its own",
    )
