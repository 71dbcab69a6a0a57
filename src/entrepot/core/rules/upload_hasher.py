"""The upload hasher: hashes the parts of an upload while they arrive, so that completing it need not read them again.

SHA-1 takes bytes in order only, but parts arrive in any order and at any process. So one process at a time holds the
lease of an upload and hashes it: each part as soon as all parts before it are there. After the last part it stores the
digest in the index, where every process finds it.

This is for speed only. Whoever completes an upload that no process hashes takes the lease and hashes it then.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from typing import Any

from entrepot.core.facts.records import Part, Upload
from entrepot.core.fault import Fault
from entrepot.core.ports import Blobs, Index, Leases
from entrepot.core.rules.content import Content, content_of

_POLL_SECONDS = 0.05
_IDLE_POLLS = 1200
"""After how many polls without a new part an upload is forgotten (60 s)."""
_PARTS_AT_ONCE = 8


class _RunningDigest:
    """The digest of the first ``hashed_bytes`` bytes of an upload; ``next_part`` is the number of the next part."""

    __slots__ = ("hashed_bytes", "idle_polls", "lock", "next_part", "published", "sha1", "upload")

    def __init__(self, upload: Upload) -> None:
        self.upload = upload
        self.sha1: Any = hashlib.sha1(usedforsecurity=False)
        self.next_part = 1
        self.hashed_bytes = 0
        self.idle_polls = 0
        self.published = False
        self.lock = asyncio.Lock()


class UploadHasher:
    """The running digests of the uploads whose lease this process holds."""

    def __init__(self, index: Index, blobs: Blobs, leases: Leases) -> None:
        self._index = index
        self._blobs = blobs
        self._leases = leases
        self._running: dict[str, _RunningDigest] = {}
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    async def stop(self) -> None:
        """Stop hashing, and give all leases back."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task
        for upload in list(self._running):
            self.forget(upload)

    def part_arrived(self, upload: Upload) -> None:
        """This process has stored a part of ``upload``: hash it, if no other process has the lease."""
        if upload.id not in self._running:
            if not self._leases.take(upload.id):
                return
            self._running[upload.id] = _RunningDigest(upload)
        self._wake.set()
        if self._task is None:
            self._task = asyncio.create_task(self._index.carry(self._hash_in_background()))

    def forget(self, upload: str) -> None:
        """Give the lease back: the upload was completed or aborted."""
        self._running.pop(upload, None)
        self._leases.drop(upload)

    async def sha1(self, upload: Upload) -> bytes:
        """The SHA-1 of the whole upload. All parts must have arrived."""
        while True:
            current = self._index.now.upload(upload.id)
            if current is not None and current.found_sha1 is not None:
                return current.found_sha1
            running = self._running.get(upload.id)
            if running is None and self._leases.take(upload.id):
                running = self._running[upload.id] = _RunningDigest(upload)
            if running is not None:
                await self._hash_arrived_parts(running)
                digest: bytes = running.sha1.digest()
                return digest
            await asyncio.sleep(_POLL_SECONDS / 10)

    async def _hash_in_background(self) -> None:
        while not self._stopping:
            if not self._running:
                self._wake.clear()
                await self._wake.wait()
            for running in list(self._running.values()):
                before = running.hashed_bytes
                with contextlib.suppress(Fault):  # whoever completes the upload meets it too, and reports it
                    await self._hash_arrived_parts(running)
                running.idle_polls = 0 if running.hashed_bytes > before else running.idle_polls + 1
                if running.idle_polls > _IDLE_POLLS:
                    self.forget(running.upload.id)
            if not self._stopping:
                self._wake.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_POLL_SECONDS):
                        await self._wake.wait()

    async def _hash_arrived_parts(self, running: _RunningDigest) -> None:
        async with running.lock:
            if running.published:
                return
            while running.hashed_bytes < running.upload.size:
                batch: list[Part] = []
                for part in self._index.now.parts(running.upload.id, running.next_part - 1, _PARTS_AT_ONCE):
                    if part.offset != running.hashed_bytes + sum(p.size for p in batch):
                        break
                    batch.append(part)
                if not batch:
                    return
                contents = [
                    content_of(self._blobs, self._index.now.blob(segment.blob), segment.offset, segment.length)
                    for part in batch
                    for segment in part.segments
                ]
                await asyncio.to_thread(_hash_contents, running.sha1, contents)
                running.next_part += len(batch)
                running.hashed_bytes += sum(part.size for part in batch)
            digest: bytes = running.sha1.digest()
            await self._index.write(lambda tx: tx.set_upload_sha1(running.upload.id, digest))
            running.published = True


def _hash_contents(sha1: Any, contents: list[Content]) -> None:
    for content in contents:
        for window in content.once():
            sha1.update(window)
