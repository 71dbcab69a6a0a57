"""Restaging: the bytes of an object once more, encrypted otherwise, before a transaction points at them.

A copy whose encryption is its source's shares the source's bytes; only other ones come here. They are read and written
as a stream, so that a long object costs no memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from entrepot.core.facts.records import ClientKey, Object, Protection, Staged
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Blobs, Reader
from entrepot.core.rules import reading
from entrepot.core.rules.content import Windows
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.sealed import masked
from entrepot.core.value import Value


class Wanted(Value, frozen=True, kw_only=True):
    """``length`` bytes of an object from ``first`` on; ``client_key`` opens them, ``protection`` is their new one."""

    source: Object
    first: int
    length: int
    client_key: ClientKey | None
    protection: Protection | None
    more: frozenset[str] = frozenset()
    """Further digests to take of them."""


async def restage(reader: Reader, blobs: Blobs, intake: Intake, wanted: Wanted) -> Staged:
    """Read, and take in again.

    Raises:
        Fault: PRECONDITION_FAILED when the object changed meanwhile, whatever reading and taking in refuse.
    """
    opened = reading.reopen(reader, blobs, wanted.source, wanted.client_key)
    windows = opened.stream(wanted.first, wanted.length)
    content = await intake.stage(
        _bytes_of(windows), limit=wanted.length, md5=True, more=wanted.more, protection=wanted.protection
    )
    crc64 = wanted.source.crc64
    if wanted.length == wanted.source.size and crc64 is not None and content.crc64 != crc64:
        raise Fault(Kind.STORAGE_FAILED, "the bytes of this object are damaged; ask the operator to run fsck")
    return masked(blobs.sealing, content, wanted.protection)


async def _bytes_of(windows: Windows) -> AsyncIterator[bytes]:
    async for window in windows:
        yield bytes(window)
