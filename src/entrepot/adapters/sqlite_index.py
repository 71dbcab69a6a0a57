"""The embedded index: SQLite in WAL mode, synchronous=FULL, with group commit.

Facts that shape this file:

* One connection of SQLite may write at a time, across processes. SQLite's own waiting is a sleep with back-off, so a
  file lock that wakes the next waiter at once (``flock``) is taken around each transaction.
* A commit is one fsync of the log. All changes that wait when the writer comes by share one transaction, each in a
  savepoint of its own, so that one refusal undoes one change only.
* ``apsw`` brings its own SQLite, so that every installation has the same one, past the WAL defects of older builds.

After a failed commit nothing of the batch is there: every change in it is answered with the failure.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import queue
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import apsw

from entrepot.adapters.crashpoint import passing
from entrepot.adapters.sqlite_reader import CachedReader, SqliteInspector
from entrepot.adapters.sqlite_schema import MIGRATIONS
from entrepot.adapters.sqlite_transaction import SqliteTransaction
from entrepot.adapters.vault import Vault
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction

T = TypeVar("T")
Observe = Callable[[str, float], None]

_BATCH_MAX = 256
_CHECKPOINT_PAGES = 8000
_SCAN_THREADS = 2


class SchemaError(Exception):
    """The data folder was written by a newer version."""


class _Change:
    __slots__ = ("apply", "error", "future", "loop", "result")

    def __init__(self, apply: Callable[[Transaction], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.apply = apply
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class SqliteIndex:
    """:class:`entrepot.core.ports.Index` in one file. Call ``close`` when done."""

    def __init__(self, folder: Path, vault: Vault, observe: Observe | None = None) -> None:
        self._path = folder / "index.db"
        self._vault = vault
        self._observe = observe or (lambda _name, _seconds: None)
        self._lock = os.open(folder / "index.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._writer = self._connect()
        self._migrate()
        self._transaction = SqliteTransaction(self._writer, vault)
        self._now = CachedReader(self._connect(), vault)
        self.failure: str | None = None
        """Why the last commit failed; None after one that succeeded."""
        self._local = threading.local()
        self._scanners = ThreadPoolExecutor(_SCAN_THREADS, thread_name_prefix="index-scan")
        self._waiting: queue.SimpleQueue[_Change | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="index-writer", daemon=True)
        self._thread.start()

    def _connect(self) -> apsw.Connection:
        connection = apsw.Connection(str(self._path))
        connection.set_busy_timeout(10_000)
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
            "journal_size_limit = 67108864",
            "cache_size = -8192",
            "mmap_size = 1073741824",
            "temp_store = MEMORY",
        ):
            connection.execute("PRAGMA " + pragma).fetchall()
        self._path.chmod(0o600)
        return connection

    def _migrate(self) -> None:
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            version = int(self._writer.pragma("user_version") or 0)
            if version > len(MIGRATIONS):
                raise SchemaError(
                    f"the data folder has schema {version}, this version of entrepot knows {len(MIGRATIONS)}: upgrade"
                )
            for number in range(version, len(MIGRATIONS)):
                with self._writer:
                    self._writer.execute(MIGRATIONS[number]).fetchall()
                    self._writer.execute(f"PRAGMA user_version = {number + 1}").fetchall()
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    @property
    def now(self) -> Reader:
        """The committed state; use on the event loop's thread only."""
        return self._now

    def refresh(self) -> Reader:
        """``now``, with every account, key and bucket as committed before this call; use on the event loop only."""
        self._now.refresh()
        return self._now

    async def scan(self, question: Callable[[Reader], T]) -> T:
        """Answer in a thread of its own, inside one read transaction."""
        return await asyncio.get_running_loop().run_in_executor(self._scanners, self._scan, question)

    def _scan(self, question: Callable[[SqliteInspector], T]) -> T:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        connection.execute("BEGIN")
        try:
            return question(SqliteInspector(connection, self._vault))
        finally:
            connection.execute("COMMIT")

    async def inspect(self, question: Callable[[SqliteInspector], T]) -> T:
        """Like ``scan``, for the check of the whole folder."""
        return await asyncio.get_running_loop().run_in_executor(self._scanners, self._scan, question)

    def write(self, change: Callable[[Transaction], T]) -> Awaitable[T]:
        """Queue a change for the next shared transaction."""
        waiting = _Change(change, asyncio.get_running_loop())
        self._waiting.put(waiting)
        return waiting.future

    def close(self) -> None:
        """Finish what waits, then release the file."""
        self._waiting.put(None)
        self._thread.join()
        self._scanners.shutdown()
        os.close(self._lock)

    def _run(self) -> None:
        while True:
            first = self._waiting.get()
            if first is None:
                return
            batch = [first]
            stopping = self._gather(batch)
            self._commit(batch)
            by_loop: dict[asyncio.AbstractEventLoop, list[_Change]] = {}
            for change in batch:
                by_loop.setdefault(change.loop, []).append(change)
            for loop, changes in by_loop.items():
                if not loop.is_closed():
                    loop.call_soon_threadsafe(_settle, changes)
            if stopping:
                return

    def _gather(self, batch: list[_Change]) -> bool:
        """Take everything that waits; True when told to stop."""
        while len(batch) < _BATCH_MAX:
            try:
                change = self._waiting.get_nowait()
            except queue.Empty:
                return False
            if change is None:
                return True
            batch.append(change)
        return False

    def _commit(self, batch: list[_Change]) -> None:
        started = time.perf_counter()
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            if self._gather(batch):
                self._waiting.put(None)  # told to stop: after this batch
            self._transact(batch)
            self.failure = None
        except apsw.Error as error:
            self._undo()
            fault = _fault_of(error)
            self.failure = fault.message
            for change in batch:
                change.error = fault
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
        self._observe("commit", time.perf_counter() - started)

    def _transact(self, batch: list[_Change]) -> None:
        execute = self._writer.execute
        execute("BEGIN IMMEDIATE")
        passing("index.begun")
        for change in batch:
            execute("SAVEPOINT change")
            try:
                change.result = change.apply(self._transaction)
            except apsw.Error:
                raise
            except BaseException as error:  # noqa: BLE001 - whatever it is goes to the one who asked
                change.error = error
                execute("ROLLBACK TO change")
            execute("RELEASE change")
        passing("index.applied")
        execute("COMMIT")
        passing("index.committed")

    def _undo(self) -> None:
        try:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        except apsw.Error:  # SQLite rolled back by itself
            return


def _settle(changes: list[_Change]) -> None:
    for change in changes:
        change.settle()


def _fault_of(error: apsw.Error) -> Fault:
    if isinstance(error, apsw.FullError):
        return Fault(Kind.STORAGE_FULL, "the disk of the index is full; nothing was stored")
    return Fault(Kind.STORAGE_FAILED, f"the index could not be written ({type(error).__name__}); nothing was stored")
