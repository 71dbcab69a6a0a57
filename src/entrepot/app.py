"""The composition root: lists the dialects, and puts them, the store and the front together on a data folder.

It names adapters, as does :mod:`entrepot.folder`, which opens the folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import replace
from typing import Any

import structlog

from entrepot import __version__
from entrepot.adapters.crashpoint import passing
from entrepot.admin import dev
from entrepot.admin.api.answers import Admin, Handler
from entrepot.admin.api.dev_answers import Demanding, Keeping, Seeding
from entrepot.admin.api.dev_testing import KitAnswers
from entrepot.admin.faults import Spoken
from entrepot.admin.minting import Minting
from entrepot.clock_and_chance import new_id, new_letters, new_secret_id, time_letters
from entrepot.config import Settings
from entrepot.core.ports import Clock
from entrepot.core.rights.audit import AUTHORITY
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Principal, anonymous_principal
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.minting import Fresh
from entrepot.core.rules.upload_hasher import UploadHasher
from entrepot.core.store import Store
from entrepot.dialects.aliyun import aliyun
from entrepot.dialects.aliyun.hbr import PREFIX as HBR_PREFIX
from entrepot.dialects.aws_sts import aws_sts
from entrepot.dialects.base import Dialect
from entrepot.dialects.control.rates import Rates
from entrepot.dialects.cos_json.dialect import cos_json
from entrepot.dialects.cos_json.urls import Addresses
from entrepot.dialects.cos_xml import cos_xml
from entrepot.dialects.detection import CLOUD_DOMAINS
from entrepot.dialects.oss import oss
from entrepot.dialects.s3 import s3
from entrepot.dialects.s3like.callbacks import callback
from entrepot.dialects.s3like.callbacks.answering import answering
from entrepot.dialects.s3like.callbacks.calling import Caller
from entrepot.dialects.s3like.callbacks.hosts import parse_rules
from entrepot.dialects.tencent import tencent
from entrepot.dialects.tos import tos
from entrepot.dialects.volcengine import volcengine
from entrepot.explain.explainers import EXPLAINERS
from entrepot.folder import Folder, demanded_faults, explanations, snapshots
from entrepot.front.asgi import Asgi, Receive, Send
from entrepot.front.connections.watchdog import watch
from entrepot.front.demanded import Demands
from entrepot.front.explaining import Budget, Explainer
from entrepot.front.hosts import Strangers, known_hosts
from entrepot.front.own import OwnEndpoints
from entrepot.front.pipeline import Pipeline
from entrepot.front.redirects import Redirects
from entrepot.front.repeats import Repeats
from entrepot.front.telemetry import Telemetry, set_up_logging
from entrepot.front.unverified import Unverified
from entrepot.front.uses import Batches, Refusals, Uses
from entrepot.upkeep.audit_head import HeadKeeper
from entrepot.upkeep.clocks import Clocks
from entrepot.upkeep.sweep import Sweeper, Temporary
from entrepot.virtual_clock import VirtualClock

_log = structlog.get_logger("entrepot")


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
    _log.error("the audit log cannot be written", error=why)


def new_store(folder: Folder, settings: Settings, hasher: UploadHasher) -> Store:
    """The store on a folder."""
    further_limits = settings.mint.further_limits()
    return Store(
        folder.index, folder.blobs, hasher, folder.clock, new_secret_id, new_credential, folder.audit, further_limits
    )


def intakes(folder: Folder, settings: Settings) -> Callable[[Principal], Intake]:
    """Makes what takes the bodies of one request in."""
    return lambda who: Intake(folder.blobs, inline_bytes=settings.inline_max_bytes, who=who, clock=folder.clock)


def control_dialects(folder: Folder, settings: Settings) -> tuple[Dialect[Any], ...]:
    """The minting APIs; they are asked before storage is."""
    storage, domains = settings.storage, settings.domains
    now = folder.clock
    mint, rates = settings.mint, Rates(settings.mint.requests_per_second, time.monotonic, folder.processes)
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
        store = new_store(folder, settings, UploadHasher(folder.index, folder.blobs, folder.leases))
    if control is None:
        control = control_dialects(folder, settings)
    return Minting(store, intakes(folder, settings), control, new_id, regions, settings.domains)


class Application:
    """What answers requests in one worker process, which ends when ``main_process`` is not its parent any more.


    ``place`` is its number among the workers, None when it is the only one.
    """

    def __init__(self, settings: Settings, main_process: int | None = None, place: int | None = None) -> None:
        self._settings = settings
        self._draining = False
        self._parent = main_process
        set_up_logging(pretty=settings.dev)
        self._telemetry = Telemetry(log_requests=settings.log_requests, pretty=settings.dev, place=place)
        self._folder = Folder(settings, self._telemetry.timing, _audit_failed)
        self._folder.serve()
        self._leases, now = self._folder.leases, self._folder.clock
        self._clocks = Clocks(self._folder.clocks)
        self._carry = self._folder.index.carry
        index, blobs = self._folder.index, self._folder.blobs
        self._hasher = UploadHasher(index, blobs, self._leases)
        audit = self._folder.audit
        store = new_store(self._folder, settings, self._hasher)
        addresses = Addresses(
            public_url=settings.public_url, download_domain=settings.download_domain, region=settings.cos_json.region
        )
        storage, domains = settings.storage, settings.domains
        key = self._folder.callback_key
        self._caller = Caller(parse_rules(settings.callback_rules), settings.port, key.sign, now)
        control = control_dialects(self._folder, settings)
        dialects: tuple[Dialect[Any], ...] = (
            *control,
            cos_json(settings.cos_json, addresses, index.now),
            cos_xml(storage, domains, now),
            oss(storage, domains, now, answering(self._caller, callback.OSS, settings.public_url)),
            tos(storage, domains, now, answering(self._caller, callback.TOS, settings.public_url)),
            s3(storage, domains, now),
        )
        limits = settings.limits
        unverified = Unverified(limits.unverified_bytes, limits.unverified_seconds)
        self._explanations, at_store = explanations(settings), self._folder.addresses
        budget = Budget(settings.explain.per_second)
        explainer = Explainer(self._explanations, budget, now, EXPLAINERS, in_replies=settings.dev)
        turned = self._virtual_clock
        self._spoken = Spoken(
            codes={one.name: one.codes for one in dialects}, calls={one.name: one.calls for one in dialects}
        )
        self._demanded = demanded_faults(settings.data)
        demands = Demands(self._demanded, self._spoken.codes) if settings.dev else None
        pipeline = Pipeline(
            dialects, store, now, intakes(self._folder, settings), unverified, sandbox=settings.sandbox,
            explainer=explainer, clients_ahead=None if turned is None else turned.clients_ahead, demands=demands,
            redirects=Redirects(settings.redirect, at_store.of) if at_store is not None else None,
        )  # fmt: skip
        self._sweeper = new_sweeper(self._folder, settings)
        admin = self._admin(store, control)
        own = OwnEndpoints(
            index, self._telemetry, self._problem, key.public_pem, admin.respond if admin is not None else None,
            known_hosts(settings.admin_hosts, (settings.public_url,), domains, addresses=True),
            self._clocks.notices, lambda: self._clocks.ahead,
        )  # fmt: skip
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
        )
        self._head = None if self._folder.is_shared else HeadKeeper(index, self._folder.chain)
        self._tasks: list[asyncio.Task[None]] = []
        self._counting: asyncio.Task[None]

    def _admin(self, store: Store, control: tuple[Dialect[Any], ...]) -> Admin | None:
        """The admin API, if there is a key for it."""
        settings, folder = self._settings, self._folder
        key = settings.admin_key.get_secret_value() if settings.admin_key is not None else None
        if key is None and settings.dev:
            key = dev.ADMIN_KEY
        if key is None:
            return None
        minting = new_minting(folder, settings, store, control)
        return Admin(
            key,
            folder.index,
            folder.audit,
            minting,
            folder.audit.newest,
            folder.clock,
            settings.public_url,
            __version__,
            self._explanations,
            self._dev_handlers() if settings.dev else None,
        )

    def _dev_handlers(self) -> dict[str, Handler]:
        """What answers the part of the admin API that there is in dev mode only."""
        folder, new_intake = self._folder, intakes(self._folder, self._settings)
        seeding = Seeding(folder.index, folder.audit, lambda: new_intake(anonymous_principal(Grant())), folder.clock)
        demanding = Demanding(self._demanded, self._spoken, new_id)
        keeping = Keeping(snapshots(folder))
        return {**seeding.handlers, **demanding.handlers, **keeping.handlers, **self._testing()}

    def _testing(self) -> Mapping[str, Handler]:
        clock = self._virtual_clock
        if clock is None:
            return {}

        async def sweep() -> None:
            await self._sweeper.sweep(orphans=False)

        return KitAnswers(self._folder.index, clock, sweep, self._settings.mint.applications()).handlers

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
        known = known_hosts(settings.dev_hosts, (settings.public_url,), domains)
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
        await self._caller.close()
        await self._folder.stop()
        self._explanations.close()
        self._folder.close()
