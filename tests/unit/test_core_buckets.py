"""Buckets as operations: who may, what is refused, what holds afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contracts.engines import add_bucket, changed
from entrepot.core import operations as ops
from entrepot.core.facts.names import check_bucket_name
from entrepot.core.facts.records import PLAIN, Acl, Bucket, BucketSettings, Upload
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Replace
from entrepot.core.ports import Usage
from properties.worlds import ACCOUNT, NARROW, World, principal
from unit.worlds import a_world, ask, put, refused


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made


def create(name: str, account: int = ACCOUNT) -> ops.CreateBucket:
    return ops.CreateBucket(account=account, name=name, settings=BucketSettings(acl=Acl.PUBLIC_READ))


async def test_a_bucket_is_made_and_removed(world: World) -> None:
    made = await ask(world, create("new"))
    assert isinstance(made, Bucket)
    assert (made.name, made.account, made.created_at) == ("new", ACCOUNT, world.clock.at)
    assert world.engine.index.refresh().bucket(ACCOUNT, "new") == made
    await refused(world, create("new"), Kind.BUCKET_EXISTS, reason="own")
    await refused(world, create("no"), Kind.NAME_INVALID, reason="bucket")
    await refused(world, create("new", 99), Kind.ACCESS_DENIED)
    await refused(world, create("newer"), Kind.ACCESS_DENIED, who=principal(NARROW))
    assert await ask(world, ops.DeleteBucket(bucket=made)) is None
    await refused(world, ops.DeleteBucket(bucket=made), Kind.BUCKET_MISSING)
    again = await ask(world, create("new"))
    assert isinstance(again, Bucket)
    await refused(world, ops.DeleteBucket(bucket=made), Kind.BUCKET_MISSING)


async def test_a_bucket_with_anything_in_it_stays(world: World) -> None:
    op = ops.DeleteBucket(bucket=world.bucket)
    await put(world, "d/", b"")
    await refused(world, op, Kind.BUCKET_NOT_EMPTY)
    await ask(world, ops.DeleteObject(bucket=world.bucket, key="d/"))
    upload = await ask(
        world, ops.StartMultipart(bucket=world.bucket, key="k", attributes=PLAIN, replace=Replace.ALWAYS)
    )
    assert isinstance(upload, Upload)
    await refused(world, op, Kind.BUCKET_NOT_EMPTY)
    await ask(world, ops.AbortUpload(bucket=world.bucket, key="k", upload=upload.id))
    slices = ops.StartUpload(
        bucket=world.bucket, key="k", size=9, part_bytes=9, sha1=None, attributes=PLAIN, replace=Replace.ALWAYS
    )
    await ask(world, slices)
    await refused(world, op, Kind.BUCKET_NOT_EMPTY)


async def test_settings_are_changed_from_what_holds_now(world: World) -> None:
    """The bucket in the request may be older than the last change."""
    for annotation in ("a", "b"):
        found = await ask(
            world,
            ops.UpdateBucket(
                bucket=world.bucket,
                change=lambda old, more=annotation: changed(old, annotation=old.annotation + more, acl=Acl.PUBLIC_READ),
            ),
        )
    assert isinstance(found, Bucket)
    assert found.settings == BucketSettings(acl=Acl.PUBLIC_READ, annotation="ab")
    assert world.engine.index.refresh().bucket(ACCOUNT, "demo") == found


async def test_a_bucket_is_measured(world: World) -> None:
    await put(world, "a", b"12345")
    other = await add_bucket(world.engine.index, "other")
    assert await ask(world, ops.MeasureBucket(bucket=world.bucket)) == Usage(objects=1, bytes=5, uploads=0)
    assert await ask(world, ops.MeasureBucket(bucket=other)) == Usage(objects=0, bytes=0, uploads=0)


@pytest.mark.parametrize("name", ["abc", "a-b", "0-9", "a" * 63, "a--b"])
def test_names_of_new_buckets(name: str) -> None:
    assert check_bucket_name(name) == name


@pytest.mark.parametrize("name", ["a.bc", "my.bucket.example", "1.2.3", "1.2.3.4.5"])
def test_names_with_dots(name: str) -> None:
    """Source: AWS "General purpose bucket naming rules"; the other clouds have none."""
    assert check_bucket_name(name, dots=True) == name
    with pytest.raises(Fault):
        check_bucket_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ab",
        "a" * 64,
        "-abc",
        "abc-",
        "a..bc",
        ".abc",
        "abc.",
        "a-.bc",
        "192.168.5.4",
        "Abc",
        "a_bc",
        "abc\n",
        "\u0661bc",
        "a/b",
    ],
)
async def test_names_that_no_new_bucket_can_have(world: World, name: str) -> None:
    await refused(world, create(name), Kind.NAME_INVALID, reason="bucket")
