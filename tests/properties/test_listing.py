"""Listing by pages is listing at once, whatever the keys, the size of the pages, the order and the pattern."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.engines import add_bucket, record
from entrepot.adapters.memory.index import MemoryIndex
from entrepot.core.facts.records import Bucket, Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import ListDirectory, Only
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rules import listing
from entrepot.core.rules.listing import Entry, Page

ELEMENTS = st.sampled_from(["a", "b", "ab", "a!", "a0", "!", "\ud7ff", "\ue000", "\U0001f600", "\U0010ffff"])
keys = st.builds(
    lambda parts, slash: "/".join(parts) + slash,
    st.lists(ELEMENTS, min_size=1, max_size=3),
    st.sampled_from(["", "", "/"]),
)
key_sets = st.sets(keys, max_size=14)
directories = st.sampled_from(["", "", "a/", "a/b/", "\ud7ff/", "\U0010ffff/"])
prefixes = st.sampled_from(["", "", "a", "a!", "\ud7ff", "\ue000", "\U0010ffff"])


@dataclass
class Place:
    """An index with some keys."""

    reader: Reader
    bucket: Bucket


def place(names: set[str]) -> Place:
    """A bucket that holds ``names``, beside one that holds others."""

    async def make() -> Place:
        index = MemoryIndex()
        before, bucket, after = [await add_bucket(index, name) for name in ("before", "bucket", "behind")]

        def fill(tx: Transaction) -> None:
            for name in names:
                tx.put_object(record(bucket, name), bucket.account)
            for other in (before, after):
                for name in ("a", "a/b", "a/b/", "\U0010ffff/x"):
                    tx.put_object(record(other, name), other.account)

        await index.write(fill)
        return Place(index.now, bucket)

    return asyncio.run(make())


def listed(where: Place, names: set[str], directory: str, prefix: str, *, descending: bool, only: Only) -> list[Entry]:
    """The listing by brute force: each name once, a directory with its marker or the first object below it."""
    found: dict[str, Object] = {}
    for name in sorted(names):
        rest = name[len(directory) :]
        if name.startswith(directory + prefix) and rest:
            leaf, slash, _ = rest.partition("/")
            found.setdefault(leaf + slash, record(where.bucket, name))
    wanted = {Only.BOTH: {True, False}, Only.DIRECTORIES: {True}, Only.FILES: {False}}[only]
    entries = [Entry(name=name, record=each) for name, each in found.items() if name.endswith("/") in wanted]
    return sorted(entries, key=lambda entry: entry.name, reverse=descending)


def pages(where: Place, op: ListDirectory) -> list[Page]:
    """All pages, going on where each says; a listing that does not end fails."""
    met = [listing.list_directory(where.reader, op)]
    while met[-1].resume is not None:
        assert len(met) < 60
        after = met[-1].resume
        met.append(listing.list_directory(where.reader, ListDirectory(
            bucket=op.bucket, directory=op.directory, prefix=op.prefix, after=after, limit=op.limit,
            descending=op.descending, only=op.only,
        )))  # fmt: skip
    return met


@given(key_sets, directories, prefixes, st.integers(1, 6), st.booleans(), st.sampled_from(Only))
def test_pages_together_are_the_listing(
    names: set[str], directory: str, prefix: str, limit: int, descending: bool, only: Only
) -> None:
    where = place(names)
    op = ListDirectory(
        bucket=where.bucket,
        directory=directory,
        prefix=prefix,
        after=None,
        limit=limit,
        descending=descending,
        only=only,
    )
    if directory and not any(name.startswith(directory) for name in names):
        with pytest.raises(Fault) as caught:
            listing.list_directory(where.reader, op)
        assert caught.value.kind is Kind.OBJECT_MISSING
        return
    met = pages(where, op)
    expected = listed(where, names, directory, prefix, descending=descending, only=only)
    assert [entry for page in met for entry in page.entries] == expected
    # The marker of the directory itself takes one place without being shown: on the first page, going up.
    marker = directory in names and not prefix
    for number, page in enumerate(met[:-1]):
        assert len(page.entries) == limit - (marker and not descending and number == 0)
    assert len(met[-1].entries) <= limit
    assert met[-1].entries or len(met) == 1 or marker or only is not Only.BOTH


@given(
    key_sets,
    directories,
    prefixes,
    st.builds(str.__add__, ELEMENTS, st.sampled_from(["", "/"])),
    st.integers(1, 30),
    st.booleans(),
    st.sampled_from(Only),
)
def test_going_on_after_any_name(
    names: set[str], directory: str, prefix: str, after: str, limit: int, descending: bool, only: Only
) -> None:
    """A token may be of an entry that has gone meanwhile."""
    names |= {directory + "b"} if directory else set()
    where = place(names)
    op = ListDirectory(
        bucket=where.bucket,
        directory=directory,
        prefix=prefix,
        after=after,
        limit=limit,
        descending=descending,
        only=only,
    )
    everything = listed(where, names, directory, prefix, descending=descending, only=only)
    expected = [entry for entry in everything if (entry.name < after if descending else entry.name > after)]
    assert [entry for page in pages(where, op) for entry in page.entries] == expected


@given(key_sets, st.integers(1, 4), st.sampled_from(Only), st.booleans())
def test_a_page_that_looks_at_too_many_keys_is_given_back_short(
    names: set[str], limit: int, only: Only, descending: bool
) -> None:
    where = place(names)
    op = ListDirectory(
        bucket=where.bucket, directory="", prefix="", after=None, limit=limit, only=only, descending=descending
    )
    expected = listed(where, names, "", "", descending=descending, only=only)
    before = listing.SCAN_MAX
    listing.SCAN_MAX = limit + 3
    try:
        assert [entry for page in pages(where, op) for entry in page.entries] == expected
    finally:
        listing.SCAN_MAX = before
