"""How often one account may call one API: a window of one second that moves, in each worker process."""

from __future__ import annotations

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from entrepot.core.fault import Fault, Kind


class Rates:
    """Counts calls by account and API. ``per_second`` is for all workers together, which share it evenly."""

    def __init__(self, per_second: int, workers: int = 1) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._item = RateLimitItemPerSecond(max(1, per_second // max(1, workers)))

    def check(self, account: int, api: str) -> None:
        """Count a call. Raises Fault THROTTLED when it is one too many."""
        if not self._limiter.hit(self._item, str(account), api):
            raise Fault(Kind.THROTTLED, f"{api} was called more than {self._item.amount} times in a second")
