"""What was refused and why: the newest refusals that were explained, and the whole explanation of one.

Whose refusals are shown is :mod:`entrepot.admin.sight`'s to say. An explanation holds no secret and no signature when
it is made (:mod:`entrepot.core.explanation`), so none is taken out here.
"""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import quote, urlencode

from entrepot.admin import explained
from entrepot.admin.api.table import Field
from entrepot.admin.circumstances import moment_of
from entrepot.admin.grants import span
from entrepot.console.page import BASE, Asked, Go, Page, Reply, Show
from entrepot.console.pages.people.accounts import refused
from entrepot.core.fault import Fault

_PAGE: Final = 50
_FILTER: Final = ("dialect", "answer", "bucket", "key", "since")
_TOLD_APART: Final = ("cause", "confidence", "sentence", "change", "expected", "came", "parts_at", "needed", "right")
"""What the page has a place of its own for; the rest of an explanation is a list of facts."""


async def show(asked: Asked) -> Reply:
    """One page of them; htmx asks for the rows after it."""
    if asked.given.get("id"):
        return Go(path=f"{BASE}/refusals/{quote(asked.given['id'].strip(), safe='')}")
    typed = {name: asked.given.get(name, "").strip() for name in _FILTER}
    values: dict[str, Any] = {"typed": typed, "rows": [], "dialects": [], "more": "", "fault": None}
    services, key, after = asked.services, asked.visitor.key, asked.given.get("after")
    try:
        sought = explained.Sought(**typed | {"since": _since(typed["since"], services.clock())})
    except Fault as fault:
        return refused(fault, values)
    found = await services.index.scan(
        lambda reader: explained.look_for(reader, services.explanations, sought, key, after, _PAGE)
    )
    kept = {name: text for name, text in typed.items() if text}
    more = "" if found.after is None else urlencode(kept | {"after": found.after})
    values |= {"rows": found.rows, "dialects": found.dialects, "more": more}
    return Show(values=values, part="pages/watch/refusals_rows.html")


def _since(text: str, now: float) -> float:
    """A time, or how long ago that is. Raises Fault PARAMETER_INVALID."""
    if not text:
        return 0.0
    try:
        return now - span(text)
    except Fault:
        return moment_of(text, now)


async def show_one(asked: Asked) -> Reply:
    """Why one request was refused."""
    services, request, key = asked.services, asked.given["id"], asked.visitor.key
    found = await services.index.scan(lambda reader: explained.row_for(reader, services.explanations, request, key))
    told: dict[str, str] = found["explanation"]
    expected, came = told.get("expected", ""), told.get("came", "")
    values = {
        "refusal": found, "told": told, "facts": {name: told[name] for name in told if name not in _TOLD_APART},
        "sides": _sides(expected, came, parted="parts_at" in told), "needed": _spread(told.get("needed", "")),
        "command": f"entrepot explain {found['request']}",
    }  # fmt: skip
    return Show(values=values)


def _sides(expected: str, came: str, *, parted: bool) -> dict[str, tuple[str, str, str]]:
    """What was expected and what came, each before, at and after the letter where they part."""
    at = next((at for at, two in enumerate(zip(expected, came, strict=False)) if two[0] != two[1]), None)
    at = min(len(expected), len(came)) if at is None else at
    sides = {"expected": expected, "came": came}
    if not parted or expected == came:
        return {name: (text, "", "") for name, text in sides.items() if text}
    return {name: (text[:at], text[at : at + 1], text[at + 1 :]) for name, text in sides.items()}


def _spread(text: str) -> str:
    """A policy over several lines; one that was cut stays as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


PAGES: Final = (
    Page(
        name="refusals", path="/refusals", handler=show, title="refusals.title", nav=75,
        template="pages/watch/refusals.html",
        query=(
            Field(name="id", kind="string", about="The id of a request.", longest=256),
            Field(name="dialect", kind="string", about="Only of this dialect.", longest=40),
            Field(name="answer", kind="string", about="Only with this status, or a code that begins so.", longest=80),
            Field(name="bucket", kind="string", about="Only of buckets that begin like this.", longest=100),
            Field(name="key", kind="string", about="Only of requests that name this key.", longest=256),
            Field(name="since", kind="string", about="A time (ISO 8601), or how long ago (15m).", longest=40),
            Field(name="after", kind="string", about="Go on after this request.", longest=64),
        ),
    ),
    Page(
        name="refusal", path="/refusals/{id}", handler=show_one, title="refusals.one",
        template="pages/watch/refusal.html",
    ),
)  # fmt: skip
