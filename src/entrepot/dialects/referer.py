"""The lists of referers by which a bucket's owner keeps other sites from showing its files.

Source: the clouds' hot-link protection, which looks at the host of the Referer alone.
"""

from __future__ import annotations

import fnmatch
from urllib.parse import urlsplit

from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.wire.http import Request


def check_referer(request: Request, bucket: Bucket) -> None:
    """Let a download pass the bucket's lists of referers. Raises Fault ACCESS_DENIED."""
    settings = bucket.settings
    if not settings.referer_allow and not settings.referer_deny:
        return
    referer = request.header(b"referer") or ""
    host = (urlsplit(referer).hostname or "").lower() if referer else ""
    if not host:
        if settings.referer_empty:
            return
        raise Fault(Kind.ACCESS_DENIED, "this bucket serves only requests with a Referer")
    if any(fnmatch.fnmatchcase(host, pattern) for pattern in settings.referer_deny):
        raise Fault(Kind.ACCESS_DENIED, f"the referer {host!r} is on this bucket's deny list")
    if settings.referer_allow and not any(fnmatch.fnmatchcase(host, pattern) for pattern in settings.referer_allow):
        raise Fault(Kind.ACCESS_DENIED, f"the referer {host!r} is not on this bucket's allow list")
