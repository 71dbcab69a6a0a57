"""What a bucket is set to, in Chromium and over raw HTTP: shown, changed, and not overwritten unseen."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from behaviour.client import DEV, Owner
from console.asking import Tab
from console.conftest import ConsoleServer
from console.furnished import HOSTILE
from console.test_objects import LOOK, OPEN
from console.test_objects import opened as opened  # noqa: PLC0414 - a fixture
from console.test_sessions import lines
from entrepot.core.facts.records import Acl, BucketSettings, CorsRule, LifecycleRule, Transition

READS = (
    '{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:GetBucketCors","oss:GetBucketLifecycle"],'
    '"Resource":["*"]}]}'
)


def at(bucket: str) -> str:
    return f"/buckets/{DEV.appid}/{bucket}/settings"


def settings(server: ConsoleServer, bucket: str) -> BucketSettings:
    """As the index has them."""
    found = server.ask(lambda reader: reader.bucket(DEV.appid, bucket))
    assert found is not None
    return found.settings


def meanwhile(server: ConsoleServer, bucket: str, **changes: Any) -> None:
    """Somebody else changes them."""

    def change(tx: Any) -> None:
        found = tx.bucket(DEV.appid, bucket)
        tx.update_bucket(replace(found, settings=replace(found.settings, **changes)))

    server._write(change)


def seen(page: bytes, part: str) -> str:
    """What the forms of a part were shown with."""
    section = page.decode().partition(f'<section class="card part" id="{part}"')[2].partition("</section>")[0]
    found = re.search(r'name="seen" value="([0-9a-f]{32})"', section)
    assert found is not None, section
    return found[1]


@pytest.fixture
def owner(tab: Callable[..., Tab]) -> Tab:
    made = tab()
    made.log_in(DEV.key_id, DEV.secret.decode())
    return made


def section(page: Page, name: str) -> Any:
    return page.get_by_role("region", name=name, exact=True)


@pytest.mark.browser
def test_access(server: ConsoleServer, opened: OPEN) -> None:
    """From the bucket's page: from then on everybody reads, and the log has who did it."""
    bucket, client = server.make_bucket(DEV.appid), server.client()
    server.put(DEV.appid, bucket, {"a": b"the bytes"})
    assert client.send("GET", f"/{bucket}/a").status == 403
    page = opened(bucket)
    page.get_by_role("link", name="Settings").click()
    access = section(page, "Access")
    access.get_by_label("Who may do what").select_option("public read")
    access.get_by_role("button", name="Save").click()
    expect(access.get_by_role("status")).to_have_text("Saved.")
    assert access.get_by_label("Who may do what").input_value() == "public-read"
    assert client.send("GET", f"/{bucket}/a").body == b"the bytes"
    client.close()
    line = lines(server, "set-acl")[-1]
    assert (line["key"], line["bucket"], line["acl"]) == (DEV.key_id, bucket, "public-read")
    assert (settings(server, bucket).acl, settings(server, bucket).acl_of_objects) == (Acl.PUBLIC_READ, True)


@pytest.mark.browser
def test_cors_rules(server: ConsoleServer, opened: OPEN) -> None:
    """One is added, changed and removed; browsers are answered by them."""
    bucket, client = server.make_bucket(DEV.appid), server.client()
    page = opened(bucket, query="/settings")
    cors = section(page, "CORS rules")
    cors.get_by_label("Origins").fill("https://a.example\nhttps://*.b.example")
    cors.get_by_role("button", name="Add the rule").click()
    expect(cors.get_by_role("alert")).to_contain_text("needs at least one origin and one method")
    assert cors.get_by_label("Origins").input_value() == "https://a.example\nhttps://*.b.example"
    cors.get_by_label("PUT").check()
    cors.get_by_label("GET").check()
    cors.get_by_label("Headers of requests").fill("content-type, x-amz-*")
    cors.get_by_label("Headers that scripts read").fill("ETag")
    cors.get_by_label("Seconds").fill("600")
    cors.get_by_role("button", name="Add the rule").click()
    expect(cors.get_by_role("status")).to_have_text("Saved.")
    rule = CorsRule(
        origins=("https://a.example", "https://*.b.example"), methods=("GET", "PUT"),
        headers=("content-type", "x-amz-*"), expose=("ETag",), max_age_seconds=600,
    )  # fmt: skip
    assert settings(server, bucket).cors == (rule,)
    asks = [("Origin", "https://x.b.example"), ("Access-Control-Request-Method", "PUT")]
    assert client.send("OPTIONS", f"/{bucket}/a", headers=asks).headers["access-control-max-age"] == "600"
    cors.get_by_role("link", name="Change rule 1").click()
    assert cors.get_by_label("Origins").input_value() == "https://a.example\nhttps://*.b.example"
    cors.get_by_label("PUT").uncheck()
    cors.get_by_role("button", name="Save").click()
    expect(cors.get_by_role("status")).to_have_text("Saved.")
    assert settings(server, bucket).cors == (replace(rule, methods=("GET",)),)
    assert client.send("OPTIONS", f"/{bucket}/a", headers=asks).status == 403
    client.close()
    cors.get_by_role("button", name="Remove 1").click()
    expect(cors.get_by_text("None.")).to_be_visible()
    assert settings(server, bucket).cors == ()
    assert [len(lines(server, name)) > 0 for name in ("set-cors", "remove-cors")] == [True, True]


@pytest.mark.browser
def test_lifecycle_rules(server: ConsoleServer, opened: OPEN) -> None:
    """What the form cannot say is kept as it is, and can be removed alone."""
    more = LifecycleRule(id="more", transitions=(Transition(storage_class="GLACIER", archived=True, days=9),))
    bucket = server.make_bucket(DEV.appid, lifecycle=(more,))
    page = opened(bucket, query="/settings")
    rules = section(page, "Lifecycle rules")
    expect(rules.locator("tbody td").first).to_have_text("becomes GLACIER after 9 days")
    expect(rules.get_by_role("link", name="Change rule 1")).to_have_count(0)
    rules.get_by_label("Names that begin with").fill("logs/")
    rules.get_by_role("button", name="Add the rule").click()
    expect(rules.get_by_role("alert")).to_contain_text("needs expire_days or abort_days")
    rules.get_by_label("Days until objects are removed").fill("30")
    rules.get_by_label("Only with the tag").fill("keep")
    rules.get_by_label("Value of that tag").fill("no")
    rules.get_by_role("button", name="Add the rule").click()
    expect(rules.locator("tbody tr")).to_have_count(2)
    rule = LifecycleRule(prefix="logs/", expire_days=30, tags={"keep": "no"})
    assert settings(server, bucket).lifecycle == (more, rule)
    rules.get_by_role("link", name="Change rule 2").click()
    rules.get_by_label("It is followed").uncheck()
    rules.get_by_label("Days until uploads are given up").fill("3")
    rules.get_by_role("button", name="Save").click()
    expect(rules.get_by_role("alert")).to_contain_text("cannot abort uploads")
    rules.get_by_label("Only with the tag").fill("")
    rules.get_by_label("Value of that tag").fill("")
    rules.get_by_role("button", name="Save").click()
    expect(rules.get_by_role("status")).to_have_text("Saved.")
    assert settings(server, bucket).lifecycle == (more, replace(rule, tags={}, enabled=False, abort_days=3))
    rules.get_by_role("button", name="Remove 1").click()
    expect(rules.locator("tbody tr")).to_have_count(1)
    assert [one.prefix for one in settings(server, bucket).lifecycle] == ["logs/"]


@pytest.mark.browser
def test_tags_encryption_and_referers(server: ConsoleServer, opened: OPEN) -> None:
    bucket = server.make_bucket(DEV.appid)
    page = opened(bucket, query="/settings")
    tags = section(page, "Tags")
    for tag, value in (("team", "a"), ("cost", "=1"), ("team", "b")):
        tags.get_by_label("Tag", exact=True).fill(tag)
        tags.get_by_label("Value").fill(value)
        tags.get_by_role("button", name="Set the tag").click()
        expect(tags.get_by_role("status")).to_have_text("Saved.")
    assert settings(server, bucket).tags == {"team": "b", "cost": "=1"}
    tags.get_by_role("button", name="Remove team").click()
    expect(tags.get_by_role("listitem")).to_have_count(1)
    tags.get_by_label("Tag", exact=True).fill("<b>")
    tags.get_by_role("button", name="Set the tag").click()
    expect(tags.get_by_role("alert")).to_contain_text("holds a character that tags cannot")
    assert settings(server, bucket).tags == {"cost": "=1"}
    encryption = section(page, "Encryption at rest")
    encryption.get_by_role("checkbox").check()
    encryption.get_by_role("button", name="Save").click()
    expect(encryption.get_by_role("status")).to_have_text("Saved.")
    assert settings(server, bucket).encryption
    referer = section(page, "Pages that may show what is here")
    referer.get_by_label("Only pages of these hosts").fill("*.Example.com\nb.example")
    referer.get_by_label("No pages of these hosts").fill("http://no")
    referer.get_by_label("Also requests that name no page").uncheck()
    referer.get_by_role("button", name="Save").click()
    expect(referer.get_by_role("alert")).to_contain_text("is no host name")
    referer.get_by_label("No pages of these hosts").fill("")
    referer.get_by_role("button", name="Save").click()
    expect(referer.get_by_role("status")).to_have_text("Saved.")
    now = settings(server, bucket)
    assert (now.referer_allow, now.referer_deny, now.referer_empty) == (("*.example.com", "b.example"), (), False)


def test_what_somebody_changed_meanwhile_is_not_overwritten(server: ConsoleServer, owner: Tab) -> None:
    """It is told, with how it is now; who looks at that can go on. Another part is another matter."""
    bucket = server.make_bucket(DEV.appid)
    shown = owner.get(at(bucket)).body
    theirs = CorsRule(origins=("https://theirs.example",), methods=("GET",))
    meanwhile(server, bucket, cors=(theirs,))
    form = {"seen": seen(shown, "cors"), "origins": "https://mine.example", "method_get": "true"}
    reply = owner.post(f"{at(bucket)}/set-cors", form)
    assert reply.status == 409
    assert b"this was changed meanwhile" in reply.body
    assert b"https://theirs.example" in reply.body
    assert b"https://mine.example</textarea>" in reply.body
    assert settings(server, bucket).cors == (theirs,)
    tagged = owner.post(f"{at(bucket)}/set-tag", {"seen": seen(shown, "tags"), "tag": "a"})
    assert (tagged.status, settings(server, bucket).tags) == (303, {"a": ""})
    assert owner.post(f"{at(bucket)}/set-cors", form | {"seen": seen(reply.body, "cors")}).status == 303
    assert [one.origins[0] for one in settings(server, bucket).cors] == [
        "https://theirs.example", "https://mine.example",
    ]  # fmt: skip
    gone = owner.post(f"{at(bucket)}/remove-cors", {"seen": seen(owner.get(at(bucket)).body, "cors"), "number": "2"})
    assert gone.status == 400
    assert len(settings(server, bucket).cors) == 2


def test_who_may(server: ConsoleServer, tab: Callable[..., Tab]) -> None:
    """Each part by the right that the dialects ask for it, and taking it away by that to delete it."""
    rule = CorsRule(origins=("*",), methods=("GET",))
    bucket = server.make_bucket(DEV.appid, cors=(rule,), tags={"hidden-tag": "x"})
    reads = server.make_user(DEV.appid, READS)
    puts = server.make_user(DEV.appid, READS.replace('"oss:GetBucketLifecycle"', '"oss:PutBucketCors"'))
    nothing = server.make_user(DEV.appid, LOOK)
    user = tab()
    user.log_in(reads.key_id, reads.secret.decode())
    shown = user.get(at(bucket)).body
    assert b"hidden-tag" not in shown
    assert shown.count(b"This key may not read it.") == 4
    form = {"seen": seen(shown, "cors"), "origins": "https://x.example", "method_get": "true"}
    assert user.post(f"{at(bucket)}/set-cors", form).status == 403
    assert user.post(f"{at(bucket)}/remove-cors", {"seen": form["seen"], "number": "0"}).status == 403
    user = tab()
    user.log_in(puts.key_id, puts.secret.decode())
    user.get(at(bucket))
    assert user.post(f"{at(bucket)}/remove-cors", {"seen": form["seen"], "number": "0"}).status == 403
    assert user.post(f"{at(bucket)}/set-cors", form | {"number": "0"}).status == 303
    assert settings(server, bucket).cors == (CorsRule(origins=("https://x.example",), methods=("GET",)),)
    other = Owner(appid=1250000193, key_id="console-foreign-3", secret=b"console-foreign-secret")
    server.make_owner(other)
    for who in (nothing, other):
        user = tab()
        user.log_in(who.key_id, who.secret.decode())
        assert user.get(at(bucket)).status == 403
        assert user.post(f"{at(bucket)}/set-acl", {"seen": "x", "acl": "public-read"}).status in {403, 409}
    user = tab()
    user.log_in()
    seen_now = seen(user.get(at(bucket)).body, "acl")
    user.csrf = "0" * 64
    assert user.post(f"{at(bucket)}/set-acl", {"seen": seen_now, "acl": "public-read"}).status == 403
    assert settings(server, bucket).acl is Acl.PRIVATE


def test_what_is_asked_wrongly(server: ConsoleServer, owner: Tab) -> None:
    """Refused, and nothing changes."""
    bucket = server.make_bucket(DEV.appid)
    shown = owner.get(at(bucket)).body
    before = settings(server, bucket)
    cors, lifecycle, acl = (seen(shown, part) for part in ("cors", "lifecycle", "acl"))
    asked: list[tuple[str, dict[str, str]]] = [
        ("set-acl", {"seen": acl}), ("set-acl", {"seen": acl, "acl": "everybody"}), ("set-acl", {"acl": "private"}),
        ("set-cors", {"seen": cors, "origins": "https://*.*", "method_get": "true"}),
        ("set-cors", {"seen": cors, "origins": "*", "method_patch": "true"}),
        ("set-cors", {"seen": cors, "origins": "\u202e", "method_get": "true"}),
        ("set-cors", {"seen": cors, "origins": "*", "method_get": "yes"}),
        ("set-cors", {"seen": cors, "origins": "*", "method_get": "true", "number": "0"}),
        ("set-lifecycle", {"seen": lifecycle, "expire_days": "0"}),
        ("set-lifecycle", {"seen": lifecycle, "expire_days": "1", "tag_value": "x"}),
        ("set-lifecycle", {"seen": lifecycle, "expire_days": "1", "id": "i" * 256}),
        ("remove-tag", {"seen": seen(shown, "tags"), "number": "0"}), ("remove-tag", {"seen": "x"}),
        ("set-referer", {"seen": seen(shown, "referer"), "allow": " ".join(f"h{n}" for n in range(11))}),
    ]  # fmt: skip
    for action, form in asked:
        assert owner.post(f"{at(bucket)}/{action}", form).status == 400, (action, form)
    assert owner.post(f"{at(bucket)}/set-everything", {}).status == 404
    assert [owner.get(at(bucket) + query).status for query in ("?edit=acl", "?saved=x", "?edit=cors&number=9")] == [
        400, 400, 200,
    ]  # fmt: skip
    assert settings(server, bucket) == before


def test_rules_that_have_one_id_or_are_too_many(server: ConsoleServer, owner: Tab) -> None:
    rules = tuple(LifecycleRule(id=f"r{number}", expire_days=1, prefix=f"{number}/") for number in range(99))
    bucket = server.make_bucket(DEV.appid, lifecycle=rules)
    for form, status in (({"id": "r7"}, 400), ({"id": "r99"}, 303), ({"id": "r100"}, 400)):
        said = {"seen": seen(owner.get(at(bucket)).body, "lifecycle"), "expire_days": "1", **form}
        assert owner.post(f"{at(bucket)}/set-lifecycle", said).status == status, form
    assert len(settings(server, bucket).lifecycle) == 100


@pytest.mark.browser
def test_hostile_rules_are_text(server: ConsoleServer, opened: OPEN) -> None:
    hostile = [text for text in HOSTILE if len(text) < 200]
    bucket = server.make_bucket(
        DEV.appid,
        cors=tuple(CorsRule(id=text, origins=(text,), methods=("GET",), headers=(text,)) for text in hostile),
        lifecycle=tuple(LifecycleRule(id=text, prefix=text, tags={text: text}, expire_days=1) for text in HOSTILE),
        tags={text: text for text in hostile},
    )
    page = opened(bucket, query="/settings")
    page.set_viewport_size({"width": 320, "height": 640})
    here = page.url
    for edit in ("", "?edit=cors&number=0", "?edit=lifecycle&number=1", "?edit=lifecycle&number=2"):
        page.goto(here + edit)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
        assert page.locator("main script, main img").count() == 0
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Settings: {bucket}")
        expect(page.get_by_text(HOSTILE[0]).first).to_be_visible()
