"""upkeep/fsck: every row is held against the bytes that it is about. Source: issue 11 §3."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from contracts.engines import sealed
from entrepot.admin import accounts, buckets, keys, users
from entrepot.config import load
from entrepot.core.facts.digests import crc64_of
from entrepot.core.facts.records import Attributes, BucketSettings, Checksum, Object, Part, Segment, Staged, Upload
from entrepot.core.ports import Transaction
from entrepot.core.rights.identity import Policy
from entrepot.core.rules.users import store_policy
from entrepot.folder import Folder

from .commands import run_command

ONE, LONG = b"the bytes of an object", bytes(range(256)) * 512
CRC32 = base64.b64encode(zlib.crc32(LONG).to_bytes(4, "big")).decode()
"""From zlib, as S3 clients state it."""


def sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


def md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def stored(bucket: int, key: str, data: bytes, *segments: Segment, **more: Any) -> Object:
    """An object's row, as storing `data` makes it."""
    fields: dict[str, Any] = {"attributes": Attributes(), "md5": md5(data), **more}
    return Object(
        bucket=bucket, key=key, size=len(data), segments=segments, crc64=crc64_of(data), sha1=sha1(data),
        part_bytes=len(data), created_at=1.0, modified_at=1.0, stored_by=None, **fields,
    )  # fmt: skip


def fill(tx: Transaction, name: str) -> None:
    """One row of every kind; `name` is a file that holds LONG."""
    account = accounts.create(tx, 1.0, 1250000000).id
    bucket = buckets.create(tx, 1.0, account, "demo", BucketSettings()).id
    store_policy(tx, Policy(account=account, name="p", language="ram", text="{}", rules=(), changed_at=1.0))
    users.create(tx, 1.0, account, "alice", policies=["p"])
    keys.create(tx, 1.0, account, "a-key-id", "a-secret")
    small = tx.add_blob(Staged(size=len(ONE), crc64=crc64_of(ONE), data=ONE))
    tx.put_object(stored(bucket, "small", ONE, Segment(blob=small, offset=0, length=len(ONE))), account)
    long = tx.add_blob(Staged(size=len(LONG), crc64=crc64_of(LONG), name=name))
    whole = Segment(blob=long, offset=0, length=len(LONG))
    checked = Attributes(checksum=Checksum(algorithm="crc32", value=CRC32))
    tx.put_object(stored(bucket, "long", LONG, whole, attributes=checked), account)
    for segments, key in ((_pieces(long, small), "pieces"), ((Segment(blob=long, offset=0, length=9),), "beginning")):
        data = LONG[5:1000] + ONE[:3] if key == "pieces" else LONG[:9]
        for segment in segments:
            tx.retain(segment.blob)
        tx.put_object(stored(bucket, key, data, *segments), account)
    tx.retain(long)
    tx.put_object(stored(bucket, "in-parts", LONG, whole, parts=2, md5=md5(b"of digests")), account)
    for upload, part_bytes in (("numbered", 0), ("sliced", 1000)):
        tx.add_upload(
            Upload(
                id=upload, bucket=bucket, key="up", size=1009 if part_bytes else 0, part_bytes=part_bytes, sha1=None,
                attributes=Attributes(), replace="always", started_at=1.0, started_by=None,
            )
        )  # fmt: skip
        tx.retain(long)
        tx.put_part(
            Part(
                upload=upload, number=2, offset=part_bytes, size=9, segments=(Segment(blob=long, offset=0, length=9),),
                crc64=crc64_of(LONG[:9]), sha1=sha1(LONG[:9]), md5=md5(LONG[:9]),
            )
        )  # fmt: skip


def _pieces(long: int, small: int) -> tuple[Segment, ...]:
    return (Segment(blob=long, offset=5, length=995), Segment(blob=small, offset=0, length=3))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a row of every kind, and nobody on it."""

    async def make() -> None:
        name = await sealed(folder.blobs, LONG)
        await folder.index.write(lambda tx: fill(tx, name))

    folder = Folder(load(None, data=tmp_path / "data"))
    asyncio.run(make())
    folder.close()
    return tmp_path / "data"


def found(data: Path, *options: str) -> list[str]:
    """What `entrepot fsck` lists as damage."""
    result = run_command("fsck", "--json", *options, "--data", str(data))
    damage: list[str] = json.loads(result.stdout)["damage"]
    assert result.exit_code == bool(damage), result.output
    return damage


def spoil(data: Path, statement: str) -> None:
    """Change the index behind everybody's back."""
    with closing(sqlite3.connect(data / "index.db")) as connection, connection:
        assert connection.execute(statement).rowcount == 1


@pytest.fixture
def spoilt(data: Path) -> Callable[..., list[str]]:
    """Spoils the index in one way, and gives what fsck says; before that it was clean."""
    assert found(data) == []
    assert found(data, "--digests") == []

    def run(statement: str, *options: str) -> list[str]:
        spoil(data, statement)
        return found(data, *options)

    return run


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE objects SET size = size - 1 WHERE key = 'small'", "demo/small: its bytes do not have the CRC64"),
        ("UPDATE objects SET size = size + 1 WHERE key = 'small'", "demo/small: blob 1 has no "),
        ("UPDATE objects SET size = size - 1 WHERE key = 'pieces'", "demo/pieces: its segments do not add up"),
        ("UPDATE objects SET size = 8 WHERE key = 'beginning'", "demo/beginning: its bytes do not have the CRC64"),
        ("UPDATE objects SET size = -1 WHERE key = 'small'", "demo/small: blob 1 has no "),
        ("UPDATE objects SET crc64 = crc64 + 1 WHERE key = 'small'", "demo/small: its bytes do not have the CRC64"),
        ("UPDATE objects SET crc64 = 1 WHERE key = 'long'", "demo/long: its bytes do not have the CRC64"),
        ("UPDATE objects SET crc64 = 1 WHERE key = 'pieces'", "demo/pieces: its bytes do not have the CRC64"),
        ("UPDATE objects SET crc64 = 1 WHERE key = 'beginning'", "demo/beginning: its bytes do not have the CRC64"),
        ("UPDATE objects SET crc64 = 1 WHERE key = 'in-parts'", "demo/in-parts: its bytes do not have the CRC64"),
        ("UPDATE objects SET segments = '[[2,6,995],[1,0,3]]' WHERE key = 'pieces'", "demo/pieces: its bytes do not"),
        ("UPDATE objects SET blob = NULL WHERE key = 'small'", "demo/small: its segments do not add up"),
        ("UPDATE objects SET bucket = 9 WHERE key = 'small'", "object #9/small: its bucket is missing"),
        ("UPDATE parts SET crc64 = 1 WHERE upload = 'sliced'", "upload sliced, part 2: its bytes do not"),
        ("UPDATE parts SET size = 8 WHERE upload = 'sliced'", "upload sliced, part 2: its upload has no place"),
        ("UPDATE parts SET start = 0 WHERE upload = 'sliced'", "upload sliced, part 2: its upload has no place"),
        ("UPDATE parts SET start = 1 WHERE upload = 'numbered'", "upload numbered, part 2: its upload has no place"),
        ("UPDATE parts SET upload = 'x' WHERE upload = 'sliced'", "upload x, part 2: its upload is missing"),
        ("UPDATE uploads SET part_bytes = 500 WHERE id = 'sliced'", "upload sliced, part 2: its upload has no place"),
        ("UPDATE blobs SET crc64 = 1 WHERE id = 1", "blob 1 (in the index): its bytes do not have the CRC64"),
        ("UPDATE blobs SET refs = 9 WHERE id = 1", "blob 1: counts 9 references, has 2"),
    ],
    ids=lambda value: value[:60],
)  # fmt: skip
def test_a_row_that_does_not_fit_its_bytes(spoilt: Callable[..., list[str]], statement: str, says: str) -> None:
    damage = spoilt(statement)
    assert any(says in line for line in damage), damage


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE objects SET md5 = zeroblob(16) WHERE key = 'small'", "demo/small: its bytes do not have the MD5"),
        ("UPDATE objects SET sha1 = zeroblob(20) WHERE key = 'long'", "demo/long: its bytes do not have the SHA1"),
        ("UPDATE objects SET sha1 = zeroblob(20) WHERE key = 'in-parts'", "in-parts: its bytes do not have the SHA1"),
        ("UPDATE objects SET sha1 = x'00' WHERE key = 'pieces'", "demo/pieces: its bytes do not have the SHA1"),
        ("UPDATE objects SET traits = replace(traits, '==', 'x=') WHERE key = 'long'", "do not have the CRC32"),
        ("UPDATE parts SET md5 = zeroblob(16) WHERE upload = 'numbered'", "upload numbered, part 2: its bytes do not"),
        ("UPDATE parts SET sha1 = zeroblob(20) WHERE upload = 'sliced'", "upload sliced, part 2: its bytes do not"),
    ],
    ids=lambda value: value[:60],
)  # fmt: skip
def test_digests_are_recomputed_when_asked(
    spoilt: Callable[..., list[str]], data: Path, statement: str, says: str
) -> None:
    damage = spoilt(statement, "--digests")
    assert len(damage) == 1
    assert says in damage[0]
    plain = run_command("fsck", "--data", str(data))
    assert "were not recomputed; --digests does" in plain.stdout, "what was not looked at is said"


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE objects SET traits = '{' WHERE key = 'small'", "object small of bucket #1: its row cannot be read"),
        ("UPDATE objects SET traits = '{\"lock\":\"x\"}' WHERE key = 'small'", "object small of bucket #1: its row"),
        ("UPDATE objects SET segments = '[1]' WHERE key = 'pieces'", "object pieces of bucket #1: its row cannot"),
        ("UPDATE buckets SET settings = '{\"acl\":\"x\"}'", "bucket demo: its row cannot be read"),
        ("UPDATE uploads SET traits = '[]' WHERE id = 'sliced'", "upload sliced: its row cannot be read"),
        ("UPDATE parts SET segments = '{}', blob = NULL WHERE upload = 'sliced'", "upload sliced, part 2: its row"),
        ("UPDATE keys SET may = 'nothing'", "key a-key-id: its row cannot be read"),
        ("UPDATE keys SET limits = '{'", "key a-key-id: its row cannot be read"),
        ("UPDATE keys SET secret = zeroblob(40)", "key a-key-id: its row cannot be read: the secret"),
        ("UPDATE users SET policies = '{}'", "user alice of account 1250000000: its row cannot be read"),
        ("UPDATE policies SET rules = '{'", "policy p of account 1250000000: its row cannot be read"),
    ],
    ids=lambda value: value[:60],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_a_finding(spoilt: Callable[..., list[str]], statement: str, says: str) -> None:
    damage = spoilt(statement)
    assert any(says in line for line in damage), damage
    assert len(damage) < 9, "the rest was checked as ever"
