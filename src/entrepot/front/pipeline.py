"""The whole server: one request through dialect, signature, store and back.

Faults leave through one ``except``; anything else is a defect, is logged with its traceback, and leaves as INTERNAL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import structlog

from entrepot.core.fault import Fault, Kind
from entrepot.core.identity import Principal
from entrepot.core.intake import Intake
from entrepot.core.ports import Clock
from entrepot.core.store import Reading, Store
from entrepot.dialects.base import Dialect
from entrepot.front.telemetry import Exchange
from entrepot.signing.scheme import Claim, find_claim, verify
from entrepot.wire.http import Request, Response

_log = structlog.get_logger("entrepot")
_UNPROVEN = frozenset({
    Kind.SIGNATURE_MISSING, Kind.SIGNATURE_MALFORMED, Kind.SIGNATURE_MISMATCH, Kind.SIGNATURE_EXPIRED,
    Kind.SIGNATURE_FOREIGN, Kind.KEY_UNKNOWN,
})  # fmt: skip


class Pipeline:
    """Answers requests. ``dialects`` are asked in order which one owns a request; the last one owns the rest."""

    def __init__(
        self, dialects: Sequence[Dialect[Any]], store: Store, clock: Clock, new_intake: Callable[[], Intake]
    ) -> None:
        self._dialects = tuple(dialects)
        self._store = store
        self._clock = clock
        self._new_intake = new_intake

    async def respond(self, request: Request, exchange: Exchange) -> Response:
        """The response to a request; never raises."""
        dialect = next(dialect for dialect in self._dialects if dialect.owns(request))
        exchange.dialect = dialect.name
        if request.method == "OPTIONS":
            exchange.operation = "preflight"
            return dialect.preflight(request)
        place: Any = None
        try:
            reader = self._store.index.refresh()
            place = dialect.locate(request, reader)
            return await self._perform(dialect, request, place, exchange)
        except Fault as fault:
            exchange.refused(fault)
            return dialect.refuse(request, place, fault)
        except Exception:  # noqa: BLE001 - logged, and answered as a defect
            _log.exception("defect", request=request.id, dialect=dialect.name, operation=exchange.operation)
            defect = Fault(Kind.INTERNAL, f"a defect of the server; its log has it under {request.id}")
            exchange.refused(defect)
            return dialect.refuse(request, place, defect)

    async def _perform(self, dialect: Dialect[Any], request: Request, place: Any, exchange: Exchange) -> Response:
        who, claim = self._admit(dialect, request, place)
        exchange.key_id = who.key_id
        async with self._new_intake() as intake:
            op = await dialect.decode(request, place, claim, intake)
            exchange.operation = type(op).__name__
            result = await self._store.perform(op, who, intake)
        if isinstance(result, Reading) and who.spend is None:
            exchange.repeatable = who.grant
        return dialect.encode(request, place, op, result)

    def _admit(self, dialect: Dialect[Any], request: Request, place: Any) -> tuple[Principal, Claim | None]:
        reader = self._store.index.now
        now = self._clock()
        try:
            found = find_claim(dialect.schemes, request)
            if found is None:
                return dialect.anonymous(place, reader, now), None
            scheme, claim = found
            key = dialect.key_of(claim, reader)
            verify(scheme, claim, request, key)
            return dialect.bind(place, claim, key, now), claim
        except Fault as fault:
            if fault.kind not in _UNPROVEN or fault.kind is Kind.SIGNATURE_MISSING or not dialect.forgives(place):
                raise
            try:
                return dialect.anonymous(place, reader, now), None
            except Fault:
                raise fault from None
