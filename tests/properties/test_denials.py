"""What is denied does not happen: every operation with every Deny leaves the store as it was.

The operations are the closed union, so that a new one without an entry here fails. What each needs is written down here
from the clouds' documents, and not taken from the code: AWS's "PutObject", "CopyObject", "CreateMultipartUpload",
"CreateBucket" and "DeleteObjects" (permissions); Tencent's and Alibaba's lists of actions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.engines import add_bucket, changed, memory_engine
from entrepot.core import operations as ops
from entrepot.core.facts.records import PLAIN, Acl, Attributes, Bucket, BucketSettings, Object, Staged, Upload
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Replace
from entrepot.core.rights.circumstances import Circumstances, Fact
from entrepot.core.rights.conditions import Condition, Operator
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope
from entrepot.core.rights.identity import Principal, anybody, key_of_account, principal_of
from entrepot.core.rights.ledger import Wanted
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.uploads import Progress
from properties.worlds import ACCOUNT, Clock, World, chunked, principal

PUBLIC = Attributes(acl=Acl.PUBLIC_READ, tags={"a": "1"}, headers={"Content-Type": "text/html"})
SHA1 = bytes.fromhex("0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33")
"""Of ``foo``; from `openssl sha1`."""
AROUND = Circumstances(source="192.0.2.7", secure=False, referer="http://a.test/", user_agent="agent")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One way to ask: ``make`` gives the operation in a furnished world, ``needs`` the rights that it takes."""

    make: Callable[[World], Awaitable[ops.Operation]]
    needs: frozenset[Right]
    effect: bool = True


async def _stage(world: World, data: bytes = b"foo") -> Staged:
    return await Intake(world.engine.blobs, inline_bytes=1 << 10).stage(
        chunked(data), limit=1 << 20, sha1=True, md5=True
    )


async def _do(world: World, op: ops.Operation, who: Principal | None = None) -> Any:
    world.clock.at += 1.0
    async with Intake(world.engine.blobs, inline_bytes=1 << 10) as intake:
        return await world.store.perform(op, who or principal(), intake)


def _put(world: World, key: str, content: Staged, attributes: Attributes = PLAIN, **more: Any) -> ops.PutObject:
    plain = ops.PutObject(
        bucket=world.bucket, key=key, content=content, attributes=attributes, replace=Replace.ALWAYS, tree=False
    )
    return changed(plain, **more) if more else plain


async def furnished() -> World:
    """A bucket with one object of everything."""
    world = await World.make(memory_engine(), Clock())
    await _do(world, _put(world, "old", await _stage(world), PUBLIC))
    await _do(world, _put(world, "link", await _stage(world, b""), Attributes(link="old")))
    grown = ops.AppendObject(
        bucket=world.bucket, key="grown", position=0, content=await _stage(world), attributes=PUBLIC
    )
    await _do(world, grown)
    await _do(world, ops.MakeDirectory(bucket=world.bucket, key="dir/", attributes=PLAIN))
    await add_bucket(world.engine.index, "empty", ACCOUNT)
    return world


async def _upload(world: World, attributes: Attributes = PUBLIC, *, parts: bool = True) -> Upload:
    made = await _do(
        world, ops.StartMultipart(bucket=world.bucket, key="new", attributes=attributes, replace=Replace.ALWAYS)
    )
    assert isinstance(made, Upload)
    if parts:
        await _do(world, await _numbered(world, made.id))
    return made


async def _numbered(world: World, upload: str) -> ops.PutNumberedPart:
    return ops.PutNumberedPart(
        bucket=world.bucket, key="new", upload=upload, number=1, content=await _stage(world, b"part")
    )


async def _sliced(world: World, *, parts: bool) -> Upload:
    start = ops.StartUpload(
        bucket=world.bucket, key="sliced", size=6, part_bytes=6, sha1=None, attributes=PUBLIC, replace=Replace.ALWAYS
    )
    made = await _do(world, start)
    assert isinstance(made, Progress)
    if parts:
        await _do(world, await _slice(world, made.upload.id))
    return made.upload


async def _slice(world: World, upload: str, *, auto: bool = False) -> ops.PutPart:
    return ops.PutPart(
        bucket=world.bucket, key="sliced", upload=upload, offset=0, content=await _stage(world, b"slices"),
        auto_complete=auto,
    )  # fmt: skip


def _case(make: Callable[[World], Any], *needs: Right, effect: bool = True) -> Case:
    async def made(world: World) -> ops.Operation:
        found = make(world)
        return await found if asyncio.iscoroutine(found) else found  # type: ignore[no-any-return]

    return Case(make=made, needs=frozenset(needs), effect=effect)


async def _put_public(world: World, **more: Any) -> ops.Operation:
    return _put(world, "new", await _stage(world), PUBLIC, **more)


async def _put_private(world: World) -> ops.Operation:
    return _put(world, "new", await _stage(world), Attributes(acl=Acl.PRIVATE))


async def _put_link(world: World) -> ops.Operation:
    return _put(world, "new", await _stage(world, b""), Attributes(link="old"))


async def _append(world: World, key: str, position: int, attributes: Attributes) -> ops.Operation:
    return ops.AppendObject(
        bucket=world.bucket, key=key, position=position, content=await _stage(world), attributes=attributes
    )


def _into(world: World, **more: Any) -> ops.Operation:
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


def _empty(world: World) -> Bucket:
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
    ops.DeleteObject: (_case(lambda w: ops.DeleteObject(bucket=w.bucket, key="old"), R.DELETE_OBJECT),),
    ops.DeleteObjects: (
        _case(lambda w: ops.DeleteObjects(bucket=w.bucket, keys=("old", "grown")), R.DELETE_OBJECT),
        _case(lambda w: ops.DeleteObjects(bucket=w.bucket, keys=("old",), together=True), R.DELETE_OBJECT),
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
    ),
    ops.CopyInto: (
        _case(_into, R.PUT_OBJECT, R.READ_OBJECT, R.READ_TAGS, R.UPDATE_TAGS),
        _case(lambda w: _into(w, tags={}), R.PUT_OBJECT, R.READ_OBJECT),
        _case(
            lambda w: _into(w, acl=Acl.PUBLIC_READ, tags={"b": "2"}),
            R.PUT_OBJECT, R.READ_OBJECT, R.UPDATE_ACL, R.UPDATE_TAGS,
        ),
        _case(lambda w: _into(w, source_key="link"), R.PUT_OBJECT, R.READ_OBJECT, R.READ_TAGS, R.UPDATE_TAGS),
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
    ops.DeleteBucket: (_case(lambda w: ops.DeleteBucket(bucket=_empty(w)), R.DELETE_BUCKET),),
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
    ),
    ops.StatObject: (
        _case(lambda w: ops.StatObject(bucket=w.bucket, key="old", sha1=True), R.STAT_OBJECT, effect=False),
    ),
    ops.ReadObject: (
        _case(lambda w: ops.ReadObject(bucket=w.bucket, key="old"), R.READ_OBJECT, effect=False),
        _case(lambda w: ops.ReadObject(bucket=w.bucket, key="link"), R.READ_OBJECT, effect=False),
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

ALL = [(kind, number) for kind, cases in CASES.items() for number in range(len(cases))]
_TELLING = {
    Fact.SOURCE: Condition(fact=Fact.SOURCE, operator=Operator.NETWORK, texts=("192.0.2.0/24",)),
    Fact.SECURE: Condition(fact=Fact.SECURE, operator=Operator.BOOL, texts=("false",)),
    Fact.TIME: Condition(fact=Fact.TIME, operator=Operator.GREATER, numbers=(1.0,)),
    Fact.REFERER: Condition(fact=Fact.REFERER, operator=Operator.LIKE, texts=("http://a.test/*",)),
    Fact.USER_AGENT: Condition(fact=Fact.USER_AGENT, operator=Operator.EQUAL, texts=("agent",)),
}
"""Conditions that every request of these tests meets."""


def denying(right: Right, *conditions: Condition) -> Grant:
    """Everything of the account but one right."""
    allow = Rule(scope=Scope(account=ACCOUNT))
    deny = Rule(allow=False, rights=frozenset({right}), scope=Scope(account=ACCOUNT), conditions=conditions)
    return Grant(clauses=(Clause(rules=(allow, deny)),))


async def picture(world: World) -> object:
    """All that there is."""
    now = world.engine.index.now
    uploads = await world.engine.index.inspect(lambda reader: reader.all_uploads("", 99))
    return (
        await world.everything(), now.buckets(None, None, 99), now.keys(None), now.rights(Wanted(), None, 99),
        [now.note(ACCOUNT, "c", "k")], await world.engine.index.inspect(lambda reader: reader.all_blobs(0, 999)),
        [now.upload(upload) for upload in uploads], [part for upload in uploads for part in now.parts(upload, 0, 99)],
    )  # fmt: skip


async def _refused_or_done(world: World, op: ops.Operation, who: Principal) -> Any:
    try:
        return await _do(world, op, who)
    except Fault as fault:
        return fault


async def happens(case: Case, grant: Grant, around: Circumstances = AROUND) -> bool:
    """Whether the operation was done for somebody with this grant; refused, it must have left everything as it was."""
    world = await furnished()
    try:
        op = await case.make(world)
        before = await picture(world)
        who = changed(principal(grant, own=grant), around=around)
        result = await _refused_or_done(world, op, who)
        if isinstance(result, Fault):
            assert result.kind is Kind.ACCESS_DENIED, result.message
            assert await picture(world) == before
            return False
        if isinstance(op, ops.DeleteObjects) and all(fault is not None for _, fault in result):
            assert await picture(world) == before
            return False
        if case.effect:
            assert await picture(world) != before
        return True
    finally:
        await world.stop()


def test_every_operation_has_an_entry() -> None:
    assert set(CASES) == set(get_args(ops.Operation))


@pytest.mark.parametrize(("kind", "number"), ALL, ids=lambda value: getattr(value, "__name__", str(value)))
async def test_each_right_that_is_needed_is_asked_for_and_no_other(kind: type[Any], number: int) -> None:
    """Denied one by one. A right that others together include goes with them: copying with reading, and so on."""
    case = CASES[kind][number]
    refused = {right for right in Right if not await happens(case, denying(right))}
    included = {Right.COPY_INTO, Right.COPY_PART, Right.COPY_OBJECT, Right.MOVE_OBJECT}
    assert refused - included == case.needs - included
    assert refused - case.needs <= included


@pytest.mark.parametrize(("kind", "number"), ALL, ids=lambda value: getattr(value, "__name__", str(value)))
@pytest.mark.parametrize("fact", list(_TELLING))
async def test_a_denial_with_a_condition_holds_for_each_right(kind: type[Any], number: int, fact: Fact) -> None:
    """Known, it holds; unknown, it holds as well."""
    case = CASES[kind][number]
    for right in case.needs - {Right.COPY_OBJECT}:
        grant = denying(right, _TELLING[fact])
        assert not await happens(case, grant)
        if fact is not Fact.TIME:
            assert not await happens(case, grant, Circumstances(known=False))


CONDITIONED = [
    (ops.PutObject, 0, Fact.ACL, "public-read"),
    (ops.PutObject, 0, Fact.CONTENT_TYPE, "text/html"),
    (ops.AppendObject, 0, Fact.ACL, "public-read"),
    (ops.AppendObject, 1, Fact.CONTENT_TYPE, "text/html"),
    (ops.CopyInto, 2, Fact.ACL, "public-read"),
    (ops.CopyInto, 0, Fact.CONTENT_TYPE, "text/html"),
    (ops.CopyObject, 0, Fact.ACL, "public-read"),
    (ops.CopyObject, 0, Fact.CONTENT_TYPE, "text/html"),
    (ops.StartUpload, 0, Fact.ACL, "public-read"),
    (ops.CompleteUpload, 0, Fact.ACL, "public-read"),
    (ops.StartMultipart, 0, Fact.ACL, "public-read"),
    (ops.CompleteMultipart, 0, Fact.ACL, "public-read"),
    (ops.CompleteMultipart, 0, Fact.CONTENT_TYPE, "text/html"),
    (ops.CreateBucket, 1, Fact.ACL, "public-read"),
    (ops.UpdateObject, 0, Fact.ACL, "public-read-write"),
    (ops.UpdateBucket, 0, Fact.ACL, "public-read-write"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "number", "fact", "text"), CONDITIONED)
async def test_a_denial_about_what_will_stand_there_holds(kind: type[Any], number: int, fact: Fact, text: str) -> None:
    case = CASES[kind][number]
    for right in case.needs - {Right.READ_OBJECT, Right.READ_TAGS}:
        assert not await happens(case, denying(right, Condition(fact=fact, operator=Operator.EQUAL, texts=(text,))))


async def test_an_instant_upload_asks_for_its_completion_and_for_the_bytes() -> None:
    """Without either it is an upload like any other, which has stored nothing yet."""
    for denied, instant in ((Right.MINT, True), (Right.COMPLETE_UPLOAD, False), (Right.READ_OBJECT, False)):
        world = await furnished()
        grant = denying(denied)
        who = changed(principal(grant, own=grant), around=AROUND)
        start = ops.StartUpload(
            bucket=_empty(world), key="new", size=3, part_bytes=3, sha1=SHA1, attributes=PLAIN, replace=Replace.ALWAYS
        )
        assert isinstance(await _do(world, start, who), Object) is instant
        await world.stop()


@settings(max_examples=60)
@given(
    where=st.sampled_from(ALL),
    denied=st.sets(st.sampled_from(sorted(Right)), max_size=4),
    facts=st.sets(st.sampled_from(list(_TELLING)), max_size=2),
)
def test_whatever_is_denied(where: tuple[type[Any], int], denied: set[Right], facts: set[Fact]) -> None:
    """Several at once."""
    case = CASES[where[0]][where[1]]
    conditions = [_TELLING[fact] for fact in sorted(facts)]
    grant = Grant()
    for right in sorted(denied):
        grant = grant & denying(right, *conditions)
    grant = grant & Grant(clauses=(Clause(rules=(Rule(scope=Scope(account=ACCOUNT)),)),))
    if denied & case.needs:
        assert not asyncio.run(happens(case, grant))


# -- one principal -----------------------------------------------------------------------------------------------------

FOREIGN = 1250000001
_WRITES = Grant(clauses=(Clause(rules=(Rule(rights=frozenset({Right.PUT_OBJECT}), scope=Scope(account=FOREIGN)),)),))
_ELSEWHERE = Condition(
    fact=Fact.SOURCE, operator=Operator.NETWORK, texts=("198.51.100.0/24",), negated=True, missing=True
)


@pytest.mark.parametrize("around", [AROUND, Circumstances(known=False)])
async def test_a_denial_holds_in_another_accounts_public_bucket(around: Circumstances) -> None:
    """Copying out to a bucket where anyone may write: what may be read only from one place stays."""
    world = await furnished()
    open_bucket = await add_bucket(world.engine.index, "open", FOREIGN)
    key = replace(
        key_of_account(id="k", account=ACCOUNT, secret=b"s", created_at=0.0),
        grant=denying(Right.READ_OBJECT, _ELSEWHERE),
    )
    out = changed(_into(world, tags={}), bucket=open_bucket)
    who = changed(principal_of(key, Grant(), elsewhere=_WRITES), around=around)
    before = await picture(world)
    with pytest.raises(Fault) as caught:
        await _do(world, out, who)
    assert caught.value.kind is Kind.ACCESS_DENIED
    assert await picture(world) == before
    free = replace(key, grant=denying(Right.MINT))
    await _do(world, out, principal_of(free, Grant(), elsewhere=_WRITES))
    assert world.engine.index.now.object(open_bucket.id, "new") is not None
    await world.stop()


async def test_a_denial_of_writing_holds_where_anyone_may_write() -> None:
    world = await furnished()
    open_bucket = await add_bucket(world.engine.index, "open", FOREIGN)
    key = replace(key_of_account(id="k", account=ACCOUNT, secret=b"s", created_at=0.0), grant=denying(Right.PUT_OBJECT))
    op = changed(_put(world, "new", await _stage(world)), bucket=open_bucket)
    with pytest.raises(Fault):
        await _do(world, op, principal_of(key, Grant(), elsewhere=_WRITES))
    await _do(world, op, anybody(_WRITES))
    await world.stop()
