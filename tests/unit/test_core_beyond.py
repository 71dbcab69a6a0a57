"""Limits beyond the clouds: they narrow a right and nothing else, and a minted right never exceeds its minter's."""

from __future__ import annotations

import pytest

from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.audit import Event
from entrepot.core.rights.circumstances import Asked, Circumstances, Fact
from entrepot.core.rights.further_limits import FurtherLimits, tightest
from entrepot.core.rights.grant import Access, Grant, Right
from entrepot.core.rights.identity import Credential, Limits, key_of_account, principal_of
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Store
from entrepot.core.value import changed
from properties.worlds import ACCOUNT, EVERYTHING, World, counted_credentials, principal

from .worlds import a_world

BY_OPERATOR = {"vms": FurtherLimits(max_bytes=100, networks=("192.0.2.0/24",)), "url": FurtherLimits(uses=3)}


def access(right: Right, *, kind: str | None = None, source: str | None = "192.0.2.7", late: bool = False) -> Access:
    return Access(
        right=right, account=ACCOUNT, bucket="demo", key="k", at=1.0, around=Circumstances(source=source),
        asked=Asked(content_type=kind), pending=frozenset({Fact.CONTENT_TYPE} if late else ()),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "passes"),
    [
        ("image/png", True), ("image/webp", True), ("text/plain", True), ("text/plain; charset=utf-8", True),
        ("text/html", False), ("text/plainer", False), ("image", False), ("", False), (None, False),
        ("IMAGE/PNG", False), ("image/png,text/html", False), ("image/png;a=b,text/html", False),
    ],
)  # fmt: skip
def test_only_these_types_can_be_stored(kind: str | None, passes: bool) -> None:
    grant = FurtherLimits(content_types=("image/*", "text/plain")).grant
    for right in (Right.PUT_OBJECT, Right.POST_OBJECT, Right.APPEND_OBJECT, Right.START_UPLOAD):
        assert grant.permits(access(right, kind=kind)) is passes
    for right in (Right.PUT_PART, Right.COMPLETE_UPLOAD, Right.READ_OBJECT):
        assert grant.permits(access(right))
    assert grant.permits(access(Right.PUT_OBJECT, late=True)), "not known yet"
    assert grant.permits(access(Right.UPDATE_OBJECT)), "changes no type"
    assert not grant.permits(access(Right.UPDATE_OBJECT, kind="text/html"))


@pytest.mark.parametrize(
    ("source", "passes"),
    [("192.0.2.7", True), ("::ffff:192.0.2.7", True), ("198.51.100.4", True), ("192.0.3.7", False), ("::1", False),
     (None, False), ("-", False)],
)  # fmt: skip
def test_only_from_these_networks(source: str | None, passes: bool) -> None:
    grant = FurtherLimits(networks=("192.0.2.0/24", "198.51.100.4")).grant
    assert all(grant.permits(access(right, source=source)) is passes for right in Right)


def test_no_limits_change_nothing() -> None:
    assert FurtherLimits().grant == Grant()
    assert FurtherLimits().told() == ""
    assert FurtherLimits(max_bytes=1, uses=1).grant == Grant()
    assert tightest() == tightest(Limits(), Limits()) == Limits()
    assert tightest(Limits(max_bytes=5), Limits(uses=2), Limits(max_bytes=3, uses=9)) == Limits(max_bytes=3, uses=2)


def test_limits_are_told() -> None:
    told = FurtherLimits(max_bytes=10, uses=1, content_types=("image/*",), networks=("::1",)).told()
    assert told == "at most 10 bytes each, of type image/*, once, from ::1"


class Log:
    """An audit log in memory, which can be full."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.full = False

    def note(self, event: Event) -> None:
        self.events.append(event)

    async def write(self, event: Event) -> None:
        if self.full:
            raise Fault(Kind.STORAGE_FULL, "full")
        self.events.append(event)


def minting_store(world: World, log: Log) -> Store:
    return Store(
        world.engine.index, world.engine.blobs, world.hasher, world.clock, lambda: "x", counted_credentials, log,
        BY_OPERATOR,
    )  # fmt: skip


def mint(api: str, **more: object) -> ops.MintCredential:
    facts: dict[str, object] = {
        "account": ACCOUNT, "api": api, "requested": EVERYTHING, "seconds": 60.0, "allows": "all", "style": "K",
        "with_token": True, "client": "192.0.2.1",
    }  # fmt: skip
    return ops.MintCredential(**{**facts, **more})  # type: ignore[arg-type]


async def made(world: World, store: Store, op: ops.MintCredential, who: object = None) -> Credential:
    if world.engine.index.refresh().key("key") is None:  # the long-term key that mints
        minter = key_of_account(id="key", account=ACCOUNT, secret=b"s", created_at=1.0)
        await world.engine.index.write(lambda tx: tx.add_key(minter))
    async with Intake(world.engine.blobs, inline_bytes=16) as intake:
        found = await store.perform(op, who or principal(), intake)  # type: ignore[arg-type]
    assert isinstance(found, Credential)
    return found


async def test_the_operators_limits_are_put_on_whatever_the_dialect_asks() -> None:
    async with a_world() as world:
        log = Log()
        store = minting_store(world, log)
        vms = await made(world, store, mint("vms:GetResourceUploadUrl", limits=Limits(max_bytes=500)))
        assert vms.key.limits == Limits(max_bytes=100)
        assert not vms.key.grant.permits(access(Right.PUT_OBJECT, source="203.0.113.1"))
        assert vms.key.minted is not None
        assert vms.key.minted.allows == "all, at most 100 bytes each, from 192.0.2.0/24"
        hbr = await made(world, store, mint("hbr:CreateTempFileUploadUrl"))
        assert hbr.key.limits == Limits()
        further = store.with_further_limits(FurtherLimits(uses=2, max_bytes=1000))
        assert (await made(world, further, mint("url:PUT"))).key.limits == Limits(max_bytes=1000, uses=2)
        assert (await made(world, store, mint("url:PUT"))).key.limits == Limits(uses=3)


async def test_a_minted_right_never_exceeds_its_minters() -> None:
    async with a_world() as world:
        store = minting_store(world, Log())
        parent = await made(world, store, mint("sts:AssumeRole", limits=Limits(max_bytes=10)))
        who = principal_of(parent.key, Grant())
        child = await made(world, store, mint("hbr:X", seconds=3600.0, limits=Limits(max_bytes=99)), who)
        assert child.key.limits == Limits(max_bytes=10)
        late = changed(access(Right.PUT_OBJECT), at=world.clock() + 61)
        assert not child.key.grant.permits(late), "it ends with its minter"
        counted = await made(world, store, mint("sts:AssumeRole", limits=Limits(uses=5)))
        with pytest.raises(Fault) as caught:
            await made(world, store, mint("hbr:X"), principal_of(counted.key, Grant()))
        assert caught.value.kind is Kind.ACCESS_DENIED, "uses would be multiplied"


async def test_every_mint_has_its_line_before_it_is_answered() -> None:
    async with a_world() as world:
        log = Log()
        store = minting_store(world, log)
        found = await made(world, store, mint("vms:X", about_bucket="demo", about_key="p/"))
        assert [event.what for event in log.events] == ["mint"]
        facts = log.events[0].facts
        assert (facts["key"], facts["api"], facts["place"]) == (found.key.id, "vms:X", "demo/p/")
        assert (facts["minter"], facts["client"], facts["max_bytes"]) == ("key", "192.0.2.1", 100)
        said = str(facts)
        assert found.key.secret.decode() not in said
        assert (found.token or "?") not in said
        log.full = True
        with pytest.raises(Fault) as caught:
            await made(world, store, mint("vms:X"))
        assert caught.value.kind is Kind.STORAGE_FULL


async def test_a_right_that_is_withdrawn_while_its_body_comes_in_stores_nothing() -> None:
    async with a_world() as world:
        store = minting_store(world, Log())
        right = await made(world, store, mint("hbr:X"))
        who = principal_of(right.key, Grant())
        await world.engine.index.write(lambda tx: tx.revoke_key(right.key.id, world.clock()))
        with pytest.raises(Fault) as caught:
            await made(world, store, mint("hbr:X"), who)
        assert caught.value.kind is Kind.KEY_UNKNOWN
