"""Volcengine's OpenAPI as a dialect: the voice service's call that mints upload addresses, and the calls around it.

Source: seed 000; wire facts of Volcengine §1, §2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock, Reader
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Key, Principal, principal_of
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Store
from entrepot.dialects.base import Dialect, codes_of
from entrepot.dialects.call_detection import is_volcengine_call
from entrepot.dialects.control.known_parameters import check_known
from entrepot.dialects.control.rates import Rates
from entrepot.dialects.control.settings import MintSettings
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.dialects.volcengine import envelope, files
from entrepot.dialects.volcengine.call import Action, Call, Setup
from entrepot.dialects.volcengine.commit import commit_resource_upload
from entrepot.dialects.volcengine.faults import FAULTS
from entrepot.dialects.volcengine.marks import SERVICE, VERSION, Place, locate
from entrepot.dialects.volcengine.upload_url import get_resource_upload_url
from entrepot.signing.scheme import Claim, check_temporary, key_of
from entrepot.signing.volc import VOLC_HEADER, VOLC_QUERY, service_of
from entrepot.wire.calls import with_payload
from entrepot.wire.http import Request, Response
from entrepot.wire.json_text import member_twice

ACTIONS: Final[Mapping[str, Action]] = {
    "GetResourceUploadUrl": Action(
        answer=get_resource_upload_url, parameters=("FileName", "ClientToken", "DryRun"), changes=True, dry=True
    ),
    "CommitResourceUpload": Action(answer=commit_resource_upload, parameters=("FileName",), changes=True),
    "OpenUpdateResource": Action(answer=files.open_update_resource, parameters=("ResourceKey", "Name"), changes=True),
    "OpenDeleteResource": Action(answer=files.open_delete_resource, parameters=("ResourceKey",), changes=True),
    "QueryUsableResource": Action(answer=files.query_usable_resource, parameters=("Type",)),
    "QueryUsableResourceV2": Action(answer=files.query_usable_resource_v2, parameters=("Type",)),
    "QueryOpenGetResource": Action(
        answer=files.query_open_get_resource, parameters=("Type", "Keyword", "State", "Limit", "Offset")
    ),
}

SKEW_SECONDS = 900.0
"""How far a call's clock may be off, either way. Source: wire facts of Volcengine §1.4."""


def volcengine(
    settings: MintSettings,
    storage: StorageSettings,
    clock: Clock,
    rates: Rates,
    public_url: str | None,
    domains: tuple[str, ...],
) -> Dialect[Place]:
    """The dialect with its operator's choices."""
    setup = Setup(mint=settings, region=storage.tos_region, clock=clock, public_url=public_url, domains=domains)

    def claimed_key(claim: Claim, reader: Reader) -> Key:
        _check_time(claim, clock())
        return key_of(claim, reader)

    async def serve(request: Request, place: Place, who: Principal, store: Store, intake: Intake) -> Response:
        action = _action(place)
        if who.account is None:
            raise Fault(Kind.SIGNATURE_MISSING, "a call is made for an account")
        api = f"{SERVICE}:{place.action}"
        rates.check(who.account, api)
        await store.perform(ops.CallApi(account=who.account, api=api), who, intake)  # before parameters are looked at
        _check_given(request, place, action)
        call = Call(
            api=api, request=request, given=place.given, who=who, account=who.account, store=store, intake=intake,
            setup=setup,
        )  # fmt: skip
        return envelope.answer(request, place, clock(), await action.answer(call))

    return Dialect(
        name="volcengine",
        owns=is_volcengine_call,
        preflight=lambda request, _reader: envelope.refuse(request, None, clock(), _no_preflight()),
        locate=lambda request, _reader: locate(request, ACTIONS),
        schemes=(VOLC_HEADER, VOLC_QUERY),
        key_of=claimed_key,
        bind=_bind,
        anonymous=_nobody,
        refuse=lambda request, place, fault: envelope.refuse(request, place, clock(), fault),
        take=with_payload,
        named=lambda place: place.operation,
        codes=codes_of((place, row.code) for place, row in FAULTS.items()),
        calls=frozenset(ACTIONS),
        serve=serve,
    )


def _action(place: Place) -> Action:
    """Raises Fault NOT_IMPLEMENTED (reason ``action`` or ``version``)."""
    action = ACTIONS.get(place.action)
    if action is None:
        raise Fault(Kind.NOT_IMPLEMENTED, f"there are {', '.join(ACTIONS)}", reason="action")
    if place.version != VERSION:
        raise Fault(Kind.NOT_IMPLEMENTED, f"{place.action} has the version {VERSION} here", reason="version")
    return action


def _check_given(request: Request, place: Place, action: Action) -> None:
    """Refuse a parameter of the action's that says two things, a trial of what cannot be tried, and its own parameters
    in another spelling. Unknown ones are not looked at: an SDK sends one (wire facts of Volcengine §2.2).

    Raises:
        Fault: PARAMETER_INVALID.
    """
    twice = next((name for name in action.parameters if name in place.twice), None) or member_twice(
        request.payload or b""
    )
    if twice is not None:
        raise Fault(Kind.PARAMETER_INVALID, f"{twice[:80]} is given twice; send it once", parameter=twice[:80])
    known = {name.lower(): name for name in (*action.parameters, "DryRun")}
    check_known((name for name in place.given if name.lower() in known), set(known.values()))
    if action.changes and not action.dry and place.given.get("DryRun") not in {None, False, "false", ""}:
        raise Fault(Kind.PARAMETER_INVALID, f"{place.action} cannot be tried without effect", parameter="DryRun")


def _check_time(claim: Claim, now: float) -> None:
    """Raises Fault REQUEST_SKEWED, SIGNATURE_EXPIRED."""
    signed_at = claim.signed_at or 0.0
    if claim.expires_at is not None and now > claim.expires_at:
        raise Fault(Kind.SIGNATURE_EXPIRED, f"the address ended {int(now - claim.expires_at)} s ago; sign another")
    if signed_at > now + SKEW_SECONDS or (claim.expires_at is None and signed_at < now - SKEW_SECONDS):
        raise Fault(
            Kind.REQUEST_SKEWED,
            f"X-Date is {int(abs(now - signed_at))} s off this server's clock; {int(SKEW_SECONDS)} s are allowed",
        )


def _bind(_place: Place, claim: Claim, key: Key, now: float) -> Principal:
    check_temporary(claim, key, now)
    if service_of(claim) != SERVICE:
        raise Fault(
            Kind.NOT_IMPLEMENTED, f"the signature is for the service {service_of(claim)!r}; here is {SERVICE!r}",
            reason="service",
        )  # fmt: skip
    return principal_of(key, Grant())


def _nobody(_place: Place, _reader: Reader, _now: float) -> Principal:
    raise Fault(Kind.SIGNATURE_MISSING, "a call must be signed; send an Authorization header")


def _no_preflight() -> Fault:
    return Fault(Kind.METHOD_NOT_ALLOWED, "pages of other origins cannot call this API; call it from a server")
