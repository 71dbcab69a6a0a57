"""What an operator may choose about connections. Settings only: reading them loads no server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """What a client may take. Times in seconds."""

    header_bytes: int = 32 * 1024
    header_count: int = 100
    header_seconds: float = 20.0
    body_idle_seconds: float = 60.0
    request_seconds: float = 3600.0
    unverified_bytes: int = 32 << 20
    unverified_seconds: float = 30.0
