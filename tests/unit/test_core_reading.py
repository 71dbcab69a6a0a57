"""Links, and digests that are asked for after the bytes have come."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import pytest

from contracts.engines import changed
from entrepot.core import operations as ops
from entrepot.core.facts.digests import Digester
from entrepot.core.facts.records import Acl, Attributes, Lock, Object, Staged
from entrepot.core.fault import Kind
from entrepot.core.rights.grant import Right
from entrepot.core.store import Followed, Reading
from properties.worlds import NARROW, World, principal
from unit.worlds import a_world, ask, got, put, refused

LONG = bytes(range(50))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made


def stat(world: World, key: str, **more: object) -> ops.StatObject:
    return changed(ops.StatObject(bucket=world.bucket, key=key), **more)


def read(world: World, key: str) -> ops.ReadObject:
    return ops.ReadObject(bucket=world.bucket, key=key)


async def test_a_link_is_followed_where_bytes_or_attributes_are_asked_for(world: World) -> None:
    target = await put(world, "d/target", LONG)
    link = await put(world, "link", attributes=Attributes(link="d/target", metadata={"a": "1"}))
    found = await ask(world, read(world, "link"))
    assert isinstance(found, Reading)
    assert (found.record, found.link) == (target, link)
    assert await world.bytes_of(found) == LONG
    assert await ask(world, stat(world, "link")) == Followed(record=target, link=link)
    assert await ask(world, stat(world, "link", directory=False)) == Followed(record=target, link=link)
    assert await ask(world, stat(world, "link", link=True)) == link
    named = await ask(world, read(world, "d/target"))
    assert isinstance(named, Reading)
    assert named.link is None
    await ask(world, ops.DeleteObject(bucket=world.bucket, key="link"))
    assert await got(world, "d/target") == LONG


async def test_a_link_that_leads_nowhere_or_to_a_link(world: World) -> None:
    await put(world, "link", attributes=Attributes(link="none"))
    await put(world, "long", attributes=Attributes(link="link"))
    await put(world, "loop", attributes=Attributes(link="loop"))
    for op in (read, stat):
        await refused(world, op(world, "link"), Kind.LINK_BROKEN)
        for name in ("long", "loop"):
            await refused(world, op(world, name), Kind.LINK_BROKEN, reason="link")


async def test_the_end_of_a_link_needs_the_right_too(world: World) -> None:
    await put(world, "target", LONG)
    await put(world, "d/link", attributes=Attributes(link="target"))
    inside = principal(NARROW, own=NARROW)
    await refused(world, read(world, "d/link"), Kind.ACCESS_DENIED, who=inside)
    await refused(world, stat(world, "d/link"), Kind.ACCESS_DENIED, who=inside)
    await ask(world, stat(world, "d/link", link=True), who=inside)
    await ask(world, read(world, "d/link"), who=principal(NARROW))
    await put(world, "target", LONG, attributes=Attributes(acl=Acl.PUBLIC_READ))
    await ask(world, read(world, "d/link"), who=inside)
    await put(world, "target", LONG, attributes=Attributes(acl=Acl.PUBLIC_READ, lock=Lock.READ))
    await refused(world, read(world, "d/link"), Kind.OBJECT_LOCKED, who=inside)


async def test_a_right_that_is_asked_of_a_stat_holds_for_the_end_of_the_link(world: World) -> None:
    await put(world, "target", LONG)
    await put(world, "link", attributes=Attributes(link="target"))
    assert isinstance(await ask(world, stat(world, "link", right=Right.READ_ACL)), Followed)


@pytest.mark.parametrize("data", [b"", b"short", LONG, b"x" * 3_000_000], ids=len)
async def test_a_digest_is_computed_once_and_kept(world: World, data: bytes) -> None:
    made = await put(world, "k", data)
    await put(world, "link", attributes=Attributes(link="k"))
    assert made.sha1 is None
    expected = changed(made, sha1=hashlib.sha1(data, usedforsecurity=False).digest())
    followed = await ask(world, stat(world, "link", sha1=True))
    assert isinstance(followed, Followed)
    assert followed.record == expected
    assert world.engine.index.now.object(world.bucket.id, "k") == expected
    world.engine.index.refresh()
    before = world.engine.index.state()
    assert await ask(world, stat(world, "k", sha1=True)) == expected
    world.engine.index.refresh()
    assert world.engine.index.state() == before


async def test_a_directory_and_a_link_have_no_digest(world: World) -> None:
    await put(world, "d/x", LONG)
    await put(world, "link", attributes=Attributes(link="none"))
    directory = await ask(world, stat(world, "d/", sha1=True))
    assert isinstance(directory, Object)
    assert directory.sha1 is None
    await refused(world, stat(world, "d/", sha1=True, directory=False), Kind.OBJECT_MISSING)
    link = await ask(world, stat(world, "link", sha1=True, link=True))
    assert isinstance(link, Object)
    assert link.sha1 is None


async def test_a_window_of_a_reading_is_digested(world: World) -> None:
    for position, data in ((0, b"0123456789"), (10, LONG)):

        def op(staged: Staged, at: int = position) -> ops.AppendObject:
            return ops.AppendObject(bucket=world.bucket, key="k", position=at, content=staged, attributes=Attributes())

        await ask(world, op, data)
    reading = await ask(world, read(world, "k"))
    assert isinstance(reading, Reading)
    digester = Digester(sha1=True, md5=False)
    await reading.digest(digester, 5, 10)
    assert digester.sha1 == hashlib.sha1(b"56789" + LONG[:5], usedforsecurity=False).digest()
    assert digester.size == 10
