"""Walks through the whole shared index, a page at a time, for ``fsck`` and for moving.

Each page begins after the last row of the one before, so that a walk holds no cursor. Must not change anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from entrepot.adapters import rows
from entrepot.adapters.postgres.reader import BUCKET, KEY, PgReader, object_of, upload_of
from entrepot.adapters.secrets.vault import VaultError
from entrepot.core.facts.records import Blob, Bucket, Object, Part, Upload
from entrepot.core.ports import Unreadable
from entrepot.core.rights.identity import Key, Policy, User

T = TypeVar("T")
_PAGE = 500


class PgInspector(PgReader):
    """:class:`entrepot.core.ports.Inspector` over one way to ask."""

    def walk_buckets(self) -> Iterator[Bucket | Unreadable]:
        return self._walk("buckets", BUCKET, ("id",), rows.bucket_of, lambda row: f"bucket {row[2]} (#{row[0]})")

    def walk_keys(self) -> Iterator[Key | Unreadable]:
        return self._walk("keys", KEY, ("id",), self._key, lambda row: f"key {row[0]}")

    def walk_users(self) -> Iterator[User | Unreadable]:
        return self._walk(
            "users", rows.USER, ("account", "name"), rows.user_of, lambda row: f"user {row[1]} of account {row[0]}"
        )

    def walk_policies(self) -> Iterator[Policy | Unreadable]:
        return self._walk(
            "policies", rows.POLICY, ("account", "name"), rows.policy_of,
            lambda row: f"policy {row[1]} of account {row[0]}",
        )  # fmt: skip

    def walk_objects(self) -> Iterator[Object | Unreadable]:
        return self._walk(
            "objects", rows.OBJECT, ("bucket", "key"), object_of,
            lambda row: f"object {row[1].decode('utf-8', 'replace')} of bucket #{row[0]}",
        )  # fmt: skip

    def walk_uploads(self) -> Iterator[Upload | Unreadable]:
        return self._walk("uploads", rows.UPLOAD, ("id",), upload_of, lambda row: f"upload {row[0]}")

    def walk_parts(self) -> Iterator[Part | Unreadable]:
        return self._walk(
            "parts", rows.PART, ("upload", "number"), rows.part_of, lambda row: f"upload {row[0]}, part {row[1]}"
        )

    def walk_blobs(self) -> Iterator[tuple[Blob, int] | Unreadable]:
        after = -1
        while found := self._blob_rows(after, _PAGE):
            for row in found:
                yield _read(row, self._blob_and_references, lambda row: f"blob {row[0]}")
            after = found[-1][0]

    def all_blobs(self, after: int, limit: int) -> list[tuple[Blob, int]]:
        return [self._blob_and_references(row) for row in self._blob_rows(after, limit)]

    def integrity(self) -> list[str]:
        """The engine looks after itself; its own tools (``pg_amcheck``) look deeper."""
        return []

    def _blob_rows(self, after: int, limit: int) -> Sequence[Any]:
        return self._ask(
            f"SELECT {rows.SEALED_BLOB}, b.refs FROM blobs b LEFT JOIN seals s ON s.blob = b.id WHERE b.id > $1"
            " ORDER BY b.id LIMIT $2",
            after, limit,
        )  # fmt: skip

    def _blob_and_references(self, row: Any) -> tuple[Blob, int]:
        return rows.sealed_blob_of(row[:9], self._vault.open), row[9]

    def _walk(
        self, table: str, columns: str, by: tuple[str, ...], read: Callable[[Any], T], where: Callable[[Any], str]
    ) -> Iterator[T | Unreadable]:
        order = ", ".join(by)
        places = [[name.strip() for name in columns.split(",")].index(name) for name in by]
        found: Sequence[Any] = self._ask(f"SELECT {columns} FROM {table} ORDER BY {order} LIMIT {_PAGE}")
        following = ", ".join(f"${number}" for number in range(1, len(by) + 1))
        while found:
            for row in found:
                yield _read(row, read, where)
            last = [found[-1][place] for place in places]
            found = self._ask(
                f"SELECT {columns} FROM {table} WHERE ({order}) > ({following}) ORDER BY {order} LIMIT {_PAGE}", *last
            )


def _read(row: Any, read: Callable[[Any], T], where: Callable[[Any], str]) -> T | Unreadable:
    try:
        return read(row)
    except (*rows.UNREADABLE, VaultError) as error:
        return Unreadable(where=where(row), why=str(error))
