"""Uploads in numbered parts: what a completion takes, refuses, repeats and gives back."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import pytest

from contracts.engines import add_bucket, changed
from entrepot.core import operations as ops
from entrepot.core.facts.digests import crc64_of
from entrepot.core.facts.records import (
    PLAIN,
    Acl,
    Attributes,
    BucketSettings,
    Checksum,
    NumberedParts,
    Object,
    Part,
    Staged,
    Upload,
)
from entrepot.core.fault import Kind
from entrepot.core.operations import Replace, WantedPart
from entrepot.core.rules import multipart
from entrepot.core.rules.multipart import PartsPage
from entrepot.core.rules.uploads import Progress
from properties.worlds import NARROW, World, principal
from unit.worlds import a_world, ask, got, put, refuse, refused

ONE, TWO, THREE = b"1" * 20, b"22", bytes(range(50))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made


def md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


async def begin(
    world: World, key: str = "k", *, attributes: Attributes = PLAIN, replace: Replace = Replace.ALWAYS
) -> str:
    """The id of a new upload."""
    upload = await ask(world, ops.StartMultipart(bucket=world.bucket, key=key, attributes=attributes, replace=replace))
    assert isinstance(upload, Upload)
    return upload.id


async def part(world: World, upload: str, number: int, data: bytes, key: str = "k", checksum: str = "") -> Part:
    """Send a part."""
    made = await ask(
        world,
        lambda staged: ops.PutNumberedPart(
            bucket=world.bucket, key=key, upload=upload, number=number, content=staged, checksum=checksum
        ),
        data,
    )
    assert isinstance(made, tuple)
    assert isinstance(made[1], Part)
    return made[1]


def completion(world: World, upload: str, *numbers: int | WantedPart, **more: object) -> ops.CompleteMultipart:
    """The end of an upload; without numbers, with all parts."""
    wanted = tuple(n if isinstance(n, WantedPart) else WantedPart(number=n, md5=None) for n in numbers)
    op = ops.CompleteMultipart(bucket=world.bucket, key="k", upload=upload, parts=wanted or None, part_min_bytes=0)
    return changed(op, **more)


async def test_ids_sort_by_age(world: World) -> None:
    began = world.clock.at
    ids = [await begin(world) for _ in range(5)]
    assert ids == sorted(ids)
    assert {len(each) for each in ids} == {32}
    assert {each for each in ids if not set(each) <= set("0123456789ABCDEF")} == set()
    assert [int(each[:12], 16) for each in ids] == [int((began + after) * 1000) for after in range(1, 6)]


async def test_the_whole_is_its_parts_in_order(world: World) -> None:
    upload = await begin(world, attributes=Attributes(annotation="n"))
    for number, data in ((10_000, THREE), (2, TWO), (1, ONE)):
        sent = await part(world, upload, number, data)
        assert (sent.size, sent.md5, sent.crc64, sent.offset) == (len(data), md5(data), crc64_of(data), 0)
        assert sent.stored_at == world.clock.at
    made = await ask(world, completion(world, upload, size=72))
    assert isinstance(made, Object)
    assert (made.size, made.parts, made.part_bytes, made.upload, made.sha1) == (72, 3, 0, upload, None)
    assert made.md5 == md5(md5(ONE) + md5(TWO) + md5(THREE))
    assert made.crc64 == crc64_of(ONE + TWO + THREE)
    runs = tuple((1, len(data)) for data in (ONE, TWO, THREE))
    assert made.attributes == Attributes(annotation="n", numbered=NumberedParts(runs=runs))
    assert await got(world, "k") == ONE + TWO + THREE


async def test_parts_that_are_not_wanted_are_given_back(world: World) -> None:
    upload = await begin(world)
    for number, data in ((1, ONE), (2, TWO), (3, THREE)):
        await part(world, upload, number, data)
    await ask(world, completion(world, upload, 1, WantedPart(number=3, md5=md5(THREE))))
    assert await got(world, "k") == ONE + THREE
    await ask(world, ops.DeleteObject(bucket=world.bucket, key="k"))
    assert await world.engine.index.inspect(lambda reader: reader.all_blobs(0, 9)) == []


async def test_a_part_takes_the_place_of_one_of_the_same_number(world: World) -> None:
    upload = await begin(world)
    for data in (ONE, THREE, TWO, b"", THREE):
        await part(world, upload, 1, data)
    await ask(world, completion(world, upload, 1))
    assert await got(world, "k") == THREE


async def test_a_repeated_completion_gives_the_object_again(world: World) -> None:
    upload = await begin(world, replace=Replace.NEVER)
    await part(world, upload, 1, ONE)
    first = await ask(world, completion(world, upload, 1))
    assert await ask(world, completion(world, upload, 1, check=refuse)) == first
    await put(world, "k", TWO)
    await refused(world, completion(world, upload, 1), Kind.UPLOAD_MISSING)


async def test_what_a_completion_refuses(world: World) -> None:
    upload = await begin(world)
    await refused(world, completion(world, upload), Kind.UPLOAD_INCOMPLETE)
    for number, data in ((1, ONE), (2, TWO), (3, THREE)):
        await part(world, upload, number, data, checksum=f"c{number}")
    assert (await refused(world, completion(world, upload, 1, 4), Kind.PART_INVALID)).facts == {"number": 4}
    wrong = WantedPart(number=2, md5=md5(ONE))
    assert (await refused(world, completion(world, upload, 1, wrong), Kind.PART_INVALID)).facts == {"number": 2}
    other = WantedPart(number=3, md5=None, checksum="c1")
    assert (await refused(world, completion(world, upload, 1, other), Kind.PART_INVALID)).facts == {"number": 3}
    await refused(world, completion(world, upload, 2, 1), Kind.PART_ORDER)
    await refused(world, completion(world, upload, 1, 1), Kind.PART_ORDER)
    small = await refused(world, completion(world, upload, 1, 2, 3, part_min_bytes=5), Kind.PART_TOO_SMALL)
    assert small.facts == {"number": 2, "size": 2, "minimum": 5}
    await refused(world, completion(world, upload, size=73), Kind.SIZE_MISMATCH)
    await refused(world, completion(world, upload, check=refuse), Kind.PRECONDITION_FAILED)
    await refused(world, completion(world, upload, key="other"), Kind.UPLOAD_MISSING)
    await put(world, "k")
    await refused(world, completion(world, upload, replace=Replace.NEVER), Kind.OBJECT_EXISTS)
    right = WantedPart(number=3, md5=md5(THREE), checksum="c3")
    await ask(world, completion(world, upload, 1, right, part_min_bytes=20))
    assert await got(world, "k") == ONE + THREE


async def test_an_upload_that_must_not_overwrite_does_not_start_where_something_is(world: World) -> None:
    await put(world, "k")
    start = ops.StartMultipart(bucket=world.bucket, key="k", attributes=PLAIN, replace=Replace.NEVER)
    await refused(world, start, Kind.OBJECT_EXISTS)
    assert await world.engine.index.inspect(lambda reader: reader.open_uploads()) == 0
    await begin(world, "free", replace=Replace.NEVER)


async def test_the_policy_of_the_start_holds_unless_the_end_says_otherwise(world: World) -> None:
    upload = await begin(world, replace=Replace.NEVER)
    await put(world, "k")
    await part(world, upload, 1, ONE)
    await refused(world, completion(world, upload), Kind.OBJECT_EXISTS)
    await ask(world, completion(world, upload, replace=Replace.ALWAYS))
    assert await got(world, "k") == ONE


async def test_a_checksum_is_made_of_those_of_the_parts(world: World) -> None:
    upload = await begin(world, attributes=Attributes(checksum=Checksum(algorithm="crc32")))
    for number, data in ((1, ONE), (2, TWO)):
        await part(world, upload, number, data, checksum=f"c{number}")

    def finish(asked: Checksum, parts: list[Part]) -> Checksum:
        value = "+".join(each.checksum for each in parts)
        return Checksum(algorithm=asked.algorithm, value=value, composite=True)

    made = await ask(world, completion(world, upload, finish=finish))
    assert isinstance(made, Object)
    assert made.attributes.checksum == Checksum(algorithm="crc32", value="c1+c2", composite=True)


@pytest.mark.parametrize("number", [0, -1, 10_001])
async def test_numbers_that_no_part_can_have(world: World, number: int) -> None:
    upload = await begin(world)

    def op(staged: Staged) -> ops.PutNumberedPart:
        return ops.PutNumberedPart(bucket=world.bucket, key="k", upload=upload, number=number, content=staged)

    await refused(world, op, Kind.PART_INVALID, ONE, reason="number")


async def test_an_upload_that_was_ended_is_gone_with_its_bytes(world: World) -> None:
    upload = await begin(world)
    await part(world, upload, 1, THREE)
    await ask(world, ops.AbortUpload(bucket=world.bucket, key="k", upload=upload))
    await refused(world, ops.AbortUpload(bucket=world.bucket, key="k", upload=upload), Kind.UPLOAD_MISSING)
    assert await world.engine.index.inspect(lambda reader: reader.all_blobs(0, 9)) == []


async def test_parts_are_listed_by_pages(world: World) -> None:
    upload = await begin(world)
    for number in (1, 2, 5, 9):
        await part(world, upload, number, ONE)
    op = ops.ListParts(bucket=world.bucket, key="k", upload=upload, after=0, limit=3)
    page = await ask(world, op)
    assert isinstance(page, PartsPage)
    assert ([each.number for each in page.parts], page.more) == ([1, 2, 5], True)
    page = await ask(world, changed(op, after=5))
    assert isinstance(page, PartsPage)
    assert ([each.number for each in page.parts], page.more) == ([9], False)
    await refused(world, changed(op, key="other"), Kind.UPLOAD_MISSING)


async def test_slices_and_numbered_parts_do_not_see_each_other(world: World) -> None:
    upload = await begin(world)
    start = ops.StartUpload(
        bucket=world.bucket, key="k", size=20, part_bytes=20, sha1=None, attributes=PLAIN, replace=Replace.ALWAYS
    )
    slices = await ask(world, start)
    assert isinstance(slices, Progress)

    def a_slice(staged: Staged) -> ops.PutPart:
        return ops.PutPart(bucket=world.bucket, key="k", upload=upload, offset=0, content=staged)

    await refused(world, a_slice, Kind.UPLOAD_MISSING, ONE)
    end = ops.CompleteUpload(bucket=world.bucket, key="k", upload=upload, size=None, sha1=None)
    await refused(world, end, Kind.UPLOAD_MISSING)
    other = slices.upload.id
    await refused(world, completion(world, other), Kind.UPLOAD_MISSING)
    await refused(world, ops.AbortUpload(bucket=world.bucket, key="k", upload=other), Kind.UPLOAD_MISSING)


async def copied(world: World, upload: str, number: int, source: str, **more: object) -> Part:
    """Make a part of an object."""
    made = await ask(world, copy(world, upload, number, source, **more))
    assert isinstance(made, tuple)
    assert isinstance(made[1], Part)
    return made[1]


def copy(world: World, upload: str, number: int, source: str, **more: object) -> ops.CopyPart:
    """The operation that makes a part of an object."""
    op = ops.CopyPart(
        bucket=world.bucket, key="k", upload=upload, number=number, source_bucket=world.bucket, source_key=source
    )
    return changed(op, **more)


async def test_parts_made_of_objects(world: World) -> None:
    """Of whole ones, of a range, of a range over the border of two pieces, of an empty one, of a link."""
    await put(world, "three", THREE)
    await put(world, "small", b"0123456789")
    await put(world, "empty")
    await put(world, "link", attributes=Attributes(link="small"))
    first = await begin(world)
    await part(world, first, 1, THREE)
    await part(world, first, 2, ONE)
    await ask(world, completion(world, first))
    upload = await begin(world)
    expected = {
        1: (await copied(world, upload, 1, "three"), THREE),
        2: (await copied(world, upload, 2, "small", first=2, length=3), b"234"),
        3: (await copied(world, upload, 3, "k", first=45, length=10), THREE[45:] + ONE[:5]),
        4: (await copied(world, upload, 4, "k"), THREE + ONE),
        5: (await copied(world, upload, 5, "empty"), b""),
        6: (await copied(world, upload, 6, "link", first=9), b"9"),
    }
    for made, data in expected.values():
        assert (made.size, made.md5, made.crc64) == (len(data), md5(data), crc64_of(data))
    for name in ("three", "small"):
        await ask(world, ops.DeleteObject(bucket=world.bucket, key=name))
    await ask(world, completion(world, upload))
    assert await got(world, "k") == b"".join(data for _, data in expected.values())


@pytest.mark.parametrize(("first", "length"), [(50, None), (51, None), (0, 51), (49, 2), (-1, 2), (0, 0), (5, -1)])
async def test_a_range_that_does_not_lie_in_the_source(world: World, first: int, length: int | None) -> None:
    await put(world, "three", THREE)
    upload = await begin(world)
    op = copy(world, upload, 1, "three", first=first, length=length)
    assert (await refused(world, op, Kind.RANGE_INVALID)).facts == {"size": 50}


async def test_what_a_copied_part_refuses(world: World) -> None:
    await put(world, "three", THREE)
    upload = await begin(world)
    await refused(world, copy(world, upload, 1, "none"), Kind.OBJECT_MISSING)
    await refused(world, copy(world, "none", 1, "three"), Kind.UPLOAD_MISSING)
    await refused(world, copy(world, upload, 0, "three"), Kind.PART_INVALID, reason="number")
    await refused(world, copy(world, upload, 1, "three", check_source=refuse), Kind.PRECONDITION_FAILED)
    foreign = principal(own=NARROW)
    upload = await begin(world, "d/k")
    op = copy(world, upload, 1, "three", key="d/k")
    await refused(world, op, Kind.ACCESS_DENIED, who=foreign)
    await put(world, "three", THREE, attributes=Attributes(acl=Acl.PUBLIC_READ))
    await ask(world, op, who=foreign)


async def test_a_source_that_changes_while_it_is_read(world: World) -> None:
    """The condition is asked twice: before the bytes are read, and in the transaction."""
    await put(world, "three", THREE)
    upload = await begin(world)
    asked: list[object] = []

    def changing(record: object) -> None:
        asked.append(record)
        if len(asked) == 1:
            world.engine.index.write(lambda tx: tx.put_object(changed(record, segments=()), world.bucket.account))

    op = copy(world, upload, 1, "three", first=1, check_source=changing)
    fault = await refused(world, op, Kind.PRECONDITION_FAILED)
    assert "changed while it was read" in fault.message
    assert asked
    await put(world, "three", THREE)
    await world.engine.index.write(lambda tx: tx.release(1, 9.0))  # what the change above lost


async def test_a_part_of_an_object_in_another_bucket(world: World) -> None:
    other = await add_bucket(world.engine.index, "other", 1250000009)
    await world.engine.index.write(
        lambda tx: tx.update_bucket(changed(other, settings=BucketSettings(acl=Acl.PUBLIC_READ)))
    )
    made = await put(world, "three", THREE)
    upload = await begin(world)
    await refused(world, copy(world, upload, 1, "x", source_bucket=other), Kind.OBJECT_MISSING)

    def share(tx: object) -> None:
        tx.retain(made.segments[0].blob)
        tx.put_object(changed(made, bucket=other.id, key="x"), other.account)

    await world.engine.index.write(share)
    await copied(world, upload, 1, "x", source_bucket=other)
    await ask(world, completion(world, upload))
    assert await got(world, "k") == THREE


@pytest.mark.parametrize("named", [False, True])
async def test_many_parts_of_many_lengths(world: World, named: bool) -> None:
    upload = await begin(world)
    pieces = [bytes([number]) * (number + 1) for number in range(40)]
    for number, data in enumerate(pieces, 1):
        await part(world, upload, number, data)
    made = await ask(world, completion(world, upload, *(range(1, 41) if named else ())))
    assert isinstance(made, Object)
    assert made.crc64 == crc64_of(b"".join(pieces))
    assert await got(world, "k") == b"".join(pieces)


async def test_a_part_that_changes_while_checksums_are_joined(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = await begin(world)
    await part(world, upload, 1, ONE)
    before = multipart.Joined(pieces=[(crc64_of(TWO), 2)], crc64=77)
    monkeypatch.setattr(multipart, "join", lambda _reader, _op: before)
    made = await ask(world, completion(world, upload))
    assert isinstance(made, Object)
    assert made.crc64 == crc64_of(ONE)
