"""waiting: plain calls that wait for the event loop, and what asyncio promises of a task meanwhile."""

from __future__ import annotations

import asyncio
import contextvars

import pytest

from entrepot.adapters.waiting import NotCarriedError, call, carry, wait
from entrepot.front.connections.cycle import run_until_it_waits

_MARK: contextvars.ContextVar[str] = contextvars.ContextVar("mark")


async def _later(value: int) -> int:
    await asyncio.sleep(0.001)
    return value


def _sum(*values: int) -> int:
    return sum(wait(_later(value)) for value in values)


def test_a_plain_function_waits() -> None:
    assert asyncio.run(call(_sum, 1, 2, 3)) == 6


def test_a_coroutine_waits_both_ways() -> None:
    async def work() -> int:
        first = _sum(1, 2)
        second = await _later(3)
        return first + second + wait(_later(4))

    assert asyncio.run(carry(work())) == 10


def test_others_run_meanwhile() -> None:
    async def main() -> list[int]:
        order: list[int] = []

        def slow(number: int, seconds: float) -> None:
            wait(asyncio.sleep(seconds))
            order.append(number)

        await asyncio.gather(call(slow, 1, 0.05), call(slow, 2, 0.001))
        return order

    assert asyncio.run(main()) == [2, 1]


def test_an_error_reaches_the_call_that_waits() -> None:
    async def broken() -> None:
        await asyncio.sleep(0)
        raise LookupError("gone")

    def ask() -> str:
        with pytest.raises(LookupError, match="gone"):
            wait(broken())
        return "asked on"

    assert asyncio.run(call(ask)) == "asked on"


def test_an_error_of_the_function_is_its_own() -> None:
    async def work() -> None:
        wait(_later(1))
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        asyncio.run(carry(work()))


@pytest.mark.parametrize("plain", [True, False])
def test_a_cancelled_task_ends_where_it_waits(plain: bool) -> None:
    seen: list[str] = []

    async def work() -> None:
        try:
            if plain:
                wait(asyncio.sleep(30))
            else:
                await asyncio.sleep(30)
        finally:
            seen.append("tidied up")

    async def main() -> None:
        task = asyncio.create_task(carry(work()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert seen == ["tidied up"]


def test_a_timeout_ends_a_plain_call() -> None:
    async def work() -> str:
        try:
            async with asyncio.timeout(0.01):  # noqa: ASYNC100 - the plain call awaits
                wait(asyncio.sleep(30))
        except TimeoutError:
            return "over"
        return "never"

    assert asyncio.run(carry(work())) == "over"


def test_context_variables_are_the_tasks() -> None:
    async def work() -> str:
        _MARK.set("inside")
        wait(_later(1))
        await asyncio.sleep(0)
        return _MARK.get()

    async def main() -> tuple[str, str]:
        _MARK.set("outside")
        inside = await asyncio.create_task(carry(work()))
        return inside, _MARK.get()

    assert asyncio.run(main()) == ("inside", "outside")


def test_the_task_is_the_one_that_asyncio_knows() -> None:
    async def work() -> bool:
        before = asyncio.current_task()
        wait(_later(1))
        return before is asyncio.current_task()

    assert asyncio.run(carry(work()))


def test_a_task_that_nobody_carries_is_told_so() -> None:
    async def main() -> None:
        with pytest.raises(NotCarriedError, match="carry"):
            wait(_later(1))

    asyncio.run(main())


def test_what_runs_before_its_task_is_made_has_one_when_it_waits() -> None:
    async def work() -> None:
        assert asyncio.current_task() is not None
        async with asyncio.timeout(5):
            wait(_later(1))
            await asyncio.sleep(0)

    async def main() -> None:
        rest = run_until_it_waits(asyncio.get_running_loop(), carry(work()))
        assert rest is not None
        await rest

    asyncio.run(main())
