"""Content: the bytes of a stored object, segment by segment, without copying them.

Digests of stored bytes are computed here too, off the event loop and a window at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import chain

from entrepot.core.facts.digests import Digester
from entrepot.core.facts.records import Blob, Object, Seal
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import BlobReader, Blobs, sealed_size
from entrepot.core.rules.sealed import SealedReader, cipher_of, opened_bytes
from entrepot.core.value import Value

WINDOW_BYTES = 1 << 20
_AT_ONCE_BYTES = 1 << 16


class Content(Value, frozen=True, kw_only=True):
    """A run of bytes: in memory (``data``) or in an open blob (``blob``)."""

    offset: int
    length: int
    data: bytes | None = None
    blob: BlobReader | None = None

    def once(self) -> Iterator[memoryview]:
        """All of it for one who reads it through in a thread of its own; each window is good until the next."""
        if self.data is not None:
            return iter((memoryview(self.data)[self.offset : self.offset + self.length],))
        assert self.blob is not None  # noqa: S101 - one of the two is set by content_of()
        return self.blob.once(self.offset, self.length)


def _lost() -> Fault:
    return Fault(Kind.STORAGE_FAILED, "the bytes of this object are missing; ask the operator to run fsck")


def content_of(blobs: Blobs, blob: Blob | None, offset: int, length: int) -> Content:
    """Open a run of bytes of a blob. Raises Fault STORAGE_FAILED when it is not there."""
    if blob is not None and blob.seal is not None:
        return _sealed_content(blobs, blob, blob.seal, offset, length)
    if blob is not None and blob.data is not None:
        return Content(offset=offset, length=length, data=blob.data)
    if blob is None or blob.name is None:
        raise _lost()
    return Content(offset=offset, length=length, blob=blobs.open(blob.name, blob.size))


def _sealed_content(blobs: Blobs, blob: Blob, seal: Seal, offset: int, length: int) -> Content:
    """The same of a sealed blob. Raises Fault ACCESS_DENIED as well when only the client has its key."""
    if blob.data is not None:
        return Content(offset=offset, length=length, data=opened_bytes(blobs, blob, seal))
    if blob.name is None:
        raise _lost()
    cipher = cipher_of(blobs.sealing, seal)
    sealed = blobs.open(blob.name, sealed_size(blob.size))
    return Content(offset=offset, length=length, blob=SealedReader(sealed, blob.size, cipher))


class Run(Value, frozen=True, kw_only=True):
    """``length`` bytes of a blob from ``offset`` on."""

    blob: Blob
    offset: int
    length: int


def plan(record: Object, blobs: list[Blob], first: int, length: int) -> list[Run]:
    """The runs that make up ``length`` bytes of an object from ``first`` on; ``blobs`` are those of its segments."""
    if len(blobs) != len(record.segments):
        raise _lost()
    runs: list[Run] = []
    start = 0
    end = first + length
    for segment, blob in zip(record.segments, blobs, strict=True):
        low, high = max(first, start), min(end, start + segment.length)
        if low < high:
            runs.append(Run(blob=blob, offset=segment.offset + low - start, length=high - low))
        start += segment.length
        if start >= end:
            break
    return runs


class Windows:
    """The bytes of ``runs`` in windows of at most ``WINDOW_BYTES``, each in memory when it is handed out.

    The first blob is opened now, and ``begin`` has its first window in memory, so that its loss is met before anything
    is promised. The others are opened when their turn comes, so that many segments cost no descriptors; a blob stays
    there for a while after its last name went. They are gone through once; ``again`` gives the same ones to go through.
    All of these raise Fault STORAGE_FAILED.
    """

    __slots__ = ("_begun", "_blobs", "_opened", "_runs")

    def __init__(self, blobs: Blobs, runs: list[Run]) -> None:
        self._blobs = blobs
        self._runs = runs
        self._opened = [content_of(blobs, run.blob, run.offset, run.length) for run in runs[:1]]
        self._begun = False

    async def begin(self) -> None:
        """Have the first window in memory."""
        for content in self._opened:
            if content.blob is not None and not self._begun:
                await _ready(content.blob, content, 0)
                self._begun = True

    def again(self) -> Windows:
        """The same bytes, opened anew."""
        return Windows(self._blobs, self._runs)

    def __aiter__(self) -> AsyncIterator[memoryview]:
        opened, self._opened = self._opened, []
        return _windows(self._blobs, opened, self._runs[1:], self._begun)


async def _ready(blob: BlobReader, content: Content, at: int) -> None:
    """Have the window ``at`` bytes into a run in memory, and the others of the run on their way."""
    size = min(WINDOW_BYTES, content.length - at)
    await blob.ready(content.offset + at, size, content.offset + content.length)


async def _windows(blobs: Blobs, opened: list[Content], rest: list[Run], begun: bool) -> AsyncIterator[memoryview]:
    later = (content_of(blobs, run.blob, run.offset, run.length) for run in rest)
    for content in chain(opened, later):
        if content.data is not None:
            yield memoryview(content.data)[content.offset : content.offset + content.length]
            continue
        assert content.blob is not None  # noqa: S101 - one of the two is set by content_of()
        for at in range(0, content.length, WINDOW_BYTES):
            size = min(WINDOW_BYTES, content.length - at)
            if not begun:
                await _ready(content.blob, content, at)
            begun = False
            yield content.blob.view(content.offset + at, size)


async def digest(blobs: Blobs, runs: list[Run], digester: Digester) -> None:
    """Take the bytes of ``runs`` into ``digester``: short ones at once, longer ones in a thread."""
    if sum(run.length for run in runs) <= _AT_ONCE_BYTES and all(run.blob.data is not None for run in runs):
        _digest(blobs, runs, digester)
    else:
        await asyncio.to_thread(_digest, blobs, runs, digester)


def _digest(blobs: Blobs, runs: list[Run], digester: Digester) -> None:
    for run in runs:
        for window in content_of(blobs, run.blob, run.offset, run.length).once():
            digester.update(window)
