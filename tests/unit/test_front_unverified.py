"""What is read before anybody is verified has a budget: small bodies never wait, large ones wait in order, not long."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.dialects.call_detection import is_aliyun_call, is_aws_sts_call, is_tencent_call, is_volcengine_call
from entrepot.front import unverified
from entrepot.front.unverified import BudgetedBody, Unverified
from entrepot.wire.calls import says
from entrepot.wire.http import Request

MIB = 1 << 20
PIECE = 1 << 15


class Sender:
    """A client that sends when it is told to."""

    def __init__(self, *headers: tuple[bytes, bytes]) -> None:
        self.pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.request = Request(
            id="1", method="POST", raw_path=b"/", raw_query=b"", headers=headers, authority="x", scheme="http",
            client="-", body=self._body(),
        )  # fmt: skip

    async def _body(self) -> AsyncIterator[bytes]:
        while (piece := await self.pieces.get()) is not None:
            yield piece

    def send(self, *sizes: int) -> None:
        for size in sizes:
            self.pieces.put_nowait(b"x" * size)

    def end(self) -> None:
        self.pieces.put_nowait(None)


def announced(length: int) -> Sender:
    return Sender((b"content-length", b"%d" % length))


async def drained(body: BudgetedBody) -> int:
    return sum([len(piece) async for piece in body])


def begun(budget: Unverified, sender: Sender) -> BudgetedBody:
    request, body = budget.begin(sender.request)
    assert body is not None
    assert request.body is body
    return body


def reading(budget: Unverified, sender: Sender) -> tuple[BudgetedBody, asyncio.Task[int]]:
    body = begun(budget, sender)
    return body, asyncio.get_running_loop().create_task(drained(body))


async def rest() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_request_without_a_body_is_under_no_budget() -> None:
    budget = Unverified(MIB, 30)
    for headers in ((), ((b"content-length", b"0"),)):
        sender = Sender(*headers)
        assert budget.begin(sender.request) == (sender.request, None)


async def test_small_bodies_never_wait() -> None:
    budget = Unverified(MIB, 30)
    large = announced(MIB)
    _, holding = reading(budget, large)
    large.send(PIECE, PIECE)
    await rest()
    tasks = []
    for _ in range(500):
        sender = announced(PIECE)
        sender.send(PIECE // 2, PIECE // 2)
        sender.end()
        tasks.append(reading(budget, sender)[1])
    async with asyncio.timeout(5):
        assert await asyncio.gather(*tasks) == [PIECE] * 500
    holding.cancel()


@pytest.mark.parametrize("header", [(b"content-length", b"%d" % MIB), (b"transfer-encoding", b"chunked")])
async def test_large_ones_take_turns(header: tuple[bytes, bytes]) -> None:
    budget, sender = Unverified(MIB, 30), Sender(header)
    first, one = reading(budget, sender)
    second_sender, third_sender = announced(MIB), announced(MIB)
    second, two = reading(budget, second_sender)
    third, three = reading(budget, third_sender)
    for each in (sender, second_sender, third_sender):
        each.send(PIECE, 1, MIB - PIECE - 1)
        each.end()
    await rest()
    assert [task.done() for task in (one, two, three)] == [True, False, False]
    first.end()
    await rest()
    assert [task.done() for task in (one, two, three)] == [True, True, False]
    second.end()
    second.end()  # giving back twice gives back once
    await rest()
    assert three.done()
    third.end()
    assert budget._left == MIB


async def test_who_waits_long_is_told_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unverified, "_WAIT_SECONDS", 0.02)
    budget = Unverified(MIB, 30)
    first, one = reading(budget, large := announced(MIB))
    large.send(PIECE, 1)
    _, two = reading(budget, second := announced(MIB))
    second.send(PIECE, 1)
    with pytest.raises(Fault) as refused:
        await two
    assert refused.value.kind is Kind.THROTTLED
    one.cancel()
    first.end()
    assert budget._left == MIB
    assert not budget._waiting


async def test_who_gives_up_holds_nobody_up() -> None:
    budget = Unverified(MIB, 30)
    first, one = reading(budget, large := announced(MIB))
    second, two = reading(budget, second_sender := announced(MIB))
    third, three = reading(budget, third_sender := announced(MIB))
    for each in (large, second_sender, third_sender):
        each.send(PIECE, 1)
    await rest()
    two.cancel()
    await rest()
    first.end()
    third_sender.end()
    assert await three == PIECE + 1
    for body in (second, third):
        body.end()
    one.cancel()
    assert budget._left == MIB


async def test_a_body_that_never_ends_is_given_up() -> None:
    budget = Unverified(MIB, 0.02)
    _, task = reading(budget, sender := announced(MIB))
    sender.send(PIECE, 1)
    with pytest.raises(Fault) as refused:
        await task
    assert refused.value.kind is Kind.BODY_INCOMPLETE


async def test_behind_the_proof_a_body_is_read_freely() -> None:
    """A form's file may be as slow and as large as any other upload."""
    budget = Unverified(MIB, 0.02)
    sender = announced(100 * MIB)
    body = begun(budget, sender)
    sender.send(PIECE)
    assert len(await anext(body)) == PIECE
    body.end()
    await asyncio.sleep(0.05)
    sender.send(MIB, MIB, MIB)
    sender.end()
    assert await drained(body) == 3 * MIB
    assert budget._left == MIB


@pytest.mark.parametrize(
    ("raw", "found"),
    [(b"Version=1", True), (b"a=b&Version=1", True), (b"aVersion=1", False), (b"a=Version=1", False), (b"", False)],
)
def test_a_parameter_is_found_where_it_begins(raw: bytes, found: bool) -> None:
    assert says(raw, b"Version=1") is found


@pytest.mark.parametrize("owns", [is_aliyun_call, is_aws_sts_call, is_tencent_call, is_volcengine_call])
@pytest.mark.parametrize("payload", [b"a" * MIB, b"&" * MIB, b"&AccessKeyI" * (MIB // 11), b"%41" * (MIB // 3)])
def test_looking_for_a_call_costs_a_look(payload: bytes, owns: Callable[[Request], bool]) -> None:
    """It is done for what nobody has signed, on the event loop: a regular expression took 50 ms for it."""
    headers = ((b"content-type", b"application/x-www-form-urlencoded"),)
    request = changed(Sender(*headers).request, payload=payload)
    started = time.process_time()
    assert not owns(request)
    assert time.process_time() - started < 0.02
