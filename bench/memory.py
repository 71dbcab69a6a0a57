"""Memory: idle, and while many slow clients upload at once.

Law: every connection is open and has announced its whole upload before the first byte of content is sent;
then all send in turn, 64 KiB each, until every upload is whole and answered. Memory is the greatest sum
over all server processes of Pss (shared pages counted once), sampled five times a second; the sum of every
process's own peak (VmHWM) is told beside it.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import threading
import time
from collections.abc import Callable
from typing import Self

from bench.measure import Contender, Sample
from bench.peers import Entrepot, form
from bench.process import Process, ask, memory_mb
from bench.slices import SLICE_BYTES, fields

CHUNK = bytes(os.urandom(65536))
LIMIT_SECONDS = 600.0
SIMPLE_MAX_MB = 20


class Watch:
    """Samples the memory of a process tree until told to end."""

    def __init__(self, process: Process) -> None:
        self.process, self.peak_mb = process, 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._end.wait(0.2):
            self.peak_mb = max(self.peak_mb, self.process.sum_mb("Pss"))


class Client:
    """One slow client on one connection: uploads `size` bytes, whole or in slices, 64 KiB at a time."""

    def __init__(self, server: Entrepot, number: int, size: int) -> None:
        self.server, self.size = server, size
        self.target = server.api(f"m-{number:05d}")
        self.headers = server.upload().headers
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def open(self) -> None:
        """Connect and announce: the head of the whole upload, or the init of a sliced one."""
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        if self.size <= SIMPLE_MAX_MB * 10**6:
            self.lead, self.trail = form({"op": "upload", "insertOnly": "0"})
            self._head(len(self.lead) + self.size + len(self.trail))
            await self.writer.drain()
        else:
            init = {
                "op": "upload_slice_init",
                "filesize": self.size,
                "slice_size": SLICE_BYTES,
                "insertOnly": 0,
            }
            self.session = str((await self._post(fields(**init), 0, b""))["session"])

    async def send(self) -> None:
        """Send everything and read the answer. Raises RuntimeError when it is no success."""
        if self.size <= SIMPLE_MAX_MB * 10**6:
            await self._content(self.lead, self.size, self.trail)
            await self._answer()
        else:
            for offset in range(0, self.size, SLICE_BYTES):
                names = {"op": "upload_slice_data", "session": self.session, "offset": str(offset)}
                lead, trail = form(names)
                await self._post(lead, min(SLICE_BYTES, self.size - offset), trail)
            await self._post(fields(op="upload_slice_finish", session=self.session, filesize=self.size), 0, b"")
        self.writer.close()

    async def _post(self, lead: bytes, size: int, trail: bytes) -> dict[str, object]:
        self._head(len(lead) + size + len(trail))
        await self._content(lead, size, trail)
        return await self._answer()

    def _head(self, length: int) -> None:
        lines = {"Host": f"127.0.0.1:{self.server.port}", **self.headers, "Content-Length": str(length)}
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.writer.write(f"POST {self.target} HTTP/1.1\r\n{text}\r\n".encode())

    async def _content(self, lead: bytes, size: int, trail: bytes) -> None:
        self.writer.write(lead)
        left = size
        while left:
            self.writer.write(CHUNK[: min(left, len(CHUNK))])
            left -= min(left, len(CHUNK))
            await self.writer.drain()
            await asyncio.sleep(0)
        self.writer.write(trail)
        await self.writer.drain()

    async def _answer(self) -> dict[str, object]:
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        )
        body = await self.reader.readexactly(length)
        if head.split(b" ", 2)[1] != b"200":
            raise RuntimeError(repr(head[:60] + body[:200]))
        data: dict[str, object] = json.loads(body).get("data") or {}
        return data


async def storm(server: Entrepot, connections: int, size: int) -> list[BaseException]:
    """All clients at once; what went wrong, one entry a client that failed."""
    clients = [Client(server, number, size) for number in range(connections)]
    opened = await asyncio.gather(*(client.open() for client in clients), return_exceptions=True)
    ready = [client for client, error in zip(clients, opened, strict=True) if error is None]
    sent = await asyncio.gather(*(client.send() for client in ready), return_exceptions=True)
    return [error for error in [*opened, *sent] if isinstance(error, BaseException)]


def memory_contender(server: Entrepot, connections: int, size: int, say: Callable[[str], None]) -> Contender:
    """A new server: its memory when idle, then while `connections` clients upload `size` bytes each."""

    def run(_seconds: int) -> Sample:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4 * connections + 256)), hard))
        server.wipe()
        server.start()
        process = server.running()
        for _ in range(50):
            ask(server.port, "GET", server.ready)
        time.sleep(1.0)
        idle = {
            "idle_mb_per_worker": max(memory_mb(pid, "VmRSS") for pid in process.pids()),
            "idle_total_mb": process.sum_mb("Pss"),
        }
        start = time.monotonic()
        with Watch(process) as watch:
            errors = asyncio.run(asyncio.wait_for(storm(server, connections, size), LIMIT_SECONDS))
        seconds = time.monotonic() - start
        if errors:
            say(f"memory: first error: {errors[0]!r}")
        sample = Sample(
            rate=connections * size / seconds / 1e6, requests=connections - len(errors),
            mb_per_second=connections * size / seconds / 1e6, peak_mb=process.sum_mb("VmHWM"),
            errors={"upload": len(errors)},
            figures={**idle, "peak_pss_mb": watch.peak_mb, "seconds": seconds, "upload_mb": size / 1e6},
        )  # fmt: skip
        server.wipe()
        return sample

    return Contender(name="entrepot", tier=Entrepot.tier, run=run)
