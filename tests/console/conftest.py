"""A server with its console, raw requests to it, and Chromium.

Law: one server for a session, ended by SIGTERM with a clean `fsck`. A browser lives as long as one file's tests, because
Playwright keeps an event loop running in the thread that drives it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from behaviour.server import Server
from conformance.conftest import require
from conformance.setup_sdks import chromium
from console.asking import Tab

FLAGS = ("--no-sandbox", "--disable-gpu", "--no-proxy-server", "--disable-background-networking", "--no-first-run")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """In dev mode, where the console is at console.localhost."""
    running = Server(tmp_path_factory.mktemp("console"))
    running.start()
    yield running
    done = running.finish()
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def tab(server: Server) -> Iterator[Callable[..., Tab]]:
    """Opens a browser without a browser, ``on`` another server too; nobody is logged in."""
    made: list[Tab] = []

    def opened(on: Server = server, **more: str) -> Tab:
        made.append(Tab(client=on.client(), port=on.port, **more))
        return made[-1]

    yield opened
    for one in made:
        one.client.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    require("chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), headless=True, args=list(FLAGS))
        yield launched
        launched.close()
