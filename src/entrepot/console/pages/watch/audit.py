"""The audit log, for the admin: its lines by who, what and when, the newest first; and whether it is whole.

A request looks at so many lines and tells how far it came; the next one goes on from there. The whole log is checked
as ``entrepot audit verify`` does it, one check at a time, where it is not too long for a page.
"""

from __future__ import annotations

import threading
from typing import Any, Final

from entrepot.admin import audit
from entrepot.admin.api.table import Field
from entrepot.admin.circumstances import moment_of
from entrepot.console.page import Asked, Chained, Page, Reply, Show, Who
from entrepot.console.pages.people.accounts import refused
from entrepot.core.fault import Fault, Kind
from entrepot.upkeep.audit_head import noted

_LINES: Final = 100
VERIFIED_MAX: Final = 200_000
"""How many lines are checked for a page; a log that is longer is checked by the command."""
EVENTS: Final = ("mint", "use", "refuse", "revoke", "console", "torn", "lost")
_WHAT: Final = ("action", "api", "operation", "operations")
_PLAIN: Final = ("event", "at", "seq", "prev", "hash")
_FILTER: Final = ("event", "who", "text", "since", "until")


async def show(asked: Asked) -> Reply:
    """A page of lines."""
    typed = {name: asked.given.get(name, "") for name in _FILTER}
    values: dict[str, Any] = {"typed": typed, "events": EVENTS, "lines": [], "looked": 0, "next": None, "fault": None}
    try:
        sought = _sought(typed)
    except Fault as fault:
        return refused(fault, values)
    found = await audit.look_for(asked.services.before, sought, asked.given.get("before"), _LINES)
    kept = {name: text for name, text in typed.items() if text}
    return Show(
        values=values | {
            "lines": [_row(line) for line in found.lines], "looked": found.looked,
            "next": None if found.before is None else kept | {"before": found.before},
        },
        part="pages/watch/audit_rows.html",
    )  # fmt: skip


def _sought(typed: dict[str, str]) -> audit.Sought:
    """Raises Fault PARAMETER_INVALID for what is no time."""
    times = {name: moment_of(typed[name], 0.0) if typed[name] else None for name in ("since", "until")}
    return audit.Sought(event=typed["event"] or None, who=typed["who"] or None, text=typed["text"] or None, **times)


def _row(line: dict[str, Any]) -> dict[str, Any]:
    """A line as the table has it; all else that it says is in ``facts``."""
    what = next((line[name] for name in _WHAT if name in line), "")
    return {
        "number": line["seq"], "at": str(line["at"])[:19].replace("T", " "), "event": line["event"],
        "who": _text(line.get("key", "")), "what": ", ".join(what) if isinstance(what, dict) else _text(what),
        "hash": line["hash"], "facts": {name: _text(value) for name, value in line.items() if name not in _PLAIN},
    }  # fmt: skip


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {count}" for name, count in value.items())
    return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)


async def show_check(_asked: Asked) -> Reply:
    """The button, and what it does."""
    return Show(values=_UNCHECKED)


_UNCHECKED: Final[dict[str, Any]] = {"report": None, "fault": None, "unused": 0, "most": VERIFIED_MAX}
_CHECKING: Final = threading.Lock()
"""Held while a worker checks the log: one check at a time is enough."""


async def verify(asked: Asked) -> Reply:
    """Check the lines, the chain, and the log against the ledger and the head that was noted."""
    if not _CHECKING.acquire(blocking=False):
        return refused(Fault(Kind.THROTTLED, "the log is being checked already; wait for that"), _UNCHECKED)
    try:
        report, verdict = await _checked(asked)
    except Fault as fault:
        return refused(fault, _UNCHECKED)
    finally:
        _CHECKING.release()
    told = {
        "lines": report.lines, "first": report.first, "last": report.last, "head": report.head,
        "torn": report.torn, "damage": [*report.damage, *verdict.damage],
    }  # fmt: skip
    return Show(values=_UNCHECKED | {"report": told, "unused": verdict.unused})


async def _checked(asked: Asked) -> tuple[Chained, audit.Verdict]:
    services = asked.services
    newest = await services.before(None, 1)
    if newest and newest[0]["seq"] > VERIFIED_MAX:
        raise Fault(
            Kind.TOO_LARGE,
            f"the log has {newest[0]['seq']} lines, too many to check for a page: run `entrepot audit verify`",
        )
    unlogged, head = await services.index.scan(lambda reader: (audit.rights(reader), noted(reader)))
    report = await services.checked([] if head is None else [head], unlogged.line)
    return report, await services.index.scan(lambda reader: audit.verdict(reader, unlogged, report.lines))


PAGES: Final = (
    Page(
        name="audit", path="/audit", handler=show, who=Who.ADMIN, title="audit.title", nav=80,
        template="pages/watch/audit.html",
        query=(
            Field(name="event", kind="string", about="Only of this kind.", choices=("", *EVENTS)),
            Field(name="who", kind="string", about="Only of this key.", longest=256),
            Field(name="text", kind="string", about="Only lines that say this.", longest=256),
            Field(name="since", kind="string", about="Not before (ISO 8601).", longest=40),
            Field(name="until", kind="string", about="Not after (ISO 8601).", longest=40),
            Field(name="before", kind="integer", about="Go on before this line.", least=1),
        ),
    ),
    Page(
        name="check-audit", path="/audit/verify", handler=show_check, who=Who.ADMIN, title="audit.verify",
        template="pages/watch/audit_verify.html",
    ),
    Page(
        name="verify-audit", path="/audit/verify", method="POST", handler=verify, who=Who.ADMIN, title="audit.verify",
        template="pages/watch/audit_verify.html",
    ),
)  # fmt: skip
