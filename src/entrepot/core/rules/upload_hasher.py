"""The upload hasher: keeps a running SHA-1 of each upload in slices, so that completing it need not read it all again.

A digest is sequential and parts arrive in any order at any process. So one process at a time (by lease) follows an
upload: it takes in each part as soon as all before it are there, and publishes the digest in the index after the last.
Nothing depends on it for correctness: whoever completes an upload that nobody follows computes the digest itself.
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
"""How many polls without a new part before an upload is no longer followed (60 s)."""
_BATCH_BYTES = 8 << 20


class _Run:
    __slots__ = ("idle", "lock", "number", "published", "sha1", "through", "upload")

    def __init__(self, upload: Upload) -> None:
        self.upload = upload
        self.sha1: Any = hashlib.sha1(usedforsecurity=False)
        self.number = 1
        self.through = 0
        self.idle = 0
        self.published = False
        self.lock = asyncio.Lock()


class UploadHasher:
    """Running digests of the uploads that this process follows."""

    def __init__(self, index: Index, blobs: Blobs, leases: Leases) -> None:
        self._index = index
        self._blobs = blobs
        self._leases = leases
        self._runs: dict[str, _Run] = {}
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    async def stop(self) -> None:
        """Give up everything that is followed."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task
        for upload in list(self._runs):
            self.forget(upload)

    def arrived(self, upload: Upload) -> None:
        """A part of ``upload`` was acknowledged by this process."""
        if upload.id not in self._runs:
            if not self._leases.take(upload.id):
                return
            self._runs[upload.id] = _Run(upload)
        self._wake.set()
        if self._task is None:
            self._task = asyncio.create_task(self._follow())

    def forget(self, upload: str) -> None:
        """The upload has ended."""
        self._runs.pop(upload, None)
        self._leases.drop(upload)

    async def sha1(self, upload: Upload) -> bytes:
        """The digest of all parts; every byte must have arrived."""
        while True:
            current = self._index.now.upload(upload.id)
            if current is not None and current.found_sha1 is not None:
                return current.found_sha1
            run = self._runs.get(upload.id)
            if run is None and self._leases.take(upload.id):
                run = self._runs[upload.id] = _Run(upload)
            if run is not None:
                await self._advance(run)
                digest: bytes = run.sha1.digest()
                return digest
            await asyncio.sleep(_POLL_SECONDS / 10)

    async def _follow(self) -> None:
        while not self._stopping:
            if not self._runs:
                self._wake.clear()
                await self._wake.wait()
            for run in list(self._runs.values()):
                before = run.through
                with contextlib.suppress(Fault):  # the one who completes the upload will meet it again, and report it
                    await self._advance(run)
                run.idle = 0 if run.through > before else run.idle + 1
                if run.idle > _IDLE_POLLS:
                    self.forget(run.upload.id)
            if not self._stopping:
                self._wake.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_POLL_SECONDS):
                        await self._wake.wait()

    async def _advance(self, run: _Run) -> None:
        async with run.lock:
            if run.published:
                return
            while run.through < run.upload.size:
                batch: list[Part] = []
                for part in self._index.now.parts(run.upload.id, run.number - 1, 8):
                    if part.offset != run.through + sum(p.size for p in batch):
                        break
                    batch.append(part)
                if not batch:
                    return
                contents = [
                    content_of(self._blobs, self._index.now.blob(segment.blob), segment.offset, segment.length)
                    for part in batch
                    for segment in part.segments
                ]
                await asyncio.to_thread(_update, run.sha1, contents)
                run.number += len(batch)
                run.through += sum(part.size for part in batch)
            found: bytes = run.sha1.digest()
            await self._index.write(lambda tx: tx.set_upload_sha1(run.upload.id, found))
            run.published = True


def _update(sha1: Any, contents: list[Content]) -> None:
    for content in contents:
        for window in content.once():
            sha1.update(window)
