"""A small text that the processes of one data folder share: read often, changed seldom, each change whole.

A change is written beside the file and put in its place, under a lock between processes, so that a reader finds the old
text or the new one. What is read is kept until the file is another one. It is not for what must outlive a server.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable
from pathlib import Path


class SharedText:
    """One such text; there is none (empty) until it is first changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = path.with_suffix(".lock")
        self._known: tuple[int, int, int] | None = None
        self._text = b""

    def read(self) -> bytes:
        """The text, which may be one change behind."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return b""
        mark = (found.st_ino, found.st_mtime_ns, found.st_size)
        if mark != self._known:
            self._text, self._known = self._fresh(), mark
        return self._text

    def change(self, apply: Callable[[bytes], bytes]) -> None:
        """Have the text that ``apply`` makes of the newest one; nobody else changes it meanwhile."""
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            old = self._fresh()
            new = apply(old)
            if new != old:
                fresh = self._path.with_suffix(".fresh")
                fresh.write_bytes(new)
                fresh.replace(self._path)
        finally:
            os.close(descriptor)

    def remove(self) -> None:
        """Have no text, as when a server starts."""
        self._path.unlink(missing_ok=True)

    def _fresh(self) -> bytes:
        with contextlib.suppress(FileNotFoundError):
            return self._path.read_bytes()
        return b""
