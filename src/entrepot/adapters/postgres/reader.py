"""Questions to the shared index. Every statement is a key lookup or a bounded key range. Must not change anything.

A reader is given what asks: a function that sends one statement and waits for its rows, see
:mod:`entrepot.adapters.waiting`. Inside a transaction it locks what it looks up, so that what a rule has seen of a key,
an object, an upload or a note stays so until the rule's changes are there; see :class:`~.transaction.PgTransaction`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from entrepot.adapters import rows
from entrepot.adapters.secrets.vault import Vault, VaultError
from entrepot.core.facts.records import Blob, Bucket, Note, Object, Part, Upload
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Usage
from entrepot.core.rights.identity import Account, Key, KeyUse, Policy, User
from entrepot.core.rights.ledger import Mark, Wanted

T = TypeVar("T")
Ask = Callable[..., list[Any]]
"""Sends a statement with its values and gives its rows."""

KEY = rows.KEY.replace("user", "holder")
BUCKET = "id, account, name, created_at, settings"
_ACCOUNT = "id, user_id, created_at"
_OBJECT_O = ", ".join(f"o.{name.strip()}" for name in rows.OBJECT.split(","))
_SEALED_FROM = "blobs b LEFT JOIN seals s ON s.blob = b.id"
_OBJECT_AND_BLOB = (
    f"SELECT {_OBJECT_O}, b.size, b.crc64, b.name, b.data FROM objects o LEFT JOIN blobs b ON b.id = o.blob"
    " WHERE o.bucket = $1 AND o.key = $2"
)
# One statement sees one state, so the numbers and the blobs are looked up together.
_OBJECT_AND_BLOBS = (
    f"SELECT {_OBJECT_O}, {rows.SEALED_BLOB} FROM objects o"
    " LEFT JOIN LATERAL (SELECT o.blob AS blob, 0::bigint AS at WHERE o.blob IS NOT NULL UNION ALL"
    " SELECT (e.value->>0)::bigint, e.at FROM json_array_elements(o.segments::json) WITH ORDINALITY e(value, at)) n"
    f" ON true LEFT JOIN blobs b ON b.id = n.blob LEFT JOIN seals s ON s.blob = b.id"
    " WHERE o.bucket = $1 AND o.key = $2 ORDER BY n.at"
)
_OWN_DAYS = "strpos(traits, '\"expire_days\":') > 0"
_OBJECT_COLUMNS = len(rows.OBJECT.split(","))
_UPLOADS = {
    sliced: f"SELECT {rows.UPLOAD} FROM uploads WHERE bucket = $1 AND {kind} AND (key, id) > ($2, $3)"
    for sliced, kind in {False: "part_bytes = 0", True: "part_bytes > 0"}.items()
}


def bytes_of(key: str) -> bytes:
    """A key as it is stored; one that cannot be there is still a place in the order."""
    return key.encode("utf-8", "surrogatepass")


def object_of(row: Any) -> Object:
    """From rows.OBJECT."""
    return rows.object_of((row[0], row[1].decode(), *row[2:]))


def upload_of(row: Any) -> Upload:
    """From rows.UPLOAD."""
    return rows.upload_of((row[0], row[1], row[2].decode(), *row[3:]))


def rights_where(wanted: Wanted) -> tuple[str, list[object]]:
    """A condition on the table of keys for the rights that are wanted, and its values; see ``Wanted.takes``."""
    values: list[object] = []

    def value(one: object) -> str:
        values.append(one)
        return f"${len(values)}"

    terms = ["minted IS NOT NULL"]
    if wanted.account is not None:
        terms.append(f"account = {value(wanted.account)}::bigint")
    if wanted.minter is not None:
        terms.append(f"minter = {value(wanted.minter)}")
    if wanted.api is not None:
        terms.append(f"starts_with(api || ':', {value(wanted.api + ':')})")
    if wanted.place is not None:
        place = bytes_of(wanted.place)
        terms.append(f"substr(place, 1, {len(place)}) = {value(place)}")
    if wanted.before is not None:
        terms.append(f"created_at <= {value(wanted.before)}::float8")
    if wanted.holding is not None:
        at = f"{value(wanted.holding)}::float8"
        terms.append(f"(revoked_at IS NULL OR revoked_at > {at}) AND (expires_at IS NULL OR expires_at >= {at})")
    return " AND ".join(terms), values


class PgReader:
    """:class:`entrepot.core.ports.Reader` over one way to ask."""

    _lock = ""
    """What a look-up by key adds to its statement."""

    def __init__(self, ask: Ask, vault: Vault) -> None:
        self._ask = ask
        self._vault = vault

    def _one(self, statement: str, *values: object) -> Any:
        found = self._ask(statement, *values)
        return found[0] if found else None

    def account(self, account: int) -> Account | None:
        row = self._one(f"SELECT {_ACCOUNT} FROM accounts WHERE id = $1", account)
        return None if row is None else Account(id=row[0], user_id=row[1], created_at=row[2])

    def accounts(self) -> list[Account]:
        found = self._ask(f"SELECT {_ACCOUNT} FROM accounts ORDER BY id")
        return [Account(id=row[0], user_id=row[1], created_at=row[2]) for row in found]

    def key(self, key_id: str) -> Key | None:
        row = self._one(f"SELECT {KEY} FROM keys WHERE id = $1", key_id)
        return None if row is None else self._key(row)

    def keys(self, account: int | None, limit: int | None = None) -> list[Key]:
        found = self._ask(
            f"SELECT {KEY} FROM keys WHERE minted IS NULL AND account = coalesce($1::bigint, account) ORDER BY id"
            " LIMIT $2",
            account,
            limit,
        )
        return [self._key(row) for row in found]

    def rights(self, wanted: Wanted, after: Mark | None, limit: int) -> list[Key]:
        where, values = rights_where(wanted)
        if after is not None:
            where += f" AND (created_at, id) < (${len(values) + 1}::float8, ${len(values) + 2})"
            values += [after.at, after.id]
        statement = f"SELECT {KEY} FROM keys WHERE {where} ORDER BY created_at DESC, id DESC LIMIT ${len(values) + 1}"
        return [self._key(row) for row in self._ask(statement, *values, limit)]

    def count_rights(self, wanted: Wanted) -> int:
        where, values = rights_where(wanted)
        row = self._one(f"SELECT count(*) FROM keys WHERE {where}", *values)
        return 0 if row is None else int(row[0])

    def minted_by(self, minters: Sequence[str], now: float, after: Mark | None, limit: int) -> list[Key]:
        at, key_id = (None, None) if after is None else (after.at, after.id)
        found = self._ask(
            f"SELECT {KEY} FROM keys WHERE minted IS NOT NULL AND minter = ANY($1::text[])"
            " AND (expires_at IS NULL OR expires_at >= $2)"
            " AND ($3::float8 IS NULL OR (created_at, id) < ($3::float8, $4::text))"
            " ORDER BY created_at DESC, id DESC LIMIT $5",
            list(minters), now, at, key_id, limit,
        )  # fmt: skip
        return [self._key(row) for row in found]

    def key_use(self, key_id: str) -> KeyUse:
        row = self._one(
            "SELECT (SELECT count FROM key_uses WHERE key = $1), (SELECT last_at FROM key_uses WHERE key = $1),"
            " (SELECT count(*) FROM stored_by WHERE key = $1)",
            key_id,
        )
        return (
            KeyUse(count=0, last_at=None, stored=0)
            if row is None
            else KeyUse(count=row[0] or 0, last_at=row[1], stored=row[2])
        )

    def stored_by(self, key_id: str, limit: int) -> list[tuple[int, str]]:
        found = self._ask("SELECT bucket, name FROM stored_by WHERE key = $1 ORDER BY bucket, name LIMIT $2",
                          key_id, limit)  # fmt: skip
        return [(row[0], row[1].decode()) for row in found]

    def user(self, account: int, name: str) -> User | None:
        row = self._one(f"SELECT {rows.USER} FROM users WHERE account = $1 AND name = $2", account, name)
        return None if row is None else rows.user_of(row)

    def users(self, account: int | None) -> list[User]:
        found = self._ask(
            f"SELECT {rows.USER} FROM users WHERE account = coalesce($1::bigint, account) ORDER BY account, name",
            account,
        )
        return [rows.user_of(row) for row in found]

    def policy(self, account: int, name: str) -> Policy | None:
        row = self._one(f"SELECT {rows.POLICY} FROM policies WHERE account = $1 AND name = $2", account, name)
        return None if row is None else rows.policy_of(row)

    def policies(self, account: int | None) -> list[Policy]:
        found = self._ask(
            f"SELECT {rows.POLICY} FROM policies WHERE account = coalesce($1::bigint, account) ORDER BY account, name",
            account,
        )
        return [rows.policy_of(row) for row in found]

    def _key(self, row: Any) -> Key:
        return rows.key_of(row, self._vault.open(row[0], row[2]))

    def bucket(self, account: int, name: str) -> Bucket | None:
        row = self._one(f"SELECT {BUCKET} FROM buckets WHERE account = $1 AND name = $2", account, name)
        return None if row is None else rows.bucket_of(row)

    def buckets(self, account: int | None, after: str | None, limit: int) -> list[Bucket]:
        found = self._ask(
            f"SELECT {BUCKET} FROM buckets WHERE account = coalesce($1::bigint, account) AND name > $2"
            " ORDER BY name, id LIMIT $3",
            account, after or "", limit,
        )  # fmt: skip
        return [rows.bucket_of(row) for row in found]

    def bucket_named(self, name: str) -> Bucket | None:
        row = self._one(f"SELECT {BUCKET} FROM buckets WHERE name = $1 ORDER BY id LIMIT 1", name)
        return None if row is None else rows.bucket_of(row)

    def usage(self, bucket: int) -> Usage:
        row = self._one(
            "SELECT (SELECT count(*) FROM objects WHERE bucket = $1),"
            " (SELECT coalesce(sum(size), 0)::bigint FROM objects WHERE bucket = $1),"
            " (SELECT count(*) FROM uploads WHERE bucket = $1)",
            bucket,
        )
        return Usage(objects=row[0], bytes=row[1], uploads=row[2])

    def bucket_of_domain(self, domain: str) -> Bucket | None:
        row = self._one(
            "SELECT b.id, b.account, b.name, b.created_at, b.settings"
            " FROM domains d JOIN buckets b ON b.id = d.bucket WHERE d.domain = $1",
            domain,
        )
        return None if row is None else rows.bucket_of(row)

    def object(self, bucket: int, key: str) -> Object | None:
        row = self._one(
            f"SELECT {rows.OBJECT} FROM objects WHERE bucket = $1 AND key = $2{self._lock}", bucket, bytes_of(key)
        )
        return None if row is None else object_of(row)

    def object_and_blobs(self, bucket: int, key: str) -> tuple[Object, list[Blob]] | None:
        row = self._one(_OBJECT_AND_BLOB, bucket, bytes_of(key))
        if row is None:
            return None
        record = object_of(row[:-4])
        if not record.segments:
            return record, []
        size, crc64, name, data = row[-4:]
        if size is not None and record.attributes.encryption is None:
            return record, [rows.blob_of((record.segments[0].blob, size, crc64, name, data))]
        found = self._ask(_OBJECT_AND_BLOBS, bucket, bytes_of(key))
        if not found:
            return None
        blobs = [self._blob(row[_OBJECT_COLUMNS:]) for row in found if row[_OBJECT_COLUMNS] is not None]
        return object_of(found[0][:_OBJECT_COLUMNS]), blobs

    def _blob(self, row: Any) -> Blob:
        try:
            return rows.sealed_blob_of(row, self._vault.open)
        except VaultError as error:
            raise Fault(
                Kind.STORAGE_FAILED, "the key of these bytes cannot be opened; ask the operator to run fsck"
            ) from error

    def objects(self, bucket: int, low: str, high: str | None, limit: int, *, down: bool = False) -> list[Object]:
        below, values = ("", []) if high is None else (" AND key < $4", [bytes_of(high)])
        order = "DESC" if down else "ASC"
        found = self._ask(
            f"SELECT {rows.OBJECT} FROM objects WHERE bucket = $1 AND key >= $2{below} ORDER BY key {order} LIMIT $3",
            bucket, bytes_of(low), limit, *values,
        )  # fmt: skip
        return [object_of(row) for row in found]

    def expiring(self, after: tuple[int, str], limit: int) -> list[Object]:
        found = self._ask(
            f"SELECT {rows.OBJECT} FROM objects WHERE {_OWN_DAYS} AND (bucket, key) > ($1, $2)"
            " ORDER BY bucket, key LIMIT $3",
            after[0], bytes_of(after[1]), limit,
        )  # fmt: skip
        return [object_of(row) for row in found]

    def twins(self, account: int, sha1: bytes, size: int, limit: int) -> list[Object]:
        found = self._ask(
            f"SELECT {_OBJECT_O} FROM objects o JOIN buckets b ON b.id = o.bucket"
            " WHERE o.sha1 = $1 AND o.size = $2 AND b.account = $3 LIMIT $4",
            sha1, size, account, limit,
        )  # fmt: skip
        return [object_of(row) for row in found]

    def blob(self, blob: int) -> Blob | None:
        row = self._one(f"SELECT {rows.SEALED_BLOB} FROM {_SEALED_FROM} WHERE b.id = $1", blob)
        return None if row is None else self._blob(row)

    def has_blob(self, name: str) -> bool:
        return bool(
            self._ask("SELECT 1 FROM blobs WHERE name = $1 UNION ALL SELECT 1 FROM garbage WHERE name = $1", name)
        )

    def upload(self, upload: str) -> Upload | None:
        row = self._one(f"SELECT {rows.UPLOAD} FROM uploads WHERE id = $1{self._lock}", upload)
        return None if row is None else upload_of(row)

    def newest_upload(self, bucket: int, key: str) -> Upload | None:
        row = self._one(
            f"SELECT {rows.UPLOAD} FROM uploads WHERE bucket = $1 AND key = $2 AND part_bytes > 0"
            f" ORDER BY started_at DESC LIMIT 1{self._lock}",
            bucket, bytes_of(key),
        )  # fmt: skip
        return None if row is None else upload_of(row)

    def uploads(
        self, bucket: int, low: tuple[str, str], high: str | None, limit: int, *, sliced: bool = False
    ) -> list[Upload]:
        below, values = ("", []) if high is None else (" AND key < $5", [bytes_of(high)])
        found = self._ask(
            f"{_UPLOADS[sliced]}{below} ORDER BY key, id LIMIT $4", bucket, bytes_of(low[0]), low[1], limit, *values
        )
        return [upload_of(row) for row in found]

    def part(self, upload: str, number: int) -> Part | None:
        row = self._one(f"SELECT {rows.PART} FROM parts WHERE upload = $1 AND number = $2", upload, number)
        return None if row is None else rows.part_of(row)

    def parts(self, upload: str, after: int, limit: int) -> list[Part]:
        found = self._ask(
            f"SELECT {rows.PART} FROM parts WHERE upload = $1 AND number > $2 ORDER BY number LIMIT $3",
            upload, after, limit,
        )  # fmt: skip
        return [rows.part_of(row) for row in found]

    def parts_total(self, upload: str) -> tuple[int, int]:
        row = self._one("SELECT count(*), coalesce(sum(size), 0)::bigint FROM parts WHERE upload = $1", upload)
        return (0, 0) if row is None else (row[0], row[1])

    def open_uploads(self) -> int:
        return int(self._one("SELECT count(*) FROM uploads")[0])

    def note(self, account: int, collection: str, key: str) -> Note | None:
        row = self._one(
            f"SELECT value FROM notes WHERE account = $1 AND collection = $2 AND key = $3{self._lock}",
            account, collection, bytes_of(key),
        )  # fmt: skip
        return None if row is None else Note(key=key, value=row[0])

    def notes(self, account: int, collection: str, after: str | None, limit: int) -> list[Note]:
        found = self._ask(
            "SELECT key, value FROM notes WHERE account = $1 AND collection = $2 AND key > $3 ORDER BY key LIMIT $4",
            account, collection, bytes_of(after or ""), limit,
        )  # fmt: skip
        return [Note(key=row[0].decode(), value=row[1]) for row in found]
