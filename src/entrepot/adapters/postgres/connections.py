"""Connections to the database: a pool, how long anything may take, and what its errors mean.

A request that cannot have a connection, or an answer, within the time is refused as unavailable: so a database that is
gone costs each client a short wait, and a crowd of them no memory. Must not know a table.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from entrepot.core.fault import UNAVAILABLE, Fault, Kind

Connection = Any
"""A connection of asyncpg, which has no types of its own."""
ANSWER_SECONDS: Final = 3.0
"""How long a statement may take, and how long it may wait for a connection."""
_CONNECT_SECONDS: Final = 2.0
_REST_SECONDS: Final = 0.5
"""After a connection could not be made, how long others are refused at once."""
_CROWD: Final = 50
"""So many requests for each connection may wait for one."""

GONE = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.CannotConnectNowError,
        asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.TooManyConnectionsError,
        asyncpg.IdleSessionTimeoutError, OSError, TimeoutError)  # fmt: skip
"""What says that the database cannot be reached, or was lost."""
CONFLICTS = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError,
             asyncpg.ForeignKeyViolationError, asyncpg.LockNotAvailableError,
             asyncpg.InvalidCachedStatementError)  # fmt: skip
"""What says that another transaction was in the way: the same change may do well on what that one left."""


def unavailable(error: BaseException) -> Fault:
    """What a client is told; the error's own words may name hosts and are not for it."""
    message = f"the index cannot be reached ({type(error).__name__}); try again"
    return Fault(Kind.STORAGE_FAILED, message, reason=UNAVAILABLE)


class Connections:
    """The pool of one process, made in the event loop that first needs it, and again in another one."""

    def __init__(self, address: str, most: int) -> None:
        self._address = address
        self._most = most
        self._pool: asyncpg.Pool | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._making = asyncio.Lock()
        self._waiting = 0
        self._rest_until = 0.0
        self.failure: str | None = None
        """Why the database could not be reached the last time it was tried; None when it could."""

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Connection]:
        """A connection for a while. Raises Fault STORAGE_FAILED when none can be had in time."""
        if self._rest_until > time.monotonic():
            raise unavailable(ConnectionError())
        if self._waiting >= self._most * _CROWD:
            raise unavailable(BlockingIOError())
        try:
            pool, connection = await self._acquired()
        except GONE as error:
            raise self._failed(error) from error
        spoilt = False
        try:
            yield connection
        except BaseException as error:
            spoilt = isinstance(error, GONE) or getattr(error, "reason", None) == UNAVAILABLE
            raise
        finally:
            with contextlib.suppress(*GONE):
                open_still = not connection.is_closed()
                # What it waits for may never come, or it was left in the middle of something.
                if open_still and (spoilt or connection.is_in_transaction()):
                    connection.terminate()
                else:
                    await pool.release(connection)

    async def _acquired(self) -> tuple[asyncpg.Pool, Connection]:
        self._waiting += 1
        try:
            pool = self._pool
            if pool is None or self._loop is not asyncio.get_running_loop():
                pool = await self._made()
            connection = await pool.acquire(timeout=ANSWER_SECONDS)
        finally:
            self._waiting -= 1
        self.failure = None
        return pool, connection

    async def _made(self) -> asyncpg.Pool:
        async with self._making:
            if self._pool is None or self._loop is not asyncio.get_running_loop():
                self._loop = asyncio.get_running_loop()
                self._pool = await asyncpg.create_pool(
                    self._address, min_size=0, max_size=self._most, timeout=_CONNECT_SECONDS,
                    command_timeout=ANSWER_SECONDS, max_inactive_connection_lifetime=60.0, reset=_as_it_is,
                    server_settings={"application_name": "entrepot", "idle_in_transaction_session_timeout": "30000",
                                     "lock_timeout": "30000"},
                )  # fmt: skip
        return self._pool

    def _failed(self, error: BaseException) -> Fault:
        self._rest_until = time.monotonic() + _REST_SECONDS
        self.failure = f"the index cannot be reached ({type(error).__name__})"
        return unavailable(error)

    def lost(self, error: BaseException) -> Fault:
        """Take note that a connection failed in use. One that did not answer in time lets others not wait as long."""
        if isinstance(error, TimeoutError):
            self._rest_until = time.monotonic() + _REST_SECONDS
        self.failure = f"the index cannot be reached ({type(error).__name__})"
        return unavailable(error)

    def close(self) -> None:
        """End all connections; what is under way on them is rolled back."""
        if self._pool is not None:
            with contextlib.suppress(RuntimeError):  # a loop that is closed has closed them
                self._pool.terminate()
            self._pool = None


async def _as_it_is(_connection: Any) -> None:
    """Nobody here changes a session's settings, so a connection that comes back costs no question."""
