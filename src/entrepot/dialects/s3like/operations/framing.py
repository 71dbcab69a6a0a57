"""The body that a request's payload header stands for: framed in chunks, whole with its SHA-256, or as it is."""

from __future__ import annotations

from entrepot.core.rights.identity import Key
from entrepot.core.value import changed
from entrepot.dialects.s3like.address.place import Place
from entrepot.signing.chunked import Trailers, framing_of, unframed
from entrepot.signing.scheme import Claim
from entrepot.wire.http import Request


def unwrap(request: Request, _place: Place, claim: Claim | None, key: Key | None) -> Request:
    """The request with the bytes that are to be stored as its body, and the trailers behind them.

    Raises:
        Fault: PARAMETER_INVALID, SIGNATURE_MALFORMED; reading the body raises what its frames or hash are wrong about.
    """
    if request.form is not None:
        return request
    trailers = Trailers()
    body = unframed(request, claim, None if key is None else key.secret, trailers)
    if body is request.body:
        return request
    return changed(request, body=body, trailers=trailers.fields if framing_of(request) is not None else None)
