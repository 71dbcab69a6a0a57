"""The audit log of all gateways: lines in one table, in one chain.

Whoever adds lines moves the end of the chain in the same transaction, from where he saw it, so that there is one chain
whoever writes and whoever vanishes. Who was the last to write tries that in one statement; who was not, or fails, looks
where the end is and holds it meanwhile. A batch of lines is one transaction. A line is the same as in a file
(:mod:`entrepot.adapters.audit.line`), so that it can be checked without this program. Where a file is cut by a crash a
transaction leaves nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg

from entrepot.adapters.audit.chain import Chain, Report, Told
from entrepot.adapters.audit.line import line_bytes, line_of
from entrepot.adapters.postgres.connections import CONFLICTS, GONE, Connections
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.audit import Event

_NOTED_SECONDS = 1.0
_WAITING_MAX = 10_000
_PAGE = 1000
_TRIES = 5
_END = "SELECT number, hash FROM audit_end FOR UPDATE"
_ADD = """WITH moved AS (UPDATE audit_end SET number = $3, hash = $4 WHERE number = $1 AND hash = $2 RETURNING 1)
    INSERT INTO audit SELECT line.* FROM moved, unnest($5::bigint[], $6::bytea[]) AS line RETURNING 1"""


_End = tuple[int, str]
"""Number and hash of the last line."""


class PgAudit:
    """:class:`entrepot.core.ports.Audit` in the shared database.

    ``failed`` is told why lines could not be written: nobody waits for those that were only noted.
    """

    def __init__(self, connections: Connections, failed: Callable[[str], None] | None = None) -> None:
        self._connections = connections
        self._failed = failed or (lambda _why: None)
        self._waiting: list[tuple[Event, asyncio.Future[None] | None]] = []
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._lost = 0
        self._left: _End | None = None
        """Where this process left the end."""
        self._is_last = False
        """Whether nobody else had moved it when this process last looked."""

    def write(self, event: Event) -> Awaitable[None]:
        """Record an event together with what else waits."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, future))
        self._start()
        return future

    def note(self, event: Event) -> None:
        """Record an event within a second."""
        if len(self._waiting) >= _WAITING_MAX:
            self._lost += 1
            return
        self._waiting.append((event, None))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_NOTED_SECONDS, self._start)

    async def stop(self) -> None:
        """Write what still waits."""
        self._start()
        while self._task is not None:
            await asyncio.wait([self._task])

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is None and self._waiting:
            self._task = asyncio.get_running_loop().create_task(self._written())
            self._task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled():
            task.exception()  # nothing is raised there but what a loop that ends does
        self._start()

    async def _written(self) -> None:
        batch, self._waiting = self._waiting, []
        lost, self._lost = self._lost, 0
        events = [event for event, _ in batch]
        if lost:
            events.insert(0, Event(what="lost", at=events[0].at, facts={"count": lost}))
        try:
            await self.append(events)
        except Fault as fault:
            self._lost += lost + sum(future is None for _, future in batch)
            for _, future in batch:
                if future is not None and not future.done():
                    future.set_exception(fault)
            self._failed(fault.message)
            return
        for _, future in batch:
            if future is not None and not future.done():
                future.set_result(None)

    async def append(self, events: Sequence[Event]) -> None:
        """Add lines; they are durable afterwards. Raises Fault STORAGE_FAILED, and then they may be there or not."""
        for left in reversed(range(_TRIES)):
            try:
                async with self._connections.one() as connection:
                    await self._append(connection, events)
            except CONFLICTS as error:
                if not left:
                    raise Fault(Kind.STORAGE_FAILED, "the audit log cannot be written; nothing was done") from error
            except GONE as error:
                raise self._connections.lost(error) from error
            except asyncpg.PostgresError as error:
                message = f"the audit log cannot be written ({type(error).__name__})"
                raise Fault(Kind.STORAGE_FAILED, message) from error
            else:
                return

    async def _append(self, connection: Any, events: Sequence[Event]) -> None:
        if self._is_last and self._left is not None:
            self._is_last = False  # until it was done
            left = await _added(connection, self._left, events)
            if left is not None:
                self._left, self._is_last = left, True
                return
        async with connection.transaction():
            end: _End = tuple(await connection.fetchrow(_END))
            left = await _added(connection, end, events)
            if left is None:
                raise Fault(Kind.STORAGE_FAILED, "the end of the audit log moved while it was held; nothing was done")
        self._left, self._is_last = left, end == self._left

    async def checked(self, expected: Sequence[tuple[int, str]] = (), tell: Told | None = None) -> Report:
        """Read the whole log; see :class:`entrepot.adapters.audit.chain.Chain`."""
        report = Report()
        chain = Chain(report, expected, tell or (lambda _what, _facts: None))
        number = 0
        while page := await self._page("number > $1 ORDER BY number", number):
            for number, raw in page:
                chain.take(raw, f"line {number}")
        chain.end()
        return report

    async def newest(self, count: int, what: str | None = None) -> list[dict[str, Any]]:
        """What the newest lines (of one kind) say, the oldest of them first; what is none is left out."""
        found: list[dict[str, Any]] = []
        number = 1 << 62
        while len(found) < count and (page := await self._page("number < $1 ORDER BY number DESC", number)):
            for _, raw in page:
                line = line_of(raw.rstrip(b"\n"))
                if line is not None and what in {None, line.what} and len(found) < count:
                    found.append(dict(line.facts))
            number = page[-1][0]
        return found[::-1]

    async def before(self, number: int | None, count: int) -> list[dict[str, Any]]:
        """What the lines before the one of this number say, or the newest ones; the newest first."""
        found: list[dict[str, Any]] = []
        number = 1 << 62 if number is None else number
        while len(found) < count and (page := await self._page("number < $1 ORDER BY number DESC", number)):
            lines = [line_of(raw.rstrip(b"\n")) for _, raw in page]
            found += [dict(line.facts) for line in lines if line is not None]
            number = page[-1][0]
        return found[:count]

    async def _page(self, where: str, number: int) -> list[tuple[int, bytes]]:
        async with self._connections.one() as connection:
            try:
                rows = await connection.fetch(f"SELECT number, line FROM audit WHERE {where} LIMIT {_PAGE}", number)
            except GONE as error:
                raise self._connections.lost(error) from error
        return [(row[0], row[1]) for row in rows]


async def _added(connection: Any, end: _End, events: Sequence[Event]) -> _End | None:
    """Add lines if that is where the chain ends; where it ends then, or None."""
    (first, prev), lines = end, []
    for number, event in enumerate(events, first + 1):
        line, prev = line_bytes(event, number, prev)
        lines.append(line)
    left = (first + len(lines), prev)
    added = await connection.fetch(_ADD, *end, *left, list(range(first + 1, left[0] + 1)), lines)
    return left if added else None
