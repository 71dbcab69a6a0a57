"""Blobs at stores of other people: what goes wrong on the way and there, and what sweeping may take.

The promises that every engine of blobs keeps are in ``tests/contracts/test_blobs.py``, which runs over stores as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cluster.bucket import AT_ONCE, fresh_place, opened, turn
from cluster.stores import CREDENTIALS, Store, VersityGw
from contracts.engines import memory_engine, sealed, staged
from entrepot.adapters.s3_backend.address import Credentials, Place
from entrepot.adapters.s3_backend.blobs import MARGIN_SECONDS, MEMORY_BYTES, S3Blobs
from entrepot.adapters.s3_backend.health import PATIENCE_SECONDS
from entrepot.adapters.s3_backend.sink import LONG_BYTES, PART_BYTES, SHORT_BYTES
from entrepot.adapters.s3_backend.start import StoreError, check
from entrepot.core.facts.digests import Digester
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Blobs
from entrepot.upkeep.settings import SweepSettings
from entrepot.upkeep.sweep import Sweeper

MIB = 1 << 20


async def begun(blobs: Blobs, size: int) -> object:
    """A blob of which so much was written, and that is not sealed."""
    sink = blobs.create(Digester(sha1=False, md5=False))
    for _ in range(0, size, MIB):
        await sink.write(os.urandom(MIB))
    return sink


async def put_elsewhere(blobs: S3Blobs, key: str) -> None:
    import obstore

    await obstore.put_async(blobs.bucket.store, key, b"not ours")


def unfinished(blobs: S3Blobs) -> int:
    return len(list(blobs.calls.unfinished(blobs.bucket.place.prefix)))


@pytest.mark.parametrize("memory_bytes", [MEMORY_BYTES, 0], ids=["streamed", "from a file"])
async def test_a_long_blob_goes_in_parts_and_memory_stays_flat(store: Store, memory_bytes: int) -> None:
    def resident() -> int:
        with open("/proc/self/statm") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * 4096

    blobs = opened(fresh_place(store), memory_bytes=memory_bytes)
    piece = os.urandom(MIB)
    sink = blobs.create(Digester(sha1=False, md5=False))
    before, most = resident(), 0
    for _ in range(200):
        await sink.write(piece)
        most = max(most, resident())
    name = await sink.seal()
    assert most - before < 8 * PART_BYTES
    reader = blobs.open(name, 200 * MIB)
    for at in range(0, 200 * MIB, MIB):
        await reader.ready(at, MIB, 200 * MIB)
        assert reader.view(at, MIB) == piece
        most = max(most, resident())
    assert most - before < 8 * PART_BYTES
    await blobs.remove([name])
    blobs.close()


async def test_who_comes_when_memory_is_taken_waits_in_a_file_and_gives_nothing_up(store: Store) -> None:
    """Some stream, some wait on disk from the start or from their second handful on: all arrive whole."""
    blobs = opened(fresh_place(store), memory_bytes=LONG_BYTES + 4 * SHORT_BYTES)
    contents = [os.urandom(size) for size in (100_000, 3 * MIB, 2 * MIB, 12 * MIB, 70_000, 100_000, 9 * MIB, 200_000)]
    sinks = [blobs.create(Digester(sha1=False, md5=False)) for _ in contents]
    for at in range(0, 12 * MIB, MIB // 2):
        for sink, content in zip(sinks, contents, strict=True):
            if at < len(content):
                await sink.write(content[at : at + MIB // 2])
    names = await asyncio.gather(*(sink.seal() for sink in sinks))
    for name, content in zip(names, contents, strict=True):
        reader = blobs.open(name, len(content))
        await reader.ready(0, len(content))
        assert bytes(reader.view(0, len(content))) == content
    assert blobs._room.memory.take(LONG_BYTES + 4 * SHORT_BYTES), "memory was not given back"
    blobs.close()


async def test_an_upload_that_is_given_up_leaves_no_parts(store: Store) -> None:
    if not store.lists_unfinished:
        pytest.skip("it does not tell what is unfinished")
    blobs = opened(fresh_place(store))
    sink = await begun(blobs, 30 * MIB)
    assert unfinished(blobs) == 1
    await sink.discard()  # type: ignore[attr-defined]
    if unfinished(blobs):  # a part that was on its way came after the abort: the sweep finds it
        await asyncio.sleep(2.1)
        assert await blobs.drop_unfinished(0.0) == 1
    assert unfinished(blobs) == 0
    blobs.close()


async def test_sweeping_takes_only_what_no_request_may_name_any_more(store: Store) -> None:
    """The store's clock is turned; ours is not asked."""
    place = fresh_place(store)
    blobs = opened(place, request_seconds=3600.0)
    index = memory_engine().index
    named, orphan = await sealed(blobs, b"named"), await sealed(blobs, b"an orphan")
    await put_elsewhere(blobs, f"{place.prefix}somebody/else")
    parts = await begun(blobs, 30 * MIB)

    await index.write(lambda tx: tx.add_blob(staged(b"named", named)))
    # However little an operator lets garbage wait, a request of any gateway may still name what it stored.
    sweeper = Sweeper(index, blobs, time.time, SweepSettings(garbage_seconds=0.0))
    for later in (0.0, 3600.0, 3600.0 + MARGIN_SECONDS - 60.0):
        turn(blobs, later)
        assert (await sweeper.sweep(orphans=True)).orphans == 0
    turn(blobs, 3600.0 + MARGIN_SECONDS + 60.0)
    assert (await sweeper.sweep(orphans=True)).orphans == 1 + store.lists_unfinished
    assert list(blobs.names(0.0)) == [named]
    with pytest.raises(Fault):
        await blobs.open(orphan, 9).ready(0, 9)
    if store.lists_unfinished:
        assert unfinished(blobs) == 0
    await parts.discard()  # type: ignore[attr-defined]
    blobs.close()


@pytest.fixture
def own_store() -> Store:
    """A store that may be maltreated."""
    try:
        return VersityGw()
    except FileNotFoundError as lacking:
        pytest.skip(str(lacking))


async def test_a_store_that_hangs_makes_requests_fail_in_time_and_is_used_again(own_store: Store) -> None:
    blobs = opened(fresh_place(own_store), seconds=3.0)
    try:
        name = await sealed(blobs, b"here")
        own_store.pause()
        started = time.monotonic()
        for failing in (
            blobs.open(name, 4).ready(0, 4), sealed(blobs, b"few"), sealed(blobs, *[b"x" * MIB] * 40),
            blobs.remove(["0" * 32]), asyncio.to_thread(lambda: list(blobs.open(name, 4).once(0, 4))),
            asyncio.to_thread(lambda: list(blobs.names(0.0))),
        ):  # fmt: skip
            with pytest.raises(Fault) as caught:
                await failing
            assert caught.value.kind is Kind.STORAGE_FAILED
            assert CREDENTIALS.secret not in caught.value.message
        assert time.monotonic() - started < 6 * 2 * 3.0 + 10
        own_store.resume()
        for _ in range(20):  # it is asked four times a second whether it is there again
            await asyncio.sleep(0.25)
            reader = blobs.open(name, 4)
            with contextlib.suppress(Fault):
                await reader.ready(0, 4)
                break
        assert bytes(reader.view(0, 4)) == b"here"
    finally:
        own_store.stop()
        blobs.close()


async def test_a_store_that_is_away_is_found_out_by_itself_and_refuses_at_once(own_store: Store) -> None:
    """Whoever waits is let go in a few seconds, whoever comes then does not wait at all, whatever a call may take."""
    blobs = opened(fresh_place(own_store), seconds=60.0)
    health = blobs.bucket.health
    try:
        name = await sealed(blobs, b"here")
        assert await health.problem() is None
        for away, back in ((own_store.pause, own_store.resume), (own_store.kill, own_store.start)):
            away()
            started = time.monotonic()
            waiting = [sealed(blobs, *[b"x" * MIB] * 3) for _ in range(20)]
            ended = await asyncio.gather(*waiting, blobs.open(name, 4).ready(0, 4), return_exceptions=True)
            assert all(isinstance(one, Fault) and one.reason == "unavailable" for one in ended), ended
            assert time.monotonic() - started < 3 * PATIENCE_SECONDS + 2
            assert await health.problem() is not None
            started = time.monotonic()
            with pytest.raises(Fault):
                await sealed(blobs, b"few")
            assert time.monotonic() - started < 0.5
            back()
            until = time.monotonic() + 10
            while await health.problem() is not None:
                assert time.monotonic() < until, "it is not used again"
                await asyncio.sleep(0.1)
            await sealed(blobs, b"and goes on")
    finally:
        own_store.stop()
        blobs.close()


async def test_what_was_sealed_is_there_after_the_store_was_killed(own_store: Store) -> None:
    blobs = opened(fresh_place(own_store), seconds=5.0)
    try:
        data = os.urandom(20 * MIB)
        name = await sealed(blobs, data)
        own_store.kill()
        with pytest.raises(Fault):
            await sealed(blobs, b"nobody is there")
        own_store.start()
        found = await asyncio.to_thread(lambda: b"".join(map(bytes, blobs.open(name, len(data)).once(0, len(data)))))
        assert found == data
        await sealed(blobs, b"and goes on")
    finally:
        own_store.stop()
        blobs.close()


@asynccontextmanager
async def between(store: Store, mark: bytes = b"", most: int = 1 << 40) -> AsyncIterator[str]:
    """An address of the store where ``mark`` is changed in what goes there, and ``most`` bytes come back at a time."""
    port = int(store.endpoint.rpartition(":")[2])
    writers: list[asyncio.StreamWriter] = []

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, old: bytes, left: int) -> None:
        try:
            while data := await source.read(min(1 << 16, left)):
                sink.write(data.replace(old, bytes(len(old))) if old else data)
                await sink.drain()
                left -= len(data)
        except OSError:
            pass
        finally:
            sink.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await asyncio.open_connection("127.0.0.1", port)
        writers.extend((writer, there))
        await asyncio.gather(pump(reader, there, mark, 1 << 40), pump(there_reader, writer, b"", most))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("size", [1000, 30 * MIB])
async def test_what_is_damaged_on_its_way_is_not_sealed(store: Store, size: int) -> None:
    if not store.notices_damage:
        pytest.skip("it takes what was damaged; the check at the start says so")
    mark = b"this-will-be-changed"
    async with between(store, mark) as endpoint:
        blobs = opened(dataclasses.replace(fresh_place(store), endpoint=endpoint), seconds=10.0)
        sink = blobs.create(Digester(sha1=False, md5=False))
        with pytest.raises(Fault):  # noqa: PT012 - which of them raises is open
            await sink.write(b"\n" * 100 + mark)
            for _ in range(0, size, MIB):
                await sink.write(b"\n" * min(size, MIB))
            await sink.seal()
        await sink.discard()
        assert await asyncio.to_thread(lambda: list(blobs.names(0.0))) == []
        until = time.monotonic() + 10.0  # what is left at a store that fails is thrown away without being waited for
        while store.lists_unfinished and await asyncio.to_thread(unfinished, blobs):
            assert time.monotonic() < until
            await asyncio.sleep(0.05)
        blobs.close()


@pytest.mark.parametrize("start", [0, 12345])
async def test_an_answer_that_breaks_off_is_asked_for_again_from_there(store: Store, start: int) -> None:
    data = os.urandom(9 * MIB + 17)
    place = fresh_place(store)
    blobs = opened(place)
    name = await sealed(blobs, data)
    async with between(store, most=5 * MIB // 4) as endpoint:
        far = opened(dataclasses.replace(place, endpoint=endpoint), seconds=10.0)
        reader = far.open(name, len(data))
        for at in range(start, len(data), MIB):
            size = min(MIB, len(data) - at)
            await reader.ready(at, size, len(data))
            assert bytes(reader.view(at, size)) == data[at : at + size]
        far.close()
    async with between(
        store, most=1 << 16
    ) as endpoint:  # not one window arrives, though the client of the store goes on three times
        far = opened(dataclasses.replace(place, endpoint=endpoint), seconds=10.0)
        with pytest.raises(Fault) as caught:
            await far.open(name, len(data)).ready(start, MIB, len(data))
        assert caught.value.kind is Kind.STORAGE_FAILED
        far.close()
    blobs.close()


async def test_a_reader_that_turns_elsewhere_gets_what_it_asks_for(store: Store) -> None:
    """Windows out of turn, of other lengths, and beyond what was announced."""
    data = os.urandom(7 * MIB + 5)
    blobs = opened(fresh_place(store))
    reader = blobs.open(await sealed(blobs, data), len(data))
    steps = [(0, MIB, 7 * MIB), (MIB, MIB, 7 * MIB), (5 * MIB, MIB, 0), (6 * MIB, MIB + 5, 7 * MIB + 5)]
    steps += [(2 * MIB, 100, 3 * MIB), (2 * MIB + 100, 100, 3 * MIB), (2 * MIB + 200, 70_000, 3 * MIB), (0, 1, 1)]
    for at, size, until in steps:
        await reader.ready(at, size, until)
        assert bytes(reader.view(at, size)) == data[at : at + size]
    blobs.close()


async def test_the_check_passes_where_all_is_well_and_leaves_nothing(store: Store) -> None:
    blobs = opened(fresh_place(store), later=0.0)
    warnings = await check(blobs, secrets.token_hex(8), time.time)
    assert len(warnings) == (not store.lists_unfinished) + (not store.notices_damage)
    import obstore

    assert obstore.list(blobs.bucket.store, blobs.bucket.place.prefix.rstrip("/")).collect() == []
    blobs.close()


@pytest.mark.parametrize(
    ("change", "credentials", "off", "advice"),
    [
        ({"bucket": "no-such-bucket"}, CREDENTIALS, 0.0, "make it there first"),
        ({}, Credentials(key_id=CREDENTIALS.key_id, secret="quite-another-secret"), 0.0, "look at its id and secret"),
        ({"endpoint": "http://127.0.0.1:9"}, CREDENTIALS, 0.0, "whether it runs"),
        ({}, CREDENTIALS, 400.0, "set both by NTP"),
    ],
)
async def test_the_check_says_what_to_do(
    store: Store, change: dict[str, str], credentials: Credentials, off: float, advice: str
) -> None:
    place: Place = dataclasses.replace(fresh_place(store), **change)  # type: ignore[arg-type]
    blobs = S3Blobs(place, credentials, lambda: "0" * 32, time.time, request_seconds=AT_ONCE, seconds=5.0)
    with pytest.raises(StoreError) as caught:
        await check(blobs, "probe", lambda: time.time() + off)
    assert advice in str(caught.value)
    assert credentials.secret not in str(caught.value) + repr(credentials)
    blobs.close()
