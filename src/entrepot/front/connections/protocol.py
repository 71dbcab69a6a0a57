"""The HTTP protocol: uvicorn's on httptools, with what an object store must add.

Facts: uvicorn bounds neither the header's size nor the time to send it nor a stalled body, drops the authority of an
absolute-form target (``POST http://host/path``, which clients behind ``http_proxy`` send), and sets a timer after each
reply. Parsing stays llhttp's.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, ClassVar, Final, Self

from uvicorn._types import ASGIVersions
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from entrepot.front.connections.acceptor import Share
from entrepot.front.connections.cycle import Cycle, run_until_it_waits
from entrepot.front.connections.limits import ConnectionLimits
from entrepot.wire.http import split_target

_HANDFUL_BYTES = 1 << 18
_CRUMB_BYTES = 1 << 15
_CROWD_BYTES = 8 << 20
"""What all connections of the process may read at once: the more there are, the less of each body is collected before
the application is woken, because every layer above holds as much again."""
_READ = memoryview(bytearray(1 << 19))
"""Where sockets are read to, by all connections of the process: it is parsed before the next read."""
_PIECES_MAX = 32
_REQUESTS_BYTES = 1 << 11
_CHUNKS_BYTES = 1 << 14
"""How much is parsed before a look at how many requests that were: where requests are expected, and where a body of
unknown length ends somewhere."""
_ASGI: Final[ASGIVersions] = {"version": "3.0", "spec_version": "2.3"}
_NOTED = frozenset({b"host", b"expect", b"content-length", b"transfer-encoding"})


class _Body:
    """What arrived of a body and was not taken yet: pieces as they came, copied when there are several."""

    __slots__ = ("_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def __iadd__(self, piece: bytes) -> Self:
        if len(self._pieces) >= _PIECES_MAX:  # a client that sends crumbs costs their bytes, not their number
            self._pieces = [b"".join(self._pieces)]
        self._pieces.append(piece)
        self._size += len(piece)
        return self

    def __len__(self) -> int:
        return self._size

    def __bytes__(self) -> bytes:
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)


class Wire(asyncio.BufferedProtocol):
    """A connection's protocol as the event loop sees it: what the socket has is read to one buffer of the process.

    uvloop takes whatever inherits from ``asyncio.Protocol``, as uvicorn's does, for one that wants an object of its own
    for each read; so this one stands before it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._http = StoreProtocol(*args, **kwargs)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._http.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._http.connection_lost(exc)

    def pause_writing(self) -> None:
        self._http.pause_writing()

    def resume_writing(self) -> None:
        self._http.resume_writing()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes are read to."""
        del sizehint
        share = _CROWD_BYTES // max(1, len(StoreProtocol.open))
        return _READ if share >= len(_READ) else _READ[: max(share, _CRUMB_BYTES)]

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes were read."""
        self._http.data_received(_READ[:nbytes])


class StoreProtocol(HttpToolsProtocol):
    """One connection.

    ``limits``, ``keep_alive_seconds`` and ``share``, which is told how many are open, are set before the server starts.
    """

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()
    keep_alive_seconds: ClassVar[float] = 75
    open: ClassVar[set[StoreProtocol]] = set()
    share: ClassVar[Share | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_header = True
        self._header_bytes = 0
        self._receiving = False
        self._has_body = False
        self._at_once = True
        self._began = self._moved = time.monotonic()
        self._unsent = 0
        self._silent_bytes = 0
        self._body_left: int | None = None
        self._held = b""
        self._sizes = self._hosts = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.open.add(self)
        self._tell()

    def connection_lost(self, exc: Exception | None) -> None:
        self.open.discard(self)
        self._tell()
        super().connection_lost(exc)

    def _tell(self) -> None:
        if self.share is not None:
            self.share.tell(len(self.open))

    def data_received(self, data: bytes | memoryview) -> None:
        """Parse what arrived, unless requests that came before are still waiting. The parser takes any buffer."""
        self._moved = time.monotonic()
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
                self._held = bytes(rest)
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
        if self._in_header:
            if not self._header_bytes:
                self._began = self._moved
            self._header_bytes += len(piece)
        self._silent_bytes += len(piece)
        super().data_received(piece)  # type: ignore[arg-type]
        if self._in_header:
            if self._header_bytes > self.limits.header_bytes and not self._owes_reply():
                self._reject()
        elif self._silent_bytes > self.limits.header_bytes:
            self._break_off()

    def _catch_up(self) -> None:
        """Parse what was held back."""
        if self.transport.is_closing():
            return
        held, self._held = self._held, b""
        self.flow.resume_reading()
        self._at_once = True
        self._parse(held)

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []
        self.expect_100_continue = self._has_body = False
        self._in_header = True
        self._receiving = True
        self._body_left = None
        self._sizes = self._hosts = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        self._sizes += len(name) + len(value)
        if self._sizes > self.limits.header_bytes or len(self.headers) >= self.limits.header_count:
            raise _HeaderTooLargeError
        self._silent_bytes = 0
        name = name.lower()
        if name in _NOTED:
            self._note(name, value)
        self.headers.append((name, value))

    def _note(self, name: bytes, value: bytes) -> None:
        if name == b"host":
            if self._hosts:
                raise _TwoHostsError
            self._hosts += 1
        elif name == b"expect":
            self.expect_100_continue = value.lower() == b"100-continue"
        else:
            self._has_body = True
            if name == b"content-length":
                self._body_left = int(value)

    def on_headers_complete(self) -> None:
        """A request whose body follows starts here; one without a body starts when it is whole."""
        self._in_header = False
        self._header_bytes = 0
        authority, path, query = split_target(self.url)
        version = self.parser.get_http_version()
        self.scope = {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme or "http",
            "method": self.parser.get_method().decode("ascii"),
            "root_path": "",
            "raw_path": path,
            "path": path.decode("latin-1"),
            "query_string": query,
            "headers": self.headers,
        }
        if authority:
            self.scope["extensions"] = {"entrepot.authority": {"value": authority.decode("latin-1")}}
        before = self.cycle
        self.cycle = Cycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        if before is not None and not before.response_complete:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))
        elif self._has_body:
            self._start_asgi_task(self.cycle, self.app)

    def on_body(self, body: bytes) -> None:
        """Collect the body; wake the application for a good handful and for the end, not for each packet."""
        self._silent_bytes = 0
        if self._body_left is not None:
            self._body_left -= len(body)
        cycle = self.cycle
        if cycle.response_complete:
            return
        waiting: object = cycle.body
        if not isinstance(waiting, _Body):  # uvicorn puts an empty bytearray there whenever a body was taken
            cycle.body = waiting = _Body()  # type: ignore[assignment]
        waiting += body
        if len(waiting) >= min(_HANDFUL_BYTES, max(_CROWD_BYTES // len(self.open), _CRUMB_BYTES)):
            self.flow.pause_reading()
            cycle.message_event.set()

    def on_message_complete(self) -> None:
        self._receiving = False
        self._in_header = True
        cycle = self.cycle
        if cycle.response_complete:
            return
        cycle.more_body = False
        cycle.message_event.set()
        if not self._has_body and not self.pipeline:
            self._start(cycle)

    def _start(self, cycle: RequestResponseCycle) -> None:
        """Run the first request of a read at once; others that came with it let the rest of the world have its turn."""
        if not self._at_once:
            self._start_asgi_task(cycle, self.app)
            return
        self._at_once = False
        task = run_until_it_waits(self.loop, cycle.run_asgi(self.app))
        if task is not None:
            task.add_done_callback(self.tasks.discard)
            self.tasks.add(task)

    def on_response_complete(self) -> None:
        """Start the next request, if it came already, or read on."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self._moved = time.monotonic()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        if self.pipeline:
            return
        if self._held:
            self.loop.call_soon(self._catch_up)
        else:
            self.flow.resume_reading()

    def _break_off(self) -> None:
        """What follows a header is neither body nor end: a trailer or a chunk's extension that goes on and on."""
        if self.cycle.response_started:
            self.transport.close()
        else:
            self._reject()

    def _reject(self) -> None:
        if not self.transport.is_closing():
            body = b"the request header, or what stands between pieces of its body, is too large\n"
            self.transport.write(
                b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain\r\n"
                b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(body), body)
            )
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse bytes that are no HTTP. What follows a whole request does not take away that request's reply."""
        if self._owes_reply():
            return
        if self._sizes_exceeded():
            self._reject()
        else:
            super().send_400_response(msg)

    def _owes_reply(self) -> bool:
        """Whether a whole request came before these bytes: it is answered, and nothing more is read."""
        if self.cycle is None or self.cycle.response_complete or self.cycle.more_body:
            return False
        self.cycle.keep_alive = False
        self.flow.pause_reading()
        return True

    def _sizes_exceeded(self) -> bool:
        return self._sizes > self.limits.header_bytes or len(self.headers or ()) >= self.limits.header_count

    def hand_over(self) -> None:
        """Let the application have what waits, though it is no handful: it may be enough to refuse the rest."""
        if self.cycle is not None and len(self.cycle.body):
            self.cycle.message_event.set()

    def excuse(self, seconds: float) -> None:
        """Do not blame the client for a time in which this process did not read."""
        self._began += seconds
        self._moved += seconds

    def overdue(self, now: float) -> str | None:
        """Why this connection should be ended; None while it behaves."""
        if self.cycle is None or self.cycle.response_complete:
            if self._header_bytes > 0 or self.cycle is None:
                return "header" if now - self._began > self.limits.header_seconds else None
            return "idle" if now - self._moved > self.keep_alive_seconds else None
        if now - self._began > self.limits.request_seconds:
            return "request"
        if self._receiving and not self.flow.read_paused and now - self._moved > self.limits.body_idle_seconds:
            return "body"
        return self._stalled(now)

    def _stalled(self, now: float) -> str | None:
        """A client that asked for bytes and does not take them."""
        unsent = self.transport.get_write_buffer_size()
        if not unsent or unsent != self._unsent:
            self._unsent = unsent
            if unsent:
                self._moved = max(self._moved, now)
            return None
        return "stalled" if now - self._moved > self.limits.body_idle_seconds else None


class _HeaderTooLargeError(Exception):
    """Raised inside the parser's callback, which makes it fail."""


class _TwoHostsError(Exception):
    """The same for a request that names two hosts, of which others might take the other one (RFC 9112, section 3.2)."""
