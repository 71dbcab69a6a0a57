"""The embedded index: SQLite in WAL mode, synchronous=FULL, with group commit.

Facts that shape this file:

* One connection of SQLite may write at a time, across processes. SQLite's own waiting is a sleep with back-off, so a
  file lock that wakes the next waiter at once (``flock``) is taken around each transaction.
* A commit is one fsync of the log. All changes that wait share one transaction, each in a savepoint of its own, so that
  one refusal undoes one change only. The statements run on the event loop, in microseconds; the commit runs in a
  thread. (With all of it in a thread, loop and thread fought for the interpreter's lock at every statement.)
* ``apsw`` brings its own SQLite, so that every installation has the same one, past the WAL defects of older builds.

After a failed commit nothing of the batch is there: every change in it is answered with the failure. Where the disk is
full and a reserve can be given up, the batch is tried again first, so a change may be applied twice, to the same state.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import apsw

from entrepot.adapters.crashpoint import passing
from entrepot.adapters.files.reserve import Reserve
from entrepot.adapters.opening import OpenError
from entrepot.adapters.secrets.vault import Vault
from entrepot.adapters.sqlite.cached_reader import CachedReader
from entrepot.adapters.sqlite.commit_marks import CommitMarks
from entrepot.adapters.sqlite.inspector import SqliteInspector
from entrepot.adapters.sqlite.opening import FILE, answer, connect, schema_of
from entrepot.adapters.sqlite.schema import MIGRATIONS
from entrepot.adapters.sqlite.transaction import SqliteTransaction
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction

T = TypeVar("T")
Observe = Callable[[str, float], None]

_BATCH_MAX = 256
_SCAN_THREADS = 2


class _Change:
    __slots__ = ("apply", "error", "future", "result")

    def __init__(self, apply: Callable[[Transaction], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.apply = apply
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

    def __init__(
        self, folder: Path, vault: Vault, observe: Observe | None = None, reserve: Reserve | None = None
    ) -> None:
        self._reserve = reserve
        self._path = folder / FILE
        self._vault = vault
        self._observe = observe or (lambda _name, _seconds: None)
        self._lock_file = os.open(folder / "index.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._writer = connect(self._path)
            self._marks = self._migrated()
        except apsw.Error as error:
            os.close(self._lock_file)
            raise OpenError(f"the index {self._path} cannot be opened: {error}") from error
        self._transaction = SqliteTransaction(self._writer, vault)
        self._now = CachedReader(connect(self._path), vault, self._marks)
        self.failure: str | None = None
        """Why the last commit failed; None after one that succeeded."""
        self._local = threading.local()
        self._scanners = ThreadPoolExecutor(_SCAN_THREADS, thread_name_prefix="index-scan")
        self._waiting: list[_Change] = []
        self._idle = True
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="index-commit")

    def _migrated(self) -> CommitMarks:
        """Bring the database to the schema of this version; returns the marks of its folder."""
        fcntl.flock(self._lock_file, fcntl.LOCK_EX)
        try:
            marks = CommitMarks(self._lock_file)
            missing = MIGRATIONS[schema_of(self._writer) :]
            if missing:
                marks.begin(identity=True)
                with self._writer:  # one commit: a folder has an old schema or this one, and a new one is made quickly
                    for statements in missing:
                        self._writer.execute(statements).fetchall()
                    self._writer.execute(f"PRAGMA user_version = {len(MIGRATIONS)}").fetchall()
                marks.end()
            return marks
        finally:
            fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    @property
    def now(self) -> Reader:
        """The committed state; use on the event loop's thread only."""
        return self._now

    def refresh(self) -> Reader:
        """``now``, with every account, key and bucket as committed before this call; use on the event loop only."""
        self._now.refresh()
        return self._now

    def state(self) -> int:
        """The mark of commits that ``refresh`` met; while somebody commits, a number that comes once only."""
        return self._now.seen

    def is_still(self, state: object) -> bool:
        """Whether nobody has committed anything since."""
        self._now.refresh()
        return self._now.seen == state

    def carry(self, work: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """Nothing here waits for a network."""
        return work

    async def scan(self, question: Callable[[Reader], T]) -> T:
        """Answer in a thread of its own, inside one read transaction."""
        return await asyncio.get_running_loop().run_in_executor(self._scanners, self._scan, question)

    def _scan(self, question: Callable[[SqliteInspector], T]) -> T:
        try:
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._local.connection = connect(self._path)
            return answer(connection, self._vault, question)
        except apsw.Error as error:
            raise Fault(Kind.STORAGE_FAILED, f"the index could not be read ({type(error).__name__})") from error

    async def inspect(self, question: Callable[[SqliteInspector], T]) -> T:
        """Like ``scan``, for the check of the whole folder."""
        return await asyncio.get_running_loop().run_in_executor(self._scanners, self._scan, question)

    def write(self, change: Callable[[Transaction], T]) -> Awaitable[T]:
        """Queue a change for the next shared transaction."""
        loop = asyncio.get_running_loop()
        waiting = _Change(change, loop)
        self._waiting.append(waiting)
        if self._idle:
            self._idle = False
            loop.call_soon(self._lock, loop)
        return waiting.future

    def close(self) -> None:
        """Release the file. Changes that still wait were never promised."""
        self._committer.shutdown()
        self._scanners.shutdown()
        os.close(self._lock_file)

    def _lock(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the lock between processes, in a thread if it must be waited for."""
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            locked = loop.run_in_executor(self._committer, fcntl.flock, self._lock_file, fcntl.LOCK_EX)
            locked.add_done_callback(lambda done: self._locked(loop, done.exception()))
        except OSError as error:
            self._locked(loop, error)
        else:
            self._apply(loop)

    def _locked(self, loop: asyncio.AbstractEventLoop, error: BaseException | None) -> None:
        if error is None:
            self._apply(loop)
            return
        batch, self._waiting = self._waiting, []
        fault = Fault(Kind.STORAGE_FAILED, "the index cannot be locked; nothing was stored")
        for change in batch:
            change.error = fault
        self._done(loop, batch)

    def _apply(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run everything that waits in one transaction; its commit goes to a thread, because it waits for the disk."""
        batch, self._waiting = self._waiting[:_BATCH_MAX], self._waiting[_BATCH_MAX:]
        started = time.perf_counter()
        try:
            self._transact(batch)
        except apsw.Error as error:
            again = self._failed(batch, error)
            self._unlock()
            self._done(loop, batch, again=again)
            return
        committed = loop.run_in_executor(self._committer, self._commit, batch, started)
        committed.add_done_callback(lambda done: self._done(loop, batch, again=done.result()))

    def _done(self, loop: asyncio.AbstractEventLoop, batch: list[_Change], *, again: bool = False) -> None:
        if again:
            self._waiting[:0] = batch
        else:
            for change in batch:
                change.settle()
        if self._waiting:
            loop.call_soon(self._lock, loop)
        else:
            self._idle = True

    def _unlock(self) -> None:
        fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    def _commit(self, batch: list[_Change], started: float) -> bool:
        """True when the batch must be tried again."""
        again = False
        try:
            self._marks.begin(identity=self._transaction.identity_changed)
            self._writer.execute("COMMIT")
            passing("index.committed")
            self._marks.end()
            self.failure = None
        except (apsw.Error, OSError) as error:
            again = self._failed(batch, error)
        finally:
            self._unlock()
        self._observe("commit", time.perf_counter() - started)
        return again

    def _failed(self, batch: list[_Change], error: apsw.Error | OSError) -> bool:
        """Nothing of the batch is there; everybody in it is told why. True when it must be tried again instead."""
        try:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        except apsw.Error:
            pass  # SQLite rolled back by itself
        fault = _fault_of(error)
        if fault.kind is Kind.STORAGE_FULL and self._reserve is not None and self._reserve.give_up():
            for change in batch:
                change.result = change.error = None
            return True
        self.failure = fault.message
        for change in batch:
            change.error = fault
        return False

    def _transact(self, batch: list[_Change]) -> None:
        execute = self._writer.execute
        self._transaction.identity_changed = False
        execute("BEGIN IMMEDIATE")
        passing("index.begun")
        for change in batch:
            execute("SAVEPOINT change")
            try:
                change.result = change.apply(self._transaction)
            except apsw.Error:
                raise
            except StopIteration as error:  # a future cannot carry it
                change.error = RuntimeError(f"a change ended in {error!r}")
                execute("ROLLBACK TO change")
            except BaseException as error:  # noqa: BLE001 - whatever it is goes to the one who asked
                change.error = error
                execute("ROLLBACK TO change")
            execute("RELEASE change")
        passing("index.applied")


def _fault_of(error: apsw.Error | OSError) -> Fault:
    # Where the index's own map of the log cannot grow, SQLite says that this failed, not that the disk is full.
    full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    if full or isinstance(error, apsw.FullError) or getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_SHMSIZE:
        return Fault(Kind.STORAGE_FULL, "the disk of the index is full; nothing was stored")
    return Fault(Kind.STORAGE_FAILED, f"the index could not be written ({type(error).__name__}); nothing was stored")
