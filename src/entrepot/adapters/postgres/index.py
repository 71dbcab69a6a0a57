"""The shared index: each look-up a statement of its own, each change a transaction of its own.

Round trips, on a connection that knows the statements: a GET costs two (has anything changed of who may do what; the
object with its first blob), and one more for a key or a bucket that this gateway has not met since the last such
change. A PUT costs two more than its rule has statements (BEGIN, COMMIT). What others do at the same time may undo a
transaction; then the change runs again. A connection that is lost before COMMIT was sent is the same. Lost after that,
nobody can say whether it took place: the client is told that the index failed, and nothing runs twice.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from typing import Any, TypeVar

import asyncpg

from entrepot.adapters.postgres.connections import CONFLICTS, GONE, Connection, Connections
from entrepot.adapters.postgres.inspector import PgInspector
from entrepot.adapters.postgres.migrating import check_schema
from entrepot.adapters.postgres.remembered import RememberingReader, Version
from entrepot.adapters.postgres.seen import Seen
from entrepot.adapters.postgres.transaction import ConflictError, PgTransaction
from entrepot.adapters.secrets.vault import Vault
from entrepot.adapters.waiting import call, carry, wait
from entrepot.core.fault import UNAVAILABLE, Fault, Kind
from entrepot.core.ports import Inspector, Reader, Transaction

_SEEN: ContextVar[Seen | None] = ContextVar("seen", default=None)
T = TypeVar("T")
Observe = Callable[[str, float], None]

_BLOCK = 256
"""Numbers of blobs that a gateway takes at once; the sequence's own step."""
_VERSION = "SELECT value, extract(epoch from clock_timestamp())::float8 FROM identity_version"
_CLOSED = "the index is being moved, or was moved away"
_CLOCK_SECONDS = 0.25
_CHANGE_SECONDS = 10.0
"""How long a change is tried again."""
_PAUSE_SECONDS = (0.001, 0.1)
NAMING_SECONDS = 60.0
"""So much longer than a request may last, its bytes may be named: less than the sweep waits, with all that a
transaction may wait for after that (ADR 0032)."""


class PostgresIndex:
    """:class:`entrepot.core.ports.Index` in a database that many gateways share. Call ``close`` when done.

    Args:
        address: of the database, as libpq reads it.
        most: connections of this process.
        vault: opens and seals secrets.
        observe: is told how long each transaction took.
        request_seconds: how long a request may take, at any gateway. Bytes that were begun longer ago, by the
            database's clock, are not named any more: a gateway that stood still may find them swept.
    """

    def __init__(self, address: str, vault: Vault, observe: Observe | None = None, *, most: int = 16,
        request_seconds: float = 3600.0,
    ) -> None:  # fmt: skip
        self.connections = Connections(address, most)
        self._vault = vault
        self._naming_seconds = request_seconds + NAMING_SECONDS
        self._observe = observe or (lambda _name, _seconds: None)
        self._now = RememberingReader(self._ask, vault, Version(self._version_now))
        self._numbers: list[int] = []
        self._offset = 0.0
        self._closed = False
        self.refusal: str | None = None
        """Why this process may not seal any more, None while it may."""
        self._changes: set[asyncio.Task[Any]] = set()

    @property
    def failure(self) -> str | None:
        """Why the index could not be asked the last time, None when it could."""
        return _CLOSED if self._closed else self.refusal or self.connections.failure

    @property
    def now(self) -> Reader:
        """The committed state. Every look-up waits, so that whoever asks must be carried."""
        return self._now

    def refresh(self) -> Reader:
        """``now``, with every account, key and bucket as committed before this call. Waits."""
        self._now.refresh()
        return self._now

    def state(self) -> Seen:
        """What this task asks from now on is noted there."""
        seen = Seen(self._now.version)
        _SEEN.set(seen)
        return seen

    def is_still(self, state: object) -> bool:
        """Ask the same again, and whether anybody changed who may do what, in one statement. Waits. Raises Fault."""
        if not isinstance(state, Seen) or (question := state.question()) is None:
            return False
        before = time.time()
        found = wait(self._fetched(*question))
        if not found:  # the index is closed, which is told where it is asked by itself
            return False
        self._set_clock(found[0][1], before, time.time())
        return state.is_answer(found)

    def carry(self, work: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """Drive ``work`` so that its look-ups may wait."""
        return carry(work)

    async def check(self) -> None:
        """Raises SchemaError when the database is not as this version needs it, Fault when it cannot be reached."""
        async with self.connections.one() as connection:
            await check_schema(connection)

    async def scan(self, question: Callable[[Reader], T]) -> T:
        """Answer from one snapshot."""
        return await self.inspect(question)

    async def inspect(self, question: Callable[[Inspector], T]) -> T:
        """Like ``scan``, of a reader that can walk through everything."""
        _spoil()
        async with self.connections.one() as connection:
            try:
                await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                try:
                    return await call(question, PgInspector(_asking(connection), self._vault))
                finally:
                    await connection.execute("ROLLBACK")
            except GONE as error:
                raise self.connections.lost(error) from error
            except asyncpg.PostgresError as error:
                raise _unread(error) from error

    def write(self, change: Callable[[Transaction], T]) -> Awaitable[T]:
        """Run a change in a task of its own: who stops waiting for it does not undo it."""
        _spoil()
        task = asyncio.get_running_loop().create_task(self._changed(change))
        self._changes.add(task)
        task.add_done_callback(self._changes.discard)
        return asyncio.shield(task)

    async def settled(self) -> None:
        """Wait for the changes that are under way."""
        if self._changes:
            await asyncio.wait(self._changes)

    def close(self) -> None:
        """End all connections. Changes that still wait were never promised."""
        self.connections.close()

    def _ask(self, statement: str, *values: object) -> list[Any]:
        """One statement on the committed state; asked again once if its connection was lost."""
        found = wait(self._fetched(statement, values))
        seen = _SEEN.get()
        if seen is not None:
            seen.note(statement, values, found)
        return found

    async def _fetched(self, statement: str, values: tuple[object, ...]) -> list[Any]:
        if _unheard_of(statement, values):
            return []
        for again in (True, False):
            async with self.connections.one() as connection:
                try:
                    found: list[Any] = await connection.fetch(statement, *values)
                except TimeoutError as error:
                    raise self.connections.lost(error) from error
                except GONE as error:
                    if not again:
                        raise self.connections.lost(error) from error
                except asyncpg.PostgresError as error:
                    raise _unread(error) from error
                else:
                    return found
        raise AssertionError("not reached")

    async def _version_now(self) -> int:
        before = time.time()
        found = await self._fetched(_VERSION, ())
        self._closed = not found
        if not found:  # see :mod:`~.moving`
            raise Fault(Kind.STORAGE_FAILED, f"{_CLOSED}; try again", reason=UNAVAILABLE)
        self._set_clock(found[0][1], before, time.time())
        return int(found[0][0])

    def _set_clock(self, there: float, before: float, after: float) -> None:
        """Go by the database's clock where this machine's is wrong by more than the question took."""
        if not before - _CLOCK_SECONDS <= there - self._offset <= after + _CLOCK_SECONDS:
            self._offset = there - (before + after) / 2

    def clock(self) -> float:
        """Seconds since 1970, alike in all gateways however their machines' clocks differ."""
        return time.time() + self._offset

    async def clock_ahead(self) -> float | None:
        """How many seconds this machine's clock is ahead of the database's; None while that cannot be asked."""
        try:
            await self._version_now()
        except Fault:
            return None
        return 0.0 - self._offset

    async def _changed(self, change: Callable[[Transaction], T]) -> T:
        started = time.perf_counter()
        deadline = started + _CHANGE_SECONDS
        for attempt in itertools.count():
            try:
                result = await self._once(change)
            except (ConflictError, *CONFLICTS) as error:
                if time.perf_counter() > deadline:
                    message = "others changed the same things all the time; nothing was stored, try again"
                    raise Fault(Kind.STORAGE_FAILED, message, reason=UNAVAILABLE) from error
                await asyncio.sleep(random.uniform(0, min(_PAUSE_SECONDS[1], _PAUSE_SECONDS[0] * 2**attempt)))  # noqa: S311
            except _LostError as error:
                if attempt or time.perf_counter() > deadline:
                    raise self.connections.lost(error.why) from error
            else:
                self._observe("commit", time.perf_counter() - started)
                return result
        raise AssertionError("not reached")

    async def _once(self, change: Callable[[Transaction], T]) -> T:
        async with self.connections.one() as connection:
            try:
                if not self._numbers:
                    await self._take_numbers(connection)
                await connection.execute("BEGIN")
                try:
                    result = await call(change, self._transaction(connection))
                except BaseException:
                    await connection.execute("ROLLBACK")
                    raise
            except CONFLICTS:
                raise
            except GONE as error:
                raise _LostError(error) from error
            except asyncpg.PostgresError as error:
                raise _unwritten(error) from error
            await self._commit(connection)
            return result

    def _transaction(self, connection: Connection) -> PgTransaction:
        return PgTransaction(_asking(connection), self._vault, self._number, self._naming_seconds)

    async def _commit(self, connection: Connection) -> None:
        try:
            await connection.execute("COMMIT")
        except CONFLICTS:
            raise
        except GONE as error:
            raise self.connections.lost(error) from error
        except asyncpg.PostgresError as error:
            raise _unwritten(error) from error

    async def _take_numbers(self, connection: Connection) -> None:
        first = await connection.fetchval("SELECT nextval('blob_numbers')")
        self._numbers = list(range(first + _BLOCK - 1, first - 1, -1))

    def _number(self) -> int:
        if not self._numbers:  # one rule used up a block
            raise ConflictError("more numbers are needed")
        return self._numbers.pop()


def _spoil() -> None:
    """What is asked otherwise than by look-ups is not asked again."""
    seen = _SEEN.get()
    if seen is not None:
        seen.spoil()


class _LostError(Exception):
    """A connection was lost before its transaction was to be committed."""

    def __init__(self, why: BaseException) -> None:
        super().__init__(str(why))
        self.why = why


def _asking(connection: Connection) -> Callable[..., list[Any]]:
    """What sends statements on this connection, for plain code that waits."""

    def ask(statement: str, *values: object) -> list[Any]:
        if _unheard_of(statement, values):
            return []
        found: list[Any] = wait(connection.fetch(statement, *values))
        return found

    return ask


def _unheard_of(statement: str, values: tuple[object, ...]) -> bool:
    """Whether a question is about a text that the engine cannot hold, so that it cannot be there.

    Raises Fault NAME_INVALID for a change: its rule did not look at what it stores.
    """
    if not any(isinstance(value, str) and ("\0" in value or not _encodes(value)) for value in values):
        return False
    if not statement.startswith("SELECT"):
        raise Fault(Kind.NAME_INVALID, "a name holds a NUL, or is not valid UTF-8")
    return True


def _encodes(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unread(error: asyncpg.PostgresError) -> Fault:
    return Fault(Kind.STORAGE_FAILED, f"the index could not be read ({type(error).__name__})")


def _unwritten(error: BaseException) -> Fault:
    if isinstance(error, asyncpg.DiskFullError):
        return Fault(Kind.STORAGE_FULL, "the disk of the index is full; nothing was stored")
    return Fault(Kind.STORAGE_FAILED, f"the index could not be written ({type(error).__name__}); nothing was stored")
