"""One request and its reply: uvicorn's cycle, with less done for each reply, and a start without a task.

Facts: uvicorn looks at each header of a reply with two patterns of its own and starts a task for each request, though
most reads never wait. Both cost more than what such a read itself needs. What a reply may be stays as strict: no
control character in a name or value, and neither more nor less content than was announced.
"""

from __future__ import annotations

import asyncio
import re
import types
from collections.abc import Coroutine, Generator, MutableMapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_NO_NAME = re.compile(rb"[\x00-\x20\x7f()<>@,;:\[\]={}\\\"]")
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"connection"})
_CLOSE = (b"connection", b"close")
_SHORT_BYTES = 1 << 14
"""Content up to this is copied to its head; writing both from where they are costs more."""
_BODILESS = frozenset({204, 304})


class Cycle(RequestResponseCycle):
    """One request and its reply."""

    _head = b""
    """The start of the reply until its first content comes."""

    async def send(self, message: MutableMapping[str, Any]) -> None:  # type: ignore[override]
        """The start of a reply, then its content. Raises RuntimeError for what HTTP does not allow."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if not self.response_started:
            self.response_started = True
            self.waiting_for_100_continue = False
            self._begin(message["status"], self.default_headers + message["headers"])
        elif not self.response_complete:
            self._go_on(message["body"], more=message.get("more_body", False))
        else:
            raise RuntimeError("the reply was over already")

    def _begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        if _CONTROL.search(b"".join([value for _, value in headers])):
            raise RuntimeError("a header's value holds a control character")
        if _NO_NAME.search(b"".join([name for name, _ in headers])):
            raise RuntimeError("a header's name holds what no name may")
        lines = [STATUS_LINE[status]]
        for name, value in headers:
            name = name.lower()  # noqa: PLW2901 - some of ours know a spelling of their own
            lines += (name, b": ", value, b"\r\n")
            if name in _FRAMING:
                self._frame(name, value.lower())
        if not self.keep_alive and _CLOSE not in headers:
            lines.append(b"connection: close\r\n")
        if self.chunked_encoding is None and self.scope["method"] != "HEAD" and status not in _BODILESS:
            self.chunked_encoding = True
            lines.append(b"transfer-encoding: chunked\r\n")
        lines.append(b"\r\n")
        self._head = b"".join(lines)

    def _frame(self, name: bytes, value: bytes) -> None:
        if name == b"content-length":
            self.expected_content_length = int(value)
            self.chunked_encoding = False
        elif name == b"transfer-encoding":
            self.chunked_encoding = value == b"chunked"
        elif value == b"close":
            self.keep_alive = False

    def _go_on(self, body: bytes | memoryview, *, more: bool) -> None:
        """The head goes out with the first content, in one write to the socket."""
        head, self._head = self._head, b""
        if self.scope["method"] == "HEAD":
            self.expected_content_length = 0
            body = b""
        elif self.chunked_encoding:
            body = b"".join((b"%x\r\n" % len(body), body, b"\r\n")) if body else b""
            body += b"" if more else b"0\r\n\r\n"
        else:
            self.expected_content_length -= len(body)
            if self.expected_content_length < 0:
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
        if self.expected_content_length:
            raise RuntimeError("the content is shorter than its announced length")
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


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
