"""Replies that HTTP does not allow are refused, and a coroutine runs at once until it waits."""

import asyncio
from typing import Any

import pytest

from entrepot.front.connections.cycle import Cycle, run_until_it_waits
from entrepot.front.connections.flow import Flow

from .wires import Wire


def cycle_on(wire: Wire, method: str = "GET", *, keep_alive: bool = True) -> Cycle:
    scope: Any = {"type": "http", "method": method}
    return Cycle(
        scope, wire, Flow(wire), date=lambda: b"now", expects=False, keep_alive=keep_alive, on_response=lambda: None
    )


async def reply(cycle: Cycle, *bodies: bytes, status: int = 200, headers: list[tuple[bytes, bytes]]) -> None:
    await cycle.send({"type": "http.response.start", "status": status, "headers": headers})
    for number, body in enumerate(bodies, 1):
        await cycle.send({"type": "http.response.body", "body": body, "more_body": number < len(bodies)})


async def test_a_reply_of_known_length() -> None:
    wire = Wire()
    await reply(cycle_on(wire), b"ab", b"c", headers=[(b"Content-Length", b"3")])
    assert wire.sent == b"HTTP/1.1 200 OK\r\nDate: now\r\ncontent-length: 3\r\n\r\nabc"
    assert not wire.closed


async def test_a_reply_of_unknown_length() -> None:
    wire = Wire()
    await reply(cycle_on(wire, keep_alive=False), b"ab", b"", headers=[])
    assert wire.sent.partition(b"Date: now\r\n")[2] == (
        b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
    )
    assert wire.closed


async def test_close_is_said_once() -> None:
    wire = Wire()
    headers = [(b"content-length", b"0"), (b"connection", b"close")]
    await reply(cycle_on(wire), b"", headers=headers)
    assert wire.sent.count(b"connection") == 1
    assert wire.closed


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304), ("DELETE", 204)])
async def test_replies_without_content(method: str, status: int) -> None:
    wire = Wire()
    headers = [(b"content-length", b"7")] if method == "HEAD" else []
    await reply(cycle_on(wire, method), b"", status=status, headers=headers)
    assert wire.sent.endswith(b"\r\n\r\n")
    assert b"chunked" not in wire.sent


@pytest.mark.parametrize(
    "header",
    [
        (b"x-a", b"1\r\nset-cookie: a"), (b"x-a", b"1\n"), (b"x-a", b"\r"), (b"x-a", b"a\x00b"), (b"x-a", b"\x7f"),
        (b"x a", b"1"), (b"x-a\r\nb", b"1"), (b"x-a:", b"1"), (b"x\x00", b"1"),
    ],
)  # fmt: skip
async def test_headers_that_would_be_more_than_one(header: tuple[bytes, bytes]) -> None:
    wire = Wire()
    with pytest.raises(RuntimeError, match="header's"):
        await reply(cycle_on(wire), b"", headers=[(b"content-length", b"0"), header])
    assert wire.sent == b""


@pytest.mark.parametrize("bodies", [(b"abcd",), (b"ab",), (b"ab", b"cd"), (b"a", b"b")])
async def test_content_of_another_length(bodies: tuple[bytes, ...]) -> None:
    with pytest.raises(RuntimeError, match="announced length"):
        await reply(cycle_on(Wire()), *bodies, headers=[(b"content-length", b"3")])


async def test_nothing_follows_a_reply() -> None:
    cycle = cycle_on(Wire())
    await reply(cycle, b"", headers=[(b"content-length", b"0")])
    with pytest.raises(RuntimeError, match="over already"):
        await cycle.send({"type": "http.response.body", "body": b"more"})


async def test_what_never_waits_is_done_at_once() -> None:
    seen: list[str] = []

    async def work() -> None:
        seen.append("done")

    assert run_until_it_waits(asyncio.get_running_loop(), work()) is None
    assert seen == ["done"]


async def test_what_waits_goes_on_as_a_task() -> None:
    loop = asyncio.get_running_loop()
    first, second = loop.create_future(), loop.create_future()
    seen: list[object] = []

    async def work() -> None:
        seen.append(await first)
        await asyncio.sleep(0)
        try:
            await second
        except KeyError as error:
            seen.append(error)
        async with asyncio.timeout(5):
            await asyncio.sleep(0)
        seen.append(asyncio.current_task())

    task = run_until_it_waits(loop, work())
    assert task is not None
    assert seen == []
    first.set_result("one")
    error = KeyError("two")
    second.set_exception(error)
    await task
    assert seen == ["one", error, task]


async def test_a_task_that_is_cancelled_ends_what_it_runs() -> None:
    seen: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("ended")

    task = run_until_it_waits(asyncio.get_running_loop(), work())
    assert task is not None
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["ended"]
