"""Sealing: how the bytes of a blob are encrypted, and how the keys that open them are kept.

A blob is sealed in chunks of ``CHUNK_BYTES``, each under its number and whether it is the last one, with a key that no
other blob has. So a chunk that was changed, moved, taken away or put there from elsewhere does not open.
"""

from __future__ import annotations

from typing import Final, Protocol

from entrepot.core.facts.records import ClientKey

CHUNK_BYTES: Final = 1 << 16
"""Plain bytes of every chunk but the last."""
TAG_BYTES: Final = 16
"""How much longer a sealed chunk is."""


def sealed_size(size: int) -> int:
    """How long ``size`` bytes are when they are sealed."""
    return size + TAG_BYTES * -(-size // CHUNK_BYTES)


class ChunkCipher(Protocol):
    """Seals and opens the chunks of one blob."""

    def seal(self, number: int, data: bytes | memoryview, *, last: bool) -> bytes:
        """The chunk of this number, from 0 on, encrypted. No number is sealed twice."""
        ...

    def open(self, number: int, data: bytes | memoryview, *, last: bool) -> bytes:
        """The inverse. Raises Fault STORAGE_FAILED when this is not that chunk as it was sealed."""
        ...


class Sealing(Protocol):
    """The ciphers, and what is done with the keys of clients, which nobody keeps."""

    def new_key(self) -> bytes:
        """A key for one new blob."""
        ...

    def cipher(self, key: bytes) -> ChunkCipher:
        """The cipher of the blob that has this key."""
        ...

    def wrap(self, key: bytes, by: ClientKey) -> bytes:
        """A blob's key, encrypted so that the client's key opens it."""
        ...

    def unwrap(self, wrapped: bytes, by: ClientKey) -> bytes:
        """The inverse of ``wrap``. Raises Fault ACCESS_DENIED (reason ``customer-key``) for another client's key."""
        ...

    def mark(self, key: ClientKey) -> bytes:
        """What is kept to know a client's key again: a salt, and the key's MAC of it. Another one each time."""
        ...

    def knows(self, mark: bytes, key: ClientKey) -> bool:
        """Whether ``mark`` was made of this key; takes the same time for every wrong one."""
        ...

    def masked(self, digest: bytes, key: ClientKey) -> bytes:
        """A digest of as many bytes that is the same for the same key, and tells nothing without it."""
        ...
