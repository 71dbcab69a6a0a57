"""Index: references to blobs, and what is left to the sweeper."""

from __future__ import annotations

import pytest

from contracts.engines import Engine, staged
from entrepot.core.facts.records import Blob

BIG_CRC = (1 << 64) - 2


async def test_a_blob_comes_back_whole(engine: Engine) -> None:
    inline = await engine.index.write(lambda tx: tx.add_blob(staged(b"\0bytes\xff")))
    named = await engine.index.write(lambda tx: tx.add_blob(staged(b"12345", "n" * 32)))
    first, second = engine.index.now.blob(inline), engine.index.now.blob(named)
    assert first == Blob(id=inline, size=7, crc64=staged(b"\0bytes\xff").crc64, data=b"\0bytes\xff")
    assert second == Blob(id=named, size=5, crc64=staged(b"12345").crc64, name="n" * 32)
    assert engine.index.now.blob(named + 1) is None


async def test_bytes_in_the_index_vanish_after_the_last_reference(engine: Engine) -> None:
    number = await engine.index.write(lambda tx: tx.add_blob(staged(b"bytes")))
    await engine.index.write(lambda tx: (tx.retain(number), tx.retain(number)))
    for _ in range(2):
        await engine.index.write(lambda tx: tx.release(number, 1.0))
        assert engine.index.now.blob(number) is not None
    await engine.index.write(lambda tx: tx.release(number, 1.0))
    assert engine.index.now.blob(number) is None
    assert await engine.index.write(lambda tx: tx.garbage(9e9, 9)) == []


async def test_a_file_is_left_to_the_sweeper(engine: Engine) -> None:
    name = "f" * 32
    assert engine.index.now.has_blob(name) is False
    number = await engine.index.write(lambda tx: tx.add_blob(staged(b"bytes", name)))
    assert engine.index.now.has_blob(name) is True
    await engine.index.write(lambda tx: tx.release(number, 100.0))
    assert engine.index.now.blob(number) is None
    assert engine.index.now.has_blob(name) is True
    assert await engine.index.write(lambda tx: tx.garbage(100.0, 9)) == []
    assert await engine.index.write(lambda tx: tx.garbage(100.5, 9)) == [name]
    assert engine.index.now.has_blob(name) is True
    await engine.index.write(lambda tx: tx.drop_garbage([name, "unknown"]))
    assert engine.index.now.has_blob(name) is False
    assert await engine.index.write(lambda tx: tx.garbage(9e9, 9)) == []


async def test_garbage_comes_oldest_first_and_limited(engine: Engine) -> None:
    names = [f"{n:032}" for n in range(6)]
    numbers = [await engine.index.write(lambda tx, n=n: tx.add_blob(staged(b"x", n))) for n in names]
    for age, number in zip((3.0, 1.0, 5.0, 2.0, 4.0, 6.0), numbers, strict=True):
        await engine.index.write(lambda tx, a=age, n=number: tx.release(n, a))
    assert await engine.index.write(lambda tx: tx.garbage(5.5, 3)) == [names[1], names[3], names[0]]
    assert len(await engine.index.write(lambda tx: tx.garbage(5.5, 99))) == 5


@pytest.mark.parametrize("name", [None, "e" * 32])
async def test_a_blob_number_is_not_given_again(engine: Engine, name: str | None) -> None:
    """A download under way that holds the number of released bytes must never be given somebody else's."""
    first = await engine.index.write(lambda tx: tx.add_blob(staged(b"mine", name)))
    await engine.index.write(lambda tx: tx.release(first, 1.0))
    second = await engine.index.write(lambda tx: tx.add_blob(staged(b"yours")))
    assert second != first
    assert engine.index.now.blob(first) is None
