"""AES-256-GCM for the bytes of blobs: :class:`entrepot.core.ports.Sealing`.

A chunk's nonce is its number and whether it is the last one; that is safe because no two blobs share a key. What a
client's key is used for is told apart by the name in the MAC that derives a key from it (HMAC-SHA256). Knows no master
key: that is the vault's.
"""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from entrepot.core.facts.records import ClientKey
from entrepot.core.fault import Fault, Kind

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_SALT_BYTES: Final = 16
_ABOUT_CHUNKS: Final = b"entrepot chunk 1"
_ABOUT_KEYS: Final = b"entrepot blob key 1"


class GcmChunks:
    """:class:`entrepot.core.ports.ChunkCipher` under one blob's key."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, number: int, data: bytes | memoryview, *, last: bool) -> bytes:
        """Encrypt a chunk."""
        return self._cipher.encrypt(_nonce(number, last), bytes(data), _ABOUT_CHUNKS)

    def open(self, number: int, data: bytes | memoryview, *, last: bool) -> bytes:
        """Decrypt a chunk."""
        try:
            return self._cipher.decrypt(_nonce(number, last), bytes(data), _ABOUT_CHUNKS)
        except InvalidTag as error:
            raise Fault(
                Kind.STORAGE_FAILED, "the encrypted bytes of this object are damaged; ask the operator to run fsck"
            ) from error


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(_NONCE_BYTES - 1, "big") + (b"\1" if last else b"\0")


class GcmSealing:
    """:class:`entrepot.core.ports.Sealing`."""

    def new_key(self) -> bytes:
        """From the system's source."""
        return os.urandom(_KEY_BYTES)

    def cipher(self, key: bytes) -> GcmChunks:
        """A blob's cipher."""
        return GcmChunks(key)

    def wrap(self, key: bytes, by: ClientKey) -> bytes:
        """Encrypt a blob's key."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(_derived(by, b"wrap")).encrypt(nonce, key, _ABOUT_KEYS)

    def unwrap(self, wrapped: bytes, by: ClientKey) -> bytes:
        """Decrypt it."""
        try:
            return AESGCM(_derived(by, b"wrap")).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], _ABOUT_KEYS)
        except (InvalidTag, ValueError) as error:
            raise Fault(
                Kind.ACCESS_DENIED, "the bytes were encrypted with another key than the request's",
                reason="customer-key",
            ) from error  # fmt: skip

    def mark(self, key: ClientKey) -> bytes:
        """A salt, and its MAC."""
        salt = os.urandom(_SALT_BYTES)
        return salt + _mac_of(key, salt)

    def knows(self, mark: bytes, key: ClientKey) -> bool:
        """In constant time."""
        return hmac.compare_digest(_mac_of(key, mark[:_SALT_BYTES]), mark[_SALT_BYTES:])

    def masked(self, digest: bytes, key: ClientKey) -> bytes:
        """A MAC of the digest, cut to its length."""
        return hmac.digest(_derived(key, b"digest"), digest, "sha256")[: len(digest)]


def _derived(key: ClientKey, name: bytes) -> bytes:
    return hmac.digest(key.secret, b"entrepot client key 1 " + name, "sha256")


def _mac_of(key: ClientKey, salt: bytes) -> bytes:
    return hmac.digest(_derived(key, b"mark"), salt, "sha256")


if TYPE_CHECKING:
    from entrepot.core.ports import Sealing

    def _keeps_the_promises(sealing: GcmSealing) -> Sealing:
        return sealing
