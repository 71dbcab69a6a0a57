"""How far a move is: what is told of it, and the estimate of how long it still takes.

A row counts as much as a few kilobytes do, so that one rate stands for both. What an earlier run did is no work of
this one. Must not know where rows come from.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

Tell = Callable[[dict[str, Any]], None]
_ROW_BYTES = 4096
_EVERY_SECONDS = 0.5


class Progress:
    """Counts, and tells at most twice a second. ``rows`` and ``bytes`` are what this run has to move."""

    def __init__(self, tell: Tell, rows: int, size: int) -> None:
        self._tell = tell
        self.rows, self.bytes = rows, size
        self.rows_done = self.bytes_done = 0
        self._begun = time.monotonic()
        self._told = 0.0

    @property
    def seconds(self) -> float:
        """Since this run began."""
        return time.monotonic() - self._begun

    def add(self, what: str, *, rows: int = 0, size: int = 0) -> None:
        """So much more is done."""
        self.rows_done += rows
        self.bytes_done += size
        if time.monotonic() - self._told >= _EVERY_SECONDS:
            self._told = time.monotonic()
            self._tell({"event": "progress", "what": what, **self.state()})

    def state(self) -> dict[str, Any]:
        """Where it is; ``seconds_left`` is an estimate, None as long as nothing is known."""
        seconds = max(self.seconds, 1e-3)
        done = self.rows_done * _ROW_BYTES + self.bytes_done
        left = max(0, self.rows - self.rows_done) * _ROW_BYTES + max(0, self.bytes - self.bytes_done)
        return {
            "rows": self.rows_done,
            "of_rows": max(self.rows, self.rows_done),
            "bytes": self.bytes_done,
            "of_bytes": max(self.bytes, self.bytes_done),
            "bytes_per_second": round(self.bytes_done / seconds),
            "seconds": round(seconds, 1),
            "seconds_left": round(left * seconds / done) if done else None,
        }
