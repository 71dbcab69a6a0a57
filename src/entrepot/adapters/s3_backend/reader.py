"""Reading a blob: a few windows are in memory, and those that will be asked for next are on their way.

How far a reader goes on is told by who reads, so that nothing is fetched for nothing. Each answer says how long the
whole blob is: one of another length than the index states is damaged.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import obstore

from entrepot.adapters.s3_backend.bucket import Bucket, unreadable

if TYPE_CHECKING:
    from obstore import GetResult

WINDOWS = 4
"""How many windows are fetched at once. As many are in memory, and as many more on their way."""
_ONCE_BYTES = 4 << 20

Observe = Callable[[str, float], None]
_Coming = tuple[int, int, "asyncio.Task[memoryview]"]


class S3Blob:
    """:class:`entrepot.core.ports.BlobReader` at a store."""

    __slots__ = ("_bucket", "_coming", "_key", "_observe", "_size", "_window")

    def __init__(self, bucket: Bucket, key: str, size: int, observe: Observe) -> None:
        self._bucket = bucket
        self._key = key
        self._size = size
        self._observe = observe
        self._window: tuple[int, memoryview] = (0, memoryview(b""))
        self._coming: deque[_Coming] = deque()

    def __del__(self) -> None:
        self._forget()

    def view(self, offset: int, length: int) -> memoryview:
        """A window. One that was not made ready is fetched while the caller, a thread, waits."""
        if self._holds(offset, length):
            start, window = self._window
            return window[offset - start : offset - start + length]
        return self._fetched(offset, length) if length else memoryview(b"")

    async def ready(self, offset: int, length: int, until: int = 0) -> None:
        """Have the window in memory, and the next ones up to ``until`` on their way."""
        if not length or self._holds(offset, length):
            return
        self._window = (0, memoryview(b""))
        until = max(until, offset + length)
        coming = self._coming
        if not coming or not (coming[0][0] <= offset and offset + length <= coming[0][1]):
            self._forget()
            self._start(offset, min(offset + length * WINDOWS, until))
        start, end, task = coming.popleft()
        if end < until:
            self._start(end, min(end + length * WINDOWS, until))
        try:
            self._window = start, await task
        except BaseException:
            task.cancel()
            self._forget()
            raise

    def _holds(self, offset: int, length: int) -> bool:
        start, window = self._window
        return start <= offset and offset + length <= start + len(window)

    def once(self, offset: int, length: int) -> Iterator[memoryview]:
        """Window after window, on this thread."""
        for at in range(offset, offset + length, _ONCE_BYTES):
            yield self._fetched(at, min(_ONCE_BYTES, offset + length - at))

    def _start(self, offset: int, end: int) -> None:
        fetch = self._fetch(self._bucket, self._key, self._size, offset, end - offset)
        task = asyncio.get_running_loop().create_task(fetch)
        task.add_done_callback(_seen)
        self._coming.append((offset, end, task))

    def _forget(self) -> None:
        for _, _, task in self._coming:
            with contextlib.suppress(RuntimeError):  # the loop is closed already, and its tasks with it
                task.cancel()
        self._coming.clear()

    @staticmethod
    async def _fetch(bucket: Bucket, key: str, size: int, offset: int, length: int) -> memoryview:
        """Knows nothing of the reader, so that one that is dropped is gone at once, and cancels this."""
        async with bucket.asked("get"):
            found = await obstore.get_async(bucket.store, key, options={"range": (offset, offset + length)})
            _check(found, size)
            data = memoryview(await found.bytes_async())
        return _whole(data, length)

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
