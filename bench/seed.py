"""`python -m bench.seed objects DATA BUCKET PREFIX COUNT` and `… ledger DATA COUNT`: many rows straight into the
index of a stopped server.

Law: the one module of the benchmark that imports `entrepot`; it only makes a million rows in a minute
instead of many, through the index port that the server itself writes through, and is never part of a
measured run. Whoever fills a bucket walks its listing afterwards and counts.
"""

from __future__ import annotations

import asyncio
import functools
import random
import string
import sys
from collections.abc import Callable
from pathlib import Path

from bench.sign import APPID, KEY_ID
from entrepot.clock_and_chance import now
from entrepot.config import load
from entrepot.core.facts.digests import Digester
from entrepot.core.facts.records import PLAIN, Object, Segment, Staged
from entrepot.core.ports import Transaction
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope, account_grant
from entrepot.core.rights.identity import Key, Minted
from entrepot.folder import Folder

BATCH = 10_000
ACCOUNT = int(APPID)
LASTS_SECONDS = 30 * 86_400.0
ID_LETTERS, ORDERED = 32, 6
LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase  # in the order of their bytes
CHANCE = random.Random()  # for keys that nobody ever uses


def put_objects(tx: Transaction, numbers: range, bucket: str, prefix: str) -> None:
    """Put the objects with these numbers: key `prefix` + 16 digits.

    All have the same 16 bytes, each its own copy of them: with contents of their own, their digests would fall all
    over the index and make it slow to fill, which is not what is measured here.
    """
    owner = tx.bucket(ACCOUNT, bucket)
    if owner is None:
        raise SystemExit(f"there is no bucket {bucket}")
    when, data = now(), bytes(16)
    digester = Digester(sha1=True, md5=True)
    digester.update(data)
    staged = Staged(size=len(data), crc64=digester.crc64, sha1=digester.sha1, md5=digester.md5, data=data)
    for number in numbers:
        blob = tx.add_blob(staged)
        tx.put_object(
            Object(
                bucket=owner.id, key=f"{prefix}{number:016d}", size=len(data),
                segments=(Segment(blob=blob, offset=0, length=len(data)),), crc64=digester.crc64,
                sha1=digester.sha1, md5=digester.md5, part_bytes=len(data), created_at=when, modified_at=when,
                attributes=PLAIN, stored_by=None,
            ),
            owner.account,
        )  # fmt: skip


def spread_id(number: int, count: int) -> str:
    """The id of key `number` of `count`: rising, which is quick to fill, and as evenly spread as random ones."""
    left, letters = number * 62**ORDERED // count, CHANCE.choices(LETTERS, k=ID_LETTERS)
    for place in reversed(range(ORDERED)):
        left, digit = divmod(left, 62)
        letters[place] = LETTERS[digit]
    return "AKID" + "".join(letters)


def mint_keys(tx: Transaction, numbers: range, count: int) -> None:
    """Mint the rights with these numbers out of `count`, as an API that gives out a prefix each would."""
    when = now()
    ends = Grant(clauses=(Clause(rules=(Rule(),), expires_at=when + LASTS_SECONDS),))
    for number in numbers:
        prefix = f"bench/{number:09d}"
        scope = Scope(account=ACCOUNT, bucket="ms-shield", prefix=prefix)
        requested = Grant(clauses=(Clause(rules=(Rule(rights=frozenset({Right.PUT_OBJECT}), scope=scope),)),))
        tx.mint_key(
            Key(
                id=spread_id(number, count), account=ACCOUNT, secret=CHANCE.randbytes(16).hex().encode(),
                grant=account_grant(ACCOUNT) & requested & ends, created_at=when,
                token_sha256=CHANCE.randbytes(32), expires_at=when + LASTS_SECONDS,
                minted=Minted(
                    api="ms:CreateCosSecKeyInstance", minter=KEY_ID, client="127.0.0.1",
                    allows="upload below a prefix", bucket="ms-shield", key=prefix,
                ),
            )
        )  # fmt: skip


async def fill(folder: Folder, change: Callable[[Transaction, range], None], count: int) -> None:
    """All of them, some thousands in one transaction."""
    for first in range(0, count, BATCH):
        await folder.index.write(functools.partial(_applied, change, range(first, min(count, first + BATCH))))


def _applied(change: Callable[[Transaction, range], None], numbers: range, tx: Transaction) -> None:
    change(tx, numbers)


def main() -> None:
    """Fill the folder named on the command line."""
    what, data, *rest, count = sys.argv[1:]
    if what == "objects":
        bucket, prefix = rest
        change: Callable[[Transaction, range], None] = functools.partial(put_objects, bucket=bucket, prefix=prefix)
    else:
        change = functools.partial(mint_keys, count=int(count))
    folder = Folder(load(None, data=Path(data)))
    try:
        asyncio.run(fill(folder, change, int(count)))
    finally:
        folder.close()


if __name__ == "__main__":
    main()
