"""One request and its reply, as ASGI has it, and a start without a task.

Facts: a task for each request costs more than what most reads need, which never wait. A reply holds no control
character in a name or value, and neither more nor less content than was announced.
"""

from __future__ import annotations

import asyncio
import http
import re
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator, MutableMapping
from typing import Any

from entrepot.front.connections.body import Body
from entrepot.front.connections.flow import Flow
from entrepot.log import log

Message = MutableMapping[str, Any]
Application = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Coroutine[Any, Any, None],
]

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_NO_NAME = re.compile(rb"[\x00-\x20\x7f()<>@,;:\[\]={}\\\"]")
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"connection"})
_CLOSE = (b"connection", b"close")
_SHORT_BYTES = 1 << 14
"""Content up to this is copied to its head; writing both from where they are costs more."""
_BODILESS = frozenset({204, 304})
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_DEFECT = b"Internal Server Error"


_PHRASES = {status.value: status.phrase for status in http.HTTPStatus}
STATUS_LINES = {status: f"HTTP/1.1 {status} {_PHRASES.get(status, '')}\r\n".encode() for status in range(200, 600)}


class CutError(Exception):
    """The connection is to end here, with what was sent so far: a fault that a test asked for."""


def _nothing() -> None:
    """Nobody is to be told."""


class Cycle:
    """One request and its reply.

    Args:
        scope: the request's header.
        transport: where the reply goes.
        flow: the connection's back pressure.
        date: the reply's Date, when it begins.
        expects: whether the client waits for ``100 Continue`` before it sends the body.
        keep_alive: whether the connection may go on after the reply.
        on_response: called when the reply is over.
    """

    __slots__ = (
        "_chunked", "_date", "_expects", "_flow", "_head", "_method", "_on_response", "_promised", "_waiter", "_woken",
        "body", "disconnected", "keep_alive", "more_body", "response_complete", "response_started", "scope",
        "transport",
    )  # fmt: skip

    def __init__(
        self,
        scope: MutableMapping[str, Any],
        transport: asyncio.Transport,
        flow: Flow,
        *,
        date: Callable[[], bytes],
        expects: bool,
        keep_alive: bool,
        on_response: Callable[[], None],
    ) -> None:
        self.scope = scope
        self.transport = transport
        self.keep_alive = keep_alive
        self.body = Body()
        self.more_body = True
        """Whether the end of the request's body has not come."""
        self.disconnected = False
        self.response_started = False
        self.response_complete = False
        self._flow = flow
        self._method = scope["method"]
        self._date = date
        self._expects = expects
        self._on_response = on_response
        self._woken = False
        self._waiter: asyncio.Future[None] | None = None
        self._head = b""
        """The start of the reply until its first content comes."""
        self._chunked: bool | None = None
        self._promised = 0
        """How much content was announced and has not come."""

    async def run(self, application: Application) -> None:
        """Have the application answer. What it does not answer is a defect, and is answered as one."""
        try:
            await application(self.scope, self.receive, self.send)
        except CutError:
            self.disconnected = True
            self.transport.close()
        except BaseException:  # noqa: BLE001 - logged; a cancelled task owes a reply as well
            log.exception("defect", path=self.scope["path"])
            await self._give_up()
        else:
            if not self.response_complete and not self.disconnected:
                log.error("defect", path=self.scope["path"], why="the reply was not finished")
                await self._give_up()
        finally:
            self._on_response = _nothing  # which leads back here

    async def _give_up(self) -> None:
        if self.response_started:
            self.transport.close()
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(_DEFECT)), _CLOSE]
        await self.send({"type": "http.response.start", "status": 500, "headers": headers})
        await self.send({"type": "http.response.body", "body": _DEFECT})

    async def receive(self) -> Message:
        """What came of the body since the last call; waits for a handful of it, for its end, or for the client's.

        Who asks for a body that the client holds back until it is asked, asks the client.
        """
        if self._expects:
            self._expects = False
            if not self.transport.is_closing():
                self.transport.write(_CONTINUE)
        if not (self.disconnected or self.response_complete):
            self._flow.resume_reading()
            if not self._woken:
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
                self._waiter = None
            self._woken = False
        if self.disconnected or self.response_complete:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": self.body.take(), "more_body": self.more_body}

    def wake(self) -> None:
        """There is something for whoever waits in :meth:`receive`."""
        self._woken = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def lose(self) -> None:
        """The connection is gone."""
        if not self.response_complete:
            self.disconnected = True
        self.wake()

    async def send(self, message: Message) -> None:
        """The start of a reply, then its content. Raises RuntimeError for what HTTP does not allow."""
        if self._flow.write_paused and not self.disconnected:
            await self._flow.drain()
        if self.disconnected:
            return
        if not self.response_started:
            self.response_started = True
            self._expects = False
            self._begin(message["status"], message["headers"])
        elif not self.response_complete:
            self._go_on(message["body"], more=message.get("more_body", False))
        else:
            raise RuntimeError("the reply was over already")

    def _begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        if _CONTROL.search(b"".join([value for _, value in headers])):
            raise RuntimeError("a header's value holds a control character")
        if _NO_NAME.search(b"".join([name for name, _ in headers])):
            raise RuntimeError("a header's name holds what no name may")
        lines = [STATUS_LINES[status], b"Date: ", self._date(), b"\r\n"]
        for name, value in headers:
            name = name.lower()  # noqa: PLW2901 - some of ours know a spelling of their own
            lines += (name, b": ", value, b"\r\n")
            if name in _FRAMING:
                self._frame(name, value.lower())
        if not self.keep_alive and _CLOSE not in headers:
            lines.append(b"Connection: close\r\n")
        if self._chunked is None and self._method != "HEAD" and status not in _BODILESS:
            self._chunked = True
            lines.append(b"Transfer-Encoding: chunked\r\n")
        lines.append(b"\r\n")
        self._head = b"".join(lines)

    def _frame(self, name: bytes, value: bytes) -> None:
        if name == b"content-length":
            self._promised = int(value)
            self._chunked = False
        elif name == b"transfer-encoding":
            self._chunked = value == b"chunked"
        elif value == b"close":
            self.keep_alive = False

    def _go_on(self, body: bytes | memoryview, *, more: bool) -> None:
        """The head goes out with the first content, in one write to the socket."""
        head, self._head = self._head, b""
        if self._method == "HEAD":
            self._promised = 0
            body = b""
        elif self._chunked:
            body = b"".join((b"%x\r\n" % len(body), body, b"\r\n")) if body else b""
            body += b"" if more else b"0\r\n\r\n"
        else:
            self._promised -= len(body)
            if self._promised < 0:
                raise RuntimeError("the content is longer than its announced length")
        if not head:
            self.transport.write(body)
        elif len(body) <= _SHORT_BYTES:
            self.transport.write(b"".join((head, body)))
        else:
            self.transport.writelines((head, body))
        if not more:
            self._end()

    def _end(self) -> None:
        if self._promised:
            raise RuntimeError("the content is shorter than its announced length")
        self.response_complete = True
        self.wake()
        if not self.keep_alive:
            self.transport.close()
        self._on_response()


def run_until_it_waits(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, None]
) -> asyncio.Task[None] | None:
    """Run a coroutine at once; the task that goes on with it, if it waits for something.

    Until then it has no current task: it must not open an ``asyncio.timeout`` before it has waited.
    """
    try:
        waited = coroutine.send(None)
    except StopIteration:
        return None
    return loop.create_task(_rest(coroutine, waited))


async def _rest(coroutine: Coroutine[Any, Any, None], waited: Any) -> None:
    await _resumed(coroutine, waited)


@types.coroutine
def _resumed(coroutine: Coroutine[Any, Any, None], waited: Any) -> Generator[Any, Any, None]:
    try:
        while True:
            try:
                sent = yield waited
            except BaseException as error:  # noqa: BLE001 - a cancelled task says so by throwing
                waited = coroutine.throw(error)
            else:
                waited = coroutine.send(sent)
    except StopIteration:
        return
