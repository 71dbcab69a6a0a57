"""Uses of minted rights: counted in memory, written down together.

A request adds to a counter; once a second, or after a thousand uses, one transaction takes all counters to the ledger,
and the audit log gets one line for each right that was used. So a use costs no write of its own; a process that is
killed forgets at most its last second of counting (what a use *did* is durable, and a limited number of uses is counted
elsewhere, in the transaction of the use). Must not know who may do what.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Audit, Clock, Index, Transaction
from entrepot.core.rights.audit import Event, FactValue, cut
from entrepot.front.telemetry import Exchange

_EVERY_SECONDS = 1.0
_AT_ONCE = 1000
"""So many uses are written before their second is over."""
_ROWS = 250
"""Counters of one transaction, which runs on the event loop."""
_CLIENTS = 8


@dataclass(slots=True)
class _Used:
    """What one key was used for since the last time. Of its clients the first few are remembered."""

    count: int = 0
    last_at: float = 0.0
    operations: dict[str, int] = field(default_factory=dict)
    clients: dict[str, None] = field(default_factory=dict)
    places: dict[str, None] = field(default_factory=dict)
    in_ledger: bool = True


class Uses:
    """The counters of one process. With ``sub_users`` their keys have lines in the audit log as well."""

    def __init__(self, index: Index, audit: Audit, clock: Clock, *, sub_users: bool = False) -> None:
        self._sub_users = sub_users
        self._index = index
        self._audit = audit
        self._clock = clock
        self._used: dict[str, _Used] = {}
        self._unwritten: dict[str, tuple[int, float]] = {}
        self._since = 0
        self.due = asyncio.Event()
        """Set when there is too much to wait for the second."""

    def note(self, exchange: Exchange) -> None:
        """Count a request, if a minted right allowed it, or a sub-user's key that is to be noted."""
        noted = exchange.minted or (self._sub_users and exchange.of_user)
        if not noted or exchange.key_id is None or exchange.fault is not None:
            return
        used = self._used.get(exchange.key_id)
        if used is None:
            used = self._used[exchange.key_id] = _Used(in_ledger=exchange.minted)
        used.count += 1
        used.last_at = self._clock()
        used.operations[exchange.operation] = used.operations.get(exchange.operation, 0) + 1
        if len(used.clients) < _CLIENTS:
            used.clients[exchange.client] = None
        for place in exchange.done:
            used.places[_rolled(place, len(used.places))] = None
        self._since += 1
        if self._since >= _AT_ONCE:
            self.due.set()

    async def flush(self) -> None:
        """Write down what was counted. What the disk does not take now is written next time."""
        used, self._used, self._since = self._used, {}, 0
        for key_id, one in used.items():
            facts: dict[str, FactValue] = {
                "key": key_id, "count": one.count, "operations": one.operations, "clients": tuple(one.clients),
            }  # fmt: skip
            if one.places:
                facts["places"] = tuple(cut(place) for place in one.places)
            self._audit.note(Event(what="use", at=one.last_at, facts=facts))
            if not one.in_ledger:
                continue
            count, last_at = self._unwritten.get(key_id, (0, 0.0))
            self._unwritten[key_id] = count + one.count, max(last_at, one.last_at)
        rows = [(key_id, count, last_at) for key_id, (count, last_at) in self._unwritten.items()]
        for start in range(0, len(rows), _ROWS):
            batch = rows[start : start + _ROWS]

            def change(tx: Transaction, batch: list[tuple[str, int, float]] = batch) -> None:
                tx.note_uses(batch)

            await self._index.write(change)
            for key_id, _, _ in batch:
                del self._unwritten[key_id]


def _rolled(place: str, known: int) -> str:
    """A place; where a second has many of them, its folder; where it has very many, its bucket."""
    if known < _PLACES:
        return place
    bucket, slash, key = place.partition("/")
    if not slash:
        return place
    folder, _, _ = key.rpartition("/")
    return f"{bucket}/{folder}/*" if folder and known < _FOLDERS else f"{bucket}/*"


_PLACES, _FOLDERS = 16, 32


@dataclass(slots=True)
class _Refused:
    """One kind of refusal since the last time, and the first request that met it."""

    exchange: Exchange
    count: int = 0


_KINDS_MAX = 200


class Refusals:
    """Refusals of who asks and of what they may, for the audit log: alike ones of a second share a line.

    Anybody can cause refusals, so the lines of a second are bounded: what is more than 200 different ones is counted
    together. ``kinds`` are those that are told; every refusal of a minting API is.
    """

    def __init__(self, audit: Audit, clock: Clock, kinds: frozenset[object]) -> None:
        self._audit = audit
        self._clock = clock
        self._kinds = kinds
        self._refused: dict[tuple[object, ...], _Refused] = {}
        self._more = 0

    def note(self, exchange: Exchange) -> None:
        """Count a request, if it was refused for a reason that is told."""
        fault = exchange.fault
        if fault is None or not (exchange.control or fault.kind in self._kinds or _beyond_limits(exchange)):
            return
        alike = (exchange.client, exchange.dialect, fault.kind, fault.reason, _key_of(exchange))
        refused = self._refused.get(alike)
        if refused is None:
            if len(self._refused) >= _KINDS_MAX:
                self._more += 1
                return
            refused = self._refused[alike] = _Refused(exchange)
        refused.count += 1

    async def flush(self) -> None:
        """Hand the lines to the audit log."""
        at = self._clock()
        refused, self._refused = self._refused, {}
        for one in refused.values():
            self._audit.note(Event(what="refuse", at=at, facts=_facts(one)))
        if self._more:
            self._audit.note(Event(what="refuse", at=at, facts={"count": self._more, "why": "many different ones"}))
            self._more = 0


def _beyond_limits(exchange: Exchange) -> bool:
    """Whether a minted right was used for more bytes than it allows, or than anything does."""
    return exchange.minted and exchange.fault is not None and exchange.fault.kind is Kind.TOO_LARGE


def _key_of(exchange: Exchange) -> str:
    """The key that was shown, whether or not it proved genuine."""
    claimed = exchange.fault.facts.get("key_id", "") if exchange.fault is not None else ""
    return exchange.key_id or str(claimed)


def _facts(one: _Refused) -> dict[str, FactValue]:
    exchange, fault = one.exchange, one.exchange.fault
    facts: dict[str, FactValue] = {
        "count": one.count,
        "client": exchange.client,
        "dialect": exchange.dialect,
        "method": exchange.method,
        "path": cut(exchange.path.decode("latin-1")),
        "request": exchange.id,
    }
    if fault is not None:
        facts |= {"kind": fault.kind.value, "why": cut(fault.message)}
    key_id = _key_of(exchange)
    return facts | {"key": cut(key_id)} if key_id else facts


class Batches:
    """Has counters written down once a second, or when that is ``due``, and a last time at the end."""

    def __init__(self, due: asyncio.Event, *flushes: Callable[[], Awaitable[None]]) -> None:
        self._due = due
        self._flushes = flushes
        self._over = False

    async def run(self) -> None:
        """Until the end. Not to be cancelled: what is under way would be counted twice."""
        while not self._over:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), _EVERY_SECONDS)
            self._due.clear()
            for flush in self._flushes:
                with contextlib.suppress(Fault):  # a full disk is reported to those who write; the counters wait
                    await flush()

    def end(self) -> None:
        """Let ``run`` return after a last flush."""
        self._over = True
        self._due.set()
