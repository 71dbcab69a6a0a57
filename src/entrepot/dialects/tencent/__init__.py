"""TencentCloud API 3.0 as a dialect: MS and VOD, which mint upload rights, and STS beside them.

A call is a POST or a GET to ``/``, told apart by its marks (:mod:`calls`), signed in one of three ways, counted, read
(:mod:`ask`), and performed by its API (:mod:`apis`). Nothing is done for who did not prove who asks.
Source: the seeds of MS and VOD; wire facts of Tencent §1-§3, §8.
"""

from __future__ import annotations

from typing import Final

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock, Reader
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Key, Principal, principal_of
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Store
from entrepot.dialects.base import Dialect, codes_of
from entrepot.dialects.call_detection import is_tencent_call
from entrepot.dialects.control.rates import Rates
from entrepot.dialects.control.settings import MintSettings
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.dialects.tencent import envelope
from entrepot.dialects.tencent.apis import APIS
from entrepot.dialects.tencent.ask import ask_of
from entrepot.dialects.tencent.call import Call, World
from entrepot.dialects.tencent.calls import Place, locate
from entrepot.dialects.tencent.faults import FAULTS
from entrepot.signing.scheme import Claim, check_temporary
from entrepot.signing.tc3 import TC3
from entrepot.signing.tc3_v1 import TC3_V1
from entrepot.wire.calls import with_payload
from entrepot.wire.http import Request, Response

CLOCK_SKEW_SECONDS: Final = 300.0
"""Source: wire facts of Tencent §1.2, §1.3."""


def _bind(_place: Place, claim: Claim, key: Key, now: float) -> Principal:
    """Raises Fault REQUEST_SKEWED, TOKEN_INVALID."""
    off = abs(now - (claim.signed_at or 0.0))
    if off > CLOCK_SKEW_SECONDS:
        raise Fault(
            Kind.REQUEST_SKEWED,
            f"the call's time is {int(off)} s off the server's; {int(CLOCK_SKEW_SECONDS)} s are allowed",
        )
    check_temporary(claim, key, now)
    return principal_of(key, Grant())


def _anonymous(_place: Place, _reader: Reader, _now: float) -> Principal:
    raise Fault(Kind.SIGNATURE_MISSING, "the call is not signed; no API here takes unsigned calls")


def _preflight(request: Request, _reader: Reader) -> Response:
    return envelope.refusal(request, Fault(Kind.METHOD_NOT_ALLOWED, "a call is made by GET or POST, not by OPTIONS"))


def _refuse(request: Request, place: Place | None, fault: Fault) -> Response:
    return envelope.refusal(request, fault, "" if place is None else place.api.name.partition(":")[0])


def tencent(
    settings: MintSettings,
    storage: StorageSettings,
    reader: Reader,
    clock: Clock,
    rates: Rates,
) -> Dialect[Place]:
    """The dialect. Nothing that it mints carries an address of this server."""
    applications = settings.applications()
    world = World(mint=settings, applications=applications, storage=storage, reader=reader, clock=clock, rates=rates)

    async def serve(request: Request, place: Place, who: Principal, store: Store, intake: Intake) -> Response:
        account = None if who.account is None else reader.account(who.account)
        if account is None:
            raise Fault(Kind.KEY_UNKNOWN, "the key's account was removed")
        rates.check(account.id, place.api.name)
        ask = await ask_of(request)
        ask.check_known(place.api.parameters)
        call = Call(
            world=world, api=place.api.name, ask=ask, account=account, who=who, store=store, intake=intake,
            request_id=request.id, client=request.client,
        )  # fmt: skip
        return envelope.answer(request, await place.api.call(call))

    return Dialect(
        name="tencent",
        owns=is_tencent_call,
        preflight=_preflight,
        locate=lambda request, _reader: locate(request, APIS),
        schemes=(TC3, TC3_V1),
        bind=_bind,
        anonymous=_anonymous,
        refuse=_refuse,
        take=with_payload,
        named=lambda place: place.operation,
        codes=codes_of((place, row.code) for place, row in FAULTS.items()),
        calls=frozenset(action for action, _ in APIS),
        serve=serve,
    )
