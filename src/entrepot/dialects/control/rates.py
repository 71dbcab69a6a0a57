"""How often one account may call one API: a window of one second that moves, in each process.

Only calls whose signature was good are counted, so what is kept is bounded by the accounts there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock

_WINDOW_SECONDS = 1.0


class Rates:
    """Counts calls by account and API. ``per_second`` is for all that serve together, who share it evenly.

    ``sharers`` tells how many processes serve, on this machine and on others.
    """

    def __init__(self, per_second: int, clock: Clock, sharers: Callable[[], int] = lambda: 1) -> None:
        self._per_second = per_second
        self._sharers = sharers
        self._clock = clock
        self._calls: dict[tuple[int, str], deque[float]] = {}

    def check(self, account: int, api: str) -> None:
        """Count a call. Raises Fault THROTTLED when it is one too many."""
        now = self._clock()
        most = max(1, self._per_second // max(1, self._sharers()))
        calls = self._calls.get((account, api))
        if calls is None:
            calls = self._calls[account, api] = deque(maxlen=max(1, self._per_second))
        if len(calls) >= most and 0 <= now - calls[-most] < _WINDOW_SECONDS:
            raise Fault(Kind.THROTTLED, f"{api} was called more than {most} times in a second")
        calls.append(now)
