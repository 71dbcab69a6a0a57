"""What Chromium makes of an address, in a process of its own: saved, and asked for by a script.

``python browsing.py CHROMIUM ADDRESS OWN_PAGE`` prints a JSON object; OWN_PAGE is one of the address's own origin.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FLAGS = ("--no-sandbox", "--disable-gpu", "--no-proxy-server")
_FETCH = """async address => {
    const found = await fetch(address);
    return [found.status, found.redirected, (await found.arrayBuffer()).byteLength];
}"""


def main(chromium: str, address: str, own_page: str) -> None:
    """Go there in each way."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=list(FLAGS))
        page = browser.new_page()
        page.goto(own_page)
        with page.expect_download() as coming:
            page.evaluate("address => { location.href = address; }", address)
        saved = Path(coming.value.path()).read_bytes()
        fetched = page.evaluate(_FETCH, address)
        told = {
            "fetched": fetched, "saved": hashlib.sha256(saved).hexdigest(),
            "name": coming.value.suggested_filename,
        }  # fmt: skip
        browser.close()
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
