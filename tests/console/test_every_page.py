"""Every page of the console in Chromium: for everybody, at every width, and with nothing that its policy forbids.

Walks over the console's own table, so that a further page is looked at as soon as it is there. axe-core has the rules
of WCAG 2.2 (A and AA) that a program can check, and its best practices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage
from playwright.sync_api import Page as Window

from behaviour.server import Server
from conformance.conftest import require
from conformance.setup_sdks import node_folder
from console.asking import ADMIN, ADMIN_KEY, BASE
from console.walk import address_of, is_open, pages
from entrepot.console.page import Page

pytestmark = pytest.mark.browser
SIZES = {"wide": (1280, 900), "narrow": (360, 740)}
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
LOOKS = (("wide", "light", "en"), ("wide", "dark", "zh"), ("narrow", "light", "zh"), ("narrow", "dark", "en"))
"""Every two of width, colours and language together; a fault of all three at once would be another one's, too."""
AXE = """async () => (await axe.run(document, {resultTypes: ['violations'], runOnly: {type: 'tag', values:
    ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}})).violations
    .map(one => [one.id, one.nodes.map(node => node.html.slice(0, 200) + ' | ' + node.failureSummary)])"""


@pytest.fixture(scope="module")
def shown(browser: Browser, server: Server) -> Iterator[Callable[..., tuple[Window, list[str]]]]:
    """Opens a page in a browser of these properties, and gives what the browser complained of."""
    contexts: dict[tuple[str, str, str, bool], BrowserContext] = {}

    def opened(page: Page, size: str, scheme: Any, language: str) -> tuple[Window, list[str]]:
        key = size, scheme, language, is_open(page)
        if key not in contexts:
            width, height = SIZES[size]
            contexts[key] = context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, locale=LOCALES[language]
            )
            if not is_open(page):
                log_in(context, server)
        window = contexts[key].new_page()
        said: list[str] = []
        window.on("console", lambda message: said.append(_told(message)))
        window.on("pageerror", lambda error: said.append(str(error)))
        window.goto(address(server, address_of(page)))
        return window, said

    yield opened
    for context in contexts.values():
        context.close()


def _told(message: ConsoleMessage) -> str:
    return f"{message.type}: {message.text}"


def address(server: Server, path: str) -> str:
    return f"http://console.localhost:{server.port}{BASE}{path}"


def log_in(context: BrowserContext, server: Server, key_id: str = ADMIN, secret: str = ADMIN_KEY) -> None:
    """Begin a session for all windows of a browser."""
    window = context.new_page()
    window.goto(address(server, "/login"))
    window.fill("#key_id", key_id)
    window.fill("#secret", secret)
    window.keyboard.press("Enter")
    window.wait_for_selector("nav")
    window.close()


def test_every_page_can_be_looked_at() -> None:
    assert [page.name for page in pages() if not address_of(page).startswith("/")] == []


@pytest.mark.parametrize(("size", "scheme", "language"), LOOKS)
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_everybody_can_use_it(
    shown: Callable[..., tuple[Window, list[str]]], page: Page, size: str, scheme: str, language: str
) -> None:
    """axe finds nothing, nothing sticks out of the window, and the browser has nothing to complain of."""
    require("node/axe")
    window, said = shown(page, size, scheme, language)
    assert window.locator("html").get_attribute("lang") == {"en": "en", "zh": "zh-Hans"}[language]
    assert window.locator("h1").count() == 1
    width = window.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], f"the page is {width[0]} pixels wide in a window of {width[1]}"
    violated = list(said)
    # What looks at the page is put there by the browser's own hand, which no policy of the page concerns.
    source = (node_folder("axe") / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    window.evaluate(source)
    found = window.evaluate(AXE)
    window.close()
    assert found == []
    assert violated == []


@pytest.mark.parametrize("page", [page for page in pages() if page.nav], ids=lambda page: page.name)
def test_it_fits_a_very_narrow_window(shown: Callable[..., tuple[Window, list[str]]], page: Page) -> None:
    window, _ = shown(page, "narrow", "light", "en")
    window.set_viewport_size({"width": 320, "height": 600})
    assert window.evaluate("() => document.documentElement.scrollWidth") <= 320
    window.close()
