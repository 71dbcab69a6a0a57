"""Objects that grow, are deleted many at once, changed and copied into other places."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import AsyncIterator

import pytest

from contracts.engines import add_bucket, changed
from entrepot.core import operations as ops
from entrepot.core.facts.digests import crc64_of
from entrepot.core.facts.records import PLAIN, Acl, Attributes, Checksum, Lock, Object, Staged
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Replace
from entrepot.core.rules import objects
from properties.worlds import NARROW, World, principal
from unit.worlds import a_world, ask, got, put, refuse, refused

SMALL, LONG = b"small", bytes(range(50))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made


def md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def appending(world: World, position: int, **more: object) -> object:
    """The operation that adds to ``k``."""
    return lambda staged: changed(
        ops.AppendObject(bucket=world.bucket, key="k", position=position, content=staged, attributes=PLAIN), **more
    )


async def append(world: World, position: int, data: bytes, **more: object) -> Object:
    made = await ask(world, appending(world, position, **more), data)
    assert isinstance(made, Object)
    return made


async def test_an_object_grows(world: World) -> None:
    attributes = Attributes(metadata={"a": "1"}, checksum=Checksum(algorithm="crc32", value="x"))
    first = await append(world, 0, SMALL, attributes=attributes)
    assert (first.parts, first.md5, first.crc64) == (0, md5(SMALL), crc64_of(SMALL))
    assert first.attributes == changed(attributes, appendable=True)
    other = appending(world, 5, attributes=Attributes(metadata={"b": "2"}))
    await refused(world, other, Kind.PARAMETER_INVALID, LONG)
    second = await append(world, 5, LONG, attributes=Attributes(metadata={"a": "1"}))
    assert (second.parts, second.md5, second.crc64) == (2, md5(md5(SMALL) + md5(LONG)), crc64_of(SMALL + LONG))
    assert (second.sha1, second.created_at, second.modified_at) == (None, first.created_at, world.clock.at)
    assert second.attributes == Attributes(metadata={"a": "1"}, appendable=True)
    third = await append(world, 55, b"x")
    assert (third.parts, third.md5) == (3, md5((second.md5 or b"") + md5(b"x")))
    nothing = await append(world, 56, b"")
    assert (nothing.md5, nothing.parts, nothing.size) == (third.md5, 3, 56)
    assert await got(world, "k") == SMALL + LONG + b"x"
    await ask(world, ops.DeleteObject(bucket=world.bucket, key="k"))


async def test_where_nothing_can_be_appended(world: World) -> None:
    fault = await refused(world, appending(world, 1), Kind.APPEND_CONFLICT, SMALL)
    assert fault.facts == {"position": 0}
    await append(world, 0, SMALL)
    for position in (0, 4, 6):
        fault = await refused(world, appending(world, position), Kind.APPEND_CONFLICT, LONG)
        assert fault.facts == {"position": 5}
    await refused(world, appending(world, 5, check=refuse), Kind.PRECONDITION_FAILED, LONG)
    await put(world, "k", LONG)
    fault = await refused(world, appending(world, 50), Kind.APPEND_CONFLICT, SMALL, reason="kind")
    assert fault.facts == {"position": 50}
    await put(world, "k", b"", attributes=Attributes(appendable=True, lock=Lock.WRITE))
    await refused(world, appending(world, 0), Kind.OBJECT_LOCKED, SMALL)


async def test_an_object_grows_so_often_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "APPENDS_MAX", 3)
    for position in range(3):
        await append(world, position, b"x")
    fault = await refused(world, appending(world, 3), Kind.TOO_LARGE, b"x")
    assert fault.facts == {"limit": 3}


async def test_a_condition_is_asked_of_what_is_there(world: World) -> None:
    asked: list[Object | None] = []

    def op(staged: Staged) -> ops.PutObject:
        return ops.PutObject(
            bucket=world.bucket, key="k", content=staged, attributes=PLAIN, replace=Replace.ALWAYS, tree=False,
            check=asked.append,
        )  # fmt: skip

    first = await ask(world, op, SMALL)
    await ask(world, op, LONG)
    assert asked == [None, first]
    await refused(world, lambda staged: changed(op(staged), check=refuse), Kind.PRECONDITION_FAILED, SMALL)
    await refused(world, ops.DeleteObject(bucket=world.bucket, key="k", check=refuse), Kind.PRECONDITION_FAILED)
    assert await got(world, "k") == LONG


async def test_deleting_what_is_not_there(world: World) -> None:
    op = ops.DeleteObject(bucket=world.bucket, key="k")
    await refused(world, op, Kind.OBJECT_MISSING)
    assert await ask(world, changed(op, missing_ok=True)) is None


async def test_many_names_are_deleted_each_for_itself(world: World) -> None:
    await put(world, "d/a", LONG)
    await put(world, "d/locked", SMALL, attributes=Attributes(lock=Lock.WRITE))
    await put(world, "b", SMALL)
    keys = ("d/a", "none", "d/none", "d/locked", "b", "d/a")
    outcomes = await ask(world, ops.DeleteObjects(bucket=world.bucket, keys=keys), who=principal(NARROW))
    assert isinstance(outcomes, list)
    assert [key for key, _ in outcomes] == list(keys)
    assert [fault and fault.kind for _, fault in outcomes] == [
        None, Kind.ACCESS_DENIED, None, Kind.OBJECT_LOCKED, Kind.ACCESS_DENIED, None,
    ]  # fmt: skip
    left = world.engine.index.now.objects(world.bucket.id, "", None, 9)
    assert [each.key for each in left] == ["b", "d/locked"]


async def test_a_spent_right_deletes_nothing(world: World) -> None:
    await put(world, "a")
    op = ops.DeleteObjects(bucket=world.bucket, keys=("b",))
    assert await ask(world, op, who=principal(token=b"t")) == [("b", None)]
    await refused(world, changed(op, keys=("a",)), Kind.SIGNATURE_SPENT, who=principal(token=b"t"))
    assert await got(world, "a") == b""


async def test_attributes_are_merged_or_replaced(world: World) -> None:
    attributes = Attributes(headers={"Content-Type": "a/b"}, metadata={"a": "1"}, tags={"t": "1"}, annotation="n")
    made = await put(world, "k", SMALL, attributes=attributes)
    op = ops.UpdateObject(bucket=world.bucket, key="k", metadata={"b": "2"}, tags={"u": "2"}, touch=False)
    found = await ask(world, op)
    assert isinstance(found, Object)
    assert found.attributes == changed(attributes, metadata={"a": "1", "b": "2"}, tags={"u": "2"})
    assert found.modified_at == made.modified_at
    found = await ask(world, changed(op, headers={}, metadata={"c": "3"}, tags=None, whole=True, touch=True))
    assert isinstance(found, Object)
    assert found.attributes == Attributes(metadata={"c": "3"}, tags={"u": "2"}, annotation="n")
    assert found.modified_at == world.clock.at
    assert found.segments == made.segments


def copying(world: World, source: str, **more: object) -> ops.CopyInto:
    op = ops.CopyInto(
        bucket=world.bucket, key="copy", source_bucket=world.bucket, source_key=source, attributes=None, acl=None,
        replace=Replace.ALWAYS,
    )  # fmt: skip
    return changed(op, **more)


async def copy(world: World, source: str, **more: object) -> Object:
    made = await ask(world, copying(world, source, **more))
    assert isinstance(made, Object)
    return made


async def test_a_copy_points_at_the_same_bytes(world: World) -> None:
    value = base64.b64encode(zlib.crc32(LONG).to_bytes(4, "big")).decode()
    checksum = Checksum(algorithm="crc32", value=value)
    attributes = Attributes(
        metadata={"a": "1"}, tags={"t": "1"}, acl=Acl.PUBLIC_READ, storage_class="cold", checksum=checksum
    )
    source = await put(world, "k", LONG, attributes=attributes)
    made = await copy(world, "k")
    expected = changed(
        source,
        key="copy",
        attributes=changed(attributes, acl=None, storage_class=""),
        created_at=world.clock.at,
        modified_at=world.clock.at,
    )
    assert made == expected
    made = await copy(world, "k", acl=Acl.PRIVATE, tags={})
    assert made.attributes == changed(attributes, acl=Acl.PRIVATE, tags={}, storage_class="")
    other = Attributes(metadata={"b": "2"})
    made = await copy(world, "k", attributes=other)
    assert made.attributes == changed(other, tags={"t": "1"}, checksum=checksum)
    await ask(world, ops.DeleteObject(bucket=world.bucket, key="k"))
    assert await got(world, "copy") == LONG


async def test_a_copy_onto_itself_changes_its_attributes(world: World) -> None:
    source = await put(world, "k", LONG, attributes=Attributes(metadata={"a": "1"}))
    made = await copy(world, "k", key="k", attributes=Attributes(metadata={"b": "2"}))
    assert (made.segments, made.md5, made.attributes.metadata) == (source.segments, source.md5, {"b": "2"})
    assert made.modified_at > source.modified_at
    assert await got(world, "k") == LONG


async def test_a_copy_of_what_grew_does_not_grow(world: World) -> None:
    await append(world, 0, SMALL)
    grown = await append(world, 5, LONG)
    made = await copy(world, "k")
    assert (made.attributes.appendable, made.parts, made.md5, made.crc64) == (False, 2, grown.md5, grown.crc64)
    assert await got(world, "copy") == SMALL + LONG


async def test_a_copy_of_a_link_is_one_of_its_end(world: World) -> None:
    await put(world, "k", LONG)
    await put(world, "link", attributes=Attributes(link="k"))
    made = await copy(world, "link")
    assert (made.size, made.attributes.link) == (50, None)
    await refused(world, copying(world, "none"), Kind.OBJECT_MISSING)
    await put(world, "link", attributes=Attributes(link="none"))
    await refused(world, copying(world, "link"), Kind.LINK_BROKEN)


async def test_what_a_copy_refuses(world: World) -> None:
    await put(world, "k", LONG)
    assert (await refused(world, copying(world, "k", max_bytes=49), Kind.TOO_LARGE)).facts == {"limit": 49}
    await refused(world, copying(world, "k", check=refuse), Kind.PRECONDITION_FAILED)
    await refused(world, copying(world, "k", check_source=refuse), Kind.PRECONDITION_FAILED)
    await put(world, "copy")
    await refused(world, copying(world, "k", replace=Replace.NEVER), Kind.OBJECT_EXISTS)
    await put(world, "closed", attributes=Attributes(lock=Lock.READ))
    await refused(world, copying(world, "closed"), Kind.OBJECT_LOCKED)
    assert isinstance(await ask(world, copying(world, "k", max_bytes=50)), Object)


async def test_a_copy_needs_the_right_to_read_its_source(world: World) -> None:
    """The signature speaks of the target; the key behind it must reach the source, or everybody."""
    await put(world, "secret", LONG)
    await put(world, "open", LONG, attributes=Attributes(acl=Acl.PUBLIC_READ))
    bound = principal(NARROW)
    here = principal(NARROW, own=NARROW)
    await refused(world, copying(world, "secret", key="d/copy"), Kind.ACCESS_DENIED, who=here)
    await refused(world, copying(world, "none", key="d/copy"), Kind.ACCESS_DENIED, who=here)
    await ask(world, copying(world, "secret", key="d/copy"), who=bound)
    await ask(world, copying(world, "open", key="d/copy"), who=here)
    await refused(world, copying(world, "open"), Kind.ACCESS_DENIED, who=bound)


async def test_a_copy_into_another_bucket(world: World) -> None:
    other = await add_bucket(world.engine.index, "other")
    await put(world, "k", LONG)
    await copy(world, "k", bucket=other)
    assert world.engine.index.now.object(other.id, "copy") is not None
    await world.engine.index.write(lambda tx: tx.remove_bucket(other.id))
    await refused(world, copying(world, "k", source_bucket=other), Kind.BUCKET_MISSING)
    await world.engine.index.write(lambda tx: tx.delete_object(other.id, "copy"))
    await world.engine.index.write(lambda tx: tx.release(1, 9.0))


async def test_the_refusals_of_a_list_are_faults(world: World) -> None:
    outcomes = await ask(world, ops.DeleteObjects(bucket=world.bucket, keys=("a",)), who=principal(NARROW))
    assert isinstance(outcomes, list)
    assert isinstance(outcomes[0][1], Fault)
