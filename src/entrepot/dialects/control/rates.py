"""How often one account may call one API: a window of one second that moves, in each worker process.

Only calls whose signature was good are counted, so what is kept is bounded by the accounts there are.
"""

from __future__ import annotations

from collections import deque

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock

_WINDOW_SECONDS = 1.0


class Rates:
    """Counts calls by account and API. ``per_second`` is for all workers together, which share it evenly."""

    def __init__(self, per_second: int, clock: Clock, workers: int = 1) -> None:
        self._most = max(1, per_second // max(1, workers))
        self._clock = clock
        self._calls: dict[tuple[int, str], deque[float]] = {}

    def check(self, account: int, api: str) -> None:
        """Count a call. Raises Fault THROTTLED when it is one too many."""
        now = self._clock()
        calls = self._calls.get((account, api))
        if calls is None:
            calls = self._calls[account, api] = deque(maxlen=self._most)
        if len(calls) == self._most and 0 <= now - calls[0] < _WINDOW_SECONDS:
            raise Fault(Kind.THROTTLED, f"{api} was called more than {self._most} times in a second")
        calls.append(now)
