"""Whether anybody committed anything: two numbers in memory that all processes of a data folder share.

Facts: SQLite tells (``PRAGMA data_version``), but after each commit of another connection that reads the log's index
and lets go of every page read so far, which was a twentieth of what a small upload cost. Whoever commits holds the
lock of the folder, so one at a time changes these numbers; a number is odd while a commit is under way, so that nobody
takes what he knows for the newest at the moment at which the commit may be seen already.

A commit that fails, or whose process dies, leaves them odd, because it is not known what will be seen of it; that costs
others a look each time, until the next commit that succeeds.
"""

from __future__ import annotations

import mmap
import os

_BYTES = 16
_ANY, _IDENTITY = 0, 1


class CommitMarks:
    """The numbers of one folder. Make one, and call ``begin`` and ``end``, only with the folder's lock held.

    Args:
        descriptor: the lock file, open for reading and writing; the numbers are kept in it.
    """

    def __init__(self, descriptor: int) -> None:
        if os.fstat(descriptor).st_size < _BYTES:
            os.pwrite(descriptor, bytes(_BYTES), 0)  # a hole would end the process when there is no room to fill it
        self._numbers = memoryview(mmap.mmap(descriptor, _BYTES)).cast("Q")

    def begin(self, *, identity: bool) -> None:
        """A commit begins; ``identity`` when it changes accounts, keys, buckets or domains."""
        self._numbers[_ANY] |= 1
        if identity:
            self._numbers[_IDENTITY] |= 1

    def end(self) -> None:
        """It succeeded."""
        for place in (_ANY, _IDENTITY):
            self._numbers[place] += self._numbers[place] & 1

    def newest(self) -> int | None:
        """A number for what is committed; None while that changes."""
        number = self._numbers[_ANY]
        return None if number & 1 else number

    def newest_identity(self) -> int | None:
        """The same for accounts, keys, buckets and domains alone."""
        number = self._numbers[_IDENTITY]
        return None if number & 1 else number
