"""The language of the pages, kept with the browser. It goes back to the page from which it was changed."""

from __future__ import annotations

from typing import Final

from entrepot.admin.api.table import Field
from entrepot.console.catalogue import LANGUAGES
from entrepot.console.page import BASE, Asked, Go, Page, Reply, Who


async def choose(asked: Asked) -> Reply:
    """Keep a choice."""
    back = asked.given.get("back", "")
    safe = back.isascii() and back.isprintable() and back.startswith("/") and not back.startswith("//")
    return Go(path=BASE + back if safe else BASE, language=asked.given["language"])


PAGES: Final = (
    Page(
        name="language", path="/language", method="POST", handler=choose, who=Who.ANYBODY,
        form=(
            Field(name="language", kind="string", about="Which.", needed=True, choices=tuple(LANGUAGES)),
            Field(name="back", kind="string", about="The path of the page, below the console.", longest=8192),
        ),
    ),
)  # fmt: skip
