"""The test's side of shim.c: compile it, and switch disk faults on and off in running processes.

Law: a fault holds exactly inside the `with` block, in every process that preloads the shim.
"""

from __future__ import annotations

import errno
import mmap
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHIM = Path(__file__).with_name("shim.c")
LAYOUT = struct.Struct("=IIqQQQ216s")  # struct page of shim.c

_DIARY_AT = struct.calcsize("=IIqQQ")

INDEX = "*/index.db*"
BLOBS = "*/blobs/*"


def compiler() -> str | None:
    """The C compiler, if there is one."""
    return shutil.which("cc")


def build(folder: Path) -> Path:
    """Compile the shim into a folder."""
    library = folder / "shim.so"
    flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    command = [compiler() or "cc", *flags, "-o", str(library), str(SHIM)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return library


class Disk:
    """The control page of one server."""

    def __init__(self, root: Path, library: Path) -> None:
        control = root / "faults.page"
        control.write_bytes(bytes(4096))
        self._diary = root / "faults.page.diary"
        with control.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), 4096)
        self.env = {
            "LD_PRELOAD": str(library),
            "FAULT_CONTROL": str(control),
            "FAULT_ROOT": str((root / "data").resolve()),
        }

    @contextmanager
    def full(self, pattern: str, *, room: int = 0, error: int = errno.ENOSPC) -> Iterator[None]:
        """Writes to matching files fail, after so many bytes that still go through."""
        with self._set(write=error, sync=0, room=room, pattern=pattern):
            yield

    @contextmanager
    def unsynced(self, pattern: str) -> Iterator[None]:
        """fsync and fdatasync of matching files fail with EIO."""
        with self._set(write=0, sync=errno.EIO, room=0, pattern=pattern):
            yield

    @contextmanager
    def diary(self) -> Iterator[list[tuple[str, str]]]:
        """What happened inside the block, in order: (W, S or R, path or reply), filled at its end."""
        events: list[tuple[str, str]] = []
        start = self._diary.stat().st_size
        struct.pack_into("=Q", self._page, _DIARY_AT, 1)
        try:
            yield events
        finally:
            struct.pack_into("=Q", self._page, _DIARY_AT, 0)
        lines = self._diary.read_bytes()[start:].decode().splitlines()
        events += [(line[0], line[2:]) for line in lines]

    def hits(self) -> int:
        """How many calls have failed so far in the present fault."""
        _, _, _, writes, syncs, _, _ = LAYOUT.unpack_from(self._page)
        return int(writes + syncs)

    def close(self) -> None:
        """Let the page go."""
        self._page.close()

    @contextmanager
    def _set(self, *, write: int, sync: int, room: int, pattern: str) -> Iterator[None]:
        LAYOUT.pack_into(self._page, 0, 0, 0, room, 0, 0, 0, pattern.encode())
        struct.pack_into("=II", self._page, 0, write, sync)
        try:
            yield
        finally:
            struct.pack_into("=II", self._page, 0, 0, 0)
