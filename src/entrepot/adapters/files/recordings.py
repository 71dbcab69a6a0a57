"""What a recording keeps while it goes on: lines of exchanges, and bodies that are too long for a line.

Each process has a file of its own, so that none waits for another; whoever reads them puts them in order of time. It is
not for what must outlive a crash: nothing is forced to the disk. Must not know what a line says.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Final, Self

HELD_MAX_BYTES: Final = 64 << 10
"""More than that of a body is not held in memory."""


class Room:
    """Where one process keeps what it records: at most so many lines and bytes."""

    def __init__(self, folder: Path, exchanges: int, bytes_max: int) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._name = f"{os.getpid()}"
        self._lines_left = exchanges
        self._bytes_left = bytes_max
        self._bodies = 0
        self._file = os.open(
            folder / f"{self._name}.lines", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
        )

    def take(self, count: int) -> bool:
        """Whether there is room for so many bytes more; then it is less."""
        if count > self._bytes_left:
            return False
        self._bytes_left -= count
        return True

    def write(self, line: bytes) -> bool:
        """Keep a line; False when there is no room."""
        if not self._lines_left or not self.take(len(line)):
            return False
        self._lines_left -= 1
        os.write(self._file, line + b"\n")
        return True

    def spool(self) -> Spool:
        """For one body."""
        self._bodies += 1
        return Spool(self, self._folder / f"{self._name}-{self._bodies}.body")

    def close(self) -> None:
        """Nothing more is kept."""
        os.close(self._file)


class Spool:
    """The bytes of one body as they pass; in memory as long as they are few, then in a file."""

    def __init__(self, room: Room, path: Path) -> None:
        self._room = room
        self._path = path
        self._held = bytearray()
        self._file: int | None = None
        self._digest = hashlib.sha256()
        self.size = 0
        self.overflown = False
        """Whether there was no room for all of it; then none of it is kept."""

    def write(self, piece: bytes | memoryview) -> None:
        """Take a piece."""
        if self.overflown or not len(piece):
            return
        self.size += len(piece)
        self._digest.update(piece)
        if self._file is None and self.size <= HELD_MAX_BYTES:
            self._held += piece
            return
        if not self._room.take(len(piece) + len(self._held)):
            self.overflown = True
            self.drop()
            return
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            _write(self._file, self._held)
            self._held.clear()
        _write(self._file, piece)

    def read(self, most: int) -> bytes | None:
        """All of it; None when it is longer than that."""
        if self.size > most:
            return None
        return bytes(self._held) if self._file is None else os.pread(self._file, self.size, 0)

    def keep(self) -> tuple[str, str]:
        """The name of its file, which stays, and the digest."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        return self._path.name, self._digest.hexdigest()

    def restart(self) -> None:
        """Forget what came."""
        self.drop()
        self.size = 0
        self.overflown = False
        self._digest = hashlib.sha256()

    def drop(self) -> None:
        """Have no file any more."""
        self._held.clear()
        if self._file is not None:
            os.close(self._file)
            self._file = None
            self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self.drop()


def _write(file: int, piece: bytes | bytearray | memoryview) -> None:
    left = memoryview(piece)
    while left:
        left = left[os.write(file, left) :]


class Captures:
    """The files of the recordings of a data folder, for whoever fetches them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def room(self, name: str, exchanges: int, bytes_max: int) -> Room:
        """Where this process keeps what it records under a name."""
        return Room(self.folder / name, exchanges, bytes_max)

    def files(self, name: str) -> dict[str, int]:
        """The files of one recording, with their lengths."""
        folder = self.folder / name
        return {one.name: one.stat().st_size for one in sorted(folder.iterdir())} if folder.is_dir() else {}

    def part(self, name: str, file: str, begin: int, most: int) -> bytes:
        """Some bytes of a file; empty where there are none. ``file`` is one of :meth:`files`."""
        if file not in self.files(name):
            return b""
        with (self.folder / name / file).open("rb") as opened:
            opened.seek(begin)
            return opened.read(most)

    def remove(self) -> None:
        """Have none of them."""
        shutil.rmtree(self.folder, ignore_errors=True)
