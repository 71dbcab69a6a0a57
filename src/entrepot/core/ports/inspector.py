"""Walking through the whole index, for the check of a data folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from entrepot.core.facts.records import Blob, Bucket, Object, Part, Upload
from entrepot.core.ports.index import Reader
from entrepot.core.rights.identity import Key, Policy, User
from entrepot.core.value import Value


class Unreadable(Value, frozen=True, kw_only=True):
    """A row that does not say what a row of its kind must: ``where`` it is, and ``why`` it cannot be read."""

    where: str
    why: str


class Inspector(Reader, Protocol):
    """A reader that can also be walked through from end to end.

    Walks go a row at a time, each kind in the order of its own key. A row that cannot be read does not end a walk.
    All raise Fault STORAGE_FAILED when the engine itself cannot go on.
    """

    def walk_buckets(self) -> Iterator[Bucket | Unreadable]:
        """Every bucket."""
        ...

    def walk_keys(self) -> Iterator[Key | Unreadable]:
        """Every key, minted ones included."""
        ...

    def walk_users(self) -> Iterator[User | Unreadable]:
        """Every sub-user."""
        ...

    def walk_policies(self) -> Iterator[Policy | Unreadable]:
        """Every policy."""
        ...

    def walk_objects(self) -> Iterator[Object | Unreadable]:
        """Every object, of buckets that are not there too."""
        ...

    def walk_uploads(self) -> Iterator[Upload | Unreadable]:
        """Every upload that is under way."""
        ...

    def walk_parts(self) -> Iterator[Part | Unreadable]:
        """Every acknowledged part, of uploads that are not there too, by upload and number."""
        ...

    def walk_blobs(self) -> Iterator[tuple[Blob, int] | Unreadable]:
        """Every blob, and how often it says that it is referred to."""
        ...

    def all_blobs(self, after: int, limit: int) -> list[tuple[Blob, int]]:
        """Blobs with numbers after ``after`` and how often they say they are referred to."""
        ...

    def integrity(self) -> list[str]:
        """What the index's own engine finds damaged in itself."""
        ...
