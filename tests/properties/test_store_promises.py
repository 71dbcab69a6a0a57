"""Promises of the store that random operations one after another do not meet: what happens between two steps of one.

On both engines. A test that is marked as a known bug fails as soon as the bug is gone, so that the mark is taken away.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from contracts.engines import ENGINES, Engine, random_ids
from entrepot.adapters.memory.blobs import MemoryBlobs
from entrepot.core import operations as ops
from entrepot.core.facts.records import PLAIN, Staged
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Replace
from entrepot.core.ports import Transaction
from entrepot.core.rights.identity import Principal
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.uploads import Progress
from entrepot.core.store import Reading
from properties.worlds import Clock, World, principal

PART = 200_000
"""Longer than what is read at once when a download begins."""


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """One adapter family, empty."""
    opened = ENGINES[request.param](tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
async def world(engine: Engine) -> AsyncIterator[World]:
    """A store on the engine."""
    made = await World.make(engine, Clock())
    yield made
    await made.stop()


async def put(world: World, key: str, data: bytes, replace: Replace = Replace.ALWAYS) -> object:
    """Store a file."""
    return await world.ask(
        lambda bucket, staged: ops.PutObject(
            bucket=bucket, key=key, content=staged, attributes=PLAIN, replace=replace, tree=True
        ),
        principal(),
        data,
    )


async def start(world: World, key: str, size: int, part_bytes: int = PART) -> Progress:
    """Start an upload."""
    op = ops.StartUpload(
        bucket=world.bucket,
        key=key,
        size=size,
        part_bytes=part_bytes,
        sha1=None,
        attributes=PLAIN,
        replace=Replace.ALWAYS,
    )
    result = await world.store.perform(op, principal(), _none())
    assert isinstance(result, Progress)
    return result


def _none() -> Intake:
    """An intake for operations that bring no bytes."""
    return Intake(MemoryBlobs(random_ids, Clock()), inline_bytes=0)


async def put_part(
    world: World, upload: str, key: str, offset: int, data: bytes, who: Principal | None = None, *, finish: bool = False
) -> object:
    """Send a part."""

    def make(bucket: object, staged: Staged | None) -> ops.PutPart:
        return ops.PutPart(bucket=bucket, key=key, upload=upload, offset=offset, content=staged, auto_complete=finish)

    return await world.ask(make, who or principal(), data)


async def in_parts(world: World, key: str, data: bytes) -> None:
    """Store a file in parts."""
    upload = (await start(world, key, len(data))).upload
    for offset in range(0, len(data), PART):
        await put_part(world, upload.id, key, offset, data[offset : offset + PART])
    await world.ask(
        lambda bucket, _: ops.CompleteUpload(bucket=bucket, key=key, upload=upload.id, size=None, sha1=None),
        principal(),
    )


async def reading(world: World, key: str) -> Reading:
    """Begin a download."""
    result = await world.store.perform(ops.ReadObject(bucket=world.bucket, key=key), principal(), _none())
    assert isinstance(result, Reading)
    return result


async def delete(world: World, key: str) -> None:
    """Take a name away."""
    await world.ask(lambda bucket, _: ops.DeleteObject(bucket=bucket, key=key), principal())


@pytest.mark.parametrize("size", [5, 3 * PART])
async def test_a_download_never_turns_into_another_object(world: World, size: int) -> None:
    """After the name went, the download may fail or go on; somebody else's bytes it must not send."""
    mine, theirs = b"m" * size, b"t" * size
    await (put(world, "mine", mine) if size < PART else in_parts(world, "mine", mine))
    download = await reading(world, "mine")
    await delete(world, "mine")
    await (put(world, "theirs", theirs) if size < PART else in_parts(world, "theirs", theirs))
    sent = b""
    try:
        if (small := download.inline_bytes()) is not None:
            sent = bytes(small)
        else:
            async for window in download.stream(0, size):
                sent += bytes(window)
    except Fault as fault:
        assert fault.kind is Kind.STORAGE_FAILED  # noqa: PT017 - it need not raise
    assert b"t" not in sent


async def test_a_download_under_way_goes_on_after_its_name_went(world: World) -> None:
    """``SweepSettings.garbage_seconds`` promises it: files stay readable for downloads under way."""
    data = b"".join(bytes([n]) * PART for n in range(4))
    await in_parts(world, "k", data)
    download = await reading(world, "k")
    stream = aiter(download.stream(0, len(data)))
    sent = bytes(await anext(stream))
    await delete(world, "k")
    async for window in stream:
        sent += bytes(window)
    assert sent == data


async def leftovers(world: World) -> set[str]:
    """Blobs that nothing knows, which only ``entrepot sweep`` would remove."""
    return {name for name in world.engine.blobs.names(0.0) if not world.engine.index.now.has_blob(name)}


async def test_the_same_part_again_leaves_no_file_behind(world: World) -> None:
    upload = (await start(world, "k", 2 * PART)).upload
    for _ in range(3):
        await put_part(world, upload.id, "k", 0, b"p" * PART)
    assert await leftovers(world) == set()


async def test_the_same_file_again_leaves_no_file_behind(world: World) -> None:
    for _ in range(3):
        await put(world, "k", b"p" * PART, Replace.SAME_BYTES)
    assert await leftovers(world) == set()


@pytest.mark.parametrize("replace", list(Replace))
async def test_a_refused_file_leaves_no_file_behind(world: World, replace: Replace) -> None:
    await put(world, "k", b"p" * PART)
    await put(world, "k", b"q" * PART, replace)
    await put(world, "k/below", b"q" * PART, replace)
    assert await leftovers(world) == set()


async def test_a_whole_upload_that_waits_for_its_end_costs_no_writes(world: World) -> None:
    """Each write is an fsync; the digest must be published once, not at every poll."""
    upload = (await start(world, "k", 10, 10)).upload
    await put_part(world, upload.id, "k", 0, b"0123456789")
    for _ in range(100):
        await asyncio.sleep(0.01)
        found = world.engine.index.now.upload(upload.id)
        if found is not None and found.found_sha1 is not None:
            break
    assert found is not None
    assert found.found_sha1 == hashlib.sha1(b"0123456789").digest()
    writes = _counted(world.engine)
    await asyncio.sleep(0.4)
    assert len(writes) <= 1


def _counted(engine: Engine) -> list[object]:
    """The changes that are written from now on."""
    seen: list[object] = []
    write = engine.index.write

    def counting(change: Callable[[Transaction], object]) -> object:
        seen.append(change)
        return write(change)

    engine.index.write = counting
    return seen


async def test_a_once_only_right_ends_with_the_last_part_and_its_completion(world: World) -> None:
    """``auto_complete`` is one operation, so it spends once."""
    upload = (await start(world, "k", 10, 10)).upload
    outcome = await put_part(world, upload.id, "k", 0, b"0123456789", principal(token=b"once"), finish=True)
    assert not (isinstance(outcome, tuple) and outcome[0] == "fault"), outcome
    assert world.engine.index.now.object(world.bucket.id, "k") is not None


async def test_a_follower_can_always_be_stopped(world: World) -> None:
    """However soon after a part; else a server with uploads under way does not end on SIGTERM."""
    upload = (await start(world, "k", 20, 10)).upload
    await put_part(world, upload.id, "k", 0, b"0123456789")
    for turns in range(6):
        world.hasher.part_arrived(upload)
        await asyncio.sleep(0.08)
        world.hasher.part_arrived(upload)
        for _ in range(turns):
            await asyncio.sleep(0)
        stopping = asyncio.create_task(world.hasher.stop())
        done, _ = await asyncio.wait([stopping], timeout=1.0)
        task, world.hasher._task = world.hasher._task, None
        if not done and task is not None:
            task.cancel()
        assert done, f"after {turns} turns of the loop"
