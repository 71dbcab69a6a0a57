"""Changes of the embedded index, on the writer's connection and inside its transaction.

Must not begin or commit: :mod:`entrepot.adapters.sqlite.index` does, for many changes together.
"""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from entrepot.adapters import rows
from entrepot.adapters.sealed_columns import Sealed
from entrepot.adapters.secrets.vault import Vault
from entrepot.adapters.sqlite.reader import SqliteReader
from entrepot.core.facts.records import Bucket, BucketSettings, Object, Part, Seal, Staged, Upload
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Account, Key, Policy, User

_PUT_OBJECT = f"INSERT OR REPLACE INTO objects ({rows.OBJECT}) VALUES ({', '.join('?' * 15)})"
_PUT_PART = f"INSERT OR REPLACE INTO parts ({rows.PART}) VALUES ({', '.join('?' * 11)})"


_ADD_KEY = f"INSERT INTO keys ({rows.KEY}) VALUES ({', '.join('?' * 11)})"


class SqliteTransaction(SqliteReader):
    """:class:`entrepot.core.ports.Transaction` on an SQLite connection."""

    identity_changed = False
    """Whether the transaction under way changed what other processes remember."""

    def __init__(self, connection: apsw.Connection, vault: Vault) -> None:
        super().__init__(connection, vault)
        self._connection = connection

    def _identity_changed(self) -> None:
        """Tell every process's cache; see CachedReader."""
        self.identity_changed = True
        self._sql("UPDATE identity_version SET value = value + 1")

    def add_account(self, account: Account) -> None:
        self._identity_changed()
        try:
            self._sql("INSERT INTO accounts VALUES (?, ?, ?)", (account.id, account.user_id, account.created_at))
        except apsw.ConstraintError as error:
            raise Fault(Kind.OBJECT_EXISTS, f"the account {account.id} (or its user id) exists already") from error

    def remove_account(self, account: int) -> bool:
        self._identity_changed()
        if self.keys(account) or self.buckets(account, None, 1):
            raise Fault(Kind.BUCKET_NOT_EMPTY, f"the account {account} still has keys or buckets; delete them first")
        for table in ("notes", "users", "policies"):
            self._sql(f"DELETE FROM {table} WHERE account = ?", (account,))
        minted = "SELECT id FROM keys WHERE account = ? AND minted IS NOT NULL"
        for table in ("key_uses", "stored_by"):
            self._sql(f"DELETE FROM {table} WHERE key IN ({minted})", (account,))
        self._sql("DELETE FROM keys WHERE account = ? AND minted IS NOT NULL", (account,))
        return bool(self._sql("DELETE FROM accounts WHERE id = ? RETURNING id", (account,)).fetchone())

    def add_key(self, key: Key) -> None:
        self._identity_changed()
        self.mint_key(key)

    def mint_key(self, key: Key) -> None:
        try:
            self._sql(_ADD_KEY, rows.key_row(key, self._vault.seal(key.id, key.secret)))
        except apsw.ConstraintError as error:
            raise Fault(Kind.OBJECT_EXISTS, f"the key {key.id!r} exists already") from error

    def revoke_key(self, key_id: str, now: float, by: str = "") -> bool:
        self._identity_changed()
        held = "id = ? AND minted IS NOT NULL AND revoked_at IS NULL"
        found = self._sql(f"SELECT minted FROM keys WHERE {held}", (key_id,)).fetchone()
        if found is None:
            return False
        self._sql("UPDATE keys SET revoked_at = ?, minted = ? WHERE id = ?", (now, rows.revoked(found[0], by), key_id))
        return True

    def note_uses(self, uses: Sequence[tuple[str, int, float]]) -> None:
        for key_id, count, last_at in uses:
            self._sql(
                "INSERT INTO key_uses SELECT ?, ?, ? WHERE EXISTS (SELECT 1 FROM keys WHERE id = ?)"
                " ON CONFLICT (key) DO UPDATE"
                " SET count = count + excluded.count, last_at = max(last_at, excluded.last_at)",
                (key_id, count, last_at, key_id),
            )

    def note_stored(self, key_id: str, bucket: int, key: str, now: float) -> None:
        self._sql("INSERT OR REPLACE INTO stored_by VALUES (?, ?, ?, ?)", (key_id, bucket, key, now))

    def prune_minted(self, before: float, limit: int) -> tuple[int, bool]:
        over = self._sql(
            "SELECT id FROM keys WHERE minted IS NOT NULL AND expires_at < ? ORDER BY expires_at LIMIT ?",
            (before, limit),
        ).fetchall()
        gone = 0
        room = 10 * limit
        for (key_id,) in over:
            room -= self._forget_stored(str(key_id), room)
            if room <= 0:
                break
            self._sql("DELETE FROM key_uses WHERE key = ?", (key_id,))
            self._sql("DELETE FROM keys WHERE id = ?", (key_id,))
            gone += 1
        if gone:
            self._identity_changed()
        return gone, len(over) == limit or gone < len(over)

    def _forget_stored(self, key_id: str, limit: int) -> int:
        """Forget at most ``limit`` of what a right stored; returns how many. Less than that is all of it."""
        some = "SELECT bucket, name FROM stored_by WHERE key = ? LIMIT ?"
        gone = self._sql(
            f"DELETE FROM stored_by WHERE key = ? AND (bucket, name) IN ({some}) RETURNING 1", (key_id, key_id, limit)
        )
        return len(gone.fetchall())

    def remove_key(self, key_id: str) -> bool:
        self._identity_changed()
        return bool(self._sql("DELETE FROM keys WHERE id = ? RETURNING id", (key_id,)).fetchone())

    def put_user(self, user: User) -> None:
        self._sql(f"INSERT OR REPLACE INTO users ({rows.USER}) VALUES (?, ?, ?, ?, ?)", rows.user_row(user))

    def remove_user(self, account: int, name: str) -> bool:
        gone = self._sql("DELETE FROM users WHERE account = ? AND name = ? RETURNING 1", (account, name))
        return gone.fetchone() is not None

    def put_policy(self, policy: Policy) -> None:
        self._sql(f"INSERT OR REPLACE INTO policies ({rows.POLICY}) VALUES (?, ?, ?, ?, ?, ?)", rows.policy_row(policy))

    def remove_policy(self, account: int, name: str) -> bool:
        gone = self._sql("DELETE FROM policies WHERE account = ? AND name = ? RETURNING 1", (account, name))
        return gone.fetchone() is not None

    def set_key_grant(self, key_id: str, grant: Grant) -> None:
        self._identity_changed()
        self._sql("UPDATE keys SET may = ? WHERE id = ?", (rows.grant_text(grant), key_id))

    def add_bucket(self, account: int, name: str, created_at: float, settings: BucketSettings) -> Bucket:
        self._identity_changed()
        try:
            row = self._sql(
                "INSERT INTO buckets (account, name, created_at, settings) VALUES (?, ?, ?, ?) RETURNING id",
                (account, name, created_at, rows.settings_text(settings)),
            ).fetchone()
        except apsw.ConstraintError as error:
            raise Fault(Kind.BUCKET_EXISTS, f"the bucket {name!r} exists already", reason="own") from error
        assert row is not None  # noqa: S101 - RETURNING gives a row or the statement raises
        bucket = Bucket(id=row[0], account=account, name=name, created_at=created_at, settings=settings)
        self._set_domains(bucket)
        return bucket

    def update_bucket(self, bucket: Bucket) -> None:
        self._identity_changed()
        self._sql("UPDATE buckets SET settings = ? WHERE id = ?", (rows.settings_text(bucket.settings), bucket.id))
        self._set_domains(bucket)

    def _set_domains(self, bucket: Bucket) -> None:
        self._sql("DELETE FROM domains WHERE bucket = ?", (bucket.id,))
        for domain in bucket.settings.domains:
            try:
                self._sql("INSERT INTO domains VALUES (?, ?)", (domain, bucket.id))
            except apsw.ConstraintError as error:
                raise Fault(Kind.BUCKET_EXISTS, f"the domain {domain!r} belongs to another bucket") from error

    def remove_bucket(self, bucket: int) -> None:
        self._identity_changed()
        self._sql("DELETE FROM domains WHERE bucket = ?", (bucket,))
        self._sql("DELETE FROM buckets WHERE id = ?", (bucket,))

    def add_blob(self, staged: Staged) -> int:
        row = self._sql(
            "INSERT INTO blobs (refs, size, crc64, name, data) VALUES (1, ?, ?, ?, ?) RETURNING id",
            (staged.size, rows.signed(staged.crc64), staged.name, staged.data if staged.seal is None else None),
        ).fetchone()
        assert row is not None  # noqa: S101 - RETURNING gives a row or the statement raises
        if staged.seal is not None:
            self._add_seal(int(row[0]), staged, staged.seal)
        return int(row[0])

    def _add_seal(self, blob: int, staged: Staged, seal: Seal) -> None:
        owner = rows.key_owner(staged.name, staged.size, staged.crc64)
        key = seal.key if seal.by_client else self._vault.seal(owner, seal.key)
        self._sql(
            "INSERT INTO seals VALUES (?, ?, ?, ?, ?)",
            (blob, seal.by_client, key, rows.signed(seal.crc64), staged.data),
        )

    def count_sealed(self, column: Sealed) -> int:
        """How many rows of a sealed column there are."""
        row: rows.Row = self._sql(f"SELECT count(*) FROM {column.table} WHERE {column.where}").fetchall()[0]
        return int(row[0])

    def reseal(self, column: Sealed, after: object, limit: int) -> tuple[object, int, int]:
        """Put what a sealed column holds under the key that seals, in the rows that follow ``after`` (None: the first).

        Returns the last row's ``by``, None when none followed, how many there were, and how many were not under it.
        """
        beyond, values = ("", ()) if after is None else (f" AND {column.by} > ?", (after,))
        found: list[rows.Row] = self._sql(
            f"SELECT {column.columns} FROM {column.found} WHERE {column.where}{beyond} ORDER BY {column.by} LIMIT ?",
            (*values, limit),
        ).fetchall()
        changed = 0
        for row in found:
            fresh = self._vault.resealed(column.owner_of(row), row[1])
            if fresh is not None:
                changed += 1
                self._sql(
                    f"UPDATE {column.table} SET {column.column} = ? WHERE {column.by} = ? AND {column.where}",
                    (fresh, row[0]),
                )
        return (found[-1][0] if found else None), len(found), changed

    def retain(self, blob: int) -> None:
        self._sql("UPDATE blobs SET refs = refs + 1 WHERE id = ?", (blob,))

    def release(self, blob: int, now: float) -> None:
        row = self._sql("UPDATE blobs SET refs = refs - 1 WHERE id = ? RETURNING refs, name", (blob,)).fetchone()
        if row is None or row[0] > 0:
            return
        self._sql("DELETE FROM blobs WHERE id = ?", (blob,))
        if row[1] is not None:
            self._sql("INSERT OR REPLACE INTO garbage VALUES (?, ?)", (row[1], now))

    def put_object(self, record: Object, account: int) -> None:
        del account  # found through the bucket
        self._sql(_PUT_OBJECT, rows.object_row(record))

    def delete_object(self, bucket: int, key: str) -> None:
        self._sql("DELETE FROM objects WHERE bucket = ? AND key = ?", (bucket, key))

    def add_upload(self, upload: Upload) -> None:
        self._sql(
            f"INSERT INTO uploads ({rows.UPLOAD}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows.upload_row(upload)
        )

    def set_upload_sha1(self, upload: str, sha1: bytes) -> None:
        self._sql("UPDATE uploads SET found_sha1 = ? WHERE id = ?", (sha1, upload))

    def remove_upload(self, upload: str) -> None:
        self._sql("DELETE FROM parts WHERE upload = ?", (upload,))
        self._sql("DELETE FROM uploads WHERE id = ?", (upload,))

    def put_part(self, part: Part) -> None:
        self._sql(_PUT_PART, rows.part_row(part))

    def set_sha1(self, bucket: int, key: str, crc64: int | None, modified_at: float, sha1: bytes) -> None:
        self._sql(
            "UPDATE objects SET sha1 = ? WHERE bucket = ? AND key = ? AND crc64 IS ? AND modified_at = ?",
            (sha1, bucket, key, rows.signed(crc64), modified_at),
        )

    def put_note(self, account: int, collection: str, key: str, value: bytes) -> None:
        self._sql("INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?)", (account, collection, key, value))

    def remove_note(self, account: int, collection: str, key: str) -> bool:
        gone = self._sql(
            "DELETE FROM notes WHERE account = ? AND collection = ? AND key = ? RETURNING 1", (account, collection, key)
        )
        return gone.fetchone() is not None

    def spend(self, token: bytes, until: float, most: int = 1, spender: str = "") -> bool:
        spent = self._sql(
            "INSERT INTO spent (token, until, spender) VALUES (?, ?, ?) ON CONFLICT (token) DO UPDATE"
            " SET count = count + 1, spender = excluded.spender WHERE count < ? RETURNING 1",
            (token, until, spender, most),
        )
        return spent.fetchone() is not None

    def spender(self, token: bytes) -> str:
        found = self._sql("SELECT spender FROM spent WHERE token = ?", (token,)).fetchone()
        return "" if found is None else str(found[0])

    def uploads_of(self, bucket: int, limit: int) -> list[Upload]:
        found = self._sql(
            f"SELECT {rows.UPLOAD} FROM uploads WHERE bucket = ? AND part_bytes > 0"
            f" UNION ALL SELECT {rows.UPLOAD} FROM uploads WHERE bucket = ? AND part_bytes = 0 LIMIT ?",
            (bucket, bucket, limit),
        )
        return [rows.upload_of(row) for row in found]

    def stale_uploads(self, before: float, limit: int) -> list[Upload]:
        found = self._sql(
            f"SELECT {rows.UPLOAD} FROM uploads WHERE started_at < ? AND part_bytes > 0 ORDER BY started_at LIMIT ?",
            (before, limit),
        )
        return [rows.upload_of(row) for row in found]

    def forget_spent(self, before: float, limit: int) -> int:
        gone = self._sql(
            "DELETE FROM spent WHERE token IN (SELECT token FROM spent WHERE until < ? LIMIT ?) RETURNING 1",
            (before, limit),
        )
        return len(list(gone))

    def garbage(self, before: float, limit: int) -> list[str]:
        return [
            row[0]
            for row in self._sql("SELECT name FROM garbage WHERE since < ? ORDER BY since LIMIT ?", (before, limit))
        ]

    def drop_garbage(self, names: Sequence[str]) -> None:
        for name in names:
            self._sql("DELETE FROM garbage WHERE name = ?", (name,))

    def replace_all(self, source: apsw.Connection, tables: Sequence[str], now: float) -> None:
        """Have the rows of another database of the same schema in place of all that these tables have.

        Files of bytes that nothing names any more are thrown away by the sweep, as those of deleted objects are.
        """
        self._identity_changed()
        self._sql("PRAGMA defer_foreign_keys = ON")
        known = "SELECT name FROM blobs WHERE name IS NOT NULL UNION SELECT name FROM garbage"
        before = [name for (name,) in self._sql(known)]
        for table in tables:
            self._sql(f"DELETE FROM {table}")
        for table in (*tables, _NUMBERS):
            if table == _NUMBERS:
                self._sql(f"DELETE FROM {table}")  # the rows that were added have numbered themselves
            columns = [column[1] for column in source.execute(f"PRAGMA table_info({table})")]
            listed, places = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
            there = source.execute(f"SELECT {listed} FROM {table}")
            self._connection.executemany(f"INSERT INTO {table} ({listed}) VALUES ({places})", there)
        self._connection.executemany(
            "INSERT OR IGNORE INTO garbage SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE name = ?1)",
            ((name, now) for name in before),
        )


_NUMBERS = "sqlite_sequence"
"""Where SQLite keeps the greatest number that each table has given."""
