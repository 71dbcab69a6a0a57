"""A server with its console, raw requests to it, and Chromium.

Law: one server for a session, ended by SIGTERM with a clean `fsck`. A browser lives as long as one file's tests,
because Playwright keeps an event loop running in the thread that drives it.
"""

from __future__ import annotations

import hashlib
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from behaviour.client import DEV
from behaviour.server import Server
from conformance.conftest import require
from conformance.setup_sdks import chromium
from console.asking import ADMIN, ADMIN_KEY, BASE, Tab
from console.furnished import OBJECTS, RULES, furnish
from entrepot.clock_and_chance import now
from entrepot.core import operations as ops
from entrepot.core.facts.digests import crc64_of
from entrepot.core.facts.records import Attributes, Staged
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.grant import account_grant
from entrepot.core.rights.identity import Principal
from entrepot.core.rules import objects

T = TypeVar("T")
SECONDS = 60_000
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-proxy-server", "--disable-background-networking", "--no-first-run")


class ConsoleServer(Server):
    """A server whose folder is written to in a thread of its own: in this one the browser's event loop runs."""

    def __init__(self, *arguments: Any, **settings: str) -> None:
        super().__init__(*arguments, **settings)
        self._aside = ThreadPoolExecutor(1)

    def ask(self, question: Callable[[Reader], T]) -> T:
        """As a server's."""
        return self._aside.submit(super().ask, question).result()

    def _write(self, change: Callable[[Transaction], object]) -> None:
        if threading.current_thread() in self._aside._threads:
            super()._write(change)
        else:
            self._aside.submit(super()._write, change).result()

    def put(
        self, appid: int, bucket: str, contents: Mapping[str, bytes], *, by: str | None = None, **attributes: Any
    ) -> None:
        """Objects of these names, also such as no client can send: many of them, and at once; ``by`` a key."""

        def change(tx: Transaction) -> None:
            found = tx.bucket(appid, bucket)
            assert found is not None
            grant = account_grant(appid)
            who = Principal(account=appid, key_id=by, grant=grant, own_grant=grant)
            for key, data in contents.items():
                content = Staged(
                    size=len(data), crc64=crc64_of(data), data=data,
                    md5=hashlib.md5(data, usedforsecurity=False).digest(),
                )  # fmt: skip
                op = ops.PutObject(
                    bucket=found, key=key, content=content, attributes=Attributes(**attributes),
                    replace=ops.Replace.ALWAYS, tree=False,
                )  # fmt: skip
                objects.put(tx, op, who, now())

        self._write(change)

    def finish(self) -> subprocess.CompletedProcess[str]:
        """As a server's."""
        done = self._aside.submit(super().finish).result()
        self._aside.shutdown()
        return done


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    """In dev mode, where the console is at console.localhost."""
    running = ConsoleServer(tmp_path_factory.mktemp("console"), ENTREPOT_EXPLAIN__PER_SECOND="1000")
    running.start()
    furnish(running)
    for number, settings in enumerate(({}, RULES, {})):
        running.make_bucket(DEV.appid, f"walked-{number}", **settings)
    running.put(DEV.appid, "walked-0", dict.fromkeys(OBJECTS, b"walked\n"))
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


@pytest.fixture
def admin(browser: Browser, server: Server) -> Iterator[Page]:
    """A fresh browser, in which the admin is logged in. No script of a name ever runs."""
    context = browser.new_context(locale="en-GB")
    opened = context.new_page()
    opened.set_default_timeout(SECONDS)
    said: list[str] = []
    opened.on("dialog", lambda dialog: said.append(dialog.message))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto(f"http://console.localhost:{server.port}{BASE}")
    opened.get_by_label("Key id").fill(ADMIN)
    opened.get_by_label("Secret").fill(ADMIN_KEY)
    opened.get_by_role("button", name="Log in").click()
    expect(opened.get_by_role("heading", name="Overview")).to_be_visible(timeout=SECONDS)
    yield opened
    context.close()
    assert said == []
