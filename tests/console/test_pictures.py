"""The console's pages as pictures for the documents: what there is to look at, in both languages, by its table.

``make site`` runs this with the folder ``PICTURES``; without it the pictures go with the test. A document shows one by
``<!-- picture: console-NAME | what it shows -->``, and the Chinese one by ``console-NAME-zh``.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from behaviour.server import Server
from console.asking import ADMIN, ADMIN_KEY, BASE
from console.walk import address_of, is_open, pages

pytestmark = [pytest.mark.browser, pytest.mark.pictures]


@pytest.mark.parametrize(("locale", "end"), [("en-GB", ""), ("zh-CN", "-zh")])
def test_every_page_has_a_picture(tmp_path: Path, browser: Browser, server: Server, locale: str, end: str) -> None:
    folder = Path(os.environ.get("PICTURES") or tmp_path)
    context = browser.new_context(locale=locale, viewport={"width": 1200, "height": 800})
    page = context.new_page()
    at = f"http://console.localhost:{server.port}{BASE}"
    page.goto(at)
    page.locator("#key_id, [name=key_id]").first.fill(ADMIN)
    page.locator("[type=password]").fill(ADMIN_KEY)
    page.locator("[type=password]").press("Enter")
    page.wait_for_url(lambda url: "login" not in url)
    for one in (found for found in pages() if not is_open(found)):
        page.goto(at + address_of(one))
        page.locator("h1").wait_for()
        picture = folder / f"console-{one.name.replace('_', '-').replace('.', '-')}{end}.png"
        page.screenshot(path=picture)
        assert picture.read_bytes().startswith(b"\x89PNG")
    context.close()
