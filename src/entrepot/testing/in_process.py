"""The server in the test's own process, asked through httpx without a socket.

For tests of code that speaks HTTP through httpx: it starts faster than a process, a debugger steps into it, and its
coverage is measured. It is the application that ``entrepot serve --dev`` runs; what is not there is the connection:
limits of headers and times, 100-continue, and replies that begin before they are whole.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, MutableMapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import httpx

from entrepot.admin import dev, isolated
from entrepot.app import Application
from entrepot.clock_and_chance import now
from entrepot.config import load
from entrepot.folder import Folder, prepare_clock
from entrepot.front.connections.refusals import HttpDate
from entrepot.testing.sdk_settings import settings_of
from entrepot.virtual_clock import VirtualClock

if TYPE_CHECKING:
    from entrepot.config import Settings

ADDRESS: Final = "http://localhost"
"""Where requests without a host of their own go; the clouds' names lead here as well."""
_PIECE_BYTES: Final = 65_536


class InProcess:
    """``async with InProcess() as server: async with httpx.AsyncClient(transport=server.transport) as client: …``.

    Belongs to the event loop in which it was entered. ``data`` is a folder to keep; ``settings`` are by their names.
    """

    def __init__(self, *, data: Path | None = None, **settings: Any) -> None:
        self._temporary = None if data is not None else tempfile.TemporaryDirectory(prefix="entrepot-test-")
        folder = data if data is not None else Path(self._temporary.name) / "data"  # type: ignore[union-attr]
        given: dict[str, Any] = {"log_requests": False, **settings}
        self.settings: Settings = load(None, dev=True, data=folder, **given)
        self.address = ADDRESS

    async def __aenter__(self) -> Self:
        self.settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        prepare_clock(self.settings)
        folder = Folder(self.settings)
        try:
            await folder.index.write(lambda tx: dev.make(tx, now()))
        finally:
            folder.close()
        self._application = Application(self.settings)
        await self._application.start()
        self._folder = Folder(self.settings)
        self.transport = Transport(self._application)
        """For ``httpx.AsyncClient(transport=…)``."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.close()
        await self._application.stop()
        if self._temporary is not None:
            self._temporary.cleanup()

    @property
    def clock(self) -> VirtualClock:
        """The server's clock: ``turn(by=…, at=…, stopped=…)`` and ``reset()``."""
        clock = self._folder.clock
        assert isinstance(clock, VirtualClock)  # noqa: S101 - dev mode has one
        return clock

    async def account(self, *buckets: str) -> dict[str, Any]:
        """A fresh account with buckets of these names: its number, key, and what SDKs are given."""
        names = buckets or ("bucket",)
        account, key = await self._folder.index.write(lambda tx: isolated.create(tx, self.clock(), None, names))
        secret = key.secret.decode()
        return {
            "number": account.id, "user_id": account.user_id, "key_id": key.id, "secret": secret, "buckets": names,
            "settings": settings_of(self.address, key.id, secret),
        }  # fmt: skip

    async def reset(self, account: dict[str, Any]) -> dict[str, int]:
        """Empty an account, as :meth:`entrepot.testing.Account.reset` does."""
        return asdict(await isolated.empty(self._folder.index, self.clock, account["number"], account["buckets"]))


class Transport(httpx.AsyncBaseTransport):
    """Hands requests of httpx to an application. A reply is there when it is whole."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._date = HttpDate(application.clock)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The reply to one request."""
        body = _Body(request)
        said: dict[str, Any] = {}
        content: list[bytes] = []

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                said.update(message)
            else:
                content.append(bytes(message["body"]))

        await self._application(self._scope(request), body.receive, send)
        headers = [(b"date", self._date()), *((bytes(name), value) for name, value in said["headers"])]
        whole = b"" if request.method == "HEAD" else b"".join(content)
        return httpx.Response(said["status"], headers=headers, stream=httpx.ByteStream(whole), request=request)

    def _scope(self, request: httpx.Request) -> dict[str, Any]:
        path, _, query = request.url.raw_path.partition(b"?")
        length: int | None = None
        if "content-length" in request.headers:
            length = int(request.headers["content-length"]) or None
        elif "transfer-encoding" in request.headers:
            length = -1
        return {
            "type": "http",
            "method": request.method,
            "raw_path": path,
            "path": path.decode("latin-1"),
            "query_string": query,
            "headers": [
                (name.lower(), value) for name, value in request.headers.raw if name.lower() != b"transfer-encoding"
            ],
            "scheme": request.url.scheme,
            "client": ("127.0.0.1", 0),
            "extensions": {},
            "entrepot.body": length,
        }


class _Body:
    """A request's body, as ASGI receives it."""

    def __init__(self, request: httpx.Request) -> None:
        self._pieces = _pieces(request)
        self._over = False

    async def receive(self) -> dict[str, Any]:
        """The next piece; after the last one, that the client is gone."""
        if self._over:
            await asyncio.sleep(0)
            return {"type": "http.disconnect"}
        piece = await anext(self._pieces, None)
        self._over = piece is None
        return {"type": "http.request", "body": piece or b"", "more_body": not self._over}


async def _pieces(request: httpx.Request) -> AsyncIterator[bytes]:
    stream = request.stream
    assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101 - an AsyncClient has made it
    async for chunk in stream:
        for at in range(0, len(chunk), _PIECE_BYTES):
            yield chunk[at : at + _PIECE_BYTES]
