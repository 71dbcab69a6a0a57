"""What must be read of an object before a transaction makes a copy of it.

A copy shares its source's bytes, and nothing is read, unless it is encrypted otherwise than its source or asked for a
checksum that the source has not. The transaction then checks that the source is still the same.
"""

from __future__ import annotations

from entrepot.core import operations as ops
from entrepot.core.facts.digests import Digester
from entrepot.core.facts.records import Checksum, Staged, same_seal
from entrepot.core.ports import Blobs, Reader
from entrepot.core.rights.identity import Principal
from entrepot.core.rules import reading
from entrepot.core.rules.condition_facts import resolved_object
from entrepot.core.rules.copying import Reread, full_checksum, source_of
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.restaging import Wanted, restage
from entrepot.core.rules.sealed import encryption_of


async def reread(
    reader: Reader, blobs: Blobs, intake: Intake, op: ops.CopyInto, who: Principal, now: float
) -> Reread | None:
    """The digests and bytes that a copy needs; None where nothing needs to be read.

    Raises:
        Fault: what :func:`source_of`, reading and taking in refuse.
    """
    there = resolved_object(reader, op.source_bucket, op.source_key)
    if there is None:
        return None  # the transaction refuses it
    had = there.attributes.encryption
    shares = same_seal(had, encryption_of(op.protection)) and op.source_client_key is None
    if shares and (op.checksum is None or full_checksum(there, op.checksum) is not None):
        return None
    source = source_of(reader, blobs.sealing, op, who, now)
    absent = op.checksum is not None and full_checksum(source, op.checksum) is None
    more = frozenset({op.checksum} if op.checksum is not None and absent else ())
    if shares:
        digester = Digester(sha1=False, md5=False, more=more)
        await reading.reopen(reader, blobs, source).digest(digester, 0, source.size)
        found = {"sha1": digester.sha1, "md5": digester.md5, **digester.more}
        return Reread(source=source, checksum=_kept(op, found))
    wish = Wanted(
        source=source, first=0, length=source.size, client_key=op.source_client_key, protection=op.protection, more=more
    )
    content = await restage(reader, blobs, intake, wish)
    return Reread(source=source, content=content, checksum=_kept(op, _digests_of(op, content)) if more else None)


def _kept(op: ops.CopyInto, found: dict[str, bytes | None]) -> Checksum | None:
    """The checksum as it is kept; None where it may not be told."""
    digest = None if op.checksum is None else found[op.checksum]
    if digest is None or op.checksum is None or op.checksum_text is None:
        return None
    return Checksum(algorithm=op.checksum, value=op.checksum_text(digest))


def _digests_of(op: ops.CopyInto, content: Staged) -> dict[str, bytes | None]:
    """Digests of bytes that were taken in; an MD5 that is masked is none."""
    masks = op.protection is not None and op.protection.masks_md5
    return {"sha1": content.sha1, "md5": None if masks else content.md5, **content.checksums}
