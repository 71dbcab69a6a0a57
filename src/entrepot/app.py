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
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

from entrepot import __version__
from entrepot.adapters.audit.check import Report
from entrepot.adapters.audit.check import check as check_audit
from entrepot.adapters.audit.check import newest as newest_audit
from entrepot.adapters.audit.log import AuditLog
from entrepot.adapters.crashpoint import passing
from entrepot.adapters.files.blobs import FileBlobs
from entrepot.adapters.files.leases import FileLeases
from entrepot.adapters.files.reserve import Reserve
from entrepot.adapters.secrets.callback_key import CallbackKey
from entrepot.adapters.secrets.vault import VaultError, load_vault
from entrepot.adapters.sqlite.index import OpenError, SqliteIndex
from entrepot.admin import accounts
from entrepot.admin.api.answers import Admin
from entrepot.admin.minting import Minting
from entrepot.config import Settings
from entrepot.core.rights.audit import AUTHORITY
from entrepot.core.rights.identity import Principal
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.minting import Fresh
from entrepot.core.rules.upload_hasher import UploadHasher
from entrepot.core.store import Store
from entrepot.dialects.aliyun import aliyun
from entrepot.dialects.aliyun.hbr import PREFIX as HBR_PREFIX
from entrepot.dialects.aws_sts import aws_sts
from entrepot.dialects.base import Dialect
from entrepot.dialects.control.rates import Rates
from entrepot.dialects.cos_json import cos_json
from entrepot.dialects.cos_json.urls import Addresses
from entrepot.dialects.cos_xml import cos_xml
from entrepot.dialects.oss import oss
from entrepot.dialects.s3 import s3
from entrepot.dialects.s3like.callbacks import callback
from entrepot.dialects.s3like.callbacks.answering import answering
from entrepot.dialects.s3like.callbacks.calling import Caller
from entrepot.dialects.s3like.callbacks.hosts import parse_rules
from entrepot.dialects.tencent import tencent
from entrepot.dialects.tos import tos
from entrepot.dialects.volcengine import volcengine
from entrepot.front.asgi import Asgi, Receive, Send
from entrepot.front.connections.watchdog import watch
from entrepot.front.own import OwnEndpoints
from entrepot.front.pipeline import Pipeline
from entrepot.front.repeats import Repeats
from entrepot.front.telemetry import Telemetry, set_up_logging
from entrepot.front.uses import Batches, Refusals, Uses
from entrepot.upkeep.sweep import Sweeper, Temporary

FOLDER_ERRORS = (OpenError, VaultError, OSError)
"""Why a data folder cannot be opened."""


def now() -> float:
    """The clock of the process."""
    return time.time()


def new_secret_id() -> str:
    """A fresh unguessable name, for what a client must not find by trying."""
    return secrets.token_hex(16)


def new_credential() -> Fresh:
    """Unguessable names of a new credential, in letters and digits as the clouds' are.

    Its id begins with the time, so that the index is written at one place however many credentials there are.
    """
    text = secrets.token_bytes(128).translate(_LETTERS).decode("ascii")  # one call: the source is slow
    return Fresh(id=_time_text() + text[:25], secret=text[32:64], token=text[64:])


def _time_text() -> str:
    """The time in milliseconds as seven digits to the base 62, which sort as the times do until 2081."""
    milliseconds = int(time.time() * 1000)
    return "".join(_DIGITS[milliseconds // 62**place % 62] for place in range(6, -1, -1))


_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_LETTERS = bytes((string.ascii_letters + string.digits).encode()[byte % 62] for byte in range(256))
"""A letter or digit for each byte."""
_unique = random.Random(secrets.randbits(256))  # noqa: S311 - names need be unique, and the kernel's source is slow
os.register_at_fork(after_in_child=lambda: _unique.seed(secrets.randbits(256)))


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
        reserve = Reserve(self.path)
        self.index = SqliteIndex(self.path, self.vault, telemetry.timing("index") if telemetry else None, reserve)
        self.blobs = FileBlobs(self.path, new_id, telemetry.timing("blobs") if telemetry else None, reserve)
        self.audit = AuditLog(self.path, settings.audit)
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
        mint = settings.mint
        files = Temporary(bucket=mint.hbr_bucket, prefix=HBR_PREFIX, seconds=mint.hbr_keep_seconds)
        return Sweeper(self.index, self.blobs, now, settings.sweep, [files] if mint.hbr_keep_seconds else [])

    def check_audit(self, expected: tuple[int, str] | None = None) -> Report:
        """Read the whole audit log; a line of this number and hash must be in it."""
        return check_audit(self.audit.path, expected)

    def newest_audit(self, count: int, what: str | None = None) -> list[dict[str, Any]]:
        """What the newest lines of the audit log (of one kind) say, the oldest of them first."""
        return newest_audit(self.audit.path, count, what)

    def close(self) -> None:
        """Finish what is under way and release the folder."""
        self.audit.close()
        self.index.close()
        self.blobs.close()
        os.close(self._serving)


def new_store(folder: Folder, settings: Settings, hasher: UploadHasher) -> Store:
    """The store on a folder."""
    further_limits = settings.mint.further_limits()
    return Store(folder.index, folder.blobs, hasher, now, new_secret_id, new_credential, folder.audit, further_limits)


def intakes(folder: Folder, settings: Settings) -> Callable[[Principal], Intake]:
    """Makes what takes the bodies of one request in."""
    return lambda who: Intake(folder.blobs, inline_bytes=settings.inline_max_bytes, who=who, clock=now)


def control_dialects(folder: Folder, settings: Settings) -> tuple[Dialect[Any], ...]:
    """The minting APIs; they are asked before storage is."""
    storage, domains = settings.storage, settings.domains
    mint, rates = settings.mint, Rates(settings.mint.requests_per_second, now, settings.workers)
    return (
        aliyun(mint, storage, now, rates, settings.public_url, domains),
        aws_sts(storage, rates),
        tencent(mint, storage, folder.index.now, now, rates),
        volcengine(mint, storage, now, rates, settings.public_url, domains),
    )


def new_minting(
    folder: Folder,
    settings: Settings,
    store: Store | None = None,
    control: tuple[Dialect[Any], ...] | None = None,
) -> Minting:
    """Minting on an operator's word, beside a server or in it."""
    known = settings.storage
    regions = {"s3": known.s3_region, "oss": known.oss_region, "tos": known.tos_region}
    if store is None:
        store = new_store(folder, settings, UploadHasher(folder.index, folder.blobs, FileLeases(folder.path)))
    if control is None:
        control = control_dialects(folder, settings)
    return Minting(store, intakes(folder, settings), control, new_id, regions, settings.domains)


class Application:
    """The ASGI application of one worker process, which ends when ``main_process`` is not its parent any more.

    ``place`` is its number among the workers, None when it is the only one.
    """

    def __init__(self, settings: Settings, main_process: int | None = None, place: int | None = None) -> None:
        self._settings = settings
        self._draining = False
        self._parent = main_process
        set_up_logging(pretty=settings.dev)
        self._telemetry = Telemetry(log_requests=settings.log_requests, pretty=settings.dev, place=place)
        self._folder = Folder(settings, self._telemetry)
        self._folder.serve()
        self._leases = FileLeases(self._folder.path)
        index, blobs = self._folder.index, self._folder.blobs
        self._hasher = UploadHasher(index, blobs, self._leases)
        audit = self._folder.audit
        store = new_store(self._folder, settings, self._hasher)
        addresses = Addresses(
            public_url=settings.public_url, download_domain=settings.download_domain, region=settings.cos_json.region
        )
        storage, domains = settings.storage, settings.domains
        key = CallbackKey(self._folder.path)
        self._caller = Caller(parse_rules(settings.callback_hosts), settings.port, key.sign, now)
        control = control_dialects(self._folder, settings)
        dialects: tuple[Dialect[Any], ...] = (
            *control,
            cos_json(settings.cos_json, addresses, index.now),
            cos_xml(storage, domains, now),
            oss(storage, domains, now, answering(self._caller, callback.OSS, settings.public_url)),
            tos(storage, domains, now, answering(self._caller, callback.TOS, settings.public_url)),
            s3(storage, domains, now),
        )
        pipeline = Pipeline(dialects, store, now, intakes(self._folder, settings))
        admin = self._admin(store, control)
        own = OwnEndpoints(
            index, self._telemetry, self._problem, key.public_pem, admin.respond if admin is not None else None
        )
        uses, refusals = Uses(index, audit, now), Refusals(audit, now, AUTHORITY)
        self._batches = Batches(uses.due, uses.flush, refusals.flush)
        self._asgi = Asgi(
            index,
            pipeline,
            Repeats(index.version, now),
            own,
            self._telemetry,
            new_id,
            lambda: passing("reply.start"),
            (uses.note, refusals.note),
        )
        self._tasks: list[asyncio.Task[None]] = []

    def _admin(self, store: Store, control: tuple[Dialect[Any], ...]) -> Admin | None:
        """The admin API, if there is a key for it."""
        settings, folder = self._settings, self._folder
        key = settings.admin_key.get_secret_value() if settings.admin_key is not None else None
        if key is None and settings.dev:
            key = accounts.DEV_ADMIN_KEY
        if key is None:
            return None
        minting = new_minting(folder, settings, store, control)
        return Admin(
            key, folder.index, folder.audit, minting, folder.newest_audit, now, settings.public_url, __version__
        )

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
        counting = asyncio.create_task(self._batches.run())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._draining = True
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._batches.end()
        await counting
        await self._hasher.stop()
        await self._caller.close()
        self._folder.close()
        await send({"type": "lifespan.shutdown.complete"})


def address_file(data: Path) -> Path:
    """Where a running server writes its address."""
    return data / "run" / "address"
