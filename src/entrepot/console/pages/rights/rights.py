"""The rights that were minted: a list, the life of one, and how they are withdrawn.

Whose rights are shown is :mod:`entrepot.admin.sight`'s to say. A withdrawal is asked twice: the page before it says how
many rights go, and those that were minted since are not among them.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote, urlencode

from entrepot.admin import grants, life, sight
from entrepot.admin.api.table import Field
from entrepot.console.page import BASE, Asked, Go, Page, Reply, Show
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.ledger import Wanted
from entrepot.core.value import changed

_PAGE: Final = 50
_MINTED: Final = 20
"""Rights minted from one, that its page shows."""
_NARROWS: Final = ("prefix", "api", "minter")


async def show(asked: Asked) -> Reply:
    """One page of them, the newest first; htmx asks for the rows after it."""
    if asked.given.get("id"):
        return Go(path=f"{BASE}/rights/{quote(asked.given['id'].strip(), safe='')}")
    now = asked.services.clock()
    after = None if not asked.given.get("after") else grants.mark_of_text(asked.given["after"])
    wanted = _wanted(asked, now)
    if asked.given.get("state") == "holds":
        wanted = changed(wanted, holding=now)

    def look_up(reader: Reader) -> dict[str, Any]:
        return grants.page(reader, sight.within(reader, wanted, asked.visitor.key), after, _PAGE, now)

    found = await asked.services.index.scan(look_up)
    filters = {name: asked.given.get(name, "") for name in (*_NARROWS, "state")}
    narrowed = {name: filters[name] for name in _NARROWS if filters[name]}
    said = urlencode({name: value for name, value in filters.items() if value} | {"after": found["next"] or ""})
    values = {"rows": found["grants"], "more": said if found["next"] else "", "filters": filters,
              "withdraw": urlencode(narrowed)}  # fmt: skip
    return Show(values=values, part="pages/rights/rights_rows.html")


async def show_one(asked: Asked) -> Reply:
    """What one right allows, and what became of it."""
    now, right_id = asked.services.clock(), asked.given["id"]

    def look_up(reader: Reader) -> dict[str, Any]:
        sight.seen(reader, right_id, asked.visitor.key)
        below = grants.page(reader, Wanted(minter=right_id), None, _MINTED, now)
        key = grants.named(reader, right_id)
        above = reader.key("" if key.minted is None else key.minted.minter)
        is_right = above is not None and above.minted is not None and sight.sees(reader, above, asked.visitor.key)
        return {"right": grants.details(reader, right_id, now), "below": below, "minter_is_right": is_right}

    found = await asked.services.index.scan(look_up)
    lines = await asked.services.newest(life.LINES, None)
    right = found["right"]
    stored = [place.partition("/")[::2] for place in right["stored_some"]]
    values = {**found, "life": life.steps(right, lines, now), "stored": stored, "lines": life.LINES}
    return Show(values=values)


async def confirm(asked: Asked) -> Reply:
    """How many rights a withdrawal would take."""
    now = asked.services.clock()
    if asked.given.get("id"):
        await _check_seen(asked)
        services, ids = asked.services, [asked.given["id"]]
        done = await grants.revoke_named(services.index, services.audit, ids, asked.by, now, dry_run=True)
    else:
        wanted = await _withdrawn(asked, now)
        done = await grants.revoke_wanted(
            asked.services.index, asked.services.audit, wanted, asked.by, now, dry_run=True
        )
    return Show(values=_withdrawal(asked, now) | {"count": done["matched"], "done": None})


async def withdraw(asked: Asked) -> Reply:
    """Withdraw what was confirmed."""
    services, now = asked.services, asked.services.clock()
    if asked.given.get("id"):
        await _check_seen(asked)
        done = await grants.revoke_named(services.index, services.audit, [asked.given["id"]], asked.by, now)
    else:
        wanted = await _withdrawn(asked, min(now, _moment(asked)))
        done = await grants.revoke_wanted(services.index, services.audit, wanted, asked.by, now)
    return Show(values=_withdrawal(asked, now) | {"count": 0, "done": done["revoked"]})


async def _check_seen(asked: Asked) -> None:
    await asked.services.index.scan(lambda reader: sight.seen(reader, asked.given["id"], asked.visitor.key))


async def _withdrawn(asked: Asked, before: float) -> Wanted:
    """Those of the filter that were minted before a time. Raises Fault PARAMETER_MISSING without a filter."""
    if not any(asked.given.get(name) for name in _NARROWS):
        raise Fault(Kind.PARAMETER_MISSING, f"say which rights to withdraw: {', '.join(_NARROWS)}")
    wanted = changed(_wanted(asked, before), before=before)
    return await asked.services.index.scan(lambda reader: sight.within(reader, wanted, asked.visitor.key))


def _withdrawal(asked: Asked, now: float) -> dict[str, Any]:
    narrowed = {name: asked.given[name] for name in ("id", *_NARROWS) if asked.given.get(name)}
    back = f"/{quote(narrowed['id'], safe='')}" if "id" in narrowed else f"?{urlencode(narrowed)}"
    return {"narrowed": narrowed, "before": repr(now), "back_to": back}


def _moment(asked: Asked) -> float:
    """When the rights were counted. Raises Fault PARAMETER_INVALID, PARAMETER_MISSING."""
    text = asked.given.get("before")
    if text is None:
        raise Fault(Kind.PARAMETER_MISSING, "say when the rights were counted")
    try:
        at = float(text)
    except ValueError as error:
        raise Fault(Kind.PARAMETER_INVALID, "before is no time") from error
    if not 0 <= at < 2**53:
        raise Fault(Kind.PARAMETER_INVALID, "before is no time")
    return at


def _wanted(asked: Asked, now: float) -> Wanted:
    return grants.wanted_of({name: asked.given[name] for name in _NARROWS if asked.given.get(name)}, now)


_ID: Final = Field(name="id", kind="string", about="One right.", longest=256)
_FILTER: Final = (
    Field(name="prefix", kind="string", about="Only for what begins like this: BUCKET/KEY.", longest=1200),
    Field(name="api", kind="string", about="Only of a service or an API.", longest=100),
    Field(name="minter", kind="string", about="Only rights that this key asked for.", longest=256),
)
PAGES: Final = (
    Page(
        name="rights", path="/rights", handler=show, title="rights.title", nav=30, template="pages/rights/rights.html",
        styles=("rights.css",),
        query=(
            _ID, *_FILTER,
            Field(name="state", kind="string", about="Only those that hold.", choices=("any", "holds")),
            Field(name="after", kind="string", about="Go on after this one.", longest=400),
        ),
    ),
    Page(
        name="right", path="/rights/{id}", handler=show_one, title="rights.one", template="pages/rights/right.html",
        styles=("rights.css",),
    ),
    Page(
        name="withdrawal", path="/withdrawal", handler=confirm, title="rights.withdraw",
        template="pages/rights/withdrawal.html", query=(_ID, *_FILTER), styles=("rights.css",),
    ),
    Page(
        name="withdraw", path="/withdrawal", method="POST", handler=withdraw, title="rights.withdraw",
        template="pages/rights/withdrawal.html", noted=("id", "prefix", "api", "minter"), styles=("rights.css",),
        form=(_ID, *_FILTER, Field(name="before", kind="string", about="When they were counted.", longest=40)),
    ),
)  # fmt: skip
