"""Blobs as files: ``blobs/<first two digits>/<name>``, written once, durable before they are named.

A blob is written under its final name, which nothing knows until the index points at it, so no rename is needed. It is
sealed by fsync of the file and then of its folder. After a failed fsync the file is given up, never synced again: the
kernel may have dropped the pages that it could not write.

Reads are windows on the mapped file: sending one makes no copy in this process. A window whose pages are not in memory
is read in by a thread first, so that a slow disk does not hold up the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import mmap
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from entrepot.adapters.crashpoint import passing
from entrepot.core.digests import Digester
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import NewId

GATHER_BYTES = 1 << 17
"""How much is collected before a thread digests and writes it."""
_THREADS = 16
_MADV_POPULATE_READ = 22  # Linux 5.14; elsewhere the advice is refused and the pages are read as they are sent

Observe = Callable[[str, float], None]


def storage_fault(error: OSError) -> Fault:
    """The refusal for a failed write."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Fault(Kind.STORAGE_FULL, "the disk is full; nothing was stored")
    return Fault(
        Kind.STORAGE_FAILED, f"the disk failed ({errno.errorcode.get(error.errno or 0, '?')}); nothing was stored"
    )


class FileBlobs:
    """:class:`entrepot.core.ports.Blobs` in a folder. Call ``close`` when done."""

    def __init__(self, folder: Path, new_id: NewId, observe: Observe | None = None) -> None:
        self._root = str(folder / "blobs")
        self._new_id = new_id
        self._observe = observe or (lambda _name, _seconds: None)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="blob")
        if not os.path.isdir(self._root + "/ff"):
            self._make_folders()

    def _make_folders(self) -> None:
        os.makedirs(self._root, mode=0o700, exist_ok=True)
        for number in range(256):
            os.makedirs(f"{self._root}/{number:02x}", mode=0o700, exist_ok=True)
        _sync_folder(self._root)
        _sync_folder(os.path.dirname(self._root))

    def close(self) -> None:
        """Wait for writes under way."""
        self._pool.shutdown()

    def _path(self, name: str) -> str:
        return f"{self._root}/{name[:2]}/{name}"

    def create(self, digester: Digester) -> FileSink:
        """A new blob."""
        name = self._new_id()
        return FileSink(self._path(name), name, digester, self._pool, self._observe)

    def open(self, name: str, size: int) -> MappedBlob:
        """Map a blob."""
        try:
            descriptor = os.open(self._path(name), os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise Fault(
                Kind.STORAGE_FAILED, "the bytes of this object cannot be read; ask the operator to run fsck"
            ) from error
        try:
            if os.fstat(descriptor).st_size != size:
                raise Fault(Kind.STORAGE_FAILED, "the bytes of this object are damaged; ask the operator to run fsck")
            return MappedBlob(mmap.mmap(descriptor, size, prot=mmap.PROT_READ), self._pool)
        finally:
            os.close(descriptor)

    async def remove(self, names: Sequence[str]) -> None:
        """Remove files."""
        await asyncio.get_running_loop().run_in_executor(self._pool, self._remove, list(names))

    def _remove(self, names: list[str]) -> None:
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path(name))
            passing("sweep.unlinked")

    def names(self, older_than_seconds: float) -> Iterator[str]:
        """All files not written to for that long."""
        limit = time.time() - older_than_seconds
        for number in range(256):
            with os.scandir(f"{self._root}/{number:02x}") as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):
                        if entry.stat().st_mtime <= limit:
                            yield entry.name


class FileSink:
    """A file being written, one thread at a time, while the next bytes arrive."""

    def __init__(self, path: str, name: str, digester: Digester, pool: ThreadPoolExecutor, observe: Observe) -> None:
        self._path = path
        self._name = name
        self._digester = digester
        self._pool = pool
        self._observe = observe
        self._descriptor: int | None = None
        self._gathered: list[bytes] = []
        self._gathered_bytes = 0
        self._pending: asyncio.Future[None] | None = None
        self._created = False

    async def write(self, data: bytes) -> None:
        """Collect; hand over to a thread when enough is there and the last handful is written."""
        self._gathered.append(data)
        self._gathered_bytes += len(data)
        if self._gathered_bytes >= GATHER_BYTES:
            await self._settle()
            chunks = self._take()
            self._pending = asyncio.get_running_loop().run_in_executor(self._pool, self._append, chunks)

    async def seal(self) -> str:
        """Write the rest, fsync the file and its folder."""
        await self._settle()
        self._pending = asyncio.get_running_loop().run_in_executor(self._pool, self._finish, self._take())
        await self._settle()
        return self._name

    async def discard(self) -> None:
        """Close and unlink, whatever happened before."""
        with contextlib.suppress(Fault):
            await self._settle()
        await asyncio.get_running_loop().run_in_executor(self._pool, self._unlink)

    async def _settle(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            # A cancelled request must still leave the thread alone with its descriptor.
            try:
                await asyncio.shield(pending)
            except asyncio.CancelledError:
                self._pending = pending
                raise

    def _take(self) -> list[bytes]:
        chunks, self._gathered, self._gathered_bytes = self._gathered, [], 0
        return chunks

    def _append(self, chunks: list[bytes]) -> None:
        started = time.perf_counter()
        try:
            if self._descriptor is None:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                self._descriptor = os.open(self._path, flags, 0o600)
                self._created = True
                passing("blob.created")
            for chunk in chunks:
                self._digester.update(chunk)
                view = memoryview(chunk)
                while view:
                    view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            raise storage_fault(error) from error
        self._observe("write", time.perf_counter() - started)

    def _finish(self, chunks: list[bytes]) -> None:
        self._append(chunks)
        started = time.perf_counter()
        passing("blob.written")
        assert self._descriptor is not None  # noqa: S101 - _append opened it
        try:
            os.fsync(self._descriptor)
            passing("blob.synced")
            os.close(self._descriptor)
            self._descriptor = None
            _sync_folder(os.path.dirname(self._path))
        except OSError as error:
            raise storage_fault(error) from error
        passing("blob.linked")
        self._observe("fsync", time.perf_counter() - started)

    def _unlink(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if self._created:
            with contextlib.suppress(OSError):
                os.unlink(self._path)


class MappedBlob:
    """A file in memory."""

    __slots__ = ("_map", "_pool", "_view")

    def __init__(self, mapped: mmap.mmap, pool: ThreadPoolExecutor) -> None:
        self._map = mapped
        self._view = memoryview(mapped)
        self._pool = pool

    def view(self, offset: int, length: int) -> memoryview:
        """A window."""
        return self._view[offset : offset + length]

    async def ready(self, offset: int, length: int) -> None:
        """Have the window's pages read in by a thread. Cheap when they are there already."""
        if length >= GATHER_BYTES:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._populate, offset, length)

    def _populate(self, offset: int, length: int) -> None:
        start = offset - offset % mmap.PAGESIZE
        with contextlib.suppress(OSError):
            self._map.madvise(_MADV_POPULATE_READ, start, length + offset - start)


def _sync_folder(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
