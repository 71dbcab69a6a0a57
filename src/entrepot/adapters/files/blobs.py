"""Blobs as files: ``blobs/<first two digits>/<name>``, written once, durable before they are named.

A blob is written under its final name, which nothing knows until the index points at it, so no rename is needed. It is
sealed by fsync of the file and then of its folder (:mod:`entrepot.adapters.files.sink`).

Long reads are windows on the mapped file: sending one makes no copy in this process. A window whose pages are not in
memory is read in by a thread first, so that a slow disk does not hold up the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import mmap
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from entrepot.adapters.crashpoint import passing
from entrepot.adapters.files.reserve import Reserve
from entrepot.adapters.files.sink import BLOCK_BYTES, FileSink, Observe, aligned, storage_fault, sync_folder
from entrepot.adapters.secrets.sealing import GcmSealing
from entrepot.core.facts.digests import Digester
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import NewId

COPY_BYTES = 1 << 18
"""Windows up to this are read into memory; mapping a file costs more than copying so little."""
_MARK = "owner.json"
_THREADS = 16
MARGIN_SECONDS = 900.0
"""So much longer than a request may take, a file of gateways that share the folder stays that no index knows."""


class FileBlobs:
    """:class:`entrepot.core.ports.Blobs` in a folder. Call ``close`` when done.

    ``request_seconds`` is given where gateways share the folder: how long a request may take here, and
    ``longest_request`` tells how long at any other of them. Then the folder's own clock says how old a file is, because
    those of their machines may differ.
    """

    def __init__(
        self, folder: Path, new_id: NewId, observe: Observe | None = None, reserve: Reserve | None = None,
        *, request_seconds: float | None = None, longest_request: Callable[[], float] | None = None,
    ) -> None:  # fmt: skip
        self._reserve = reserve
        self._youngest_seconds = None if request_seconds is None else request_seconds + MARGIN_SECONDS
        self._longest_request = longest_request
        self.sealing = GcmSealing()
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
        sync_folder(self._root)
        sync_folder(os.path.dirname(self._root))

    def close(self) -> None:
        """Wait for writes under way."""
        self._pool.shutdown()

    def _path(self, name: str) -> str:
        return f"{self._root}/{name[:2]}/{name}"

    def check_room(self) -> None:
        """Refuse bytes for the index where the disk is full."""
        if self._reserve is not None:
            self._reserve.check()

    async def owner(self) -> bytes | None:
        """The mark beside the blobs. Raises Fault."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._marked)

    def _marked(self) -> bytes | None:
        try:
            with open(f"{self._root}/{_MARK}", "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise storage_fault(error) from error

    async def claim(self, mark: bytes) -> bytes:
        """Leave a mark beside the blobs where there is none; returns the one that is there. Raises Fault."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._claim, mark)

    def _claim(self, mark: bytes) -> bytes:
        """Written under another name first, so that whoever comes meanwhile sees all of it or nothing."""
        path, fresh = f"{self._root}/{_MARK}", f"{self._root}/{_MARK}.{self._new_id()}"
        try:
            if not os.path.exists(path):
                with open(fresh, "xb") as file:
                    file.write(mark)
                    file.flush()
                    os.fsync(file.fileno())
                with contextlib.suppress(FileExistsError):
                    os.link(fresh, path)
                os.unlink(fresh)
                sync_folder(self._root)
            with open(path, "rb") as file:
                return file.read()
        except OSError as error:
            raise storage_fault(error) from error

    def create(self, digester: Digester) -> FileSink:
        """A new blob."""
        return FileSink(self._path(self._new_id()), digester, self._pool, self._observe)

    def open(self, name: str, size: int) -> FileBlob:
        """Open a blob."""
        try:
            descriptor = os.open(self._path(name), os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise _unreadable("cannot be read") from error
        if os.fstat(descriptor).st_size != size:
            os.close(descriptor)
            raise _unreadable("are damaged")
        return FileBlob(descriptor, self._pool)

    async def remove(self, names: Sequence[str]) -> None:
        """Remove files. Raises Fault STORAGE_FAILED."""
        await asyncio.get_running_loop().run_in_executor(self._pool, self._remove, list(names))

    def _remove(self, names: list[str]) -> None:
        for name in names:
            try:
                os.unlink(self._path(name))
            except FileNotFoundError:
                pass
            except OSError as error:
                raise storage_fault(error) from error
            passing("sweep.unlinked")

    def names(self, older_than_seconds: float) -> Iterator[str]:
        """All files not written to for that long."""
        limit = time.time() - older_than_seconds
        if self._youngest_seconds is not None:
            youngest = self._youngest_seconds
            if self._longest_request is not None:
                youngest = max(youngest, self._longest_request() + MARGIN_SECONDS)
            limit = self._time_there() - max(older_than_seconds, youngest)
        for number in range(256):
            with os.scandir(f"{self._root}/{number:02x}") as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):
                        if entry.stat().st_mtime <= limit:
                            yield entry.name

    def _time_there(self) -> float:
        """What time it is where the files lie. Raises Fault."""
        path = f"{self._root}/.time-{self._new_id()}"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                return os.fstat(descriptor).st_mtime
            finally:
                os.close(descriptor)
                os.unlink(path)
        except OSError as error:
            raise storage_fault(error) from error

    async def drop_unfinished(self, older_than_seconds: float) -> int:
        """A file has its name from the beginning: :meth:`names` knows it."""
        del older_than_seconds
        return 0


def _unreadable(why: str) -> Fault:
    return Fault(Kind.STORAGE_FAILED, f"the bytes of this object {why}; ask the operator to run fsck")


class FileBlob:
    """A file being read: short windows are copied out of it, long ones mapped."""

    __slots__ = ("_copied", "_descriptor", "_pool")

    def __init__(self, descriptor: int, pool: ThreadPoolExecutor) -> None:
        self._descriptor = descriptor
        self._pool = pool
        self._copied: tuple[int, bytes | bytearray] | None = None

    def __del__(self) -> None:
        os.close(self._descriptor)

    def view(self, offset: int, length: int) -> memoryview:
        """A window."""
        if self._copied is not None and self._copied[0] == offset and len(self._copied[1]) == length:
            return memoryview(self._copied[1])
        if length <= COPY_BYTES:
            return memoryview(os.pread(self._descriptor, length, offset))
        start = offset - offset % mmap.ALLOCATIONGRANULARITY
        mapped = mmap.mmap(
            self._descriptor,
            length + offset - start,
            flags=mmap.MAP_SHARED | mmap.MAP_POPULATE,  # all pages at once cost less than a fault for each few
            prot=mmap.PROT_READ,
            offset=start,
        )
        return memoryview(mapped)[offset - start :]

    async def ready(self, offset: int, length: int, until: int = 0) -> None:
        """Have the window in memory: at once when samples say that it is in the page cache, else by a thread.

        The kernel reads ahead by itself.
        """
        del until
        try:
            if length <= COPY_BYTES:
                copied = bytearray(length)
                if os.preadv(self._descriptor, [copied], offset, os.RWF_NOWAIT) == length:
                    self._copied = offset, copied
                    return
            elif all(self._is_there(place) for place in (offset, offset + length // 2, offset + length - 1)):
                return
        except OSError:  # not there (EAGAIN), or the file system cannot tell
            pass
        await asyncio.get_running_loop().run_in_executor(self._pool, self._read_in, offset, length)

    def once(self, offset: int, length: int) -> Iterator[memoryview]:
        """Windows on this thread's buffer, read around the page cache where the place and the file system allow it."""
        buffer = aligned()
        direct = offset % BLOCK_BYTES == 0 and length > BLOCK_BYTES and self._set_direct(os.O_DIRECT)
        end = offset + length
        try:
            while offset < end:
                count = self._read(buffer, offset)
                yield buffer[: min(count, end - offset)]
                offset += count
        finally:
            if direct:
                self._set_direct(0)

    def _read(self, buffer: memoryview, offset: int) -> int:
        try:
            count = os.preadv(self._descriptor, [buffer], offset)
        except OSError as error:
            raise _unreadable("cannot be read") from error
        if not count:
            raise _unreadable("are damaged")
        return count

    def _set_direct(self, flag: int) -> bool:
        """Read around the page cache from now on, or not; whether the file system takes that."""
        others = fcntl.fcntl(self._descriptor, fcntl.F_GETFL) & ~os.O_DIRECT
        try:
            fcntl.fcntl(self._descriptor, fcntl.F_SETFL, others | flag)
        except OSError:
            return False
        return True

    def _is_there(self, place: int) -> bool:
        return os.preadv(self._descriptor, [bytearray(1)], place, os.RWF_NOWAIT) == 1

    def _read_in(self, offset: int, length: int) -> None:
        if length <= COPY_BYTES:
            self._copied = offset, os.pread(self._descriptor, length, offset)
            return
        with contextlib.suppress(OSError):
            os.posix_fadvise(self._descriptor, offset, length, os.POSIX_FADV_WILLNEED)
            for place in range(offset, offset + length, COPY_BYTES):
                os.pread(self._descriptor, min(COPY_BYTES, offset + length - place), place)
