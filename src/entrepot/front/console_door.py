"""The console's own host: what is asked there is for the console alone, and what its pages may ask of the store.

No object is served at that host, so nothing that somebody stored is ever of the console's origin. Pages of the console
send browsers to the store itself, at its own addresses, with addresses that were signed for that. Such requests, and no
others, are permitted to this origin whatever CORS rules a bucket has, and never with cookies or the like.
Source: WHATWG "Fetch" (CORS protocol).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from entrepot.core.fault import Fault, Kind
from entrepot.front.telemetry import Exchange
from entrepot.wire.http import Request, Response

CONSOLE: Final = b"/-/console"
_ALIVE: Final = frozenset({b"/-/healthz", b"/-/readyz"})
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT"})
_NEVER: Final = frozenset({"authorization", "cookie", "proxy-authorization"})
_EXPOSED: Final = b"ETag, Content-Length, Content-Range, Accept-Ranges, Last-Modified"
_HEADERS_MAX: Final = 1024


def is_of_console(path: bytes) -> bool:
    """Whether a path is the console's, at whatever host."""
    return path == CONSOLE or path.startswith(CONSOLE + b"/")


class ConsoleDoor:
    """Of the console at an ``address`` (``https://host[:port]``); ``answer`` is the console, and never raises.

    ``signed_in_query`` tells whether a request of the store is signed in its address.
    """

    def __init__(
        self,
        address: str,
        answer: Callable[[Request, Exchange], Awaitable[Response]],
        signed_in_query: Callable[[Request, str], bool],
    ) -> None:
        self._origin = address
        self._host = urlsplit(address).hostname
        self._answer = answer
        self._signed_in_query = signed_in_query

    def has(self, request: Request) -> bool:
        """Whether a request is for this host, and not asking whether the server lives."""
        return request.host == self._host and request.raw_path not in _ALIVE

    async def respond(self, request: Request, exchange: Exchange) -> Response:
        """The response to what was asked at this host."""
        if is_of_console(request.raw_path):
            return await self._answer(request, exchange)
        if request.raw_path == b"/" and request.method in {"GET", "HEAD"}:
            return await self.lead(request, exchange)
        exchange.dialect, exchange.operation = "console", "misdirected"
        exchange.refused(Fault(Kind.ACCESS_DENIED, "the console's host serves the console alone"))
        body = b"this host serves the console alone, at /-/console\n"
        return _plain(421, body)

    async def lead(self, request: Request, exchange: Exchange) -> Response:
        """Lead whoever asks for the console elsewhere to its own host."""
        exchange.dialect, exchange.operation = "console", "elsewhere"
        try:
            await request.whole()
        except Fault as fault:
            exchange.refused(fault)
            return _plain(400, fault.message.encode() + b"\n")
        response = _plain(303, b"")
        response.headers.append((b"location", self._origin.encode("ascii") + CONSOLE))
        return response

    def permits(self, request: Request, method: str) -> bool:
        """Whether a page of the console may send this request to the store, whatever the bucket says."""
        return (
            request.header(b"origin") == self._origin
            and method in _METHODS
            and self._signed_in_query(request, method)
        )  # fmt: skip

    def preflight(self, request: Request) -> Response | None:
        """What lets a browser go on; None where the bucket's own rules decide."""
        method = request.header(b"access-control-request-method") or ""
        names = (request.header(b"access-control-request-headers") or "").lower()
        asked = [name.strip() for name in names.split(",") if name.strip()]
        if len(names) > _HEADERS_MAX or not _NEVER.isdisjoint(asked) or not self.permits(request, method):
            return None
        response = _plain(204, b"")
        response.headers = [
            (b"access-control-allow-origin", self._origin.encode("ascii")),
            (b"access-control-allow-methods", ", ".join(sorted(_METHODS)).encode("ascii")),
            (b"access-control-max-age", b"600"),
            (b"vary", b"Origin, Access-Control-Request-Headers, Access-Control-Request-Method"),
        ]
        if asked:
            response.headers.append((b"access-control-allow-headers", ", ".join(asked).encode("latin-1")))
        return response

    def opened(self, response: Response) -> Response:
        """A response of the store that a page of the console may read, without what a bucket's rules say."""
        kept = [pair for pair in response.headers if not pair[0].lower().startswith(b"access-control-")]
        ours = [
            (b"access-control-allow-origin", self._origin.encode("ascii")),
            (b"access-control-expose-headers", _EXPOSED),
            (b"vary", b"Origin"),
        ]
        return replace(response, headers=[*kept, *ours])


def _plain(status: int, body: bytes) -> Response:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"),
    ]  # fmt: skip
    return Response(status=status, headers=headers, body=body)
