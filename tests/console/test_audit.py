"""The audit log in Chromium: who did what and when, page by page, and whether it is whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from behaviour.client import DEV, Owner
from behaviour.server import Server
from console.asking import BASE, Tab

HOSTILE = "<img/src='x'/onerror='alert(2)'>\"&{{7*7}}"
Open = Callable[..., Tab]


@pytest.mark.browser
def test_lines_are_found_by_who_what_and_when(admin: Page, server: Server, tab: Open) -> None:
    owner = Owner(appid=1250000121, key_id=HOSTILE, secret=b"console-audit-secret")
    server.make_owner(owner)
    one = tab()
    for _ in range(3):
        one.log_in(owner.key_id, owner.secret.decode())
    admin.get_by_role("link", name="Audit log").click()
    admin.get_by_label("Key", exact=True).fill(owner.key_id)
    admin.get_by_role("button", name="Filter").click()
    rows = admin.locator("tbody tr:not(.more)")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text(HOSTILE)
    expect(rows.first).to_contain_text("log-in")
    numbers = [int(text) for text in rows.locator("th").all_inner_texts()]
    assert numbers == sorted(numbers, reverse=True)
    rows.first.get_by_text("Details").click()
    expect(rows.first.locator("dl")).to_contain_text(str(owner.appid))
    assert owner.secret.decode() not in admin.content()
    admin.get_by_label("Says").fill("log-out")
    admin.get_by_role("button", name="Filter").click()
    expect(rows).to_have_count(0)
    admin.get_by_label("Says").fill("log-in")
    admin.get_by_label("Event").select_option("console")
    admin.get_by_label("Until").fill("2001-01-01")
    admin.get_by_role("button", name="Filter").click()
    expect(rows).to_have_count(0)
    admin.get_by_label("Until").fill("")
    admin.get_by_label("Since").fill("2001-01-01")
    admin.get_by_role("button", name="Filter").click()
    expect(rows).to_have_count(3)
    admin.get_by_label("Since").fill("<b>never</b>")
    admin.get_by_role("button", name="Filter").click()
    expect(admin.get_by_role("alert")).to_contain_text("'<b>never</b>' is no time")


@pytest.mark.browser
def test_letters_that_deceive_are_shown_as_what_they_are(admin: Page, server: Server, tab: Open) -> None:
    assert tab().post("/login", {"key_id": "\u202egnp.exe<b>\n", "secret": "x"}).status == 401
    row, deadline = admin.get_by_role("row").filter(has_text="\\u202egnp.exe<b>"), time.monotonic() + 60
    while row.count() == 0:
        assert time.monotonic() < deadline, "the audit log has no line of it"
        admin.goto(f"http://console.localhost:{server.port}{BASE}/audit?event=refuse&text=gnp.exe")
    assert "\u202e" not in admin.locator("table").inner_text()


@pytest.mark.browser
def test_many_lines_come_page_by_page(admin: Page, server: Server, tab: Open) -> None:
    """Each once, down to the first."""
    one = tab()
    one.log_in()
    for _ in range(130):
        assert one.post("/language", {"language": "en"}).status == 303
    admin.goto(f"http://console.localhost:{server.port}{BASE}/audit?text=language")
    rows = admin.locator("tbody tr:not(.more)")
    expect(rows).to_have_count(100)
    admin.get_by_role("link", name="Look further back").click()
    admin.wait_for_function("() => document.querySelectorAll('tbody tr:not(.more)').length >= 130")
    numbers = [int(text) for text in rows.locator("th").all_inner_texts()]
    assert numbers == sorted(set(numbers), reverse=True)


@pytest.mark.browser
def test_whether_the_log_is_whole(admin: Page) -> None:
    admin.get_by_role("link", name="Audit log").click()
    admin.get_by_role("link", name="Verify the log").click()
    admin.get_by_role("button", name="Verify now").click()
    expect(admin.get_by_role("heading", name="The log is whole")).to_be_visible()
    expect(admin.get_by_role("status").locator("code")).to_contain_text(":")


def test_a_line_that_was_changed_is_told(tmp_path: Path, tab: Open) -> None:
    server = Server(tmp_path)
    server.start()
    try:
        one = tab(server)
        one.log_in()
        assert "The log is whole" in one.post("/audit/verify").body.decode()
        log = server.data / "audit" / "audit.jsonl"
        text = log.read_bytes()
        log.write_bytes(text.replace(b'"client":"127.0.0.1"', b'"client":"127.0.0.2"', 1))
        said = one.post("/audit/verify").body.decode()
        assert "The log is damaged" in said
        log.write_bytes(log.read_bytes().replace(b"127.0.0.2", b"127.0.0.1", 1))
        one.client.close()
    finally:
        assert server.finish().returncode == 0


def test_it_is_the_admins_alone(server: Server, tab: Open) -> None:
    for key in (DEV, server.make_user(DEV.appid)):
        one = tab()
        one.log_in(key.key_id, key.secret.decode())
        for path in ("/audit", "/audit/verify"):
            assert one.get(path).status == 403
        assert one.post("/audit/verify").status == 403
