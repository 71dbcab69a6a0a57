"""Blobs, Sink, BlobReader: immutable bytes under random names."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.bucket import fresh_place, opened
from cluster.stores import STORES, running, stopped
from contracts.engines import ENGINES, Engine, file_engine, memory_engine, sealed
from entrepot.adapters.files.sink import CROWD, GATHER_BYTES
from entrepot.adapters.opening import OpenError
from entrepot.adapters.owner import own
from entrepot.clock_and_chance import new_id
from entrepot.core.facts.digests import Digester, crc64_of
from entrepot.core.facts.records import Blob
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.content import Run, Windows

__all__ = ["stopped"]


CROWDED = "versitygw, crowded"
"""Where no upload has memory, so that all of them wait on disk."""


def at_store(name: str) -> Engine:
    """Blobs at a store, beside an index that does not matter here."""
    place = fresh_place(running(name.partition(",")[0]))

    def view() -> Engine:
        blobs = opened(place, memory_bytes=0) if name == CROWDED else opened(place)
        return dataclasses.replace(memory_engine(), name="s3", blobs=blobs, again=view, close=blobs.close)

    return view()


@pytest.fixture(params=[*sorted(ENGINES), *STORES, CROWDED])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """One engine of blobs, empty."""
    made = (
        at_store(request.param)
        if request.param.partition(",")[0] in STORES
        else ENGINES[request.param](tmp_path / "data")
    )
    yield made
    made.close()


def pattern(size: int) -> bytes:
    return bytes(range(251)) * (size // 251) + bytes(range(size % 251))


async def test_a_place_has_one_owner(engine: Engine) -> None:
    """The first mark stays, and is no blob."""
    assert await engine.blobs.claim(b"the first") == b"the first"
    assert await engine.blobs.claim(b"the second") == b"the first"
    assert await engine.again().blobs.claim(b"the third") == b"the first"
    assert list(engine.blobs.names(0.0)) == []


async def test_an_index_takes_a_place_that_is_its_own_and_no_other(engine: Engine) -> None:
    first, second = memory_engine().index, memory_engine().index
    for _ in range(2):
        await own(first, engine.blobs, new_id, "here")
    with pytest.raises(OpenError, match="the bytes at here belong to another index"):
        await own(second, engine.blobs, new_id, "here")


async def test_a_place_whose_mark_cannot_be_read_is_nobodys(engine: Engine) -> None:
    await engine.blobs.claim(b"no JSON")
    with pytest.raises(OpenError, match="unreadable"):
        await own(memory_engine().index, engine.blobs, new_id, "here")


SIZES = [1, 100, GATHER_BYTES - 1, GATHER_BYTES, GATHER_BYTES + 1, 3 * GATHER_BYTES + 17]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("chunk", [1 << 30, 70_001])
async def test_what_was_sealed_is_read_back_and_digested(engine: Engine, size: int, chunk: int) -> None:
    data = pattern(size)
    digester = Digester(sha1=True, md5=True)
    sink = engine.blobs.create(digester)
    for at in range(0, size, chunk):
        await sink.write(data[at : at + chunk])
    name = await sink.seal()
    assert (digester.size, digester.crc64, digester.sha1, digester.md5) == (
        size, crc64_of(data), hashlib.sha1(data).digest(), hashlib.md5(data).digest()
    )  # fmt: skip
    reader = engine.blobs.open(name, size)
    await reader.ready(0, size)
    assert bytes(reader.view(0, size)) == data


async def test_windows(engine: Engine) -> None:
    data = pattern(300_000)
    reader = engine.blobs.open(await sealed(engine.blobs, data), len(data))
    for offset, length in ((0, 1), (299_999, 1), (4095, 2), (131_000, 150_000), (100_001, 131_072), (7, 0)):
        await reader.ready(offset, length)
        window = reader.view(offset, length)
        assert isinstance(window, memoryview)
        assert bytes(window) == data[offset : offset + length]


PLACES = [
    (0, 1),
    (0, 4096),
    (0, 4097),
    (4096, 9000),
    (5, 2_000_000),
    (1 << 20, 1_500_000),
    (8192, 3_000_017 - 8192),
    (7, 0),
]


@pytest.mark.parametrize(("offset", "length"), PLACES)
async def test_bytes_are_read_through_once(engine: Engine, offset: int, length: int) -> None:
    data = pattern(3_000_017)
    reader = engine.blobs.open(await sealed(engine.blobs, data), len(data))
    found = await asyncio.to_thread(lambda: b"".join(bytes(window) for window in reader.once(offset, length)))
    assert found == data[offset : offset + length]
    await reader.ready(1, 100)  # it can still be looked at anywhere
    assert bytes(reader.view(1, 100)) == data[1:101]


async def test_names_are_fresh(engine: Engine) -> None:
    names = {await sealed(engine.blobs, b"same bytes") for _ in range(20)}
    assert len(names) == 20
    assert set(engine.blobs.names(0.0)) == names


async def test_a_blob_is_not_there_before_it_is_sealed(engine: Engine) -> None:
    before = set(engine.blobs.names(0.0))
    sink = engine.blobs.create(Digester(sha1=False, md5=False))
    await sink.write(b"few bytes")
    assert set(engine.blobs.names(0.0)) == before
    name = await sink.seal()
    assert set(engine.blobs.names(0.0)) == {name}


@pytest.mark.parametrize("wrong", [-1, 1])
async def test_a_missing_blob_and_one_of_another_size_are_refused(engine: Engine, wrong: int) -> None:
    name = await sealed(engine.blobs, b"x" * 100)
    for asked, size in ((name, 100 + wrong), ("0" * 32, 100)):
        blob = Blob(id=1, size=size, crc64=0, name=asked, data=None)
        for read in (_first, _through, _begun):
            with pytest.raises(Fault) as caught:
                await read(engine, blob)
            assert caught.value.kind is Kind.STORAGE_FAILED


async def _first(engine: Engine, blob: Blob) -> None:
    await engine.blobs.open(blob.name or "", blob.size).ready(0, 1)


async def _through(engine: Engine, blob: Blob) -> None:
    await asyncio.to_thread(lambda: list(engine.blobs.open(blob.name or "", blob.size).once(0, 1)))


async def _begun(engine: Engine, blob: Blob) -> None:
    """As a reply is begun before its status is told."""
    await Windows(engine.blobs, [Run(blob=blob, offset=0, length=blob.size)]).begin()


@pytest.mark.parametrize(("first", "length"), [(0, 5_000_000), (1, 4_999_999), (1 << 20, 3 << 20), (7, 10)])
async def test_windows_come_in_order_begun_or_not(engine: Engine, first: int, length: int) -> None:
    data = pattern(5_000_000)
    blob = Blob(id=1, size=len(data), crc64=0, name=await sealed(engine.blobs, data), data=None)
    for begin in (False, True):
        windows = Windows(
            engine.blobs, [Run(blob=blob, offset=first, length=length), Run(blob=blob, offset=3, length=4)]
        )
        if begin:
            await windows.begin()
        found = b"".join([bytes(window) async for window in windows])
        assert found == data[first : first + length] + data[3:7]
        assert b"".join([bytes(window) async for window in windows.again()]) == found


async def test_an_empty_blob(engine: Engine) -> None:
    name = await sealed(engine.blobs)
    reader = engine.blobs.open(name, 0)
    await reader.ready(0, 0)
    assert bytes(reader.view(0, 0)) == b""


@pytest.mark.parametrize("size", [0, 10, 3 * GATHER_BYTES])
@pytest.mark.parametrize("seal", [False, True])
async def test_discarded_bytes_are_gone(engine: Engine, size: int, seal: bool) -> None:
    kept = await sealed(engine.blobs, b"kept")
    sink = engine.blobs.create(Digester(sha1=False, md5=False))
    for at in range(0, size, 10_000):
        await sink.write(b"x" * min(10_000, size - at))
    if seal:
        await sink.seal()
    await sink.discard()
    assert set(engine.blobs.names(0.0)) == {kept}


async def test_removed_blobs_are_gone_and_may_be_removed_again(engine: Engine) -> None:
    first, second = await sealed(engine.blobs, b"one"), await sealed(engine.blobs, b"two")
    await engine.blobs.remove([first, "0" * 32])
    await engine.blobs.remove([first])
    await engine.blobs.remove([])
    assert set(engine.blobs.names(0.0)) == {second}
    with pytest.raises(Fault):
        await engine.blobs.open(first, 3).ready(0, 3)


async def test_an_open_blob_is_readable_after_its_removal(engine: Engine) -> None:
    data = pattern(400_000)
    if engine.name == "s3":
        pytest.skip("a store forgets at once; that is why names live on for a while after they are let go")
    name = await sealed(engine.blobs, data)
    reader = engine.blobs.open(name, len(data))
    await engine.blobs.remove([name])
    await reader.ready(0, len(data))
    assert bytes(reader.view(0, len(data))) == data


async def test_young_blobs_are_not_named(engine: Engine) -> None:
    name = await sealed(engine.blobs, b"young")
    assert list(engine.blobs.names(3600.0)) == []
    time.sleep(0.02)  # noqa: ASYNC251 - the clock of the file system
    assert list(engine.blobs.names(0.01)) == [name]


async def test_every_view_reads_every_blob(engine: Engine) -> None:
    name = await sealed(engine.blobs, b"shared")
    other = engine.again()
    try:
        assert bytes(other.blobs.open(name, 6).view(0, 6)) == b"shared"
        assert list(other.blobs.names(0.0)) == [name]
    finally:
        other.close()


# What only files can go wrong with.


async def test_files_can_be_read_by_their_owner_only(files: Engine, folder: Path) -> None:
    name = await sealed(files.blobs, b"private")
    path = folder / "blobs" / name[:2] / name
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    assert path.read_bytes() == b"private"


async def test_a_name_that_is_taken_is_never_overwritten(folder: Path) -> None:
    engine = file_engine(folder, lambda: "a" * 32)
    try:
        await sealed(engine.blobs, b"first")
        sink = engine.blobs.create(Digester(sha1=False, md5=False))
        await sink.write(b"second")
        with pytest.raises(Fault) as caught:
            await sink.seal()
        assert caught.value.kind is Kind.STORAGE_FAILED
        await sink.discard()
        assert bytes(engine.blobs.open("a" * 32, 5).view(0, 5)) == b"first"
    finally:
        engine.close()


async def test_a_failure_to_write_is_raised_and_leaves_nothing(files: Engine, folder: Path) -> None:
    """The folder of the blob is gone: the first bytes that reach a thread fail, the caller hears of it by the seal."""
    for number in range(256):
        os.rmdir(folder / "blobs" / f"{number:02x}")  # noqa: PTH106
    sink = files.blobs.create(Digester(sha1=False, md5=False))
    with pytest.raises(Fault) as caught:  # noqa: PT012 - which of them raises is open
        for _ in range(4):
            await sink.write(b"x" * GATHER_BYTES)
        await sink.seal()
    assert caught.value.kind is Kind.STORAGE_FAILED
    await sink.discard()
    assert [path for path in (folder / "blobs").rglob("*") if path.is_file()] == []


async def test_a_short_file_is_noticed(files: Engine, folder: Path) -> None:
    name = await sealed(files.blobs, b"0123456789")
    os.truncate(folder / "blobs" / name[:2] / name, 9)
    with pytest.raises(Fault) as caught:
        files.blobs.open(name, 10)
    assert caught.value.kind is Kind.STORAGE_FAILED
    assert name not in caught.value.message


async def test_many_at_once(files: Engine) -> None:
    """More blobs being written at once than are collected for: each is whole, and so is one after them."""
    contents = [bytes([number]) * (70_000 + number) for number in range(CROWD + 8)]
    sinks = [files.blobs.create(Digester(sha1=True, md5=False)) for _ in contents]
    for start in range(0, 80_000, 20_000):
        for sink, content in zip(sinks, contents, strict=True):
            await sink.write(content[start : start + 20_000])
    names = [await sink.seal() for sink in sinks]
    for name, content in zip(names, contents, strict=True):
        assert bytes(files.blobs.open(name, len(content)).view(0, len(content))) == content
    last = await sealed(files.blobs, b"last")
    assert bytes(files.blobs.open(last, 4).view(0, 4)) == b"last"
