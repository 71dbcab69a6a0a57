"""Sessions: who logged in, until when, and how that ends.

A browser holds a random name; the index holds its digest with the id of the key, so a session is the same for all
workers and gateways, outlives a restart, and is over as soon as its record is gone. The key is looked up at each
request: one that was revoked, deleted or given another secret ends its sessions at once. Nothing of a secret is kept,
but a MAC of it under the session's name, which nobody can check without that name.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Final

import orjson

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock, Index, Reader, Transaction
from entrepot.core.rights.identity import Key
from entrepot.core.value import Value
from entrepot.signing.scheme import equal_in_constant_time

ADMIN: Final = "admin"
"""The id under which the admin key logs in."""
ACCOUNT, COLLECTION = 0, "console-sessions"
"""Where the records are among the notes: of no account, because the admin is of none."""
TOKEN_LETTERS: Final = 43
_SEEN_SECONDS: Final = 60.0
"""How often at most it is noted that a session is still used."""
_PRUNED: Final = 500
_NOBODY: Final = b"\0" * 32


class Limits(Value, frozen=True, kw_only=True):
    """After how many seconds without a request a session is over, and after how many in any case."""

    idle_seconds: float
    most_seconds: float


class Visitor(Value, frozen=True, kw_only=True):
    """Who is logged in. ``key`` is None for the admin; ``csrf`` is what forms of this session must carry."""

    id: str
    key: Key | None
    token: str
    csrf: str

    @property
    def is_admin(self) -> bool:
        """Whether it is the operator, by the admin key."""
        return self.key is None

    @property
    def is_owner(self) -> bool:
        """Whether it is an account itself, by a key that is no sub-user's."""
        return self.key is not None and self.key.user is None


class Sessions:
    """Begins, finds and ends sessions. ``admin_key`` is None where the admin cannot log in."""

    def __init__(
        self, index: Index, clock: Clock, new_token: Callable[[], str], admin_key: str | None, limits: Limits
    ) -> None:
        self._index = index
        self._clock = clock
        self._new_token = new_token
        self._admin_key = None if admin_key is None else admin_key.encode()
        self._limits = limits

    def known(self, key_id: str, secret: str) -> Key | None:
        """Whose id and secret these are: a key, None for the admin. Raises Fault SIGNATURE_MISMATCH.

        Only long-term keys log in. It takes as long for an id that nobody has.
        """
        shown = secret.encode("utf-8", "surrogatepass")
        if key_id == ADMIN and self._admin_key is not None and equal_in_constant_time(self._admin_key, shown):
            return None
        key = _usable(self._index.refresh(), key_id, self._clock())
        fits = equal_in_constant_time(_NOBODY if key is None else key.secret, shown)
        if key is None or not fits:
            raise Fault(Kind.SIGNATURE_MISMATCH, "the key id or its secret is not right", key_id=key_id[:80])
        return key

    async def begin(self, key: Key | None) -> Visitor:
        """A new session; records that are over are cleared away on the way. Raises Fault."""
        token, now = self._new_token(), self._clock()
        visitor = _visitor(token, key)
        record = {
            "admin": visitor.is_admin, "key": visitor.id, "since": now, "seen": now, "proof": self._proof(token, key),
        }  # fmt: skip

        def change(tx: Transaction) -> None:
            for note in tx.notes(ACCOUNT, COLLECTION, None, _PRUNED):
                if not self._holds(orjson.loads(note.value), now):
                    tx.remove_note(ACCOUNT, COLLECTION, note.key)
            tx.put_note(ACCOUNT, COLLECTION, _name(token), orjson.dumps(record))

        await self._index.write(change)
        return visitor

    async def find(self, token: str | None) -> Visitor | None:
        """Who holds this name; None when there is no such session, or it is over. Raises Fault."""
        if token is None or len(token) != TOKEN_LETTERS:
            return None
        reader, now = self._index.refresh(), self._clock()
        note = reader.note(ACCOUNT, COLLECTION, _name(token))
        record = None if note is None else orjson.loads(note.value)
        if record is None or not self._holds(record, now):
            return None
        key = None if record["admin"] else _usable(reader, record["key"], now)
        if key is None and not (record["admin"] and self._admin_key is not None):
            return None
        if not equal_in_constant_time(record["proof"].encode(), self._proof(token, key).encode()):
            return None
        if now - record["seen"] >= _SEEN_SECONDS:
            await self._seen(token, now)
        return _visitor(token, key)

    async def end(self, visitor: Visitor) -> None:
        """Log out: the record goes, so the name is worth nothing from now on, wherever it is. Raises Fault."""
        await self._index.write(lambda tx: tx.remove_note(ACCOUNT, COLLECTION, _name(visitor.token)))

    async def _seen(self, token: str, now: float) -> None:
        def change(tx: Transaction) -> None:
            note = tx.note(ACCOUNT, COLLECTION, _name(token))
            if note is not None:  # somebody may have logged out meanwhile
                value = orjson.dumps(orjson.loads(note.value) | {"seen": now})
                tx.put_note(ACCOUNT, COLLECTION, _name(token), value)

        await self._index.write(change)

    def _holds(self, record: dict[str, Any], now: float) -> bool:
        since, seen = float(record["since"]), float(record["seen"])
        return now < since + self._limits.most_seconds and now < seen + self._limits.idle_seconds

    def _proof(self, token: str, key: Key | None) -> str:
        """What the record of this session says of the secret that it began with."""
        secret = (self._admin_key or _NOBODY) if key is None else key.secret
        return hmac.digest(token.encode(), b"entrepot console secret 1 " + secret, "sha256").hex()


def _visitor(token: str, key: Key | None) -> Visitor:
    csrf = hmac.digest(token.encode(), b"entrepot console form 1", "sha256").hex()
    return Visitor(id=ADMIN if key is None else key.id, key=key, token=token, csrf=csrf)


def _usable(reader: Reader, key_id: str, now: float) -> Key | None:
    """A long-term key that holds."""
    key = reader.key(key_id)
    if key is None or key.minted is not None or key.revoked_at is not None:
        return None
    return None if key.expires_at is not None and now > key.expires_at else key


def _name(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
