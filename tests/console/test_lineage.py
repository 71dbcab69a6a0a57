"""Where an object comes from: the right that stored it, what that was minted from, who used it and from where."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from behaviour.bucket import Bucket
from behaviour.client import DEV
from behaviour.ledger.operator import Operator, spend
from behaviour.storage.clouds import S3
from behaviour.storage.speaker import Speaker
from console.asking import Tab
from console.conftest import ConsoleServer
from console.furnished import right
from console.test_objects import LOOK, OPEN
from console.test_objects import opened as opened  # noqa: PLC0414 - a fixture


def at(key: str) -> str:
    return f"/object?key={quote(key, safe='')}"


def wait_for(met: Callable[[], bool]) -> None:
    """Poll with a long deadline."""
    deadline = time.monotonic() + 60
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.browser
def test_an_object_that_a_right_stored(server: ConsoleServer, opened: OPEN) -> None:
    """Minted, used, stored, refused, withdrawn: in this order, with from where, and with the way to the right."""
    client = server.client()
    operator = Operator(server=server, client=client)
    minted = operator.url("demo", "lineage/one", uses=1)
    assert spend(client, minted, b"one").status == 200
    wait_for(lambda: any(one.get("key") == minted["grant"] for one in operator.audit("use")))
    assert spend(client, minted, b"two").status == 403
    wait_for(lambda: any(one.get("key") == minted["grant"] for one in operator.audit("refuse")))
    operator.revoke(minted["grant"])
    client.close()
    page = opened("demo", query=at("lineage/one"))
    section = page.locator("section").filter(has=page.get_by_role("heading", name="Where it comes from"))
    chain = section.locator("ol.plain li")
    expect(chain).to_have_count(2)
    expect(chain.nth(0)).to_contain_text("Stored by the right")
    expect(chain.nth(0)).to_contain_text("withdrawn")
    expect(chain.nth(0)).to_contain_text("PUT demo/lineage/one")
    expect(chain.nth(1)).to_contain_text(f"which was minted by the key {DEV.key_id}")
    steps = section.locator(".life li")
    expect(steps.locator("b")).to_have_text(["Minted", "Used (1×)", "Stored", "Refused (1×)", "Withdrawn"])
    expect(steps.nth(0)).to_contain_text("admin API")
    expect(steps.nth(1)).to_contain_text("from 127.0.0.1")
    section.get_by_role("link", name=minted["grant"]).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(minted["grant"])
    page.get_by_role("link", name="demo/lineage/one").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("one")
    section.get_by_role("link", name="All rights for this name").click()
    expect(page.locator("tbody th")).to_have_text([minted["grant"]])


@pytest.mark.browser
def test_a_chain_of_rights(server: ConsoleServer, opened: OPEN) -> None:
    """Up to the key that began it; a right that is gone ends it, and so does one that a sub-user did not mint."""
    bucket, user = server.make_bucket(DEV.appid), server.make_user(DEV.appid, LOOK)
    right(server, "LINE-TOP", "x")
    right(server, "LINE-MIDDLE", "x", minter="LINE-TOP")
    right(server, "LINE-LOW", "x", minter="LINE-MIDDLE")
    right(server, "LINE-ORPHAN", "x", minter="LINE-GONE")
    right(server, "LINE-OWN", "x", minter=user.key_id)
    for key, by in (("low", "LINE-LOW"), ("orphan", "LINE-ORPHAN"), ("own", "LINE-OWN"), ("key", DEV.key_id),
                    ("user", user.key_id), ("anybody", None)):  # fmt: skip
        server.put(DEV.appid, bucket, {key: b"1"}, by=by)
    expected = {
        "low": ["LINE-LOW", "LINE-MIDDLE", "LINE-TOP", f"the key {DEV.key_id}"],
        "orphan": ["LINE-ORPHAN", "a key or right that is gone"],
        "own": ["LINE-OWN", f"the key {user.key_id}"],
        "key": [f"the key {DEV.key_id}"],
        "user": [f"the key {user.key_id}"],
        "anybody": ["nobody who is known"],
    }
    page = opened(bucket)
    here = page.url
    for key, said in expected.items():
        page.goto(here + at(key))
        expect(page.locator("ol.plain li")).to_contain_text(said)
    unseen = "one that this key may not see"
    page = opened(bucket, user)
    for key, said in (expected | {"low": [unseen], "orphan": [unseen], "key": [unseen]}).items():
        page.goto(here + at(key))
        expect(page.locator("ol.plain li")).to_contain_text(said)
        assert "LINE-TOP" not in page.content()


def test_a_hostile_right_and_address_are_text(server: ConsoleServer, tab: Callable[..., Tab]) -> None:
    bucket = server.make_bucket(DEV.appid)
    hostile = "<script>alert(1)</script>\"'"
    right(server, f"LINE-{hostile}", "x", client=hostile, allows=hostile, api=f"url:{hostile}")
    server.put(DEV.appid, bucket, {"a": b"1"}, by=f"LINE-{hostile}")
    owner = tab()
    owner.log_in(DEV.key_id, DEV.secret.decode())
    body = owner.get(f"/buckets/{DEV.appid}/{bucket}{at('a')}").body.decode()
    assert "LINE-&lt;script&gt;" in body
    assert "<script>alert" not in body
    assert "javascript:" not in body


@pytest.mark.browser
def test_uses_of_a_sub_users_key(server: ConsoleServer, opened: OPEN) -> None:
    """In dev mode its uses have lines, so the page tells from where this very object was stored, and no other one."""
    client = server.client()
    bucket = Bucket(server=server, name=server.make_bucket(DEV.appid), client=client)
    user = Speaker(bucket=bucket, cloud=S3, owner=server.make_user(DEV.appid, LOOK.replace("oss:GetO", "oss:PutO")))
    operator = Operator(server=server, client=client)
    for key in ("mine", "other"):
        assert user.put(key).status == 200
        wait_for(
            lambda key=key: any(f"{bucket.name}/{key}" in " ".join(one.get("places", ())) for one in
                                operator.audit("use"))
        )  # fmt: skip
    client.close()
    page = opened(bucket.name, query=at("mine"))
    steps = page.locator(".life li")
    expect(steps.locator("b")).to_have_text(["Used (1×)", "Stored"])
    expect(steps.first).to_contain_text("from 127.0.0.1")
    expect(steps.first).to_contain_text(f"{bucket.name}/mine")
    assert f"{bucket.name}/other" not in page.content()
