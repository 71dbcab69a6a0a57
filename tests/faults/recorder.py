"""A disk that writes down what is done to it: one file, served through FUSE, for a loop device to lie on.

Law: every write and every flush is in the journal before the kernel is told that it is done, in the order in which they
came. So a power cut can be made of any moment of a run, afterwards: what was flushed by then is on the disk; of what
was written since, any part may be. Run as a program it serves until it is unmounted; the rest reads the journal.
Source: include/uapi/linux/fuse.h; Documentation/admin-guide/device-mapper/log-writes.rst for the idea.
"""

from __future__ import annotations

import ctypes
import errno
import os
import random
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_IN = struct.Struct("<IIQQIIII")  # struct fuse_in_header
_OUT = struct.Struct("<IiQ")  # struct fuse_out_header
_INIT_OUT = struct.Struct("<IIIIHHIIHHI28x")
_ATTR_OUT = struct.Struct("<QII QQQQQQ IIIIIIIIII")
_READ_IN = struct.Struct("<QQI")
_WRITE_IN = struct.Struct("<QQIIQII")
_FORGET, _GETATTR, _SETATTR, _OPEN, _READ, _WRITE = 2, 3, 4, 14, 15, 16
_RELEASE, _FSYNC, _FLUSH, _INIT, _INTERRUPT, _DESTROY, _BATCH_FORGET = 18, 20, 25, 26, 36, 38, 42
_BIG_WRITES, _MAX_PAGES, _DIRECT_IO = 1 << 5, 1 << 22, 1
_MOST_BYTES = 1 << 20

_ENTRY = struct.Struct("<QQ")
"""Of the journal: where and how many bytes, which follow. A flush is at ``_FLUSHED``."""
_FLUSHED = 2**64 - 1
SECTOR_BYTES = 4096
"""What a disk writes whole or not at all. With less ext4 does not come back: its superblock has a checksum."""


class _Disk:
    """The requests of the kernel, one after the other."""

    def __init__(self, image: str, journal: str) -> None:
        self._image = os.open(image, os.O_RDWR)
        self._journal = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = os.fstat(self._image).st_size

    def serve(self, device: int) -> None:
        while True:
            try:
                asked = os.read(device, _MOST_BYTES + 65_536)
            except OSError as error:
                if error.errno == errno.ENODEV:  # unmounted
                    return
                if error.errno in {errno.EINTR, errno.ENOENT, errno.EAGAIN}:
                    continue
                raise
            _, code, unique, *_ = _IN.unpack_from(asked)
            if code in {_FORGET, _BATCH_FORGET, _INTERRUPT}:
                continue
            failed, said = self._answer(code, memoryview(asked)[_IN.size :])
            os.write(device, _OUT.pack(_OUT.size + len(said), -failed, unique) + said)
            if code == _DESTROY:
                return

    def _answer(self, code: int, rest: memoryview) -> tuple[int, bytes]:
        match code:
            case 26:  # INIT
                flags = _BIG_WRITES | _MAX_PAGES
                return 0, _INIT_OUT.pack(7, 31, _MOST_BYTES, flags, 16, 12, _MOST_BYTES, 1, _MOST_BYTES >> 12, 0, 0)
            case 3 | 4:  # GETATTR, SETATTR
                return 0, _ATTR_OUT.pack(
                    3600, 0, 0, 1, self._size, self._size >> 9, 0, 0, 0, 0, 0, 0, 0o100600, 1, 0, 0, 0, 4096, 0
                )
            case 14:  # OPEN
                return 0, struct.pack("<QII", 0, _DIRECT_IO, 0)
            case 15:  # READ
                _, offset, count = _READ_IN.unpack_from(rest)
                return 0, os.pread(self._image, count, offset)
            case 16:  # WRITE
                _, offset, count, *_ = _WRITE_IN.unpack_from(rest)
                data = rest[_WRITE_IN.size : _WRITE_IN.size + count]
                os.writev(self._journal, [_ENTRY.pack(offset, count), data])
                os.pwrite(self._image, data, offset)
                return 0, struct.pack("<II", count, 0)
            case 20:  # FSYNC
                os.write(self._journal, _ENTRY.pack(_FLUSHED, 0))
                return 0, b""
            case 18 | 25 | 38:  # RELEASE, FLUSH, DESTROY
                return 0, b""
            case _:
                return errno.ENOSYS, b""


def main(image: str, at: str, journal: str) -> None:
    """Mount the image as the file ``at`` and serve it."""
    device = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    told = f"fd={device},rootmode=100000,user_id=0,group_id=0".encode()
    if libc.mount(b"recorder", at.encode(), b"fuse", 0, told) != 0:
        raise OSError(ctypes.get_errno(), "cannot mount FUSE")
    print("mounted", flush=True)
    _Disk(image, journal).serve(device)


@dataclass(frozen=True, slots=True)
class Entry:
    """One write, or a flush when there are no bytes. ``end`` is where the journal goes on."""

    offset: int
    data: bytes
    end: int


def entries(journal: Path) -> Iterator[Entry]:
    """The journal from its beginning."""
    end = 0
    with journal.open("rb") as file:
        while head := file.read(_ENTRY.size):
            offset, count = _ENTRY.unpack(head)
            data = file.read(count)
            end += _ENTRY.size + count
            yield Entry(offset, data, end)


class Cuts:
    """Images of a disk as power cuts left it, at later and later moments of one run."""

    def __init__(self, image: Path, journal: Path) -> None:
        """``image`` is the disk as it was before the run; it is changed."""
        self._file = os.open(image, os.O_RDWR)
        self._entries = entries(journal)
        self._pending: list[Entry] = []
        self._next: Entry | None = next(self._entries, None)

    def cut(self, moment: int, rng: random.Random) -> tuple[dict[int, bytes], int]:
        """What else may be on the disk when the power fails at this end of the journal, and how many sectors are lost.

        The image has everything that was flushed by then.
        """
        while self._next is not None and self._next.end <= moment:
            if self._next.data:
                self._pending.append(self._next)
            else:
                for entry in self._pending:
                    os.pwrite(self._file, entry.data, entry.offset)
                self._pending.clear()
            self._next = next(self._entries, None)
        return self._left(rng)

    def _left(self, rng: random.Random) -> tuple[dict[int, bytes], int]:
        """What is kept of the writes that were not flushed: none, the first, any, or any of their sectors.

        Something of them is lost each time: a cut that takes nothing is a kill, which other tests try.
        """
        sectors = [
            (number, entry.offset + at, entry.data[at : at + SECTOR_BYTES])
            for number, entry in enumerate(self._pending)
            for at in range(0, len(entry.data), SECTOR_BYTES)
        ]
        if not sectors:
            return {}, 0
        way = rng.choice(["none", "first", "any", "any", "torn"])
        units = range(len(sectors) if way == "torn" else len(self._pending))
        first, unlucky = rng.choice(units), rng.choice(units)
        stays = [unit < first if way == "first" else unit != unlucky and rng.random() < 0.5 for unit in units]
        if way == "none":
            stays = [False for _ in units]
        kept = [
            (offset, data)
            for place, (number, offset, data) in enumerate(sectors)
            if stays[place if way == "torn" else number]
        ]
        return dict(kept), len(sectors) - len(kept)


if __name__ == "__main__":
    main(*sys.argv[1:])
