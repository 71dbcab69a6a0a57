"""The composition root: puts dialects, store and front together on a data folder.

It names adapters, as does :mod:`entrepot.folder`, which opens the folder. Which dialects there are, and what few
requests need, is in :mod:`entrepot.when_needed`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from entrepot.adapters.crashpoint import passing
from entrepot.admin import dev_names as dev
from entrepot.clock_and_chance import new_id, new_letters, new_secret_id, now, time_letters
from entrepot.config import Settings
from entrepot.core.ports import Clock
from entrepot.core.rights.audit import AUTHORITY
from entrepot.core.rights.identity import Principal
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.minting import Fresh
from entrepot.core.rules.upload_hasher import UploadHasher
from entrepot.core.store import Store
from entrepot.dialects.control.settings import HBR_PREFIX
from entrepot.dialects.detection import CLOUD_DOMAINS
from entrepot.folder import Folder, captures, demanded_faults, explanations, recording_state
from entrepot.front.asgi import Asgi, Receive, Send
from entrepot.front.connections.watchdog import watch
from entrepot.front.console_door import ConsoleDoor
from entrepot.front.demanded import Demands
from entrepot.front.explaining import Budget, Explainer
from entrepot.front.hosts import Strangers, known_hosts
from entrepot.front.own import OwnEndpoints
from entrepot.front.pipeline import Pipeline
from entrepot.front.recording import Recorder
from entrepot.front.redirects import Redirects
from entrepot.front.repeats import Repeats
from entrepot.front.telemetry import Exchange, Telemetry
from entrepot.front.unverified import Unverified
from entrepot.front.uses import Batches, Refusals, Uses
from entrepot.later import Later
from entrepot.log import log
from entrepot.upkeep.audit_head import HeadKeeper
from entrepot.upkeep.clocks import Clocks
from entrepot.upkeep.sweep import Sweeper, Temporary
from entrepot.virtual_clock import VirtualClock
from entrepot.when_needed import Dialects, control_dialects, explainers, preload
from entrepot.wire.http import Request, Response

if TYPE_CHECKING:
    from entrepot.admin.api.answers import Admin
    from entrepot.admin.minting import Minting
    from entrepot.administration import Parts
    from entrepot.console.answers import Console


def new_credential() -> Fresh:
    """Unguessable names of a new credential, in letters and digits as the clouds' are.

    Its id begins with the time, so that the index is written at one place however many credentials there are.
    """
    text = new_letters(128)
    return Fresh(id=time_letters() + text[:25], secret=text[32:64], token=text[64:])


def new_sweeper(folder: Folder, settings: Settings) -> Sweeper:
    """Housekeeping on a folder."""
    mint, sweep = settings.mint, settings.sweep
    kept_seconds = settings.redirect.kept_seconds(sweep.garbage_seconds, settings.limits.request_seconds)
    files = Temporary(bucket=mint.hbr_bucket, prefix=HBR_PREFIX, seconds=mint.hbr_keep_seconds)
    return Sweeper(
        folder.index,
        folder.blobs,
        folder.clock,
        replace(sweep, garbage_seconds=kept_seconds),
        [files] if mint.hbr_keep_seconds else [],
    )


def _audit_failed(why: str) -> None:
    log.error("the audit log cannot be written", error=why)


def new_store(
    folder: Folder, settings: Settings, hasher: UploadHasher, fresh: Callable[[], Fresh] = new_credential
) -> Store:
    """The store on a folder. ``fresh`` makes the names of new credentials."""
    further_limits = settings.mint.further_limits()
    return Store(folder.index, folder.blobs, hasher, folder.clock, new_secret_id, fresh, folder.audit, further_limits)


def new_recorder(settings: Settings) -> Recorder | None:
    """What records, in dev mode; it has the real time, by which clients sign."""
    if not settings.dev:
        return None
    applications = {account: application for application, account in settings.mint.applications().items()}
    return Recorder(recording_state(settings.data), captures(settings.data).room, now, applications)


def intakes(folder: Folder, settings: Settings) -> Callable[[Principal], Intake]:
    """Makes what takes the bodies of one request in."""
    return lambda who: Intake(folder.blobs, inline_bytes=settings.inline_max_bytes, who=who, clock=folder.clock)


def new_minting(folder: Folder, settings: Settings) -> Minting:
    """Minting on an operator's word, beside a server."""
    from entrepot.administration import minting  # noqa: PLC0415 - no part of a server that runs

    store = new_store(folder, settings, UploadHasher(folder.index, folder.blobs, folder.leases))
    return minting(settings, store, intakes(folder, settings), control_dialects(folder, settings))


class Application:
    """What answers requests in one worker process, which ends when ``main_process`` is not its parent any more.


    ``place`` is its number among the workers, None when it is the only one.
    """

    def __init__(self, settings: Settings, main_process: int | None = None, place: int | None = None) -> None:
        self._settings = settings
        self._draining = False
        self._parent = main_process
        log.set_up(pretty=settings.dev)
        self._telemetry = Telemetry(log_requests=settings.log_requests, pretty=settings.dev, place=place)
        self._folder = Folder(settings, self._telemetry.timing, _audit_failed)
        self._folder.serve()
        self._leases, now = self._folder.leases, self._folder.clock
        self._clocks = Clocks(self._folder.clocks)
        self._carry = self._folder.index.carry
        index, blobs = self._folder.index, self._folder.blobs
        self._hasher = UploadHasher(index, blobs, self._leases)
        audit = self._folder.audit
        self._recorder = recorder = new_recorder(settings)
        fresh = new_credential if recorder is None else lambda: recorder.made(new_credential())
        store = new_store(self._folder, settings, self._hasher, fresh)
        key = self._folder.callback_key
        self._dialects = Dialects(self._folder, settings, key.sign)
        limits = settings.limits
        unverified = Unverified(limits.unverified_bytes, limits.unverified_seconds)
        self._explanations, at_store = explanations(settings), self._folder.addresses
        budget = Budget(settings.explain.per_second)
        explainer = Explainer(self._explanations, budget, now, explainers(), in_replies=settings.dev)
        turned = self._virtual_clock
        self._codes = Later(lambda: {one.name: one.dialect.codes for one in self._dialects.all})
        self._demanded = demanded_faults(settings.data)
        demands = Demands(self._demanded, self._codes) if settings.dev else None
        pipeline = Pipeline(
            self._dialects.all, store, now, intakes(self._folder, settings), unverified, sandbox=settings.sandbox,
            explainer=explainer, clients_ahead=None if turned is None else turned.clients_ahead, demands=demands,
            redirects=Redirects(settings.redirect, at_store.of) if at_store is not None else None,
        )  # fmt: skip
        self._sweeper = new_sweeper(self._folder, settings)
        self._store = store
        self._admin: Admin | None = None
        own = OwnEndpoints(
            index, self._telemetry, self._problem, key.public_pem,
            None if self._admin_key is None else self._administer,
            known_hosts(settings.admin_hosts, (settings.public_url,), settings.domains, addresses=True),
            self._clocks.notices, lambda: self._clocks.ahead,
        )  # fmt: skip
        self._console: Console | None = None
        at = settings.console_address
        door = None if at is None else ConsoleDoor(at, self._at_console, pipeline.signed_in_query)
        uses = Uses(index, audit, now, sub_users=settings.audit.sub_users or settings.dev)
        refusals = Refusals(audit, now, AUTHORITY)
        self._batches = Batches(uses.due, uses.flush, refusals.flush)
        self._asgi = Asgi(
            index,
            pipeline,
            Repeats(index.is_still, now),
            own,
            self._telemetry,
            new_id,
            lambda: passing("reply.start"),
            (uses.note, refusals.note),
            self._strangers().why if settings.dev else None,
            demands,
            door,
            recorder,
        )
        self._head = None if self._folder.is_shared else HeadKeeper(index, self._folder.chain)
        self._tasks: list[asyncio.Task[None]] = []
        self._counting: asyncio.Task[None]
        if not (settings.dev and settings.workers == 1):
            self._prepare()

    def _prepare(self) -> None:
        """Have what some requests need before the first of them comes."""
        preload()
        self._dialects.open()
        if self._admin_key is not None:
            self._admin = self._administration()
        if self._settings.console_address is not None:
            self._console = self._new_console()

    @property
    def _admin_key(self) -> str | None:
        """What requests of the admin API must show; without one there is none."""
        if self._settings.admin_key is not None:
            return self._settings.admin_key.get_secret_value()
        return dev.ADMIN_KEY if self._settings.dev else None

    async def _administer(self, request: Request, exchange: Exchange) -> Response:
        """Answer the admin API; it is there from its first request on, or from the start outside dev mode."""
        if self._admin is None:
            self._admin = self._administration()
        return await self._admin.respond(request, exchange)

    async def _at_console(self, request: Request, exchange: Exchange) -> Response:
        """Answer for the console; it is there from its first request on, or from the start outside dev mode."""
        if self._console is None:
            self._console = self._new_console()
        return await self._console.respond(request, exchange)

    def _new_console(self) -> Console:
        from entrepot.administration import console  # noqa: PLC0415 - see entrepot.when_needed

        return console(self._admin_key, self._parts(), self._telemetry.figures)

    def _administration(self) -> Admin:
        from entrepot.administration import administration  # noqa: PLC0415 - see entrepot.when_needed

        return administration(self._admin_key or "", self._parts())

    def _parts(self) -> Parts:
        from entrepot.administration import Parts  # noqa: PLC0415 - see entrepot.when_needed

        return Parts(
            folder=self._folder, settings=self._settings, store=self._store,
            intakes=intakes(self._folder, self._settings),
            dialects=self._dialects.all, control=self._dialects.control, explanations=self._explanations,
            demanded=self._demanded, sweeper=self._sweeper, clock=self._virtual_clock, codes=self._codes,
        )  # fmt: skip

    @property
    def clock(self) -> Clock:
        """What tells this server the time."""
        return self._folder.clock

    @property
    def _virtual_clock(self) -> VirtualClock | None:
        """The clock that tests may turn; only a server in dev mode has one."""
        clock = self._folder.clock
        return clock if self._settings.dev and isinstance(clock, VirtualClock) else None

    def _strangers(self) -> Strangers:
        """Who may ask a server with well-known keys."""
        settings, index = self._settings, self._folder.index
        domains = (*settings.domains, *filter(None, (settings.download_domain,)))
        urls = (settings.public_url, settings.console_address)
        known = known_hosts(settings.dev_hosts, urls, domains)
        return Strangers(
            known, lambda host: host.endswith(CLOUD_DOMAINS), lambda host: index.now.bucket_of_domain(host) is not None
        )

    async def _problem(self) -> str | None:
        return "draining" if self._draining else await self._folder.problem()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve a request."""
        await self._carry(self._asgi(scope, receive, send))

    async def start(self) -> None:
        """Begin what goes on beside requests."""
        await self._folder.start()
        beside = [self._carry(self._sweeper.run(self._leases)), watch(self._parent), self._clocks.run()]
        if self._head is not None:
            beside.append(self._head.run(self._leases))
        self._tasks = [asyncio.create_task(one) for one in beside]
        self._counting = asyncio.create_task(self._batches.run())

    def drain(self) -> None:
        """Say that this is not ready from now on; everything is served as before."""
        self._draining = True

    async def stop(self) -> None:
        """Finish it, after the last request, and release the folder."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._batches.end()
        await self._counting
        if self._head is not None:
            await self._head.keep()
        await self._folder.index.carry(self._hasher.stop())
        await self._dialects.close()
        await self._folder.stop()
        self._explanations.close()
        if self._recorder is not None:
            self._recorder.close()
        self._folder.close()
