"""Uploads from Chromium to the store: whole, in parts, over a broken line, paused, cancelled, refused."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from behaviour.client import DEV, some_bytes
from behaviour.ledger.operator import Operator
from console.conftest import ConsoleServer
from console.furnished import HOSTILE as FURNISHED
from console.test_objects import LOOK, OPEN
from console.test_objects import opened as opened  # noqa: PLC0414 - a fixture
from console.test_sessions import lines
from entrepot.core.ports import Reader

pytestmark = pytest.mark.browser
SIZE = 20 << 20


def choose(page: Page, name: str, data: bytes, kind: str = "application/octet-stream") -> None:
    page.get_by_label("Files").set_input_files([{"name": name, "mimeType": kind, "buffer": data}])


def uploads(server: ConsoleServer) -> int:
    """How many are under way, beside those that are there to be looked at."""
    return server.ask(lambda reader: reader.open_uploads()) - len(FURNISHED)


def downloaded(page: Page, name: str) -> bytes:
    page.get_by_role("link", name="Show what is there now").click()
    with page.expect_download() as kept:
        page.get_by_role("button", name=f"Download {name}", exact=True).click()
    return kept.value.path().read_bytes()


def test_a_file_goes_up_over_a_line_that_breaks(server: ConsoleServer, opened: OPEN) -> None:
    """Two parts arrive, one is cut at each try; going on sends that one alone. The bytes are the same."""
    bucket, data = server.make_bucket(DEV.appid), some_bytes(SIZE, "cut")
    page, sent = opened(bucket), []

    def cut(route: Route) -> None:
        sent.append(route.request.url.partition("partNumber=")[2].partition("&")[0])
        if sent[-1] == "2" and sent.count("2") <= 5:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/*partNumber=*", cut)
    choose(page, "big.bin", data)
    expect(page.locator("[data-said]")).to_contain_text("stopped: the connection broke", timeout=120_000)
    expect(page.get_by_role("status")).to_have_text("0 of 1 uploaded, 1 failed")
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("status")).to_have_text("1 of 1 uploaded, 0 failed", timeout=120_000)
    expect(page.locator("[data-said]")).to_have_text("100 % · uploaded")
    assert sent.count("2") == 6
    assert downloaded(page, "big.bin") == data
    assert uploads(server) == 0
    client = server.client()
    minted = [one for one in Operator(server=server, client=client).audit("mint") if bucket in one.get("place", "")]
    client.close()
    assert [one["api"] for one in minted] == ["url:POST", "url:GET"]
    assert (minted[0]["client"], minted[0]["max_bytes"]) == (f"console, {DEV.key_id}, 127.0.0.1", SIZE)


def test_pause_and_cancel(server: ConsoleServer, opened: OPEN) -> None:
    bucket, data = server.make_bucket(DEV.appid), some_bytes(SIZE, "pause")
    page = opened(bucket)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/*partNumber=2*", hold)
    choose(page, "held.bin", data)
    expect(page.locator("[data-said]")).to_contain_text("60 %", timeout=120_000)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("[data-said]")).to_contain_text("paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("[data-said]")).to_contain_text("uploading")
    assert uploads(server) == 1
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("li[data-state=gone]")).to_be_visible(timeout=120_000)
    assert uploads(server) == 0
    line = lines(server, "cancel-upload")[-1]
    assert (line["key"], line["bucket"]) == (DEV.key_id, bucket)
    page.unroute("**/*partNumber=2*")
    page.reload()
    expect(page.get_by_text("This bucket is empty.")).to_be_visible()


def test_small_files_are_dropped_into_a_folder(server: ConsoleServer, opened: OPEN) -> None:
    bucket = server.make_bucket(DEV.appid)
    page = opened(bucket, query="?prefix=in/here/")
    dropped = page.evaluate_handle(
        """() => { const all = new DataTransfer();
            all.items.add(new File(['<b>hello</b>'], '<img src=x onerror=alert(1)>.html', {type: 'text/html'}));
            all.items.add(new File([], 'nothing'));
            return all; }"""
    )
    page.dispatch_event("#upload", "drop", {"dataTransfer": dropped})
    expect(page.get_by_role("status")).to_have_text("2 of 2 uploaded, 0 failed", timeout=60_000)

    def stored(reader: Reader) -> dict[str, tuple[int, str | None]]:
        found = reader.bucket(DEV.appid, bucket)
        assert found is not None
        rows = reader.objects(found.id, "", None, 10)
        return {one.key: (one.size, one.attributes.headers.get("Content-Type")) for one in rows}

    kept = server.ask(stored)
    assert kept["in/here/<img src=x onerror=alert(1)>.html"] == (12, "text/html")
    assert kept["in/here/nothing"][0] == 0
    assert len(kept) == 2


def test_who_may_not_upload_is_told(server: ConsoleServer, opened: OPEN) -> None:
    bucket = server.make_bucket(DEV.appid)
    page = opened(bucket, server.make_user(DEV.appid, LOOK))
    choose(page, "small", b"x")
    expect(page.locator("[data-said]")).to_contain_text("stopped:", timeout=60_000)
    choose(page, "big", bytes((8 << 20) + 1))
    expect(page.get_by_role("status")).to_have_text("0 of 2 uploaded, 2 failed", timeout=60_000)
    assert uploads(server) == 0
