"""Writing a blob: bytes go around the page cache where the file system allows it.

Facts: a durable write must reach the device anyway, so the copy in the page cache is work for nothing, and on a machine
whose memory is lent by another each fresh page costs more than the device does. O_DIRECT takes whole blocks from an
aligned buffer; each thread has one. The rest of less than a block is written the ordinary way.

A thread digests and writes one handful while the next arrives. After a failed fsync the file is given up, never synced
again: the kernel may have dropped the pages that it could not write.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import mmap
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from entrepot.adapters.crashpoint import passing
from entrepot.core.facts.digests import Digester
from entrepot.core.fault import Fault, Kind

BLOCK_BYTES = 4096
BUFFER_BYTES = 1 << 20
GATHER_BYTES = BUFFER_BYTES + 1
"""How much is collected before a thread digests and writes it: anything shorter is handed over once, when it ends."""
CROWD = 8
GATHER_IN_CROWD_BYTES = 1 << 17
"""With more blobs than ``CROWD`` being written, each of them collects no more than this, so that all stay small."""

Observe = Callable[[str, float], None]
_local = threading.local()


def aligned() -> memoryview:
    """This thread's buffer; its memory starts on a page."""
    buffer: memoryview | None = getattr(_local, "buffer", None)
    if buffer is None:
        buffer = _local.buffer = memoryview(mmap.mmap(-1, BUFFER_BYTES))
    return buffer


def storage_fault(error: OSError) -> Fault:
    """The refusal for a failed write."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Fault(Kind.STORAGE_FULL, "the disk is full; nothing was stored")
    name = errno.errorcode.get(error.errno or 0, "?")
    return Fault(Kind.STORAGE_FAILED, f"the disk failed ({name}); nothing was stored")


def sync_folder(path: str) -> None:
    """Make a folder's entries durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class FileSink:
    """:class:`entrepot.core.ports.Sink` on a file. One thread at a time works on it."""

    open = 0
    """How many are being written in this process."""

    def __init__(self, path: str, digester: Digester, pool: ThreadPoolExecutor, observe: Observe) -> None:
        self._path = path
        self._digester = digester
        self._pool = pool
        self._observe = observe
        self._portion = GATHER_BYTES if FileSink.open < CROWD else GATHER_IN_CROWD_BYTES
        self._direct = True
        self._descriptor: int | None = None
        self._created = False
        self._rest = b""
        self._gathered: list[bytes] = []
        self._gathered_bytes = 0
        self._pending: asyncio.Future[None] | None = None
        FileSink.open += 1

    async def write(self, data: bytes) -> None:
        """Collect; hand over to a thread when enough is there and the last handful is written."""
        self._gathered.append(data)
        self._gathered_bytes += len(data)
        if self._gathered_bytes >= self._portion:
            await self._settle()
            self._start(self._append)

    async def seal(self) -> str:
        """Write the rest, fsync the file and its folder."""
        await self._settle()
        self._start(self._finish)
        await self._settle()
        FileSink.open -= 1
        return os.path.basename(self._path)

    async def discard(self) -> None:
        """Close and unlink, whatever happened before."""
        with contextlib.suppress(Fault):
            await self._settle()
        FileSink.open -= 1
        await asyncio.get_running_loop().run_in_executor(self._pool, self._unlink)

    def _start(self, work: Callable[[list[bytes]], None]) -> None:
        chunks, self._gathered, self._gathered_bytes = self._gathered, [], 0
        self._pending = asyncio.get_running_loop().run_in_executor(self._pool, work, chunks)

    async def _settle(self) -> None:
        pending = self._pending
        if pending is None:
            return
        await asyncio.shield(pending)  # a cancelled request must still leave the thread alone with its descriptor
        self._pending = None

    def _append(self, chunks: list[bytes]) -> None:
        started = time.perf_counter()
        try:
            if self._descriptor is None:
                self._descriptor = self._create()
                passing("blob.created")
            self._write_blocks(self._descriptor, chunks)
        except OSError as error:
            raise storage_fault(error) from error
        self._observe("write", time.perf_counter() - started)

    def _create(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        if self._direct:
            try:
                descriptor = os.open(self._path, flags | os.O_DIRECT, 0o600)
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                self._direct = False
                flags &= ~os.O_EXCL  # some file systems refuse after having made the file
            else:
                self._created = True
                return descriptor
        descriptor = os.open(self._path, flags, 0o600)
        self._created = True
        return descriptor

    def _write_blocks(self, descriptor: int, chunks: list[bytes]) -> None:
        """Digest everything; write whole blocks, keep the rest.

        Digests and writes let go of the interpreter, and getting it back costs, so they are done in large runs.
        """
        buffer = aligned()
        seen = used = len(self._rest)
        buffer[:used] = self._rest
        for chunk in chunks:
            view = memoryview(chunk)
            while view:
                count = min(BUFFER_BYTES - used, len(view))
                buffer[used : used + count] = view[:count]
                used += count
                view = view[count:]
                if used == BUFFER_BYTES:
                    self._digester.update(buffer[seen:used])
                    _write_all(descriptor, buffer)
                    seen = used = 0
        self._digester.update(buffer[seen:used])
        whole = used - used % BLOCK_BYTES if self._direct else used
        if whole:
            _write_all(descriptor, buffer[:whole])
        self._rest = bytes(buffer[whole:used])

    def _finish(self, chunks: list[bytes]) -> None:
        self._append(chunks)
        started = time.perf_counter()
        passing("blob.written")
        descriptor = self._descriptor
        assert descriptor is not None  # noqa: S101 - _append opened it
        try:
            if self._rest:
                fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) & ~os.O_DIRECT)
                _write_all(descriptor, memoryview(self._rest))
            os.fsync(descriptor)
            passing("blob.synced")
            self._close()
            sync_folder(os.path.dirname(self._path))
        except OSError as error:
            raise storage_fault(error) from error
        passing("blob.linked")
        self._observe("fsync", time.perf_counter() - started)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _unlink(self) -> None:
        self._close()
        if self._created:
            with contextlib.suppress(OSError):
                os.unlink(self._path)


def _write_all(descriptor: int, view: memoryview) -> None:
    while view:
        view = view[os.write(descriptor, view) :]
