"""Digests of bytes as they pass: CRC64 always, others where a dialect promises them.

Knows hashlib and the CRC; must not know who asks. CRC64 is the one of XZ (ECMA-182, reflected).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

import anycrc
from fastcrc import crc32, crc64


def crc64_of(data: bytes | memoryview, before: int = 0) -> int:
    """CRC64 of ``data``, going on from ``before``."""
    return crc64.xz(data, before)


_NVME = anycrc.Model("CRC64-NVME")
_MODELS: Final = {
    "crc32": anycrc.Model("CRC32"),
    "crc32c": anycrc.Model("CRC32-ISCSI"),
    "crc64nvme": _NVME,
}
"""CRCs that can be joined."""


class _Crc:
    """A CRC with the manners of hashlib; the digest is big-endian."""

    __slots__ = ("_length", "_more", "_value")

    def __init__(self, more: Callable[[Any, int], int], length: int) -> None:
        self._more = more
        self._length = length
        self._value = 0

    def update(self, data: bytes | memoryview) -> None:
        self._value = self._more(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._length, "big")


ALGORITHMS: Final[dict[str, Callable[[], Any]]] = {
    "crc32": lambda: _Crc(crc32.iso_hdlc, 4),
    "crc32c": lambda: _Crc(crc32.iscsi, 4),
    "crc64nvme": lambda: _Crc(_NVME.calc, 8),
    "crc64": lambda: _Crc(crc64.xz, 8),
    "md5": lambda: hashlib.md5(usedforsecurity=False),
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
}
"""Every digest by name. A digest is raw bytes."""


def digest(name: str, data: bytes) -> bytes:
    """One digest of bytes that are in memory."""
    run = ALGORITHMS[name]()
    run.update(data)
    found: bytes = run.digest()
    return found


def joined_crc(name: str, first: int, second: int, second_length: int) -> int:
    """The CRC of two runs of bytes one after another, from their CRCs; ``name`` is one of ``_MODELS``."""
    return int(_MODELS[name].combine(first, second, second_length))


class Digester:
    """Running digests of one stream; ``more`` names further ones of ``ALGORITHMS``."""

    __slots__ = ("_md5", "_more", "_sha1", "_updates", "crc64", "size")

    def __init__(self, *, sha1: bool, md5: bool, more: frozenset[str] = frozenset()) -> None:
        self._sha1: Any = ALGORITHMS["sha1"]() if sha1 or "sha1" in more else None
        self._md5: Any = ALGORITHMS["md5"]() if md5 or "md5" in more else None
        self._more: dict[str, Any] = {name: ALGORITHMS[name]() for name in more - {"sha1", "md5", "crc64"}}
        self._updates = [run.update for run in (self._sha1, self._md5, *self._more.values()) if run is not None]
        self.crc64 = 0
        self.size = 0

    def update(self, data: bytes | memoryview) -> None:
        """Take in the next bytes."""
        self.crc64 = crc64.xz(data, self.crc64)
        self.size += len(data)
        for update in self._updates:
            update(data)

    @property
    def sha1(self) -> bytes | None:
        """SHA-1 so far, when asked for."""
        return None if self._sha1 is None else self._sha1.digest()

    @property
    def md5(self) -> bytes | None:
        """MD5 so far, when asked for."""
        return None if self._md5 is None else self._md5.digest()

    @property
    def more(self) -> dict[str, bytes]:
        """The further digests so far, by name."""
        return {name: run.digest() for name, run in self._more.items()}
