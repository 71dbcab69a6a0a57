"""What is denied does not happen: every operation with every Deny leaves the store as it was.

The operations are the closed union, so that a new one without an entry in :mod:`properties.denials` fails.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.engines import add_bucket, changed
from entrepot.core import operations as ops
from entrepot.core.facts.records import PLAIN, Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Replace
from entrepot.core.rights.circumstances import Circumstances, Fact
from entrepot.core.rights.conditions import Condition, Operator
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope
from entrepot.core.rights.identity import Principal, anonymous_principal, key_of_account, principal_of
from entrepot.core.rights.ledger import Wanted
from entrepot.core.rules import required
from properties.denials import CASES, Case, do, empty, furnished, into, put, stage
from properties.worlds import ACCOUNT, World, principal

SHA1 = bytes.fromhex("0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33")
"""Of ``foo``; from `openssl sha1`."""
AROUND = Circumstances(source="192.0.2.7", secure=False, referer="http://a.test/", user_agent="agent")


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
    uploads = await world.engine.index.inspect(lambda reader: [upload.id for upload in reader.walk_uploads()])
    return (
        await world.everything(), now.buckets(None, None, 99), now.keys(None), now.rights(Wanted(), None, 99),
        [now.note(ACCOUNT, "c", "k")], await world.engine.index.inspect(lambda reader: reader.all_blobs(0, 999)),
        [now.upload(upload) for upload in uploads], [part for upload in uploads for part in now.parts(upload, 0, 99)],
    )  # fmt: skip


async def _refused_or_done(world: World, op: ops.Operation, who: Principal) -> Any:
    try:
        return await do(world, op, who)
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
    assert set(required.TABLE) == set(get_args(ops.Operation))


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
            bucket=empty(world), key="new", size=3, part_bytes=3, sha1=SHA1, attributes=PLAIN, replace=Replace.ALWAYS
        )
        assert isinstance(await do(world, start, who), Object) is instant
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
    out = changed(into(world, tags={}), bucket=open_bucket)
    who = changed(principal_of(key, Grant(), foreign_grant=_WRITES), around=around)
    before = await picture(world)
    with pytest.raises(Fault) as caught:
        await do(world, out, who)
    assert caught.value.kind is Kind.ACCESS_DENIED
    assert await picture(world) == before
    free = replace(key, grant=denying(Right.MINT))
    await world.engine.index.write(lambda tx: tx.add_key(free))
    await do(world, out, principal_of(free, Grant(), foreign_grant=_WRITES))
    assert world.engine.index.now.object(open_bucket.id, "new") is not None
    await world.stop()


async def test_a_denial_of_writing_holds_where_anyone_may_write() -> None:
    world = await furnished()
    open_bucket = await add_bucket(world.engine.index, "open", FOREIGN)
    key = replace(key_of_account(id="k", account=ACCOUNT, secret=b"s", created_at=0.0), grant=denying(Right.PUT_OBJECT))
    op = changed(put(world, "new", await stage(world)), bucket=open_bucket)
    with pytest.raises(Fault):
        await do(world, op, principal_of(key, Grant(), foreign_grant=_WRITES))
    await do(world, op, anonymous_principal(_WRITES))
    await world.stop()
