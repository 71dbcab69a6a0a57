"""Answers what the admin API has for tests, in dev mode only: the clock that they turn, and their accounts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from entrepot.admin import grants, isolated
from entrepot.admin.api.answers import Given, Handler
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Index
from entrepot.virtual_clock import Reading, VirtualClock
from entrepot.wire.http import Request


class KitAnswers:
    """``sweep`` does what housekeeping does; ``applications`` tells the account of each application of VOD."""

    def __init__(
        self, index: Index, clock: VirtualClock, sweep: Callable[[], Awaitable[object]], applications: Mapping[int, int]
    ) -> None:
        self._index = index
        self._clock = clock
        self._sweep = sweep
        self._applications = {account: application for application, account in applications.items()}

    @property
    def handlers(self) -> dict[str, Handler]:
        """By the name of an endpoint, what answers it."""
        return {
            "readClock": self._read,
            "turnClock": self._turn,
            "createTestAccount": self._create,
            "resetTestAccount": self._reset,
            "removeTestAccount": self._remove,
        }

    async def _read(self, _given: Given, _request: Request) -> dict[str, Any]:
        return shown(self._clock.read())

    async def _turn(self, given: Given, _request: Request) -> dict[str, Any]:
        at = moment_of(given["at"]) if "at" in given else None
        by = span_of(given.get("move", "0"))
        if given.get("real"):
            self._clock.reset()
        turned = self._clock.turn(
            at=at, by=by, stopped=given.get("stopped"), clients_follow=given.get("clients_follow")
        )
        if given.get("sweep"):
            await self._sweep()
        return shown(turned)

    async def _create(self, given: Given, _request: Request) -> dict[str, Any]:
        appid, names = given.get("account"), given.get("buckets", ())
        account, key = await self._index.write(lambda tx: isolated.create(tx, self._clock(), appid, names))
        return {
            "appid": account.id,
            "user_id": account.user_id,
            "key_id": key.id,
            "secret": key.secret.decode(),
            "application": self._applications.get(account.id),
            "buckets": list(names),
        }

    async def _reset(self, given: Given, _request: Request) -> dict[str, Any]:
        return asdict(await isolated.empty(self._index, self._clock, given["account"], given.get("buckets", ())))

    async def _remove(self, given: Given, _request: Request) -> dict[str, Any]:
        return asdict(await isolated.remove(self._index, self._clock, given["account"]))


def shown(reading: Reading) -> dict[str, Any]:
    """What a clock shows, as the admin API and the command line tell it."""
    return {
        "time": grants.moment(reading.time),
        "seconds": reading.time,
        "ahead_seconds": round(reading.time - reading.real_time, 6),
        "stopped": reading.stopped,
        "clients_follow": reading.clients_follow,
    }


def span_of(text: str) -> float:
    """Seconds of a duration, below zero with a sign before it. Raises Fault PARAMETER_INVALID."""
    return -grants.span(text[1:]) if text.startswith("-") else grants.span(text)


def moment_of(text: str) -> float:
    """A moment in seconds since 1970; one without a zone is in UTC. Raises Fault PARAMETER_INVALID."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Fault(
            Kind.PARAMETER_INVALID, f"{text[:40]!r} is no moment such as 2030-01-31T12:00:00Z, and no seconds"
        ) from None
    return (read if read.tzinfo is not None else read.replace(tzinfo=UTC)).timestamp()
