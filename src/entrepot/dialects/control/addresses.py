"""Addresses that a minted right carries: ones that its client can reach."""

from __future__ import annotations

from urllib.parse import urlsplit

from entrepot.core.value import Value
from entrepot.wire.http import Request


class Reach(Value, frozen=True, kw_only=True):
    """Where the server is for clients: ``scheme``, and ``authority`` (host and, where needed, port)."""

    scheme: str
    authority: str


def reach(request: Request, public_url: str | None) -> Reach:
    """The operator's public address, else the one that the caller itself used."""
    if public_url is None:
        return Reach(scheme=request.scheme, authority=request.authority)
    parts = urlsplit(public_url)
    return Reach(scheme=parts.scheme, authority=parts.netloc)
