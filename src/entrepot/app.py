"""The composition root: the only place that names concrete adapters and lists the dialects.

Also the only one that reads the clock and draws random names.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import random
import secrets
import string
import time
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from entrepot.adapters.callback_key import CallbackKey
from entrepot.adapters.crashpoint import passing
from entrepot.adapters.file_blobs import FileBlobs
from entrepot.adapters.file_leases import FileLeases
from entrepot.adapters.sqlite_index import OpenError, SqliteIndex
from entrepot.adapters.vault import VaultError, load_vault
from entrepot.config import Settings
from entrepot.core.follower import Follower
from entrepot.core.intake import Intake
from entrepot.core.minting import Fresh
from entrepot.core.store import Store
from entrepot.dialects.base import Dialect
from entrepot.dialects.cos_json import cos_json
from entrepot.dialects.cos_json.urls import Addresses
from entrepot.dialects.cos_xml import cos_xml
from entrepot.dialects.oss import oss
from entrepot.dialects.s3 import s3
from entrepot.dialects.s3like import callback
from entrepot.dialects.s3like.answering import answering
from entrepot.dialects.s3like.callback_hosts import parse_rules
from entrepot.dialects.s3like.calling import Caller
from entrepot.dialects.tos import tos
from entrepot.front.asgi import Asgi, Receive, Send
from entrepot.front.own import OwnEndpoints
from entrepot.front.pipeline import Pipeline
from entrepot.front.protocol import watch
from entrepot.front.repeats import Repeats
from entrepot.front.telemetry import Telemetry, set_up_logging
from entrepot.sweeper import Sweeper

FOLDER_ERRORS = (OpenError, VaultError, OSError)
"""Why a data folder cannot be opened."""


def now() -> float:
    """The clock of the process."""
    return time.time()


def new_secret_id() -> str:
    """A fresh unguessable name, for what a client must not find by trying."""
    return secrets.token_hex(16)


def new_credential() -> Fresh:
    """Unguessable names of a new credential, in letters and digits as the clouds' are."""
    text = "".join(_LETTERS[byte % len(_LETTERS)] for byte in secrets.token_bytes(128))  # one call: the source is slow
    return Fresh(id=text[:32], secret=text[32:64], token=text[64:])


_LETTERS = string.ascii_letters + string.digits
_unique = random.Random(secrets.randbits(256))  # noqa: S311 - names need be unique, and the kernel's source is slow


def new_id() -> str:
    """A fresh name, for what nobody is protected by not knowing: blobs, requests."""
    return f"{_unique.getrandbits(128):032x}"


class Folder:
    """A data folder, opened: its index and blobs. Close it when done."""

    def __init__(self, settings: Settings, telemetry: Telemetry | None = None) -> None:
        self.path = settings.data
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.path / "run").mkdir(exist_ok=True, mode=0o700)
        key = settings.master_key.get_secret_value() if settings.master_key is not None else None
        self.vault = load_vault(self.path, key)
        self.index = SqliteIndex(self.path, self.vault, telemetry.timing("index") if telemetry else None)
        self.blobs = FileBlobs(self.path, new_id, telemetry.timing("blobs") if telemetry else None)
        self._serving = os.open(self.path / "run" / "serving.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def serve(self) -> None:
        """Tell other processes that a server works on this folder."""
        fcntl.flock(self._serving, fcntl.LOCK_SH)

    def is_served(self) -> bool:
        """Whether a server works on this folder now."""
        try:
            fcntl.flock(self._serving, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(self._serving, fcntl.LOCK_UN)
        return False

    def sweeper(self, settings: Settings) -> Sweeper:
        """Housekeeping on this folder."""
        return Sweeper(self.index, self.blobs, now, settings.sweep)

    def close(self) -> None:
        """Finish what is under way and release the folder."""
        self.index.close()
        self.blobs.close()
        os.close(self._serving)


class Application:
    """The ASGI application of one worker process, which ends when ``main_process`` is not its parent any more."""

    def __init__(self, settings: Settings, main_process: int | None = None) -> None:
        self._settings = settings
        self._draining = False
        self._parent = main_process
        set_up_logging(pretty=settings.dev)
        self._telemetry = Telemetry(
            log_requests=settings.log_requests, pretty=settings.dev, shared=settings.workers > 1
        )
        self._folder = Folder(settings, self._telemetry)
        self._folder.serve()
        self._leases = FileLeases(self._folder.path)
        index, blobs = self._folder.index, self._folder.blobs
        self._follower = Follower(index, blobs, self._leases)
        store = Store(index, blobs, self._follower, now, new_secret_id, new_credential)
        addresses = Addresses(
            public_url=settings.public_url, download_domain=settings.download_domain, region=settings.cos_json.region
        )
        storage, domains = settings.storage, settings.domains
        key = CallbackKey(self._folder.path)
        self._caller = Caller(parse_rules(settings.callback_hosts), settings.port, key.sign, now)
        dialects: tuple[Dialect[Any], ...] = (
            cos_json(settings.cos_json, addresses, index.now),
            cos_xml(storage, domains, now),
            oss(storage, domains, now, answering(self._caller, callback.OSS, settings.public_url)),
            tos(storage, domains, now, answering(self._caller, callback.TOS, settings.public_url)),
            s3(storage, domains, now),
        )
        pipeline = Pipeline(
            dialects, store, now, lambda who: Intake(blobs, inline_bytes=settings.inline_max_bytes, who=who, clock=now)
        )
        own = OwnEndpoints(index, self._telemetry, self._problem, key.public_pem)
        self._asgi = Asgi(
            pipeline, Repeats(index.version, now), own, self._telemetry, new_id, lambda: passing("reply.start")
        )
        self._tasks: list[asyncio.Task[None]] = []

    def _problem(self) -> str | None:
        return "draining" if self._draining else self._folder.index.failure

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve a request, or start and stop."""
        if scope["type"] == "http":
            await self._asgi(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        sweeper = self._folder.sweeper(self._settings)
        self._tasks = [asyncio.create_task(sweeper.run(self._leases)), asyncio.create_task(watch(self._parent))]
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._draining = True
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._follower.stop()
        await self._caller.close()
        self._folder.close()
        await send({"type": "lifespan.shutdown.complete"})


def address_file(data: Path) -> Path:
    """Where a running server writes its address."""
    return data / "run" / "address"
