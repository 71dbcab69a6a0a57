"""Named points at which a fault test may kill the process, as a power cut would.

``ENTREPOT_CRASH_AT=index.applied:3`` sends SIGKILL to the process when it passes ``index.applied`` for the third time.
Without the variable a passage costs one comparison.
"""

from __future__ import annotations

import os
import signal

POINTS = frozenset({
    "blob.created", "blob.written", "blob.synced", "blob.linked",
    "index.begun", "index.applied", "index.committed",
    "audit.half", "reply.start", "sweep.unlinked", "move.step", "rotate.step",
})  # fmt: skip

_armed, _, _count = os.environ.get("ENTREPOT_CRASH_AT", "").partition(":")
_left = int(_count or 1)
if _armed and _armed not in POINTS:
    raise SystemExit(f"ENTREPOT_CRASH_AT={_armed!r} is not a crash point; there are: {', '.join(sorted(POINTS))}")


def passing(point: str) -> None:
    """Die here if a test asked for it."""
    if point != _armed:
        return
    global _left  # noqa: PLW0603 - a counter of this process, and it dies with it
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
