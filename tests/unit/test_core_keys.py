"""Listing keys with a delimiter is what brute force over all keys says, whatever the pages.

``Source:`` of the model: the rules in the docstring of :class:`entrepot.core.operations.ListObjects`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.engines import add_bucket, record
from entrepot.adapters.memory.index import MemoryIndex
from entrepot.core.facts.records import Attributes, Bucket, Object, Upload
from entrepot.core.operations import ListObjects, ListUploads
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rules import listing, multipart

ELEMENTS = st.sampled_from(["a", "b", "/", "//", "x-x", "-", "!", "\ud7ff", "\ue000", "\U0001f600", "\U0010ffff"])
texts = st.lists(ELEMENTS, min_size=1, max_size=5).map("".join)
key_sets = st.sets(texts, max_size=16)
prefixes = st.sampled_from(["", "", "", "a", "a/", "x-", "\ud7ff", "\U0010ffff"])
delimiters = st.sampled_from(["", "/", "/", "-", "x-", "//", "\U0010ffff"])


@dataclass
class Place:
    """An index with some keys, and an upload or two of each."""

    reader: Reader
    bucket: Bucket
    uploads: list[tuple[str, str]]


def place(names: set[str]) -> Place:
    async def make() -> Place:
        index = MemoryIndex()
        before, bucket, behind = [await add_bucket(index, name) for name in ("before", "bucket", "behind")]
        made: list[tuple[str, str]] = []

        def fill(tx: Transaction) -> None:
            for number, name in enumerate(sorted(names)):
                tx.put_object(record(bucket, name), bucket.account)
                for copy in range(1 + number % 3):
                    made.append((name, f"{copy}-{number}"))
                    tx.add_upload(upload(bucket, *made[-1]))
            for other in (before, behind):
                tx.put_object(record(other, "a/x"), other.account)
                tx.add_upload(upload(other, "a/x", f"other-{other.id}"))

        await index.write(fill)
        return Place(index.now, bucket, made)

    return asyncio.run(make())


def upload(bucket: Bucket, key: str, name: str) -> Upload:
    return Upload(
        id=name, bucket=bucket.id, key=key, size=0, part_bytes=0, sha1=None, attributes=Attributes(), replace="always",
        started_at=1.0, started_by=None,
    )  # fmt: skip


Row = tuple[str, str, bool]
"""A key (or common prefix), the id of an upload, whether it is a common prefix."""


def rolled(rows: list[tuple[str, str]], prefix: str, delimiter: str) -> list[Row]:
    """Brute force: every row that starts with the prefix, once a common prefix."""
    found: dict[Row, None] = {}
    for key, name in sorted(rows):
        if not key.startswith(prefix):
            continue
        head, cut, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
        found[(prefix + head + cut, "", True) if cut else (key, name, False)] = None
    return list(found)


def later(rows: list[Row], key: str, names: set[str], prefix: str, delimiter: str) -> list[Row]:
    """The rows that come after a marker. One that is a common prefix itself stands for everything below it."""
    is_common = bool(delimiter) and key.startswith(prefix) and key.find(delimiter, len(prefix)) >= 0
    is_common = is_common and key.find(delimiter, len(prefix)) + len(delimiter) == len(key)

    def is_later(row: Row) -> bool:
        if is_common:
            return not row[0].startswith(key) and row[0] > key
        if row[2]:  # a common prefix is later when something below it is
            return any(below > key and below.startswith(row[0]) for below in names)
        return row[0] > key

    return [row for row in rows if is_later(row)]


def shown(records: list[Object]) -> list[tuple[str, str]]:
    return [(each.key, "") for each in records]


@given(key_sets, prefixes, delimiters, st.integers(1, 6))
def test_pages_of_keys_together_are_the_listing(names: set[str], prefix: str, delimiter: str, limit: int) -> None:
    where = place(names)
    expected = rolled([(name, "") for name in names], prefix, delimiter)
    after: str | None = None
    found: list[Row] = []
    while True:
        page = listing.list_objects(
            where.reader,
            ListObjects(bucket=where.bucket, prefix=prefix, delimiter=delimiter, after=after, limit=limit),
        )
        rows = [(*row, False) for row in shown(page.records)] + [(common, "", True) for common in page.prefixes]
        assert page.prefixes == sorted(page.prefixes)
        assert shown(page.records) == sorted(shown(page.records))
        found += sorted(rows)
        if page.resume is None:
            break
        assert len(rows) == limit
        assert page.resume == max(rows)[0]
        after = page.resume
    assert found == expected


@given(key_sets, prefixes, delimiters, st.integers(1, 6), st.booleans())
def test_pages_of_uploads_together_are_the_listing(
    names: set[str], prefix: str, delimiter: str, limit: int, none: bool
) -> None:
    where = place(names)
    expected = rolled(where.uploads, prefix, delimiter)
    after: tuple[str | None, str | None] = (None, None)
    found: list[Row] = []
    while True:
        page = multipart.list_uploads(
            where.reader,
            ListUploads(
                bucket=where.bucket, prefix=prefix, delimiter=delimiter, after_key=after[0], after_upload=after[1],
                limit=limit,
            ),
        )  # fmt: skip
        rows = [(each.key, each.id, False) for each in page.uploads] + [(each, "", True) for each in page.prefixes]
        found += sorted(rows)
        if page.resume is None:
            break
        assert len(rows) == limit
        assert page.resume == max(rows)[:2]
        after = (page.resume[0], page.resume[1] or (None if none else ""))
    assert found == expected


@given(key_sets, prefixes, delimiters, texts)
def test_going_on_after_any_key(names: set[str], prefix: str, delimiter: str, after: str) -> None:
    """A marker may be of a key that has gone, or was never there."""
    where = place(names)
    page = listing.list_objects(
        where.reader, ListObjects(bucket=where.bucket, prefix=prefix, delimiter=delimiter, after=after, limit=99)
    )
    rows = [(*row, False) for row in shown(page.records)] + [(common, "", True) for common in page.prefixes]
    everything = rolled([(name, "") for name in names], prefix, delimiter)
    assert sorted(rows) == later(everything, after, names, prefix, delimiter)
    assert page.resume is None


@given(key_sets, prefixes, delimiters, texts)
def test_going_on_after_all_uploads_of_any_key(names: set[str], prefix: str, delimiter: str, after: str) -> None:
    where = place(names)
    op = ListUploads(
        bucket=where.bucket, prefix=prefix, delimiter=delimiter, after_key=after, after_upload=None, limit=99
    )
    page = multipart.list_uploads(where.reader, op)
    rows = [(each.key, each.id, False) for each in page.uploads] + [(each, "", True) for each in page.prefixes]
    assert sorted(rows) == later(rolled(where.uploads, prefix, delimiter), after, names, prefix, delimiter)


class Counting:
    """A reader that counts the rows it gives."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.rows = 0
        self.seeks = 0

    def objects(self, bucket: int, low: str, high: str | None, limit: int) -> list[Object]:
        found = self.reader.objects(bucket, low, high, limit)
        self.rows += len(found)
        self.seeks += 1
        return found


@pytest.mark.parametrize("limit", [0, 1, 2, 7, 20])
def test_a_page_costs_what_it_shows(limit: int) -> None:
    """Twenty directories of thirty keys: as many seeks as entries, not as many rows as keys."""
    where = place({f"{directory:02}/{number:02}" for directory in range(20) for number in range(30)})
    counting = Counting(where.reader)
    op = ListObjects(bucket=where.bucket, prefix="", delimiter="/", after=None, limit=limit)
    page = listing.list_objects(counting, op)
    assert page.prefixes == [f"{number:02}/" for number in range(limit)]
    assert (page.resume is None) == (limit in {0, 20})
    assert counting.seeks <= limit + 1
    assert counting.rows <= limit + 1 + 2 * limit
