"""Index: uploads under way and their parts."""

from __future__ import annotations

import pytest

from contracts.engines import Engine, add_bucket, changed
from entrepot.core.facts.records import Acl, Attributes, Bucket, Part, Segment, Upload
from entrepot.core.ports import Transaction


def upload(bucket: Bucket, name: str, *, key: str = "k", at: float = 5.0) -> Upload:
    return Upload(
        id=name, bucket=bucket.id, key=key, size=1 << 40, part_bytes=1 << 20, sha1=b"a" * 20,
        attributes=Attributes(metadata={"x": "\u00fc"}, acl=Acl.PRIVATE), replace="same-bytes",
        started_at=at, started_by="key",
    )  # fmt: skip


def part(name: str, number: int, size: int = 10) -> Part:
    return Part(
        upload=name, number=number, offset=(number - 1) << 35, size=size,
        segments=(Segment(blob=number, offset=0, length=size),), crc64=(1 << 64) - number, sha1=None, md5=bytes(16),
    )  # fmt: skip


async def test_an_upload_comes_back_whole(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    bare = changed(upload(bucket, "b"), sha1=None, attributes=Attributes(), started_by=None)
    await engine.index.write(lambda tx: (tx.add_upload(upload(bucket, "a")), tx.add_upload(bare)))
    assert engine.index.now.upload("a") == upload(bucket, "a")
    assert engine.index.now.upload("b") == bare
    assert engine.index.now.upload("c") is None
    assert engine.index.now.open_uploads() == 2


async def test_the_newest_upload_of_a_key(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    other = await add_bucket(engine.index, "other")
    for name, at in (("z", 1.0), ("m", 3.0), ("a", 2.0)):
        await engine.index.write(lambda tx, n=name, t=at: tx.add_upload(upload(bucket, n, at=t)))
    await engine.index.write(lambda tx: tx.add_upload(upload(bucket, "q", key="kk", at=9.0)))
    await engine.index.write(lambda tx: tx.add_upload(upload(other, "o", at=9.0)))
    assert engine.index.now.newest_upload(bucket.id, "k") == upload(bucket, "m", at=3.0)
    await engine.index.write(lambda tx: tx.remove_upload("m"))
    assert engine.index.now.newest_upload(bucket.id, "k") == upload(bucket, "a", at=2.0)
    assert engine.index.now.newest_upload(bucket.id, "none") is None


async def test_the_found_digest_is_remembered(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    await engine.index.write(lambda tx: tx.add_upload(upload(bucket, "a")))
    await engine.index.write(lambda tx: (tx.set_upload_sha1("a", b"f" * 20), tx.set_upload_sha1("gone", b"f" * 20)))
    assert engine.index.now.upload("a") == changed(upload(bucket, "a"), found_sha1=b"f" * 20)
    assert engine.index.now.upload("gone") is None


async def test_parts_by_number_after_a_number(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)

    def change(tx: Transaction) -> None:
        for name in ("a", "b"):
            tx.add_upload(upload(bucket, name))
        for number in (7, 2, 10_000, 3):
            tx.put_part(part("a", number))
        tx.put_part(part("b", 1, 99))

    await engine.index.write(change)
    reader = engine.index.now
    assert [each.number for each in reader.parts("a", 0, 99)] == [2, 3, 7, 10_000]
    assert [each.number for each in reader.parts("a", 2, 2)] == [3, 7]
    assert reader.parts("a", 10_000, 9) == []
    assert reader.part("a", 7) == part("a", 7)
    assert (reader.part("a", 1), reader.part("none", 1)) == (None, None)
    assert (reader.parts_total("a"), reader.parts_total("b"), reader.parts_total("c")) == ((4, 40), (1, 99), (0, 0))


async def test_removing_an_upload_removes_its_parts_and_no_others(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    for name in ("a", "b"):
        await engine.index.write(lambda tx, n=name: (tx.add_upload(upload(bucket, n)), tx.put_part(part(n, 1))))
    await engine.index.write(lambda tx: tx.remove_upload("a"))
    reader = engine.index.now
    assert (reader.upload("a"), reader.parts("a", 0, 9), reader.parts_total("a")) == (None, [], (0, 0))
    assert (reader.parts("b", 0, 9), reader.open_uploads()) == ([part("b", 1)], 1)


@pytest.mark.parametrize(("before", "limit", "expected"), [(1.0, 9, []), (2.5, 9, ["a", "b"]), (9.0, 2, ["a", "b"])])
async def test_stale_uploads_are_those_started_before(
    engine: Engine, before: float, limit: int, expected: list[str]
) -> None:
    bucket = await add_bucket(engine.index)
    for name, at in (("b", 2.0), ("a", 1.0), ("c", 3.0)):
        await engine.index.write(lambda tx, n=name, t=at: tx.add_upload(upload(bucket, n, at=t)))
    found = await engine.index.write(lambda tx: tx.stale_uploads(before, limit))
    assert sorted(each.id for each in found) == expected


def numbered(bucket: Bucket, name: str, *, key: str = "k", at: float = 5.0) -> Upload:
    return changed(upload(bucket, name, key=key, at=at), size=0, part_bytes=0, sha1=None)


async def test_a_part_comes_back_whole_whatever_it_is_made_of(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    pieces = (Segment(blob=3, offset=5, length=4), Segment(blob=1, offset=0, length=6))
    parts = [
        changed(part("a", 1), offset=0, stored_at=1700000000.25, checksum="crc+/="),
        changed(part("a", 2, 0), segments=(), md5=None, sha1=b"s" * 20),
        changed(part("a", 3), segments=pieces),
        changed(part("a", 4), segments=(Segment(blob=1, offset=2, length=10),)),
    ]
    await engine.index.write(lambda tx: (tx.add_upload(numbered(bucket, "a")), *(tx.put_part(each) for each in parts)))
    assert engine.index.now.upload("a") == numbered(bucket, "a")
    assert engine.index.now.parts("a", 0, 9) == parts
    assert engine.index.now.parts_total("a") == (4, 30)


async def test_a_part_takes_the_place_of_one_of_the_same_number(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    other = changed(part("a", 1, 7), segments=(Segment(blob=9, offset=0, length=7),), stored_at=8.0)
    await engine.index.write(lambda tx: (tx.add_upload(numbered(bucket, "a")), tx.put_part(part("a", 1))))
    await engine.index.write(lambda tx: tx.put_part(other))
    assert engine.index.now.parts("a", 0, 9) == [other]


async def test_slices_and_numbered_parts_are_looked_for_apart(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    await engine.index.write(
        lambda tx: (tx.add_upload(upload(bucket, "s", at=1.0)), tx.add_upload(numbered(bucket, "n", at=9.0)))
    )
    assert engine.index.now.newest_upload(bucket.id, "k") == upload(bucket, "s", at=1.0)
    assert engine.index.now.uploads(bucket.id, ("", ""), None, 9) == [numbered(bucket, "n", at=9.0)]
    assert engine.index.now.uploads(bucket.id, ("", ""), None, 9, sliced=True) == [upload(bucket, "s", at=1.0)]
    both = await engine.index.write(lambda tx: tx.uploads_of(bucket.id, 9))
    assert sorted(each.id for each in both) == ["n", "s"]
    assert len(await engine.index.write(lambda tx: tx.uploads_of(bucket.id, 1))) == 1


@pytest.mark.parametrize(
    ("low", "high", "limit", "expected"),
    [
        (("", ""), None, 9, ["1", "2", "3", "4", "5"]),
        (("", ""), None, 2, ["1", "2"]),
        (("a", ""), None, 9, ["1", "2", "3", "4", "5"]),
        (("a", "1"), None, 9, ["2", "3", "4", "5"]),
        (("a", "2"), "c", 9, ["3"]),
        (("a\0", ""), None, 9, ["3", "4", "5"]),
        (("b", ""), "\u4e2d", 9, ["3", "4"]),
        (("b", "3"), "b", 9, []),
        (("\u4e2d", ""), "\u4e2e", 9, ["5"]),
    ],
)
@pytest.mark.parametrize("sliced", [False, True])
async def test_uploads_by_key_and_id(
    engine: Engine, low: tuple[str, str], high: str | None, limit: int, expected: list[str], sliced: bool
) -> None:
    wanted, others = (upload, numbered) if sliced else (numbered, upload)
    bucket = await add_bucket(engine.index)
    other = await add_bucket(engine.index, "other")

    def change(tx: Transaction) -> None:
        for key, name in (("\u4e2d", "5"), ("c", "4"), ("b", "3"), ("a", "2"), ("a", "1")):
            tx.add_upload(wanted(bucket, name, key=key, at=9.0 - int(name)))
        tx.add_upload(others(bucket, "other-kind", key="a"))
        tx.add_upload(wanted(other, "foreign", key="a"))

    await engine.index.write(change)
    assert [each.id for each in engine.index.now.uploads(bucket.id, low, high, limit, sliced=sliced)] == expected
