"""Calls of control APIs: small requests whose whole body is read before anything is verified, because it is signed.

Must not know what a call means. Bodies are bounded; what is larger is refused before it is held.
"""

from __future__ import annotations

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.wire.http import Request

CALL_MAX_BYTES = 1 << 20
"""No minting call is nearly as long; policies, the longest parameters, have limits of their own."""


def is_posted_call(request: Request) -> bool:
    """Whether it may be a call that says only in its body what it is: a plain form posted to the root.

    No storage dialect has such a request.
    """
    return (
        request.method == "POST"
        and request.raw_path == b"/"
        and (request.header(b"content-type") or "").lower().startswith("application/x-www-form-urlencoded")
    )


def says(raw: bytes, parameter: bytes) -> bool:
    """Whether one of the parameters of a query or form begins like this: ``Name=`` or ``Name=value``.

    It is asked of bytes that nobody has signed, so it must not cost more than a look at them: a regular expression that
    begins with a choice takes 50 times as long.
    """
    return raw.startswith(parameter) or b"&" + parameter in raw


async def with_payload(request: Request, most: int = CALL_MAX_BYTES) -> Request:
    """The request with its body in ``payload``; as it is when that was read already.

    Raises:
        Fault: TOO_LARGE (reason ``call``) beyond ``most`` bytes; BODY_INCOMPLETE.
    """
    if request.payload is not None:
        return request
    announced = request.content_length()
    if announced is not None and announced > most:
        raise _too_large(most)
    payload = bytearray()
    async for piece in request.body:
        payload += piece
        if len(payload) > most:
            raise _too_large(most)
    return changed(request, payload=bytes(payload))


def _too_large(most: int) -> Fault:
    return Fault(Kind.TOO_LARGE, f"the body of a call may have at most {most} bytes", reason="call", limit=most)
