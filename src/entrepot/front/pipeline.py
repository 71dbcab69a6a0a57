"""The pipeline: answers one request, through dialect, signature, store and back.

A request that cannot be performed raises a Fault, and one ``except`` has its dialect write the refusal. Any other
exception is a defect of the server: it is logged with its traceback and answered as INTERNAL.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from entrepot.core.explanation import Explained
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import DeleteObjects
from entrepot.core.ports import Clock, Reader
from entrepot.core.rights.circumstances import Circumstances
from entrepot.core.rights.identity import Key, Principal, Spend
from entrepot.core.rules.content import Windows
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Reading, Store
from entrepot.core.value import Value, changed
from entrepot.dialects.active_content import contain
from entrepot.dialects.base import AnyDialect, Dialect
from entrepot.explain.refusal import Known, Refusal, Work
from entrepot.front.demanded import Demands
from entrepot.front.done import done_by
from entrepot.front.explaining import Explainer
from entrepot.front.redirects import Redirects
from entrepot.front.telemetry import Exchange, Tapping
from entrepot.front.unverified import BudgetedBody, Unverified
from entrepot.log import log
from entrepot.signing.scheme import NOWHERE, Claim, find_claim, verify
from entrepot.wire.calls import is_posted_call, with_payload
from entrepot.wire.forms import is_form, opened
from entrepot.wire.http import Request, Response

_SIGNATURE_FAULTS = frozenset({
    Kind.SIGNATURE_MALFORMED, Kind.SIGNATURE_MISMATCH, Kind.SIGNATURE_EXPIRED,
    Kind.SIGNATURE_FOREIGN, Kind.KEY_UNKNOWN,
})  # fmt: skip
"""Refusals of a bad signature. Where a dialect forgives them, the request is served as if it had none."""


class _Admitted(Value, frozen=True, kw_only=True):
    """Who asks, and for what place, once the signature is verified or there is none."""

    place: Any
    who: Principal
    claim: Claim | None = None
    key: Key | None = None


class Pipeline:
    """Answers requests. The first of ``dialects`` that owns a request answers it; the last one owns every request.

    With ``sandbox`` a browser runs no scripts of stored objects that it would take for pages of the server itself.
    ``clients_ahead`` is how far a clock that tests have turned is ahead of the clients that sign by the real one.
    ``redirects`` sends large downloads on to the store; None where all are served here.
    """

    def __init__(
        self,
        dialects: Sequence[AnyDialect],
        store: Store,
        clock: Clock,
        new_intake: Callable[[Principal], Intake],
        unverified: Unverified,
        *,
        sandbox: bool = True,
        explainer: Explainer | None = None,
        clients_ahead: Clock | None = None,
        demands: Demands | None = None,
        redirects: Redirects | None = None,
    ) -> None:
        self._dialects = tuple(dialects)
        self._store = store
        self._clock = clock
        self._new_intake = new_intake
        self._sandbox = sandbox
        self._clients_ahead = clients_ahead
        self._redirects = redirects
        self._unverified = unverified
        self._explainer = explainer
        self._demands = demands

    async def respond(self, request: Request, exchange: Exchange, reader: Reader | None = None) -> Response:
        """The response to a request; never raises. A given ``reader`` sees the newest state of the index already."""
        dialect = self._dialect_of(request, exchange)
        place: Any = None
        budgeted_body: BudgetedBody | None = None
        known = Known()
        try:
            reader = reader or self._store.index.refresh()
            if request.method == "OPTIONS":
                exchange.operation = "preflight"
                await request.whole()
                return dialect.preflight(request, reader)
            request, budgeted_body = self._with_body_budget(dialect, request)
            if is_posted_call(request):
                request = await with_payload(request)
                dialect = self._dialect_of(request, exchange)
            elif dialect.forms and is_form(request):
                request, malformed = await opened(request, self._any_file_name)
                request = request if exchange.tap is None else exchange.tap.opened(request)
                dialect = self._dialect_of(request, exchange)
                if malformed is not None:
                    raise malformed  # noqa: TRY301 - its fields told which dialect must refuse it
            if dialect.take is not None:
                request = await dialect.take(request)
            place = dialect.locate(request, reader)
            if dialect.named is not None:
                exchange.operation = dialect.named(place)
            if dialect.ignored is not None:
                exchange.ignored = dialect.ignored(place)
            admitted = self._authenticate(dialect, request, place, known)
            place = admitted.place
            _end_budget(budgeted_body)
            return await self._perform(dialect, request, admitted, exchange, known)
        except Fault as fault:
            exchange.refused(fault)
            told = self._explain(dialect, request, place, fault, known, exchange)
            response = dialect.refuse(request, place, fault)
            if told is not None and self._explainer is not None:
                self._explainer.keep(told, response)
            return response
        except Exception:  # noqa: BLE001 - logged, and answered as a defect
            log.exception("defect", request=request.id, dialect=dialect.name, operation=exchange.operation)
            defect = Fault(Kind.INTERNAL, f"a defect of the server; its log has it under {request.id}")
            exchange.refused(defect)
            return dialect.refuse(request, place, defect)
        finally:
            _end_budget(budgeted_body)
            if exchange.tap is not None:
                self._tell(exchange.tap, dialect, request, place, known)

    def _tell(self, tap: Tapping, dialect: Dialect[Any], request: Request, place: Any, known: Known) -> None:
        """Tell what keeps the exchange what became known of it, and who signed what was refused before that counted."""
        user_id = ""
        with contextlib.suppress(Fault):  # a signature that cannot be read, an index that cannot be asked now
            reader = self._store.index.now
            found = None if known.claim is not None else find_claim(dialect.schemes, request)
            if found is not None:
                known.scheme, known.claim = found
                known.key = dialect.key_of(known.claim, reader)
            if known.key is not None:
                account = reader.account(known.key.account)
                user_id = "" if account is None else account.user_id
        tap.knows(known, NOWHERE if place is None else dialect.target(place), user_id)

    def signed_in_query(self, request: Request, method: str) -> bool:
        """Whether a request, if it is sent by this method, claims a signature that its address carries."""
        sent = changed(request, method=method)
        dialect = next(door.dialect for door in self._dialects if door.owns(sent))
        try:
            found = find_claim(dialect.schemes, sent)
        except Fault:
            return False
        return found is not None and found[1].presigned

    def _with_body_budget(self, dialect: Dialect[Any], request: Request) -> tuple[Request, BudgetedBody | None]:
        """Put a body that is read before the signature is verified under the budget for such bodies."""
        if dialect.take is not None or is_posted_call(request) or (dialect.forms and is_form(request)):
            return self._unverified.begin(request)
        return request, None

    def _any_file_name(self, names: Collection[str]) -> bool:
        """Whether a dialect that knows forms with these fields takes their file under any name."""
        return any(one.dialect.any_file_name(names) for one in self._dialects if one.dialect.any_file_name is not None)

    def _dialect_of(self, request: Request, exchange: Exchange) -> Dialect[Any]:
        dialect = next(one for one in self._dialects if one.owns(request)).dialect
        exchange.dialect = dialect.name
        exchange.control = dialect.serve is not None
        return dialect

    async def _perform(
        self, dialect: Dialect[Any], request: Request, admitted: _Admitted, exchange: Exchange, known: Known
    ) -> Response:
        known.who = admitted.who
        who, place, asked_at = admitted.who, admitted.place, self._clock()
        exchange.key_id, exchange.minted = who.key_id, who.minted
        exchange.of_user = admitted.key is not None and admitted.key.user is not None
        request = dialect.unwrap(request, place, admitted.claim, admitted.key)
        request = request if exchange.tap is None else exchange.tap.unframed(request)
        if self._demands is not None:
            self._demands.before_body(request, dialect.name, place, exchange)
        async with self._new_intake(who) as intake:
            if dialect.serve is not None:
                await request.whole()
                if self._demands is not None:
                    await self._demands.before_effect(dialect.name, exchange.operation, place, exchange)
                return await dialect.serve(request, place, who, self._store, intake)
            assert dialect.decode is not None  # noqa: S101 - see Dialect.__post_init__
            op = await dialect.decode(request, place, admitted.claim, intake)
            known.op = op
            exchange.operation = type(op).__name__
            await request.whole()
            if self._demands is not None:
                await self._demands.before_effect(dialect.name, exchange.operation, place, exchange)
            result = await self._store.perform(op, who, intake)
        if exchange.minted or exchange.of_user:
            exchange.done = done_by(op)
        if isinstance(result, Reading) and result.repeatable and who.spend is None and not who.conditional:
            exchange.repeatable = who.grant
        response = self._encoded(dialect, request, place, result, known, exchange)
        if dialect.finish is not None:
            finished = await dialect.finish(request, place, op, result, response)
            exchange.called_back, response = finished is not response, finished
        if self._redirects is not None and isinstance(result, Reading):
            redirect = self._redirects.instead(request, who, result, response, asked_at)
            if redirect is not None:
                exchange.repeatable, exchange.redirected = None, result.record.size
                return redirect
        if isinstance(response.body, Windows):
            await response.body.begin()
        if self._sandbox and dialect.own_origin(request, place):
            contain(response)
        return response

    def _authenticate(self, dialect: Dialect[Any], request: Request, place: Any, known: Known) -> _Admitted:
        reader = self._store.index.now
        now = self._clock()
        try:
            found = find_claim(dialect.schemes, request)
            if found is not None:
                scheme, claim = known.scheme, known.claim = found
                key = known.key = dialect.key_of(claim, reader)
                verify(scheme, claim, request, key, dialect.target(place))
                settled_place = dialect.settle(place, key, reader)
                who = _with_request_facts(dialect.bind(settled_place, self._timed(claim), key, now), request, now)
                return _Admitted(place=settled_place, who=who, claim=claim, key=key)
        except Fault as fault:
            if fault.kind not in _SIGNATURE_FAULTS or not dialect.forgives(place):
                raise
            try:
                return self._anonymous(dialect, place, now)
            except Fault:
                raise fault from None
        return self._anonymous(dialect, place, now)

    def _timed(self, claim: Claim) -> Claim:
        """The claim, as if the clock that its client signed by went with this server's.

        Only of a signature in headers: what is signed to be used later is judged by this server's clock alone.
        """
        ahead = 0.0 if self._clients_ahead is None or claim.presigned or claim.form else self._clients_ahead()
        if not ahead:
            return claim
        signed_at, expires_at = claim.signed_at, claim.expires_at
        return changed(
            claim,
            signed_at=None if signed_at is None else signed_at + ahead,
            expires_at=None if expires_at is None else expires_at + ahead,
        )

    def _anonymous(self, dialect: Dialect[Any], place: Any, now: float) -> _Admitted:
        reader = self._store.index.now
        settled_place = dialect.settle(place, None, reader)
        return _Admitted(place=settled_place, who=dialect.anonymous(settled_place, reader, now))

    def _explain(
        self, dialect: Dialect[Any], request: Request, place: Any, fault: Fault, known: Known, exchange: Exchange
    ) -> Explained | None:
        """Have a refusal explained; it is the same refusal before and after."""
        if self._explainer is None or exchange.demanded is not None:
            return None
        return self._explainer.explain(
            fault.kind, lambda: self._described(dialect, request, place, fault, known), exchange
        )

    def _encoded(
        self, dialect: Dialect[Any], request: Request, place: Any, result: Any, known: Known, exchange: Exchange
    ) -> Response:
        """The reply of what was done, in which names that were refused each by itself may be explained."""
        assert dialect.encode is not None  # noqa: S101 - see Dialect.__post_init__
        assert known.op is not None  # noqa: S101 - it was performed
        told = self._explain_parts(dialect, request, place, result, known, exchange)
        response = dialect.encode(request, place, known.op, result)
        if told is not None and self._explainer is not None:
            self._explainer.keep(told, response)
        return response

    def _explain_parts(
        self, dialect: Dialect[Any], request: Request, place: Any, result: Any, known: Known, exchange: Exchange
    ) -> Explained | None:
        if not isinstance(known.op, DeleteObjects):
            return None
        refused = [(name, fault) for name, fault in result if fault is not None]
        if not refused:
            return None
        exchange.partly = f"{len(refused)} of {len(result)} names were refused"
        if self._explainer is None:
            return None
        described = partial(self._described, dialect, request, place, known=known)
        return self._explainer.explain_parts(refused, len(result), described, exchange)

    def _described(self, dialect: Dialect[Any], request: Request, place: Any, fault: Fault, known: Known) -> Refusal:
        return Refusal(
            request=request, fault=fault, dialect=dialect.name, schemes=dialect.schemes,
            reader=self._store.index.now, now=self._clock(), place=place,
            target=NOWHERE if place is None else dialect.target(place),
            scheme=known.scheme, claim=known.claim, key=known.key, who=known.who, op=known.op, work=Work(),
        )  # fmt: skip


def _end_budget(budgeted_body: BudgetedBody | None) -> None:
    if budgeted_body is not None:
        budgeted_body.end()


def _by(spend: Spend, spender: str) -> Spend:
    """What is spent, with who spends it."""
    return changed(spend, spender=spender, also=None if spend.also is None else _by(spend.also, spender))


def _with_request_facts(who: Principal, request: Request, now: float) -> Principal:
    """The principal with the facts of the request, if what it spends or the conditions of its grants ask for them."""
    if who.spend is not None:
        who = changed(who, spend=_by(who.spend, f"{now:.3f} {request.id} {request.client}"))
    if not who.conditional:
        return who
    around = Circumstances(
        source=request.client,
        secure=request.scheme == "https",
        referer=request.header(b"referer"),
        user_agent=request.header(b"user-agent"),
    )
    return changed(who, around=around)
