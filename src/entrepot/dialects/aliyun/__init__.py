"""Alibaba Cloud's OpenAPI as a dialect: calls that mint rights to storage (HBR, STS).

Both signatures of the cloud are taken, GET and POST, and replies are JSON or XML. Source: seed 001; wire facts of
Alibaba §1, §2.
"""

from __future__ import annotations

from typing import Final

from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock, Reader
from entrepot.core.rights.identity import Key, Principal
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Store
from entrepot.core.value import changed
from entrepot.dialects.aliyun import auth, hbr, sts
from entrepot.dialects.aliyun.calls import COMMON, Call, Place, Setup, locate
from entrepot.dialects.aliyun.envelope import answer, preflight, refuse
from entrepot.dialects.aliyun.faults import FAULTS
from entrepot.dialects.base import Dialect, codes_of
from entrepot.dialects.call_detection import is_aliyun_call
from entrepot.dialects.control.known_parameters import check_known
from entrepot.dialects.control.rates import Rates
from entrepot.dialects.control.settings import MintSettings
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.signing import acs3, acs_rpc
from entrepot.signing.parameters import check_body
from entrepot.signing.scheme import Claim, key_of
from entrepot.wire.calls import with_payload
from entrepot.wire.http import Request, Response

APIS: Final = {api.action: api for api in (*hbr.APIS, *sts.APIS)}


def aliyun(
    settings: MintSettings,
    storage: StorageSettings,
    clock: Clock,
    rates: Rates,
    public_url: str | None,
    domains: tuple[str, ...],
) -> Dialect[Place]:
    """The dialect with its operator's choices."""
    setup = Setup(mint=settings, storage=storage, clock=clock, public_url=public_url, domains=domains)

    def claimed_key(claim: Claim, reader: Reader) -> Key:
        key = key_of(claim, reader)
        auth.check_time(claim, clock())
        return key

    async def serve(request: Request, place: Place, who: Principal, store: Store, intake: Intake) -> Response:
        account = None if who.account is None else store.index.now.account(who.account)
        if account is None:
            raise Fault(Kind.KEY_UNKNOWN, "the account of this key is gone")
        rates.check(account.id, place.api.name)
        if not place.api.free:  # before parameters are looked at; the nonce is spent with the effect
            await store.perform(ops.CallApi(account=account.id, api=place.api.name), changed(who, spend=None), intake)
        check_body(request)
        check_known(place.given, COMMON | place.api.parameters)
        call = Call(
            api=place.api, request=request, given=place.given, who=who, account=account, store=store, intake=intake,
            setup=setup,
        )  # fmt: skip
        return answer(request, place, await place.api.answer(call))

    return Dialect(
        name="aliyun",
        owns=is_aliyun_call,
        preflight=lambda request, _reader: preflight(request),
        locate=lambda request, _reader: locate(request, APIS),
        schemes=(acs3.SCHEME, acs_rpc.SCHEME),
        key_of=claimed_key,
        bind=lambda _place, claim, key, now: auth.bind(claim, key, now),
        anonymous=_nobody,
        refuse=refuse,
        take=with_payload,
        named=lambda place: place.operation,
        codes=codes_of((place, row.code) for place, row in FAULTS.items()),
        calls=frozenset(APIS),
        serve=serve,
    )


def _nobody(_place: Place, _reader: Reader, _now: float) -> Principal:
    raise Fault(
        Kind.SIGNATURE_MISSING, "a call must be signed; send an Authorization header, or the parameter Signature"
    )
