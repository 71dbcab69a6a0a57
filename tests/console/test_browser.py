"""The console in Chromium, by keyboard and mouse: log in, look at live figures, page through buckets, log out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from behaviour.client import DEV, Owner
from behaviour.server import Server
from console.asking import ADMIN, ADMIN_KEY, BASE

pytestmark = pytest.mark.browser
MANY = Owner(appid=1250000090, key_id="console-many", secret=b"console-many-secret")
SECONDS = 60_000


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A fresh browser at the console's first page."""
    context = browser.new_context(locale="en-GB")
    opened = context.new_page()
    opened.set_default_timeout(SECONDS)
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto(f"http://console.localhost:{server.port}{BASE}")
    yield opened
    context.close()
    assert [text for text in said if "Content Security Policy" in text or "Error" in text] == []


def log_in(page: Page, key_id: str = ADMIN, secret: str = ADMIN_KEY) -> None:
    page.get_by_label("Key id").fill(key_id)
    page.get_by_label("Secret").fill(secret)
    page.get_by_role("button", name="Log in").click()


def test_by_keyboard_alone(page: Page) -> None:
    """A wrong secret is told, the right one leads on, and the first stop of every page skips to its content."""
    expect(page.get_by_label("Key id")).to_be_focused()
    page.keyboard.type(ADMIN)
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The key id or its secret is not right.")
    expect(page.get_by_label("Secret")).to_be_focused()
    expect(page.get_by_label("Secret")).to_have_value("")
    page.keyboard.type(ADMIN_KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("link", name="Buckets").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Buckets", level=1)).to_be_visible()
    assert page.get_by_role("navigation").get_by_role("link").all_text_contents()[:2] == ["Overview", "Buckets"]


def test_logging_out_is_the_end(page: Page, server: Server) -> None:
    log_in(page)
    page.wait_for_selector("nav")
    cookies = page.context.cookies()
    (session,) = [one for one in cookies if one["name"] == "entrepot-session"]
    assert (session["httpOnly"], session["sameSite"], session["path"]) == (True, "Strict", "/")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    assert [one for one in page.context.cookies() if one["name"] == "entrepot-session"] == []
    page.context.add_cookies([session])
    page.goto(f"http://console.localhost:{server.port}{BASE}/buckets")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_figures_move_while_one_looks(page: Page, server: Server) -> None:
    log_in(page)
    expect(page.locator("#plots canvas")).to_have_count(4)
    before = int(page.locator("[data-value=requests]").inner_text().replace(",", ""))
    client = server.client()
    for _ in range(40):
        client.send("GET", "/walked/nothing?x-oss-process=1")
    client.close()
    page.wait_for_function(
        "most => Number(document.querySelector('[data-value=requests]').textContent.replace(/\\D/g, '')) >= most",
        arg=before + 40,
    )
    expect(page.locator("[data-plot=requests] .legend li").first).to_be_visible()
    assert page.locator("#dialects th").count() >= 1
    assert page.evaluate("() => JSON.parse(sessionStorage.getItem('entrepot-figures')).length") >= 2


def test_a_session_that_ends_meanwhile_leads_to_the_login(page: Page) -> None:
    log_in(page)
    page.wait_for_selector("#plots canvas")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("button", name="Log out").click()
    other.wait_for_url("**/login")
    page.wait_for_url("**/login")


def test_many_buckets_come_page_by_page(page: Page, server: Server) -> None:
    server.make_owner(MANY)
    for number in range(230):
        server.make_bucket(MANY.appid, f"many-{number:03d}")
    log_in(page, MANY.key_id, MANY.secret.decode())
    rows = page.locator("tbody th")
    expect(rows).to_have_count(100)
    page.get_by_role("link", name="Show more").click()
    expect(rows).to_have_count(200)
    page.get_by_role("link", name="Show more").click()
    expect(rows).to_have_count(230)
    expect(page.get_by_role("link", name="Show more")).to_have_count(0)
    page.get_by_label("Names that begin with").fill("many-11")
    page.keyboard.press("Enter")
    expect(rows).to_have_text([f"many-11{number}" for number in range(10)])
    page.get_by_label("Names that begin with").fill('"><script>alert(1)</script>')
    page.keyboard.press("Enter")
    expect(page.get_by_text("There are no buckets here.")).to_be_visible()
    assert page.get_by_label("Names that begin with").input_value() == '"><script>alert(1)</script>'


def test_hostile_names_are_text(page: Page) -> None:
    """What was typed comes back as it was, whatever it is."""
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    for name in ('"><img src=x onerror=alert(1)>', "'-alert(1)-'", "{{ 7*7 }}", "</title><script>alert(1)</script>"):
        log_in(page, name, "wrong")
        expect(page.get_by_role("alert")).to_be_visible()
        assert page.get_by_label("Key id").input_value() == name
    assert dialogs == []


def test_a_script_that_gets_into_a_page_does_not_run(browser: Browser, server: Server) -> None:
    """The policy holds by itself, should ever something not be escaped."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://console.localhost:{server.port}{BASE}")
    ran = page.evaluate(
        """() => new Promise(done => {
            document.addEventListener('securitypolicyviolation', event => done(event.effectiveDirective));
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            document.body.append(script);
        })"""
    )
    assert ran == "script-src-elem"
    assert page.evaluate("() => window.ran === undefined")
    context.close()


def test_the_language_is_changed_in_the_page(page: Page) -> None:
    log_in(page, DEV.key_id, DEV.secret.decode())
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="存储桶", level=1)).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Buckets", level=1)).to_be_visible()
