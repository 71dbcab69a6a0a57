"""A store on the reference model, and short ways to ask it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from contracts.engines import memory_engine
from entrepot.core import operations as ops
from entrepot.core.facts.records import PLAIN, Attributes, Object, Staged
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Replace
from entrepot.core.rights.identity import Principal
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Reading
from properties.worlds import Clock, World, chunked, principal


@asynccontextmanager
async def a_world() -> AsyncIterator[World]:
    """An empty store whose accounts balance at the end: every reference is counted, no file is left over."""
    world = await World.make(memory_engine(), Clock())
    try:
        yield world
        found = await world.damage()
        assert found == [], found
        names = {name for name in world.engine.blobs.names(0.0) if not world.engine.index.now.has_blob(name)}
        assert names == set()
    finally:
        await world.stop()


async def ask(
    world: World,
    op: ops.Operation | Callable[[Staged], ops.Operation],
    data: bytes = b"",
    who: Principal | None = None,
    more: frozenset[str] = frozenset(),
) -> object:
    """Perform an operation a second later; one that brings bytes is made of them."""
    world.clock.at += 1.0
    async with Intake(world.engine.blobs, inline_bytes=16) as intake:
        if callable(op):
            staged = await intake.stage(chunked(data), limit=1 << 30, md5=True, more=more)
            op = op(staged)
        return await world.store.perform(op, who or principal(), intake)


async def put(
    world: World,
    key: str,
    data: bytes = b"",
    *,
    attributes: Attributes = PLAIN,
    replace: Replace = Replace.ALWAYS,
    who: Principal | None = None,
) -> Object:
    """Store an object."""
    made = await ask(
        world,
        lambda staged: ops.PutObject(
            bucket=world.bucket, key=key, content=staged, attributes=attributes, replace=replace, tree=False
        ),
        data,
        who,
    )
    assert isinstance(made, Object)
    return made


async def got(world: World, key: str) -> bytes:
    """The bytes that are there."""
    reading = await ask(world, ops.ReadObject(bucket=world.bucket, key=key))
    assert isinstance(reading, Reading)
    return await world.bytes_of(reading)


async def refused(
    world: World,
    op: ops.Operation | Callable[[Staged], ops.Operation],
    kind: Kind,
    data: bytes = b"",
    who: Principal | None = None,
    reason: str | None = None,
) -> Fault:
    """The refusal of an operation, which must be of this kind."""
    with pytest.raises(Fault) as caught:
        await ask(world, op, data, who)
    assert (caught.value.kind, caught.value.reason) == (kind, reason), caught.value.message
    return caught.value


def refuse(_record: object) -> None:
    """A condition that nothing meets."""
    raise Fault(Kind.PRECONDITION_FAILED, "never")
