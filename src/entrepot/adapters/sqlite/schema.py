"""The tables of the embedded index, as a list of migrations.

Only appended to: entry *n* takes a database from version *n* to *n + 1* (``PRAGMA user_version``). Column types follow
``core.records``; CRC64 is kept as a signed integer, attributes (the columns ``traits``) and settings
as JSON. A minting API that must remember something needs no table of its own: it keeps notes.
"""

from __future__ import annotations

from typing import Final

MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE accounts (
        id INTEGER PRIMARY KEY, user_id TEXT NOT NULL UNIQUE, created_at REAL NOT NULL
    ) STRICT;
    CREATE TABLE keys (
        id TEXT PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts, secret BLOB NOT NULL,
        may TEXT NOT NULL, created_at REAL NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX keys_of_account ON keys (account, id);
    CREATE TABLE buckets (
        id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL REFERENCES accounts, name TEXT NOT NULL,
        created_at REAL NOT NULL, settings TEXT NOT NULL, UNIQUE (account, name)
    ) STRICT;
    CREATE TABLE domains (
        domain TEXT PRIMARY KEY, bucket INTEGER NOT NULL REFERENCES buckets
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE blobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, refs INTEGER NOT NULL, size INTEGER NOT NULL, crc64 INTEGER NOT NULL,
        name TEXT, data BLOB
    ) STRICT;
    CREATE UNIQUE INDEX blobs_by_name ON blobs (name) WHERE name IS NOT NULL;
    CREATE TABLE objects (
        bucket INTEGER NOT NULL, key TEXT NOT NULL, size INTEGER NOT NULL,
        blob INTEGER, segments TEXT, crc64 INTEGER, sha1 BLOB, md5 BLOB, part_bytes INTEGER NOT NULL,
        created_at REAL NOT NULL, modified_at REAL NOT NULL, traits TEXT, stored_by TEXT,
        PRIMARY KEY (bucket, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX objects_by_sha1 ON objects (sha1, size) WHERE sha1 IS NOT NULL;
    CREATE TABLE uploads (
        id TEXT PRIMARY KEY, bucket INTEGER NOT NULL, key TEXT NOT NULL, size INTEGER NOT NULL,
        part_bytes INTEGER NOT NULL, sha1 BLOB, traits TEXT, policy TEXT NOT NULL,
        started_at REAL NOT NULL, started_by TEXT, found_sha1 BLOB
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX uploads_of_key ON uploads (bucket, key, started_at);
    CREATE INDEX uploads_by_age ON uploads (started_at);
    CREATE TABLE parts (
        upload TEXT NOT NULL, number INTEGER NOT NULL, start INTEGER NOT NULL, size INTEGER NOT NULL,
        blob INTEGER NOT NULL, crc64 INTEGER NOT NULL, sha1 BLOB, md5 BLOB, PRIMARY KEY (upload, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE spent (token BLOB PRIMARY KEY, until REAL NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX spent_by_age ON spent (until);
    CREATE TABLE identity_version (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL) STRICT;
    INSERT INTO identity_version VALUES (1, 1);
    CREATE TABLE garbage (name TEXT PRIMARY KEY, since REAL NOT NULL) STRICT, WITHOUT ROWID;
    """,
    # Numbered parts beside slices: a part may be made of several pieces of blobs, or of none.
    """
    ALTER TABLE objects ADD COLUMN parts INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE objects ADD COLUMN upload TEXT;
    CREATE TABLE parts_in_segments (
        upload TEXT NOT NULL, number INTEGER NOT NULL, start INTEGER NOT NULL, size INTEGER NOT NULL,
        blob INTEGER, segments TEXT, crc64 INTEGER NOT NULL, sha1 BLOB, md5 BLOB,
        stored_at REAL NOT NULL, checksum TEXT NOT NULL, PRIMARY KEY (upload, number)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO parts_in_segments SELECT upload, number, start, size, blob, NULL, crc64, sha1, md5, 0, '' FROM parts;
    DROP TABLE parts;
    ALTER TABLE parts_in_segments RENAME TO parts;
    CREATE INDEX buckets_by_name ON buckets (name, account);
    DROP INDEX uploads_of_key;
    CREATE INDEX slices_of_key ON uploads (bucket, key, started_at) WHERE part_bytes > 0;
    CREATE INDEX numbered_of_key ON uploads (bucket, key, id) WHERE part_bytes = 0;
    """,
    # Minted rights are keys that end; the ledger counts their uses and what they stored.
    """
    ALTER TABLE keys ADD COLUMN token BLOB;
    ALTER TABLE keys ADD COLUMN expires_at REAL;
    ALTER TABLE keys ADD COLUMN minted TEXT;
    ALTER TABLE keys ADD COLUMN limits TEXT;
    ALTER TABLE keys ADD COLUMN revoked_at REAL;
    CREATE INDEX minted_of_account ON keys (account, id) WHERE minted IS NOT NULL;
    CREATE INDEX minted_by_end ON keys (expires_at) WHERE minted IS NOT NULL;
    ALTER TABLE spent ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
    CREATE TABLE key_uses (
        key TEXT PRIMARY KEY, count INTEGER NOT NULL, last_at REAL NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE stored_by (
        key TEXT NOT NULL, bucket INTEGER NOT NULL, name TEXT NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (key, bucket, name)
    ) STRICT, WITHOUT ROWID;
    """,
    # Notes: what the APIs remember of an account, each in collections of its own (see core.note_ops).
    """
    CREATE TABLE notes (
        account INTEGER NOT NULL, collection TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY (account, collection, key)
    ) STRICT, WITHOUT ROWID;
    """,
    # The ledger is told by age; long-term keys are found though a million minted ones lie between them.
    """
    DROP INDEX minted_of_account;
    CREATE INDEX minted_by_age ON keys (created_at, id) WHERE minted IS NOT NULL;
    CREATE INDEX long_term ON keys (account, id) WHERE minted IS NULL;
    """,
    # Sub-users: their policies as text and as the rules that they became; a key may be a user's.
    """
    CREATE TABLE users (
        account INTEGER NOT NULL REFERENCES accounts, name TEXT NOT NULL, user_id TEXT NOT NULL UNIQUE,
        created_at REAL NOT NULL, policies TEXT NOT NULL, PRIMARY KEY (account, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE policies (
        account INTEGER NOT NULL REFERENCES accounts, name TEXT NOT NULL, language TEXT NOT NULL, text TEXT NOT NULL,
        rules TEXT NOT NULL, changed_at REAL NOT NULL, PRIMARY KEY (account, name)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE keys ADD COLUMN user TEXT;
    """,
    # Withdrawing a right takes what was minted from it, found by who asked for it.
    """
    CREATE INDEX minted_by_minter ON keys (json_extract(minted, '$.minter'), created_at, id) WHERE minted IS NOT NULL;
    """,
    # Objects with days of their own are found though no rule of their bucket asks for a walk.
    """
    CREATE INDEX objects_with_days ON objects (bucket, key) WHERE instr(traits, '"expire_days":') > 0;
    """,
    # Sealed blobs: their keys, encrypted, and the bytes of those that live in the index. So a plain blob costs nothing
    # more, and who reads a sealed one as if it were plain finds no bytes.
    """
    CREATE TABLE seals (
        blob INTEGER PRIMARY KEY REFERENCES blobs ON DELETE CASCADE, by_client INTEGER NOT NULL, key BLOB NOT NULL,
        crc64 INTEGER NOT NULL, data BLOB
    ) STRICT;
    """,
    # The request that spent a right, for whoever asks why another one was refused.
    """
    ALTER TABLE spent ADD COLUMN spender TEXT NOT NULL DEFAULT '';
    """,
)
