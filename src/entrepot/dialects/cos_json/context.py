"""The paging token of ``op=list``: the last entry in URL-safe base64, because clients paste it back un-encoded."""

from __future__ import annotations

import base64
import binascii

from entrepot.core.fault import Fault, Kind


def encode_context(entry: str) -> str:
    """The token after ``entry``. Never empty, so that it differs from a first page's."""
    return "c" + base64.urlsafe_b64encode(entry.encode()).decode().rstrip("=")


def decode_context(token: str) -> str:
    """The entry of a token. Raises Fault PARAMETER_INVALID for anything that no reply contained."""
    try:
        if not token.startswith("c"):
            raise ValueError  # noqa: TRY301 - one way out for every malformation
        padded = token[1:] + "=" * (-(len(token) - 1) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise Fault(
            Kind.PARAMETER_INVALID, f"context {token[:40]!r} is none that a reply contained; leave it empty to start"
        ) from error
