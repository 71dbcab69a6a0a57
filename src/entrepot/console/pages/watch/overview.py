"""The overview: what this server does now. Its figures are of all dialects and accounts, so it is the admin's.

The page asks for the counters every few seconds and draws how they change; nothing is kept here for that.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from entrepot.console.page import BASE, Asked, Data, Page, Reply, Show, Who

_FIGURES: Final = "/figures"


async def show(asked: Asked) -> Reply:
    """The page, with the figures of now for whoever runs no scripts."""
    return Show(values={"figures": await _figures(asked), "figures_path": BASE + _FIGURES})


async def figures(asked: Asked) -> Reply:
    """The counters."""
    return Data(value=await _figures(asked))


async def _figures(asked: Asked) -> dict[str, Any]:
    services = asked.services
    counted = await asyncio.to_thread(services.figures)
    free, whole = await asyncio.to_thread(services.disk)
    uploads = await services.index.scan(lambda reader: reader.open_uploads())
    return {
        **counted, "at": services.clock(), "open_uploads": uploads, "disk_free": free, "disk_bytes": whole,
    }  # fmt: skip


PAGES: Final = (
    Page(
        name="overview", path="/overview", handler=show, who=Who.ADMIN, title="overview.title", nav=10,
        template="pages/watch/overview.html", scripts=("uplot.min.js", "overview.js"), styles=("uplot.min.css",),
    ),
    Page(name="figures", path=_FIGURES, handler=figures, who=Who.ADMIN),
)  # fmt: skip
