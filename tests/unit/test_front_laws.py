"""The laws of RFC 9112 and 9110 that ``front/connections/protocol.py`` lists, each under its number.

Every case is sent whole and byte by byte: a law that held only for the reads of a test would be none.
"""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from entrepot.front.connections import protocol as under_test

from .wires import Wire, answer, protocol_on

H = b"Host: x\r\n"
PUT = b"PUT /put HTTP/1.1\r\n" + H
CHUNKED = PUT + b"Transfer-Encoding: chunked\r\n\r\n"
GET = b"GET /get HTTP/1.1\r\n" + H
NEXT = b"GET /next HTTP/1.1\r\nHost: next\r\n\r\n"
UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n"
"""As the JDK's HttpClient and ``curl --http2`` send it."""
SIZES = [1, 7, 1 << 20]


@dataclass(frozen=True, kw_only=True)
class Law:
    """What is sent, and what must come of it. ``asked``: path, header fields but Host, and body of each request."""

    number: int
    sent: bytes
    asked: tuple[tuple[bytes, tuple[bytes, ...], bytes], ...] = ()
    refusal: int | None = None
    closed: bool = False


def bad(number: int, sent: bytes, refusal: int = 400) -> Law:
    return Law(number=number, sent=sent, refusal=refusal, closed=True)


def put(body: bytes, *fields: bytes, path: bytes = b"/put") -> tuple[bytes, tuple[bytes, ...], bytes]:
    return path, fields, body


TE = (b"transfer-encoding",)
CL = (b"content-length",)
UP = (b"connection", b"upgrade", b"http2-settings")
THEN = put(b"", path=b"/next")

LAWS = [
    bad(1, GET + b"X: a\n\r\n"),
    bad(1, GET + b"X: a\rb\r\n\r\n"),
    bad(1, GET + b"X: a\0b\r\n\r\n"),
    bad(1, GET + b"X: a\r\n b\r\n\r\n"),
    bad(1, GET + b"X : a\r\n\r\n"),
    bad(1, b"GET /x HTTP/1.1\r\n Host: x\r\n\r\n"),
    bad(1, b"GET /x HTTP/2.0\r\n" + H + b"\r\n", 505),
    bad(1, b"GET /x\r\n\r\n", 505),
    bad(1, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Law(number=1, sent=b"\r\n\r\n" + NEXT, asked=(THEN,)),
    bad(2, GET + b"Host: y\r\n\r\n"),
    bad(2, b"GET /get HTTP/1.1\r\nAccept: */*\r\n\r\n"),
    bad(2, b"GET http://host.example/get HTTP/1.1\r\n\r\n"),
    *(
        bad(2, b"GET /get HTTP/1.1\r\nHost: %b\r\n\r\n" % host)
        for host in (
            b"", b"a b", b"a, b", b"user@a", b"a/b", b"a:b", b"a:123456", b"[::1", b"[::1]x", b"a%2eb", b"\xc3\xa9",
            b"a" * 256, b"http://a",
        )
    ),
    *(
        bad(2, b"GET %b HTTP/1.1\r\n" % target + H + b"\r\n")
        for target in (b"http:///get", b"http://user@a/get", b"http://a:b/get", b"ftp://a/get", b"*")
    ),
    Law(number=2, sent=GET + b"\r\n" + NEXT, asked=(put(b"", path=b"/get"), THEN)),
    *(
        Law(number=2, sent=b"GET /get HTTP/1.1\r\nHost: %b\r\n\r\n" % host, asked=(put(b"", path=b"/get"),))
        for host in (b"a.b.", b"A_b:80", b"a:", b"[::1]:9000", b"127.0.0.1", b"xn--bcher-kva.example")
    ),
    Law(number=2, sent=b"GET /get HTTP/1.0\r\n\r\n", asked=(put(b"", path=b"/get"),), closed=True),
    Law(number=2, sent=b"GET http://host.example/abs HTTP/1.1\r\n" + H + b"\r\n", asked=(put(b"", path=b"/abs"),)),
    bad(3, PUT + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
    bad(3, PUT + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n1\r\na\r\n0\r\n\r\n"),
    bad(3, PUT + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na"),
    bad(3, PUT + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    bad(3, PUT + b"Content-Length: +1\r\n\r\na"),
    bad(3, PUT + b"Content-Length: 1, 1\r\n\r\na"),
    bad(3, PUT + b"Content-Length: 0x1\r\n\r\na"),
    bad(3, PUT + b"Content-Length: \r\n\r\n"),
    bad(3, PUT + b"Content-Length: 99999999999999999999\r\n\r\n"),
    bad(4, PUT + b"Transfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 501),
    bad(4, PUT + b"Transfer-Encoding: identity\r\n\r\n", 501),
    bad(4, PUT + b"Transfer-Encoding: chunked, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
    bad(4, PUT + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
    Law(number=4, sent=PUT + b"Transfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n", asked=(put(b"a", *TE),)),
    Law(number=5, sent=PUT + b"Content-Length: 3\r\n\r\nabc" + NEXT, asked=(put(b"abc", *CL), THEN)),
    Law(number=5, sent=PUT + b"Content-Length: 0\r\n\r\n" + NEXT, asked=(put(b"", *CL), THEN)),
    Law(number=5, sent=PUT + b"\r\n" + NEXT, asked=(put(b""), THEN)),
    Law(number=5, sent=CHUNKED + b"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n" + NEXT, asked=(put(b"abcd", *TE), THEN)),
    Law(number=6, sent=CHUNKED + b'3;a=b;c="d"\r\nabc\r\n0;e\r\n\r\n' + NEXT, asked=(put(b"abc", *TE), THEN)),
    bad(6, CHUNKED + b"1\r\nab\r\n0\r\n\r\n"),
    bad(6, CHUNKED + b"0x1\r\na\r\n0\r\n\r\n"),
    bad(6, CHUNKED + b"1\na\r\n0\r\n\r\n"),
    bad(6, CHUNKED + b"-1\r\n\r\n"),
    bad(6, CHUNKED + b"ffffffffffffffffff\r\na"),
    bad(6, CHUNKED + b"1;" + b"x" * (1 << 16) + b"\r\na\r\n0\r\n\r\n", 431),
    Law(
        number=7,
        sent=CHUNKED + b"1\r\na\r\n0\r\nX-Acl: public\r\nHost: y\r\nExpect: 100-continue\r\n\r\n" + NEXT,
        asked=(put(b"a", *TE), THEN),
    ),
    Law(
        number=7,
        sent=CHUNKED + b"1\r\na\r\n0\r\nConnection: close, upgrade\r\nUpgrade: h2c\r\n\r\n",
        asked=(put(b"a", *TE),),
    ),
    Law(number=8, sent=(GET + b"\r\n") * 3 + NEXT, asked=(*[put(b"", path=b"/get")] * 3, THEN)),
    Law(
        number=9, sent=GET + b"Connection: close\r\n\r\n" + NEXT, asked=(put(b"", b"connection", path=b"/get"),),
        closed=True,
    ),
    Law(number=9, sent=b"GET /get HTTP/1.0\r\n\r\n" + NEXT, asked=(put(b"", path=b"/get"),), closed=True),
    Law(
        number=10, sent=PUT + UPGRADE + b"Content-Length: 3\r\n\r\nabc" + NEXT,
        asked=(put(b"abc", *UP, *CL), THEN),
    ),
    Law(
        number=10, sent=PUT + b"Transfer-Encoding: chunked\r\n" + UPGRADE + b"\r\n2\r\nab\r\n0\r\nT: u\r\n\r\n" + NEXT,
        asked=(put(b"ab", *TE, *UP), THEN),
    ),
    Law(number=10, sent=GET + UPGRADE + b"\r\n" + NEXT, asked=(put(b"", *UP, path=b"/get"), THEN)),
    Law(
        number=10, sent=(PUT + UPGRADE + b"Content-Length: 2\r\n\r\nab") * 3 + NEXT,
        asked=(*[put(b"ab", *UP, *CL)] * 3, THEN),
    ),
    Law(
        number=10,
        sent=GET + b"\r\n" + PUT + b"Upgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 1\r\n\r\nx",
        asked=(put(b"", path=b"/get"), put(b"x", b"upgrade", b"connection", *CL)),
    ),
    Law(
        number=10, sent=PUT + b"Upgrade: h2c\r\nConnection: Upgrade, close\r\nContent-Length: 1\r\n\r\nx" + NEXT,
        asked=(put(b"x", b"upgrade", b"connection", *CL),), closed=True,
    ),
    bad(10, PUT + UPGRADE + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    bad(10, PUT + UPGRADE + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    Law(number=10, sent=b"CONNECT a:1 HTTP/1.1\r\n" + H + b"\r\n" + NEXT, asked=(put(b"", path=b"a:1"),), closed=True),
    Law(
        number=10, sent=b"CONNECT a:1 HTTP/1.1\r\n" + H + b"Content-Length: 1\r\n\r\nx" + NEXT,
        asked=(put(b"", *CL, path=b"a:1"),), closed=True,
    ),
    Law(
        number=11, sent=PUT + b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\na" + NEXT,
        asked=(put(b"a", *CL, b"expect"), THEN),
    ),
]  # fmt: skip


class World:
    """A connection to an application that notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, tuple[bytes, ...], bytes]] = []
        self.scopes: list[Any] = []
        self.cut = 0
        self.wire = Wire()
        self.protocol = protocol_on(self.wire, self._note)

    async def _note(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", scope["entrepot.body"] is not None
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.cut += 1
                return
            body, more = body + message["body"], message["more_body"]
        fields = tuple(name for name, _ in scope["headers"] if name != b"host")
        self.scopes.append(scope)
        self.asked.append((scope["raw_path"], fields, body))
        await answer(send, b"%d" % len(self.asked))

    async def feed(self, sent: bytes, size: int) -> None:
        """Send as a socket does: only while the other side reads."""
        for start in range(0, len(sent), size):
            for _ in range(100):
                if self.wire.reads or self.wire.closed:
                    break
                await asyncio.sleep(0)
            if self.wire.closed:
                return
            self.protocol.data_received(sent[start : start + size])
            if size > 1:
                await asyncio.sleep(0)
        await self.rest()

    async def rest(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{law.number}-{law.sent[-60:]!r}")
async def test_a_law(law: Law, size: int) -> None:
    world = World()
    await world.feed(law.sent, size)
    await world.rest()
    statuses = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", world.wire.sent) if status != b"100"]
    assert statuses == [200] * len(law.asked) + ([law.refusal] if law.refusal else [])
    assert tuple(world.asked) == law.asked
    assert world.wire.closed == law.closed
    assert world.protocol.flow.read_paused is False or law.closed
    world.protocol.connection_lost(None)


def test_every_law_is_tried() -> None:
    listed = {int(number) for number in re.findall(r"^(\d+)\. ", under_test.__doc__ or "", re.MULTILINE)}
    assert listed == {law.number for law in LAWS} == set(range(1, 12))
    assert Path(__file__).name in (under_test.__doc__ or "")


async def test_the_authority_of_the_target_wins() -> None:
    """Law 2."""
    world = World()
    await world.feed(b"GET http://host.example:81/abs?a=b HTTP/1.1\r\n" + H + b"\r\n", 1 << 20)
    scope = world.scopes[0]
    assert scope["extensions"]["entrepot.authority"]["value"] == "host.example:81"
    assert (scope["raw_path"], scope["query_string"]) == (b"/abs", b"a=b")
    world.protocol.connection_lost(None)


FRAMINGS = {
    "length": PUT + b"Content-Length: 3\r\n\r\nabc",
    "chunked": CHUNKED + b"3\r\nabc\r\n0\r\n\r\n",
    "trailer": CHUNKED + b"3\r\nabc\r\n0\r\nX-A: b\r\n\r\n",
    "upgrade": PUT + UPGRADE + b"Content-Length: 3\r\n\r\nabc",
    "upgrade chunked": PUT + UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("framing", FRAMINGS)
async def test_a_cut_anywhere_is_no_end(framing: str) -> None:
    """Law 5: whatever came of the body, the application is told that it is not whole."""
    sent = FRAMINGS[framing]
    head = sent.index(b"\r\n\r\n") + 4
    for cut in range(head, len(sent)):
        world = World()
        world.protocol.data_received(sent[:cut])
        await world.rest()
        assert world.asked == [], f"cut at {cut}"
        world.protocol.connection_lost(None)
        await world.rest()
        assert (world.asked, world.cut) == ([], 1), f"cut at {cut}"
    world = World()
    world.protocol.data_received(sent)
    await world.rest()
    assert [body for _, _, body in world.asked] == [b"abc"]
    world.protocol.connection_lost(None)


@pytest.mark.parametrize(("version", "interim"), [(b"1.1", 1), (b"1.0", 0)])
async def test_who_waits_to_be_asked_is_asked_once(version: bytes, interim: int) -> None:
    """Law 11."""
    world = World()
    head = b"PUT /put HTTP/%b\r\n" % version + H + b"Content-Length: 4\r\nExpect: 100-Continue\r\n\r\n"
    world.protocol.data_received(head)
    await world.rest()
    assert world.wire.sent == b"HTTP/1.1 100 Continue\r\n\r\n" * interim
    world.protocol.data_received(b"ab")
    world.protocol.hand_over()
    await world.rest()
    world.protocol.data_received(b"cd")
    await world.rest()
    assert world.wire.sent.count(b" 100 ") == interim
    assert world.asked[0][2] == b"abcd"
    world.protocol.connection_lost(None)


@pytest.mark.parametrize(
    ("broken", "statuses"),
    [
        (CHUNKED + b"zz\r\n", [b"200"]),  # never begun, for it was known before its turn
        (PUT + UPGRADE + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", [b"200", b"400"]),
    ],
    ids=["chunked", "upgrade"],
)
async def test_what_is_broken_behind_a_request_takes_no_reply_away(broken: bytes, statuses: list[bytes]) -> None:
    """Law 8: whatever follows it, the request before it gets the whole of its own reply, and first."""
    world = World()
    world.protocol.data_received(PUT + b"Content-Length: 1\r\n\r\na" + broken)
    await world.rest()
    assert [body for _, _, body in world.asked] == [b"a"]
    assert re.findall(rb"HTTP/1\.1 (\d+)", world.wire.sent) == statuses
    assert world.wire.closed
    world.protocol.connection_lost(None)
