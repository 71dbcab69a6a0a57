"""Blobs in a bucket of an S3-compatible store.

What may be removed as an orphan: a name that no index knows, of a blob that is older at the store than any request that
may still name it. A request ends after ``request_seconds``; the store's clock alone says how old a blob is, and uploads
in parts count from their begin, as the largest store has it. ``MARGIN_SECONDS`` is for clocks of the store's own nodes
that differ, and for whole seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, GenericError, NotSupportedError, PreconditionError

from entrepot.adapters.s3_backend.address import Credentials, Place
from entrepot.adapters.s3_backend.bucket import Bucket, failed
from entrepot.adapters.s3_backend.calls import CallError, Calls
from entrepot.adapters.s3_backend.presigned import Addresses
from entrepot.adapters.s3_backend.reader import S3Blob
from entrepot.adapters.s3_backend.sink import Observe, Room, S3Sink
from entrepot.adapters.secrets.sealing import GcmSealing
from entrepot.core.facts.digests import Digester
from entrepot.core.ports import Clock, NewId

MARGIN_SECONDS = 900.0
_NAME = re.compile(r"[0-9a-z]{2}[0-9a-z_-]+")
_MARK = "owner.json"
_PAGE = 1000
_THREADS = 16
MEMORY_BYTES = 256 << 20
"""What uploads under way may have of the memory of a process; the others wait on disk."""


class S3Blobs:
    """:class:`entrepot.core.ports.Blobs` in a bucket. Call ``close`` when done.

    Args:
        place: the bucket.
        credentials: a key that may list it, and put, get and delete what lies in it.
        new_id: makes names.
        clock: the time that signatures are made at.
        request_seconds: how long a request may take here.
        longest_request: tells how long a request may take at any other gateway.
        seconds: how long a call of the store may take.
        observe: is told how long calls took.
        memory_bytes: what uploads under way may have of this process's memory together.
        folder: where others wait, in files without names.
        youngest_seconds: how old a blob must be to be listed; default: as no request may name any more.
        machine: the machine's own clock, which the client signs with; default: ``clock``.
    """

    def __init__(
        self,
        place: Place,
        credentials: Credentials,
        new_id: NewId,
        clock: Clock,
        *,
        request_seconds: float = 3600.0,
        seconds: float = 20.0,
        observe: Observe | None = None,
        memory_bytes: int = MEMORY_BYTES,
        folder: Path | None = None,
        youngest_seconds: float | None = None,
        longest_request: Callable[[], float] | None = None,
        machine: Clock | None = None,
    ) -> None:
        self.sealing = GcmSealing()
        self._room = Room(memory_bytes, folder or Path(gettempdir()))
        self.bucket = Bucket(place, credentials, seconds, self.clock_ahead)
        self.calls = Calls(place, credentials, seconds, clock)
        self._machine = machine or clock
        self._new_id = new_id
        self._clock = clock
        self._credentials = credentials
        self._youngest_seconds = request_seconds + MARGIN_SECONDS if youngest_seconds is None else youngest_seconds
        self._longest_request = longest_request
        self._observe = observe or (lambda _name, _seconds: None)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="store")
        self._aborting: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Wait for calls under way."""
        self._pool.shutdown()
        self.calls.close()

    async def clock_ahead(self) -> float | None:
        """How many seconds this machine's clock is ahead of the store's; None where that cannot be told now."""
        return await asyncio.to_thread(self.calls.clock_ahead, self._machine)

    def check_room(self) -> None:
        """A store says that it is full when it is asked to keep something."""

    def create(self, digester: Digester) -> S3Sink:
        """A new blob."""
        return S3Sink(self.bucket, self._new_id(), digester, self._pool, self._observe, self._room, self._abort)

    def open(self, name: str, size: int) -> S3Blob:
        """A blob to read; its loss is met by the first that is read of it."""
        return S3Blob(self.bucket, self.bucket.key(name), size, self._observe)

    def addresses(self, seconds: float, endpoint: str | None) -> Addresses:
        """What signs addresses of blobs for clients, who reach the store at ``endpoint``, by default as we do."""
        return Addresses(self.bucket, self._credentials, seconds, endpoint)

    async def remove(self, names: Sequence[str]) -> None:
        """Remove blobs, several at a time. Raises Fault STORAGE_FAILED."""
        keys = [self.bucket.key(name) for name in names]
        if keys:
            with contextlib.suppress(FileNotFoundError):
                async with self.bucket.asked("delete", 1 + len(keys) // 100):
                    await obstore.delete_async(self.bucket.store, keys)

    def names(self, older_than_seconds: float) -> Iterator[str]:
        """Names of all blobs that are as old at the store as this, and as no request may name any more.

        What lies there under other names is none of ours. For threads. Raises Fault STORAGE_FAILED.
        """
        before = self._before(older_than_seconds)
        prefix = self.bucket.place.prefix
        with self.bucket.asked_in_thread("list"):
            pages = obstore.list(self.bucket.store, prefix.rstrip("/") or None, chunk_size=_PAGE)
            for page in pages:
                for found in page:
                    name = found["path"].removeprefix(prefix)[3:]
                    ours = _NAME.fullmatch(name) is not None and found["path"] == self.bucket.key(name)
                    if ours and found["last_modified"] <= before:
                        yield name

    async def drop_unfinished(self, older_than_seconds: float) -> int:
        """Throw away uploads in parts that nobody completed in that time; returns how many. Raises Fault."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._drop_unfinished, older_than_seconds)

    def _drop_unfinished(self, older_than_seconds: float) -> int:
        before = self._before(older_than_seconds)
        count = 0
        try:
            for one in list(self.calls.unfinished(self.bucket.place.prefix)):
                if one.begun <= before:
                    self.calls.abort(one)
                    count += 1
        except CallError as error:
            if error.status == 501:  # a store that cannot list them: its operator has it drop them, as check() says
                return count
            raise failed("unfinished", error) from None
        return count

    def _before(self, seconds: float) -> datetime:
        """The latest time at the store of what is old enough."""
        youngest = self._youngest_seconds
        if self._longest_request is not None:
            youngest = max(youngest, self._longest_request() + MARGIN_SECONDS)
        try:
            return self.calls.now() - timedelta(seconds=max(seconds, youngest))
        except CallError as error:
            raise failed("clock", error) from None

    async def owner(self) -> bytes | None:
        """The mark beside the blobs. Raises Fault."""
        async with self.bucket.asked("owner"):
            return await self._marked(f"{self.bucket.place.prefix}{_MARK}")

    async def claim(self, mark: bytes) -> bytes:
        """Leave a mark beside the blobs where there is none; returns the one that is there. Raises Fault."""
        key = f"{self.bucket.place.prefix}{_MARK}"
        async with self.bucket.asked("claim", 3):
            there = await self._marked(key)
            if there is None:
                await self._mark(key, mark)
                there = await self._marked(key)
        return there or b""

    async def _marked(self, key: str) -> bytes | None:
        try:
            found = await obstore.get_async(self.bucket.store, key)
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None

    async def _mark(self, key: str, mark: bytes) -> None:
        """Of two that come at once the first is kept, where the store knows conditions (If-None-Match)."""
        try:
            await obstore.put_async(self.bucket.store, key, mark, mode="create", use_multipart=False)
        except (AlreadyExistsError, PreconditionError):
            return
        except (GenericError, NotImplementedError, NotSupportedError):
            await obstore.put_async(self.bucket.store, key, mark, use_multipart=False)

    async def _abort(self, key: str, wait: bool) -> None:
        """Abort what was begun under a key; a store that fails is not waited for."""
        task = asyncio.create_task(self._abort_all(key))
        self._aborting.add(task)
        task.add_done_callback(self._aborting.discard)
        if wait:
            await asyncio.shield(task)

    async def _abort_all(self, key: str) -> None:
        def work() -> None:
            with contextlib.suppress(CallError):  # the sweep finds it
                for one in list(self.calls.unfinished(key)):
                    self.calls.abort(one)

        await asyncio.get_running_loop().run_in_executor(self._pool, work)


if TYPE_CHECKING:
    from entrepot.core.ports import Blobs

    def _keeps_the_promises(blobs: S3Blobs) -> Blobs:
        return blobs
