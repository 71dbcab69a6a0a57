"""How often somebody may try to log in: so many failures a minute for one address and id, and for one address.

Counted in each worker process, in bounded memory. Nobody can lock somebody else out from another address.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from entrepot.core.fault import Fault, Kind

SECONDS: Final = 60.0
FAILURES, FAILURES_OF_ADDRESS = 5, 30
_KEPT: Final = 10_000


class Attempts:
    """Failures of the last minute. ``timer`` is a clock that is never set back."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._failures: dict[tuple[str, str | None], list[float]] = {}

    def check(self, client: str, key_id: str) -> None:
        """Raises Fault THROTTLED; then the secret is not even looked at."""
        now = self._timer()
        for place, most in (((client, key_id), FAILURES), ((client, None), FAILURES_OF_ADDRESS)):
            lately = [at for at in self._failures.get(place, ()) if now - at < SECONDS]
            if len(lately) >= most:
                raise Fault(Kind.THROTTLED, "too many failed attempts to log in; wait a minute", key_id=key_id[:80])

    def failed(self, client: str, key_id: str) -> None:
        """Count a failure."""
        now = self._timer()
        for place, most in (((client, key_id), FAILURES), ((client, None), FAILURES_OF_ADDRESS)):
            lately = [at for at in self._failures.pop(place, ()) if now - at < SECONDS]
            self._failures[place] = [*lately, now][-most:]
        while len(self._failures) > _KEPT:
            del self._failures[next(iter(self._failures))]

    def passed(self, client: str, key_id: str) -> None:
        """Forget the failures of who got in."""
        self._failures.pop((client, key_id), None)
