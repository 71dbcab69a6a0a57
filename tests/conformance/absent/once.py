"""What a program of absent features tells of each call: that it was refused, and with how many requests.

The server's own counter says how many came. Runs in the SDK's environment: the standard library alone. The words are
those of :mod:`conformance.programs`.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from typing import Any

REFUSALS = frozenset({400, 405, 501})
"""What is said of what a bucket cannot do: no status that these SDKs repeat, and none that has another reason."""


def _requests(address: str) -> float:
    """How many requests the server has answered, of whatever kind."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{address}/-/metrics", timeout=30) as reply:
        lines = reply.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("entrepot_requests_total{"))


def perform(address: str, calls: dict[str, Callable[[], Any]], status: Callable[[BaseException], int | None]) -> None:
    """Make every call; each must end with the server's refusal, which ``status`` reads from the SDK's error."""
    own = _requests(address)
    own = _requests(address) - own
    for name, call in calls.items():
        before = _requests(address)
        try:
            call()
            told = "no error came"
        except Exception as error:  # noqa: BLE001 - whatever an SDK raises is told
            told = "" if status(error) in REFUSALS else f"{type(error).__name__}: {error}"[:500]
        times = _requests(address) - before - own
        print(f"ok {name}" if not told and times == 1 else f"FAILED {name}: {told!r} after {times:g} requests")
