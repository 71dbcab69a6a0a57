"""Forms that SDKs signed, posted by Chromium as pages have them: what a page does to a form is named, too.

Source: issue 14 §1; HTML, "Constructing the entry list" (line ends of values become CRLF, names of buttons are
fields, fields come in the order of the page).
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from behaviour.client import DEV
from behaviour.server import Server
from conformance.conftest import require
from conformance.denied.form_mistakes import CONTENT
from conformance.denied.test_form_mistakes import COS_HOST, PLAIN, cause_of, signed, wanted
from conformance.setup_sdks import chromium

pytestmark = [pytest.mark.conformance, pytest.mark.browser]
FILE = '<input type="file" name="file">'
STRICT = "boto3-v4"
"""Every field must be covered by a condition."""


def inputs(fields: dict[str, str]) -> str:
    """Hidden inputs."""
    return "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in fields.items()
    )


def as_it_should_be(fields: dict[str, str]) -> str:
    """The fields, then the file."""
    return inputs(fields) + FILE


def the_key_in_a_text_area(fields: dict[str, str]) -> str:
    """Its line end goes along, as CRLF."""
    rest = {name: value for name, value in fields.items() if name != "key"}
    return f'<textarea name="key">{fields["key"]}\n</textarea>{as_it_should_be(rest)}'


def the_key_typed_in_capitals(fields: dict[str, str]) -> str:
    """As a phone's keyboard begins a line."""
    return as_it_should_be(fields | {"key": fields["key"].capitalize()})


def the_type_chosen_after_the_file(fields: dict[str, str]) -> str:
    """What is behind the file does not count."""
    rest = {name: value for name, value in fields.items() if name != "Content-Type"}
    return f'{as_it_should_be(rest)}<select name="Content-Type"><option>image/png</option></select>'


def a_button_with_a_name(fields: dict[str, str]) -> str:
    """Before the file it is a field like any other."""
    return f'<button name="send" value="now">Send</button>{as_it_should_be(fields)}'


PAGES = {
    as_it_should_be: "", the_key_in_a_text_area: "form-value-blanks", the_key_typed_in_capitals: "form-value-case",
    the_type_chosen_after_the_file: "form-field-missing", a_button_with_a_name: "form-field-not-covered",
}  # fmt: skip


@pytest.fixture(scope="module")
def explaining(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that explains every refusal."""
    running = Server(tmp_path_factory.mktemp("pages"), ENTREPOT_EXPLAIN__PER_SECOND="1000")
    running.start()
    yield running
    done = running.finish()
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, which finds COS's hosts here."""
    require("chromium")
    rules = f"--host-resolver-rules=MAP *.{COS_HOST} 127.0.0.1"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", rules])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own."""
    made = browser.new_page()
    yield made
    made.close()


@pytest.fixture(scope="module")
def forms() -> dict[str, dict[str, str]]:
    """By signer, the fields that were signed."""
    return {}


@pytest.mark.parametrize("signer", ["boto3-v4", "ali-oss-v4", "tos", "cos"])
@pytest.mark.parametrize("made", PAGES, ids=lambda made: made.__name__)
def test_a_page_tells_what_it_did_to_a_form(
    explaining: Server, page: Page, forms: Any, tmp_path: Path, signer: str, made: Any
) -> None:
    if signer not in forms:
        (forms[signer],) = signed(signer, [wanted(PLAIN, signer)])
    picture = tmp_path / "a.png"
    picture.write_bytes(CONTENT)
    host = f"demo-{DEV.appid}.{COS_HOST}:{explaining.port}" if signer == "cos" else f"127.0.0.1:{explaining.port}"
    action = f"http://{host}/" + ("" if signer == "cos" else "demo")
    fields = {"Content-Type": "image/png", **forms[signer]}
    page.set_content(
        f'<form action="{action}" method="post" enctype="multipart/form-data">{made(fields)}'
        '<button id="go">Go</button></form>'
    )  # fmt: skip
    page.set_input_files("input[type=file]", str(picture))
    button = "button[name=send]" if made is a_button_with_a_name else "#go"
    with page.expect_response(lambda response: response.request.method == "POST") as answered:
        page.click(button, no_wait_after=True)
    reply = answered.value
    expected = PAGES[made] if made is not a_button_with_a_name or signer == STRICT else ""
    if not expected:
        assert reply.status in {200, 204}
        return
    assert reply.status in {400, 403}
    assert cause_of(reply.text()) == expected, reply.text()
