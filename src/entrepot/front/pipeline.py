"""The whole server: one request through dialect, signature, store and back.

Faults leave through one ``except``; anything else is a defect, is logged with its traceback, and leaves as INTERNAL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import structlog

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock, Reader
from entrepot.core.rights.circumstances import Circumstances
from entrepot.core.rights.identity import Key, Principal
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Reading, Store
from entrepot.core.value import Value, changed
from entrepot.dialects.active_content import contain
from entrepot.dialects.base import Dialect
from entrepot.front.telemetry import Exchange
from entrepot.front.unverified import Turn, Unverified
from entrepot.signing.scheme import Claim, find_claim, verify
from entrepot.wire.calls import is_posted_call, with_payload
from entrepot.wire.forms import is_form, opened
from entrepot.wire.http import Request, Response

_log = structlog.get_logger("entrepot")
_UNPROVEN = frozenset({
    Kind.SIGNATURE_MALFORMED, Kind.SIGNATURE_MISMATCH, Kind.SIGNATURE_EXPIRED,
    Kind.SIGNATURE_FOREIGN, Kind.KEY_UNKNOWN,
})  # fmt: skip


class _Admitted(Value, frozen=True, kw_only=True):
    """Who asks for what, once that is proven."""

    place: Any
    who: Principal
    claim: Claim | None = None
    key: Key | None = None


class Pipeline:
    """Answers requests. ``dialects`` are asked in order which one owns a request; the last one owns the rest.

    With ``sandbox`` what is stored runs no scripts where a browser takes it for the server's own.
    """

    def __init__(
        self,
        dialects: Sequence[Dialect[Any]],
        store: Store,
        clock: Clock,
        new_intake: Callable[[Principal], Intake],
        unverified: Unverified,
        *,
        sandbox: bool = True,
    ) -> None:
        self._dialects = tuple(dialects)
        self._store = store
        self._clock = clock
        self._new_intake = new_intake
        self._sandbox = sandbox
        self._unverified = unverified

    async def respond(self, request: Request, exchange: Exchange, reader: Reader | None = None) -> Response:
        """The response to a request; never raises. ``reader``, when given, was refreshed for this request."""
        dialect = self._owner(request, exchange)
        place: Any = None
        turn: Turn | None = None
        try:
            reader = reader or self._store.index.refresh()
            if request.method == "OPTIONS":
                exchange.operation = "preflight"
                await request.whole()
                return dialect.preflight(request, reader)
            request, turn = self._begin(dialect, request)
            if is_posted_call(request):
                request = await with_payload(request)
                dialect = self._owner(request, exchange)
            elif dialect.forms and is_form(request):
                request, malformed = await opened(request)
                dialect = self._owner(request, exchange)
                if malformed is not None:
                    raise malformed  # noqa: TRY301 - only now it is known who must refuse it
            if dialect.take is not None:
                request = await dialect.take(request)
            place = dialect.locate(request, reader)
            if dialect.named is not None:
                exchange.operation = dialect.named(place)
            if dialect.ignored is not None:
                exchange.ignored = dialect.ignored(place)
            admitted = self._admit(dialect, request, place)
            place = admitted.place
            _end(turn)
            return await self._perform(dialect, request, admitted, exchange)
        except Fault as fault:
            exchange.refused(fault)
            return dialect.refuse(request, place, fault)
        except Exception:  # noqa: BLE001 - logged, and answered as a defect
            _log.exception("defect", request=request.id, dialect=dialect.name, operation=exchange.operation)
            defect = Fault(Kind.INTERNAL, f"a defect of the server; its log has it under {request.id}")
            exchange.refused(defect)
            return dialect.refuse(request, place, defect)
        finally:
            _end(turn)

    def _begin(self, dialect: Dialect[Any], request: Request) -> tuple[Request, Turn | None]:
        """The request, and its turn if something of its body is read before it is known who asks."""
        if dialect.take is not None or is_posted_call(request) or (dialect.forms and is_form(request)):
            return self._unverified.begin(request)
        return request, None

    def _owner(self, request: Request, exchange: Exchange) -> Dialect[Any]:
        dialect = next(dialect for dialect in self._dialects if dialect.owns(request))
        exchange.dialect = dialect.name
        exchange.control = dialect.serve is not None
        return dialect

    async def _perform(
        self, dialect: Dialect[Any], request: Request, admitted: _Admitted, exchange: Exchange
    ) -> Response:
        who, place = admitted.who, admitted.place
        exchange.key_id, exchange.minted = who.key_id, who.minted
        request = dialect.unwrap(request, place, admitted.claim, admitted.key)
        async with self._new_intake(who) as intake:
            if dialect.serve is not None:
                await request.whole()
                return await dialect.serve(request, place, who, self._store, intake)
            assert dialect.decode is not None  # noqa: S101 - see Dialect.__post_init__
            op = await dialect.decode(request, place, admitted.claim, intake)
            exchange.operation = type(op).__name__
            await request.whole()
            result = await self._store.perform(op, who, intake)
        if isinstance(result, Reading) and who.spend is None and not who.conditional:
            exchange.repeatable = who.grant
        assert dialect.encode is not None  # noqa: S101
        response = dialect.encode(request, place, op, result)
        if dialect.finish is not None:
            response = await dialect.finish(request, place, op, result, response)
        if self._sandbox and dialect.own_origin(request, place):
            contain(response)
        return response

    def _admit(self, dialect: Dialect[Any], request: Request, place: Any) -> _Admitted:
        reader = self._store.index.now
        now = self._clock()
        try:
            found = find_claim(dialect.schemes, request)
            if found is not None:
                scheme, claim = found
                key = dialect.key_of(claim, reader)
                verify(scheme, claim, request, key, dialect.target(place))
                settled = dialect.settle(place, key, reader)
                who = _informed(dialect.bind(settled, claim, key, now), request)
                return _Admitted(place=settled, who=who, claim=claim, key=key)
        except Fault as fault:
            if fault.kind not in _UNPROVEN or not dialect.forgives(place):
                raise
            try:
                return self._anonymous(dialect, place, now)
            except Fault:
                raise fault from None
        return self._anonymous(dialect, place, now)

    def _anonymous(self, dialect: Dialect[Any], place: Any, now: float) -> _Admitted:
        reader = self._store.index.now
        settled = dialect.settle(place, None, reader)
        return _Admitted(place=settled, who=dialect.anonymous(settled, reader, now))


def _end(turn: Turn | None) -> None:
    if turn is not None:
        turn.end()


def _informed(who: Principal, request: Request) -> Principal:
    """The principal with what the conditions of its grants may ask of the request."""
    if not who.conditional:
        return who
    around = Circumstances(
        source=request.client,
        secure=request.scheme == "https",
        referer=request.header(b"referer"),
        user_agent=request.header(b"user-agent"),
    )
    return changed(who, around=around)
