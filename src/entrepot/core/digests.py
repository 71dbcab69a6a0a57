"""Digests of bytes as they pass: CRC64 always, SHA-1 and MD5 where a dialect promises them.

Knows hashlib and the CRC; must not know who asks. CRC64 is the one of XZ (ECMA-182, reflected).
"""

from __future__ import annotations

import hashlib
from typing import Any

from fastcrc import crc64


def crc64_of(data: bytes | memoryview, before: int = 0) -> int:
    """CRC64 of ``data``, going on from ``before``."""
    return crc64.xz(data, before)


class Digester:
    """Running digests of one stream."""

    __slots__ = ("_md5", "_sha1", "crc64", "size")

    def __init__(self, *, sha1: bool, md5: bool) -> None:
        self._sha1: Any = hashlib.sha1(usedforsecurity=False) if sha1 else None
        self._md5: Any = hashlib.md5(usedforsecurity=False) if md5 else None
        self.crc64 = 0
        self.size = 0

    def update(self, data: bytes | memoryview) -> None:
        """Take in the next bytes."""
        self.crc64 = crc64.xz(data, self.crc64)
        self.size += len(data)
        if self._sha1 is not None:
            self._sha1.update(data)
        if self._md5 is not None:
            self._md5.update(data)

    @property
    def sha1(self) -> bytes | None:
        """SHA-1 so far, when asked for."""
        return None if self._sha1 is None else self._sha1.digest()

    @property
    def md5(self) -> bytes | None:
        """MD5 so far, when asked for."""
        return None if self._md5 is None else self._md5.digest()
