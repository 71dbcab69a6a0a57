"""One way to ask for each operation, and the rights that it takes.

What each needs is written down here from the clouds' documents, and not taken from the code: AWS's "PutObject",
"CopyObject", "CreateMultipartUpload", "CreateBucket" and "DeleteObjects" (permissions); Tencent's and Alibaba's lists
of actions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from contracts.engines import add_bucket, changed, memory_engine
from entrepot.core import operations as ops
from entrepot.core.facts.records import PLAIN, Acl, Attributes, Bucket, BucketSettings, Staged, Upload
from entrepot.core.operations import Replace
from entrepot.core.rights.grant import Grant, Right
from entrepot.core.rights.identity import Principal, key_of_account
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.uploads import Progress
from properties.worlds import ACCOUNT, Clock, World, chunked, principal

PUBLIC = Attributes(acl=Acl.PUBLIC_READ, tags={"a": "1"}, headers={"Content-Type": "text/html"})


@dataclass(frozen=True, kw_only=True)
class Case:
    """One way to ask: ``make`` gives the operation in a furnished world, ``needs`` the rights that it takes."""

    make: Callable[[World], Awaitable[ops.Operation]]
    needs: frozenset[Right]
    effect: bool = True


async def stage(world: World, data: bytes = b"foo") -> Staged:
    return await Intake(world.engine.blobs, inline_bytes=1 << 10).stage(
        chunked(data), limit=1 << 20, sha1=True, md5=True
    )


async def do(world: World, op: ops.Operation, who: Principal | None = None) -> Any:
    world.clock.at += 1.0
    async with Intake(world.engine.blobs, inline_bytes=1 << 10) as intake:
        return await world.store.perform(op, who or principal(), intake)


def put(world: World, key: str, content: Staged, attributes: Attributes = PLAIN, **more: Any) -> ops.PutObject:
    plain = ops.PutObject(
        bucket=world.bucket, key=key, content=content, attributes=attributes, replace=Replace.ALWAYS, tree=False
    )
    return changed(plain, **more) if more else plain


async def furnished() -> World:
    """A bucket with one object of everything."""
    world = await World.make(memory_engine(), Clock())
    await do(world, put(world, "old", await stage(world), PUBLIC))
    await do(world, put(world, "link", await stage(world, b""), Attributes(link="old")))
    await do(world, put(world, "cold", await stage(world), Attributes(archived=True)))
    grown = ops.AppendObject(
        bucket=world.bucket, key="grown", position=0, content=await stage(world), attributes=PUBLIC
    )
    await do(world, grown)
    await do(world, ops.MakeDirectory(bucket=world.bucket, key="dir/", attributes=PLAIN))
    await add_bucket(world.engine.index, "empty", ACCOUNT)
    asker = key_of_account(id="key", account=ACCOUNT, secret=b"s", created_at=0.0)
    await world.engine.index.write(lambda tx: tx.add_key(asker))
    return world


async def _upload(world: World, attributes: Attributes = PUBLIC, *, parts: bool = True) -> Upload:
    made = await do(
        world, ops.StartMultipart(bucket=world.bucket, key="new", attributes=attributes, replace=Replace.ALWAYS)
    )
    assert isinstance(made, Upload)
    if parts:
        await do(world, await _numbered(world, made.id))
    return made


async def _numbered(world: World, upload: str) -> ops.PutNumberedPart:
    return ops.PutNumberedPart(
        bucket=world.bucket, key="new", upload=upload, number=1, content=await stage(world, b"part")
    )


async def _sliced(world: World, *, parts: bool) -> Upload:
    start = ops.StartUpload(
        bucket=world.bucket, key="sliced", size=6, part_bytes=6, sha1=None, attributes=PUBLIC, replace=Replace.ALWAYS
    )
    made = await do(world, start)
    assert isinstance(made, Progress)
    if parts:
        await do(world, await _slice(world, made.upload.id))
    return made.upload


async def _slice(world: World, upload: str, *, auto: bool = False) -> ops.PutPart:
    return ops.PutPart(
        bucket=world.bucket, key="sliced", upload=upload, offset=0, content=await stage(world, b"slices"),
        auto_complete=auto,
    )  # fmt: skip


def _case(make: Callable[[World], Any], *needs: Right, effect: bool = True) -> Case:
    async def made(world: World) -> ops.Operation:
        found = make(world)
        return await found if asyncio.iscoroutine(found) else found  # type: ignore[no-any-return]

    return Case(make=made, needs=frozenset(needs), effect=effect)


async def _put_public(world: World, **more: Any) -> ops.Operation:
    return put(world, "new", await stage(world), PUBLIC, **more)


async def _put_private(world: World) -> ops.Operation:
    return put(world, "new", await stage(world), Attributes(acl=Acl.PRIVATE))


async def _put_link(world: World) -> ops.Operation:
    return put(world, "new", await stage(world, b""), Attributes(link="old"))


async def _append(world: World, key: str, position: int, attributes: Attributes) -> ops.Operation:
    return ops.AppendObject(
        bucket=world.bucket, key=key, position=position, content=await stage(world), attributes=attributes
    )


def into(world: World, **more: Any) -> ops.Operation:
    plain = ops.CopyInto(
        bucket=world.bucket, key="new", source_bucket=world.bucket, source_key="old", attributes=None, acl=None,
        replace=Replace.ALWAYS,
    )  # fmt: skip
    return changed(plain, **more)


def _copy(world: World, key: str = "old", *, move: bool = False) -> ops.Operation:
    return ops.CopyObject(bucket=world.bucket, key=key, target="new", replace=Replace.ALWAYS, tree=False, move=move)


async def _copy_part(world: World) -> ops.Operation:
    upload = await _upload(world, PLAIN)
    return ops.CopyPart(
        bucket=world.bucket, key="new", upload=upload.id, number=2, source_bucket=world.bucket, source_key="old"
    )


async def _complete(world: World, attributes: Attributes = PUBLIC) -> ops.Operation:
    upload = await _upload(world, attributes)
    return ops.CompleteMultipart(bucket=world.bucket, key="new", upload=upload.id, parts=None, part_min_bytes=0)


async def _complete_slices(world: World) -> ops.Operation:
    upload = await _sliced(world, parts=True)
    return ops.CompleteUpload(bucket=world.bucket, key="sliced", upload=upload.id, size=None, sha1=None)


async def _last_slice(world: World, *, auto: bool = True) -> ops.Operation:
    return await _slice(world, (await _sliced(world, parts=False)).id, auto=auto)


async def _abort(world: World) -> ops.Operation:
    return ops.AbortUpload(bucket=world.bucket, key="new", upload=(await _upload(world)).id)


async def _part(world: World) -> ops.Operation:
    return await _numbered(world, (await _upload(world, parts=False)).id)


async def _parts_of(world: World) -> ops.Operation:
    return ops.ListParts(bucket=world.bucket, key="new", upload=(await _upload(world)).id, after=0, limit=9)


def empty(world: World) -> Bucket:
    found = world.engine.index.now.bucket(ACCOUNT, "empty")
    assert found is not None
    return found


def _open(now: BucketSettings) -> BucketSettings:
    return replace(now, acl=Acl.PUBLIC_READ_WRITE)


def _mint(_world: World) -> ops.Operation:
    return ops.MintCredential(
        account=ACCOUNT, api="a:b", requested=Grant(), seconds=9, allows="", style="K", with_token=False, client="",
    )  # fmt: skip


R = Right
CASES: dict[type[Any], tuple[Case, ...]] = {
    ops.PutObject: (
        _case(_put_public, R.PUT_OBJECT, R.UPDATE_ACL, R.UPDATE_TAGS),
        _case(lambda w: _put_public(w, form=True), R.POST_OBJECT, R.UPDATE_ACL, R.UPDATE_TAGS),
        _case(lambda w: _put_public(w, calls_back=True), R.PUT_OBJECT, R.UPDATE_ACL, R.UPDATE_TAGS, R.CALL_BACK),
        _case(_put_private, R.PUT_OBJECT),
        _case(_put_link, R.PUT_OBJECT, R.READ_OBJECT),
    ),
    ops.AppendObject: (
        _case(lambda w: _append(w, "new", 0, PUBLIC), R.APPEND_OBJECT, R.UPDATE_ACL, R.UPDATE_TAGS),
        _case(lambda w: _append(w, "grown", 3, PLAIN), R.APPEND_OBJECT),
    ),
    ops.MakeDirectory: (
        _case(lambda w: ops.MakeDirectory(bucket=w.bucket, key="new/", attributes=PLAIN), R.PUT_OBJECT),
    ),
    ops.RemoveDirectory: (_case(lambda w: ops.RemoveDirectory(bucket=w.bucket, key="dir/"), R.DELETE_OBJECT),),
    ops.DeleteObject: (
        _case(lambda w: ops.DeleteObject(bucket=w.bucket, key="old"), R.DELETE_OBJECT),
        _case(
            lambda w: ops.DeleteObject(bucket=w.bucket, key="old", compares=True), R.DELETE_OBJECT, R.READ_OBJECT
        ),
        _case(
            lambda w: ops.DeleteObject(bucket=w.bucket, key="old", version=True), R.DELETE_OBJECT, R.DELETE_VERSION
        ),
    ),
    ops.DeleteObjects: (
        _case(lambda w: ops.DeleteObjects(bucket=w.bucket, keys=("old", "grown")), R.DELETE_OBJECT),
        _case(lambda w: ops.DeleteObjects(bucket=w.bucket, keys=("old",), together=True), R.DELETE_OBJECT),
        _case(
            lambda w: ops.DeleteObjects(bucket=w.bucket, keys=("old",), versions=frozenset({"old"})),
            R.DELETE_OBJECT, R.DELETE_VERSION,
        ),
    ),
    ops.UpdateObject: (
        _case(
            lambda w: ops.UpdateObject(bucket=w.bucket, key="old", annotation="x", acl=Acl.PUBLIC_READ_WRITE),
            R.UPDATE_OBJECT, R.UPDATE_ACL,
        ),
        _case(
            lambda w: ops.UpdateObject(right=R.UPDATE_ACL, bucket=w.bucket, key="old", inherit_acl=True, touch=False),
            R.UPDATE_ACL,
        ),
        _case(
            lambda w: ops.UpdateObject(right=R.UPDATE_TAGS, bucket=w.bucket, key="old", tags={"b": "2"}, touch=False),
            R.UPDATE_TAGS,
        ),
        _case(
            lambda w: ops.UpdateObject(right=R.DELETE_TAGS, bucket=w.bucket, key="old", tags={}, touch=False),
            R.DELETE_TAGS,
        ),
        _case(
            lambda w: ops.UpdateObject(right=R.UPDATE_TAGS, bucket=w.bucket, key="old", tags={"b": "2"}, version=True),
            R.UPDATE_TAGS, R.UPDATE_VERSION_TAGS,
        ),
    ),
    ops.RestoreObject: (
        _case(lambda w: ops.RestoreObject(bucket=w.bucket, key="cold", days=1), R.RESTORE_OBJECT),
    ),
    ops.CopyInto: (
        _case(into, R.PUT_OBJECT, R.READ_OBJECT, R.READ_TAGS, R.UPDATE_TAGS),
        _case(lambda w: into(w, tags={}), R.PUT_OBJECT, R.READ_OBJECT),
        _case(
            lambda w: into(w, acl=Acl.PUBLIC_READ, tags={"b": "2"}),
            R.PUT_OBJECT, R.READ_OBJECT, R.UPDATE_ACL, R.UPDATE_TAGS,
        ),
        _case(lambda w: into(w, source_key="link"), R.PUT_OBJECT, R.READ_OBJECT, R.READ_TAGS, R.UPDATE_TAGS),
        _case(lambda w: into(w, tags={}, version=True), R.PUT_OBJECT, R.READ_OBJECT, R.READ_VERSION),
    ),
    ops.CopyObject: (
        _case(_copy, R.COPY_OBJECT, R.READ_OBJECT, R.PUT_OBJECT, R.UPDATE_ACL, R.UPDATE_TAGS),
        _case(
            lambda w: _copy(w, move=True),
            R.READ_OBJECT, R.DELETE_OBJECT, R.PUT_OBJECT, R.UPDATE_ACL, R.UPDATE_TAGS,
        ),
        _case(lambda w: _copy(w, "link"), R.COPY_OBJECT, R.READ_OBJECT, R.PUT_OBJECT),
    ),
    ops.StartUpload: (
        _case(
            lambda w: ops.StartUpload(
                bucket=w.bucket, key="new", size=6, part_bytes=6, sha1=None, attributes=PUBLIC, replace=Replace.ALWAYS
            ),
            R.START_UPLOAD, R.UPDATE_ACL, R.UPDATE_TAGS,
        ),
    ),
    ops.PutPart: (
        _case(_last_slice, R.PUT_PART, R.COMPLETE_UPLOAD, R.UPDATE_ACL, R.UPDATE_TAGS),
        _case(lambda w: _last_slice(w, auto=False), R.PUT_PART),
    ),
    ops.CompleteUpload: (_case(_complete_slices, R.COMPLETE_UPLOAD, R.UPDATE_ACL, R.UPDATE_TAGS),),
    ops.StartMultipart: (
        _case(
            lambda w: ops.StartMultipart(bucket=w.bucket, key="new", attributes=PUBLIC, replace=Replace.ALWAYS),
            R.START_UPLOAD, R.UPDATE_ACL, R.UPDATE_TAGS,
        ),
    ),
    ops.PutNumberedPart: (_case(_part, R.PUT_PART),),
    ops.CopyPart: (_case(_copy_part, R.PUT_PART, R.READ_OBJECT),),
    ops.CompleteMultipart: (
        _case(_complete, R.COMPLETE_UPLOAD, R.UPDATE_ACL, R.UPDATE_TAGS),
        _case(lambda w: _complete(w, PLAIN), R.COMPLETE_UPLOAD),
    ),
    ops.AbortUpload: (_case(_abort, R.ABORT_UPLOAD),),
    ops.CreateBucket: (
        _case(lambda _: ops.CreateBucket(account=ACCOUNT, name="fresh", settings=BucketSettings()), R.CREATE_BUCKET),
        _case(
            lambda _: ops.CreateBucket(
                account=ACCOUNT, name="fresh", settings=BucketSettings(acl=Acl.PUBLIC_READ)
            ),
            R.CREATE_BUCKET, R.UPDATE_BUCKET_ACL,
        ),
    ),
    ops.DeleteBucket: (_case(lambda w: ops.DeleteBucket(bucket=empty(w)), R.DELETE_BUCKET),),
    ops.UpdateBucket: (
        _case(
            lambda w: ops.UpdateBucket(bucket=w.bucket, change=_open), R.UPDATE_BUCKET, R.UPDATE_BUCKET_ACL
        ),
        _case(
            lambda w: ops.UpdateBucket(right=R.UPDATE_BUCKET_ACL, bucket=w.bucket, change=_open), R.UPDATE_BUCKET_ACL
        ),
    ),
    ops.MintCredential: (_case(_mint, R.MINT),),
    ops.ChangeNotes: (
        _case(
            lambda _: ops.ChangeNotes(
                account=ACCOUNT, api="a:b", changes=(ops.NoteChange(collection="c", key="k", was=None, value=b"v"),)
            ),
            R.MINT,
        ),
    ),
    ops.CallApi: (_case(lambda _: ops.CallApi(account=ACCOUNT, api="a:b"), R.MINT, effect=False),),
    ops.FindNote: (
        _case(lambda _: ops.FindNote(account=ACCOUNT, api="a:b", collection="c", key="k"), R.MINT, effect=False),
    ),
    ops.ListNotes: (
        _case(
            lambda _: ops.ListNotes(account=ACCOUNT, api="a:b", collection="c", after=None, limit=9),
            R.MINT, effect=False,
        ),
    ),
    ops.ListBuckets: (
        _case(lambda _: ops.ListBuckets(account=ACCOUNT, after=None, limit=9), R.LIST_BUCKETS, effect=False),
    ),
    ops.StatBucket: (_case(lambda w: ops.StatBucket(bucket=w.bucket), R.STAT_BUCKET, effect=False),),
    ops.MeasureBucket: (_case(lambda w: ops.MeasureBucket(bucket=w.bucket), R.STAT_BUCKET, effect=False),),
    ops.ListDirectory: (
        _case(
            lambda w: ops.ListDirectory(bucket=w.bucket, directory="", prefix="", after=None, limit=9),
            R.LIST_OBJECTS, effect=False,
        ),
    ),
    ops.ListObjects: (
        _case(
            lambda w: ops.ListObjects(bucket=w.bucket, prefix="", delimiter="", after=None, limit=9),
            R.LIST_OBJECTS, effect=False,
        ),
        _case(
            lambda w: ops.ListObjects(bucket=w.bucket, prefix="", delimiter="", after=None, limit=9, versions=True),
            R.LIST_OBJECTS, R.LIST_VERSIONS, effect=False,
        ),
    ),
    ops.StatObject: (
        _case(lambda w: ops.StatObject(bucket=w.bucket, key="old", sha1=True), R.STAT_OBJECT, effect=False),
        _case(
            lambda w: ops.StatObject(bucket=w.bucket, key="old", version=True, attributes=True),
            R.STAT_OBJECT, R.STAT_VERSION, R.READ_ATTRIBUTES, R.READ_VERSION_ATTRIBUTES, effect=False,
        ),
    ),
    ops.ReadObject: (
        _case(lambda w: ops.ReadObject(bucket=w.bucket, key="old"), R.READ_OBJECT, effect=False),
        _case(lambda w: ops.ReadObject(bucket=w.bucket, key="link"), R.READ_OBJECT, effect=False),
        _case(
            lambda w: ops.ReadObject(bucket=w.bucket, key="old", version=True),
            R.READ_OBJECT, R.READ_VERSION, effect=False,
        ),
    ),
    ops.FindUpload: (_case(lambda w: ops.FindUpload(bucket=w.bucket, key="old"), R.LIST_PARTS, effect=False),),
    ops.ListParts: (_case(_parts_of, R.LIST_PARTS, effect=False),),
    ops.ListUploads: (
        _case(
            lambda w: ops.ListUploads(
                bucket=w.bucket, prefix="", delimiter="", after_key=None, after_upload=None, limit=9
            ),
            R.LIST_UPLOADS, effect=False,
        ),
    ),
}  # fmt: skip
