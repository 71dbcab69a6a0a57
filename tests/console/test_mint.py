"""Minting by a form: each API, code that works as it was pasted, and who may. In Chromium, and over raw HTTP."""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from behaviour.client import DEV
from behaviour.server import Server
from conformance.conftest import require
from conformance.setup_sdks import node_folder
from console.asking import BASE, Tab
from console.furnished import HOSTILE
from console.test_every_page import AXE
from console.test_rights import address, operator, page
from entrepot.console.code import code_of, quoted
from entrepot.console.rendering import visible

__all__ = ["operator", "page"]
Open = Callable[..., Tab]
SUB_APPLICATION = "220209"
POLICY = json.dumps({
    "version": "2.0",
    "statement": [{
        "effect": "allow", "action": ["name/vod:PutObject"],
        "resource": [f"qcs::vod:auto:uid/{DEV.appid}:prefix//{SUB_APPLICATION}/demo/minted"],
    }],
})  # fmt: skip
FORMS: dict[str, dict[str, str]] = {
    "url": {"bucket": "demo", "key": "minted/a b.png", "uses": "1", "content_types": "image/png, image/gif"},
    "vms": {"FileName": "a.mp3"}, "hbr": {"FileName": "a.txt"}, "ms": {},
    "vod": {"SubAppId": SUB_APPLICATION, "Policy": POLICY},
}  # fmt: skip


@pytest.mark.browser
def test_a_signed_address_by_the_form_and_its_code_works(page: Page, server: Server, tmp_path: Path) -> None:
    """The code for a shell is run as it is shown, and stores what it is given; the right is in the ledger."""
    page.goto(address(server, "/mint"))
    page.get_by_label("Bucket", exact=False).first.fill("demo")
    page.get_by_label("Key of the object").fill("minted/<img src=x onerror=alert(1)>'\"")
    page.get_by_label("In the name of the key").fill(DEV.key_id)
    page.get_by_label("How many uses").fill("1")
    page.get_by_label("Content types").fill("image/png")
    page.get_by_role("button", name="Mint", exact=True).click()
    expect(page.get_by_role("heading", name="Minted")).to_be_visible()
    require("node/axe")
    page.evaluate((node_folder("axe") / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    assert page.evaluate(AXE) == []
    code = page.locator("#code-1").inner_text()
    (tmp_path / "FILE").write_bytes(b"content")
    done = subprocess.run(["sh", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert page.locator("summary").all_inner_texts() == [
        "curl", "Python (requests)", "Node.js (fetch)", "Go (net/http)", "Java (HttpClient)",
    ]  # fmt: skip
    page.get_by_role("link", name="See the right").click()
    expect(page.get_by_text("url:PUT")).to_be_visible()
    expect(page.get_by_text("What it stored (1)")).to_be_visible()


@pytest.mark.browser
def test_code_is_copied_by_a_button(page: Page, server: Server) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(address(server, "/mint?api=vms"))
    page.get_by_label("File name").fill("a.mp3")
    page.get_by_label("In the name of the key").fill(DEV.key_id)
    page.get_by_role("button", name="Mint", exact=True).click()
    page.get_by_role("button", name="Copy the code for curl").click()
    expect(page.locator("button[data-copy=code-1]")).to_have_text("Copied")
    assert page.evaluate("() => navigator.clipboard.readText()") == page.locator("#code-1").text_content()


@pytest.mark.parametrize("api", FORMS)
def test_every_api_mints_in_the_name_of_the_key_that_is_logged_in(server: Server, tab: Open, api: str) -> None:
    one = tab()
    one.log_in(DEV.key_id, DEV.secret.decode())
    reply = one.post(f"/mint/{api}", FORMS[api])
    assert reply.status == 200, str(reply)
    (right,) = re.findall(rb'href="/-/console/rights/([^"]+)"', reply.body)
    shown = one.get(f"/rights/{right.decode()}").body
    assert DEV.key_id.encode() in shown
    assert b">holds<" in shown
    assert reply.headers["cache-control"] == "no-store"


def test_the_audit_log_has_what_was_minted_and_no_secret(server: Server, tab: Open) -> None:
    one = tab()
    one.log_in(DEV.key_id, DEV.secret.decode())
    secret = re.search(
        r'<dt><code>CosKey</code></dt><dd><code id="result-\d+">(\w+)<', one.post("/mint/ms").body.decode()
    )
    assert secret is not None
    log = (server.data / "audit" / "audit.jsonl").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    assert any(one["event"] == "console" and one["action"] == "mint-ms" and one["key"] == DEV.key_id for one in lines)
    assert secret[1] not in log


def test_who_may_not_mint_is_refused(server: Server, tab: Open) -> None:
    """A sub-user by its policies; a key in another's name; and a form of nobody's."""
    user = server.make_user(DEV.appid)
    one = tab()
    one.log_in(user.key_id, user.secret.decode())
    for api, form in FORMS.items():
        assert one.post(f"/mint/{api}", form).status == 403, api
    own = tab()
    own.log_in(DEV.key_id, DEV.secret.decode())
    reply = own.post("/mint/url", {**FORMS["url"], "key_id": user.key_id})
    assert reply.status == 200
    (right,) = re.findall(rb'href="/-/console/rights/([^"]+)"', reply.body)
    assert DEV.key_id.encode() in own.get(f"/rights/{right.decode()}").body
    assert own.post("/mint/url", FORMS["url"], origin="http://demo.localhost").status == 403
    assert own.post("/mint/url", {**FORMS["url"], "csrf": "0" * 64}).status == 403
    assert tab().post("/mint/url", FORMS["url"]).status == 303


@pytest.mark.parametrize(
    "form",
    [
        {"bucket": "demo"}, {"bucket": "demo", "key": "k", "uses": "0"}, {"bucket": "demo", "key": "k", "uses": "x"},
        {"bucket": "demo", "key": "k", "networks": "nowhere"}, {"bucket": "demo", "key": "k", "method": "DELETE"},
        {"bucket": "no-such-bucket", "key": "k"}, {"bucket": "demo", "key": "k", "expires": "soon"},
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_is_refused_and_says_why(tab: Open, form: dict[str, str]) -> None:
    one = tab()
    one.log_in(DEV.key_id, DEV.secret.decode())
    reply = one.post("/mint/url", form)
    assert reply.status == 400
    assert 'role="alert"' in reply.body.decode()
    assert b"/rights/" not in reply.body


@pytest.mark.parametrize("text", [*HOSTILE, "$(id)`id`\\", "'; rm -rf / #", "\x00\x1f\u2028\u2029", "\U0001f600"])
def test_no_value_leaves_its_literal(text: str) -> None:
    """What a shell, Python and JSON (JavaScript, Go, Java) read is the value again."""
    assert ast.literal_eval(quoted(text)) == text
    assert json.loads(quoted(text)) == text
    values = {"url": text, "headers": {text: text}}
    codes = {one["client"]: one["text"] for one in code_of("minted", "put", values, plain_http=True)}
    assert shlex.split(codes["curl"]) == ["curl", "--fail", "-H", f"{text}:{text}", "--upload-file", "FILE", text]
    constants = [one.value for one in ast.walk(ast.parse(codes["Python (requests)"])) if isinstance(one, ast.Constant)]
    assert constants.count(text) == 3
    for client in ("Node.js (fetch)", "Go (net/http)", "Java (HttpClient)"):
        assert codes[client].count(quoted(text)) == 3
        assert visible(codes[client].replace("\n", "").replace("\t", "")).isprintable()


def test_what_was_typed_comes_back_as_text(tab: Open) -> None:
    one = tab()
    one.log_in(DEV.key_id, DEV.secret.decode())
    for key in HOSTILE[:4]:
        reply = one.post("/mint/url", {"bucket": "no-such-bucket", "key": key})
        found = re.search(r'name="key" value="([^"]*)"', reply.body.decode())
        assert found is not None
        assert unescape(found[1]) == key
        assert b"<img src=x" not in reply.body
    assert one.get(f"/mint?api={'x' * 10}").status == 400
    assert BASE.encode() in one.get("/mint?bucket=demo&key=k").body
