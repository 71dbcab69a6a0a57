"""Blobs: immutable bytes under random names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from entrepot.core.facts.digests import Digester
from entrepot.core.ports.sealing import Sealing


class Sink(Protocol):
    """A new blob being written."""

    async def write(self, data: bytes) -> None:
        """Digest and append ``data``; may return before it is written, and raises earlier failures."""
        ...

    async def seal(self) -> str:
        """Make the bytes and their directory entry durable; returns the blob's name."""
        ...

    async def discard(self) -> None:
        """Throw the bytes away."""
        ...


class BlobReader(Protocol):
    """Bytes of one blob."""

    def view(self, offset: int, length: int) -> memoryview:
        """A window on the bytes without copying them."""
        ...

    async def ready(self, offset: int, length: int, until: int = 0) -> None:
        """Wait, off the event loop, until the window is in memory.

        ``until`` is where a reader comes to that goes on in windows like this one: so much may be fetched ahead.
        Raises Fault STORAGE_FAILED.
        """
        ...

    def once(self, offset: int, length: int) -> Iterator[memoryview]:
        """The bytes for one who reads them through in a thread of its own; each window is good until the next."""
        ...


class Blobs(Protocol):
    """Immutable bytes under random names. What is sealed lies there sealed; they do not know."""

    @property
    def sealing(self) -> Sealing:
        """How bytes are sealed before they come here, and opened after they were read."""
        ...

    def check_room(self) -> None:
        """Raises Fault STORAGE_FULL when nothing can be stored, not even within the index."""
        ...

    def create(self, digester: Digester) -> Sink:
        """Start a new blob whose bytes also go through ``digester``."""
        ...

    def open(self, name: str, size: int) -> BlobReader:
        """Open a blob.

        Raises Fault STORAGE_FAILED when it is missing or not ``size`` bytes long, here or when the first bytes are
        read: where blobs lie far away, nothing is known of one before it is asked for.
        """
        ...

    async def remove(self, names: Sequence[str]) -> None:
        """Remove blobs; those that are gone already are fine. Raises Fault STORAGE_FAILED."""
        ...

    def names(self, older_than_seconds: float) -> Iterator[str]:
        """Names of all blobs that were not touched for that long, by the clock of where they lie; for threads.

        Where many processes write, none that a request of any of them may still name, however short the time. Raises
        Fault STORAGE_FAILED.
        """
        ...

    async def owner(self) -> bytes | None:
        """The mark of whose this place is; None where there is none. Raises Fault STORAGE_FAILED."""
        ...

    async def claim(self, mark: bytes) -> bytes:
        """Leave a mark of whose this place is, durably, where there is none; returns the one that is there.

        Raises Fault STORAGE_FAILED.
        """
        ...

    async def drop_unfinished(self, older_than_seconds: float) -> int:
        """Throw away what was begun so long ago and never sealed, where that is not a blob with a name; how many."""
        ...
