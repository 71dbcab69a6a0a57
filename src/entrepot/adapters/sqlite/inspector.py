"""Walking through the whole embedded index, on one connection; see :class:`entrepot.core.ports.Inspector`.

A walk steps through one statement, so that it holds a row at a time. Must not change anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import apsw

from entrepot.adapters import rows
from entrepot.adapters.secrets.vault import VaultError
from entrepot.adapters.sqlite import statements
from entrepot.adapters.sqlite.reader import SqliteReader
from entrepot.core.facts.records import Blob, Bucket, Object, Part, Upload
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Unreadable
from entrepot.core.rights.identity import Key, Policy, User

T = TypeVar("T")


class SqliteInspector(SqliteReader):
    """A reader that can be walked through from end to end, for the check of a folder."""

    def walk_buckets(self) -> Iterator[Bucket | Unreadable]:
        statement = "SELECT id, account, name, created_at, settings FROM buckets ORDER BY id"
        return self._walk(statement, rows.bucket_of, lambda row: f"bucket {row[2]}")

    def walk_keys(self) -> Iterator[Key | Unreadable]:
        statement = f"SELECT {rows.KEY} FROM keys ORDER BY id"
        return self._walk(statement, self._key, lambda row: f"key {row[0]}")

    def walk_users(self) -> Iterator[User | Unreadable]:
        statement = f"SELECT {rows.USER} FROM users ORDER BY account, name"
        return self._walk(statement, rows.user_of, lambda row: f"user {row[1]} of account {row[0]}")

    def walk_policies(self) -> Iterator[Policy | Unreadable]:
        statement = f"SELECT {rows.POLICY} FROM policies ORDER BY account, name"
        return self._walk(statement, rows.policy_of, lambda row: f"policy {row[1]} of account {row[0]}")

    def walk_objects(self) -> Iterator[Object | Unreadable]:
        statement = f"SELECT {rows.OBJECT} FROM objects ORDER BY bucket, key"
        return self._walk(statement, rows.object_of, lambda row: f"object {row[1]} of bucket #{row[0]}")

    def walk_uploads(self) -> Iterator[Upload | Unreadable]:
        return self._walk(
            f"SELECT {rows.UPLOAD} FROM uploads ORDER BY id", rows.upload_of, lambda row: f"upload {row[0]}"
        )

    def walk_parts(self) -> Iterator[Part | Unreadable]:
        statement = f"SELECT {rows.PART} FROM parts ORDER BY upload, number"
        return self._walk(statement, rows.part_of, lambda row: f"upload {row[0]}, part {row[1]}")

    def walk_blobs(self) -> Iterator[tuple[Blob, int] | Unreadable]:
        statement = f"SELECT {rows.SEALED_BLOB}, b.refs FROM {statements.SEALED_FROM} ORDER BY b.id"
        return self._walk(statement, self._blob_and_references, lambda row: f"blob {row[0]}")

    def _blob_and_references(self, row: rows.Row) -> tuple[Blob, int]:
        return rows.sealed_blob_of(row[:9], self._vault.open), row[9]

    def all_blobs(self, after: int, limit: int) -> list[tuple[Blob, int]]:
        found = self._sql(
            f"SELECT {rows.SEALED_BLOB}, b.refs FROM {statements.SEALED_FROM} WHERE b.id > ? ORDER BY b.id LIMIT ?",
            (after, limit),
        )
        return [self._blob_and_references(row) for row in found]

    def integrity(self) -> list[str]:
        try:
            found = [row[0] for row in self._sql("PRAGMA integrity_check(20)")]
        except apsw.Error as error:
            return [str(error)]
        return [] if found == ["ok"] else found

    def _walk(
        self, statement: str, read: Callable[[rows.Row], T], where: Callable[[rows.Row], str]
    ) -> Iterator[T | Unreadable]:
        for row in self._stepped(statement):
            try:
                yield read(row)
            except (*rows.UNREADABLE, VaultError) as error:
                yield Unreadable(where=where(row), why=str(error))

    def _stepped(self, statement: str) -> Iterator[rows.Row]:
        try:
            yield from self._sql(statement)
        except apsw.Error as error:
            raise Fault(Kind.STORAGE_FAILED, f"the index cannot be read on: {error}") from error
