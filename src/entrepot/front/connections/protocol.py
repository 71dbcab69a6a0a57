"""HTTP/1.1 on one connection: llhttp parses, this keeps the law and the limits.

The laws of RFC 9112 (HTTP/1.1) and RFC 9110 (HTTP) that every connection keeps. ``tests/unit/test_front_laws.py`` has
a test for each number.

1. Whatever is no HTTP/1.1 or 1.0 is refused, and the connection ends: a bare CR or LF, NUL, a folded line, a blank
   before a colon (9112, sections 2.2, 5.1 and 5.2), another version (9112, section 2.3). Empty lines before a request
   are skipped (9112, section 2.2).
2. A request names one host: two Host fields, none in HTTP/1.1, and what is no host are refused; the authority of an
   absolute-form target wins over Host (9112, sections 3.2 and 3.2.2; 9110, section 4.2).
3. A body ends in one way: Content-Length beside Transfer-Encoding, two lengths and what is no length are refused
   (9112, sections 6.1 and 6.3).
4. ``chunked`` is the only transfer coding: any other, also in front of it, is answered 501 (9112, section 6.1).
5. The body is what its framing says, whichever reads it came in; an end before that is no end, and the application is
   told so (9112, sections 6.2, 6.3 and 8).
6. Chunk extensions are ignored and bounded; a malformed chunk ends the request (9112, section 7.1).
7. Trailer fields are never merged into the header, whenever they come (9110, section 6.5.1; 9112, section 7.1.2).
8. Requests that come early are answered one at a time and in order (9112, section 9.3.2).
9. After ``Connection: close``, and after a request of HTTP/1.0, nothing more is served (9112, section 9.6).
10. ``Upgrade`` is ignored, whatever it names, and the body stays the body (9110, section 7.8); CONNECT opens no tunnel,
    but in dev mode one that leads here (9110, section 9.3.6; ``tunnels.py``).
11. ``100 Continue`` is said when the application asks for the body, once, before the reply, and never to HTTP/1.0
    (9110, section 10.1.1).

Bounds that are ours: the bytes and the number of a header's fields, the time of a header, of a body that stalls, of a
whole request, of an idle connection and of a client that does not take its reply; how much is parsed ahead.

Length: the laws stand beside the code that keeps them.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import MutableMapping
from typing import Any, ClassVar, Final, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from entrepot.front.connections.acceptor import Share
from entrepot.front.connections.authority import is_target, names_a_host
from entrepot.front.connections.crowd import READ, handful_bytes, read_bytes
from entrepot.front.connections.cycle import Application, Cycle, run_until_it_waits
from entrepot.front.connections.flow import Flow
from entrepot.front.connections.limits import ConnectionLimits
from entrepot.front.connections.refusals import BAD, TOO_LARGE, UNKNOWN_CODING, UNKNOWN_VERSION, HttpDate
from entrepot.front.connections.tunnels import Tunnels
from entrepot.front.connections.upgrades import AfterUpgrade, framing_alone
from entrepot.wire.http import split_target

_REQUESTS_BYTES = 1 << 11
_CHUNKS_BYTES = 1 << 14
"""How much is parsed before a look at how many requests that were: where requests are expected, and where a body of
unknown length ends somewhere."""
_ASGI: Final = {"version": "3.0", "spec_version": "2.3"}
_NOTED = frozenset({b"host", b"expect", b"content-length", b"transfer-encoding"})


class StoreProtocol(asyncio.BufferedProtocol):
    """One connection. What its socket has is read to one buffer of the process.

    ``limits``, ``keep_alive_seconds``, ``date``, ``tunnels`` and ``share``, which is told how many are open, are set
    before the server starts.
    """

    leaving: ClassVar[bool] = False
    """Whether every connection ends with its next reply."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()
    date: ClassVar[HttpDate] = HttpDate()
    keep_alive_seconds: ClassVar[float] = 75
    open: ClassVar[set[StoreProtocol]] = set()
    tasks: ClassVar[set[asyncio.Task[None]]] = set()
    """The requests that wait for something."""
    share: ClassVar[Share | None] = None
    tunnels: ClassVar[Tunnels | None] = None
    """What opens tunnels for CONNECT; without it there are none."""

    transport: asyncio.Transport
    flow: Flow

    def __init__(self, application: Application, *, in_tunnel: bool = False) -> None:
        self._application = application
        self._tunnels = None if in_tunnel else self.tunnels
        self._tunnel_to: bytes | None = None
        self._loop = asyncio.get_running_loop()
        self._parser = _parser_for(self)
        self._upgrading = False
        self.cycle: Cycle | None = None
        """The newest request."""
        self._answering: Cycle | None = None
        self.pipeline: deque[Cycle] = deque()
        """Requests that wait until those before them are answered, the newest first."""
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._expects = False
        self._in_header = True
        self.header_bytes = 0
        self.receiving = False
        self._has_body = False
        self._at_once = True
        self.began = self.moved = time.monotonic()
        """When the newest request began to come, and when anything came or went. The watchdog looks at them."""
        self.unsent = 0
        self._silent_bytes = 0
        self._body_left: int | None = None
        self._held = b""
        self._sizes = self._hosts = 0
        self._refusal = BAD

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self.transport = cast("asyncio.Transport", transport)
        self.flow = Flow(self.transport)
        self._server = _address(self.transport, "sockname")
        self._client = _address(self.transport, "peername")
        self._scheme = "https" if transport.get_extra_info("sslcontext") else "http"
        self.open.add(self)
        self._tell()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; who waits for it is told."""
        del exc
        self.open.discard(self)
        self._tell()
        for cycle in (self._answering, self.cycle):
            if cycle is not None:
                cycle.lose()
        self.flow.resume_writing()

    def _tell(self) -> None:
        if self.share is not None:
            self.share.tell(len(self.open))

    def pause_writing(self) -> None:
        """The client takes nothing."""
        self.flow.pause_writing()

    def resume_writing(self) -> None:
        """The client takes again."""
        self.flow.resume_writing()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes are read to."""
        del sizehint
        return READ[: read_bytes(len(self.open))]

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes were read."""
        self.data_received(READ[:nbytes])

    def data_received(self, data: bytes | memoryview) -> None:
        """Parse what arrived, unless requests that came before are still waiting. The parser takes any buffer."""
        self.moved = time.monotonic()
        if self.pipeline or self._held:
            self._held += data
            self.flow.pause_reading()
        else:
            self._at_once = True
            (self._feed if len(data) <= _REQUESTS_BYTES else self._parse)(data)

    def _parse(self, data: bytes | memoryview) -> None:
        """Parse piece by piece, until requests queue up: what is parsed takes many times the memory of its bytes."""
        rest = memoryview(data)
        while rest and not self.transport.is_closing():
            if self.pipeline:
                self._held += rest
                self.flow.pause_reading()
                return
            piece = rest[: self._appetite()]
            rest = rest[len(piece) :]
            self._feed(piece)

    def _appetite(self) -> int:
        """How many of the next bytes are parsed in one go: all of a body, but few of what may be many requests."""
        if self._in_header:
            return _REQUESTS_BYTES
        return _CHUNKS_BYTES if self._body_left is None else max(self._body_left, _REQUESTS_BYTES)

    def _feed(self, piece: bytes | memoryview) -> None:
        if self._tunnel_to is not None:  # its client did not wait for the tunnel
            self._end_with(BAD)
            return
        if self._in_header:
            if not self.header_bytes:
                self.began = self.moved
            self.header_bytes += len(piece)
        self._silent_bytes += len(piece)
        try:
            self._parser.feed_data(piece)
        except HttpParserUpgrade as upgrade:
            go_on = self._go_on_after_upgrade if self._tunnel_to is None else self._go_into_tunnel
            go_on(piece[upgrade.args[0] :])
        except HttpParserError:
            self._refuse(self._refusal)
            return
        if (self.header_bytes if self._in_header else self._silent_bytes) > self.limits.header_bytes:
            self._refuse(TOO_LARGE)

    def _go_on_after_upgrade(self, rest: bytes | memoryview) -> None:
        """Read the body, which the parser has given up, and what follows it."""
        self._upgrading = False
        scope = self.cycle.scope if self.cycle is not None else {}
        self._parser = _parser_for(AfterUpgrade(self))
        self._parser.feed_data(framing_alone(scope["method"], scope["http_version"], scope["headers"]))
        self._parse(rest)

    def _go_into_tunnel(self, rest: bytes | memoryview) -> None:
        """Read nothing more here, and open the tunnel when all that came was looked at."""
        self.flow.pause_reading()
        if rest:
            self._end_with(BAD)
        else:
            self._loop.call_soon(self._open_tunnel)

    def _open_tunnel(self) -> None:
        if self._tunnels is not None and self._tunnel_to is not None and not self.transport.is_closing():
            self._tunnels.open(
                self.transport, self._tunnel_to, lambda: StoreProtocol(self._application, in_tunnel=True)
            )

    def _catch_up(self) -> None:
        """Parse what was held back."""
        if self.transport.is_closing():
            return
        held, self._held = self._held, b""
        self.flow.resume_reading()
        self._at_once = True
        self._parse(held)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._url = b""
        self._headers = []
        self._expects = self._has_body = False
        self._in_header = True
        self.receiving = True
        self._body_left = None
        self._sizes = self._hosts = 0

    def on_url(self, url: bytes) -> None:
        """A piece of the request target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the header; behind a body it is one of the trailer, which goes to a list that nobody reads."""
        self._sizes += len(name) + len(value)
        if self._sizes > self.limits.header_bytes or len(self._headers) >= self.limits.header_count:
            self._fail(TOO_LARGE)
        self._silent_bytes = 0
        name = name.lower()
        if name in _NOTED and self._in_header:
            self._note(name, value)
        self._headers.append((name, value))

    def _note(self, name: bytes, value: bytes) -> None:
        if name == b"host":
            if self._hosts or not names_a_host(value):  # others on the way might take the other one
                self._fail(BAD)
            self._hosts += 1
        elif name == b"expect":
            self._expects = value.lower() == b"100-continue"
        else:
            self._has_body = True
            if name == b"content-length":
                self._body_left = int(value)
            elif value.lower() != b"chunked":
                self._fail(UNKNOWN_CODING)

    def _fail(self, refusal: bytes) -> None:
        """Make the parser stop, and remember why."""
        self._refusal = refusal
        raise _NotTakenError

    def on_headers_complete(self) -> None:
        """A request whose body follows starts here; one without a body starts when it is whole."""
        version: str = self._parser.get_http_version()
        if version not in ("1.1", "1.0"):
            self._fail(UNKNOWN_VERSION)
        if not self._hosts and version == "1.1":
            self._fail(BAD)
        if self._tunnels is not None and self._parser.get_method() == b"CONNECT":
            self._ask_for_tunnel(self._tunnels)
            return
        self._in_header = False
        self.header_bytes = 0
        before = self.cycle
        if self._parser.should_upgrade():
            self._upgrading = True
            self._has_body = self._has_body and self._parser.get_method() != b"CONNECT"
        scope = self._scope(version)
        self.cycle = cycle = Cycle(
            scope,
            self.transport,
            self.flow,
            date=self.date,
            expects=self._expects and version == "1.1",
            keep_alive=not self.leaving
            and version == "1.1"
            and self._parser.should_keep_alive()
            and scope["method"] != "CONNECT",
            on_response=self.on_response_complete,
        )
        self._headers = []
        if before is not None and not before.response_complete:
            self.flow.pause_reading()
            self.pipeline.appendleft(cycle)
        elif self._has_body:
            self._start_task(cycle)

    def _ask_for_tunnel(self, tunnels: Tunnels) -> None:
        waits = self.cycle is not None and not self.cycle.response_complete
        if waits or (self._has_body and self._body_left != 0):
            self._fail(BAD)
        refusal = tunnels.refusal(self._url)
        if refusal is not None:
            self._fail(refusal)
        self._tunnel_to = self._url

    def _scope(self, version: str) -> MutableMapping[str, Any]:
        authority, path, query = split_target(self._url)
        method = self._parser.get_method()
        if not is_target(self._url, authority, method):
            self._fail(BAD)
        scope = {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "server": self._server,
            "client": self._client,
            "scheme": self._scheme,
            "method": method.decode("ascii"),
            "root_path": "",
            "raw_path": path,
            "path": path.decode("latin-1"),
            "query_string": query,
            "headers": self._headers,
            "entrepot.body": None if not self._has_body else -1 if self._body_left is None else self._body_left,
        }
        if authority:
            scope["extensions"] = {"entrepot.authority": {"value": authority.decode("latin-1")}}
        return scope

    def on_body(self, body: bytes) -> None:
        """Collect the body; wake the application for a good handful and for the end, not for each packet."""
        self._silent_bytes = 0
        if self._body_left is not None:
            self._body_left -= len(body)
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return
        waiting = cycle.body
        waiting += body
        if len(waiting) >= handful_bytes(len(self.open)):
            self.flow.pause_reading()
            cycle.wake()

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._upgrading or self._tunnel_to is not None:  # only the parser thinks so
            return
        self.receiving = False
        self._in_header = True
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return
        cycle.more_body = False
        cycle.wake()
        if not self._has_body and not self.pipeline:
            self._start(cycle)

    def _start(self, cycle: Cycle) -> None:
        """Run the first request of a read at once; others that came with it let the rest of the world have its turn."""
        if not self._at_once:
            self._start_task(cycle)
            return
        self._at_once = False
        self._answering = cycle
        self._keep(run_until_it_waits(self._loop, cycle.run(self._application)))

    def _start_task(self, cycle: Cycle) -> None:
        self._answering = cycle
        self._keep(self._loop.create_task(cycle.run(self._application)))

    def _keep(self, task: asyncio.Task[None] | None) -> None:
        if task is not None:
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def on_response_complete(self) -> None:
        """Start the next request, if it came already, or read on."""
        if self.transport.is_closing():
            return
        self.moved = time.monotonic()
        if self.pipeline:
            self._start_task(self.pipeline.pop())
        if self.pipeline:
            return
        if self._held:
            self._loop.call_soon(self._catch_up)
        else:
            self.flow.resume_reading()

    def _refuse(self, refusal: bytes) -> None:
        """Refuse bytes that are no HTTP, and end. Whole requests that came before them are answered first."""
        newest = self.cycle
        if self.transport.is_closing():
            return
        if newest is None or newest.response_complete:
            self._end_with(refusal)
        elif not newest.more_body:
            self._end_after(newest)
        elif self.pipeline:  # the newest has not begun, and its body will never be whole
            self.pipeline.popleft()
            before = self.pipeline[0] if self.pipeline else self._answering
            assert before is not None  # noqa: S101 - or the newest would not wait
            self.cycle = before
            self._end_after(before)
        else:
            self._end_with(b"" if newest.response_started else refusal)

    def _end_with(self, refusal: bytes) -> None:
        if refusal:
            self.transport.write(refusal)
        self.transport.close()

    def _end_after(self, cycle: Cycle) -> None:
        cycle.keep_alive = False
        self.flow.pause_reading()

    @classmethod
    def say_goodbye(cls) -> None:
        """The server will stop: replies that have not begun say that their connection ends with them."""
        cls.leaving = True
        for connection in cls.open:
            if connection.cycle is not None and not connection.cycle.response_started:
                connection.cycle.keep_alive = False

    @property
    def is_asking(self) -> bool:
        """Whether the header of a request is half there."""
        return self.receiving and self._in_header

    @classmethod
    def finish_all(cls, *, unused_too: bool) -> None:
        """The server stops: every connection ends, with the reply that is due on it if one is.

        A connection that has brought no request yet is most likely about to: it is left alone until ``unused_too``.
        One whose request is half there has the time that any header has.
        """
        cls.leaving = True
        if cls.tunnels is not None:
            cls.tunnels.stop()
        for connection in list(cls.open):
            cycle = connection.cycle
            if cycle is not None and not cycle.response_complete:
                cycle.keep_alive = False
            elif not connection.is_asking and (unused_too or cycle is not None):
                connection.end(wait=not unused_too)

    def end(self, *, wait: bool) -> None:
        """Close the connection; without ``wait``, do so though the client of an encrypted one does not say goodbye.

        Many do not until they use it again. What was written to the socket arrives all the same.
        """
        if not wait and self.transport.is_closing() and not self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def hand_over(self) -> None:
        """Let the application have what waits, though it is no handful: it may be enough to refuse the rest."""
        if self.cycle is not None and len(self.cycle.body):
            self.cycle.wake()


class _NotTakenError(Exception):
    """Raised inside the parser's callback, which makes it fail."""


def _parser_for(listener: object) -> Any:
    parser = HttpRequestParser(listener)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)  # such data is dropped instead of being an error
    return parser


def _address(transport: asyncio.Transport, which: str) -> tuple[str, int] | None:
    found = transport.get_extra_info(which)
    return (str(found[0]), int(found[1])) if isinstance(found, tuple) and len(found) >= 2 else None
