"""Sealed blobs: written while their plain bytes stream, and read at any place by their plain offsets.

Knows how chunks lie in a blob. Must not know whose key it is that opens them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from entrepot.core.facts.digests import Digester, crc64_of
from entrepot.core.facts.records import BY_DEFAULT, Blob, Bucket, ClientKey, Encryption, Protection, Seal, Staged
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import CHUNK_BYTES, TAG_BYTES, BlobReader, Blobs, ChunkCipher, Sealing, sealed_size
from entrepot.core.value import changed

_PORTION_BYTES = 4 * CHUNK_BYTES
"""How much is encrypted at once while it is written, in a thread; it is held in memory for each upload."""
_AT_ONCE_BYTES = 2 * CHUNK_BYTES
_WINDOW_BYTES = 16 * CHUNK_BYTES
_SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES


def with_client_key(sealing: Sealing, key: ClientKey, *, masks_md5: bool) -> Protection:
    """With a key that the client keeps."""
    return Protection(encryption=Encryption(mark=sealing.mark(key)), client_key=key, masks_md5=masks_md5)


def default_of(bucket: Bucket) -> Protection | None:
    """How a bucket encrypts what is stored in it without a word about that."""
    return BY_DEFAULT if bucket.settings.encryption else None


def encryption_of(protection: Protection | None) -> Encryption | None:
    """What an object says of how it is encrypted."""
    return None if protection is None else protection.encryption


def masked(sealing: Sealing, content: Staged, protection: Protection | None) -> Staged:
    """The content with the MD5 that may be shown."""
    if protection is None or not protection.masks_md5 or protection.client_key is None or content.md5 is None:
        return content
    return changed(content, md5=sealing.masked(content.md5, protection.client_key))


def seal_of(sealing: Sealing, key: bytes, crc64: int, client_key: ClientKey | None) -> Seal:
    """What is kept of a blob's key; ``crc64`` is that of the sealed bytes."""
    if client_key is None:
        return Seal(key=key, crc64=crc64)
    return Seal(key=sealing.wrap(key, client_key), by_client=True, crc64=crc64)


def sealed_bytes(cipher: ChunkCipher, data: bytes) -> bytes:
    """All chunks of bytes that are in memory."""
    whole = memoryview(data)
    return b"".join(
        cipher.seal(at // CHUNK_BYTES, whole[at : at + CHUNK_BYTES], last=at + CHUNK_BYTES >= len(data))
        for at in range(0, len(data), CHUNK_BYTES)
    )


class SealedSink:
    """A new sealed blob being written: :class:`entrepot.core.ports.Sink`. ``digester`` sees the plain bytes."""

    def __init__(self, blobs: Blobs, digester: Digester, cipher: ChunkCipher) -> None:
        self._sealed = Digester(sha1=False, md5=False)
        self._sink = blobs.create(self._sealed)
        self._digester = digester
        self._cipher = cipher
        self._held = bytearray()
        self._number = 0

    @property
    def crc64(self) -> int:
        """Of the sealed bytes; only after ``seal``."""
        return self._sealed.crc64

    async def write(self, data: bytes) -> None:
        """Take in plain bytes. At least one is held back, because the last chunk is sealed as such."""
        self._held += data
        while len(self._held) > _PORTION_BYTES:
            portion = bytes(self._held[:_PORTION_BYTES])
            del self._held[:_PORTION_BYTES]
            await self._sink.write(await asyncio.to_thread(self._encrypt, portion, last=False))

    def _encrypt(self, portion: bytes, *, last: bool) -> bytes:
        self._digester.update(portion)
        whole = memoryview(portion)
        sealed = []
        for at in range(0, len(portion), CHUNK_BYTES):
            ends = last and at + CHUNK_BYTES >= len(portion)
            sealed.append(self._cipher.seal(self._number, whole[at : at + CHUNK_BYTES], last=ends))
            self._number += 1
        return b"".join(sealed)

    async def seal(self) -> str:
        """Write what is left, and make all of it durable."""
        if self._held:
            portion = bytes(self._held)
            self._held.clear()
            await self._sink.write(await asyncio.to_thread(self._encrypt, portion, last=True))
        return await self._sink.seal()

    async def discard(self) -> None:
        """Throw it away."""
        self._held.clear()
        await self._sink.discard()


def unwrapped(sealing: Sealing, blob: Blob, key: ClientKey | None) -> Blob:
    """The blob with the key that opens it. Raises Fault ACCESS_DENIED (reason ``customer-key``)."""
    seal = blob.seal
    if seal is None or not seal.by_client:
        return blob
    if key is None:
        raise _locked()
    return changed(blob, seal=Seal(key=sealing.unwrap(seal.key, key), crc64=seal.crc64))


def _locked() -> Fault:
    return Fault(Kind.ACCESS_DENIED, "only the client has the key of these bytes", reason="customer-key")


def _damaged() -> Fault:
    return Fault(Kind.STORAGE_FAILED, "the bytes of this object are damaged; ask the operator to run fsck")


def cipher_of(sealing: Sealing, seal: Seal) -> ChunkCipher:
    """The cipher of a blob whose key is there. Raises Fault ACCESS_DENIED (reason ``customer-key``)."""
    if seal.by_client:
        raise _locked()
    return sealing.cipher(seal.key)


def opened_bytes(blobs: Blobs, blob: Blob, seal: Seal) -> bytes:
    """The plain bytes of a sealed blob that lives in the index. Raises Fault STORAGE_FAILED."""
    data = blob.data
    if data is None or len(data) != sealed_size(blob.size):
        raise _damaged()
    cipher, whole = cipher_of(blobs.sealing, seal), memoryview(data)
    return b"".join(
        cipher.open(at // _SEALED_CHUNK, whole[at : at + _SEALED_CHUNK], last=at + _SEALED_CHUNK >= len(data))
        for at in range(0, len(data), _SEALED_CHUNK)
    )


class SealedReader:
    """The plain bytes of a sealed file: :class:`entrepot.core.ports.BlobReader`."""

    __slots__ = ("_cipher", "_length", "_opened", "_sealed")

    def __init__(self, sealed: BlobReader, size: int, cipher: ChunkCipher) -> None:
        self._sealed = sealed
        self._length = sealed_size(size)
        self._cipher = cipher
        self._opened: tuple[int, memoryview] | None = None

    def view(self, offset: int, length: int) -> memoryview:
        """A window, decrypted."""
        if self._opened is not None and self._opened[0] == offset and len(self._opened[1]) == length:
            return self._opened[1]
        return self._decrypt(offset, length)

    async def ready(self, offset: int, length: int, until: int = 0) -> None:
        """Have the window in memory and decrypted; a long one by a thread."""
        start, end = self._span(offset, length)
        # Where windows begin within chunks, the next one begins with the last chunk of this: not what comes ahead.
        aligned = offset % CHUNK_BYTES == 0 and length % CHUNK_BYTES == 0
        await self._sealed.ready(start, end - start, self._span(0, until)[1] if aligned and until else 0)
        if length <= _AT_ONCE_BYTES:
            self._opened = offset, self._decrypt(offset, length)
        else:
            self._opened = offset, await asyncio.to_thread(self._decrypt, offset, length)

    def once(self, offset: int, length: int) -> Iterator[memoryview]:
        """Window after window, on this thread."""
        end = offset + length
        while offset < end:
            upto = min(end, offset - offset % CHUNK_BYTES + _WINDOW_BYTES)
            yield self._decrypt(offset, upto - offset)
            offset = upto

    def _span(self, offset: int, length: int) -> tuple[int, int]:
        """Where the chunks begin and end that hold a window."""
        first, beyond = offset // CHUNK_BYTES, -(-(offset + length) // CHUNK_BYTES)
        return first * _SEALED_CHUNK, min(beyond * _SEALED_CHUNK, self._length)

    def _decrypt(self, offset: int, length: int) -> memoryview:
        start, end = self._span(offset, length)
        sealed = self._sealed.view(start, end - start)
        if len(sealed) != end - start:
            raise _damaged()
        plain = bytearray()
        for at in range(0, len(sealed), _SEALED_CHUNK):
            piece = sealed[at : at + _SEALED_CHUNK]
            number = (start + at) // _SEALED_CHUNK
            plain += self._cipher.open(number, piece, last=start + at + len(piece) == self._length)
        skipped = offset % CHUNK_BYTES
        return memoryview(plain)[skipped : skipped + length]


def sealed_problem(blob: Blob, seal: Seal, blobs: Blobs) -> str | None:
    """What is wrong with the sealed bytes themselves, which can be told without their key; None when nothing is."""
    length = sealed_size(blob.size)
    crc64 = 0
    try:
        if blob.data is not None:
            if len(blob.data) != length:
                return f"has {len(blob.data)} sealed bytes instead of {length}"
            crc64 = crc64_of(blob.data)
        elif blob.name is not None:
            for window in blobs.open(blob.name, length).once(0, length):
                crc64 = crc64_of(window, crc64)
        else:
            return "its bytes are missing"
    except Fault as fault:
        return fault.message
    return None if crc64 == seal.crc64 else "its sealed bytes do not have the CRC64 that was stored"
