"""The whole server in this process, without sockets: a request goes in as ASGI has it, and what it did can be asked.

Law: what is asked is the application that `entrepot serve` runs, on a data folder of its own; the steps of a request
are the calls that Python makes for it, so they are the same each time and on each machine.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import sys
import time
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from entrepot.admin import dev
from entrepot.app import Application, Folder
from entrepot.config import load

Headers = Sequence[tuple[bytes, bytes]]
_NOT_COMPARED = {"spent", "key_uses", "identity_version", "sqlite_sequence"}
"""Tables that a refused request may change: a signature that is good for one use is spent whatever comes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response, and what it took: calls of functions, seconds of the processor, the peak of memory where measured."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes
    steps: int
    seconds: float
    peak: int

    def __str__(self) -> str:
        return f"{self.status} {self.body[:300]!r}"


class World:
    """One application on one folder, which knows the keys of dev mode without being in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "data"
        # Explanations go by a budget in seconds: with them the steps of a refusal would differ from run to run.
        self._settings = load(None, data=self.folder, log_requests=False, explain={"per_second": 0})

    @asynccontextmanager
    async def live(self) -> AsyncIterator[World]:
        """The application between its start and its end."""
        made = Folder(self._settings)
        await made.index.write(lambda tx: dev.make(tx, time.time()))
        made.close()
        self._app = Application(self._settings)
        self._database = sqlite3.connect(f"file:{self.folder}/index.db?mode=ro", uri=True)
        await self._app.start()
        try:
            yield self
        finally:
            await self._app.stop()
            self._database.close()

    async def ask(
        self,
        method: str,
        target: bytes,
        headers: Headers = (),
        body: bytes = b"",
        *,
        piece: int = 65_536,
        counting: bool = True,
        memory: bool = False,
    ) -> Answer:
        """One request; its body arrives in pieces of this size."""
        path, _, query = target.partition(b"?")
        scope = {
            "type": "http",
            "method": method,
            "raw_path": path,
            "query_string": query,
            "headers": [(name.lower(), value) for name, value in headers],
            "scheme": "http",
            "client": ("127.0.0.1", 4711),
            "extensions": {},
            "entrepot.body": len(body) or None,
        }
        pieces = [body[at : at + piece] for at in range(0, len(body), piece)] or [b""]
        at = 0

        async def receive() -> dict[str, Any]:
            nonlocal at
            if at >= len(pieces):
                await asyncio.sleep(0)
                return {"type": "http.disconnect"}
            at += 1
            return {"type": "http.request", "body": pieces[at - 1], "more_body": at < len(pieces)}

        status, said, content = 0, {}, []

        async def send(message: dict[str, Any]) -> None:
            nonlocal status, said
            if message["type"] == "http.response.start":
                status, said = message["status"], dict(message["headers"])
            else:
                content.append(bytes(message["body"]))

        steps = 0

        def count(_frame: object, event: str, _argument: object) -> None:
            nonlocal steps
            steps += event in {"call", "c_call"}

        if memory:
            tracemalloc.start()
        started = time.process_time()
        if counting:
            sys.setprofile(count)
        try:
            await self._app(scope, receive, send)
        finally:
            sys.setprofile(None)
            seconds = time.process_time() - started
            peak = tracemalloc.get_traced_memory()[1] if memory else 0
            if memory:
                tracemalloc.stop()
        return Answer(status=status, headers=said, body=b"".join(content), steps=steps, seconds=seconds, peak=peak)

    def state(self) -> str:
        """A digest of all that is stored: every row of the index, and every file of bytes."""
        digest = hashlib.sha256()
        tables = [name for (name,) in self._database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in sorted(set(tables) - _NOT_COMPARED):
            # Notes of account 0 are the server's own: where the audit log, which tells of refusals too, ends.
            some = "WHERE account <> 0" if table == "notes" else ""
            for row in self._database.execute(f"SELECT * FROM {table} {some} ORDER BY 1, 2"):
                digest.update(repr(row).encode())
        for path in sorted((self.folder / "blobs").glob("*/*")):
            digest.update(f"{path.name}{path.stat().st_size}".encode())
        return digest.hexdigest()
