"""Listing keys, all below a prefix or one level of a tree, by key range.

The cost of a page depends on the page, never on the bucket: directories are skipped with one seek each. A page that
looked at ``SCAN_MAX`` keys without filling up is given back short, with the place to go on from.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.core import operations as ops
from entrepot.core.facts.names import after_prefix
from entrepot.core.facts.records import Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rules.keys import KeysPage, Rolling
from entrepot.core.rules.objects import directory_exists

SCAN_MAX = 20_000
"""How many keys one page may look at; only a listing of directories among very many files reaches it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file, or a directory (``name`` ends in ``/``; ``record`` is its marker or the first object found below)."""

    name: str
    record: Object


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Part of a listing. ``resume`` is the entry after which the next page starts; None when this was the last."""

    entries: list[Entry]
    resume: str | None


def list_objects(reader: Reader, op: ops.ListObjects) -> KeysPage:
    """One page of a bucket's keys."""
    rolling = Rolling(
        op.prefix,
        op.delimiter,
        lambda low, high, limit: reader.objects(op.bucket.id, low[0], high, limit),
        lambda record: (record.key, ""),
        lambda record: (record.key + "\0", ""),
    )
    if op.after is not None:
        rolling.start_after(op.after, None)
    resume = rolling.page(op.limit)
    return KeysPage(records=rolling.rows, prefixes=rolling.prefixes, resume=None if resume is None else resume[0])


def list_directory(reader: Reader, op: ops.ListDirectory) -> Page:
    """One page of one level.

    An explicitly made directory's own marker counts as one entry of the first page without being shown
    (Source: wire facts §10).

    Raises:
        Fault: OBJECT_MISSING when nothing was ever stored at or below the directory.
    """
    if not directory_exists(reader, op.bucket.id, op.directory):
        raise Fault(Kind.OBJECT_MISSING, f"there is no directory {op.directory!r} in the bucket {op.bucket.name!r}")
    return _Walk(reader, op).page()


class _Walk:
    def __init__(self, reader: Reader, op: ops.ListDirectory) -> None:
        self.reader = reader
        self.op = op
        self.entries: list[Entry] = []
        self.counted = 0
        self.last: str | None = op.after
        self.batch_max = op.limit + 1
        base = op.directory + op.prefix
        self.low = base
        self.high = after_prefix(base)
        if op.after is not None:
            self._start_after(op.directory + op.after)

    def _start_after(self, last: str) -> None:
        if self.op.descending:
            self.high = last if self.high is None else min(self.high, last)
        else:
            further_limits = after_prefix(last) if last.endswith("/") and last != self.op.directory else last + "\0"
            self.low = max(self.low, further_limits or last)

    def page(self) -> Page:
        scanned = 0
        while True:
            want = min(self.op.limit - self.counted + 1, self.batch_max)
            batch = self.reader.objects(self.op.bucket.id, self.low, self.high, want, down=self.op.descending)
            scanned += len(batch) + 1
            jumped = False
            for record in batch:
                if self.counted >= self.op.limit or scanned > SCAN_MAX:
                    return Page(entries=self.entries, resume=self.last)
                jumped = self._take(record)
                if jumped:
                    break
            if not jumped and len(batch) < want:
                return Page(entries=self.entries, resume=None)
            # Where directories are, the rest of a long batch would be read for nothing.
            self.batch_max = 2 if jumped else min(self.batch_max * 4, self.op.limit + 1)

    def _take(self, record: Object) -> bool:
        """Take one object; True when it lay in a directory, which was jumped over."""
        directory = self.op.directory
        name = record.key[len(directory) :]
        if not name:
            self.counted += 1
            self.last = ""
            self._move_past(record.key)
            return False
        leaf, slash, _ = name.partition("/")
        entry = leaf + slash
        self.last = entry
        if slash:
            if self.op.only is not ops.Only.FILES:
                self._add(entry, record)
            self._jump(directory + entry)
            return True
        if self.op.only is not ops.Only.DIRECTORIES:
            self._add(entry, record)
        self._move_past(record.key)
        return False

    def _add(self, name: str, record: Object) -> None:
        if name.endswith("/") and self.op.descending:
            marker = self.reader.objects(self.op.bucket.id, self.op.directory + name, None, 1)
            record = marker[0] if marker else record
        self.entries.append(Entry(name=name, record=record))
        self.counted += 1

    def _move_past(self, key: str) -> None:
        if self.op.descending:
            self.high = key
        else:
            self.low = key + "\0"

    def _jump(self, directory: str) -> None:
        if self.op.descending:
            self.high = directory
        else:
            self.low = after_prefix(directory) or self.low + "\0"
