"""Two stores side by side: one on SQLite and files, one on the reference model, asked the same things at the same time.

An outcome is written down without what may differ: the numbers of blobs, and when the hasher found a digest.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from msgspec import structs

from contracts.engines import Engine, add_bucket, changed, counted_ids, file_engine, memory_engine
from entrepot.core import operations as ops
from entrepot.core.facts.records import Bucket, Object, Part, Staged, Upload
from entrepot.core.fault import Fault
from entrepot.core.rights.grant import Clause, Grant, Rule, Scope, account_grant
from entrepot.core.rights.identity import Principal, Spend
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.keys import KeysPage, UploadsPage
from entrepot.core.rules.listing import Page
from entrepot.core.rules.minting import Fresh
from entrepot.core.rules.multipart import PartsPage
from entrepot.core.rules.upload_hasher import UploadHasher
from entrepot.core.rules.uploads import Progress
from entrepot.core.store import Followed, Reading, Store
from entrepot.upkeep import fsck
from entrepot.upkeep.settings import SweepSettings
from entrepot.upkeep.sweep import Sweeper

T = TypeVar("T")
ACCOUNT = 1250000000
INLINE_BYTES = 16
_MEMORY_DISK = "/dev/shm"  # noqa: S108 - what is checked here is not durability

EVERYTHING = account_grant(ACCOUNT)
NARROW = Grant(clauses=(Clause(rules=(Rule(scope=Scope(account=ACCOUNT, bucket="demo", prefix="d/")),)),))


_credentials = itertools.count()


def counted_credentials() -> Fresh:
    """Names that differ, for rights that are minted."""
    number = next(_credentials)
    return Fresh(id=f"{number:032d}", secret=f"secret-{number}", token=f"token-{number}")


@dataclass
class Clock:
    """A clock that goes on when told to."""

    at: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.at


def principal(grant: Grant = EVERYTHING, *, token: bytes | None = None, own: Grant = EVERYTHING) -> Principal:
    """Whoever shows a credential with this grant; ``token`` makes it valid once."""
    spend = None if token is None else Spend(token=token, until=9e12)
    return Principal(account=ACCOUNT, key_id="key", grant=own & grant, own_grant=own, spend=spend)


async def chunked(data: bytes, size: int = 7) -> AsyncIterator[bytes]:
    """A body in small chunks."""
    for at in range(0, len(data), size):
        yield data[at : at + size]


@dataclass
class World:
    """One store and all that belongs to it."""

    engine: Engine
    clock: Clock
    store: Store
    hasher: UploadHasher
    bucket: Bucket

    @staticmethod
    async def make(engine: Engine, clock: Clock) -> World:
        """A store on ``engine`` with the bucket ``demo``."""
        hasher = UploadHasher(engine.index, engine.blobs, engine.leases)
        store = Store(engine.index, engine.blobs, hasher, clock, counted_ids(1_000_000), counted_credentials)
        return World(engine, clock, store, hasher, await add_bucket(engine.index, "demo", ACCOUNT))

    async def ask(
        self, make: Callable[[Bucket, Staged | None], ops.Operation], who: Principal, content: bytes | None = None
    ) -> object:
        """Stage ``content``, perform the operation, write the outcome down."""
        async with Intake(self.engine.blobs, inline_bytes=INLINE_BYTES) as intake:
            staged = None
            try:
                if content is not None:
                    staged = await intake.stage(chunked(content), limit=1 << 20, sha1=True, md5=True)
                return await self.written(await self.store.perform(make(self.bucket, staged), who, intake))
            except Fault as fault:
                return ("fault", fault.kind, fault.reason, fault.message, tuple(sorted(fault.facts.items())))

    async def written(self, result: object) -> object:
        """An outcome to compare."""
        if isinstance(result, Reading):
            link = None if result.link is None else _object(result.link)
            return ("bytes", _object(result.record), await self.bytes_of(result), link)
        if isinstance(result, Followed):
            return ("followed", _object(result.record), _object(result.link))
        if isinstance(result, Object):
            return _object(result)
        if isinstance(result, Page):
            return ([(entry.name, _object(entry.record)) for entry in result.entries], result.resume)
        if isinstance(result, Progress):
            return (_upload(result.upload), [_part(part) for part in result.parts], result.contiguous)
        if isinstance(result, tuple) and isinstance(result[0], Upload):
            return (_upload(result[0]), _part(result[1]))
        return self.written_of_other_apis(result)

    def written_of_other_apis(self, result: object) -> object:
        """The same for what only some APIs ask for."""
        if isinstance(result, Upload):
            return _upload(result)
        if isinstance(result, KeysPage):
            return ([_object(record) for record in result.records], result.prefixes, result.resume)
        if isinstance(result, UploadsPage):
            return ([_upload(upload) for upload in result.uploads], result.prefixes, result.resume)
        if isinstance(result, PartsPage):
            return (_upload(result.upload), [_part(part) for part in result.parts], result.more)
        if isinstance(result, Bucket):
            return changed(result, id=0)
        if isinstance(result, list):
            return [(key, None if fault is None else (fault.kind, fault.message)) for key, fault in result]
        return result

    async def bytes_of(self, reading: Reading) -> bytes:
        """All bytes of an object, which must fit what is said of them."""
        data = b"".join([bytes(window) async for window in reading.stream(0, reading.record.size)])
        small = reading.inline_bytes()
        assert small is None or bytes(small) == data
        assert fsck.crc64_of(data) == reading.record.crc64
        for first in (1, len(data) // 2):
            rest = [bytes(w) async for w in reading.stream(first, max(len(data) - first - 1, 0))]
            assert b"".join(rest) == data[first : len(data) - 1]
        return data

    async def everything(self) -> object:
        """Every name, whatever it points at; every upload."""
        objects = self.engine.index.now.objects(self.bucket.id, "", None, 1000)
        return ([_object(each) for each in objects], self.engine.index.now.open_uploads())

    async def damage(self) -> list[str]:
        """What the check of the whole folder finds."""
        report = await self.engine.index.inspect(lambda reader: fsck.check(reader, self.engine.blobs, digests=True))
        return report.damage

    async def sweep(self, *, orphans: bool) -> None:
        """Housekeeping, much later."""
        settings = SweepSettings(garbage_seconds=-1e3, upload_seconds=1e9)
        await Sweeper(self.engine.index, self.engine.blobs, self.clock, settings).sweep(orphans=orphans)

    async def known_names(self) -> set[str]:
        """Names of the blobs that something points to."""
        blobs = await self.engine.index.inspect(lambda reader: reader.all_blobs(0, 10_000))
        return {blob.name for blob, _ in blobs if blob.name is not None}

    async def stop(self) -> None:
        """Stop the hasher, asking twice if need be: see ``test_a_follower_can_always_be_stopped``."""
        stopping = asyncio.create_task(self.hasher.stop())
        done, _ = await asyncio.wait([stopping], timeout=1.0)
        if not done and self.hasher._task is not None:
            self.hasher._task.cancel()
        await stopping


def _object(record: Object) -> object:
    return (
        structs.replace(record, bucket=0, segments=()),
        [(segment.offset, segment.length) for segment in record.segments],
    )


def _upload(upload: Upload) -> Upload:
    return changed(upload, bucket=0, found_sha1=None)


def _part(part: Part) -> object:
    return changed(part, segments=()), [(segment.offset, segment.length) for segment in part.segments]


@dataclass
class Pair:
    """The two worlds, on one clock and one event loop. Call ``close`` when done."""

    runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.folder = Path(
            tempfile.mkdtemp(prefix="entrepot-pair-", dir=_MEMORY_DISK if Path(_MEMORY_DISK).is_dir() else None)
        )
        engines = (file_engine(self.folder / "data", counted_ids()), memory_engine(counted_ids()))
        self.worlds = [self.run(World.make(engine, self.clock)) for engine in engines]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run on the loop of the worlds."""
        return self.runner.run(work)

    def both(self, look: Callable[[World], Coroutine[Any, Any, T]]) -> T:
        """What both worlds say, which must be the same."""
        real, model = [self.run(look(world)) for world in self.worlds]
        assert real == model
        return real

    def ask(
        self,
        make: Callable[[Bucket, Staged | None], ops.Operation],
        who: Principal | None = None,
        content: bytes | None = None,
    ) -> object:
        """Ask both worlds the same thing a second later."""
        self.clock.at += 1.0
        return self.both(lambda world: world.ask(make, who or principal(), content))

    def close(self) -> None:
        """Stop the followers, remove the folder."""
        for world in self.worlds:
            self.run(world.stop())
            world.engine.close()
        self.runner.close()
        shutil.rmtree(self.folder)
