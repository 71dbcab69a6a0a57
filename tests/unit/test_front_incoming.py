"""The one place where a body ends: its end is told only behind exactly the announced bytes."""

from typing import Any

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.front.asgi import Incoming
from entrepot.front.telemetry import Exchange


def incoming(length: int | None, *messages: dict[str, Any]) -> Incoming:
    left = list(messages)

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    return Incoming(receive, Exchange("1", "PUT", b"/", "-"), length)


def piece(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


GONE = {"type": "http.disconnect"}


@pytest.mark.parametrize(
    ("length", "messages"),
    [
        (3, [piece(b"ab")]),
        (3, [piece(b"ab", more=True), piece(b"")]),
        (3, [piece(b"")]),
        (3, [piece(b"abcd")]),
        (0, [piece(b"a")]),
        (3, [GONE]),
        (3, [piece(b"abc", more=True), GONE]),
        (-1, [piece(b"abc", more=True), GONE]),
        (-1, [GONE]),
    ],
)
async def test_other_than_what_was_announced_is_no_end(length: int, messages: list[dict[str, Any]]) -> None:
    for ask in (lambda body: anext_all(body.pieces()), lambda body: body.finish()):
        body = incoming(length, *messages)
        with pytest.raises(Fault) as refused:
            await ask(body)
        assert refused.value.kind is Kind.BODY_INCOMPLETE
        assert not body.ended


async def anext_all(pieces: Any) -> bytes:
    return b"".join([one async for one in pieces])


@pytest.mark.parametrize(
    ("length", "messages", "content"),
    [
        (None, [], b""),
        (0, [piece(b"")], b""),
        (3, [piece(b"abc")], b"abc"),
        (3, [piece(b"ab", more=True), piece(b"c")], b"abc"),
        (-1, [piece(b"abc", more=True), piece(b"")], b"abc"),
        (-1, [piece(b"")], b""),
    ],
)
async def test_what_was_announced_is_the_end(
    length: int | None, messages: list[dict[str, Any]], content: bytes
) -> None:
    body = incoming(length, *messages)
    assert await anext_all(body.pieces()) == content
    assert body.ended
    unread = incoming(length, *messages)
    await unread.finish()
    assert unread.ended


async def test_much_that_nobody_wants_is_refused() -> None:
    body = incoming(-1, *[piece(bytes(1 << 18), more=True)] * 5)
    with pytest.raises(Fault) as refused:
        await body.finish()
    assert refused.value.kind is Kind.TOO_LARGE
