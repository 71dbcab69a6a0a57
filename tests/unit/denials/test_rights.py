"""Minted rights, users and ACLs that refuse: told by whose clause it was, what was minted by whom, and what came.

Each is refused by the store itself, and explained by what goes along with its fault. Source: issue 14 §1.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from contracts.engines import add_bucket, memory_engine
from entrepot.admin import accounts, policies, users
from entrepot.core import operations as ops
from entrepot.core.explanation import Explanation
from entrepot.core.facts.records import Acl, Attributes, BucketSettings
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Replace
from entrepot.core.rights.circumstances import Circumstances
from entrepot.core.rights.denial import Closed
from entrepot.core.rights.further_limits import FurtherLimits
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope
from entrepot.core.rights.identity import Account, Key, Limits, Principal, anonymous_principal, principal_of
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.users import delete_policy
from entrepot.core.value import changed
from entrepot.dialects.control.policies import ram
from entrepot.dialects.s3like.address.access import public_grant
from entrepot.explain.explainers import EXPLAINERS
from entrepot.explain.refusal import Refusal, Work
from properties.worlds import ACCOUNT, Clock, World, chunked

AROUND = Circumstances(source="192.0.2.7", secure=False)
OTHER = 1250000001
ANYTHING = Grant()
POLICY = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["s3:*", "sts:AssumeRole"], "Resource": "*"},
    {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::demo/secret/*", "Sid": "NoSecrets"},
]}  # fmt: skip
"""What the user alice may."""


@dataclass
class Case:
    """A world with an account, its key, and the user alice."""

    world: World
    key: Key
    alice: Key

    async def mint(
        self, requested: Grant = ANYTHING, by: Key | None = None, limit: FurtherLimits | None = None, **more: Any
    ) -> Key:
        """A right that lasts ten minutes."""
        asked: dict[str, Any] = {
            "account": ACCOUNT, "api": "sts:AssumeRole", "requested": requested, "seconds": 600.0, "allows": "a test",
            "style": "T", "with_token": False, "client": "192.0.2.1", "identity": "role/r/s",
        }  # fmt: skip
        store = self.world.store if limit is None else self.world.store.with_further_limits(limit)
        async with Intake(self.world.engine.blobs, inline_bytes=16) as intake:
            made = await store.perform(
                ops.MintCredential(**asked | more), principal_of(by or self.key, Grant()), intake
            )
        return cast("Any", made).key

    async def refused(self, do: Callable[[World], Any], who: Key | Principal, body: bytes = b"x") -> Explanation:
        """What is told of an operation that is refused."""
        key = who if isinstance(who, Key) else None
        acting = changed(principal_of(who, Grant()), around=AROUND) if isinstance(who, Key) else who
        async with Intake(self.world.engine.blobs, inline_bytes=16) as intake:
            staged = await intake.stage(chunked(body), limit=1 << 20, md5=True)
            op = do(self.world)
            with pytest.raises(Fault) as caught:
                await self.world.store.perform(op(staged) if callable(op) else op, acting, intake)
        return self.told(caught.value, key, acting)

    def told(self, fault: Fault, key: Key | None, who: Principal | None, **more: Any) -> Explanation:
        """What is told of a fault."""
        refusal = Refusal(
            request=cast("Any", None), fault=fault, dialect="s3", schemes=(), reader=self.world.engine.index.now,
            now=self.world.clock(), key=key, who=who, work=Work(), **more,
        )  # fmt: skip
        found = [made for each in EXPLAINERS[fault.kind] if (made := _explained(each, refusal)) is not None]
        assert found, fault.message
        return found[0]


def _explained(explain: Any, refusal: Refusal) -> Explanation | None:
    """Other explainers ask for a request, which these refusals do not have."""
    if "denied" not in explain.__module__:
        return None
    return cast("Explanation | None", explain(refusal))


@pytest.fixture
async def case() -> AsyncIterator[Case]:
    world = await World.make(memory_engine(), Clock())

    def change(tx: Any) -> Case:
        owner = accounts.meant(tx, ACCOUNT)
        key = Key(id="key", account=ACCOUNT, secret=b"s", grant=_everything(), created_at=0.0)
        tx.add_key(key)
        policies.create(tx, world.clock(), owner, "p", json.dumps(POLICY), None, replace=False)
        users.create(tx, world.clock(), ACCOUNT, "alice", policies=["p"])
        rules = tx.policy(ACCOUNT, "p").rules
        grant = Grant(clauses=(Clause(rules=tuple(changed(one, place=f"p: {one.place}") for one in rules)),))
        alice = Key(id="alice-key", account=ACCOUNT, secret=b"s", grant=grant, created_at=0.0, user="alice")
        tx.add_key(alice)
        return Case(world, key, alice)

    yield await world.engine.index.write(change)
    await world.stop()


def _everything() -> Grant:
    return Grant(clauses=(Clause(rules=(Rule(scope=Scope(account=ACCOUNT)),)),))


def only(right: Right, key: str) -> Grant:
    """One right to one object."""
    scope = Scope(account=ACCOUNT, bucket="demo", key=key)
    return Grant(clauses=(Clause(rules=(Rule(rights=frozenset({right}), scope=scope),)),))


def session(*statements: dict[str, Any]) -> Grant:
    """What a session's policy says."""
    owner = Account(id=ACCOUNT, user_id="100000000001", created_at=0.0)
    return ram.parse(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}), owner)


def allow(action: str, name: str, **condition: Any) -> dict[str, Any]:
    """A statement of a session's policy."""
    said = {"Effect": "Allow", "Action": action, "Resource": f"arn:aws:s3:::{name}"}
    return said | ({"Condition": condition} if condition else {})


def put(key: str, **attributes: Any) -> Callable[[World], Any]:
    """To store an object."""
    return lambda world: (
        lambda staged: ops.PutObject(
            bucket=world.bucket,
            key=key,
            content=staged,
            attributes=Attributes(**attributes),
            replace=Replace.ALWAYS,
            tree=False,
        )
    )


def get(key: str) -> Callable[[World], Any]:
    """To read one."""
    return lambda world: ops.ReadObject(bucket=world.bucket, key=key)


def check(told: Explanation, cause: str, statement: str = "", policy: str = "", **details: str) -> dict[str, str]:
    """The cause, the statement, and some details."""
    said = told.told()
    found = (said["cause"], said.get("statement", ""), said.get("policy", ""))
    assert found == (cause, statement, policy), said
    assert {name: said.get(name, "") for name in details} == details, said
    return said


async def test_a_right_to_read_does_not_store(case: Case) -> None:
    key = await case.mint(only(Right.READ_OBJECT, "a"), api="url:GET", allows="GET demo/a")
    said = check(await case.refused(put("a"), key), "right-is-narrower", minted_by="url:GET", minter="key")
    assert "GET demo/a" in said["sentence"]


async def test_a_right_to_one_object_is_none_to_another(case: Case) -> None:
    key = await case.mint(only(Right.PUT_OBJECT, "a"), about_bucket="demo", about_key="a")
    check(await case.refused(put("b"), key), "right-is-narrower", place="demo/a", right=key.id)


@pytest.mark.parametrize(
    ("statements", "cause", "at"),
    [
        ((allow("s3:GetObject", "demo/*"),), "action-not-allowed", "Statement[0]"),
        ((allow("s3:GetObject", "*"), allow("s3:PutObject", "demo/b/*")), "resource-not-covered", "Statement[1]"),
        ((allow("s3:*", "demo/*"), allow("s3:PutObject", "demo/*") | {"Effect": "Deny"}), "explicit-deny",
         "Statement[1]"),
        ((allow("s3:PutObject", "demo/*", IpAddress={"aws:SourceIp": "10.0.0.0/8"}),), "condition-not-met",
         "Statement[0]"),
    ],
)  # fmt: skip
async def test_a_sessions_policy(case: Case, statements: Sequence[dict[str, Any]], cause: str, at: str) -> None:
    key = await case.mint(session(*statements))
    said = check(await case.refused(put("a"), key), cause, at, minted_by="sts:AssumeRole", identity="role/r/s")
    if cause == "condition-not-met":
        assert (said["came"], said["confidence"]) == ("192.0.2.7", "certain")
        assert "aws:SourceIp" in said["expected"]
        assert "10.0.0.0/8" in said["expected"]


async def test_a_session_that_is_allowed_nothing(case: Case) -> None:
    key = await case.mint(session(allow("s3:GetObject", "other/*")))
    check(await case.refused(put("a"), key), "nothing-allows-it")


async def test_a_users_denial(case: Case) -> None:
    check(await case.refused(put("secret/a"), case.alice), "explicit-deny", "Statement[1]", "p", sid="NoSecrets")


async def test_what_the_minter_is_denied(case: Case) -> None:
    key = await case.mint(session(allow("s3:*", "*")), by=case.alice)
    check(
        await case.refused(put("secret/a"), key),
        "explicit-deny",
        "Statement[1]",
        "p",
        sid="NoSecrets",
        minter="alice-key",
    )


async def test_what_the_minters_minter_is_denied(case: Case) -> None:
    key = await case.mint(by=await case.mint(by=case.alice))
    said = check(await case.refused(put("secret/a"), key), "explicit-deny", "Statement[1]", "p", effect="deny")
    assert "alice" in said["by"]


async def test_the_statement_is_known_after_the_minters_policy_changed(case: Case) -> None:
    key = await case.mint(by=case.alice)

    def change(tx: Any) -> None:
        users_policy = json.dumps(POLICY | {"Statement": POLICY["Statement"][:1]})
        policies.create(tx, 0.0, tx.account(ACCOUNT), "p", users_policy, None, replace=True)

    await case.world.engine.index.write(change)
    check(await case.refused(put("secret/a"), key), "explicit-deny", "Statement[1]", "p")


async def test_rules_that_know_no_place_are_looked_up(case: Case) -> None:
    """As they were stored before rules had one."""
    rules = tuple(changed(one, place="") for one in case.alice.grant.clauses[0].rules)
    old = replace(case.alice, grant=Grant(clauses=(Clause(rules=rules),)))
    check(await case.refused(put("secret/a"), old), "explicit-deny", "Statement[1]", "p", sid="NoSecrets")


async def test_a_policy_that_is_gone_is_not_guessed(case: Case) -> None:
    rules = tuple(changed(one, place="") for one in case.alice.grant.clauses[0].rules)
    old = replace(case.alice, grant=Grant(clauses=(Clause(rules=rules),)))

    def change(tx: Any) -> None:
        tx.put_user(replace(tx.user(ACCOUNT, "alice"), policies=()))
        delete_policy(tx, ACCOUNT, "p")

    await case.world.engine.index.write(change)
    check(await case.refused(put("secret/a"), old), "explicit-deny")


async def test_a_user_without_policies(case: Case) -> None:
    await case.world.engine.index.write(lambda tx: users.create(tx, 0.0, ACCOUNT, "bob"))
    bob = replace(case.alice, id="bob-key", user="bob", grant=Grant(clauses=(Clause(rules=()),)))
    check(await case.refused(get("a"), bob), "no-policy", by="the policies of the user bob")


async def test_a_policy_that_was_taken_meanwhile(case: Case) -> None:
    """A key that may less by now is asked again behind what its signature said."""
    grant = case.alice.grant & _everything() & case.alice.grant
    who = changed(principal_of(case.alice, Grant()), grant=grant, around=AROUND)
    async with Intake(case.world.engine.blobs, inline_bytes=16) as intake:
        with pytest.raises(Fault) as caught:
            await case.world.store.perform(get("secret/a")(case.world), who, intake)
    check(case.told(caught.value, case.alice, who), "explicit-deny", "Statement[1]", "p", sid="NoSecrets")


@pytest.mark.parametrize(
    ("limit", "cause", "came"),
    [
        (FurtherLimits(content_types=("image/*",)), "limit-content-type", "text/html"),
        (FurtherLimits(networks=("10.0.0.0/8",)), "limit-source", "192.0.2.7"),
    ],
)
async def test_an_operators_limit(case: Case, limit: FurtherLimits, cause: str, came: str) -> None:
    key = await case.mint(only(Right.PUT_OBJECT, "a"), limit=limit)
    check(await case.refused(put("a", headers={"Content-Type": "text/html"}), key), cause, came=came, right=key.id)


async def test_a_right_to_upload_cannot_publish(case: Case) -> None:
    key = await case.mint(only(Right.PUT_OBJECT, "a"), plain=True)
    check(await case.refused(put("a", acl=Acl.PUBLIC_READ), key), "right-only-stores", came="public-read")


async def test_too_many_bytes(case: Case) -> None:
    key = await case.mint(only(Right.PUT_OBJECT, "a"), limits=Limits(max_bytes=3))
    fault = Fault(Kind.TOO_LARGE, "the content is longer than 3 bytes", limit=3)
    check(case.told(fault, key, principal_of(key, Grant())), "limit-size", max_bytes="3", minter="key")


async def test_a_right_that_was_used_up(case: Case) -> None:
    key = await case.mint(only(Right.PUT_OBJECT, "a"), limits=Limits(uses=1))
    who = principal_of(key, Grant())
    assert who.spend is not None
    who = changed(who, spend=changed(who.spend, spender="1700000100.000 0123abcd 192.0.2.9"))
    async with Intake(case.world.engine.blobs, inline_bytes=16) as intake:
        staged = await intake.stage(chunked(b"x"), limit=10, md5=True)
        await case.world.store.perform(put("a")(case.world)(staged), who, intake)
    told = await case.refused(put("a"), key)
    check(told, "spent", stored="demo/a", max_uses="1", right=key.id)
    check(told, "spent", spent_at="2023-11-14T22:15:00Z", spent_by="0123abcd", spent_from="192.0.2.9")
    assert told.sentence.endswith("and was, at 2023-11-14T22:15:00Z by the request 0123abcd from 192.0.2.9")


async def test_a_right_that_was_revoked(case: Case) -> None:
    key = await case.mint()
    await case.world.engine.index.write(lambda tx: tx.revoke_key(key.id, 1_700_000_100.0, "ops@host"))
    fault = Fault(Kind.KEY_UNKNOWN, "there is no key", key_id=key.id)
    told = case.told(fault, None, None)
    check(told, "revoked", revoked_at="2023-11-14T22:15:00Z", revoked_by="ops@host", minter="key", right=key.id)
    assert told.sentence.endswith("was revoked at 2023-11-14T22:15:00Z by ops@host")


@pytest.mark.parametrize("kind", [Kind.SIGNATURE_EXPIRED, Kind.TOKEN_INVALID])
async def test_a_right_that_ended(case: Case, kind: Kind) -> None:
    key = await case.mint()
    case.world.clock.at += 601.0
    check(case.told(Fault(kind, "ended"), key, None), "right-ended", minted_by="sts:AssumeRole", minter="key")


async def test_a_right_that_ends_before_it_is_asked(case: Case) -> None:
    key = await case.mint()
    case.world.clock.at += 601.0
    check(await case.refused(get("a"), key), "right-ended", right=key.id)


async def test_nobody_signed(case: Case) -> None:
    fault = Fault(Kind.SIGNATURE_MISSING, "this needs a signature")
    fault.denial = Closed(account=ACCOUNT, bucket="demo", key="a")
    check(case.told(fault, None, None), "acl-does-not-open", bucket_acl="private")


async def test_nobody_writes_what_may_be_read(case: Case) -> None:
    settings = BucketSettings(acl=Acl.PUBLIC_READ)
    bucket = replace(case.world.bucket, settings=settings)
    who = anonymous_principal(public_grant(bucket, "a", case.world.engine.index.now))
    check(await case.refused(put("a"), who), "acl-does-not-open")


async def test_another_accounts_key(case: Case) -> None:
    other = Key(id="o", account=OTHER, secret=b"s", grant=_everything(), created_at=0.0)
    opened = public_grant(replace(case.world.bucket, settings=BucketSettings(acl=Acl.PUBLIC_READ)), "a",
                          case.world.engine.index.now)  # fmt: skip
    who = principal_of(other, Grant(), foreign_grant=opened)
    said = check(await case.refused(put("a"), who), "acl-does-not-open")
    assert "of the bucket's account" in said["change"]


async def test_a_copy_from_another_account(case: Case) -> None:
    """The key's own grant is asked for what the signature does not name."""
    other = await add_bucket(case.world.engine.index, "theirs", OTHER)
    copy = ops.CopyInto(
        bucket=case.world.bucket, key="a", source_bucket=other, source_key="b", attributes=None, tags=None, acl=None,
        replace=Replace.ALWAYS,
    )  # fmt: skip
    said = check(await case.refused(lambda _world: copy, case.key), "other-account")
    assert str(OTHER) in said["sentence"]


async def test_a_signature_for_less(case: Case) -> None:
    who = changed(principal_of(case.key, only(Right.READ_OBJECT, "b")), around=AROUND)
    async with Intake(case.world.engine.blobs, inline_bytes=16) as intake:
        with pytest.raises(Fault) as caught:
            await case.world.store.perform(get("a")(case.world), who, intake)
    check(case.told(caught.value, case.key, who), "signature-is-narrower")


async def test_a_minter_that_is_gone_is_not_guessed(case: Case) -> None:
    key = await case.mint(session(allow("s3:GetObject", "demo/*")), by=await case.mint())
    gone = replace(key, minted=replace_minter(key))
    check(await case.refused(put("a"), gone), "minter-is-gone")


def replace_minter(key: Key) -> Any:
    """The row of a right whose minter is not there any more."""
    assert key.minted is not None
    return changed(key.minted, minter="nobody")


async def test_what_is_told_holds_no_secret(case: Case) -> None:
    key = await case.mint(only(Right.PUT_OBJECT, "a"), limits=Limits(uses=5))
    said = (await case.refused(put("b"), key)).told()
    assert key.secret.decode() not in json.dumps(said)
    assert all(len(text) <= 400 for text in said.values())
