"""Every column of both indexes that holds what the master key sealed. Data only.

The renewal of the master key goes by this table alone, so what is not in it would be lost with the old key. Tests
compare it with the columns of bytes of both schemas, and with every place in the sources that seals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from entrepot.adapters.rows import key_owner, unsigned

OWN_SECRETS: Final = "secrets"
"""The collection of the server's own secrets, among the notes of account 0."""
WORD: Final = "word"
"""The note there by which a gateway sees that its master key is the right one. It is renewed last, by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed column of a table.

    ``by`` is the column by which its rows are walked through, which no two of them share; ``found`` is where they are
    found, and ``where`` which of them are sealed. ``beside`` are further columns, of which, after ``by``, ``owner``
    makes the id to which the secret is bound.
    """

    table: str
    column: str
    by: str
    found: str
    where: str
    beside: tuple[str, ...] = ()
    owner: Callable[..., str]

    @property
    def columns(self) -> str:
        """What is read of a row: ``by``, the secret, and what is beside."""
        return ", ".join((self.by, self.column, *self.beside))

    def owner_of(self, row: Any) -> str:
        """The id to which the secret of this row of ``columns`` is bound."""
        return self.owner(row[0], *row[2:])


def _text(name: str | bytes) -> str:
    return name if isinstance(name, str) else name.decode()


def _of_blob(_number: int, name: str | None, size: int, crc64: int) -> str:
    return key_owner(name, size, unsigned(crc64))


SEALED: Final = (
    Sealed(table="keys", column="secret", by="id", found="keys", where="TRUE", owner=_text),
    Sealed(
        table="seals", column="key", by="blob", found="seals JOIN blobs b ON b.id = blob", where="NOT by_client",
        beside=("b.name", "b.size", "b.crc64"), owner=_of_blob,
    ),
    Sealed(
        table="notes", column="value", by="key", found="notes",
        where=f"account = 0 AND collection = '{OWN_SECRETS}' AND key <> '{WORD}'", owner=_text,
    ),
)  # fmt: skip

PLAIN: Final = {
    "keys": {"token": "the session token's hash", "place": "bucket and name that a right is about"},
    "seals": {"data": "the bytes of a small blob, sealed under the blob's own key"},
    "blobs": {"data": "the bytes of a small blob that is not sealed"},
    "objects": {"key": "the name", "sha1": "a digest", "md5": "a digest"},
    "uploads": {"key": "the name", "sha1": "a digest", "found_sha1": "a digest"},
    "parts": {"sha1": "a digest", "md5": "a digest"},
    "spent": {"token": "the hash of what was spent"},
    "stored_by": {"name": "the name of an object"},
    "notes": {"key": "the name of a note"},
    "audit": {"line": "a line of the log"},
}
"""The other columns of bytes, and what they hold."""
