"""Policies in Chromium: written with what is wrong beside the text, tried, suggested; and who may not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from behaviour.client import DEV, Owner
from behaviour.server import Server
from console.asking import ADMIN, BASE, Tab, lines

LIST = '{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:ListBuckets"],"Resource":["*"]}]}'
PUT = (
    '{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:PutObject"],"Resource":["acs:oss:*:*:tried/up/*"]}]}'
)
BAD = (
    '{"Version":"1","Statement":[{"Effect":"Perhaps","Action":["oss:GetObject"],"Resource":["</textarea><script>1"]}]}'
)
Open = Callable[..., Tab]


@pytest.mark.browser
def test_a_policy_from_its_making_to_its_end(admin: Page, server: Server) -> None:
    """What is wrong with a text is told with its place, and the text is still there; nothing is stored of it."""
    owner = Owner(appid=1250000111, key_id="console-policies", secret=b"console-policies-secret")
    server.make_owner(owner)
    admin.get_by_role("link", name="Policies", exact=True).click()
    admin.get_by_role("link", name="New policy").click()
    admin.get_by_label("Account").select_option(str(owner.appid))
    admin.get_by_label("Name").fill("made-here")
    admin.get_by_label("Text").fill(BAD)
    admin.get_by_role("button", name="Store").click()
    expect(admin.get_by_role("alert")).to_contain_text("Statement")
    assert admin.get_by_label("Text").input_value() == BAD
    assert admin.get_by_label("Account").input_value() == str(owner.appid)
    assert server.ask(lambda reader: reader.policies(owner.appid)) == []
    admin.get_by_label("Text").fill(LIST)
    admin.get_by_role("button", name="Store").click()
    expect(admin.get_by_role("heading", name="Policy made-here")).to_be_visible()
    assert server.ask(lambda reader: [one.text for one in reader.policies(owner.appid)]) == [LIST]

    admin.get_by_label("Text").fill(f"{PUT}\n{BAD}")
    admin.get_by_role("button", name="Store").click()
    expect(admin.get_by_role("alert")).to_be_visible()
    assert admin.get_by_label("Text").input_value() == f"{PUT}\n{BAD}"
    admin.get_by_label("Text").fill(f"{PUT}\n")
    admin.get_by_role("button", name="Store").click()
    expect(admin.get_by_role("alert")).to_have_count(0)
    assert server.ask(lambda reader: [one.text for one in reader.policies(owner.appid)]) == [f"{PUT}\n"]
    admin.get_by_text("Delete this policy…").click()
    admin.get_by_role("button", name="Delete policy made-here").click()
    expect(admin.get_by_role("heading", name="Policies", level=1)).to_be_visible()
    assert server.ask(lambda reader: reader.policies(owner.appid)) == []
    for action in ("create-policy", "change-policy", "delete-policy"):
        line = lines(server, action)[-1]
        assert (line["key"], line["account"]) == (ADMIN, owner.appid)


@pytest.mark.browser
def test_the_tester_says_why_and_what_would_allow_it(admin: Page, server: Server) -> None:
    owner = Owner(appid=1250000112, key_id="console-tester", secret=b"console-tester-secret")
    server.make_owner(owner)
    server.make_bucket(owner.appid, "tried")
    server.make_user(owner.appid, LIST, name="alice")
    admin.get_by_role("link", name="Policy tester").click()
    admin.get_by_label("Account").select_option(str(owner.appid))
    admin.get_by_label("Who").fill("alice")
    admin.get_by_label("Action").fill("oss:PutObject")
    admin.get_by_label("Resource").fill("tried/up/a.png")
    admin.get_by_role("button", name="Ask").click()
    verdict = admin.get_by_role("status")
    expect(verdict.get_by_role("heading", name="Denied")).to_be_visible()
    expect(verdict.locator("pre")).to_contain_text("oss:PutObject")
    reasons = verdict.get_by_role("listitem").all_inner_texts()
    assert len(reasons) == len(set(reasons)) > 0
    admin.get_by_text("Try a policy that is not stored").click()
    admin.locator("#policy").fill(PUT)
    admin.get_by_role("button", name="Ask").click()
    expect(verdict.get_by_role("heading", name="Allowed")).to_be_visible()
    expect(verdict).to_contain_text("given")
    admin.get_by_label("Who").fill("<img src=x onerror=alert(1)>")
    admin.get_by_role("button", name="Ask").click()
    expect(admin.get_by_role("alert")).to_contain_text("<img src=x onerror=alert(1)>")
    admin.get_by_label("Who").fill("alice")
    admin.locator("#policy").fill(BAD)
    admin.get_by_role("button", name="Ask").click()
    expect(admin.get_by_role("alert")).to_contain_text("Statement")
    assert admin.locator("#policy").input_value() == BAD
    assert server.ask(lambda reader: [one.name for one in reader.policies(owner.appid)]) == ["alice-0"]


@pytest.mark.browser
def test_a_policy_is_suggested_for_what_a_key_did(admin: Page, server: Server) -> None:
    owner = Owner(appid=1250000113, key_id="console-suggest", secret=b"console-suggest-secret")
    server.make_owner(owner)
    admin.goto(f"http://console.localhost:{server.port}{BASE}/tester/suggest")
    admin.get_by_label("Key or right").fill(owner.key_id)
    admin.get_by_role("button", name="Suggest").click()
    expect(admin.get_by_role("alert")).to_contain_text("nothing is known of what")
    made = server.run("mint", "url", server.make_bucket(owner.appid, "suggested"), "a.txt", "--key-id", owner.key_id)
    assert made.returncode == 0, made.stderr
    right = server.ask(lambda reader: reader.minted_by([owner.key_id], 0.0, None, 10))[0].id
    client = server.client()
    target = made.stdout.strip().partition("://")[2].partition("/")[2]
    assert client.send("PUT", f"/{target}", body=b"x").status == 200
    client.close()
    admin.get_by_label("Key or right").fill(right)
    admin.get_by_label("Policies told in the language of").select_option("s3")
    admin.get_by_role("button", name="Suggest").click()
    expect(admin.locator("pre")).to_contain_text("suggested/a.txt")
    admin.get_by_role("link", name="Make a policy of it").click()
    assert "suggested/a.txt" in admin.get_by_label("Text").input_value()


def test_an_account_asks_about_itself_alone_and_a_sub_user_not_at_all(server: Server, tab: Open) -> None:
    other = Owner(appid=1250000114, key_id="console-asks", secret=b"console-asks-secret")
    server.make_owner(other)
    server.make_bucket(other.appid, "asked")
    user = server.make_user(other.appid, LIST, name="dora")
    server.make_user(DEV.appid, LIST, name="theirs")
    own, sub = tab(), tab()
    own.log_in(other.key_id, other.secret.decode())
    listed = own.get("/policies").body.decode()
    assert ("dora-0" in listed, "theirs-0" in listed) == (True, False)
    assert own.get(f"/policies/{other.appid}/dora-0").status == 200
    assert own.get(f"/policies/{DEV.appid}/theirs-0").status == 404
    question = {"who": "dora", "action": "oss:ListBuckets"}
    assert "Allowed" in own.post("/tester", question).body.decode()
    foreign = own.post("/tester", question | {"who": "theirs", "account": str(DEV.appid)})
    assert (foreign.status, "has no user" in foreign.body.decode()) == (400, True)
    assert own.get(f"/tester/suggest?key={DEV.key_id}").status == 400
    sub.log_in(user.key_id, user.secret.decode())
    one = f"/policies/{other.appid}/dora-0"
    for path in ("/policies", "/policies/new", one, "/tester", f"/tester/suggest?key={user.key_id}"):
        assert sub.get(path).status == 403, path
    assert sub.post("/tester", question).status == 403
    for one_tab in (own, sub):
        for path, form in (
            ("/policies/new", {"account": str(other.appid), "name": "more", "text": LIST}), (one, {"text": PUT}),
            (f"{one}/delete", {}),
        ):  # fmt: skip
            assert one_tab.post(path, form).status == 403, path
    kept = server.ask(lambda reader: [(policy.name, policy.text) for policy in reader.policies(other.appid)])
    assert kept == [("dora-0", LIST)]
