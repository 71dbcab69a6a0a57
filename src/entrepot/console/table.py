"""The pages of the console, and which of them a request is for.

A further page is a file in a room of ``pages/`` with its rows, its templates beside it, and a name in this list.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote_to_bytes

from entrepot.console.page import BASE, Page
from entrepot.console.pages.entry import connect, language, login
from entrepot.console.pages.people import accounts, keys, users
from entrepot.console.pages.policies import policies, tester
from entrepot.console.pages.rights import mint, rights
from entrepot.console.pages.storage import buckets, objects, one_object, settings, share, upload, uploads
from entrepot.console.pages.watch import audit, overview, refusals
from entrepot.console.sessions import Visitor
from entrepot.core.fault import Fault, Kind

PAGES: Final[tuple[Page, ...]] = (
    *login.PAGES,
    *language.PAGES,
    *connect.PAGES,
    *overview.PAGES,
    *buckets.PAGES,
    *objects.PAGES,
    *upload.PAGES,
    *uploads.PAGES,
    *one_object.PAGES,
    *share.PAGES,
    *settings.PAGES,
    *rights.PAGES,
    *mint.PAGES,
    *accounts.PAGES,
    *users.PAGES,
    *keys.PAGES,
    *policies.PAGES,
    *tester.PAGES,
    *refusals.PAGES,
    *audit.PAGES,
)


def page_of(method: str, path: bytes) -> tuple[Page, dict[str, str]]:
    """The page of a request, and what its path says. Raises Fault OBJECT_MISSING, METHOD_NOT_ALLOWED."""
    segments = path.removeprefix(BASE.encode()).split(b"/")
    found = [(page, given) for page in PAGES if (given := _given(page, segments)) is not None]
    if not found:
        raise Fault(Kind.OBJECT_MISSING, "the console has no such page")
    asked = "GET" if method == "HEAD" else method
    for page, given in found:
        if page.method == asked:
            return page, given
    allowed = ", ".join(sorted({page.method for page, _ in found}))
    raise Fault(Kind.METHOD_NOT_ALLOWED, f"{method[:20]} is not served here; there is {allowed}", allow=allowed)


def _given(page: Page, segments: list[bytes]) -> dict[str, str] | None:
    wanted = page.path.split("/")
    if len(wanted) != len(segments):
        return None
    given: dict[str, str] = {}
    for name, segment in zip(wanted, segments, strict=True):
        try:
            text = unquote_to_bytes(segment).decode("utf-8")
        except UnicodeDecodeError:
            return None
        if name.startswith("{"):
            given[name[1:-1]] = text
        elif name.encode() != segment:
            return None
    return given


def in_navigation(visitor: Visitor) -> list[Page]:
    """The pages of the navigation that a visitor may see, in their order."""
    return sorted((page for page in PAGES if page.nav and page.open_to(visitor)), key=lambda page: page.nav)


def start_of(visitor: Visitor) -> str:
    """Where a visitor begins."""
    return BASE + in_navigation(visitor)[0].path
