"""Objects of a bucket in Chromium: looked through page by page, searched, downloaded, deleted, by whoever may."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from behaviour.client import DEV, Owner
from behaviour.ledger.operator import Operator
from console.asking import ADMIN, ADMIN_KEY, BASE, Tab
from console.conftest import ConsoleServer
from console.names import HOSTILE
from console.test_sessions import lines

pytestmark = pytest.mark.browser
SECONDS = 60_000
LOOK = (
    '{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:ListBuckets","oss:ListObjects","oss:GetObject"],'
    '"Resource":["*"]}]}'
)
OPEN = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, server: ConsoleServer) -> Iterator[OPEN]:
    """Opens a bucket's page for somebody, and holds that no script of a name ran."""
    made: list[tuple[Page, list[str]]] = []

    def open_it(bucket: str, who: Owner | None = DEV, query: str = "") -> Page:
        context = browser.new_context(locale="en-GB")
        page, said = context.new_page(), []
        page.set_default_timeout(SECONDS)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
        page.goto(f"http://console.localhost:{server.port}{BASE}/login")
        page.get_by_label("Key id").fill(ADMIN if who is None else who.key_id)
        page.get_by_label("Secret").fill(ADMIN_KEY if who is None else who.secret.decode())
        page.get_by_role("button", name="Log in").click()
        page.wait_for_selector("nav")
        page.goto(f"http://console.localhost:{server.port}{BASE}/buckets/{DEV.appid}/{bucket}{query}")
        made.append((page, said))
        return page

    yield open_it
    for page, said in made:
        page.context.close()
        assert [one for one in said if "Security Policy" in one or "Error:" in one or one.startswith("dialog")] == []


def names(page: Page) -> list[str]:
    return page.locator("tbody th").all_text_contents()


def test_one_level_at_a_time(server: ConsoleServer, opened: OPEN) -> None:
    bucket = server.make_bucket(DEV.appid)
    server.put(DEV.appid, bucket, dict.fromkeys(("a", "b/", "b/1", "b/c/2", "b/c/3", "c/d/4", "z"), b"x" * 1536))
    page = opened(bucket)
    assert names(page) == ["a", "b/", "c/", "z"]
    row = page.get_by_role("row").filter(has_text="z")
    expect(row.locator("td.figure")).to_have_text("1.5 KiB")
    expect(row.locator("td.figure")).to_have_attribute("title", "1,536 bytes")
    page.get_by_role("link", name="b/").click()
    expect(page.locator("tbody th")).to_have_text(["this folder itself", "1", "c/"])
    page.get_by_role("link", name="c/").click()
    expect(page.locator("tbody th")).to_have_text(["2", "3"])
    crumbs = page.get_by_role("navigation", name="Where this is")
    expect(crumbs.get_by_role("link")).to_have_text(["Buckets", bucket, "b"])
    crumbs.get_by_role("link", name="b", exact=True).click()
    expect(page.locator("tbody th")).to_have_count(3)
    page.get_by_label("Names that begin with").fill("b/c/3")
    page.keyboard.press("Enter")
    expect(page.locator("tbody th")).to_have_text(["3"])


def test_many_keys_come_page_by_page(server: ConsoleServer, opened: OPEN) -> None:
    bucket = server.make_bucket(DEV.appid)
    server.put(DEV.appid, bucket, {f"k{number:04d}": b"" for number in range(230)} | {"k0100/x": b""})
    page = opened(bucket)
    rows = page.locator("tbody th")
    expect(rows).to_have_count(100)
    page.get_by_role("link", name="Show more").click()
    expect(rows).to_have_count(200)
    page.get_by_role("link", name="Show more").click()
    expect(rows).to_have_count(231)
    assert names(page) == sorted([*(f"k{number:04d}" for number in range(230)), "k0100/"])
    expect(page.get_by_role("link", name="Show more")).to_have_count(0)


def test_download(server: ConsoleServer, opened: OPEN) -> None:
    """From the store, by a right that the ledger has, whatever the name; a page that was stored is never shown."""
    bucket = server.make_bucket(DEV.appid)
    contents = {name: f"<script>alert('{number}')</script>".encode() for number, name in enumerate(HOSTILE)}
    server.put(DEV.appid, bucket, contents, headers={"Content-Type": "text/html"})
    page = opened(bucket)
    before, got = page.url, set()
    buttons = page.locator("td.acts form")
    expect(buttons).to_have_count(len([name for name in HOSTILE if "/" not in name and name != ".."]))
    for number in range(buttons.count()):
        (key,) = json.loads(buttons.nth(number).locator("input[name=keys]").input_value())
        with page.expect_download() as kept:
            buttons.nth(number).get_by_role("button").click()
        assert kept.value.path().read_bytes() == contents[key], key
        assert "//console.localhost" not in kept.value.url
        got.add(key)
    assert page.url == before
    assert {name for name in HOSTILE if "/" not in name} - got == {".."}
    client = server.client()
    lines_of = Operator(server=server, client=client).audit("mint")
    minted = [one for one in lines_of if one.get("place", "").startswith(bucket + "/")]
    client.close()
    assert {(one["api"], one["minter"], one["client"]) for one in minted} == {
        ("url:GET", DEV.key_id, f"console, {DEV.key_id}, 127.0.0.1")
    }
    assert len(minted) == len(got)


def test_delete_what_is_selected(server: ConsoleServer, opened: OPEN) -> None:
    bucket = server.make_bucket(DEV.appid)
    server.put(DEV.appid, bucket, {f"d/{name}": b"1" for name in "abcd"})
    page = opened(bucket, query="?prefix=d/")
    button = page.get_by_role("button", name="Delete the selected…")
    expect(button).to_be_disabled()
    page.get_by_label("Select all that are shown").check()
    expect(page.get_by_text("4 selected")).to_be_visible()
    page.get_by_label("Select b", exact=True).uncheck()
    button.click()
    dialog = page.get_by_role("dialog", name="Delete these objects?")
    expect(dialog.get_by_role("listitem")).to_have_text(["d/a", "d/c", "d/d"])
    dialog.get_by_role("button", name="Keep").click()
    expect(dialog).to_be_hidden()
    button.click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    button.click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator("tbody th")).to_have_text(["b"])
    line = lines(server, "delete-objects")[-1]
    assert (line["key"], line["bucket"], line["keys"]) == (DEV.key_id, bucket, '["d/a","d/c","d/d"]')


def test_hostile_names_are_text_and_can_be_deleted(server: ConsoleServer, opened: OPEN) -> None:
    bucket = server.make_bucket(DEV.appid)
    server.put(DEV.appid, bucket, dict.fromkeys(HOSTILE, b"1"))
    page = opened(bucket)
    shown = [name for name in HOSTILE if "/" not in name]
    escapes = {"\u202e": "\\u202e", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    assert {name for name in names(page) if not name.endswith("/")} == {
        "".join(escapes.get(char, char) for char in name) for name in shown
    }
    for folder in ("a/", "</", "图片/"):
        page.get_by_role("link", name=folder, exact=True).click()
        expect(page.locator("tbody th").first).to_be_visible()
        page.go_back()
    page.get_by_role("link", name="a/", exact=True).click()
    page.get_by_role("link", name="../").click()
    expect(page.locator("tbody th")).to_have_text(["b"])
    expect(page.get_by_text("By an SDK only")).to_be_visible()
    page.get_by_role("link", name=bucket).click()
    page.get_by_label("Select all that are shown").check()
    page.get_by_role("button", name="Delete the selected…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("tbody td.pick input")).to_have_count(0)
    left = server.ask(lambda reader: [one.key for one in reader.objects(_id(reader, bucket), "", None, 100)])
    assert sorted(left) == sorted(name for name in HOSTILE if "/" in name)


def _id(reader: object, bucket: str) -> int:
    return reader.bucket(DEV.appid, bucket).id  # type: ignore[attr-defined]


def test_a_sub_user_does_what_its_policy_allows(server: ConsoleServer, opened: OPEN) -> None:
    bucket = server.make_bucket(DEV.appid)
    server.put(DEV.appid, bucket, {"a": b"the bytes"})
    page = opened(bucket, server.make_user(DEV.appid, LOOK))
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download a").click()
    assert kept.value.path().read_bytes() == b"the bytes"
    page.get_by_role("button", name="Delete a").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Not everything was deleted")).to_be_visible()
    expect(page.get_by_text("this credential may not delete-object at 'a'")).to_be_visible()
    page.get_by_role("link", name="Back to the bucket").click()
    assert names(page) == ["a"]


def test_the_operator_and_a_bucket_from_its_beginning_to_its_end(server: ConsoleServer, opened: OPEN) -> None:
    page = opened("nothing", None, "/../../../buckets")
    page.get_by_label("Name", exact=True).fill("Not A Name")
    page.get_by_label("Account").fill(str(DEV.appid))
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("is no bucket name")).to_be_visible()
    page.goto(f"http://console.localhost:{server.port}{BASE}/buckets")
    page.get_by_label("Name", exact=True).fill("made-here")
    page.get_by_label("Account").fill(str(DEV.appid))
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("This bucket is empty.")).to_be_visible()
    server.put(DEV.appid, "made-here", {"a": b"1"})
    page.reload()
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download a").click()
    assert kept.value.path().read_bytes() == b"1"
    for expected in ("holds objects; delete them first", None):
        page.get_by_role("button", name="Remove this bucket").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove this bucket").click()
        if expected is None:
            expect(page.get_by_role("heading", name="Buckets", level=1)).to_be_visible()
            assert "made-here" not in page.locator("main").inner_text()
        else:
            expect(page.get_by_text(expected)).to_be_visible()
            page.goto(f"http://console.localhost:{server.port}{BASE}/buckets/{DEV.appid}/made-here")
            page.get_by_role("button", name="Delete a").click()
            page.get_by_role("dialog").get_by_role("button", name="Delete").click()
            expect(page.get_by_text("This bucket is empty.")).to_be_visible()
    assert [lines(server, action)[-1]["key"] for action in ("create-bucket", "delete-bucket")] == [ADMIN, ADMIN]


def test_who_may_not(server: ConsoleServer, tab: Callable[..., Tab]) -> None:
    """Another account, a policy without the action, a form of another session, and what is no list of names."""
    bucket = server.make_bucket(DEV.appid)
    server.put(DEV.appid, bucket, {"a": b"1"})
    here = f"/buckets/{DEV.appid}/{bucket}"
    other = Owner(appid=1250000191, key_id="console-foreign", secret=b"console-foreign-secret")
    server.make_owner(other)
    stranger, user, owner = tab(), tab(), tab()
    stranger.log_in(other.key_id, other.secret.decode())
    may = server.make_user(DEV.appid, LOOK.replace('"oss:GetObject"', '"oss:PutObject"'))
    user.log_in(may.key_id, may.secret.decode())
    owner.log_in(DEV.key_id, DEV.secret.decode())
    one = {"keys": '["a"]'}
    assert [stranger.get(here).status, stranger.post(f"{here}/delete", one).status] == [403, 403]
    assert stranger.post(f"{here}/download", one).status == 403
    assert stranger.post("/buckets", {"name": "theirs", "account": str(DEV.appid)}).status == 403
    assert user.get(here).status == 200
    assert [user.post(f"{here}/delete", one).status, user.post(f"{here}/delete-bucket").status] == [403, 403]
    assert user.post("/buckets", {"name": "by-a-user"}).status == 403
    reply = user.post(f"{here}/download", one)  # what is minted is never more than who asks may
    assert reply.status == 303
    client = server.client()
    target = reply.headers["location"].partition(f":{server.port}")[2]
    assert client.send("GET", target, host=f"127.0.0.1:{server.port}").status == 403
    client.close()
    owner.csrf = "0" * 64
    assert owner.post(f"{here}/delete", one).status == 403
    owner.csrf = ""
    assert owner.post(f"{here}/delete", one).status == 403
    owner.get(here)
    for wrong in ("", "a", "[]", '["a", 1]', '{"a": 1}', "[" * 5000, json.dumps(["a"] * 1001)):
        assert owner.post(f"{here}/delete", {"keys": wrong}).status == 400, wrong
    assert owner.post(f"{here}/download", {"keys": '["a", "b"]'}).status == 400
    assert [owner.get(f"/buckets/{DEV.appid}/none").status, owner.get("/buckets/x/none").status] == [404, 404]
    assert owner.post(f"{here}/download", {"keys": '["x/../a"]'}).status == 400
    assert server.ask(lambda reader: reader.object(_id(reader, bucket), "a")) is not None
