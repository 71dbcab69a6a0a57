"""Walking along keys in byte order, with everything below a delimiter rolled up.

Keys that hold the delimiter behind the prefix are shown as one common prefix, which costs one seek however many they
are. Every seek adds to the page, so the cost of a page depends on the page, never on the bucket.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from entrepot.core.facts.names import after_prefix
from entrepot.core.facts.records import Object, Upload
from entrepot.core.value import Value

T = TypeVar("T")
Spot = tuple[str, str]
"""A place in the order of keys: a key and, among what has this key, an id. ``(key, "")`` is before all of it."""


class KeysPage(Value, frozen=True, kw_only=True):
    """Objects and common prefixes, each in order. ``resume`` is the last of both; None when this was the last page."""

    records: list[Object]
    prefixes: list[str]
    resume: str | None


class UploadsPage(Value, frozen=True, kw_only=True):
    """Uploads and common prefixes, each in order. ``resume`` is the last of both: key and id, no id for a prefix."""

    uploads: list[Upload]
    prefixes: list[str]
    resume: Spot | None


class Rolling(Generic[T]):
    """One walk: ``read`` gives rows from a spot on, ``spot`` is where a row is, ``beyond`` where the next ones are."""

    def __init__(
        self,
        prefix: str,
        delimiter: str,
        read: Callable[[Spot, str | None, int], list[T]],
        spot: Callable[[T], Spot],
        further_limits: Callable[[T], Spot],
    ) -> None:
        self._prefix = prefix
        self._delimiter = delimiter
        self._read = read
        self._spot = spot
        self._further_limits = further_limits
        self._low: Spot | None = (prefix, "")
        """Where to go on; None when nothing can come any more."""
        self._high = after_prefix(prefix)
        self.rows: list[T] = []
        self.prefixes: list[str] = []

    def start_after(self, key: str, row: str | None) -> None:
        """Go on behind a key, behind one of the rows of this key, or behind everything below a common prefix."""
        if self._common(key) == key:
            self._jump(key)
        else:
            spot = (key, row) if row else (key + "\0", "")
            self._low = max((self._prefix, ""), spot)

    def page(self, limit: int) -> Spot | None:
        """Fill the lists; returns the last that was taken if more follows."""
        last: Spot | None = None
        batch_max = limit + 1
        while limit and self._low is not None:
            room = limit - len(self.rows) - len(self.prefixes)
            want = min(room + 1, batch_max)
            batch = self._read(self._low, self._high, want)
            jumped = False
            for row in batch:
                if len(self.rows) + len(self.prefixes) == limit:
                    return last
                key = self._spot(row)[0]
                common = self._common(key)
                if common is not None:
                    self.prefixes.append(common)
                    last = (common, "")
                    self._jump(common)
                    jumped = True
                    break
                self.rows.append(row)
                last = self._spot(row)
                self._low = self._further_limits(row)
            if not jumped and len(batch) < want:
                return None
            # Where common prefixes are, the rest of a long batch would be read for nothing.
            batch_max = 2 if jumped else min(batch_max * 4, limit + 1)
        return None

    def _common(self, key: str) -> str | None:
        """What ``key`` is rolled up under; None when it is shown itself."""
        if not self._delimiter or not key.startswith(self._prefix):
            return None
        at = key.find(self._delimiter, len(self._prefix))
        return None if at < 0 else key[: at + len(self._delimiter)]

    def _jump(self, common: str) -> None:
        further_limits = after_prefix(common)
        self._low = None if further_limits is None else (further_limits, "")
