"""The Tencent COS JSON API (files/v2, also called COS v4) as a dialect, and its download hosts.

Source: seed 004 and the measured wire facts of its SDKs.
"""

from __future__ import annotations

from functools import partial

from entrepot.core import operations as ops
from entrepot.core.fault import Fault
from entrepot.core.ports import Reader
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.core.value import changed
from entrepot.dialects.active_content import names_bucket_in_host
from entrepot.dialects.base import Dialect
from entrepot.dialects.cos_json import auth, download
from entrepot.dialects.cos_json.decode import decode, ignored_names
from entrepot.dialects.cos_json.encode import cors, encode, preflight, refuse
from entrepot.dialects.cos_json.faults import CODES
from entrepot.dialects.cos_json.place import Place, locate
from entrepot.dialects.cos_json.settings import CosJsonSettings
from entrepot.dialects.cos_json.slices import upload_protection
from entrepot.dialects.cos_json.urls import Addresses
from entrepot.dialects.detection import is_cos_json, is_cos_json_api
from entrepot.dialects.referer import check_referer
from entrepot.signing import cos_app
from entrepot.signing.scheme import Claim
from entrepot.wire.http import Request, Response


def cos_json(settings: CosJsonSettings, addresses: Addresses, reader: Reader) -> Dialect[Place]:
    """The dialect with its operator's choices; ``reader`` answers lookups of single keys."""

    def located(request: Request, reader: Reader) -> Place:
        place = locate(request, reader, settings)
        if not place.api and place.bucket is not None:
            check_referer(request, place.bucket)
        ignored = ignored_names(request, place, settings)
        return changed(place, ignored=ignored) if ignored else place

    async def decoded(request: Request, place: Place, claim: Claim | None, intake: Intake) -> ops.Operation:
        encrypted = partial(upload_protection, reader, place)
        return await decode(request, place, claim, intake, settings, encrypted)

    def encoded(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
        return encode(request, place, op, result, addresses)

    def refused(request: Request, place: Place | None, fault: Fault) -> Response:
        # The API path without op is a download too, but its errors are the API's.
        if place.api if place is not None else is_cos_json_api(request):
            return refuse(request, fault)
        return download.refuse(request, place, fault, reader, cors(request))

    return Dialect(
        name="cos_json",
        owns=is_cos_json,
        preflight=lambda request, _reader: preflight(request),
        locate=located,
        own_origin=lambda request, place: place.api or not names_bucket_in_host(request, place.key),
        schemes=(cos_app.SCHEME,),
        forgives=lambda place: not place.api,
        key_of=auth.claimed_key,
        bind=lambda place, claim, key, now: auth.bind(place, claim, key, now, settings),
        anonymous=auth.anonymous,
        ignored=lambda place: place.ignored,
        decode=decoded,
        encode=encoded,
        refuse=refused,
        codes=CODES,
    )
