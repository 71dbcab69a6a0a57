"""Questions to the embedded index whose answers are remembered while no process has changed what they are about.

Knows the marks by which processes tell each other of commits. Must not change anything.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, TypeVar

import apsw

from entrepot.adapters.secrets.vault import Vault
from entrepot.adapters.sqlite.commit_marks import CommitMarks
from entrepot.adapters.sqlite.reader import SqliteReader
from entrepot.core.facts.records import Blob, Bucket, Object
from entrepot.core.rights.identity import Account, Key

T = TypeVar("T")
_KNOWN_MAX = 8192
_LONG_OBJECTS = 64
_LONG_SEGMENTS = 4096


class CachedReader(SqliteReader):
    """A reader that remembers accounts, keys, buckets and domains while no process has changed any of them.

    Every change of those bumps a version in its transaction, which ``refresh`` compares, once a request, when the marks
    say that there was one.
    """

    def __init__(self, connection: apsw.Connection, vault: Vault, marks: CommitMarks) -> None:
        super().__init__(connection, vault)
        self._marks = marks
        self._unsettled = itertools.count(-1, -1)
        self.seen = next(self._unsettled)
        """The mark of commits that the last ``refresh`` met, or a number of its own if one was under way."""
        self._identity_seen: int | None = None
        self._version = -1
        self._long_version = self.seen
        self._long: dict[tuple[int, str], tuple[Object, list[Blob]]] = {}
        self._known: dict[tuple[str, object], Any] = {}

    def object_and_blobs(self, bucket: int, key: str) -> tuple[Object, list[Blob]] | None:
        """Objects of many segments are remembered while nobody commits: a range of one is not worth looking all up."""
        if (bucket, key) in self._long and self._marks.newest() == self._long_version:
            return self._long[bucket, key]
        found = super().object_and_blobs(bucket, key)
        if found is not None and 1 < len(found[1]) <= _LONG_SEGMENTS:
            self._keep(bucket, key, found)
        return found

    def _keep(self, bucket: int, key: str, found: tuple[Object, list[Blob]]) -> None:
        """Remember a long object, unless somebody committed since ``refresh``: then it is not known in which state."""
        if self._marks.newest() != self.seen:
            return
        if self.seen != self._long_version or len(self._long) >= _LONG_OBJECTS:
            self._long.clear()
            self._long_version = self.seen
        self._long[bucket, key] = found

    def refresh(self) -> None:
        """Forget everything if anything was changed."""
        newest = self._marks.newest()
        self.seen = next(self._unsettled) if newest is None else newest
        identity = self._marks.newest_identity()  # looked at before the question, so that no change is overlooked
        if identity is not None and identity == self._identity_seen and len(self._known) <= _KNOWN_MAX:
            return
        version = self._identity_version()
        if version != self._version or len(self._known) > _KNOWN_MAX:
            self._known.clear()
            self._version = version
        self._identity_seen = identity

    def _identity_version(self) -> int:
        # All rows are taken: a cursor left half read would hold the state of its moment for everything after it.
        value = self._sql("SELECT value FROM identity_version").fetchall()[0][0]
        return value if isinstance(value, int) else -1

    def account(self, account: int) -> Account | None:
        return self._remember(("account", account), lambda: super(CachedReader, self).account(account))

    def key(self, key_id: str) -> Key | None:
        found: Key | None = self._known.get(("key", key_id))
        if found is None:  # what is not there is not remembered: minting a key tells no cache
            found = super().key(key_id)
            if found is not None:
                self._known["key", key_id] = found
        return found

    def bucket(self, account: int, name: str) -> Bucket | None:
        return self._remember(("bucket", (account, name)), lambda: super(CachedReader, self).bucket(account, name))

    def bucket_named(self, name: str) -> Bucket | None:
        return self._remember(("name", name), lambda: super(CachedReader, self).bucket_named(name))

    def bucket_of_domain(self, domain: str) -> Bucket | None:
        return self._remember(("domain", domain), lambda: super(CachedReader, self).bucket_of_domain(domain))

    def _remember(self, what: tuple[str, object], look_up: Callable[[], T]) -> T:
        try:
            known: T = self._known[what]
        except KeyError:
            known = self._known[what] = look_up()
        return known
