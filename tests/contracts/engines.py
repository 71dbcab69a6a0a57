"""The adapters under test, opened: the reference model, SQLite with files, and PostgreSQL.

An engine is one process' view of a place where things are kept; ``again`` gives another view of the same place, as
another process would have it.
"""

from __future__ import annotations

import dataclasses
import itertools
import secrets
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from entrepot.adapters.files.blobs import FileBlobs
from entrepot.adapters.files.leases import FileLeases
from entrepot.adapters.memory.blobs import MemoryBlobs, MemoryLeases
from entrepot.adapters.memory.index import MemoryIndex
from entrepot.adapters.postgres.index import PostgresIndex
from entrepot.adapters.secrets.vault import load_vault
from entrepot.adapters.sqlite.index import SqliteIndex
from entrepot.core.facts.digests import Digester, crc64_of
from entrepot.core.facts.records import Attributes, Bucket, BucketSettings, Object, Segment, Staged
from entrepot.core.ports import Blobs, Index, Inspector, Leases, NewId

T = TypeVar("T")


class InspectedIndex(Index, Protocol):
    """An index whose content can be checked from end to end."""

    async def inspect(self, question: Callable[[Inspector], T]) -> T:
        """Ask a question of a reader that can walk through everything."""
        ...


@dataclass
class Engine:
    """The ports of one adapter family. ``another_holder`` gives leases as another process has them."""

    name: str
    index: InspectedIndex
    blobs: Blobs
    leases: Leases
    another_holder: Callable[[], Leases]
    again: Callable[[], Engine]
    close: Callable[[], None] = field(default=lambda: None)


def random_ids() -> str:
    """Names as the server draws them."""
    return secrets.token_hex(16)


def counted_ids(first: int = 0) -> NewId:
    """Names in a row, for tests that compare two engines. They spread over the blob folders as random ones do."""
    numbers = itertools.count(first)
    return lambda: f"{next(numbers) * 2654435761 % (1 << 128):032x}"[::-1]


def memory_engine(new_id: NewId = random_ids) -> Engine:
    """The reference model."""
    index = MemoryIndex()
    blobs = MemoryBlobs(new_id, time.time)
    board: weakref.WeakValueDictionary[str, MemoryLeases] = weakref.WeakValueDictionary()

    def view() -> Engine:
        return Engine("memory", index, blobs, MemoryLeases(board), lambda: MemoryLeases(board), view)

    return view()


def file_engine(folder: Path, new_id: NewId = random_ids) -> Engine:
    """SQLite and files in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    index = SqliteIndex(folder, load_vault(folder, None))
    blobs = FileBlobs(folder, new_id)

    def close() -> None:
        index.close()
        blobs.close()

    return Engine(
        "sqlite",
        index,
        blobs,
        FileLeases(folder),
        lambda: FileLeases(folder),
        lambda: file_engine(folder, new_id),
        close,
    )


def postgres_engine(address: str, folder: Path, new_id: NewId = random_ids) -> Engine:
    """A database that was migrated, and files in ``folder``, where the master key is too."""
    folder.mkdir(parents=True, exist_ok=True)
    index = PostgresIndex(address, load_vault(folder, None), most=4)
    blobs = FileBlobs(folder, new_id)

    def close() -> None:
        index.close()
        blobs.close()

    return Engine(
        "postgres",
        index,
        blobs,
        FileLeases(folder),
        lambda: FileLeases(folder),
        lambda: postgres_engine(address, folder, new_id),
        close,
    )


ENGINES: dict[str, Callable[[Path], Engine]] = {"memory": lambda _folder: memory_engine(), "sqlite": file_engine}


def changed(value: T, **fields: object) -> T:
    """The value with other fields, whatever kind of record it is."""
    if dataclasses.is_dataclass(value):
        return dataclasses.replace(value, **fields)
    return msgspec.structs.replace(value, **fields)


async def add_bucket(index: Index, name: str = "demo", account: int = 1250000000) -> Bucket:
    """A bucket, and its account where that is missing."""
    from entrepot.core.ports import Transaction
    from entrepot.core.rights.identity import Account

    def change(tx: Transaction) -> Bucket:
        if tx.account(account) is None:
            tx.add_account(Account(id=account, user_id=f"u{account}", created_at=1.0))
        return tx.add_bucket(account, name, 2.0, BucketSettings())

    return await index.write(change)


def staged(data: bytes, name: str | None = None) -> Staged:
    """Content in memory, or said to be in the blob ``name``."""
    return Staged(size=len(data), crc64=crc64_of(data), name=name, data=None if name else data)


def record(
    bucket: Bucket, key: str, *, sha1: bytes | None = None, segments: tuple[Segment, ...] = (), at: float = 3.0
) -> Object:
    """An object with no more to it than the test needs."""
    size = sum(segment.length for segment in segments)
    return Object(
        bucket=bucket.id, key=key, size=size, segments=segments, crc64=0, sha1=sha1, md5=None, part_bytes=size,
        created_at=at, modified_at=at, attributes=Attributes(), stored_by=None,
    )  # fmt: skip


async def sealed(blobs: Blobs, *chunks: bytes) -> str:
    """The name of a new blob. What fails is given up, as every caller of the port has to."""
    sink = blobs.create(Digester(sha1=False, md5=False))
    try:
        for chunk in chunks:
            await sink.write(chunk)
        return await sink.seal()
    except BaseException:
        await sink.discard()
        raise
