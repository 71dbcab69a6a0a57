"""npm cos-js-sdk-v4 1.2.1, unmodified, in real headless Chromium: one call per line.

Law: the page comes from another origin (host name and port) than the server under test, so that the browser
itself enforces CORS; Chromium's own network events tell which preflights it sent. Arguments: the path of
Chromium, the folder of the SDK's npm package, the folder of the page.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

MARK = "\x1e"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CALL_SECONDS = 90


class PageHandler(SimpleHTTPRequestHandler):
    """Serves the page, and the SDK's package below /sdk/."""

    def __init__(self, *args: Any, sdk: Path, page: Path, **kwargs: Any) -> None:
        self._sdk, self._page = sdk, page
        super().__init__(*args, **kwargs)

    def translate_path(self, path: str) -> str:
        """The local file of a URL path."""
        inside_sdk = path.startswith("/sdk/")
        root = self._sdk if inside_sdk else self._page
        file = (root / path.removeprefix("/sdk/" if inside_sdk else "/").partition("?")[0]).resolve()
        return str(file if file.is_relative_to(root) else root / "missing")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class Browser:
    """One page; what it can do is what `perform` names."""

    def __init__(self, page: Page, url: str) -> None:
        self._page = page
        self._url = url
        self._sent: list[dict[str, str]] = []
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._note)
        session.send("Network.enable")
        page.goto(url)

    def _note(self, event: Mapping[str, Any]) -> None:
        request = event["request"]
        self._sent.append({"type": event.get("type", ""), "method": request["method"], "url": request["url"]})

    def perform(self, method: str, args: list[Any]) -> dict[str, Any]:
        """`{"value"}` or `{"error"}` of one call."""
        match method:
            case "configure":
                self._page.evaluate("args => configure(...args)", args)
                return {"value": None}
            case "pick":
                self._page.set_input_files("#pick", args[0])
                return {"value": None}
            case "reload":
                self._page.reload()
                return {"value": None}
            case "forget":
                self._page.evaluate("() => localStorage.clear()")
                return {"value": None}
            case "sent":
                self._page.wait_for_timeout(50)
                sent, self._sent[:] = list(self._sent), []
                return {"value": sent}
            case "origin":
                return {"value": self._page.evaluate("() => location.origin")}
            case "get" | "upload":
                return dict(self._page.evaluate(f"args => {method}(...args)", args))
        return dict(self._page.evaluate("([name, args]) => call(name, args)", [method, args]))


def main(chromium: str, sdk: str, folder: str) -> None:
    """Answer calls until standard input ends."""
    handler = partial(PageHandler, sdk=Path(sdk).resolve(), page=Path(folder).resolve())
    pages = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=list(FLAGS))
        page = browser.new_page()
        page.set_default_timeout(CALL_SECONDS * 1000)
        page.on("console", lambda message: print("console:", message.text, flush=True))
        page.on("pageerror", lambda error: print("pageerror:", error, flush=True))
        driven = Browser(page, f"http://localhost:{pages.server_port}/page.html")
        for line in sys.stdin:
            call = json.loads(line)
            try:
                answer = driven.perform(call["method"], call["args"])
            except Exception as error:  # noqa: BLE001
                answer = {"error": {"name": type(error).__name__, "message": str(error)}}
            print(MARK + json.dumps(answer), flush=True)
        browser.close()
    pages.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
