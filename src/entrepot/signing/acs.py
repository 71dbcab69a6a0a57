"""What both signatures of Alibaba Cloud's OpenAPI share: how parameters are written when they are signed, and times.

Parameters were decoded as a form's and are encoded again by RFC 3986, whatever the client wrote. Must not know which
call it is or who asks. Source: wire facts of Alibaba §0 (5), §1.1 to §1.3.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.signing.scoped_rows import encoded

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,9})?Z", re.ASCII)


class Signed(Value, frozen=True, kw_only=True):
    """What a claim of these schemes holds besides key and signature: the ``nonce`` that makes it good for one call.

    ``headers`` are the lower-case names of the signed ones; none where only parameters are signed.
    """

    nonce: str
    headers: tuple[bytes, ...] = ()


def malformed(message: str, reason: str, **facts: str | int) -> Fault:
    """The refusal of a signature that cannot be read."""
    return Fault(Kind.SIGNATURE_MALFORMED, message, reason=reason, **facts)


def canonical(listed: list[tuple[bytes, bytes]]) -> bytes:
    """Parameters as they are signed: by name, an empty value with its ``=``."""
    return b"&".join(encoded(name) + b"=" + encoded(value) for name, value in sorted(listed))


def seconds_of(time: str | None) -> float:
    """Seconds since 1970 of a time such as ``2026-01-02T03:04:05Z``; fractions of a second are met, too.

    Raises:
        Fault: SIGNATURE_MALFORMED (reason ``time``, ``time-missing``).
    """
    if not time:
        raise malformed("the call says no time; send x-acs-date, or the parameter Timestamp", "time-missing")
    match = _TIME.fullmatch(time)
    if match is not None:
        year, month, day, hour, minute, second = map(int, match.groups()[:6])
        try:
            whole = datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
        except ValueError:
            pass
        else:
            return whole + float(match.group(7) or 0)
    raise malformed(f"the time {time[:40]!r} is not one such as 2026-01-02T03:04:05Z", "time")
