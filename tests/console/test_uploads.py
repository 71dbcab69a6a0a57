"""Uploads under way in a bucket: in parts by every dialect and in slices, given up by whoever may. In Chromium too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from behaviour.bucket import Bucket
from behaviour.client import DEV, Owner
from behaviour.slices import SIZE, SLICE, content_of, data, init
from behaviour.storage.clouds import CLOUDS
from behaviour.storage.speaker import Speaker
from console.asking import Tab, lines
from console.conftest import ConsoleServer
from console.furnished import uploads
from console.names import HOSTILE
from console.test_objects import OPEN
from console.test_objects import opened as opened  # noqa: PLC0414 - a fixture
from entrepot.console.rendering import visible

Open = Callable[..., Tab]
LISTS = '{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:ListMultipartUploads"],"Resource":["*"]}]}'
PARTS = LISTS.replace('"oss:ListMultipartUploads"', '"oss:ListMultipartUploads","oss:ListParts"')


@pytest.fixture
def bucket(server: ConsoleServer) -> Iterator[Bucket]:
    """A fresh one of the dev account."""
    client = server.client()
    yield Bucket(server=server, name=server.make_bucket(DEV.appid), client=client)
    client.close()


def under_way(server: ConsoleServer, bucket: str) -> int:
    """How many there are in a bucket."""

    def count(name: str) -> int:
        found = server.ask(lambda reader: reader.bucket(DEV.appid, name))
        assert found is not None
        return sum(
            len(server.ask(lambda reader, s=sliced: reader.uploads(found.id, ("", ""), None, 99, sliced=s)))
            for sliced in (False, True)
        )

    return count(bucket)


@pytest.mark.browser
def test_what_was_begun_is_seen_and_given_up(server: ConsoleServer, bucket: Bucket, opened: OPEN) -> None:
    for cloud in CLOUDS:
        speaker = Speaker(bucket=bucket, cloud=cloud, owner=DEV)
        key = f"{cloud.name}/<b>big</b>"
        upload = speaker.start(key)
        speaker.part(key, upload, 1, bytes(300 << 10))
        speaker.part(key, upload, 2, bytes(1 << 10))
    page = opened(bucket.name)
    page.get_by_role("link", name="Uploads under way").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(len(CLOUDS))
    expect(rows.first).to_contain_text(f"{min(cloud.name for cloud in CLOUDS)}/<b>big</b>")
    expect(rows.first).to_contain_text(DEV.key_id)
    expect(rows.first).to_contain_text("301.0 KiB")
    expect(rows.first.locator("td.figure").first).to_have_text("2")
    rows.first.get_by_text("Give up…").click()
    rows.first.get_by_role("button", name="Give this upload up").click()
    expect(rows).to_have_count(len(CLOUDS) - 1)
    assert under_way(server, bucket.name) == len(CLOUDS) - 1
    (line,) = [line for line in lines(server, "abort-upload") if line["bucket"] == bucket.name]
    assert (line["key"], line["account"]) == (DEV.key_id, DEV.appid)
    assert "<b>big</b>" in str(line["keys"])


@pytest.mark.browser
def test_a_session_in_slices_too(server: ConsoleServer, bucket: Bucket, opened: OPEN) -> None:
    content = content_of(seed="console uploads")
    session = bucket.ok(init("/sliced/big", SIZE))["session"]
    bucket.ok(data("/sliced/big", session, 0, content[:SLICE]))
    page = opened(bucket.name, None, "/uploads")
    expect(page.get_by_text("No upload is under way.")).to_be_visible()
    page.get_by_role("link", name="In slices (COS JSON)").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("sliced/big")
    expect(rows).to_contain_text("64.0 KiB of 193.0 KiB")
    rows.get_by_text("Give up…").click()
    rows.get_by_role("button", name="Give this upload up").click()
    expect(page.get_by_text("No upload is under way.")).to_be_visible()
    assert under_way(server, bucket.name) == 0
    assert json.loads(bucket.ask(data("/sliced/big", session, SLICE, content[SLICE : 2 * SLICE])).body)["code"] != 0


@pytest.mark.browser
@pytest.mark.parametrize("sliced", [False, True])
def test_many_come_page_by_page_and_hostile_names_are_text(
    server: ConsoleServer, bucket: Bucket, opened: OPEN, sliced: bool
) -> None:
    uploads(server, bucket.name, [*HOSTILE, *(f"many/{number:03d}" for number in range(50))], sliced=sliced)
    page = opened(bucket.name, DEV, f"/uploads?kind={'slices' if sliced else 'parts'}")
    rows = page.locator("tbody tr:not(.more)")
    for count in (25, 50, 50 + len(HOSTILE)):
        expect(rows).to_have_count(count)
        if count <= 50:
            page.get_by_role("link", name="Show more").click()
    expect(page.get_by_role("link", name="Show more")).to_have_count(0)
    found = page.locator("tbody th bdi").all_inner_texts()
    assert {visible(name).strip() for name in HOSTILE} <= {one.strip() for one in found}
    assert len(set(found)) == len(found)
    assert page.locator("main img, main script").count() == 0
    hostile = rows.filter(has_text="<img src=x onerror=alert(1)>")
    hostile.get_by_text("Give up…").click()
    hostile.get_by_role("button", name="Give this upload up").click()
    expect(rows).to_have_count(25)
    assert under_way(server, bucket.name) == 49 + len(HOSTILE)


def test_who_may_not_list_or_give_up_is_refused(server: ConsoleServer, bucket: Bucket, tab: Open) -> None:
    """What has arrived is for whoever may list parts; and nothing of it for another account."""
    other = Owner(appid=1250000161, key_id="console-uploads", secret=b"console-uploads-secret")
    server.make_owner(other)
    speaker = Speaker(bucket=bucket, cloud=CLOUDS[0], owner=DEV)
    upload = speaker.start("k")
    speaker.part("k", upload, 1, bytes(5000))
    path = f"/buckets/{DEV.appid}/{bucket.name}/uploads"
    form = {"keys": '["k"]', "upload": upload, "kind": "parts"}
    shows = {server.make_user(DEV.appid): 403, other: 403, server.make_user(DEV.appid, LISTS): 200}
    for who, status in shows.items():
        one = tab()
        one.log_in(who.key_id, who.secret.decode())
        reply = one.get(path)
        assert reply.status == status
        assert b"4.9 KiB" not in reply.body
        assert one.post(path, form).status == 403
    one = tab()
    reader = server.make_user(DEV.appid, PARTS)
    one.log_in(reader.key_id, reader.secret.decode())
    assert b"4.9 KiB" in one.get(path).body
    assert under_way(server, bucket.name) == 1
    one.log_in()
    assert one.post(path, {**form, "kind": "slices"}).status == 400
    assert one.post(path, {**form, "keys": '["k", "l"]'}).status == 400
    assert one.post(path, {**form, "csrf": "0" * 64}).status == 403
    assert one.get(f"{path}?after=nonsense").status == 400
    assert one.get(f"{path}?after=[1,2]").status == 400
    assert under_way(server, bucket.name) == 1
    assert one.post(path, form).status == 303
    assert under_way(server, bucket.name) == 0
