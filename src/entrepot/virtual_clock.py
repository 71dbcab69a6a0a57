"""A clock that tests turn: stopped, set and moved, in all processes of one server at once.

Law: only a server in dev mode makes one, in ``DATA/run/clock``; it starts with the real time, and a server that is not
in dev mode removes what an earlier one left. All workers, and commands on the same folder, read the same eight bytes
of shared memory, which hold one number and so are never seen half written. Durations, such as timeouts, do not follow.

The number is microseconds times four, plus two when clients follow, plus one when the clock stands still: a moment
since 1970 when it stands, else how far it is ahead of the real time.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock

_STOPPED, _FOLLOWED = 1, 2
_MICROSECONDS: Final = 1_000_000
_BYTES: Final = 8
LATEST: Final = 4_000_000_000.0
"""The latest moment, in seconds since 1970: year 2096, which every format of a date can say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a virtual clock shows: its ``time`` and the real one in seconds since 1970, and whether it is stopped.

    With ``clients_follow`` a request that is signed in its headers counts as signed by this clock, because most SDKs
    cannot be told another time. Presigned addresses, forms and the lives of keys are judged by the clock alone.
    """

    time: float
    real_time: float
    stopped: bool
    clients_follow: bool


def make(path: Path) -> None:
    """Put a clock that shows the real time there, for all processes that read it from now on."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(struct.pack("=q", _FOLLOWED))
    fresh.replace(path)


class VirtualClock:
    """The clock of a folder; ``real`` tells the time that it is turned against."""

    def __init__(self, path: Path, real: Clock) -> None:
        self._real = real
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._memory = mmap.mmap(self._file, _BYTES)
        self._word = memoryview(self._memory).cast("q")

    def __call__(self) -> float:
        """Seconds since 1970."""
        word = self._word[0]
        at = (word >> 2) / _MICROSECONDS
        return at if word & _STOPPED else self._real() + at

    def clients_ahead(self) -> float:
        """How many seconds to add to what a client without this clock has signed; 0 when clients do not follow."""
        return self() - self._real() if self._word[0] & _FOLLOWED else 0.0

    def read(self) -> Reading:
        """What it shows now."""
        word, real_time = self._word[0], self._real()
        at = (word >> 2) / _MICROSECONDS
        return Reading(
            time=at if word & _STOPPED else real_time + at,
            real_time=real_time,
            stopped=bool(word & _STOPPED),
            clients_follow=bool(word & _FOLLOWED),
        )

    def turn(
        self,
        *,
        at: float | None = None,
        by: float = 0.0,
        stopped: bool | None = None,
        clients_follow: bool | None = None,
    ) -> Reading:
        """Set the clock to ``at``, or leave it; move it on ``by`` seconds (back, when negative); stop it or let it go.

        What is None stays as it is. Raises Fault PARAMETER_INVALID for a moment before 1970 or after LATEST.
        """
        fcntl.flock(self._file, fcntl.LOCK_EX)  # two that move it at once both move it
        try:
            before = self.read()
            time = (before.time if at is None else at) + by
            if not 0 <= time <= LATEST:
                raise Fault(Kind.PARAMETER_INVALID, "the clock can be set to moments from 1970 to 2096")
            stands = before.stopped if stopped is None else stopped
            follow = before.clients_follow if clients_follow is None else clients_follow
            word = self._word[0]
            unturned = at is None and not by and stands == before.stopped
            shown = word >> 2 if unturned else round((time if stands else time - before.real_time) * _MICROSECONDS)
            self._word[0] = shown << 2 | _FOLLOWED * follow | _STOPPED * stands
            return self.read()
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def reset(self) -> Reading:
        """Show the real time again, and go."""
        self._word[0] = _FOLLOWED
        return self.read()

    def close(self) -> None:
        """Release the memory."""
        self._word.release()
        self._memory.close()
        os.close(self._file)
