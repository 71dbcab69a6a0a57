"""Whether the store answers, as this process has found out, and what becomes of requests while it does not.

A call may take long because much is sent, or because the store is away: only the second must not hold up clients, with
their bytes in memory. So where calls under way have brought nothing for a while, and where one has failed without a
word, the store is asked for something small. While it does not answer that, calls under way end, further ones fail at
once, and it is asked again until it answers. Knows nothing of what is called.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

PATIENCE_SECONDS: Final = 3.0
"""So long nothing may come, and so long a small question may take."""
_LOOK_SECONDS: Final = 0.25
_FRESH_SECONDS: Final = 1.0
"""So long an answer counts as news."""

Ask = Callable[[], Awaitable[None]]
"""Asks the store something small. Raises OSError (a timeout too) when it gives no good answer."""


class AwayError(OSError):
    """The store was found to be away a moment ago."""


class ClockError(AwayError):
    """The store is there, and refuses what this machine signs because of its clock. The message says what to do."""


class Health:
    """What one process knows of a store; ``ask`` is given when there is one."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._calls: dict[asyncio.Timeout, float] = {}
        self._heard = time.monotonic()
        self._doubted = False
        self._watching: asyncio.Task[None] | None = None
        self._asking = asyncio.Lock()
        self.failure: str | None = None
        """Why it is taken to be away; None while it answers."""

    @contextlib.contextmanager
    def call(self, limit: asyncio.Timeout) -> Iterator[None]:
        """A call under way, which ends by ``limit`` when the store is found to be away. Raises AwayError."""
        self.check()
        self._calls[limit] = time.monotonic()
        self._watch()
        try:
            yield
        finally:
            del self._calls[limit]
        self._heard = time.monotonic()

    def check(self) -> None:
        """Raises AwayError while the store is away."""
        if self.failure is not None:
            self._watch()
            raise AwayError(self.failure)

    def doubt(self) -> None:
        """A call failed without a word, or with one of the store that it cannot serve: ask."""
        self._doubted = True
        self._heard = float("-inf")
        self._watch()

    async def problem(self) -> str | None:
        """Why the store cannot be used now; asks it unless it has answered just now."""
        if self.failure is not None:
            self._watch()
        elif time.monotonic() - self._heard > _FRESH_SECONDS:
            await asyncio.sleep(0)  # a timeout needs a task, which a request is when it has waited (ADR 0023)
            async with self._asking:
                if self.failure is None and time.monotonic() - self._heard > _FRESH_SECONDS:
                    await self._find_out()
        return self.failure

    def _watch(self) -> None:
        """Have somebody look, in the loop that runs; a thread without one leaves it to those that have."""
        with contextlib.suppress(RuntimeError):
            loop = asyncio.get_running_loop()
            if self._watching is None or self._watching.done() or self._watching.get_loop() is not loop:
                self._watching = loop.create_task(self._look())

    async def _look(self) -> None:
        while self._calls or self.failure is not None or self._doubted:
            if self.failure is not None or self._doubted or self._is_overdue():
                async with self._asking:
                    await self._find_out()
            await asyncio.sleep(_LOOK_SECONDS)

    def _is_overdue(self) -> bool:
        since = max(min(self._calls.values(), default=time.monotonic()), self._heard)
        return time.monotonic() - since > PATIENCE_SECONDS

    async def _find_out(self) -> None:
        self._doubted = False
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._ask()
        except OSError as error:
            told = f"the store of the bytes does not answer ({type(error).__name__})"
            self.failure = str(error) if isinstance(error, ClockError) else told
            now = asyncio.get_running_loop().time()
            for limit in self._calls:
                if not limit.expired():
                    limit.reschedule(now)
        else:
            self._heard = time.monotonic()
            self.failure = None
