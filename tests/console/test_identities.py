"""Users and keys: what the admin does with them in Chromium, who may look on, and that a secret is shown once."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from behaviour.client import DEV, Owner
from behaviour.server import Server
from console.asking import ADMIN, BASE, Tab, lines

LIST = '{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:ListBuckets"],"Resource":["*"]}]}'
HOSTILE = "\"><img/src='x'/onerror='alert(1)'>&{{7*7}}/../%2e"
Open = Callable[..., Tab]


@pytest.mark.browser
def test_a_user_from_its_making_to_its_end(admin: Page, server: Server, tab: Open) -> None:
    """A user with a policy and a key, whose secret logs in; disabled, enabled, deleted, each in the audit log."""
    owner = Owner(appid=1250000101, key_id=HOSTILE, secret=b"console-identities-secret")
    server.make_owner(owner)
    server.make_user(owner.appid, LIST, name="earlier")
    admin.get_by_role("link", name="Users and keys").click()
    admin.get_by_role("link", name=str(owner.appid)).click()
    expect(admin.get_by_role("rowheader", name=HOSTILE)).to_be_visible()
    admin.get_by_label("Name").fill("<script>alert(1)</script>")
    admin.get_by_role("button", name="Make a user").click()
    expect(admin.get_by_role("alert")).to_contain_text("'<script>alert(1)</script>' is no name for a user")
    admin.get_by_label("Name").fill("alice")
    admin.get_by_role("button", name="Make a user").click()
    expect(admin.get_by_role("heading", name="Sub-user alice")).to_be_visible()
    admin.get_by_role("button", name="Attach").click()
    expect(admin.get_by_role("button", name="Detach earlier-0")).to_be_visible()

    admin.get_by_role("button", name="Make a key").click()
    expect(admin.get_by_role("heading", name="A new key")).to_be_visible()
    secret, key_id = admin.locator("#secret").inner_text(), admin.locator("dd code").first.inner_text()
    admin.get_by_role("link", name="I have kept it").click()
    expect(admin.get_by_role("rowheader", name=key_id)).to_be_visible()
    assert secret not in admin.content()
    holder = tab()
    assert holder.log_in(key_id, secret).status == 303
    assert holder.get("/buckets").status == 200

    admin.get_by_role("button", name=f"Disable key {key_id}").click()
    expect(admin.get_by_role("button", name=f"Enable key {key_id}")).to_be_visible()
    assert holder.get("/buckets").status == 303, "its session is over at once"
    assert tab().log_in(key_id, secret).status == 401
    admin.get_by_role("button", name=f"Enable key {key_id}").click()
    expect(admin.get_by_role("button", name=f"Disable key {key_id}")).to_be_visible()
    assert tab().log_in(key_id, secret).status == 303
    admin.get_by_role("button", name="Detach earlier-0").click()
    expect(admin.get_by_text("No policies: this user may do nothing.")).to_be_visible()

    admin.get_by_text("Delete this user…").click()
    admin.get_by_role("button", name="Delete user alice").click()
    expect(admin.get_by_role("alert")).to_contain_text("still has keys")
    admin.get_by_text("Delete…").click()
    admin.get_by_role("button", name=f"Delete for good: key {key_id}").click()
    expect(admin.get_by_text("No keys.")).to_be_visible()
    admin.get_by_text("Delete this user…").click()
    admin.get_by_role("button", name="Delete user alice").click()
    expect(admin.get_by_role("heading", name=f"Account {owner.appid}")).to_be_visible()
    expect(admin.get_by_role("link", name="alice")).to_have_count(0)

    done = {name: lines(server, name)[-1] for name in (
        "create-user", "attach-policy", "create-key", "disable-key", "enable-key", "detach-policy", "delete-key",
        "delete-user",
    )}  # fmt: skip
    assert {line["key"] for line in done.values()} == {ADMIN}
    assert (done["create-key"]["made"], done["create-key"]["user"]) == (key_id, "alice")
    assert {done[name]["key_id"] for name in ("disable-key", "enable-key", "delete-key")} == {key_id}
    assert secret not in json.dumps(lines(server, "create-key"))
    assert secret not in server.log.read_text()


@pytest.mark.browser
def test_an_account_from_its_making_to_its_end(admin: Page) -> None:
    admin.goto(admin.url.replace("/overview", "/accounts"))
    admin.get_by_label("Chosen appid").fill("1250000102")
    admin.get_by_role("button", name="Make an account").click()
    expect(admin.get_by_role("heading", name="Account 1250000102")).to_be_visible()
    admin.get_by_role("button", name="Make a key").click()
    admin.get_by_role("link", name="I have kept it").click()
    admin.get_by_text("Delete this account…").click()
    admin.get_by_role("button", name="Delete account 1250000102").click()
    expect(admin.get_by_role("alert")).to_contain_text("1250000102")
    admin.get_by_role("link", name="1250000102").click()
    admin.get_by_text("Delete…", exact=True).click()
    admin.get_by_role("button", name="for good").click()
    admin.get_by_text("Delete this account…").click()
    admin.get_by_role("button", name="Delete account 1250000102").click()
    expect(admin.get_by_role("heading", name="Users and keys")).to_be_visible()
    expect(admin.get_by_role("link", name="1250000102")).to_have_count(0)


def test_an_account_looks_on_and_a_sub_user_is_refused(server: Server, tab: Open) -> None:
    """Nothing can be done to identities by a key here that it could not do elsewhere."""
    other = Owner(appid=1250000103, key_id="console-looks-on", secret=b"console-looks-on-secret")
    server.make_owner(other)
    user = server.make_user(other.appid, LIST, name="bob")
    own, sub = tab(), tab()
    own.log_in(other.key_id, other.secret.decode())
    assert own.get("/accounts").headers["location"] == f"{BASE}/accounts/{other.appid}"
    shown = own.get(f"/accounts/{other.appid}").body.decode()
    assert "bob" in shown
    assert "Make a user" not in shown
    assert "bob" in own.get(f"/accounts/{other.appid}/users/bob").body.decode()
    assert own.get(f"/accounts/{DEV.appid}").status == 404
    assert own.get(f"/accounts/{DEV.appid}/users/walked").status == 404
    sub.log_in(user.key_id, user.secret.decode())
    assert "/-/console/accounts" not in sub.get("/buckets").body.decode()
    for path in ("/accounts", f"/accounts/{other.appid}", f"/accounts/{other.appid}/users/bob"):
        reply = sub.get(path)
        assert (reply.status, "no policy gives it to a sub-user" in reply.body.decode()) == (403, True)
    keys, users = f"/accounts/{other.appid}/keys", f"/accounts/{other.appid}/users"
    for one in (own, sub):
        for path, form in (
            ("/accounts", {}), ("/accounts/delete", {"account": str(other.appid)}), (keys, {}),
            (users, {"name": "carol"}), (f"{users}/bob/delete", {}), (f"{users}/bob/attach", {"policy": "bob-0"}),
            (f"{users}/bob/detach", {"policy": "bob-0"}), (f"{keys}/disable", {"key_id": user.key_id}),
            (f"{keys}/enable", {"key_id": user.key_id}), (f"{keys}/delete", {"key_id": user.key_id}),
        ):  # fmt: skip
            reply = one.post(path, form)
            assert (reply.status, "only the admin may" in reply.body.decode()) == (403, True), path
    assert server.ask(lambda reader: [one.name for one in reader.users(other.appid)]) == ["bob"]
    assert server.ask(lambda reader: [key.id for key in reader.keys(other.appid)]) == [other.key_id, user.key_id]


def test_an_action_needs_the_token_and_the_account_of_its_key(server: Server, tab: Open) -> None:
    one = tab()
    one.log_in()
    keys = f"/accounts/{DEV.appid}/keys"
    before = server.ask(lambda reader: len(reader.keys(None)))
    for headers in ({"origin": "http://evil.test"}, {"sec_fetch_site": "same-site"}):
        assert one.post(keys, **headers).status == 403
    assert one.post(keys, {"csrf": "0" * 64}).status == 403
    foreign = Owner(appid=1250000104, key_id="console-elsewhere", secret=b"console-elsewhere-secret")
    server.make_owner(foreign)
    for action in ("disable", "enable", "delete"):
        assert one.post(f"{keys}/{action}", {"key_id": foreign.key_id}).status == 404
    assert one.post(keys, {"user": "nobody-there"}).status == 404
    assert server.ask(lambda reader: len(reader.keys(None))) == before + 1
