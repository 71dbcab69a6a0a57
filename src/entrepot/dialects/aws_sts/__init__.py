"""AWS's STS as a dialect: temporary credentials, and who asks.

The API's XML form (version 2011-06-15) over POST and GET. Source: AWS, API reference of STS; what its Python SDK needs.
"""

from __future__ import annotations

from typing import Final

from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.grant import Clause, Grant, Rule
from entrepot.core.rights.identity import Key, Principal, principal_of
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Store
from entrepot.dialects.aws_sts.actions import APIS as LISTED
from entrepot.dialects.aws_sts.calls import COMMON, VERSION, Call, Document, Place, locate
from entrepot.dialects.aws_sts.faults import FAULTS, row_of
from entrepot.dialects.base import Dialect, codes_of, explanation_of
from entrepot.dialects.call_detection import is_aws_sts_call
from entrepot.dialects.control.known_parameters import check_known
from entrepot.dialects.control.rates import Rates
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.signing import scoped
from entrepot.signing.parameters import check_body
from entrepot.signing.scheme import Claim, check_temporary
from entrepot.wire import xml
from entrepot.wire.calls import with_payload
from entrepot.wire.http import Request, Response

APIS: Final = {api.action: api for api in LISTED}
_NAMESPACE = f"https://sts.amazonaws.com/doc/{VERSION}/"


def aws_sts(storage: StorageSettings, rates: Rates) -> Dialect[Place]:
    """The dialect with its operator's choices."""

    async def serve(request: Request, place: Place, who: Principal, store: Store, intake: Intake) -> Response:
        account = None if who.account is None else store.index.now.account(who.account)
        if account is None:
            raise Fault(Kind.KEY_UNKNOWN, "the account of this key is gone")
        rates.check(account.id, place.api.name)
        if not place.api.free:  # before parameters are looked at
            await store.perform(ops.CallApi(account=account.id, api=place.api.name), who, intake)
        check_body(request)
        check_known(place.given, COMMON | place.api.parameters)
        call = Call(
            api=place.api, request=request, given=place.given, who=who, account=account, store=store, intake=intake
        )
        return _answer(request, place, await place.api.answer(call))

    return Dialect(
        name="aws_sts",
        owns=is_aws_sts_call,
        preflight=lambda _request, _reader: Response(status=403, headers=[(b"content-length", b"0")]),
        locate=lambda request, _reader: locate(request, APIS),
        schemes=(scoped.STS4_HEADER, scoped.STS4_QUERY),
        bind=lambda _place, claim, key, now: _bind(claim, key, now, storage.clock_skew_seconds),
        anonymous=_nobody,
        refuse=_refuse,
        take=with_payload,
        named=lambda place: place.operation,
        codes=codes_of((place, row.code) for place, row in FAULTS.items()),
        calls=frozenset(APIS),
        serve=serve,
    )


def _bind(claim: Claim, key: Key, now: float, skew: float) -> Principal:
    """The principal of a genuine signature. Raises Fault REQUEST_SKEWED, SIGNATURE_EXPIRED, TOKEN_INVALID."""
    check_temporary(claim, key, now)
    at, until = claim.signed_at or 0.0, claim.expires_at
    if now < at - skew or (until is None and now > at + skew):
        raise Fault(
            Kind.REQUEST_SKEWED,
            f"Signature expired: it is of {int(abs(now - at))} s {'ago' if now > at else 'ahead'};"
            f" {int(skew)} s are allowed",
        )
    if until is None:
        return principal_of(key, Grant())
    if now > until:
        raise Fault(Kind.SIGNATURE_EXPIRED, f"Signature expired {int(now - until)} s ago")
    return principal_of(key, Grant(clauses=(Clause(rules=(Rule(),), expires_at=until),)))


def _answer(request: Request, place: Place, content: Document) -> Response:
    action = place.api.action
    whole = {f"{action}Result": content, "ResponseMetadata": {"RequestId": _request_id(request)}}
    return _reply(request, 200, f"{action}Response", whole)


def _refuse(request: Request, _place: Place | None, fault: Fault) -> Response:
    row = row_of(fault)
    error = {
        "Type": "Sender" if row.status < 500 else "Receiver", "Code": row.code, "Message": row.message or fault.message
    }  # fmt: skip
    detail = {"Detail": fault.message} if row.message else {}
    whole = {"Error": {**error, **detail, **explanation_of(fault)}, "RequestId": _request_id(request)}
    return _reply(request, row.status, "ErrorResponse", whole, row.code)


def _reply(request: Request, status: int, root: str, content: Document, code: str = "") -> Response:
    body = xml.render(root, content, _NAMESPACE)
    headers = [
        (b"content-type", b"text/xml"),
        (b"content-length", b"%d" % len(body)),
        (b"x-amzn-requestid", _request_id(request).encode()),
    ]
    return Response(status=status, headers=headers, body=body, code=code)


def _request_id(request: Request) -> str:
    digits = request.id.lower()[:32].rjust(32, "0")
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _nobody(_place: Place, _reader: Reader, _now: float) -> Principal:
    raise Fault(Kind.SIGNATURE_MISSING, "a call must be signed, with signature version 4 for the service sts")
