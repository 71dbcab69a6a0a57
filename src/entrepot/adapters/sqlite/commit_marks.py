"""Whether anybody committed anything: two numbers in memory that all processes of a data folder share.

Facts: SQLite tells (``PRAGMA data_version``), but after each commit of another connection that reads the log's index
and lets go of every page read so far, which was a twentieth of what a small upload cost. Whoever commits holds the
lock of the folder, so one at a time changes these numbers; a number is odd while a commit is under way, so that nobody
takes what he knows for the newest at the moment at which the commit may be seen already.

A commit that fails, or whose process dies, leaves them odd, because it is not known what will be seen of it; that costs
others a look each time, until the next commit that succeeds.

They are read through mapped memory and written as a file is: on a disk that is full, broken or read-only a store to
mapped memory ends the process, where a write says that it failed.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import struct

_NUMBERS = struct.Struct("=QQ")
_ANY, _IDENTITY = 0, 1


class CommitMarks:
    """The numbers of one folder. Make one, and call ``begin`` and ``end``, only with the folder's lock held.

    Args:
        descriptor: the lock file, open for reading and writing; the numbers are kept in it.
    """

    def __init__(self, descriptor: int) -> None:
        if os.fstat(descriptor).st_size < _NUMBERS.size:
            os.pwrite(descriptor, bytes(_NUMBERS.size), 0)
        self._descriptor = descriptor
        self._numbers = memoryview(mmap.mmap(descriptor, _NUMBERS.size, prot=mmap.PROT_READ)).cast("Q")

    def begin(self, *, identity: bool) -> None:
        """A commit begins; ``identity`` when it changes accounts, keys, buckets or domains.

        Raises:
            OSError: others could not be told, so nothing may be committed.
        """
        self._write(self._numbers[_ANY] | 1, self._numbers[_IDENTITY] | identity)

    def end(self) -> None:
        """It succeeded. When others cannot be told, they look each time, as after a commit that failed."""
        with contextlib.suppress(OSError):
            self._write(*(number + (number & 1) for number in self._numbers))

    def _write(self, newest: int, identity: int) -> None:
        os.pwrite(self._descriptor, _NUMBERS.pack(newest, identity), 0)

    def newest(self) -> int | None:
        """A number for what is committed; None while that changes."""
        number = self._numbers[_ANY]
        return None if number & 1 else number

    def newest_identity(self) -> int | None:
        """The same for accounts, keys, buckets and domains alone."""
        number = self._numbers[_IDENTITY]
        return None if number & 1 else number
