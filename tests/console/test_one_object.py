"""One object's page in Chromium: what is known of it, a look at it, and that nothing of it runs there."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from behaviour.client import DEV, Owner
from behaviour.ledger.operator import Operator
from console.asking import BASE, Tab
from console.conftest import ConsoleServer
from console.names import HOSTILE, LONGEST
from console.test_objects import LOOK, OPEN
from console.test_objects import opened as opened  # noqa: PLC0414 - a fixture
from console.test_sessions import lines
from entrepot.console.rendering import visible
from entrepot.core.facts.records import Acl

pytestmark = pytest.mark.browser
SCRIPT = "<script>alert(document.domain)</script>"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30" onload="alert(1)">'
    "<script>alert(2)</script><foreignObject><body xmlns='http://www.w3.org/1999/xhtml'><img src='x'"
    " onerror='alert(3)'/></body></foreignObject><rect width='40' height='30'/></svg>"
)
VALUES = ("<img src=x onerror=alert(1)>", "\"'><script>alert(2)</script>", "{{ 7*7 }}", "\u202egnp.exe", "x" * 1024)


def at(key: str) -> str:
    """The part of an address behind the bucket's."""
    return f"/object?key={quote(key, safe='')}"


def png(width: int, height: int) -> bytes:
    """A grey picture. Source: W3C "Portable Network Graphics", 5.3, 11.2."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines_of = (b"\0" + b"\x80" * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines_of)) + chunk(b"IEND", b"")


def wav(seconds: int) -> bytes:
    """Silence. Source: Microsoft "Multimedia Programming Interface and Data Specifications 1.0", WAVE."""
    data = b"\x80" * 8000 * seconds
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_what_is_known_of_an_object(server: ConsoleServer, opened: OPEN) -> None:
    bucket = server.make_bucket(DEV.appid)
    metadata = {f"name-{number}": value for number, value in enumerate(VALUES)}
    server.put(
        DEV.appid, bucket, {"notes/a b.txt": b"x" * 1536}, metadata=metadata, tags={"colour": "blue"},
        headers={"Content-Type": "text/plain", "Cache-Control": "no-cache"}, acl=Acl.PUBLIC_READ,
        storage_class="STANDARD_IA",
    )  # fmt: skip
    page = opened(bucket, query="?prefix=notes/")
    page.get_by_role("link", name="a b.txt").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("a b.txt")
    facts = dict(zip(page.locator(".facts dt").all_inner_texts(), page.locator(".facts dd").all_inner_texts(),
                     strict=True))  # fmt: skip
    assert facts["Key"] == "notes/a b.txt"
    assert facts["Size"] == "1.5 KiB 1,536 bytes"
    assert (facts["Content-Type"], facts["Cache-Control"]) == ("text/plain", "no-cache")
    assert facts["ETag"] == hashlib.md5(b"x" * 1536, usedforsecurity=False).hexdigest()
    assert (facts["Storage class"], facts["Encryption"], facts["Access"]) == ("STANDARD_IA", "none", "public read")
    assert facts["colour"] == "blue"
    assert [facts[name] for name in metadata] == [visible(value) for value in VALUES]
    crumbs = page.get_by_role("navigation", name="Where this is")
    crumbs.get_by_role("link", name="notes").click()
    expect(page.locator("tbody th")).to_have_text(["a b.txt"])


def test_a_text_is_shown_as_it_is_written(server: ConsoleServer, opened: OPEN) -> None:
    bucket = server.make_bucket(DEV.appid)
    text = f"{SCRIPT}\n\t\u202egnp.exe\n"
    server.put(DEV.appid, bucket, {"page": text.encode()}, headers={"Content-Type": "text/html"})
    server.put(DEV.appid, bucket, {"long": b"0123456789abcde\n" * 8192, "zip": b"PK\3\4\0\0", "empty": b""})
    page = opened(bucket, query=at("page"))
    shown = page.get_by_role("region", name="Preview")
    expect(shown).to_have_text(text.replace("\u202e", "\\u202e"), use_inner_text=False)
    assert page.locator("main script").count() == 0
    page.goto(address(server, bucket, "long"))
    assert len(shown.inner_text()) == 65_536
    expect(page.get_by_text("The first 64.0 KiB")).to_be_visible()
    page.goto(address(server, bucket, "zip"))
    expect(page.get_by_text("cannot be shown here")).to_be_visible()
    page.goto(address(server, bucket, "empty"))
    expect(page.get_by_text("It has no bytes.")).to_be_visible()


def address(server: ConsoleServer, bucket: str, key: str) -> str:
    return f"http://console.localhost:{server.port}{BASE}/buckets/{DEV.appid}/{bucket}{at(key)}"


@pytest.mark.parametrize(("key", "said"), [("a.png", ""), ("a", "image/png"), ("dir/<b>\"'.png", "image/png")])
def test_an_image_comes_from_the_store(server: ConsoleServer, opened: OPEN, key: str, said: str) -> None:
    """By a right that the ledger has; looking at the page alone mints nothing."""
    bucket = server.make_bucket(DEV.appid)
    server.put(DEV.appid, bucket, {key: png(37, 23)}, headers={"Content-Type": said} if said else {})
    page = opened(bucket, query=at(key))
    assert minted(server, bucket) == []
    page.get_by_role("button", name="Show it").click()
    image = page.get_by_role("img", name=f"Preview of {key.rpartition('/')[2]}")
    expect(image).to_have_js_property("naturalWidth", 37)
    source = image.get_attribute("src")
    assert source is not None
    assert source.startswith(f"http://127.0.0.1:{server.port}/") or f".127.0.0.1:{server.port}/" in source, source
    (line,) = minted(server, bucket)
    assert (line["api"], line["minter"]) == ("url:GET", DEV.key_id)
    action = lines(server, "preview-object")[-1]
    assert (action["bucket"], action["keys"], action["right"]) == (bucket, json.dumps([key]), line["key"])


def minted(server: ConsoleServer, bucket: str) -> list[dict[str, object]]:
    client = server.client()
    found = Operator(server=server, client=client).audit("mint")
    client.close()
    return [one for one in found if str(one.get("place", "")).startswith(bucket + "/")]


def test_an_image_runs_nothing(server: ConsoleServer, opened: OPEN) -> None:
    """An SVG is drawn; its scripts do not run, which a dialog would tell; HTML that calls itself one is not shown."""
    bucket = server.make_bucket(DEV.appid)
    server.put(DEV.appid, bucket, {"a.svg": SVG.encode()}, headers={"Content-Type": "image/svg+xml"})
    server.put(DEV.appid, bucket, {"b.png": SCRIPT.encode()}, headers={"Content-Type": "image/png"})
    page = opened(bucket, query=at("a.svg"))
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_role("img", name="Preview of a.svg")).to_have_js_property("naturalWidth", 40)
    page.goto(address(server, bucket, "b.png"))
    page.get_by_role("button", name="Show it").click()
    image = page.get_by_role("img", name="Preview of b.png")
    expect(image).to_have_js_property("complete", value=True)
    expect(image).to_have_js_property("naturalWidth", 0)


def test_sounds_and_films_are_played(server: ConsoleServer, opened: OPEN) -> None:
    """The film is made by the browser itself."""
    bucket = server.make_bucket(DEV.appid)
    server.put(DEV.appid, bucket, {"a.wav": wav(3)}, headers={"Content-Type": "audio/wav"})
    page = opened(bucket, query=at("a.wav"))
    page.get_by_role("button", name="Show it").click()
    expect(page.locator("audio")).to_have_js_property("duration", 3)
    film = bytes(page.evaluate(FILM))
    server.put(DEV.appid, bucket, {"b.webm": film})
    page.goto(address(server, bucket, "b.webm"))
    page.get_by_role("button", name="Show it").click()
    expect(page.locator("video")).to_have_js_property("videoWidth", 64)


FILM = """() => new Promise((done) => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 64, height: 48});
  const pen = canvas.getContext('2d');
  const recorder = new MediaRecorder(canvas.captureStream(), {mimeType: 'video/webm;codecs=vp8'});
  const parts = [];
  const drawn = setInterval(() => { pen.fillRect(0, 0, Math.random() * 64, 48); }, 20);
  recorder.ondataavailable = (event) => {
    parts.push(event.data);
    if (event.data.size && recorder.state === 'recording') recorder.stop();
  };
  recorder.onstop = async () => {
    clearInterval(drawn);
    done([...new Uint8Array(await new Blob(parts).arrayBuffer())]);
  };
  recorder.start(100);
})"""


def test_it_works_without_scripts(server: ConsoleServer, tab: Callable[..., Tab]) -> None:
    """The preview is a page then; its address is in nothing but that."""
    bucket = server.make_bucket(DEV.appid)
    server.put(DEV.appid, bucket, {"a.png": png(3, 3)})
    owner = tab()
    owner.log_in(DEV.key_id, DEV.secret.decode())
    here = f"/buckets/{DEV.appid}/{bucket}"
    assert b"<img class" not in owner.get(here + at("a.png")).body
    reply = owner.post(f"{here}/preview", {"keys": '["a.png"]'})
    assert reply.status == 200
    assert b'<h1 class="long"><bdi>a.png</bdi></h1>' in reply.body
    assert reply.body.count(b'<img class="media" src="http://') == 1


def test_hostile_names_are_text(server: ConsoleServer, opened: OPEN) -> None:
    """Each is shown as it is, fits a narrow window, and changes nothing else on the page; nor does what it holds."""
    bucket = server.make_bucket(DEV.appid)
    page = opened(bucket)
    page.set_viewport_size({"width": 320, "height": 640})
    for key in HOSTILE:
        told, name = visible(key), visible(key.rpartition("/")[2])
        server.put(
            DEV.appid, bucket, {key: SCRIPT.encode()}, metadata={"m": told}, tags={"t": told}, annotation=key,
            headers={"Content-Type": told},
        )  # fmt: skip
        page.goto(address(server, bucket, key))
        expect(page.get_by_role("heading", level=1)).to_have_text(name, use_inner_text=False)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
        assert page.locator(".facts dd").first.text_content() == told
        assert page.locator("main script, main img, main iframe").count() == 0
        page.get_by_text("Delete…").click()
        page.get_by_role("button", name="Delete", exact=True).click()
        expect(page.get_by_role("region", name="Preview")).to_have_count(0)
        assert server.ask(lambda reader, key=key: reader.object(bucket_id(reader, bucket), key)) is None, key


def bucket_id(reader: object, bucket: str) -> int:
    return reader.bucket(DEV.appid, bucket).id  # type: ignore[attr-defined, no-any-return]


def test_the_language_is_changed_on_the_page_of_the_longest_name(server: ConsoleServer, opened: OPEN) -> None:
    bucket = server.make_bucket(DEV.appid)
    server.put(DEV.appid, bucket, {LONGEST: b"text"})
    page = opened(bucket, query=at(LONGEST))
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", level=2).first).to_have_text("预览")
    expect(page.get_by_role("heading", level=1)).to_have_text(LONGEST)


def test_who_may_see_what(server: ConsoleServer, opened: OPEN, tab: Callable[..., Tab]) -> None:
    """A key without the right to read sees no byte, and one without any right to it sees nothing."""
    bucket = server.make_bucket(DEV.appid)
    server.put(DEV.appid, bucket, {"a.txt": b"the secret bytes", "b.png": png(3, 3)}, tags={"colour": "blue"})
    page = opened(bucket, server.make_user(DEV.appid, LOOK), at("a.txt"))
    expect(page.get_by_role("region", name="Preview")).to_have_text("the secret bytes")
    expect(page.get_by_text("This key may not read it.")).to_have_count(2)
    assert "colour" not in page.content()
    here = f"/buckets/{DEV.appid}/{bucket}"
    lists = server.make_user(DEV.appid, LOOK.replace(',"oss:GetObject"', ""))
    user, stranger = tab(), tab()
    user.log_in(lists.key_id, lists.secret.decode())
    assert user.get(here).status == 200
    assert user.get(here + at("a.txt")).status == 403
    assert user.post(f"{here}/preview", {"keys": '["b.png"]'}).status == 403
    other = Owner(appid=1250000192, key_id="console-foreign-2", secret=b"console-foreign-secret")
    server.make_owner(other)
    stranger.log_in(other.key_id, other.secret.decode())
    assert stranger.get(here + at("a.txt")).status == 403
    assert stranger.post(f"{here}/preview", {"keys": '["b.png"]'}).status == 403


def test_what_is_asked_wrongly(server: ConsoleServer, tab: Callable[..., Tab]) -> None:
    bucket = server.make_bucket(DEV.appid)
    server.put(DEV.appid, bucket, {"a": b"text"})
    owner = tab()
    owner.log_in(DEV.key_id, DEV.secret.decode())
    here = f"/buckets/{DEV.appid}/{bucket}"
    assert [owner.get(here + at(key)).status for key in ("none", "none/", "a\0b")] == [404, 404, 404]
    wrong = ("", "?key=a&key=a", f"?key={quote(LONGEST * 3)}")
    assert [owner.get(f"{here}/object{query}").status for query in wrong] == [400, 400, 400]
    for keys in ('["a"]', '["a","b"]', "a", "[]"):
        assert owner.post(f"{here}/preview", {"keys": keys}).status == 400, keys
    owner.csrf = "0" * 64
    assert owner.post(f"{here}/preview", {"keys": '["a"]'}).status == 403
    assert minted(server, bucket) == []


def test_the_page_of_a_folder_itself(server: ConsoleServer, opened: OPEN) -> None:
    bucket = server.make_bucket(DEV.appid)
    server.put(DEV.appid, bucket, {"d/e/": b"", "d/e/f": b""})
    page: Page = opened(bucket, query="?prefix=d/e/")
    page.get_by_role("link", name="this folder itself").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("e/")
    crumbs = page.get_by_role("navigation", name="Where this is")
    expect(crumbs.get_by_role("link")).to_have_text(["Buckets", bucket, "d"])
