"""The lists of referers by which a bucket's owner keeps other sites from showing its files.

Source: the clouds' hot-link protection, which looks at the host of the Referer alone.
"""

from __future__ import annotations

import fnmatch
from urllib.parse import urlsplit

from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.wire.http import Request


class Unwelcome(Value, frozen=True, kw_only=True):
    """A referer that was refused, for whoever runs the server: ``host`` is its host, ``entry`` what denies it."""

    referer: str
    host: str
    bucket: Bucket
    entry: str = ""


def check_referer(request: Request, bucket: Bucket) -> None:
    """Let a download pass the bucket's lists of referers. Raises Fault ACCESS_DENIED."""
    settings = bucket.settings
    if not settings.referer_allow and not settings.referer_deny:
        return
    referer = request.header(b"referer") or ""
    host = _host_of(referer)
    if not host:
        if settings.referer_empty:
            return
        raise _refused(
            "this bucket serves only requests with a Referer", Unwelcome(referer=referer, host="", bucket=bucket)
        )
    entry = next((pattern for pattern in settings.referer_deny if fnmatch.fnmatchcase(host, pattern)), None)
    if entry is not None:
        unwelcome = Unwelcome(referer=referer, host=host, bucket=bucket, entry=entry)
        raise _refused(f"the referer {host!r} is on this bucket's deny list", unwelcome)
    if settings.referer_allow and not any(fnmatch.fnmatchcase(host, pattern) for pattern in settings.referer_allow):
        unwelcome = Unwelcome(referer=referer, host=host, bucket=bucket)
        raise _refused(f"the referer {host!r} is not on this bucket's allow list", unwelcome)


def _host_of(referer: str) -> str:
    return (urlsplit(referer).hostname or "").lower() if referer else ""


def _refused(message: str, unwelcome: Unwelcome) -> Fault:
    fault = Fault(Kind.ACCESS_DENIED, message)
    fault.denial = unwelcome
    return fault
