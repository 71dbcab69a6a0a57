"""Rights that only store bytes: what their holder cannot ask beside.

Whoever got a form, an address or a key from a minting API chooses the bytes. Whom the server calls when they have
arrived, and where it leads a browser then, is the application's to choose, and no API of ours puts either into what it
gives out. ACLs are not here: the right itself denies them. Must not know the APIs.
"""

from __future__ import annotations

from typing import Final

from entrepot.core.fault import Fault, Kind
from entrepot.wire.http import Request

LEADING: Final = frozenset({"callback", "x-oss-callback", "x-tos-callback", "success_action_redirect", "redirect"})
"""Fields of forms, headers and parameters that make the server call, or a browser go, somewhere."""


def check_plain(request: Request) -> None:
    """Let a request of such a right pass. Raises Fault ACCESS_DENIED."""
    fields = [name for name, value in request.form or () if value]
    headers = [name.decode("latin-1") for name, _ in request.headers]
    query = [name for name, _ in request.query()] if request.raw_query else []
    for name in (*fields, *headers, *query):
        if name.lower() in LEADING:
            message = f"this right stores an object and nothing else: {name[:60]} is not for its holder to choose"
            raise Fault(Kind.ACCESS_DENIED, message)
