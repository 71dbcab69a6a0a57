"""Writing a blob: up to 16 MiB go as one PUT, more as an upload in parts while it streams.

Law: a sealed blob is there, whole, as the store acknowledged it, and nothing is there before. Every request's bytes are
signed (SHA-256), so a store that checks signatures refuses what was damaged on the way; after an upload in parts the
store is asked how much it has. An upload held back by the store holds back who sends it: at most one buffer, the parts
in flight and two handfuls are in memory; and where the memory that all uploads share is taken, it waits in a file until
all of it is there, and is sent from there, a few such at a time.

A thread digests one handful while the next arrives.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import obstore

from entrepot.adapters.s3_backend.bucket import Bucket, unreadable
from entrepot.adapters.s3_backend.spool import Memory, Spool
from entrepot.core.facts.digests import Digester
from entrepot.core.fault import Fault

if TYPE_CHECKING:
    from obstore import AsyncWritableFile

PART_BYTES = 8 << 20
"""A store takes 10,000 parts: enough for 80 GiB, where no blob is longer than the 5 GiB of one request."""
PARTS_IN_FLIGHT = 2
CROWD_PART_BYTES = 5 << 20
"""The shortest part that every store takes. An upload that waited in a file has such parts, and one in flight."""
ONE_PUT_BYTES = 16 << 20
"""So much is one PUT: it costs a store, and this process, two thirds of what it costs in parts."""
GATHER_BYTES = (1 << 20) + 1
ASIDE_BYTES = 1 << 16
"""A handful of an upload that waits in a file."""
SHORT_BYTES = 3 * GATHER_BYTES
"""What a blob of one handful costs: as it came, as one piece, and as the store's client has it."""
LONG_BYTES = PART_BYTES * (1 + PARTS_IN_FLIGHT)
"""What a longer one costs beside that."""
SENDING_AT_ONCE = 4
"""So many uploads that waited in files are sent at a time."""
_COMPLETING = 3
"""How many times as long as a call the end of an upload may take: parts under way, and a store that joins them."""

Observe = Callable[[str, float], None]
T = TypeVar("T")


class Room:
    """What all uploads of a process share: ``total`` bytes of memory, and a folder for those that do not fit."""

    def __init__(self, total: int, folder: Path) -> None:
        self.memory = Memory(total)
        self.folder = folder
        self.sending = asyncio.Semaphore(SENDING_AT_ONCE)


class S3Sink:
    """:class:`entrepot.core.ports.Sink` at a store. ``abort`` throws away the parts of an upload that has a key."""

    def __init__(
        self,
        bucket: Bucket,
        name: str,
        digester: Digester,
        pool: ThreadPoolExecutor,
        observe: Observe,
        room: Room,
        abort: Callable[[str, bool], Awaitable[None]],
    ) -> None:
        self._bucket = bucket
        self._name = name
        self._key = bucket.key(name)
        self._digester = digester
        self._pool = pool
        self._observe = observe
        self._room = room
        self._taken_bytes = 0
        self._spool: Spool | None = None
        self._abort = abort
        self._gathered: list[bytes] = []
        self._gathered_bytes = 0
        self._bytes = 0
        self._held: list[bytes] = []
        """Digested, for one PUT."""
        self._writer: AsyncWritableFile | None = None
        self._pending: asyncio.Task[None] | None = None
        self._failed = False
        self._sealed = False

    async def write(self, data: bytes) -> None:
        """Collect; hand over when enough is there and the last handful is taken."""
        if not self._taken_bytes and self._spool is None and not self._take(SHORT_BYTES):
            await self._wait_in_a_file()
        self._gathered.append(data)
        self._gathered_bytes += len(data)
        if self._gathered_bytes >= (GATHER_BYTES if self._spool is None else ASIDE_BYTES):
            await self._settle()
            if self._spool is None and self._taken_bytes < LONG_BYTES and not self._take(LONG_BYTES):
                await self._wait_in_a_file()
            self._pending = asyncio.create_task(self._append() if self._spool is None else self._put_aside())

    async def seal(self) -> str:
        """Send the rest; returns when the store has everything."""
        await self._settle()
        started = time.perf_counter()
        try:
            if self._spool is not None:
                await self._put_aside()
                async with self._room.sending:
                    await self._send(self._spool)
            else:
                await self._append()
                await (self._put(self._held) if self._writer is None else self._complete(self._writer))
        except Fault:
            self._failed = True
            raise
        self._sealed = True
        self._held.clear()
        self._close()
        self._observe("put", time.perf_counter() - started)
        return self._name

    async def discard(self) -> None:
        """Take back what the store has of it. What it does not answer to now is left to the sweep."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.cancel()
            await asyncio.gather(pending, return_exceptions=True)
        self._close()
        self._gathered.clear()
        self._held.clear()
        if self._sealed:
            with contextlib.suppress(Fault):
                async with self._bucket.asked("delete"):
                    await obstore.delete_async(self._bucket.store, [self._key])
        elif self._writer is not None:
            self._writer = None
            await self._abort(self._key, not self._failed)

    def _close(self) -> None:
        self._room.memory.give(self._taken_bytes)
        self._taken_bytes = 0
        if self._spool is not None:
            self._spool.close()

    async def _settle(self) -> None:
        pending, self._pending = self._pending, None
        if pending is None:
            return
        try:
            await pending
        except Fault:
            self._failed = True
            raise

    async def _taken(self) -> bytes:
        """What was collected, digested."""
        chunks, self._gathered, self._gathered_bytes = self._gathered, [], 0
        data = await asyncio.get_running_loop().run_in_executor(self._pool, _digested, self._digester, chunks)
        self._bytes += len(data)
        return data

    def _take(self, count: int) -> bool:
        """Whether there is so much memory for this upload; then it has it until its end."""
        if not self._room.memory.take(count):
            return False
        self._taken_bytes += count
        return True

    async def _wait_in_a_file(self) -> None:
        self._spool = await self._in_thread(Spool, self._room.folder)
        self._room.memory.give(self._taken_bytes)
        self._taken_bytes = 0

    async def _put_aside(self) -> None:
        data = await self._taken()
        assert self._spool is not None  # noqa: S101 - whoever puts aside waits in a file
        await self._in_thread(self._spool.write, [data])

    async def _send(self, spool: Spool) -> None:
        """Send what waited in a file, as it would have been sent."""
        await self._in_thread(spool.rewind)
        if spool.size <= PART_BYTES:
            await self._put([await self._in_thread(spool.read, spool.size)])
            return
        self._writer = self._opened(CROWD_PART_BYTES, 1)
        while data := await self._in_thread(spool.read, GATHER_BYTES):
            async with self._bucket.asked("write"):
                await self._writer.write(data)
        await self._complete(self._writer)

    async def _in_thread(self, work: Callable[..., T], *values: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *values)

    def _opened(self, part_bytes: int, in_flight: int) -> AsyncWritableFile:
        return obstore.open_writer_async(
            self._bucket.store, self._key, buffer_size=part_bytes, max_concurrency=in_flight
        )

    async def _append(self) -> None:
        """Hold what came for one PUT; what is too much for that goes on its way."""
        if data := await self._taken():
            self._held.append(data)
        if self._writer is None and self._bytes <= ONE_PUT_BYTES:
            return
        if self._writer is None:
            self._writer = self._opened(PART_BYTES, PARTS_IN_FLIGHT)
        while self._held:
            async with self._bucket.asked("write"):
                await self._writer.write(self._held.pop(0))

    async def _put(self, pieces: list[bytes]) -> None:
        async with self._bucket.asked("put"):
            await obstore.put_async(self._bucket.store, self._key, pieces or [b""], use_multipart=False)

    async def _complete(self, writer: AsyncWritableFile) -> None:
        async with self._bucket.asked("complete", _COMPLETING):
            await writer.close()
        if self._bytes > CROWD_PART_BYTES:
            async with self._bucket.asked("head"):
                found = await obstore.head_async(self._bucket.store, self._key)
            if found["size"] != self._bytes:
                raise unreadable("did not arrive whole at their store")


def _digested(digester: Digester, chunks: list[bytes]) -> bytes:
    data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    digester.update(data)
    return data
