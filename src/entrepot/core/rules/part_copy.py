"""What must be known of the bytes of a part that is copied, before a transaction points at them.

A copied part is answered with an entity tag, and with the checksum that its upload keeps. Where the source has both
digests of just these bytes nothing is read.
"""

from __future__ import annotations

from entrepot.core import operations as ops
from entrepot.core.facts.digests import Digester
from entrepot.core.facts.records import Object, Staged, same_seal
from entrepot.core.ports import Blobs, Reader
from entrepot.core.rights.identity import Principal
from entrepot.core.rules import reading
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.multipart import PartDigests, named, source_of
from entrepot.core.rules.restaging import Wanted, restage
from entrepot.core.rules.sealed import encryption_of


async def digested(
    reader: Reader, blobs: Blobs, intake: Intake, op: ops.CopyPart, who: Principal, now: float
) -> PartDigests:
    """The digests of a part's bytes, which are read where they must be, and taken in again if encrypted otherwise.

    Raises:
        Fault: what :func:`source_of` and reading refuse.
    """
    source, length = source_of(reader, blobs.sealing, op, who, now)
    kept = named(reader, op.bucket, op.key, op.upload).attributes.checksum
    shown = op.checksum_text
    more = frozenset({kept.algorithm} if kept is not None and shown is not None else ())
    if not same_seal(source.attributes.encryption, encryption_of(op.protection)) or op.client_key is not None:
        wish = Wanted(
            source=source, first=op.first, length=length, client_key=op.client_key, protection=op.protection, more=more
        )
        content = await restage(reader, blobs, intake, wish)
        digest = _of_staged(op, content, *more) if more else None
        checksum = shown(digest) if shown is not None and digest is not None else ""
        return PartDigests(
            source=source, length=length, crc64=content.crc64, md5=content.md5 or b"", checksum=checksum,
            content=content,
        )  # fmt: skip
    if length == source.size and source.parts == 0 and source.md5 is not None and source.crc64 is not None:
        known = _whole(source, *more) if more else ""
        if known is not None:
            return PartDigests(source=source, length=length, crc64=source.crc64, md5=source.md5, checksum=known)
    digester = Digester(sha1=False, md5=True, more=more)
    await reading.reopen(reader, blobs, source).digest(digester, op.first, length)
    found = {"sha1": digester.sha1, "md5": digester.md5, **digester.more}
    digest = found[next(iter(more))] if more else None
    checksum = shown(digest) if shown is not None and digest is not None else ""
    return PartDigests(
        source=source, length=length, crc64=digester.crc64, md5=digester.md5 or b"", checksum=checksum
    )  # fmt: skip


def _whole(source: Object, algorithm: str) -> str | None:
    """The checksum of all bytes of an object; None where it has none of this kind."""
    checksum = source.attributes.checksum
    if checksum is None or checksum.algorithm != algorithm or checksum.composite:
        return None
    return checksum.value or None


def _of_staged(op: ops.CopyPart, content: Staged, algorithm: str) -> bytes | None:
    """One digest of bytes that were taken in; an MD5 that is masked is none."""
    if algorithm == "md5":
        return None if op.protection is not None and op.protection.masks_md5 else content.md5
    return content.sha1 if algorithm == "sha1" else content.checksums[algorithm]
