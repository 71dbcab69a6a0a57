"""Admin API and console on a data folder: handlers, of dev mode too, and minting on an operator's word.

A part of the composition root that is imported when an operator or a test first asks (:mod:`entrepot.when_needed`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from entrepot import __version__
from entrepot.admin.api.answers import Admin, Handler
from entrepot.admin.api.dev_answers import Demanding, Keeping, Seeding
from entrepot.admin.api.dev_recording import Recording
from entrepot.admin.api.dev_testing import KitAnswers
from entrepot.admin.faults import Spoken
from entrepot.admin.minting import Minting
from entrepot.clock_and_chance import new_id, new_letters, new_secret_id
from entrepot.config import Settings
from entrepot.core.ports import Explanations
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Principal, anonymous_principal
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Store
from entrepot.core.value import Value
from entrepot.dialects.base import AnyDialect
from entrepot.folder import Folder, captures, disk_bytes, last_recording, recording_state, snapshots
from entrepot.front.demanded import Codes, Text
from entrepot.later import Later
from entrepot.upkeep.sweep import Sweeper
from entrepot.virtual_clock import VirtualClock

if TYPE_CHECKING:
    from entrepot.console.answers import Console

Intakes = Callable[[Principal], Intake]


class Parts(Value, frozen=True, kw_only=True):
    """What a server is made of, as far as operators ask it. ``clock`` is the one that tests turn, in dev mode."""

    folder: Folder
    settings: Settings
    store: Store
    intakes: Intakes
    dialects: Sequence[AnyDialect]
    control: Sequence[AnyDialect]
    explanations: Explanations
    demanded: Text
    sweeper: Sweeper
    clock: VirtualClock | None
    codes: Codes


def minting(settings: Settings, store: Store, intakes: Intakes, control: Sequence[AnyDialect]) -> Minting:
    """Minting on an operator's word, beside a server or in it."""
    return Minting(store, intakes, control, new_id, _regions(settings), settings.domains)


def _regions(settings: Settings) -> dict[str, str]:
    known = settings.storage
    return {"s3": known.s3_region, "oss": known.oss_region, "tos": known.tos_region, "cos": known.cos_region}


def administration(key: str, parts: Parts) -> Admin:
    """The admin API; ``key`` is what its requests must show."""
    folder, settings = parts.folder, parts.settings
    return Admin(
        key,
        folder.index,
        folder.audit,
        minting(settings, parts.store, parts.intakes, parts.control),
        folder.audit.newest,
        folder.clock,
        settings.public_url,
        __version__,
        parts.explanations,
        _dev_handlers(parts) if settings.dev else None,
    )


def console(admin_key: str | None, parts: Parts, figures: Callable[[], Mapping[str, Any]]) -> Console:
    """The console; without an admin key the admin cannot log in."""
    from entrepot.console.answers import Console  # noqa: PLC0415 - few servers have one, and it brings a library
    from entrepot.console.attempts import Attempts  # noqa: PLC0415
    from entrepot.console.guard import Guard, origin_of  # noqa: PLC0415
    from entrepot.console.page import Services  # noqa: PLC0415
    from entrepot.console.sessions import TOKEN_LETTERS, Limits, Sessions  # noqa: PLC0415

    settings, folder = parts.settings, parts.folder
    assert settings.console_address is not None  # noqa: S101 - who asks was asked there
    limits = Limits(idle_seconds=settings.console_idle_seconds, most_seconds=settings.console_seconds)
    services = Services(
        index=folder.index,
        store=parts.store,
        new_intake=parts.intakes,
        minting=minting(settings, parts.store, parts.intakes, parts.control),
        audit=folder.audit,
        newest=folder.audit.newest,
        before=folder.audit.before,
        checked=folder.audit.checked,
        explanations=parts.explanations,
        clock=folder.clock,
        sessions=Sessions(folder.index, folder.clock, lambda: new_letters(TOKEN_LETTERS), admin_key, limits),
        attempts=Attempts(time.monotonic),
        figures=figures,
        disk=lambda: disk_bytes(settings.data),
        store_url=settings.store_address,
        regions=_regions(settings),
        version=__version__,
    )
    guard = Guard(settings.console_address, origin_of(settings.store_address), settings.console_seconds)
    return Console(services, guard)


def _dev_handlers(parts: Parts) -> dict[str, Handler]:
    """What answers the part of the admin API that there is in dev mode only."""
    folder = parts.folder
    nobody = anonymous_principal(Grant())
    seeding = Seeding(folder.index, folder.audit, lambda: parts.intakes(nobody), folder.clock)
    spoken = Spoken(codes=parts.codes, calls=Later(lambda: {one.name: one.dialect.calls for one in parts.dialects}))
    demanding = Demanding(parts.demanded, spoken, new_id)
    keeping = Keeping(snapshots(folder))
    data = parts.settings.data
    recording = Recording(recording_state(data), last_recording(data), captures(data), new_id, new_secret_id)
    told = (seeding.handlers, demanding.handlers, keeping.handlers, recording.handlers, _testing(parts))
    return {name: handler for handlers in told for name, handler in handlers.items()}


def _testing(parts: Parts) -> Mapping[str, Handler]:
    if parts.clock is None:
        return {}

    async def sweep() -> None:
        await parts.sweeper.sweep(orphans=False)

    return KitAnswers(parts.folder.index, parts.clock, sweep, parts.settings.mint.applications()).handlers
