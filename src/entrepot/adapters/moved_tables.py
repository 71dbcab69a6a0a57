"""Every table of both indexes, and what becomes of it when an index moves into another engine. Data only.

A table that is in an engine's schema and not here would be forgotten: a test compares both schemas with this, column by
column. The order is that of references: what is pointed at comes first. Secrets are moved as they are sealed, because
both sides have one master key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NAME, FLAG = "name", "flag"
"""Kinds of columns that engines keep differently: text that PostgreSQL keeps as bytes; a number that it keeps as a
truth value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that is moved row by row, in the order of the columns ``by``, which no two rows share.

    ``kinds`` has those columns that are of a kind; ``but`` is a condition on rows that are not moved.
    """

    name: str
    columns: tuple[str, ...]
    by: tuple[str, ...]
    kinds: dict[str, str]
    but: str = "FALSE"


def _table(name: str, columns: str, by: str, kinds: dict[str, str] | None = None, but: str = "FALSE") -> Table:
    listed, order = (tuple(text.split()) for text in (columns, by))
    return Table(name=name, columns=listed, by=order, kinds=kinds or {}, but=but)


_OWN_NOTES = "account = 0 AND collection IN ('secrets', 'master keys', 'move', 'place')"

MOVED: Final = (
    _table("accounts", "id user_id created_at", "id"),
    _table("keys", "id account secret may created_at token expires_at minted limits revoked_at user", "id"),
    _table("users", "account name user_id created_at policies", "account name"),
    _table("policies", "account name language text rules changed_at", "account name"),
    _table("buckets", "id account name created_at settings", "id"),
    _table("domains", "domain bucket", "domain"),
    _table("blobs", "id refs size crc64 name data", "id"),
    _table("seals", "blob by_client key crc64 data", "blob", {"by_client": FLAG}),
    _table(
        "objects",
        "bucket key size blob segments crc64 sha1 md5 part_bytes created_at modified_at traits stored_by parts upload",
        "bucket key",
        {"key": NAME},
    ),
    _table(
        "uploads",
        "id bucket key size part_bytes sha1 traits policy started_at started_by found_sha1",
        "id",
        {"key": NAME},
    ),
    _table("parts", "upload number start size blob segments crc64 sha1 md5 stored_at checksum", "upload number"),
    _table("spent", "token until count spender", "token"),
    _table("garbage", "name since", "name"),
    _table("key_uses", "key count last_at", "key"),
    _table("stored_by", "key bucket name at", "key bucket name", {"name": NAME}),
    _table("notes", "account collection key value", "account collection key", {"key": NAME}, _OWN_NOTES),
)
"""Notes of account 0 are the server's own: its secrets are made anew under the same master key, the mark of a move is
about one side, and the number of the index is settled with the place for bytes."""

REMADE: Final = {
    "identity_version": "a number that only moves on; a new one is begun",
    "audit": "the lines of the log, moved as bytes, into a table from files or back",
    "audit_end": "the number and hash of the newest of those lines",
    "entrepot_schema": "made by who made the tables",
}
LEFT: Final = {"leases": "who works on what at this moment: nobody does while an index moves"}

RENAMED: Final = {("keys", "user"): "holder"}
"""Columns that are called otherwise in PostgreSQL."""
DERIVED: Final = {"keys": ("minter", "api", "place")}
"""Columns that only PostgreSQL has, made of the others."""
NUMBERED: Final = ("buckets", "blobs")
"""Tables whose numbers are never given twice, also not those of rows that are gone."""
