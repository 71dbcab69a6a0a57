"""Room on the disk that is set aside, so that deleting and withdrawing go on when there is no other.

A change of the index needs room even when it gives some back. The reserve is a file that holds nothing: a commit that
finds the disk full gives it up and is tried again, and until the file can be made anew nobody may store bytes. So what
was set aside is left to changes that store none. All processes of a folder see the same file.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from entrepot.core.fault import Fault, Kind

RESERVE_BYTES = 4 << 20
_LOOK_SECONDS = 0.5
"""How soon a process learns that another one gave the reserve up."""


class Reserve:
    """The reserve of one data folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "run" / "reserve"
        self._looked_at = time.monotonic()
        self._held = self._hold()

    def check(self) -> None:
        """Refuse what would store bytes while the reserve is given up.

        Raises:
            Fault: STORAGE_FULL.
        """
        now = time.monotonic()
        if not self._held or now - self._looked_at > _LOOK_SECONDS:
            self._looked_at = now
            self._held = self._hold()
        if not self._held:
            raise Fault(Kind.STORAGE_FULL, "the disk is full; nothing was stored")

    def give_up(self) -> bool:
        """Let a change have the room; False when there was none set aside, or it cannot be had."""
        self._held = False
        with contextlib.suppress(OSError):
            if self._path.stat().st_size:
                os.truncate(self._path, 0)
                return True
        return False

    def _hold(self) -> bool:
        """Set the room aside, if it is not; False when the disk is full. Other failures are found by who writes."""
        try:
            if self._path.stat().st_size == RESERVE_BYTES:
                return True
        except FileNotFoundError:
            pass
        except OSError:
            return True
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return True
        try:
            os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, 0)
            return False
        finally:
            os.close(descriptor)
        return True
