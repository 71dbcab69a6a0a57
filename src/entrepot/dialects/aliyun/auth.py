"""When a signed call counts: its time is near the server's, its key's token is shown, its nonce is used once.

Must not know what is asked. Source: wire facts of Alibaba §1.2 to §1.4; the window is 15 minutes for both signatures.
"""

from __future__ import annotations

import hashlib

from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Key, Principal, Spend, principal_of
from entrepot.signing.acs import Signed
from entrepot.signing.scheme import Claim, check_temporary

WINDOW_SECONDS = 900.0
_REMEMBERED_SECONDS = 900.0
"""How long a nonce is remembered after its time went out of the window, whatever a clock may do meanwhile."""


def check_time(claim: Claim, now: float) -> None:
    """Raises Fault REQUEST_SKEWED."""
    off = abs(now - (claim.signed_at or 0.0))
    if off > WINDOW_SECONDS:
        raise Fault(
            Kind.REQUEST_SKEWED,
            f"the call's time is {int(off)} s off the server's; {int(WINDOW_SECONDS)} s are allowed, and it is in UTC",
        )


def bind(claim: Claim, key: Key, now: float) -> Principal:
    """The principal of a genuine signature. Raises Fault TOKEN_INVALID."""
    check_temporary(claim, key, now)
    assert isinstance(claim.signed, Signed)  # noqa: S101 - both schemes make such claims
    token = hashlib.sha256(b"\0".join((b"acs", key.id.encode(), claim.signed.nonce.encode()))).digest()
    until = (claim.signed_at or now) + WINDOW_SECONDS + _REMEMBERED_SECONDS
    return principal_of(key, Grant(), Spend(token=token, until=until))
