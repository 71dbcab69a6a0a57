"""The server's own endpoints under ``/-/``: alive, ready, metrics, and the key that callbacks are checked with."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence

from entrepot.core.fault import Fault
from entrepot.core.ports import Index
from entrepot.front.hosts import KnownHosts
from entrepot.front.telemetry import Exchange, Telemetry
from entrepot.wire.http import Request, Response

_TEXT = b"text/plain; charset=utf-8"
_PEM = b"application/x-pem-file"
_METRICS = b"text/plain; version=0.0.4; charset=utf-8"

AdminApi = Callable[[Request, Exchange], Awaitable[Response]]
"""Answers a request below ``/-/api/``; never raises."""


class OwnEndpoints:
    """``healthz`` says that the process runs, ``readyz`` that it can serve, ``metrics`` what it did.

    ``problem`` finds out why the server is not ready, None when it is; ``public_key`` gives the callbacks' public key
    in PEM, and may take a while; ``admin`` answers the admin API, None where that is off, at ``admin_hosts`` only.
    ``notices`` are sentences that an operator should read though all is well, ``clocks`` how far others are from ours.
    """

    def __init__(
        self,
        index: Index,
        telemetry: Telemetry,
        problem: Callable[[], Awaitable[str | None]],
        public_key: Callable[[], bytes],
        admin: AdminApi | None = None,
        admin_hosts: KnownHosts | None = None,
        notices: Callable[[], Sequence[str]] = list,
        clocks: Callable[[], Mapping[str, float]] = dict,
    ) -> None:
        self._index = index
        self._telemetry = telemetry
        self._problem = problem
        self._public_key = public_key
        self._admin = admin
        self._admin_hosts = admin_hosts or KnownHosts()
        self._notices = notices
        self._clocks = clocks

    async def respond(self, request: Request, exchange: Exchange) -> Response:
        """The response; never raises."""
        if self._admin is not None and request.raw_path.startswith(b"/-/api/"):
            if self._admin_hosts.has(request.host):
                return await self._admin(request, exchange)
            exchange.dialect, exchange.operation = "own", "misdirected"
            return _text(421, b"the admin API does not answer at this host; the setting admin_hosts tells where\n")
        exchange.dialect = "own"
        exchange.operation = request.raw_path.decode("latin-1").removeprefix("/-/")[:32]
        try:
            await request.whole()
        except Fault as fault:
            return _text(400, fault.message.encode() + b"\n")
        match request.raw_path:
            case b"/-/healthz":
                return _text(200, self._told("alive"))
            case b"/-/readyz":
                return await self._ready()
            case b"/-/metrics":
                try:
                    open_uploads = await self._index.scan(lambda reader: reader.open_uploads())
                except Fault as fault:
                    return _text(503, fault.message.encode() + b"\n")
                return _text(200, self._telemetry.exposition(open_uploads, self._clocks()), _METRICS)
            case b"/-/callback/public-key.pem":
                try:
                    return _text(200, await asyncio.to_thread(self._public_key), _PEM)
                except Fault as fault:
                    return _text(503, fault.message.encode() + b"\n")
            case _:
                exchange.operation = "unknown"
                return _text(404, b"there are /-/healthz, /-/readyz, /-/metrics and /-/callback/public-key.pem\n")

    async def _ready(self) -> Response:
        with contextlib.suppress(Fault):  # an index that was lost and is there again is noticed here
            self._index.refresh()
        problem = await self._problem()
        return _text(200, self._told("ready")) if problem is None else _text(503, self._told(problem))

    def _told(self, word: str) -> bytes:
        return "".join(f"{line}\n" for line in (word, *self._notices())).encode()


def _text(status: int, body: bytes, media_type: bytes = _TEXT) -> Response:
    headers = [(b"content-type", media_type), (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store")]
    return Response(status=status, headers=headers, body=body)
