"""The body that a request's payload header stands for: framed in chunks, whole with its SHA-256, or as it is."""

from __future__ import annotations

from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.identity import Key
from entrepot.core.value import changed
from entrepot.dialects.s3like.address.place import Place
from entrepot.signing.chunked import Trailers, framing_of, unframed
from entrepot.signing.scheme import Claim
from entrepot.wire.http import Request


def unwrap(request: Request, place: Place, claim: Claim | None, key: Key | None) -> Request:
    """The request with the bytes that are to be stored as its body, and the trailers behind them.

    Raises:
        Fault: PARAMETER_INVALID, SIGNATURE_MALFORMED; reading the body raises what its frames or hash are wrong about.
    """
    if request.form is not None:
        return request
    framing = framing_of(request)
    if framing is None:
        _check_unframed(request, place)
    trailers = Trailers()
    body = unframed(request, claim, None if key is None else key.secret, trailers)
    if body is request.body:
        return request
    return changed(request, body=body, trailers=trailers.fields if framing is not None else None)


def _check_unframed(request: Request, place: Place) -> None:
    """Refuse what announces frames of a body that has none: a trailer that cannot come, another length.

    A read says by the same name what it would take behind its reply.

    Raises:
        Fault: MALFORMED (reason ``trailer``), SIZE_MISMATCH.
    """
    if request.method in {"GET", "HEAD"}:
        return
    if request.header(place.flavour.header("trailer")):
        raise Fault(Kind.MALFORMED, "a trailer is announced, and the body is not framed", reason="trailer")
    decoded, length = request.header(place.flavour.header("decoded-content-length")), request.content_length()
    if decoded is not None and length is not None and decoded != str(length):
        raise Fault(
            Kind.SIZE_MISMATCH, f"the body is not framed and has {length} bytes, not {decoded[:30]!r}", size=length
        )
