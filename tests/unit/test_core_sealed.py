"""Sealed blobs: what was changed on the disk is an error and never other bytes; rows that do not fit are told.

The borders are those of chunks (64 KiB plain, 16 more sealed: AES-GCM's tag, NIST SP 800-38D).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contracts.engines import Engine, add_bucket, file_engine, memory_engine, record
from entrepot.core.facts.records import (
    BY_SERVER,
    PLAIN,
    Attributes,
    Blob,
    Bucket,
    ClientKey,
    Encryption,
    Protection,
    Segment,
    Staged,
)
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules import objects, sealed
from entrepot.core.rules.content import Run, Windows, content_of
from entrepot.core.rules.intake import Intake
from entrepot.core.value import changed
from entrepot.upkeep.fsck import check
from properties.worlds import chunked

CHUNK, SEALED_CHUNK = 65_536, 65_552
LENGTH = 3 * CHUNK + 100
CONTENT = bytes(number * 31 % 253 for number in range(LENGTH))
MINE, THEIRS = ClientKey(secret=bytes(range(32))), ClientKey(secret=bytes(32))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    found = file_engine(tmp_path / "data")
    yield found
    found.close()


async def stored(
    engine: Engine, content: bytes = CONTENT, protection: Protection | None = BY_SERVER, inline: int = 1000
) -> Blob:
    """A blob of these bytes, as the index gives it out."""
    intake = Intake(engine.blobs, inline_bytes=inline)
    staged = await intake.stage(chunked(content), limit=1 << 30, protection=protection)
    assert (staged.size, staged.seal is not None) == (len(content), protection is not None)
    number = await engine.index.write(lambda tx: tx.add_blob(staged))
    found = engine.index.now.blob(number)
    assert found is not None
    return found


def file_of(tmp_path: Path, blob: Blob) -> Path:
    assert blob.name is not None
    return tmp_path / "data" / "blobs" / blob.name[:2] / blob.name


async def read(engine: Engine, blob: Blob, offset: int = 0, length: int | None = None) -> bytes:
    """The bytes by windows, as they are sent; they must be the same when they are read through."""
    count = blob.size - offset if length is None else length
    sent = b"".join([bytes(w) async for w in Windows(engine.blobs, [Run(blob=blob, offset=offset, length=count)])])
    assert sent == b"".join(map(bytes, content_of(engine.blobs, blob, offset, count).once()))
    return sent


@pytest.mark.parametrize("make", [lambda path: memory_engine(), file_engine], ids=["memory", "files"])
@pytest.mark.parametrize("length", [1, 999, 1001, CHUNK - 1, CHUNK, CHUNK + 1, 4 * CHUNK, 4 * CHUNK + 1, 1 << 20])
async def test_every_place_of_a_blob(tmp_path: Path, make: Callable[[Path], Engine], length: int) -> None:
    engine = make(tmp_path / "data")
    content = (CONTENT * 6)[:length]
    blob = await stored(engine, content)
    assert await read(engine, blob) == content
    edges = {edge for at in (0, CHUNK, 2 * CHUNK, length) for edge in (at - 1, at, at + 1) if 0 <= edge < length}
    for first in edges:
        for last in edges:
            if first <= last:
                assert await read(engine, blob, first, last - first + 1) == content[first : last + 1]
    engine.close()


def _flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _swapped(data: bytes) -> bytes:
    return data[SEALED_CHUNK : 2 * SEALED_CHUNK] + data[:SEALED_CHUNK] + data[2 * SEALED_CHUNK :]


def _repeated(data: bytes) -> bytes:
    return data[:SEALED_CHUNK] * 2 + data[2 * SEALED_CHUNK :]


TAMPERED: dict[str, Callable[[bytes], bytes]] = {
    "a byte of the first chunk": _flipped(5),
    "a byte of a tag": _flipped(SEALED_CHUNK - 1),
    "a byte of the last chunk": _flipped(3 * SEALED_CHUNK + 5),
    "two chunks in each other's place": _swapped,
    "one chunk twice": _repeated,
    "zeroes": lambda data: bytes(len(data)),
}


@pytest.mark.parametrize("how", TAMPERED)
async def test_a_changed_file_is_an_error(engine: Engine, tmp_path: Path, how: str) -> None:
    blob = await stored(engine)
    path = file_of(tmp_path, blob)
    path.write_bytes(TAMPERED[how](path.read_bytes()))
    for first, length in ((0, LENGTH), (0, CHUNK), (CHUNK, CHUNK), (3 * CHUNK, 100)):
        try:
            found = await read(engine, blob, first, length)
        except Fault:
            continue
        assert found == CONTENT[first : first + length]
    with pytest.raises(Fault) as caught:
        await read(engine, blob)
    assert caught.value.kind is Kind.STORAGE_FAILED
    report = await engine.index.inspect(lambda reader: check(reader, engine.blobs))
    assert any("sealed bytes" in damage for damage in report.damage)


async def test_a_file_that_was_cut_or_is_another_blobs(engine: Engine, tmp_path: Path) -> None:
    blob, other = await stored(engine), await stored(engine)
    path = file_of(tmp_path, blob)
    whole = path.read_bytes()
    assert whole != file_of(tmp_path, other).read_bytes(), "the same bytes under the same key"
    for data in (whole[:-1], whole[: 3 * SEALED_CHUNK], b"", whole + b"x", file_of(tmp_path, other).read_bytes()):
        path.write_bytes(data)
        with pytest.raises(Fault) as caught:
            await read(engine, blob)
        assert caught.value.kind is Kind.STORAGE_FAILED
    path.write_bytes(whole)
    assert await read(engine, blob) == CONTENT


async def test_a_shorter_blob_cannot_be_made_of_a_longer_one(engine: Engine, tmp_path: Path) -> None:
    """Whoever changes the index too and cuts at a chunk's border finds that the last chunk is sealed as such."""
    blob = await stored(engine)
    path = file_of(tmp_path, blob)
    path.write_bytes(path.read_bytes()[: 2 * SEALED_CHUNK])
    with pytest.raises(Fault):
        await read(engine, changed(blob, size=2 * CHUNK))


async def test_keys_cannot_be_swapped_between_rows(engine: Engine, tmp_path: Path) -> None:
    import apsw

    blobs = [await stored(engine), await stored(engine)]
    connection = apsw.Connection(str(tmp_path / "data" / "index.db"))
    keys = [row[0] for row in connection.execute("SELECT key FROM seals ORDER BY blob").fetchall()]
    connection.execute("UPDATE seals SET key = ? WHERE blob = ?", (keys[1], blobs[0].id)).fetchall()
    connection.close()
    with pytest.raises(Fault) as caught:
        engine.index.now.blob(blobs[0].id)
    assert caught.value.kind is Kind.STORAGE_FAILED
    report = await engine.index.inspect(lambda reader: check(reader, engine.blobs))
    assert any(f"blob {blobs[0].id}: its row cannot be read" in damage for damage in report.damage)


async def test_the_data_key_is_not_in_the_index(engine: Engine, tmp_path: Path) -> None:
    blob = await stored(engine)
    assert blob.seal is not None
    assert blob.seal.key not in b"".join(path.read_bytes() for path in (tmp_path / "data").glob("index.db*"))
    assert blob.seal.key.hex() not in repr(blob)
    assert "secret" not in repr(MINE)


# -- keys of clients ---------------------------------------------------------------------------------------------------


async def test_only_the_clients_key_opens_a_blob(engine: Engine) -> None:
    sealing = engine.blobs.sealing
    for inline in (1000, 1 << 20):
        protection = sealed.with_client_key(sealing, MINE, masks_md5=False)
        blob = await stored(engine, CONTENT, protection, inline)
        for key in (None, THEIRS):
            with pytest.raises(Fault) as caught:
                sealed.unwrapped(sealing, blob, key)
            assert (caught.value.kind, caught.value.reason) == (Kind.ACCESS_DENIED, "customer-key")
        with pytest.raises(Fault):
            content_of(engine.blobs, blob, 0, 10)
        assert await read(engine, sealed.unwrapped(sealing, blob, MINE)) == CONTENT


def test_a_key_is_known_again(tmp_path: Path) -> None:
    sealing = memory_engine().blobs.sealing
    one, other = sealing.mark(MINE), sealing.mark(MINE)
    assert one != other
    assert [sealing.knows(mark, key) for mark in (one, other) for key in (MINE, THEIRS)] == [True, False] * 2
    assert sealing.masked(bytes(16), MINE) == sealing.masked(bytes(16), MINE) != sealing.masked(bytes(16), THEIRS)
    assert len(sealing.masked(bytes(16), MINE)) == 16


async def test_what_only_a_client_can_open_is_checked_as_far_as_it_can_be(engine: Engine, tmp_path: Path) -> None:
    blob = await stored(engine, CONTENT, sealed.with_client_key(engine.blobs.sealing, MINE, masks_md5=True))
    bucket = await add_bucket(engine.index)
    attributes = Attributes(encryption=Encryption(mark=b"m"))
    whole = changed(
        record(bucket, "k", segments=(Segment(blob=blob.id, offset=0, length=LENGTH),)),
        crc64=blob.crc64, attributes=attributes, md5=bytes(16),
    )  # fmt: skip
    await engine.index.write(lambda tx: tx.put_object(whole, bucket.account))
    report = await engine.index.inspect(lambda reader: check(reader, engine.blobs, digests=True))
    assert report.damage == []
    path = file_of(tmp_path, blob)
    path.write_bytes(_flipped(7)(path.read_bytes()))
    report = await engine.index.inspect(lambda reader: check(reader, engine.blobs))
    assert len(report.damage) == 1


# -- labels and bytes --------------------------------------------------------------------------------------------------


@pytest.fixture
async def bucket(engine: Engine) -> Bucket:
    return await add_bucket(engine.index)


BY_CLIENT = Attributes(encryption=Encryption(mark=b"m"))
BY_US = Attributes(encryption=Encryption())


async def test_no_object_says_what_its_bytes_are_not(engine: Engine) -> None:
    """A label over plain bytes cannot be stored, nor sealed bytes without a label."""
    mine = sealed.with_client_key(engine.blobs.sealing, MINE, masks_md5=False)
    fits = {None: PLAIN, BY_SERVER: BY_US, mine: BY_CLIENT}
    for protection in (None, BY_SERVER, mine):
        intake = Intake(engine.blobs, inline_bytes=1000)
        staged: Staged = await intake.stage(chunked(b"bytes"), limit=100, protection=protection)
        for attributes in (PLAIN, BY_US, BY_CLIENT):
            adopt = lambda tx, s=staged, a=attributes: objects.adopt(tx, s, a)  # noqa: E731
            if attributes is next(value for key, value in fits.items() if key is protection):
                assert len(await engine.index.write(adopt)) == 1
            else:
                with pytest.raises(Fault) as caught:
                    await engine.index.write(adopt)
                assert caught.value.kind is Kind.PRECONDITION_FAILED


async def test_a_row_that_does_not_fit_serves_no_sealed_bytes(engine: Engine, bucket: Bucket) -> None:
    for inline in (1000, 1 << 20):
        blob = await stored(engine, CONTENT, BY_SERVER, inline)
        plain = changed(
            record(bucket, "k", segments=(Segment(blob=blob.id, offset=0, length=LENGTH),)), crc64=blob.crc64
        )
        await engine.index.write(lambda tx, plain=plain: tx.put_object(plain, bucket.account))
        found = engine.index.now.object_and_blobs(bucket.id, "k")
        assert found is not None
        with pytest.raises(Fault):
            content_of(engine.blobs, found[1][0], 0, 10)
        report = await engine.index.inspect(lambda reader: check(reader, engine.blobs))
        assert any("is not encrypted as its row states" in damage for damage in report.damage)
