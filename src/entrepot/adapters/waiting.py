"""Lets code that is written without ``await`` wait for an engine over the network.

The core reads its index with plain calls, and its rules are pure functions of a transaction. An engine that must wait
runs them in a greenlet: where a call needs a reply, the greenlet steps aside, the task that drives it awaits the reply
as any coroutine does, and the call returns with it. The event loop, cancellation, timeouts and context variables see
an ordinary task. Must not know what is waited for. Reasons and figures: ADR 0033.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

from greenlet import getcurrent, greenlet

T = TypeVar("T")


class NotCarriedError(RuntimeError):
    """A reply was waited for in a task that nothing carries: a mistake of whoever made the task."""


class _Aside:
    """What a greenlet gives to its driver: something to await for a plain call."""

    __slots__ = ("awaitable",)

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        self.awaitable = awaitable


class _Carrier(greenlet):  # type: ignore[misc] # the library has no types
    """A greenlet that has a driver."""


def wait(awaitable: Awaitable[T]) -> T:
    """The result of ``awaitable``, for a plain call below :func:`carry` or :func:`call`. Raises NotCarriedError."""
    here = getcurrent()
    if not isinstance(here, _Carrier) or here.parent is None:
        if isinstance(awaitable, Coroutine):
            awaitable.close()
        raise NotCarriedError("the index was asked in a task that is not carried; see Index.carry")
    result: T = here.parent.switch(_Aside(awaitable))
    return result


def _stepped(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end, handing on what it awaits."""
    value: Any = None
    error: BaseException | None = None
    parent = getcurrent().parent
    while True:
        try:
            pending = work.send(value) if error is None else work.throw(error)
        except StopIteration as stop:
            return stop.value
        value, error = parent.switch(pending)


class _Driven(Generic[T]):
    """Awaits what a greenlet asks for until its function has returned.

    It gives something to await for a plain call, or, where its function drives a coroutine, what that has yielded: a
    future that only the event loop may see.
    """

    __slots__ = ("_arguments", "_function")

    def __init__(self, function: Callable[..., T], *arguments: Any) -> None:
        self._function = function
        self._arguments = arguments

    def __await__(self) -> Generator[Any, Any, T]:
        carrier = _Carrier(self._function)
        carrier.gr_context = getcurrent().gr_context
        given = carrier.switch(*self._arguments)
        while not carrier.dead:
            if isinstance(given, _Aside):
                try:
                    result = yield from given.awaitable.__await__()
                except BaseException as error:  # noqa: BLE001 - it belongs to the call that waits
                    given = carrier.throw(error)
                else:
                    given = carrier.switch(result)
                continue
            try:
                sent = yield given
            except BaseException as error:  # noqa: BLE001 - it belongs to what the coroutine awaits
                given = carrier.switch((None, error))
            else:
                given = carrier.switch((sent, None))
        finished: T = given
        return finished


async def carry(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in which plain calls may wait. What it starts as tasks of their own is not carried."""
    if asyncio.current_task() is None:  # a server runs a request before it makes a task of it; timeouts need one
        await asyncio.sleep(0)
    return await _Driven(_stepped, work)


async def call(function: Callable[..., T], *arguments: Any) -> T:
    """Run a plain function that may wait."""
    return await _Driven(function, *arguments)
