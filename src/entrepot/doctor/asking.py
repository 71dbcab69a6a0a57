"""One request, with nothing between: no proxy of the environment, no redirect, no retry.

On the standard library, as the clients of the command line are.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_BODY_MAX_BYTES: Final = 1 << 20


class UnansweredError(Exception):
    """There was no answer; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(
    address: str,
    method: str,
    target: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    *,
    seconds: float,
    verify: bool = True,
    authority: Path | None = None,
) -> Answer:
    """The answer to a request, whose target is sent as it is. Raises UnansweredError.

    ``authority`` has certificates to trust beside the system's; without ``verify`` every one is good.
    """
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or parts.hostname is None:
        raise UnansweredError(f"{address[:200]!r} is no address such as https://files.example.com")
    try:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=seconds)
        if parts.scheme == "https":
            context = _context(verify=verify, authority=authority)
            connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=seconds, context=context)
    except ValueError as error:
        raise UnansweredError(f"{address[:200]!r}: {error}") from None
    try:
        with suppress(BrokenPipeError, ConnectionResetError):  # a refusal may come before the body went
            connection.request(method, target, body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=told, body=response.read(_BODY_MAX_BYTES))
    except ssl.SSLCertVerificationError as error:
        raise UnansweredError(f"its certificate is not trusted: {error.verify_message}") from error
    except (OSError, http.client.HTTPException) as error:
        raise UnansweredError(str(error) or type(error).__name__) from error
    finally:
        connection.close()


def _context(*, verify: bool, authority: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if authority is not None and authority.exists():
        context.load_verify_locations(authority)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
