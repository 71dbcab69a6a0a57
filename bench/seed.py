"""`python -m bench.seed DATA BUCKET PREFIX COUNT`: many small objects straight into the index of a stopped
server.

Law: the one module of the benchmark that imports `entrepot`; it only makes a million objects in a minute
instead of many, through the index port that the server itself writes through, and is never part of a
measured run. Whoever calls it walks the listing afterwards and counts.
"""

from __future__ import annotations

import asyncio
import functools
import sys
from pathlib import Path

from bench.sign import APPID
from entrepot.app import Folder, now
from entrepot.config import load
from entrepot.core.digests import Digester
from entrepot.core.ports import Transaction
from entrepot.core.records import PLAIN, Object, Segment, Staged

BATCH = 10_000


def put(tx: Transaction, bucket: str, prefix: str, numbers: range) -> None:
    """Put the objects with these numbers: key `prefix` + 16 digits.

    All have the same 16 bytes, each its own copy of them: with contents of their own, their digests would fall all
    over the index and make it slow to fill, which is not what is measured here.
    """
    owner = tx.bucket(int(APPID), bucket)
    if owner is None:
        raise SystemExit(f"there is no bucket {bucket}")
    when, data = now(), bytes(16)
    digester = Digester(sha1=True, md5=False)
    digester.update(data)
    staged = Staged(size=len(data), crc64=digester.crc64, sha1=digester.sha1, data=data)
    for number in numbers:
        blob = tx.add_blob(staged)
        tx.put_object(
            Object(
                bucket=owner.id, key=f"{prefix}{number:016d}", size=len(data),
                segments=(Segment(blob=blob, offset=0, length=len(data)),), crc64=digester.crc64,
                sha1=digester.sha1, md5=None, part_bytes=len(data), created_at=when, modified_at=when,
                traits=PLAIN, stored_by=None,
            ),
            owner.account,
        )  # fmt: skip


async def fill(folder: Folder, bucket: str, prefix: str, count: int) -> None:
    """All of them, some thousands in one transaction."""
    for first in range(0, count, BATCH):
        numbers = range(first, min(count, first + BATCH))
        await folder.index.write(functools.partial(put, bucket=bucket, prefix=prefix, numbers=numbers))


def main() -> None:
    """Fill the folder named on the command line."""
    data, bucket, prefix, count = sys.argv[1:]
    folder = Folder(load(None, data=Path(data)))
    try:
        asyncio.run(fill(folder, bucket, prefix, int(count)))
    finally:
        folder.close()


if __name__ == "__main__":
    main()
