"""Which pages there are to look at: every row of the console's table that is read and has a template.

A page whose path or query needs values has its address in ``ADDRESSES``; nothing else is to be done for a further page.
"""

from __future__ import annotations

from console.furnished import REFUSED, RIGHT
from entrepot.console.page import Page, Who
from entrepot.console.table import PAGES

ADDRESSES = {
    "objects": "/buckets/1250000000/walked-0",
    "object": "/buckets/1250000000/walked-0/object?key=notes%2F1.txt",
    "settings": "/buckets/1250000000/walked-1/settings?edit=cors&number=0",
    "share": "/buckets/1250000000/walked-0/share?key=notes%2F1.txt&purpose=upload",
    "uploads": "/buckets/1250000000/walked-uploads/uploads",
    "right": f"/rights/{RIGHT}",
    "withdrawal": f"/withdrawal?id={RIGHT}",
    "refusal": f"/refusals/{REFUSED}",
    "account": "/accounts/1250000000",
    "user": "/accounts/1250000000/users/walked",
    "policy": "/policies/1250000000/walked-0",
}
"""Name of a page, to its address below /-/console with values that the fixture ``server`` has (:mod:`.furnished`)."""


def pages() -> list[Page]:
    """All that can be looked at."""
    return [page for page in PAGES if page.method == "GET" and page.template]


def address_of(page: Page) -> str:
    """Where a page can be looked at. Raises KeyError for one that needs values and has none here."""
    needs = "{" in page.path or any(field.needed for field in page.query)
    return ADDRESSES[page.name] if needs or page.name in ADDRESSES else page.path


def is_open(page: Page) -> bool:
    """Whether it is for those who are not logged in."""
    return page.who is Who.ANYBODY
