"""The body that a request's payload header stands for: framed in chunks, whole with its SHA-256, or as it is."""

from __future__ import annotations

from entrepot.core.identity import Key
from entrepot.core.value import changed
from entrepot.dialects.s3like.place import Place
from entrepot.signing.chunked import Trailers, framing_of, hashed, unframed
from entrepot.signing.scheme import Claim
from entrepot.signing.scoped import payload_of
from entrepot.wire.http import Request

_SHA256_DIGITS = 64


def unwrap(request: Request, _place: Place, claim: Claim | None, key: Key | None) -> Request:
    """The request with the bytes that are to be stored as its body, and the trailers behind them.

    Raises:
        Fault: PARAMETER_INVALID, SIGNATURE_MALFORMED; reading the body raises what its frames or hash are wrong about.
    """
    if request.form is not None:
        return request
    if framing_of(request) is not None:
        trailers = Trailers()
        body = unframed(request, claim, None if key is None else key.secret, trailers)
        return changed(request, body=body, trailers=trailers.fields)
    payload = payload_of(request)
    if payload is not None and len(payload) == _SHA256_DIGITS:
        return changed(request, body=hashed(request.body, payload))
    return request
