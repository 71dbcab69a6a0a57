"""Our blobs at a store under test, each in a prefix of its own, and with a clock of the store that can be turned."""

from __future__ import annotations

import dataclasses
import secrets
import time
from datetime import timedelta

from cluster.stores import CREDENTIALS, Store
from entrepot.adapters.s3_backend.address import Place
from entrepot.adapters.s3_backend.blobs import MARGIN_SECONDS, MEMORY_BYTES, S3Blobs

AT_ONCE = -MARGIN_SECONDS
"""How long a request may take, so that what was just stored may be an orphan already."""


def fresh_place(store: Store) -> Place:
    """Where nothing lies yet."""
    return dataclasses.replace(store.place(), prefix=f"{secrets.token_hex(8)}/")


def opened(
    place: Place,
    *,
    request_seconds: float = AT_ONCE,
    seconds: float = 20.0,
    later: float = 2.0,
    memory_bytes: int = MEMORY_BYTES,
) -> S3Blobs:
    """Blobs there. The store's clock is taken to be ``later`` seconds on; two are for its whole seconds."""
    blobs = S3Blobs(
        place,
        CREDENTIALS,
        lambda: secrets.token_hex(16),
        time.time,
        request_seconds=request_seconds,
        seconds=seconds,
        memory_bytes=memory_bytes,
    )
    turn(blobs, later)
    return blobs


def turn(blobs: S3Blobs, seconds: float) -> None:
    """Have the store's clock ``seconds`` on from now."""
    true = type(blobs.calls).now
    blobs.calls.now = lambda: true(blobs.calls) + timedelta(seconds=seconds)  # type: ignore[method-assign]
