"""The newest explained refusals in one file of fixed size, which all processes of a server share.

Each record has a slot; the oldest is overwritten. A head says which slot is next, and is moved under a lock for which
nobody waits longer than some milliseconds. A slot has its number and a checksum, so that one half written, or written
by two at once, counts as empty. Nothing is synced: a machine that falls loses what is not kept for good anyway. Must
not know what a cause is.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import time
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from entrepot.core.explanation import Explained

SLOT_BYTES: Final = 4096
_HEAD: Final = struct.Struct("<8sQQ")
"""A mark, how many slots there are, and the number of the next record."""
_MARK: Final = b"explain1"
_SLOT: Final = struct.Struct("<QII")
"""A record's number (from 1), its length and its CRC32."""
_TRIES: Final = 50
_WAIT_SECONDS: Final = 0.0002
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Explained).decode


class KeptExplanations:
    """:class:`entrepot.core.ports.Explanations` in a file of at most ``slots`` records; none are kept with 0."""

    def __init__(self, path: Path, slots: int) -> None:
        self._path = path
        self._slots = slots
        self._file: int | None = None

    def keep(self, record: Explained) -> None:
        """Keep one in the place of the oldest."""
        if not self._slots:
            return
        data = next((data for data in _written(record) if len(data) <= SLOT_BYTES - _SLOT.size), None)
        if data is None:
            return
        with contextlib.suppress(OSError):
            file = self._open()
            number = self._next(file)
            if number is not None:
                slot = _SLOT.pack(number, len(data), zlib.crc32(data)) + data
                os.pwrite(file, slot, self._place(number))

    def find(self, request: str) -> Explained | None:
        """The one of a request; its id may be written as any of the clouds writes ids."""
        wanted = _spellings(request)
        return next((one for one in self._records() if any(map(one.request.startswith, wanted))), None)

    def newest(self, count: int) -> list[Explained]:
        """The newest ones, the newest first."""
        return list(islice(self._records(), count))

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> int:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        return self._file

    def _place(self, number: int) -> int:
        return SLOT_BYTES * (1 + number % self._slots)

    def _next(self, file: int) -> int | None:
        """Take the next number; None when others hold the lock all the while."""
        for tried in range(_TRIES):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if tried > _TRIES // 2:
                    time.sleep(_WAIT_SECONDS)  # its holder needs a processor
                continue
            try:
                number = self._head(file) or self._begin(file)
                os.pwrite(file, _HEAD.pack(_MARK, self._slots, number + 1), 0)
                return number
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)
        return None

    def _head(self, file: int) -> int:
        """The next number; 0 for a file that is new, or was made for another number of slots."""
        head = os.pread(file, _HEAD.size, 0)
        if len(head) < _HEAD.size:
            return 0
        mark, slots, number = _HEAD.unpack(head)
        return int(number) if (mark, slots) == (_MARK, self._slots) else 0

    @staticmethod
    def _begin(file: int) -> int:
        os.ftruncate(file, 0)
        return 1

    def _records(self) -> Iterator[Explained]:
        """What can be read, the newest first, as far as whoever asks goes on."""
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return
        try:
            yield from _read(file)
        except (OSError, OverflowError):  # the latter for a head that is damaged
            return
        finally:
            os.close(file)


def _read(file: int) -> Iterator[Explained]:
    """From the slot before the head's back to the oldest. What was overwritten meanwhile has another number."""
    head = os.pread(file, _HEAD.size, 0)
    if len(head) < _HEAD.size:
        return
    mark, slots, following = _HEAD.unpack(head)
    if mark != _MARK or not slots:
        return
    most = min(slots, -(-os.fstat(file).st_size // SLOT_BYTES))
    for number in range(following - 1, max(0, following - 1 - most), -1):
        slot = os.pread(file, SLOT_BYTES, SLOT_BYTES * (1 + number % slots))
        if len(slot) <= _SLOT.size:
            continue
        found, length, checksum = _SLOT.unpack_from(slot)
        data = slot[_SLOT.size : _SLOT.size + length]
        if found == number and zlib.crc32(data) == checksum:
            with contextlib.suppress(msgspec.DecodeError):
                yield _decode(data)


def _written(record: Explained) -> Iterator[bytes]:
    """A record, and shorter ones for what does not fit: an escaped letter may take six bytes."""
    yield _encode(record)
    for letters, names in ((120, 12), (40, 5)):
        told = {name: text[:letters] for name, text in list(record.told.items())[:names]}
        cut = {name: getattr(record, name)[:letters] for name in ("why", "bucket", "object")}
        yield _encode(msgspec.structs.replace(record, told=told, **cut))


_SHORTEST: Final = 16
"""What is shorter would name many requests."""


def _spellings(request: str) -> list[str]:
    """The beginnings of our own id that a written id stands for: with hyphens, in capitals, cut, or after 14 digits."""
    plain = request.strip().replace("-", "").lower()
    if len(plain) == 32 and plain[:14].isdecimal():
        return [plain, plain[14:]]
    return [plain] if len(plain) >= _SHORTEST else []
