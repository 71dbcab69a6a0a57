"""The audit log: JSON lines in ``audit/audit.jsonl`` of the data folder, each chained to the one before by its hash.

A line ends in ``"prev"``, the hash of the line before, and ``"hash"``, the SHA-256 of everything in front of it. The
processes of a folder take turns by a file lock; a batch of lines costs one fsync. A file that is large or old enough
becomes ``audit-<number of its first line>.jsonl``, and the chain goes on in a new one. Files are only appended to.

A process that dies while it writes leaves a torn end. Whoever writes next leaves it as it is and adds a line that tells
its length and hash, chained to the last whole line; :mod:`entrepot.adapters.audit.check` knows such a pair.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import hashlib
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from entrepot.adapters.audit.line import CURRENT, GENESIS, TORN, end_of, line_bytes, line_of
from entrepot.adapters.crashpoint import passing
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.audit import AuditSettings, Event

_NOTED_SECONDS = 1.0
"""How long a line that nobody waits for may wait for others."""
_WAITING_MAX = 10_000
"""So many of those may wait; more are counted as lost."""
_LINE_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tail:
    """The end of the chain: line ``number`` and its ``hash``, as of a file of this ``inode`` and ``size``.

    ``first`` is the file's first line, which happened when it ``began``; ``torn`` is what follows the last whole one.
    """

    number: int
    hash: str
    first: int
    inode: int = 0
    size: int = 0
    began: float | None = None
    torn: bytes = b""


class AuditLog:
    """:class:`entrepot.core.ports.Audit` in a data folder. Call ``close`` when done.

    ``failed`` is told why lines could not be written: nobody waits for those that were only noted.
    """

    def __init__(self, folder: Path, settings: AuditSettings, failed: Callable[[str], None] | None = None) -> None:
        self._failed = failed or (lambda _why: None)
        self.path = folder / "audit"
        self._settings = settings
        self._tail: _Tail | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="audit")
        self._waiting: list[tuple[Event, asyncio.Future[None] | None]] = []
        self._busy = False
        self._timer: asyncio.TimerHandle | None = None
        self._lost = 0

    def write(self, event: Event) -> Awaitable[None]:
        """Record an event together with what else waits."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append((event, future))
        loop.call_soon(self._start, loop)
        return future

    def note(self, event: Event) -> None:
        """Record an event within a second."""
        if len(self._waiting) >= _WAITING_MAX:
            self._lost += 1
            return
        self._waiting.append((event, None))
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_NOTED_SECONDS, self._start, loop)

    def close(self) -> None:
        """Write what still waits."""
        if self._timer is not None:
            self._timer.cancel()
        self._pool.shutdown()
        batch, self._waiting = self._waiting, []
        with contextlib.suppress(OSError):
            self.append([event for event, _ in batch])

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._busy or not self._waiting:
            return
        self._busy = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._waiting = self._waiting, []
        done = loop.run_in_executor(self._pool, self.append, [event for event, _ in batch])
        done.add_done_callback(lambda written: self._done(loop, batch, written.exception()))

    def _done(
        self,
        loop: asyncio.AbstractEventLoop,
        batch: list[tuple[Event, asyncio.Future[None] | None]],
        error: BaseException | None,
    ) -> None:
        self._busy = False
        fault = None if error is None else _fault_of(error)
        for _, future in batch:
            if future is None:
                self._lost += error is not None
            elif not future.done():
                future.set_result(None) if fault is None else future.set_exception(fault)
        if error is not None:
            self._failed(str(error))
        self._start(loop)

    def append(self, events: Sequence[Event]) -> None:
        """Add lines; they are durable afterwards. For a thread, or a process without an event loop. Raises OSError."""
        if not events:
            return
        with self._locked():
            tail = self._end(events[-1].at)
            lost, self._lost = self._lost, 0
            if lost:
                events = [Event(what="lost", at=events[0].at, facts={"count": lost}), *events]
            try:
                self._tail = self._written(tail, events)
            except OSError:
                self._lost += lost
                self._tail = None
                raise

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if not self.path.is_dir():
            self.path.mkdir(mode=0o700, exist_ok=True)
            _sync(self.path.parent)
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _end(self, now: float) -> _Tail:
        """The end of the chain, after the file was put aside if that is due."""
        path = self.path / CURRENT
        try:
            state = path.stat()
        except FileNotFoundError:
            return self._before()
        tail = self._tail
        if tail is None or (tail.inode, tail.size) != (state.st_ino, state.st_size):
            tail = self._read_end(path)
        old = tail.began is not None and now - tail.began >= self._settings.rotate_seconds
        if tail.began is None or tail.torn or not (old or tail.size >= self._settings.rotate_bytes):
            return tail
        path.rename(self.path / f"audit-{tail.first:012d}.jsonl")
        return _Tail(number=tail.number, hash=tail.hash, first=tail.number + 1)

    def _before(self) -> _Tail:
        """The end of the chain that the current file continues: of the newest one that was put aside."""
        for path in sorted(self.path.glob("audit-*.jsonl"), reverse=True):
            with path.open("rb") as file:
                last, _ = end_of(file.fileno(), os.fstat(file.fileno()).st_size)
            if last is not None:
                return _Tail(number=last.number, hash=last.hash, first=last.number + 1)
        return _Tail(number=0, hash=GENESIS, first=1)

    def _read_end(self, path: Path) -> _Tail:
        """The end of the current file."""
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            first = line_of(file.readline(_LINE_BYTES).rstrip(b"\n"))
            last, torn = end_of(file.fileno(), state.st_size)
        if last is None:
            return replace(self._before(), inode=state.st_ino, size=state.st_size, torn=torn)
        return _Tail(
            number=last.number,
            hash=last.hash,
            first=last.number if first is None else first.number,
            inode=state.st_ino,
            size=state.st_size,
            began=last.at if first is None else first.at,
            torn=torn,
        )

    def _written(self, tail: _Tail, events: Sequence[Event]) -> _Tail:
        began = events[0].at if tail.began is None else tail.began
        made = b""
        if tail.torn:
            digest = hashlib.sha256(tail.torn).hexdigest()
            events = [
                Event(what="torn", at=events[0].at, facts={"bytes": len(tail.torn), "sha256": digest}),
                *events,
            ]
            made = TORN
        number, link = tail.number, tail.hash
        for event in events:
            number += 1
            line, link = line_bytes(event, number, link)
            made += line
        descriptor = os.open(self.path / CURRENT, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            _write_all(descriptor, made, tail.size)
            os.fsync(descriptor)
            inode = os.fstat(descriptor).st_ino
        finally:
            os.close(descriptor)
        if not tail.size:
            _sync(self.path)
        return _Tail(number=number, hash=link, first=tail.first, inode=inode, size=tail.size + len(made), began=began)


def _write_all(descriptor: int, data: bytes, size: int) -> None:
    """Append all of it or, when the disk does not take it, none."""
    view = memoryview(data)
    try:
        # The first half goes by itself, so that a fault test can end the process between two halves of a line.
        view = view[os.write(descriptor, view[: len(view) // 2]) :]
        passing("audit.half")
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, size)
        raise


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fault_of(error: BaseException) -> Fault:
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Fault(Kind.STORAGE_FULL, "the disk of the audit log is full; nothing was given out")
    return Fault(Kind.STORAGE_FAILED, f"the audit log could not be written ({type(error).__name__})")
