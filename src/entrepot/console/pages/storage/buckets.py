"""The buckets: all of them for the admin, those of its account for any other key, if its policies let it list them."""

from __future__ import annotations

from typing import Any, Final

from entrepot.admin import buckets
from entrepot.admin.api.table import Field
from entrepot.console.page import Asked, Page, Reply, Show
from entrepot.core import operations as ops
from entrepot.core.facts.records import Bucket

_PAGE: Final = 100


async def show(asked: Asked) -> Reply:
    """One page of them, by name; htmx asks for the rows after it."""
    prefix, after = asked.given.get("prefix", ""), asked.given.get("after")
    rows, following = await _rows(asked, prefix, after)
    values = {"rows": rows, "next": following, "prefix": prefix, "after": after}
    return Show(values=values, part="pages/storage/buckets_rows.html")


async def _rows(asked: Asked, prefix: str, after: str | None) -> tuple[list[dict[str, Any]], str | None]:
    if asked.account is None:
        return await asked.services.index.scan(lambda reader: buckets.page(reader, None, after, _PAGE, prefix))
    op = ops.ListBuckets(account=asked.account, after=after, limit=_PAGE, prefix=prefix)
    found = await asked.perform(op)
    assert isinstance(found, list)  # noqa: S101 - what this operation gives
    listed = [bucket for bucket in found if isinstance(bucket, Bucket)]
    return [buckets.row(one) for one in listed[:_PAGE]], listed[_PAGE - 1].name if len(listed) > _PAGE else None


PAGES: Final = (
    Page(
        name="buckets", path="/buckets", handler=show, title="buckets.title", nav=20,
        template="pages/storage/buckets.html",
        query=(
            Field(name="prefix", kind="string", about="Only names that begin like this.", longest=64),
            Field(name="after", kind="string", about="Go on after this name.", longest=64),
        ),
    ),
)  # fmt: skip
