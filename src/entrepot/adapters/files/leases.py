"""Leases as locked files: the kernel gives a lease back when its holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path


class FileLeases:
    """:class:`entrepot.core.ports.Leases` in ``run/leases`` of the data folder, for the processes of one machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "run" / "leases"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._held: dict[str, int] = {}

    def take(self, name: str) -> bool:
        """Try to lock; never waits."""
        if name in self._held:
            return True
        path = self._folder / name
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _locked(descriptor, path):
            os.close(descriptor)
            return False
        self._held[name] = descriptor
        return True

    def drop(self, name: str) -> None:
        """Unlock and tidy up."""
        descriptor = self._held.pop(name, None)
        if descriptor is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._folder / name)
            os.close(descriptor)


def _locked(descriptor: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The holder before may have unlinked the file that was just locked.
        return os.fstat(descriptor).st_ino == path.stat().st_ino
    except (BlockingIOError, FileNotFoundError):
        return False
