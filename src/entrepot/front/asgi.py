"""ASGI to the pipeline and back. The path and query stay as they were on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from typing import Any, NoReturn

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Index, NewId
from entrepot.core.rules.content import Windows
from entrepot.front.connections.cycle import CutError
from entrepot.front.console_door import ConsoleDoor, is_of_console
from entrepot.front.demanded import NO_REPLY, Demands
from entrepot.front.own import OwnEndpoints
from entrepot.front.pipeline import Pipeline
from entrepot.front.recording import Recorder
from entrepot.front.repeats import Repeats
from entrepot.front.telemetry import Exchange, Telemetry
from entrepot.log import log
from entrepot.wire.http import Request, Response, SpeltName

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

OWN = b"/-/"
_SERVER = SpeltName(b"Server")
"""As the SDKs of COS look it up."""


class Asgi:
    """The application that the server runs.

    Args:
        index: looked at once for each read.
        pipeline: answers everything but the server's own endpoints.
        repeats: remembers responses of reads.
        own: answers ``/-/``.
        telemetry: is told of every request.
        new_id: makes request ids.
        before_reply: called just before a response starts; fault tests end the process there.
        told: is called with every exchange, once its outcome is known.
        stranger: says why a request must not be looked at, None for one that may.
        demands: faults on demand, in dev mode.
        door: the console's own host; None where there is no console.
        recorder: keeps exchanges for a transcript, in dev mode.
    """

    def __init__(
        self,
        index: Index,
        pipeline: Pipeline,
        repeats: Repeats,
        own: OwnEndpoints,
        telemetry: Telemetry,
        new_id: NewId,
        before_reply: Callable[[], None],
        told: Sequence[Callable[[Exchange], None]] = (),
        stranger: Callable[[Request], str | None] | None = None,
        demands: Demands | None = None,
        door: ConsoleDoor | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self._index = index
        self._pipeline = pipeline
        self._repeats = repeats
        self._own = own
        self._telemetry = telemetry
        self._new_id = new_id
        self._before_reply = before_reply
        self._told = tuple(told)
        self._stranger = stranger
        self._demands = demands
        self._door = door
        self._recorder = recorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = time.perf_counter()
        exchange = Exchange(self._new_id(), scope["method"], scope["raw_path"], _client(scope))
        incoming = Incoming(receive, exchange, scope["entrepot.body"])
        request = _request(scope, incoming, exchange)
        why = self._stranger(request) if self._stranger is not None else None
        if why is not None:
            response = _turned_away(exchange, why)
        elif self._door is not None and (self._door.has(request) or request.header(b"origin") is not None):
            response = await self._with_console(self._door, request, exchange, may_repeat=incoming.ended)
        else:
            response = await self._of_store(request, exchange, may_repeat=incoming.ended)
        if exchange.fault is None and response.status < 400 and not incoming.ended:
            response = _unfinished(exchange)
        for tell in self._told:
            tell(exchange)
        exchange.status = response.status
        send = send if exchange.tap is None else exchange.tap.sending(send)
        rest = None if await incoming.settled(request) else incoming
        self._before_reply()
        try:
            if exchange.cut_reply is not None and (exchange.fault is None or exchange.cut_body is not None):
                await _send_cut(response, request.method, send, exchange, exchange.cut_reply)
            await _send(response, request.method, send, exchange, rest)
        finally:
            if exchange.tap is not None:
                exchange.tap.end(cut=True)
            self._telemetry.record(exchange, time.perf_counter() - started)

    async def _with_console(
        self, door: ConsoleDoor, request: Request, exchange: Exchange, *, may_repeat: bool
    ) -> Response:
        """What is asked at the console's host, or by a page."""
        if door.has(request):
            return await door.respond(request, exchange)
        if request.method == "OPTIONS" and (let_on := door.preflight(request)) is not None:
            exchange.dialect, exchange.operation = "console", "preflight"
            return let_on
        is_open = request.method != "OPTIONS" and door.permits(request, request.method)
        response = await self._of_store(request, exchange, may_repeat=may_repeat)
        return door.opened(response) if is_open else response

    async def _of_store(self, request: Request, exchange: Exchange, *, may_repeat: bool) -> Response:
        if request.raw_path.startswith(OWN):
            if self._door is not None and is_of_console(request.raw_path):
                return await self._door.lead(request, exchange)
            return await self._own.respond(request, exchange)
        return await self._respond(request, exchange, may_repeat=may_repeat)

    async def _respond(self, request: Request, exchange: Exchange, *, may_repeat: bool) -> Response:
        tap = exchange.tap = None if self._recorder is None else self._recorder.begin(request, exchange)
        if tap is None:
            return await self._answer(request, exchange, may_repeat=may_repeat)
        try:
            return await self._answer(request, exchange, may_repeat=False)
        except BaseException:  # the request ends without a reply
            tap.end(cut=True)
            raise

    async def _answer(self, request: Request, exchange: Exchange, *, may_repeat: bool) -> Response:
        if request.method != "GET" or not may_repeat or (self._demands is not None and self._demands.any):
            return await self._pipeline.respond(request, exchange)
        try:
            known = self._repeats.find(request, exchange)
            if known is not None and (not isinstance(known.body, Windows) or await _is_there(known.body)):
                return known
            reader = self._index.refresh()
        except Fault:  # an index that cannot be reached is told of in the dialect's words
            return await self._pipeline.respond(request, exchange)
        state = self._index.state()
        response = await self._pipeline.respond(request, exchange, reader)
        self._repeats.keep(request, response, exchange, state)
        return response


async def _is_there(body: Windows) -> bool:
    """Whether the first bytes can be had; if not, that is met again where it can be told."""
    try:
        await body.begin()
    except Fault:
        return False
    return True


def _turned_away(exchange: Exchange, why: str) -> Response:
    exchange.dialect, exchange.operation = "own", "stranger"
    exchange.refused(Fault(Kind.ACCESS_DENIED, why))
    body = why.encode("utf-8", "replace") + b"\n"
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    return Response(status=403, headers=headers, body=body)


def _unfinished(exchange: Exchange) -> Response:
    """Instead of a success that was said before the body's end: whoever said it did not ask for the end."""
    log.error("defect", request=exchange.id, operation=exchange.operation, why="success before the end of the body")
    exchange.refused(Fault(Kind.INTERNAL, "the request was answered before its body had ended"))
    return Response(status=500, headers=[(b"content-length", b"0")])


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else "-"


def _request(scope: Scope, incoming: Incoming, exchange: Exchange) -> Request:
    headers = tuple(scope["headers"])
    authority = scope.get("extensions", {}).get("entrepot.authority", {}).get("value")
    if authority is None:
        authority = next((value.decode("latin-1") for name, value in headers if name == b"host"), "localhost")
    return Request(
        id=exchange.id,
        method=scope["method"],
        raw_path=scope["raw_path"],
        raw_query=scope["query_string"],
        headers=headers,
        authority=authority,
        scheme=scope["scheme"],
        client=exchange.client,
        body=incoming.pieces(),
        whole=incoming.finish,
    )


_UNWANTED_MAX_BYTES = 1 << 20
_DRAIN_MAX_BYTES = 4 << 20
_NEAR_SECONDS = 0.1
_LINGER_SECONDS = 5.0


class Incoming:
    """The body of one request on its way in, its end, and what becomes of it when nobody wants it.

    Law: nobody is told of an end unless exactly the announced bytes came before it, and no success is answered, nor
    anything done, without that end.

    A client that is refused while it sends must still get the reply: what is left of its body is taken in and dropped,
    up to a limit; the connection goes on if that was all here already, else it ends. One that waits for
    ``100 Continue`` has sent nothing, and the connection ends with the reply.

    Args:
        receive: ASGI's.
        exchange: counts the bytes.
        length: how many bytes were announced; -1 for as many as come, None when the request has no body.
    """

    __slots__ = ("_arrived", "_asked", "_exchange", "_length", "_receive", "ended")

    def __init__(self, receive: Receive, exchange: Exchange, length: int | None) -> None:
        self._receive = receive
        self._exchange = exchange
        self._length = length
        self._arrived = 0
        self._asked = False
        self.ended = length is None
        """Whether all of it came."""

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes as they arrive. Raises Fault BODY_INCOMPLETE."""
        while not self.ended:
            chunk = await self._next()
            if chunk:
                yield chunk

    async def finish(self) -> None:
        """Read what nobody wanted to its end. Raises Fault BODY_INCOMPLETE, and TOO_LARGE for more than 1 MiB."""
        left = _UNWANTED_MAX_BYTES
        while not self.ended:
            left -= len(await self._next())
            if left < 0:
                message = f"this operation reads no body; one of more than {_UNWANTED_MAX_BYTES} bytes is refused"
                raise Fault(Kind.TOO_LARGE, message)

    async def _next(self) -> bytes:
        self._asked = True
        message = await self._receive()
        if message["type"] != "http.request":
            raise Fault(Kind.BODY_INCOMPLETE, "the connection ended before the announced end of the body")
        chunk: bytes = message["body"]
        self._arrived += len(chunk)
        if self._exchange.cut_body is not None and self._arrived > self._exchange.cut_body:
            self._exchange.cut_reply = NO_REPLY
            raise Fault(Kind.BODY_INCOMPLETE, "the body was cut, as a test asked for")
        self._exchange.received = self._arrived
        if self._exchange.tap is not None:
            self._exchange.tap.arrived(chunk)
        if message["more_body"]:
            return chunk
        if self._length not in (-1, self._arrived):
            why = f"{self._arrived} bytes came of a body of {self._length} bytes"
            raise Fault(Kind.BODY_INCOMPLETE, why)
        self.ended = True
        return chunk

    async def settled(self, request: Request) -> bool:
        """Take in what is left of the body, if that is here; False when the connection ends with the reply."""
        if self.ended:
            return True
        if not self._asked and (request.header(b"expect") or "").lower() == "100-continue":
            return False
        return await self._drain(_NEAR_SECONDS)

    async def linger(self) -> None:
        """Go on taking in a body after its reply was sent, so that the client gets to read that."""
        await self._drain(_LINGER_SECONDS)

    async def _drain(self, seconds: float) -> bool:
        left = _DRAIN_MAX_BYTES
        with contextlib.suppress(Fault, TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.ended and left > 0:
                    left -= len(await self._next())
        return self.ended


async def _send(response: Response, method: str, send: Send, exchange: Exchange, rest: Incoming | None) -> None:
    """Send a reply; ``rest`` is a body that nobody wanted and that is still on its way."""
    headers = [(_SERVER, b"entrepot"), *response.headers]
    if rest is not None:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    body = response.body
    if isinstance(body, bytes | memoryview):
        exchange.sent = 0 if method == "HEAD" else len(body)
        if rest is not None:  # the end of the reply closes the connection, and what is unread then would break it
            await send({"type": "http.response.body", "body": body, "more_body": True})
            await rest.linger()
            body = b""
        await send({"type": "http.response.body", "body": body})
        return
    async for window in body:
        exchange.sent += len(window)
        await send({"type": "http.response.body", "body": window, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send_cut(response: Response, method: str, send: Send, exchange: Exchange, most: int) -> NoReturn:
    """Send ``most`` bytes of a reply and never all of it, or nothing; then the connection ends. Raises CutError."""
    announced = next((int(value) for name, value in response.headers if name.lower() == b"content-length"), most + 1)
    left = 0 if method == "HEAD" else min(most, announced - 1)
    if left < 0:
        raise CutError
    headers = [(_SERVER, b"entrepot"), *response.headers]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    async for window in _pieces(response.body):
        piece = window[:left]
        exchange.sent += len(piece)
        left -= len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        if not left:
            break
    raise CutError


async def _pieces(body: bytes | memoryview | AsyncIterable[memoryview]) -> AsyncIterator[bytes | memoryview]:
    if isinstance(body, bytes | memoryview):
        yield body
        return
    async for window in body:
        yield window
