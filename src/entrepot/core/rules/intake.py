"""Intake: bytes that arrive become staged content, before any name points at them.

Small bodies stay in memory and will live in the index row; longer ones go to a blob file while they stream. Limits are
enforced on the bytes that really arrive. Whatever no name took over when the request ends is thrown away.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable
from types import TracebackType
from typing import Self

from entrepot.core.facts.digests import Digester, crc64_of
from entrepot.core.facts.records import Bucket, Protection, Seal, Staged
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Blobs, Clock, Sealing
from entrepot.core.rights.circumstances import LATE
from entrepot.core.rights.denial import denied
from entrepot.core.rights.grant import Access, Right
from entrepot.core.rights.identity import Principal
from entrepot.core.rules.sealed import SealedSink, seal_of, sealed_bytes
from entrepot.core.value import changed


class Intake:
    """Stages the bodies of one request. Use as an async context manager: leaving it discards what was not adopted."""

    def __init__(
        self, blobs: Blobs, *, inline_bytes: int, who: Principal | None = None, clock: Clock | None = None
    ) -> None:
        self._blobs = blobs
        self._inline_bytes = inline_bytes
        self._who = who
        self._clock = clock
        self._expected: list[Access] = []
        self._staged: list[Staged] = []

    @property
    def sealing(self) -> Sealing:
        """How what is staged is encrypted, where it is."""
        return self._blobs.sealing

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        orphans = [staged.name for staged in self._staged if staged.name is not None]
        self._staged.clear()
        if orphans:
            with contextlib.suppress(Fault):  # a disk that fails: the sweep finds them later
                await self._blobs.remove(orphans)

    def permit(self, right: Right, bucket: Bucket, key: str) -> None:
        """Let whoever asks go on and send a body; asked before the first byte is read, and again when it is stored.

        Raises:
            Fault: ACCESS_DENIED.
        """
        if self._who is None or self._clock is None:
            return
        access = Access(right=right, account=bucket.account, bucket=bucket.name, key=key, at=self._clock())
        if self._who.grant.conditional:
            access = changed(access, around=self._who.around, pending=LATE)
            self._expected = [access]
        if not self._who.grant.permits(access):
            fault = Fault(Kind.ACCESS_DENIED, f"this credential may not {right.value} {key!r} in {bucket.name!r}")
            raise denied(fault, access, self._who)

    def expect(self, rights: Iterable[Right], bucket: Bucket, key: str) -> None:
        """Say what a body is for where that is known only once it was read: nothing is refused but what is too long."""
        if self._who is None or self._clock is None or not self._who.grant.conditional:
            return
        self._expected = [
            Access(
                right=right, account=bucket.account, bucket=bucket.name, key=key, at=self._clock(),
                around=self._who.around, pending=LATE,
            )
            for right in rights
        ]  # fmt: skip

    def adopted(self, staged: Staged) -> None:
        """A transaction is about to point at ``staged``."""
        # By name as well: of what is adopted the digests may be told otherwise than of what was staged.
        self._staged = [other for other in self._staged if other is not staged and not _same_file(other, staged)]

    def returned(self, staged: Staged) -> None:
        """The transaction that was to point at ``staged`` certainly did not happen."""
        self._staged.append(staged)

    async def stage(
        self,
        chunks: AsyncIterator[bytes | bytearray],
        *,
        limit: int,
        sha1: bool = False,
        md5: bool = False,
        more: frozenset[str] = frozenset(),
        protection: Protection | None = None,
    ) -> Staged:
        """Take in a body.

        Args:
            chunks: the bytes.
            limit: how many bytes there may be at most.
            sha1: whether to keep the SHA-1.
            md5: whether to keep the MD5.
            more: names of further digests to keep.
            protection: how to encrypt the bytes; None leaves them plain.

        Raises:
            Fault: TOO_LARGE as soon as more than ``limit`` bytes arrived, ACCESS_DENIED when more than what was
                permitted may have; STORAGE_FULL, STORAGE_FAILED.
        """
        if self._who is not None and self._who.limits.max_bytes is not None:
            limit = min(limit, self._who.limits.max_bytes)
        if self._who is not None and self._expected:
            longest = [self._who.grant.longest(access) for access in self._expected]
            known = [length for length in longest if length is not None]
            if len(known) == len(longest):
                chunks = _cut(chunks, max(known), self._expected[0], self._who)
        digester = Digester(sha1=sha1, md5=md5, more=more)
        held: list[bytes] = []
        received = 0
        async for chunk in chunks:
            received += len(chunk)
            _check_limit(received, limit)
            held.append(bytes(chunk))
            if received > self._inline_bytes:
                del chunk  # among many uploads, what each frame still holds adds up
                return await self._stage_file(digester, held, chunks, limit, protection)
        self._blobs.check_room()
        data = b"".join(held)
        digester.update(data)
        if protection is not None:
            return self._sealed(digester, data, protection)
        return self._kept(digester, received, data=data)

    def _sealed(self, digester: Digester, data: bytes, protection: Protection) -> Staged:
        sealing = self._blobs.sealing
        key = sealing.new_key()
        sealed = sealed_bytes(sealing.cipher(key), data)
        seal = seal_of(sealing, key, crc64_of(sealed), protection.client_key)
        return self._kept(digester, len(data), data=sealed, seal=seal)

    async def _stage_file(
        self,
        digester: Digester,
        held: list[bytes],
        chunks: AsyncIterator[bytes | bytearray],
        limit: int,
        protection: Protection | None,
    ) -> Staged:
        """Empties ``held``, what arrived already."""
        sealing = self._blobs.sealing
        key = b"" if protection is None else sealing.new_key()
        sealed = None if protection is None else SealedSink(self._blobs, digester, sealing.cipher(key))
        begun_at = None if self._clock is None else self._clock()
        sink = self._blobs.create(digester) if sealed is None else sealed
        received = 0
        try:
            while held:
                received += len(held[0])
                await sink.write(held.pop(0))
            async for chunk in chunks:
                received += len(chunk)
                _check_limit(received, limit)
                await sink.write(bytes(chunk))
            name = await sink.seal()
        except BaseException:
            await sink.discard()
            raise
        if sealed is None or protection is None:
            return self._kept(digester, received, name=name, begun_at=begun_at)
        seal = seal_of(sealing, key, sealed.crc64, protection.client_key)
        return self._kept(digester, received, name=name, seal=seal, begun_at=begun_at)

    def _kept(
        self,
        digester: Digester,
        size: int,
        *,
        name: str | None = None,
        data: bytes | None = None,
        seal: Seal | None = None,
        begun_at: float | None = None,
    ) -> Staged:
        """What was taken in: a blob of this name, or these bytes themselves. It is thrown away unless adopted."""
        staged = Staged(
            size=size,
            crc64=digester.crc64,
            sha1=digester.sha1,
            md5=digester.md5,
            name=name,
            data=data,
            checksums=digester.more,
            seal=seal,
            begun_at=begun_at,
        )
        self._staged.append(staged)
        return staged


def _same_file(one: Staged, other: Staged) -> bool:
    return one.name is not None and one.name == other.name


async def _cut(
    chunks: AsyncIterator[bytes | bytearray], most: int, access: Access, who: Principal
) -> AsyncIterator[bytes | bytearray]:
    """The chunks, until they are more than the conditions of a grant let pass."""
    received = 0
    async for chunk in chunks:
        received += len(chunk)
        if received > most:
            came = changed(access, asked=changed(access.asked, content_length=received))
            fault = Fault(Kind.ACCESS_DENIED, f"this credential may not store more than {most} bytes here")
            raise denied(fault, came, who)
        yield chunk


def _check_limit(received: int, limit: int) -> None:
    if received > limit:
        raise Fault(Kind.TOO_LARGE, f"the content is longer than {limit} bytes", limit=limit)
