"""How far this machine's clock is from those that matter to a gateway: the database's and the store's.

All gateways go by the database's clock, so a machine's own may be wrong without harm to what they share. But what a
store is asked is signed with the machine's, which the store's client takes itself (object_store, ``AwsAuthorizer``: a
date of its own is for its tests only), and a store refuses what is signed a quarter of an hour off. So an offset is
told while it is small: to the log when it comes and goes, and to whoever asks how this gateway is. Changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from entrepot.log import log

NOTICE_SECONDS: Final = 5.0
"""From here on a clock is off: well above what the questions are exact to, and what a machine with NTP ever has."""
_EVERY_SECONDS: Final = 15.0
_WHY: Final = {
    "database": "all gateways go by that one",
    "store": "a store refuses what is signed 15 minutes off",
}

Look = Callable[[], Awaitable[float | None]]
"""Asks how many seconds this machine's clock is ahead of another; None when that cannot be told now."""


class Clocks:
    """What one process knows of them; ``looks`` has what asks for each, by whose clock it is."""

    def __init__(self, looks: Mapping[str, Look]) -> None:
        self._looks = looks
        self._told: set[str] = set()
        self.ahead: dict[str, float] = {}
        """Seconds that this machine's clock is ahead, by whose clock it is compared with."""

    async def run(self) -> None:
        """Look for ever, and tell the log when a clock is found to be off, and when it is right again."""
        while self._looks:
            await self.look()
            for whose, ahead in self.ahead.items():
                is_off = abs(ahead) >= NOTICE_SECONDS
                if is_off and whose not in self._told:
                    self._told.add(whose)
                    log.warning("clock_off", of=whose, ahead_seconds=round(ahead, 1), why=_notice(whose, ahead))
                elif not is_off and whose in self._told:
                    self._told.discard(whose)
                    log.info("clock_right", of=whose, ahead_seconds=round(ahead, 1))
            await asyncio.sleep(_EVERY_SECONDS)

    async def look(self) -> None:
        """Ask all of them once."""
        for whose, look in self._looks.items():
            ahead = await look()
            if ahead is None:
                self.ahead.pop(whose, None)
            else:
                self.ahead[whose] = ahead

    def notices(self) -> list[str]:
        """A sentence for each clock that is off: by how much, and what to do."""
        return [_notice(whose, ahead) for whose, ahead in self.ahead.items() if abs(ahead) >= NOTICE_SECONDS]


def _notice(whose: str, ahead: float) -> str:
    where = "ahead of" if ahead > 0 else "behind"
    return f"this machine's clock is {abs(ahead):.0f} s {where} the {whose}'s; set it by NTP ({_WHY[whose]})"
