"""Content: the bytes of a stored object, segment by segment, without copying them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import BlobReader, Blobs, Reader
from entrepot.core.records import Object, Segment
from entrepot.core.value import Value

WINDOW_BYTES = 1 << 20
EAGER_BYTES = 1 << 17


class Content(Value, frozen=True, kw_only=True):
    """A run of bytes: in memory (``data``) or in an open blob (``blob``)."""

    offset: int
    length: int
    data: bytes | None = None
    blob: BlobReader | None = None

    def view(self) -> memoryview:
        """All of it at once."""
        if self.data is not None:
            return memoryview(self.data)[self.offset : self.offset + self.length]
        assert self.blob is not None  # noqa: S101 - one of the two is set by load()
        return self.blob.view(self.offset, self.length)


def load(reader: Reader, blobs: Blobs, blob: int, offset: int, length: int) -> Content:
    """Open a run of bytes of a blob. Raises Fault STORAGE_FAILED when it is not there."""
    found = reader.blob(blob)
    if found is None:
        raise Fault(Kind.STORAGE_FAILED, "the bytes of this object are missing; ask the operator to run fsck")
    if found.data is not None:
        return Content(offset=offset, length=length, data=found.data)
    if found.name is None:
        raise Fault(Kind.STORAGE_FAILED, "the bytes of this object are missing; ask the operator to run fsck")
    return Content(offset=offset, length=length, blob=blobs.open(found.name, found.size))


def plan(reader: Reader, blobs: Blobs, record: Object, first: int, length: int) -> list[Content | Segment]:
    """The runs that make up ``length`` bytes of an object from ``first`` on.

    Small runs are opened at once, because bytes in the index go when their name goes; files stay readable for a while
    after, so they are opened when their turn comes and a long list costs no descriptors.
    """
    runs: list[Content | Segment] = []
    start = 0
    end = first + length
    for segment in record.segments:
        low, high = max(first, start), min(end, start + segment.length)
        if low < high:
            run = Segment(blob=segment.blob, offset=segment.offset + low - start, length=high - low)
            eager = segment.length <= EAGER_BYTES or len(record.segments) == 1
            runs.append(load(reader, blobs, run.blob, run.offset, run.length) if eager else run)
        start += segment.length
        if start >= end:
            break
    return runs


async def windows(reader: Reader, blobs: Blobs, runs: list[Content | Segment]) -> AsyncIterator[memoryview]:
    """The bytes of ``runs`` in windows of at most ``WINDOW_BYTES``, each in memory when it is handed out."""
    for run in runs:
        content = load(reader, blobs, run.blob, run.offset, run.length) if isinstance(run, Segment) else run
        if content.data is not None:
            yield content.view()
            continue
        assert content.blob is not None  # noqa: S101 - one of the two is set by load()
        for at in range(0, content.length, WINDOW_BYTES):
            size = min(WINDOW_BYTES, content.length - at)
            await content.blob.ready(content.offset + at, size)
            yield content.blob.view(content.offset + at, size)
