"""The server's clock, as a test turns it: stop, set, move, go. Everything of the server follows but its timeouts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from entrepot.testing.calls import Calls

PATH = "/dev/clock"


class ServerClock:
    """Turns the clock of one server, for all its workers at once. It is shared by all tests that use that server.

    After a turn the server does at once what housekeeping does from time to time, so that what a lifecycle rule ends
    is gone when the call returns; ``sweep=False`` leaves that. Clients sign by their own clocks, so a request that is
    signed in its headers counts as signed by the server's clock, unless ``clients_follow=False``: then it is refused as
    skewed.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @property
    def now(self) -> datetime:
        """What it shows."""
        return _moment(self._calls.get(PATH))

    def stop(self) -> datetime:
        """Let it stand still."""
        return self._turn(stopped=True)

    def go(self) -> datetime:
        """Let it go on from where it stands."""
        return self._turn(stopped=False)

    def set(self, at: datetime | float, *, sweep: bool = True, clients_follow: bool | None = None) -> datetime:
        """Set it to a moment: a datetime (in UTC where it names no zone), or seconds since 1970."""
        seconds = at if isinstance(at, int | float) else _in_zone(at).timestamp()
        return self._turn(at=f"{seconds:.6f}", sweep=sweep, clients_follow=clients_follow)

    def move(
        self,
        seconds: float = 0.0,
        *,
        minutes: float = 0.0,
        hours: float = 0.0,
        days: float = 0.0,
        sweep: bool = True,
        clients_follow: bool | None = None,
    ) -> datetime:
        """Move it on by so much, or back when that is negative."""
        by = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
        return self._turn(move=f"{by:.3f}", sweep=sweep, clients_follow=clients_follow)

    def reset(self) -> datetime:
        """Show the real time again, and go."""
        return self._turn(real=True)

    def _turn(self, **given: Any) -> datetime:
        return _moment(self._calls.post(PATH, **given))


def _moment(answer: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(answer["seconds"], UTC)


def _in_zone(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
