#!/usr/bin/env python3
"""Mint vectors with npm cos-js-sdk-v4 1.2.1 and the signer of its own demo page, unmodified, in Chromium.

The page is the package's demo/index.html; the clock and the random number are held still before it loads, and
the signature is read from the request that the SDK sends (then refused: nothing leaves the machine).
The account and key are the demo's placeholders. Run on the project's environment:
.venv/bin/python tests/vectors/cos_app/mint_js_demo.py
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from mint_record import record
from playwright.sync_api import Page, Request, Route, sync_playwright

PACKAGE = Path(__file__).resolve().parents[2] / "conformance" / "node" / "node_modules" / "cos-js-sdk-v4"
SECRET = "x" * 32
STILL = """
Date.now = () => 1470736940123;
Math.random = () => 0.114146;
let made;
Object.defineProperty(window, 'CosCloud', {
  get: () => made && function (options) { return (window.demo = new made(options)); },
  set: (value) => { made = value; },
});
"""
CASES = (
    ("js_demo_multi", "multi", "getFileStat", "/333/2.txt", None),
    ("js_demo_once", "once", "deleteFile", "/333/2.txt", "/333/2.txt"),
    ("js_demo_once_double_slash", "once", "deleteFolder", "/333/", "/333/"),
    ("js_demo_once_non_ascii", "once", "updateFile", "/目录/文件 名+.txt", "/目录/文件 名+.txt"),
)


def signature(page: Page, method: str, path: str) -> str:
    """What the SDK puts in the query of the request of one call."""
    with page.expect_request(lambda request: ".myqcloud.com" in request.url) as sent:
        page.evaluate(
            "([method, path]) => { demo[method](() => {}, () => {}, 'test', path, 'attr'); }",
            [method, path],
        )
    request: Request = sent.value
    return parse_qs(urlsplit(request.url).query)["sign"][0]


def local(route: Route) -> None:
    """Answer with the package's files; refuse everything else."""
    url = urlsplit(route.request.url)
    file = PACKAGE / url.path.lstrip("/")
    if url.hostname == "demo.invalid" and file.is_file():
        route.fulfill(path=file)
    else:
        route.abort()


def main() -> None:
    """Write every case."""
    version = json.loads((PACKAGE / "package.json").read_text("utf-8"))["version"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.route("**/*", local)
        page.add_init_script(STILL)
        page.goto("http://demo.invalid/demo/index.html")
        page.wait_for_function("() => window.demo")
        for case, kind, method, path, bound in CASES:
            record(
                case,
                sign=signature(page, method, path),
                kind=kind,
                path=bound,
                secret=SECRET,
                minted_with=f"npm cos-js-sdk-v4 {version}, demo/index.html",
                call=f"{method}(…, 'test', {path!r})",
                runtime=f"Chromium {browser.version.split('.')[0]}",
            )
        browser.close()


if __name__ == "__main__":
    main()
