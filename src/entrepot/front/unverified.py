"""A budget for bodies that are read before anybody has proven who asks: calls of control APIs, and fields of forms.

Facts: their signature covers them or is in them, so they are read and held first, up to 1 MiB each. Whoever opens many
connections could have the process hold as many. Here all of them together have a number of bytes. A request asks for
its part when it turns out to be large, in order of arrival; one that has waited for some seconds is told to try again.
Small requests, which is nearly all of them, ask for nothing and never wait. Must not know what a body means.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.wire.http import Request

_SMALL_BYTES = 1 << 15
"""What each request may have without asking: as much as its header."""
_LARGE_BYTES = 1 << 20
"""The most that is read of any of them: see ``wire.calls`` and ``wire.forms``."""
_WAIT_SECONDS = 5.0


class Unverified:
    """The budget of a process: ``total`` bytes, and ``seconds`` for each body."""

    def __init__(self, total: int, seconds: float) -> None:
        self._left = max(total, _LARGE_BYTES)
        self._seconds = seconds
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    def begin(self, request: Request) -> tuple[Request, BudgetedBody | None]:
        """The request with its body under the budget until :meth:`BudgetedBody.end`; unchanged if it has no body."""
        length = request.content_length()
        if not length and request.header(b"transfer-encoding") is None:
            return request, None
        body = BudgetedBody(self, request.body, length or _LARGE_BYTES, self._seconds)
        return changed(request, body=body), body

    async def take(self, count: int) -> None:
        """Wait for so many bytes of the budget. Raises Fault THROTTLED."""
        if count <= self._left and not self._waiting:
            self._left -= count
            return
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((count, granted))
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await granted
        except BaseException as error:
            if granted.done() and not granted.cancelled():  # both came in the same turn of the loop
                self.give(count)
            granted.cancel()
            self._grant()
            if isinstance(error, TimeoutError):
                raise _busy() from None
            raise

    def give(self, count: int) -> None:
        """Give so many bytes back, to whoever waits longest."""
        self._left += count
        self._grant()

    def _grant(self) -> None:
        while self._waiting:
            count, granted = self._waiting[0]
            if not granted.done():
                if count > self._left:
                    return
                self._left -= count
                granted.set_result(None)
            self._waiting.popleft()


class BudgetedBody(AsyncIterator[bytes]):
    """One body of ``length`` bytes, read under the budget until :meth:`end`, and freely from then on."""

    def __init__(self, budget: Unverified, body: AsyncIterator[bytes], length: int, seconds: float) -> None:
        self._budget = budget
        self._body = body
        self._length = length
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._read = 0
        self._taken = 0
        self._over = False

    def end(self) -> None:
        """Somebody has proven who asks, or was refused."""
        self._over = True
        taken, self._taken = self._taken, 0
        if taken:
            self._budget.give(taken)

    async def __anext__(self) -> bytes:
        """The next bytes. Raises Fault THROTTLED, BODY_INCOMPLETE."""
        if self._over:
            return await anext(self._body)
        if not self._taken and _SMALL_BYTES < self._read < self._length:
            count = min(self._length, _LARGE_BYTES)
            await self._budget.take(count)
            self._taken = count
        try:
            async with asyncio.timeout_at(self._deadline):
                piece = await anext(self._body)
        except TimeoutError:
            raise Fault(Kind.BODY_INCOMPLETE, "the body came too slowly; nobody is verified before its end") from None
        self._read += len(piece)
        return piece


def _busy() -> Fault:
    return Fault(Kind.THROTTLED, "the server reads too many large requests at once; try again")
