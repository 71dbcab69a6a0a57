"""What a COS signature must have listed: a q-sign covers only the headers and parameters that its lists name.

Whoever was handed a signature for one upload could otherwise add a copy source, an ACL or a sub-resource to it and do
something else with it. The cloud says the same of these; tokens, metadata and marks of retries stay free, because its
SDKs leave them unsigned. Source: wire facts of Tencent §6.4.
"""

from __future__ import annotations

from typing import Final

from entrepot.core.fault import Fault, Kind
from entrepot.dialects.s3like.address.place import Place
from entrepot.signing.q_sign import signed_of
from entrepot.signing.scheme import Claim
from entrepot.wire.http import Request

_HEADERS: Final = (b"x-cos-copy-source", b"x-cos-acl", b"x-cos-grant-", b"x-cos-tagging", b"x-cos-forbid-overwrite")
_PLACES: Final = frozenset({"partnumber", "position", "uploadid", "versionid"})


def check_listed(request: Request, place: Place, claim: Claim | None) -> None:
    """Refuse a signature that does not cover what the request turns into.

    Raises:
        Fault: SIGNATURE_MALFORMED (reason ``unsigned-header``).
    """
    if claim is None or claim.form:
        return
    signed = signed_of(claim)
    for name, value in request.headers:
        if name.startswith(_HEADERS) and value and name not in signed.headers:
            raise _unsigned(f"the header {name.decode('latin-1')}")
    if not claim.presigned:
        return  # an SDK can be told not to sign parameters, and signs requests of its own then
    named = _PLACES | {sub.lower() for _level, _method, sub in place.flavour.operations.routes if sub}
    for parameter, text in request.query():
        small = parameter.lower()
        if (small in named or _dresses(small, text)) and small.encode() not in signed.params:
            raise _unsigned(f"the parameter {parameter[:80]}")


def _dresses(name: str, value: str) -> bool:
    """Whether a parameter has a file served as something else.

    That it is to be saved instead of shown gives nobody more; the cloud's samples for pages append it to an address.
    """
    harmless = name == "response-content-disposition" and value.lower().startswith("attachment")
    return name.startswith("response-") and not harmless


def _unsigned(what: str) -> Fault:
    return Fault(
        Kind.SIGNATURE_MALFORMED, f"{what} is not in the lists of the signature; sign it too", reason="unsigned-header"
    )
