"""A page with nothing but a form, in real headless Chromium: a user picks a file and submits, without any script.

Law: the page comes from another origin than the server under test. Argument: the path of Chromium. A call has the
form's action, its fields, the path of the file, and says what the browser came to see.
"""

from __future__ import annotations

import html
import json
import sys
from typing import Any

from playwright.sync_api import Page, sync_playwright

MARK = "\x1e"
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
ORIGIN = "http://page.localhost/"


def submit(page: Page, action: str, fields: dict[str, str], file: str) -> dict[str, Any]:
    """Post the form; the document that comes back."""
    inputs = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in fields.items()
    )
    text = (
        f'<!doctype html><meta charset="utf-8"><form method="post" enctype="multipart/form-data" action="{action}">'
        f'{inputs}<input type="file" name="file"><button>send</button></form>'
    )
    page.route(ORIGIN, lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=text))
    page.goto(ORIGIN)
    page.set_input_files("input[type=file]", file)
    with page.expect_response(action) as answered:
        page.click("button")
    response = answered.value
    return {"status": response.status, "location": response.header_value("location"), "text": response.text()}


def main(chromium: str) -> None:
    """Answer calls until standard input ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=list(FLAGS))
        page = browser.new_page()
        page.set_default_timeout(90_000)
        for line in sys.stdin:
            call = json.loads(line)
            try:
                answer: dict[str, Any] = {"value": submit(page, *call["args"])}
            except Exception as error:  # noqa: BLE001 -- told to the test
                answer = {"error": {"name": type(error).__name__, "message": str(error)}}
            print(MARK + json.dumps(answer), flush=True)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
