"""Questions to the embedded index, on one connection.

Every statement is a key lookup or a bounded key range. Must not change anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import apsw

from entrepot.adapters import rows
from entrepot.adapters.secrets.vault import Vault, VaultError
from entrepot.adapters.sqlite import statements
from entrepot.core.facts.records import Blob, Bucket, Note, Object, Part, Upload
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Usage
from entrepot.core.rights.identity import Account, Key, KeyUse, Policy, User
from entrepot.core.rights.ledger import Mark, Wanted

T = TypeVar("T")
_OBJECT_O = ", ".join(f"o.{name.strip()}" for name in rows.OBJECT.split(","))
# The statements of every request are constants: SQLite's cache of prepared ones is keyed by their text.
_OBJECT_AT = f"SELECT {rows.OBJECT} FROM objects WHERE bucket = ? AND key = ?"
_OBJECT_AND_BLOB = (
    f"SELECT {rows.OBJECT},"
    " (SELECT b.size FROM blobs b WHERE b.id = blob), (SELECT b.crc64 FROM blobs b WHERE b.id = blob),"
    " (SELECT b.name FROM blobs b WHERE b.id = blob), (SELECT b.data FROM blobs b WHERE b.id = blob)"
    " FROM objects WHERE bucket = ? AND key = ?"
)
_BLOBS_IN_ORDER = (
    "SELECT b.id, b.size, b.crc64, b.name, b.data FROM json_each(?) n JOIN blobs b ON b.id = n.value ORDER BY n.key"
)
_SEALED_IN_ORDER = (
    f"SELECT {rows.SEALED_BLOB} FROM json_each(?) n JOIN {statements.SEALED_FROM} WHERE b.id = n.value ORDER BY n.key"
)
_BUCKET = "id, account, name, created_at, settings"
# Each kind of upload has an index of its own, which is used only where the statement names the kind.
_UPLOADS = {
    sliced: (f"SELECT {rows.UPLOAD} FROM uploads WHERE bucket = ? AND {kind} AND (key, id) > (?, ?)")
    for sliced, kind in {False: "part_bytes = 0", True: "part_bytes > 0"}.items()
}
_IN_ORDER = " ORDER BY key, id LIMIT ?"
_UPLOADS_COUNTED = (
    "SELECT (SELECT count(*) FROM uploads WHERE bucket = ? AND part_bytes > 0)"
    " + (SELECT count(*) FROM uploads WHERE bucket = ? AND part_bytes = 0)"
)


class SqliteReader:
    """:class:`entrepot.core.ports.Reader` on an SQLite connection. Use from one thread at a time."""

    def __init__(self, connection: apsw.Connection, vault: Vault) -> None:
        self._sql = connection.execute
        self._vault = vault
        # Decoding settings and grants costs more than looking the row up; an equal row has an equal value.
        self._buckets: dict[rows.Row, Bucket] = {}
        self._keys: dict[rows.Row, Key] = {}

    def account(self, account: int) -> Account | None:
        row = self._sql("SELECT id, user_id, created_at FROM accounts WHERE id = ?", (account,)).fetchone()
        return None if row is None else Account(id=row[0], user_id=row[1], created_at=row[2])

    def accounts(self) -> list[Account]:
        found = self._sql("SELECT id, user_id, created_at FROM accounts ORDER BY id")
        return [Account(id=row[0], user_id=row[1], created_at=row[2]) for row in found]

    def key(self, key_id: str) -> Key | None:
        row = self._sql(f"SELECT {rows.KEY} FROM keys WHERE id = ?", (key_id,)).fetchone()
        return None if row is None else self._key(row)

    def keys(self, account: int | None, limit: int | None = None) -> list[Key]:
        # Named, because the planner would rather walk over a million minted ones in the order of their ids.
        of_account, values = ("", ()) if account is None else ("account = ? AND", (account,))
        values = (*values, -1 if limit is None else limit)
        where = f"INDEXED BY long_term WHERE {of_account} minted IS NULL ORDER BY id LIMIT ?"
        return [self._key(row) for row in self._sql(f"SELECT {rows.KEY} FROM keys {where}", values)]

    def rights(self, wanted: Wanted, after: Mark | None, limit: int) -> list[Key]:
        where, values = statements.rights_where(wanted)
        if after is not None:
            where, values = f"{where} AND (created_at, id) < (?, ?)", (*values, after.at, after.id)
        found = self._sql(
            f"SELECT {rows.KEY} FROM keys WHERE {where} ORDER BY created_at DESC, id DESC LIMIT ?", (*values, limit)
        )
        return [self._key(row) for row in found]

    def count_rights(self, wanted: Wanted) -> int:
        where, values = statements.rights_where(wanted)
        row = self._sql(f"SELECT count(*) FROM keys WHERE {where}", values).fetchone()
        return 0 if row is None else int(row[0])

    def minted_by(self, minters: Sequence[str], now: float, after: Mark | None, limit: int) -> list[Key]:
        later, mark = ("", ()) if after is None else ("AND (created_at, id) < (?, ?)", (after.at, after.id))
        found = self._sql(
            f"SELECT {rows.KEY} FROM keys INDEXED BY minted_by_minter WHERE minted IS NOT NULL"
            f" AND {statements.MINTER} IN (SELECT value FROM json_each(?))"
            f" AND (expires_at IS NULL OR expires_at >= ?) {later} ORDER BY created_at DESC, id DESC LIMIT ?",
            (statements.names_text(minters), now, *mark, limit),
        )
        return [self._key(row) for row in found]

    def key_use(self, key_id: str) -> KeyUse:
        row = self._sql("SELECT count, last_at FROM key_uses WHERE key = ?", (key_id,)).fetchone()
        stored = self._sql("SELECT count(*) FROM stored_by WHERE key = ?", (key_id,)).fetchone()
        count, last_at = (0, None) if row is None else row
        return KeyUse(count=count, last_at=last_at, stored=0 if stored is None else stored[0])

    def stored_by(self, key_id: str, limit: int) -> list[tuple[int, str]]:
        found = self._sql("SELECT bucket, name FROM stored_by WHERE key = ? LIMIT ?", (key_id, limit))
        return [(row[0], row[1]) for row in found]

    def user(self, account: int, name: str) -> User | None:
        row = self._sql(f"SELECT {rows.USER} FROM users WHERE account = ? AND name = ?", (account, name)).fetchone()
        return None if row is None else rows.user_of(row)

    def users(self, account: int | None) -> list[User]:
        found = self._sql(
            f"SELECT {rows.USER} FROM users WHERE account = ifnull(?, account) ORDER BY account, name", (account,)
        )
        return [rows.user_of(row) for row in found]

    def policy(self, account: int, name: str) -> Policy | None:
        row = self._sql(
            f"SELECT {rows.POLICY} FROM policies WHERE account = ? AND name = ?", (account, name)
        ).fetchone()
        return None if row is None else rows.policy_of(row)

    def policies(self, account: int | None) -> list[Policy]:
        found = self._sql(
            f"SELECT {rows.POLICY} FROM policies WHERE account = ifnull(?, account) ORDER BY account, name", (account,)
        )
        return [rows.policy_of(row) for row in found]

    def _key(self, row: rows.Row) -> Key:
        known = self._keys.get(row)
        if known is None:
            secret = self._vault.open(row[0], row[2])
            known = rows.key_of(row, secret)
            if len(self._keys) >= 4096:
                self._keys.clear()
            self._keys[row] = known
        return known

    def bucket(self, account: int, name: str) -> Bucket | None:
        row = self._sql(f"SELECT {_BUCKET} FROM buckets WHERE account = ? AND name = ?", (account, name)).fetchone()
        return None if row is None else self._bucket(row)

    def buckets(self, account: int | None, after: str | None, limit: int) -> list[Bucket]:
        found = self._sql(
            f"SELECT {_BUCKET} FROM buckets WHERE account = ifnull(?, account) AND name > ? ORDER BY name LIMIT ?",
            (account, after or "", limit),
        )
        return [self._bucket(row) for row in found]

    def bucket_named(self, name: str) -> Bucket | None:
        row = self._sql(f"SELECT {_BUCKET} FROM buckets WHERE name = ? ORDER BY id LIMIT 1", (name,)).fetchone()
        return None if row is None else self._bucket(row)

    def usage(self, bucket: int) -> Usage:
        with self._moment():
            objects = self._sql("SELECT count(*), ifnull(sum(size), 0) FROM objects WHERE bucket = ?", (bucket,))
            held: rows.Row = objects.fetchall()[0]
            under_way: rows.Row = self._sql(_UPLOADS_COUNTED, (bucket, bucket)).fetchall()[0]
        return Usage(objects=held[0], bytes=held[1], uploads=under_way[0])

    def bucket_of_domain(self, domain: str) -> Bucket | None:
        row = self._sql(
            "SELECT b.id, b.account, b.name, b.created_at, b.settings"
            " FROM domains d JOIN buckets b ON b.id = d.bucket WHERE d.domain = ?",
            (domain,),
        ).fetchone()
        return None if row is None else self._bucket(row)

    def _bucket(self, row: rows.Row) -> Bucket:
        known = self._buckets.get(row)
        if known is None:
            known = rows.bucket_of(row)
            if len(self._buckets) >= 4096:
                self._buckets.clear()
            self._buckets[row] = known
        return known

    def object(self, bucket: int, key: str) -> Object | None:
        row = self._sql(_OBJECT_AT, (bucket, key)).fetchone()
        return None if row is None else rows.object_of(row)

    def object_and_blobs(self, bucket: int, key: str) -> tuple[Object, list[Blob]] | None:
        row = self._sql(_OBJECT_AND_BLOB, (bucket, key)).fetchone()
        if row is None:
            return None
        record = rows.object_of(row[:-4])
        if not record.segments:
            return record, []
        size, crc64, name, data = row[-4:]
        if size is not None and crc64 is not None and record.attributes.encryption is None:
            return record, [rows.blob_of((record.segments[0].blob, size, crc64, name, data))]
        with self._moment():
            found = self.object(bucket, key)
            if found is None:
                return None
            numbers = f"[{','.join(str(segment.blob) for segment in found.segments)}]"
            if found.attributes.encryption is not None:
                return found, [self._sealed_blob(row) for row in self._sql(_SEALED_IN_ORDER, (numbers,)).fetchall()]
            blobs = [rows.blob_of(row) for row in self._sql(_BLOBS_IN_ORDER, (numbers,))]
        return found, blobs

    def _sealed_blob(self, row: rows.Row) -> Blob:
        try:
            return rows.sealed_blob_of(row, self._vault.open)
        except VaultError as error:
            raise Fault(
                Kind.STORAGE_FAILED, "the key of these bytes cannot be opened; ask the operator to run fsck"
            ) from error

    @contextmanager
    def _moment(self) -> Iterator[None]:
        """Let several statements see one state."""
        self._sql("SAVEPOINT moment")
        try:
            yield
        finally:
            self._sql("RELEASE moment")

    def objects(self, bucket: int, low: str, high: str | None, limit: int, *, down: bool = False) -> list[Object]:
        below, values = ("", (bucket, low, limit)) if high is None else ("AND key < ?", (bucket, low, high, limit))
        order = "DESC" if down else "ASC"
        found = self._sql(
            f"SELECT {rows.OBJECT} FROM objects WHERE bucket = ? AND key >= ? {below} ORDER BY key {order} LIMIT ?",
            values,
        )
        return [rows.object_of(row) for row in found]

    def expiring(self, after: tuple[int, str], limit: int) -> list[Object]:
        found = self._sql(
            f"SELECT {rows.OBJECT} FROM objects INDEXED BY objects_with_days WHERE {statements.OWN_DAYS}"
            " AND (bucket, key) > (?, ?) ORDER BY bucket, key LIMIT ?",
            (*after, limit),
        )
        return [rows.object_of(row) for row in found]

    def twins(self, account: int, sha1: bytes, size: int, limit: int) -> list[Object]:
        found = self._sql(
            f"SELECT {_OBJECT_O} FROM objects o JOIN buckets b ON b.id = o.bucket"
            " WHERE o.sha1 = ? AND o.size = ? AND b.account = ? LIMIT ?",
            (sha1, size, account, limit),
        )
        return [rows.object_of(row) for row in found]

    def blob(self, blob: int) -> Blob | None:
        row = self._sql(f"SELECT {rows.SEALED_BLOB} FROM {statements.SEALED_FROM} WHERE b.id = ?", (blob,)).fetchone()
        return None if row is None else self._sealed_blob(row)

    def has_blob(self, name: str) -> bool:
        row = self._sql(
            "SELECT 1 FROM blobs WHERE name = ? UNION ALL SELECT 1 FROM garbage WHERE name = ?", (name, name)
        ).fetchone()
        return row is not None

    def upload(self, upload: str) -> Upload | None:
        row = self._sql(f"SELECT {rows.UPLOAD} FROM uploads WHERE id = ?", (upload,)).fetchone()
        return None if row is None else rows.upload_of(row)

    def newest_upload(self, bucket: int, key: str) -> Upload | None:
        row = self._sql(
            f"SELECT {rows.UPLOAD} FROM uploads WHERE bucket = ? AND key = ? AND part_bytes > 0"
            " ORDER BY started_at DESC LIMIT 1",
            (bucket, key),
        ).fetchone()
        return None if row is None else rows.upload_of(row)

    def uploads(
        self, bucket: int, low: tuple[str, str], high: str | None, limit: int, *, sliced: bool = False
    ) -> list[Upload]:
        if high is None:
            found = self._sql(_UPLOADS[sliced] + _IN_ORDER, (bucket, *low, limit))
        else:
            found = self._sql(f"{_UPLOADS[sliced]} AND key < ?{_IN_ORDER}", (bucket, *low, high, limit))
        return [rows.upload_of(row) for row in found]

    def part(self, upload: str, number: int) -> Part | None:
        row = self._sql(f"SELECT {rows.PART} FROM parts WHERE upload = ? AND number = ?", (upload, number)).fetchone()
        return None if row is None else rows.part_of(row)

    def parts(self, upload: str, after: int, limit: int) -> list[Part]:
        found = self._sql(
            f"SELECT {rows.PART} FROM parts WHERE upload = ? AND number > ? ORDER BY number LIMIT ?",
            (upload, after, limit),
        )
        return [rows.part_of(row) for row in found]

    def parts_total(self, upload: str) -> tuple[int, int]:
        row = self._sql("SELECT count(*), ifnull(sum(size), 0) FROM parts WHERE upload = ?", (upload,)).fetchone()
        return (0, 0) if row is None else (row[0], row[1])

    def open_uploads(self) -> int:
        row = self._sql("SELECT count(*) FROM uploads").fetchone()
        return 0 if row is None else int(row[0])

    def note(self, account: int, collection: str, key: str) -> Note | None:
        row = self._sql(
            "SELECT value FROM notes WHERE account = ? AND collection = ? AND key = ?", (account, collection, key)
        ).fetchone()
        return None if row is None else Note(key=key, value=row[0])

    def notes(self, account: int, collection: str, after: str | None, limit: int) -> list[Note]:
        found = self._sql(
            "SELECT key, value FROM notes WHERE account = ? AND collection = ? AND key > ? ORDER BY key LIMIT ?",
            (account, collection, after or "", limit),
        )
        return [Note(key=row[0], value=row[1]) for row in found]
