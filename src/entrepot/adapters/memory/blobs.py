"""Blobs and leases of the reference model: see :mod:`entrepot.adapters.memory.index`. For tests only."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from entrepot.adapters.secrets.sealing import GcmSealing
from entrepot.core.facts.digests import Digester
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock, NewId


class MemoryBlobs:
    """:class:`entrepot.core.ports.Blobs` in a dictionary."""

    def __init__(self, new_id: NewId, clock: Clock) -> None:
        self._new_id = new_id
        self._clock = clock
        self.sealing = GcmSealing()
        self._blobs: dict[str, tuple[bytes, float]] = {}
        self._owner: bytes | None = None

    def check_room(self) -> None:
        """There is always room."""

    def create(self, digester: Digester) -> MemorySink:
        """A new blob."""
        return MemorySink(self, self._new_id(), digester)

    def open(self, name: str, size: int) -> MemoryBlob:
        """A blob's bytes."""
        data, _ = self._blobs.get(name, (None, 0.0))
        if data is None or len(data) != size:
            raise Fault(Kind.STORAGE_FAILED, "the bytes of this object are missing or damaged")
        return MemoryBlob(data)

    async def remove(self, names: Sequence[str]) -> None:
        """Forget blobs. Whoever has one open goes on reading it."""
        for name in names:
            self._blobs.pop(name, None)

    def names(self, older_than_seconds: float) -> Iterator[str]:
        """Names of blobs that were sealed that long ago."""
        limit = self._clock() - older_than_seconds
        yield from [name for name, (_, sealed_at) in self._blobs.items() if sealed_at <= limit]

    async def drop_unfinished(self, older_than_seconds: float) -> int:
        """What is not sealed is gone with its sink."""
        del older_than_seconds
        return 0

    async def owner(self) -> bytes | None:
        """Whose this is."""
        return self._owner

    async def claim(self, mark: bytes) -> bytes:
        """Whose this is."""
        self._owner = mark if self._owner is None else self._owner
        return self._owner

    def keep(self, name: str, data: bytes) -> None:
        """Take over a sealed blob."""
        self._blobs[name] = (data, self._clock())


class MemorySink:
    """:class:`entrepot.core.ports.Sink` on a byte array; the blob is not there before it is sealed."""

    def __init__(self, blobs: MemoryBlobs, name: str, digester: Digester) -> None:
        self._blobs = blobs
        self._name = name
        self._digester = digester
        self._data = bytearray()

    async def write(self, data: bytes) -> None:
        """Digest and append."""
        self._digester.update(data)
        self._data += data

    async def seal(self) -> str:
        """Hand the bytes over."""
        self._blobs.keep(self._name, bytes(self._data))
        return self._name

    async def discard(self) -> None:
        """Drop the bytes, sealed or not."""
        self._data.clear()
        await self._blobs.remove([self._name])


class MemoryBlob:
    """:class:`entrepot.core.ports.BlobReader` on bytes."""

    def __init__(self, data: bytes) -> None:
        self._view = memoryview(data)

    def view(self, offset: int, length: int) -> memoryview:
        """A window."""
        return self._view[offset : offset + length]

    def once(self, offset: int, length: int) -> Iterator[memoryview]:
        """All of it is there."""
        yield self._view[offset : offset + length]

    async def ready(self, offset: int, length: int, until: int = 0) -> None:
        """Everything is in memory."""
        del offset, length, until


class MemoryLeases:
    """:class:`entrepot.core.ports.Leases` of holders that share a ``board``; a holder dies when it is collected."""

    def __init__(self, board: weakref.WeakValueDictionary[str, MemoryLeases]) -> None:
        self._board = board

    def take(self, name: str) -> bool:
        """Write one's name on the board if nobody's is there."""
        return self._board.setdefault(name, self) is self

    def drop(self, name: str) -> None:
        """Wipe one's name off the board."""
        if self._board.get(name) is self:
            del self._board[name]


if TYPE_CHECKING:
    from entrepot.core.ports import Blobs, Leases

    def _keeps_the_promises(blobs: MemoryBlobs, leases: MemoryLeases) -> tuple[Blobs, Leases]:
        return blobs, leases
