"""Where uploads wait that do not fit into memory: files without names in a gateway's own folder.

A crowd of uploads, or of slow senders, must cost a gateway disk and not memory. A file has no name, so nothing is left
of it whatever happens to the process. Used from threads. Must not know what a store is.
"""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Sequence
from pathlib import Path

from entrepot.core.fault import Fault, Kind

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Memory:
    """Bytes of memory that the uploads of one process share."""

    def __init__(self, total: int) -> None:
        self._left = total

    def take(self, count: int) -> bool:
        """Whether there are so many left; then they are taken."""
        if count > self._left:
            return False
        self._left -= count
        return True

    def give(self, count: int) -> None:
        """Give so many back."""
        self._left += count


class Spool:
    """The bytes of one upload, written once and then read once. Raises Fault STORAGE_FULL, STORAGE_FAILED."""

    def __init__(self, folder: Path) -> None:
        self.size = 0
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - open until close()
        except OSError as error:
            raise _failed(error) from error

    def write(self, chunks: Sequence[bytes]) -> None:
        """Add bytes."""
        try:
            for chunk in chunks:
                view = memoryview(chunk)
                while view:
                    view = view[self._file.write(view) :]
                self.size += len(chunk)
        except OSError as error:
            raise _failed(error) from error

    def rewind(self) -> None:
        """Read from the beginning."""
        self._file.seek(0)

    def read(self, most: int) -> bytes:
        """The next bytes; as many as there are, up to ``most``."""
        pieces, left = [], most
        try:
            while left and (piece := self._file.read(left)):
                pieces.append(piece)
                left -= len(piece)
        except OSError as error:
            raise _failed(error) from error
        return b"".join(pieces)

    def close(self) -> None:
        """Let it go."""
        self._file.close()


def _failed(error: OSError) -> Fault:
    if error.errno in _FULL:
        return Fault(Kind.STORAGE_FULL, "the disk of this gateway is full, where crowded uploads wait; try again")
    return Fault(Kind.STORAGE_FAILED, "this gateway cannot keep crowded uploads on its disk; try again")
