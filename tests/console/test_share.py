"""An object given on by an address: in each dialect, within its limits, by whoever may. In Chromium, over raw HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from behaviour.client import DEV
from behaviour.ledger.operator import Operator, spend
from console.asking import ADMIN, BASE, Tab
from console.conftest import ConsoleServer
from console.names import HOSTILE
from console.test_objects import LOOK, OPEN
from console.test_objects import opened as opened  # noqa: PLC0414 - a fixture
from console.test_sessions import lines
from entrepot.console.rendering import visible

DIALECTS = ("s3", "cos_xml", "oss", "tos")
ALL_BUT_ONE = (
    '{"Version":"1","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"]},{"Effect":"Deny","Action":'
    '["oss:GetObject"],"Resource":["acs:oss:*:*:BUCKET/secret"]}]}'
)


class _Found(HTMLParser):
    """The text of the element with an id."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.wanted, self.text, self._inside = wanted, "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = dict(attrs).get("id") == self.wanted

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        self.text += data if self._inside else ""


def text_of(page: bytes, wanted: str) -> str:
    found = _Found(wanted)
    found.feed(page.decode())
    return found.text


def shared(tab: Tab, bucket: str, key: str = "a/b c.txt", **form: str) -> dict[str, object]:
    """The address that the form gives, as :func:`spend` takes it."""
    reply = tab.post(f"/buckets/{DEV.appid}/{bucket}/share", {"keys": json.dumps([key]), **form})
    assert reply.status == 200, reply.body.decode()[-3000:]
    method = "PUT" if form.get("purpose") == "upload" else "GET"
    headers = {"content-type": form["content_types"]} if b"Must be sent with it" in reply.body else {}
    return {"url": text_of(reply.body, "address"), "method": method, "headers": headers}


@pytest.fixture
def owner(tab: Callable[..., Tab]) -> Tab:
    made = tab()
    made.log_in(DEV.key_id, DEV.secret.decode())
    return made


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_download_within_its_limits(server: ConsoleServer, owner: Tab, dialect: str) -> None:
    bucket, client = server.make_bucket(DEV.appid), server.client()
    server.put(DEV.appid, bucket, {"a/b c.txt": b"the bytes"})
    once = shared(owner, bucket, dialect=dialect, uses="1", as_file="true")
    got = spend(client, once)
    assert (got.status, got.body) == (200, b"the bytes")
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''b%20c.txt"
    assert spend(client, once).status == 403
    elsewhere = shared(owner, bucket, dialect=dialect, networks="192.0.2.0/24 2001:db8::1")
    assert spend(client, elsewhere).status == 403
    here = shared(owner, bucket, dialect=dialect, networks="192.0.2.0/24, 127.0.0.1")
    assert spend(client, here).body == b"the bytes"
    assert spend(client, here | {"method": "PUT"}, b"other").status == 403
    client.close()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_upload_within_its_limits(server: ConsoleServer, owner: Tab, dialect: str) -> None:
    bucket, client = server.make_bucket(DEV.appid), server.client()
    made = shared(
        owner, bucket, dialect=dialect, purpose="upload", max_bytes="9", content_types="text/plain", uses="1", unit="m"
    )
    assert spend(client, made, b"ten bytes!").status == 400
    assert spend(client, made | {"headers": {"content-type": "text/html"}}, b"nine byte").status == 403
    assert server.ask(lambda reader: reader.object(bucket_id(reader, bucket), "a/b c.txt")) is None
    assert spend(client, made, b"nine byte").status == 200
    assert spend(client, made, b"again").status == 403
    record = server.ask(lambda reader: reader.object(bucket_id(reader, bucket), "a/b c.txt"))
    assert record is not None
    assert (record.size, record.attributes.headers["Content-Type"]) == (9, "text/plain")
    client.close()


def bucket_id(reader: object, bucket: str) -> int:
    return reader.bucket(DEV.appid, bucket).id  # type: ignore[attr-defined, no-any-return]


@pytest.mark.browser
def test_from_the_object_to_its_withdrawal(server: ConsoleServer, opened: OPEN) -> None:
    """The form, the address to copy, the code, the right, and that it is withdrawn there."""
    bucket = server.make_bucket(DEV.appid)
    server.put(DEV.appid, bucket, {"d/a.txt": b"given on"})
    page = opened(bucket, query="/object?key=d/a.txt")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("link", name="Share…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Share: a.txt")
    page.get_by_label("How long it lasts").fill("30")
    page.get_by_label("Unit of time").select_option("minutes")
    page.get_by_label("How many uses").fill("5")
    page.get_by_label("In the dialect of").select_option("Volcengine TOS")
    page.get_by_role("button", name="Make the address").click()
    expect(page.get_by_role("heading", name="The address")).to_be_visible()
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("button[data-copy=address]")).to_have_text("Copied")
    url = page.evaluate("() => navigator.clipboard.readText()")
    assert parse_qs(urlsplit(url).query)["X-Tos-Expires"] == ["1800"]
    page.get_by_text("curl", exact=True).click()
    assert url in page.locator("#code-1").inner_text()
    client = server.client()
    made = {"url": url, "method": "GET", "headers": {}}
    assert spend(client, made).body == b"given on"
    line = lines(server, "share-object")[-1]
    assert (line["bucket"], line["keys"], line["dialect"]) == (bucket, '["d/a.txt"]', "tos")
    page.get_by_role("link", name="See its right").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(str(line["right"]))
    page.get_by_role("link", name="Withdraw").click()
    page.get_by_role("button", name="Withdraw 1").click()
    expect(page.get_by_role("status")).to_have_text("Withdrawn: 1.")
    assert spend(client, made).status == 403
    client.close()


@pytest.mark.browser
def test_an_upload_from_the_form(server: ConsoleServer, opened: OPEN) -> None:
    """What was refused is told over the form, as it was filled in."""
    bucket = server.make_bucket(DEV.appid)
    page: Page = opened(bucket, None, "/share?key=new.png")
    page.get_by_role("link", name="Upload to this name").click()
    page.get_by_label("Content types").fill("no type")
    page.get_by_label("Most bytes").fill("100")
    page.get_by_role("button", name="Make the address").click()
    expect(page.get_by_role("alert")).to_contain_text("is no content type")
    assert page.get_by_label("Most bytes").input_value() == "100"
    page.get_by_label("Content types").fill("image/png")
    page.get_by_role("button", name="Make the address").click()
    expect(page.get_by_text("content-type: image/png", exact=True)).to_be_visible()
    line = lines(server, "share-object")[-1]
    client = server.client()
    (minted,) = [one for one in Operator(server=server, client=client).audit("mint") if one["key"] == line["right"]]
    client.close()
    assert (minted["api"], minted["minter"], minted["client"]) == (
        "url:PUT",
        DEV.key_id,
        f"console, {ADMIN}, 127.0.0.1",
    )


@pytest.mark.browser
def test_hostile_names_are_text(server: ConsoleServer, opened: OPEN) -> None:
    bucket = server.make_bucket(DEV.appid)
    page = opened(bucket)
    page.set_viewport_size({"width": 320, "height": 640})
    for key in HOSTILE:
        page.goto(f"http://console.localhost:{server.port}{BASE}/buckets/{DEV.appid}/{bucket}/share?key={quote(key)}")
        name = visible(key.rpartition("/")[2])
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Share: {name}", use_inner_text=False)
        page.get_by_role("button", name="Make the address").click()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
        if {".", ".."}.isdisjoint(key.split("/")):
            expect(page.get_by_role("heading", name="The address")).to_be_visible()
        else:
            expect(page.get_by_role("alert")).to_contain_text("browsers cannot ask for a name")
        assert page.locator("main script, main img").count() == 0


def test_who_may(server: ConsoleServer, tab: Callable[..., Tab]) -> None:
    """What is given on needs the right to mint, and is never more than the key may."""
    bucket, client = server.make_bucket(DEV.appid), server.client()
    server.put(DEV.appid, bucket, {"a": b"the bytes", "secret": b"more of them"})
    looks, mints = server.make_user(DEV.appid, LOOK), server.make_user(DEV.appid, ALL_BUT_ONE.replace("BUCKET", bucket))
    here, form = f"/buckets/{DEV.appid}/{bucket}/share", {"keys": '["a"]'}
    user = tab()
    user.log_in(looks.key_id, looks.secret.decode())
    refused = user.post(here, form)
    assert refused.status == 403
    assert b"this credential may not mint" in refused.body
    user = tab()
    user.log_in(mints.key_id, mints.secret.decode())
    assert spend(client, shared(user, bucket, "a")).body == b"the bytes"
    assert spend(client, shared(user, bucket, "secret")).status == 403
    forged = tab()
    forged.log_in()
    forged.csrf = "0" * 64
    assert forged.post(here, form).status == 403
    client.close()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"content_types": "image/png"}, b"limits of uploads"),
        ({"max_bytes": "1"}, b"limits of uploads"),
        ({"purpose": "upload", "as_file": "true"}, b"kept as a file"),
        ({"lasts": "8", "unit": "d"}, b"604800"),
        ({"networks": "somewhere"}, b"no address and no CIDR block"),
        ({"purpose": "upload", "dialect": "oss", "content_types": "image/*"}, b"name one, without *"),
    ],
)
def test_what_cannot_be_minted(server: ConsoleServer, owner: Tab, form: dict[str, str], said: bytes) -> None:
    reply = owner.post(f"/buckets/{DEV.appid}/demo/share", {"keys": '["a"]', **form})
    assert reply.status == 400
    assert said in reply.body.replace(b"&#39;", b"'")


def test_what_is_asked_wrongly(owner: Tab) -> None:
    here = f"/buckets/{DEV.appid}/demo/share"
    for form in ({"keys": "a"}, {"keys": '["a","b"]'}, {"keys": '["\\u0000"]'}, {"keys": '["a"]', "lasts": "0"},
                 {"keys": '["a"]', "unit": "w"}, {"keys": '["a"]', "dialect": "x"}, {}):  # fmt: skip
        assert owner.post(here, form).status == 400, form
    assert [owner.get(here + query).status for query in ("", "?key=", "?key=a&purpose=x")] == [400, 400, 400]
    assert owner.get(f"/buckets/{DEV.appid}/none/share?key=a").status == 404
