"""Changes of the shared index, inside a transaction that :mod:`~.index` began and will commit.

Transactions of many gateways run at once, each statement on the newest committed state (``READ COMMITTED``). That the
outcome is as if they had run one after another comes from three things:

* What a rule looks up by key is locked until the end: two changes of one object, upload, key or note take turns.
* What a rule did not find it adds by a plain insert: where another one was quicker, the database refuses, and the rule
  runs again on what that one left. References between tables do the same for a bucket or an upload that is going.
* Who changes users, policies, accounts, buckets or long-term keys holds ``identity_version`` from the first look on.

``SERIALIZABLE`` promises the same for any rule, but tells keys apart by pages: two new objects with names next to
each other would undo each other. Reasons and figures: ADR 0033.

Length: a method for each change that the port names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from entrepot.adapters import rows
from entrepot.adapters.postgres import master_keys
from entrepot.adapters.postgres.reader import KEY, Ask, PgReader, bytes_of, rights_where, upload_of
from entrepot.adapters.secrets.vault import Vault
from entrepot.core.facts.records import Bucket, BucketSettings, Note, Object, Part, Seal, Staged, Upload
from entrepot.core.fault import UNAVAILABLE, Fault, Kind
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Account, Key, Minted, Policy, User

__all__ = ["ConflictError", "PgTransaction", "rights_where"]


class ConflictError(Exception):
    """Somebody else changed what this transaction relies on: run it again."""


def _places(count: int) -> str:
    return ", ".join(f"${number}" for number in range(1, count + 1))


def _assignments(columns: str, keys: int) -> str:
    names = [name.strip() for name in columns.split(",")]
    return ", ".join(f"{name} = ${number}" for number, name in enumerate(names, 1) if number > keys)


_KEY_TYPES = (
    "text", "bigint", "bytea", "text", "float8", "bytea", "float8", "text", "text", "float8", "text",
    "text", "text", "bytea",
)  # fmt: skip
_SEAL_TYPES = ("bigint", "boolean", "bytea", "bigint", "bytea")


def _values_unless_retired(types: Sequence[str]) -> str:
    """These values, or no row when the master key that sealed one of them may not seal any more: its note's name is the
    last value. So a gateway that stood still while the key was renewed stores nothing that only the old one opens.
    """
    values = ", ".join(f"${number}::{kind}" for number, kind in enumerate(types, 1))
    note = f"account = 0 AND collection = '{master_keys.COLLECTION}' AND key = ${len(types) + 1}::bytea"
    return f"SELECT {values} WHERE NOT EXISTS (SELECT 1 FROM notes WHERE {note})"


_ADD_KEY = (
    f"INSERT INTO keys ({KEY}, minter, api, place) {_values_unless_retired(_KEY_TYPES)}"
    " ON CONFLICT DO NOTHING RETURNING 1"
)
_ADD_SEAL = f"INSERT INTO seals (blob, by_client, key, crc64, data) {_values_unless_retired(_SEAL_TYPES)} RETURNING 1"
_INSERT_OBJECT = f"INSERT INTO objects ({rows.OBJECT}) VALUES ({_places(15)})"
_UPDATE_OBJECT = f"UPDATE objects SET {_assignments(rows.OBJECT, 2)} WHERE bucket = $1 AND key = $2"
_INSERT_PART = f"INSERT INTO parts ({rows.PART}) VALUES ({_places(11)})"
_UPDATE_PART = f"UPDATE parts SET {_assignments(rows.PART, 2)} WHERE upload = $1 AND number = $2"
_INSERT_BLOB = "INSERT INTO blobs (id, refs, size, crc64, name, data) VALUES ($1, 1, $2, $3, $4, $5)"
_NAME_BLOB = (
    "INSERT INTO blobs (id, refs, size, crc64, name) SELECT $1::bigint, 1, $2::bigint, $3::bigint, $4::text"
    " WHERE extract(epoch from clock_timestamp())::float8 < $5::float8 RETURNING 1"
)
_INSERT_UPLOAD = f"INSERT INTO uploads ({rows.UPLOAD}) VALUES ({_places(11)})"


def beside_key(minted: Minted | None) -> tuple[str | None, str | None, bytes | None]:
    """The columns of a key by which minted rights are found: minter, api, place."""
    if minted is None:
        return None, None, None
    return minted.minter, minted.api, bytes_of(f"{minted.bucket or ''}/{minted.key or ''}")


class PgTransaction(PgReader):
    """:class:`entrepot.core.ports.Transaction` on a connection.

    Args:
        ask: sends a statement within the transaction.
        vault: seals secrets.
        blob_number: gives a number that no blob ever had.
        naming_seconds: how long ago the bytes may have been begun that a name is given to, by the database's clock.
    """

    _lock = " FOR UPDATE"

    def __init__(self, ask: Ask, vault: Vault, blob_number: Callable[[], int], naming_seconds: float) -> None:
        super().__init__(ask, vault)
        self._naming_seconds = naming_seconds
        self._retired = bytes_of(f"{master_keys.RETIRED}{vault.seals_with}")
        self._blob_number = blob_number
        self._found: dict[tuple[object, ...], bool] = {}
        self._holds_identity = False

    def _changed(self, statement: str, *values: object) -> bool:
        """Whether a statement that ends in RETURNING changed a row."""
        return bool(self._ask(statement, *values))

    def _identity_changed(self) -> None:
        """Tell every gateway's memory; who else changes such things waits until this one is done."""
        if not self._changed("UPDATE identity_version SET value = value + 1 RETURNING 1"):  # see :mod:`~.moving`
            raise Fault(Kind.STORAGE_FAILED, "the index is being moved, or was moved away; nothing was changed")
        self._holds_identity = True

    def _hold_identity(self) -> None:
        if not self._holds_identity:
            self._ask("SELECT value FROM identity_version FOR UPDATE")
            self._holds_identity = True

    # What is looked up and then changed is locked; what was found or not is remembered for the change.

    def object(self, bucket: int, key: str) -> Object | None:
        found = super().object(bucket, key)
        self._found["object", bucket, key] = found is not None
        return found

    def part(self, upload: str, number: int) -> Part | None:
        found = super().part(upload, number)
        self._found["part", upload, number] = found is not None
        return found

    def note(self, account: int, collection: str, key: str) -> Note | None:
        found = super().note(account, collection, key)
        self._found["note", account, collection, key] = found is not None
        return found

    def key(self, key_id: str) -> Key | None:
        row = self._one(f"SELECT {KEY} FROM keys WHERE id = $1 FOR SHARE", key_id)
        return None if row is None else self._key(row)

    def account(self, account: int) -> Account | None:
        self._hold_identity()
        return super().account(account)

    def accounts(self) -> list[Account]:
        self._hold_identity()
        return super().accounts()

    def keys(self, account: int | None, limit: int | None = None) -> list[Key]:
        self._hold_identity()
        return super().keys(account, limit)

    def user(self, account: int, name: str) -> User | None:
        self._hold_identity()
        return super().user(account, name)

    def users(self, account: int | None) -> list[User]:
        self._hold_identity()
        return super().users(account)

    def policy(self, account: int, name: str) -> Policy | None:
        self._hold_identity()
        return super().policy(account, name)

    def policies(self, account: int | None) -> list[Policy]:
        self._hold_identity()
        return super().policies(account)

    def bucket_named(self, name: str) -> Bucket | None:
        self._hold_identity()
        return super().bucket_named(name)

    def add_account(self, account: Account) -> None:
        self._identity_changed()
        if not self._changed(
            "INSERT INTO accounts VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1",
            account.id, account.user_id, account.created_at,
        ):  # fmt: skip
            raise Fault(Kind.OBJECT_EXISTS, f"the account {account.id} (or its user id) exists already")

    def remove_account(self, account: int) -> bool:
        self._identity_changed()
        if self.keys(account) or self.buckets(account, None, 1):
            raise Fault(Kind.BUCKET_NOT_EMPTY, f"the account {account} still has keys or buckets; delete them first")
        for table in ("notes", "users", "policies"):
            self._ask(f"DELETE FROM {table} WHERE account = $1", account)
        minted = "SELECT id FROM keys WHERE account = $1 AND minted IS NOT NULL"
        for table in ("key_uses", "stored_by"):
            self._ask(f"DELETE FROM {table} WHERE key IN ({minted})", account)
        self._ask("DELETE FROM keys WHERE account = $1 AND minted IS NOT NULL", account)
        return self._changed("DELETE FROM accounts WHERE id = $1 RETURNING 1", account)

    def add_key(self, key: Key) -> None:
        self._identity_changed()
        self.mint_key(key)

    def mint_key(self, key: Key) -> None:
        row = rows.key_row(key, self._vault.seal(key.id, key.secret))
        if not self._changed(_ADD_KEY, *row, *beside_key(key.minted), self._retired):
            self._check_seals()
            raise Fault(Kind.OBJECT_EXISTS, f"the key {key.id!r} exists already")

    def revoke_key(self, key_id: str, now: float, by: str = "") -> bool:
        self._identity_changed()
        held = "id = $1 AND minted IS NOT NULL AND revoked_at IS NULL"
        found = self._ask(f"SELECT minted FROM keys WHERE {held} FOR UPDATE", key_id)
        return bool(found) and self._changed(
            "UPDATE keys SET revoked_at = $1, minted = $2 WHERE id = $3 RETURNING 1",
            now, rows.revoked(found[0][0], by), key_id,
        )  # fmt: skip

    def note_uses(self, uses: Sequence[tuple[str, int, float]]) -> None:
        uses = sorted(uses)  # in one order everywhere, so that gateways do not wait for each other in a circle
        self._ask(
            "INSERT INTO key_uses SELECT u.key, u.count, u.at"
            " FROM unnest($1::text[], $2::bigint[], $3::float8[]) u(key, count, at) JOIN keys k ON k.id = u.key"
            " ORDER BY u.key ON CONFLICT (key) DO UPDATE SET count = key_uses.count + excluded.count,"
            " last_at = greatest(key_uses.last_at, excluded.last_at)",
            [use[0] for use in uses], [use[1] for use in uses], [use[2] for use in uses],
        )  # fmt: skip

    def note_stored(self, key_id: str, bucket: int, key: str, now: float) -> None:
        self._ask(
            "INSERT INTO stored_by VALUES ($1, $2, $3, $4) ON CONFLICT (key, bucket, name) DO UPDATE SET at = $4",
            key_id, bucket, bytes_of(key), now,
        )  # fmt: skip

    def prune_minted(self, before: float, limit: int) -> tuple[int, bool]:
        over = self._ask(
            "SELECT id FROM keys WHERE minted IS NOT NULL AND expires_at < $1 ORDER BY expires_at LIMIT $2",
            before, limit,
        )  # fmt: skip
        gone = 0
        room = 10 * limit
        for (key_id,) in over:
            room -= self._forget_stored(key_id, room)
            if room <= 0:
                break
            self._ask("DELETE FROM key_uses WHERE key = $1", key_id)
            self._ask("DELETE FROM keys WHERE id = $1", key_id)
            gone += 1
        if gone:
            self._identity_changed()
        return gone, len(over) == limit or gone < len(over)

    def _forget_stored(self, key_id: str, limit: int) -> int:
        """Forget at most ``limit`` of what a right stored; returns how many. Less than that is all of it."""
        some = "SELECT bucket, name FROM stored_by WHERE key = $1 LIMIT $2"
        gone = self._ask(
            f"DELETE FROM stored_by WHERE key = $1 AND (bucket, name) IN ({some}) RETURNING 1", key_id, limit
        )
        return len(gone)

    def remove_key(self, key_id: str) -> bool:
        self._identity_changed()
        return self._changed("DELETE FROM keys WHERE id = $1 RETURNING 1", key_id)

    def put_user(self, user: User) -> None:
        self._ask(
            f"INSERT INTO users ({rows.USER}) VALUES ({_places(5)}) ON CONFLICT (account, name) DO UPDATE SET"
            " user_id = $3, created_at = $4, policies = $5",
            *rows.user_row(user),
        )

    def remove_user(self, account: int, name: str) -> bool:
        return self._changed("DELETE FROM users WHERE account = $1 AND name = $2 RETURNING 1", account, name)

    def put_policy(self, policy: Policy) -> None:
        self._ask(
            f"INSERT INTO policies ({rows.POLICY}) VALUES ({_places(6)}) ON CONFLICT (account, name) DO UPDATE SET"
            " language = $3, text = $4, rules = $5, changed_at = $6",
            *rows.policy_row(policy),
        )

    def remove_policy(self, account: int, name: str) -> bool:
        return self._changed("DELETE FROM policies WHERE account = $1 AND name = $2 RETURNING 1", account, name)

    def set_key_grant(self, key_id: str, grant: Grant) -> None:
        self._identity_changed()
        self._ask("UPDATE keys SET may = $1 WHERE id = $2", rows.grant_text(grant), key_id)

    def add_bucket(self, account: int, name: str, created_at: float, settings: BucketSettings) -> Bucket:
        self._identity_changed()
        row = self._one(
            "INSERT INTO buckets (account, name, created_at, settings) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT DO NOTHING RETURNING id",
            account, name, created_at, rows.settings_text(settings),
        )  # fmt: skip
        if row is None:
            raise Fault(Kind.BUCKET_EXISTS, f"the bucket {name!r} exists already", reason="own")
        bucket = Bucket(id=row[0], account=account, name=name, created_at=created_at, settings=settings)
        self._set_domains(bucket)
        return bucket

    def update_bucket(self, bucket: Bucket) -> None:
        self._identity_changed()
        self._ask("UPDATE buckets SET settings = $1 WHERE id = $2", rows.settings_text(bucket.settings), bucket.id)
        self._set_domains(bucket)

    def _set_domains(self, bucket: Bucket) -> None:
        self._ask("DELETE FROM domains WHERE bucket = $1", bucket.id)
        for domain in bucket.settings.domains:
            if not self._changed(
                "INSERT INTO domains VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1", domain, bucket.id
            ):
                raise Fault(Kind.BUCKET_EXISTS, f"the domain {domain!r} belongs to another bucket")

    def remove_bucket(self, bucket: int) -> None:
        self._identity_changed()
        self._ask("DELETE FROM domains WHERE bucket = $1", bucket)
        self._ask("DELETE FROM buckets WHERE id = $1", bucket)

    def add_blob(self, staged: Staged) -> int:
        blob = self._blob_number()
        row = (blob, staged.size, rows.signed(staged.crc64), staged.name)
        if staged.begun_at is None:
            self._ask(_INSERT_BLOB, *row, staged.data if staged.seal is None else None)
        elif not self._changed(_NAME_BLOB, *row, staged.begun_at + self._naming_seconds):
            # This gateway stood still; another one may have swept the bytes meanwhile.
            message = "the upload took longer than a request may; nothing was stored, send it again"
            raise Fault(Kind.STORAGE_FAILED, message, reason=UNAVAILABLE)
        if staged.seal is not None:
            self._add_seal(blob, staged, staged.seal)
        return blob

    def _add_seal(self, blob: int, staged: Staged, seal: Seal) -> None:
        owner = rows.key_owner(staged.name, staged.size, staged.crc64)
        key = seal.key if seal.by_client else self._vault.seal(owner, seal.key)
        row = (blob, seal.by_client, key, rows.signed(seal.crc64), staged.data)
        if not self._changed(_ADD_SEAL, *row, b"" if seal.by_client else self._retired):
            self._check_seals()

    def _check_seals(self) -> None:
        """Raises Fault when the master key may not seal any more."""
        if master_keys.is_retired(self, self._vault.seals_with):
            message = "the master key was renewed without this gateway; nothing was stored, try again"
            raise Fault(Kind.STORAGE_FAILED, message, reason=UNAVAILABLE)

    def retain(self, blob: int) -> None:
        if not self._changed("UPDATE blobs SET refs = refs + 1 WHERE id = $1 RETURNING 1", blob):
            raise ConflictError("the bytes went away meanwhile")

    def release(self, blob: int, now: float) -> None:
        row = self._one("UPDATE blobs SET refs = refs - 1 WHERE id = $1 RETURNING refs, name", blob)
        if row is None or row[0] > 0:
            return
        self._ask("DELETE FROM blobs WHERE id = $1", blob)
        if row[1] is not None:
            self._ask("INSERT INTO garbage VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET since = $2", row[1], now)

    def put_object(self, record: Object, account: int) -> None:
        del account  # found through the bucket
        if ("object", record.bucket, record.key) not in self._found:
            self.object(record.bucket, record.key)
        row = rows.object_row(record)
        there = self._found["object", record.bucket, record.key]
        self._ask(_UPDATE_OBJECT if there else _INSERT_OBJECT, row[0], bytes_of(record.key), *row[2:])
        self._found["object", record.bucket, record.key] = True

    def delete_object(self, bucket: int, key: str) -> None:
        self._ask("DELETE FROM objects WHERE bucket = $1 AND key = $2", bucket, bytes_of(key))
        self._found["object", bucket, key] = False

    def add_upload(self, upload: Upload) -> None:
        row = rows.upload_row(upload)
        self._ask(_INSERT_UPLOAD, *row[:2], bytes_of(upload.key), *row[3:])

    def set_upload_sha1(self, upload: str, sha1: bytes) -> None:
        self._ask("UPDATE uploads SET found_sha1 = $1 WHERE id = $2", sha1, upload)

    def remove_upload(self, upload: str) -> None:
        self._ask("DELETE FROM parts WHERE upload = $1", upload)
        self._ask("DELETE FROM uploads WHERE id = $1", upload)

    def put_part(self, part: Part) -> None:
        if ("part", part.upload, part.number) not in self._found:
            self.part(part.upload, part.number)
        there = self._found["part", part.upload, part.number]
        self._ask(_UPDATE_PART if there else _INSERT_PART, *rows.part_row(part))
        self._found["part", part.upload, part.number] = True

    def set_sha1(self, bucket: int, key: str, crc64: int | None, modified_at: float, sha1: bytes) -> None:
        self._ask(
            "UPDATE objects SET sha1 = $1 WHERE bucket = $2 AND key = $3 AND crc64 IS NOT DISTINCT FROM $4::bigint"
            " AND modified_at = $5",
            sha1, bucket, bytes_of(key), rows.signed(crc64), modified_at,
        )  # fmt: skip

    def put_note(self, account: int, collection: str, key: str, value: bytes) -> None:
        name = ("note", account, collection, key)
        statement = "INSERT INTO notes VALUES ($1, $2, $3, $4) ON CONFLICT (account, collection, key)"
        if name not in self._found or self._found[name]:
            statement += " DO UPDATE SET value = $4 RETURNING 1"
        else:
            statement += " DO NOTHING RETURNING 1"
        if not self._changed(statement, account, collection, bytes_of(key), value):
            raise ConflictError("somebody else was quicker")
        self._found[name] = True

    def remove_note(self, account: int, collection: str, key: str) -> bool:
        self._found["note", account, collection, key] = False
        return self._changed(
            "DELETE FROM notes WHERE account = $1 AND collection = $2 AND key = $3 RETURNING 1",
            account, collection, bytes_of(key),
        )  # fmt: skip

    def spend(self, token: bytes, until: float, most: int = 1, spender: str = "") -> bool:
        return self._changed(
            "INSERT INTO spent (token, until, spender) VALUES ($1, $2, $4) ON CONFLICT (token) DO UPDATE"
            " SET count = spent.count + 1, spender = excluded.spender WHERE spent.count < $3 RETURNING 1",
            token, until, most, spender,
        )  # fmt: skip

    def spender(self, token: bytes) -> str:
        found = self._ask("SELECT spender FROM spent WHERE token = $1", token)
        return str(found[0][0]) if found else ""

    def uploads_of(self, bucket: int, limit: int) -> list[Upload]:
        return self._uploads("bucket = $1", bucket, limit)

    def stale_uploads(self, before: float, limit: int) -> list[Upload]:
        return self._uploads("started_at < $1 AND part_bytes > 0 ORDER BY started_at", before, limit)

    def _uploads(self, where: str, value: float, limit: int) -> list[Upload]:
        found: list[Any] = self._ask(
            f"SELECT {rows.UPLOAD} FROM uploads WHERE {where} LIMIT $2{self._lock}", value, limit
        )
        return [upload_of(row) for row in found]

    def forget_spent(self, before: float, limit: int) -> int:
        some = "SELECT token FROM spent WHERE until < $1 LIMIT $2"
        return len(self._ask(f"DELETE FROM spent WHERE token IN ({some}) RETURNING 1", before, limit))

    def garbage(self, before: float, limit: int) -> list[str]:
        found = self._ask("SELECT name FROM garbage WHERE since < $1 ORDER BY since LIMIT $2", before, limit)
        return [row[0] for row in found]

    def drop_garbage(self, names: Sequence[str]) -> None:
        self._ask("DELETE FROM garbage WHERE name = ANY($1::text[])", list(names))
