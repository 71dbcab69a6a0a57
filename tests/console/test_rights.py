"""The pages of the rights: filters, one's life, withdrawal, and who sees what. In Chromium, and over raw HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from behaviour.client import DEV, Owner
from behaviour.ledger.operator import Operator, spend
from behaviour.server import Server
from console.asking import ADMIN, ADMIN_KEY, BASE, Tab
from console.furnished import HOSTILE, right
from entrepot.console.rendering import visible

Open = Callable[..., Tab]
OTHER = Owner(appid=1250000091, key_id="console-other", secret=b"console-other-secret")
MINTS = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "arn:aws:s3:::demo/*"}],
})  # fmt: skip
SECONDS = 60_000


@pytest.fixture
def operator(server: Server) -> Iterator[Operator]:
    client = server.client()
    yield Operator(server=server, client=client)
    client.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The admin's browser; nothing that it is shown may run, or open a dialog."""
    context = browser.new_context(locale="en-GB")
    opened = context.new_page()
    opened.set_default_timeout(SECONDS)
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("dialog", lambda dialog: said.append(f"Error: a dialog, {dialog.message}"))
    opened.goto(address(server, "/login"))
    opened.get_by_label("Key id").fill(ADMIN)
    opened.get_by_label("Secret").fill(ADMIN_KEY)
    opened.get_by_role("button", name="Log in").click()
    opened.wait_for_selector("nav")
    yield opened
    context.close()
    assert [text for text in said if "Content Security Policy" in text or "Error" in text] == []


def address(server: Server, path: str) -> str:
    return f"http://console.localhost:{server.port}{BASE}{path}"


def rows(page: Page) -> list[str]:
    return page.locator("tbody th").all_inner_texts()


@pytest.mark.browser
def test_rights_are_filtered_and_come_page_by_page(page: Page, server: Server) -> None:
    for number in range(120):
        right(server, f"PAGED-{number:03d}", f"paged/{number:03d}", client="192.0.2.7")
    page.get_by_role("link", name="Rights").click()
    page.get_by_label("Bucket and key").fill("demo/paged/")
    page.keyboard.press("Enter")
    expect(page.locator("tbody th")).to_have_count(50)
    assert rows(page)[0] == "PAGED-119"
    page.get_by_role("link", name="Show more").click()
    expect(page.locator("tbody th")).to_have_count(100)
    page.get_by_role("link", name="Show more").click()
    expect(page.locator("tbody th")).to_have_count(120)
    expect(page.get_by_role("link", name="Show more")).to_have_count(0)
    page.get_by_label("Bucket and key").fill("demo/paged/11")
    page.get_by_label("Minted through").fill("url")
    page.get_by_label("Minted by").fill(DEV.key_id)
    page.get_by_label("State").select_option("holds")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody th")).to_have_text([f"PAGED-{number}" for number in range(119, 109, -1)])
    page.get_by_label("Minted through").fill("vms")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("There are no such rights.")).to_be_visible()
    page.get_by_label("Right", exact=True).fill("PAGED-007")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("heading", name="PAGED-007", level=1)).to_be_visible()


@pytest.mark.browser
def test_the_life_of_a_right(page: Page, server: Server, operator: Operator) -> None:
    """Minted, used, refused, withdrawn: in this order, with where it came from; and it holds no more."""
    minted = operator.url("demo", "life/one", uses=1)
    assert spend(operator.client, minted, b"one").status == 200
    wait_for(lambda: any(one.get("key") == minted["grant"] for one in operator.audit("use")))
    assert spend(operator.client, minted, b"two").status == 403
    wait_for(lambda: any(one.get("key") == minted["grant"] for one in operator.audit("refuse")))
    page.goto(address(server, f"/rights/{minted['grant']}"))
    expect(page.get_by_text("used up")).to_be_visible()
    expect(page.get_by_text("1 of 1")).to_be_visible()
    expect(page.get_by_text("What it stored (1)")).to_be_visible()
    page.get_by_role("link", name="Withdraw").click()
    expect(page.get_by_text("Rights that will be withdrawn: 1.")).to_be_visible()
    page.get_by_role("button", name="Withdraw 1").click()
    expect(page.get_by_role("status")).to_have_text("Withdrawn: 1.")
    page.get_by_role("link", name="Back").click()
    expect(page.locator(".life li b")).to_have_text(["Minted", "Used (1×)", "Refused (1×)", "Withdrawn"])
    expect(page.locator(".life .revoke")).to_contain_text(f"console, {ADMIN}, 127.0.0.1")
    expect(page.locator(".life .use")).to_contain_text("put-object demo/life/one")
    expect(page.get_by_role("link", name="Withdraw")).to_have_count(0)
    (line,) = [one for one in operator.audit("console") if one.get("id") == minted["grant"]]
    assert (line["action"], line["key"], line["client"]) == ("withdraw", ADMIN, "127.0.0.1")


@pytest.mark.browser
def test_all_that_a_filter_matches_are_withdrawn_but_none_that_came_later(
    page: Page, server: Server, operator: Operator
) -> None:
    for number in range(5):
        right(server, f"BULK-{number}", f"bulk/{number}")
    right(server, "BULK-BELOW", "elsewhere", minter="BULK-0")
    page.goto(address(server, f"/rights?{urlencode({'prefix': 'demo/bulk/'})}"))
    page.get_by_role("link", name="Withdraw all of these").click()
    expect(page.get_by_text("Rights that will be withdrawn: 6.")).to_be_visible()
    right(server, "BULK-LATER", "bulk/later")
    page.get_by_role("button", name="Withdraw 6").click()
    expect(page.get_by_role("status")).to_have_text("Withdrawn: 6.")
    states = {one["id"]: one["state"] for one in operator.ok("GET", "/grants", prefix="demo/")["grants"]}
    assert {states[f"BULK-{number}"] for number in range(5)} | {states["BULK-BELOW"]} == {"revoked"}
    assert states["BULK-LATER"] == "holds"


@pytest.mark.browser
def test_hostile_names_are_text_on_every_page_of_rights(page: Page, server: Server) -> None:
    """Whatever a key is called, it is read as it is, and letters that mislead the eye are escapes."""
    for number, key in enumerate(HOSTILE):
        shown = visible(f"demo/hostile/{key}")
        right(server, f"HOSTILE-{number}", f"hostile/{key}", minter=f"by {key[:100]}", client=key[:100])
        page.goto(address(server, f"/rights?{urlencode({'prefix': f'demo/hostile/{key}'})}"))
        expect(page.locator("tbody th")).to_have_text([f"HOSTILE-{number}"])
        assert page.locator("tbody td.place").first.inner_text() == shown
        page.goto(address(server, f"/rights/HOSTILE-{number}"))
        assert shown in page.locator("main").inner_text()
        page.goto(address(server, f"/withdrawal?{urlencode({'prefix': f'demo/hostile/{key}'})}"))
        expect(page.get_by_text("Rights that will be withdrawn: 1.")).to_be_visible()
        page.goto(address(server, f"/rights/{quote(key[:200], safe='')}"))
        expect(page.get_by_text("There is no such page")).to_be_visible()
        assert page.locator("main img, main script").count() == 0


def test_a_key_sees_and_withdraws_the_rights_of_its_account_alone(server: Server, tab: Open) -> None:
    server.make_owner(OTHER)
    right(server, "OWNED-0", "owned/0")
    one, other = tab(), tab()
    one.log_in(DEV.key_id, DEV.secret.decode())
    other.log_in(OTHER.key_id, OTHER.secret.decode())
    assert b"OWNED-0" in one.get("/rights?prefix=demo/owned/").body
    assert one.get("/rights/OWNED-0").status == 200
    assert b"OWNED-0" not in other.get("/rights?prefix=demo/owned/").body
    assert other.get("/rights/OWNED-0").status == 404
    assert other.get("/withdrawal?id=OWNED-0").status == 404
    assert other.post("/withdrawal", {"id": "OWNED-0"}).status == 404
    reply = other.post("/withdrawal", {"prefix": "demo/owned/", "before": str(time.time() + 60)})
    assert (reply.status, b"Withdrawn: 0." in reply.body) == (200, True)
    assert b">holds<" in one.get("/rights/OWNED-0").body


def test_a_sub_user_sees_what_was_minted_with_its_key(server: Server, tab: Open) -> None:
    """Also what was minted from that; and nothing else of its account, whatever its policies allow."""
    user = server.make_user(DEV.appid, MINTS)
    right(server, "SUB-OTHERS", "sub/others")
    right(server, "SUB-OWN", "sub/own", minter=user.key_id)
    right(server, "SUB-BELOW", "sub/below", minter="SUB-OWN")
    one = tab()
    one.log_in(user.key_id, user.secret.decode())
    listed = one.get("/rights?prefix=demo/sub/").body
    assert (b"SUB-OWN" in listed, b"SUB-OTHERS" in listed) == (True, False)
    assert [one.get(f"/rights/SUB-{name}").status for name in ("OWN", "BELOW", "OTHERS")] == [200, 200, 404]
    assert one.get("/rights?minter=SUB-OWN").status == 200
    for minter in (DEV.key_id, "SUB-OTHERS", "nobody"):
        assert one.get(f"/rights?minter={minter}").status == 403
    assert one.post("/withdrawal", {"id": "SUB-OTHERS"}).status == 404
    assert one.post("/withdrawal", {"minter": DEV.key_id, "before": str(time.time())}).status == 403
    reply = one.post("/withdrawal", {"prefix": "demo/sub/", "before": str(time.time() + 60)})
    assert b"Withdrawn: 2." in reply.body
    assert b">withdrawn<" in one.get("/rights/SUB-BELOW").body


def test_a_withdrawal_that_no_page_of_the_session_sent_changes_nothing(server: Server, tab: Open) -> None:
    right(server, "FORGED", "forged")
    one = tab()
    one.log_in()
    for more in ({"origin": "http://demo.localhost"}, {"origin": None}, {"sec_fetch_site": "same-site"}):
        assert one.post("/withdrawal", {"id": "FORGED"}, **more).status == 403
    assert one.post("/withdrawal", {"id": "FORGED", "csrf": "0" * 64}).status == 403
    assert one.get("/withdrawal?id=FORGED").status == 200
    assert b">holds<" in one.get("/rights/FORGED").body
    assert tab().post("/withdrawal", {"id": "FORGED"}).status in {303, 403}
    assert b">holds<" in one.get("/rights/FORGED").body


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400), ({"before": "1"}, 400), ({"prefix": "demo/"}, 400), ({"prefix": "demo/", "before": "nan"}, 400),
        ({"prefix": "demo/", "before": "soon"}, 400), ({"id": "nobody's"}, 404), ({"all": "true"}, 400),
    ],
)  # fmt: skip
def test_a_withdrawal_that_says_not_clearly_what_is_refused(tab: Open, form: dict[str, str], status: int) -> None:
    one = tab()
    one.log_in()
    assert one.post("/withdrawal", form).status == status


def wait_for(happened: Callable[[], bool]) -> None:
    """Until the server wrote something down, which it does once a second."""
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.1)
