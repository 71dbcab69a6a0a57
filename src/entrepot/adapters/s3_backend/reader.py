"""Reading a blob: one window is in memory and the next on its way, out of one answer of the store.

Who reads says how far it will go on, so that nothing is fetched for nothing; a reader that is slow holds the store
back. An answer that breaks off is asked for again from there. Each answer says how long the whole blob is: one of
another length than the index states is damaged.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError

from entrepot.adapters.s3_backend.bucket import Bucket, unreadable

if TYPE_CHECKING:
    from obstore import BytesStream, GetResult

_ONCE_BYTES = 4 << 20

Observe = Callable[[str, float], None]
_Coming = tuple[int, int, "asyncio.Task[memoryview]"]


class S3Blob:
    """:class:`entrepot.core.ports.BlobReader` at a store."""

    __slots__ = ("_bucket", "_coming", "_key", "_observe", "_run", "_size", "_window")

    def __init__(self, bucket: Bucket, key: str, size: int, observe: Observe) -> None:
        self._bucket = bucket
        self._key = key
        self._size = size
        self._observe = observe
        self._window: tuple[int, memoryview] = (0, memoryview(b""))
        self._coming: _Coming | None = None
        self._run: _Run | None = None

    def __del__(self) -> None:
        self._forget()

    def view(self, offset: int, length: int) -> memoryview:
        """A window. One that was not made ready is fetched while the caller, a thread, waits."""
        if self._holds(offset, length):
            start, window = self._window
            return window[offset - start : offset - start + length]
        return self._fetched(offset, length) if length else memoryview(b"")

    async def ready(self, offset: int, length: int, until: int = 0) -> None:
        """Have the window in memory, and the next one before ``until`` on its way."""
        if not length or self._holds(offset, length):
            return
        self._window = (0, memoryview(b""))
        until = max(until, offset + length)
        coming, self._coming = self._coming, None
        if coming is None or self._run is None or coming[:2] != (offset, offset + length):
            self._forget(coming)
            self._run = _Run(self._bucket, self._key, self._size, offset, until, length)
            coming = self._start(self._run, offset, length)
        run, (_, end, task) = self._run, coming
        try:
            self._window = offset, await task
        except BaseException:
            self._forget(coming)
            raise
        if end < run.until:
            self._coming = self._start(run, end, min(length, run.until - end))

    def _holds(self, offset: int, length: int) -> bool:
        start, window = self._window
        return start <= offset and offset + length <= start + len(window)

    def once(self, offset: int, length: int) -> Iterator[memoryview]:
        """Window after window, on this thread."""
        for at in range(offset, offset + length, _ONCE_BYTES):
            yield self._fetched(at, min(_ONCE_BYTES, offset + length - at))

    @staticmethod
    def _start(run: _Run, offset: int, length: int) -> _Coming:
        """The task knows nothing of the reader, so that one that is dropped is gone at once, and cancels it."""
        task = asyncio.get_running_loop().create_task(run.take(length))
        task.add_done_callback(_seen)
        return offset, offset + length, task

    def _forget(self, coming: _Coming | None = None) -> None:
        coming = coming or self._coming
        if coming is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed already, and its tasks with it
                coming[2].cancel()
        self._coming = self._run = None

    def _fetched(self, offset: int, length: int) -> memoryview:
        started = time.perf_counter()
        with self._bucket.asked_in_thread("get"):
            found = obstore.get(self._bucket.store, self._key, options={"range": (offset, offset + length)})
            _check(found, self._size)
            data = memoryview(found.bytes())
        self._observe("get", time.perf_counter() - started)
        return _whole(data, length)


def _seen(task: asyncio.Task[memoryview]) -> None:
    """Whoever waits for a window hears of its failure; of one that nobody waits for, nobody needs to."""
    if not task.cancelled():
        task.exception()


def _check(found: GetResult, size: int) -> None:
    if found.meta["size"] != size:
        raise unreadable("are damaged")


def _whole(data: memoryview, length: int) -> memoryview:
    if len(data) != length:
        raise unreadable("are damaged")
    return data


class _Run:
    """The bytes of a blob from one place to another, taken in pieces that are about as long as ``step``."""

    def __init__(self, bucket: Bucket, key: str, size: int, offset: int, until: int, step: int) -> None:
        self.until = until
        self._bucket, self._key, self._size, self._step = bucket, key, size, step
        self._at = offset
        """What was handed out ends here."""
        self._rest = memoryview(b"")
        """What the store sent beyond that."""
        self._answer: BytesStream | None = None

    async def take(self, length: int) -> memoryview:
        """The next bytes. Raises Fault STORAGE_FAILED."""
        async with self._bucket.asked("get"):
            pieces, missing = [self._rest] if self._rest else [], length - len(self._rest)
            while missing > 0:
                pieces.append(await self._more(self._at + length - missing))
                missing -= len(pieces[-1])
        data = pieces[0] if len(pieces) == 1 else memoryview(b"".join(pieces))
        self._at += length
        self._rest = data[length:]
        return data[:length]

    async def _more(self, at: int) -> memoryview:
        """What comes next, of what lies from ``at`` on."""
        if self._answer is not None:
            with contextlib.suppress(BaseError, StopAsyncIteration):
                return memoryview(await anext(self._answer))
        self._answer = None
        found = await obstore.get_async(self._bucket.patient, self._key, options={"range": (at, self.until)})
        _check(found, self._size)
        self._answer = found.stream(min_chunk_size=self._step)
        try:
            return memoryview(await anext(self._answer))
        except StopAsyncIteration:
            raise unreadable("are damaged") from None
