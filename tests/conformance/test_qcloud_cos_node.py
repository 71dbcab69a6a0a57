"""npm qcloud_cos 1.0.6 against the server: it speaks the old `upload_slice` operation.

Source for its habits: wire facts of the JSON API: once-signatures for update, delete and move; Content-Length
counted in characters, so that a JSON body beyond ASCII arrives cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.conftest import Sample
from conformance.driver import Driver
from conformance.plain_http import api, request, signed, stored
from conformance.relay import Relay
from conformance.server import APPID, BUCKET, KEY_ID, SECRET, Server

pytestmark = pytest.mark.conformance

MIB = 1 << 20
TOP = "node"


@pytest.fixture
def cos(server: Server, node_driver: Callable[[str], Driver]) -> Iterator[Driver]:
    """The SDK with the development credentials."""
    with node_driver("qcloud_cos") as driver:
        driver.call("configure", server.address, APPID, KEY_ID, SECRET)
        yield driver


def put(cos: Driver, file: Sample, path: str, attribute: str = "attr", insert_only: int = 1) -> Any:
    """A simple upload that must succeed; returns its data."""
    reply = cos.call("upload", str(file.path), BUCKET, path, attribute, insert_only)
    assert (reply["code"], reply["message"]) == (0, "SUCCESS"), reply
    return reply["data"]


def test_upload_stat_and_download(cos: Driver, server: Server, sample: Callable[..., Sample]) -> None:
    file = sample(40_000)
    data = put(cos, file, f"{TOP}/up/a.bin", "属性")
    stat = cos.call("statFile", BUCKET, f"{TOP}/up/a.bin")["data"]
    assert (stat["filesize"], stat["sha"], stat["biz_attr"]) == (40_000, file.sha, "属性")
    for url in (data["access_url"], data["source_url"], stat["access_url"], stat["source_url"]):
        assert request("GET", signed(url, cos.call("signMore", BUCKET, 60))).body == file.content
        assert request("GET", url).status in {401, 403}
    once = cos.call("signOnce", BUCKET, f"/{APPID}/{BUCKET}/{TOP}/up/a.bin")
    assert request("GET", signed(data["source_url"], once)).body == file.content


@pytest.mark.parametrize("name", ["文件 名.txt", "a+b&c=d.txt", "per%cent.txt", "q?#.txt", "t~(1)!'*.txt"])
def test_names_beyond_ascii(cos: Driver, server: Server, sample: Callable[..., Sample], name: str) -> None:
    file, path = sample(900, name), f"{TOP}/目录/{name}"
    data = put(cos, file, path)
    assert request("GET", signed(data["source_url"], cos.call("signMore", BUCKET, 60))).body == file.content
    assert cos.call("statFile", BUCKET, path)["data"]["sha"] == file.sha
    listed = cos.call("list", BUCKET, f"{TOP}/目录", 1000, "eListBoth", 0, "")["data"]["infos"]
    assert name in [entry["name"] for entry in listed]
    assert cos.call("deleteFile", BUCKET, path)["code"] == 0
    assert cos.call("statFile", BUCKET, path)["code"] == -197


def test_folders(cos: Driver, sample: Callable[..., Sample]) -> None:
    path = f"/{TOP}/文件夹/"
    assert cos.call("createFolder", BUCKET, path, "first")["code"] == 0
    assert cos.call("createFolder", BUCKET, path, "first")["code"] == -178
    assert cos.call("updateFolder", BUCKET, path, "second")["code"] == 0
    assert cos.call("statFolder", BUCKET, path)["data"]["biz_attr"] == "second"
    put(cos, sample(10), f"{path}a.txt")
    assert cos.call("deleteFolder", BUCKET, path)["code"] == -173
    assert cos.call("deleteFile", BUCKET, f"{path}a.txt")["code"] == 0
    assert cos.call("deleteFolder", BUCKET, path)["code"] == 0
    assert cos.call("statFolder", BUCKET, path)["code"] == -197


def test_listing_in_pages(cos: Driver, sample: Callable[..., Sample]) -> None:
    names = [f"f{number}.txt" for number in range(5)]
    for name in names:
        put(cos, sample(20, name), f"{TOP}/list/{name}")
    put(cos, sample(20, "deep"), f"{TOP}/list/sub/deep.txt")

    def pages(pattern: str, order: int) -> list[str]:
        found: list[str] = []
        context = ""
        for _ in range(10):
            page = cos.call("list", BUCKET, f"/{TOP}/list/", 2, pattern, order, context)["data"]
            assert len(page["infos"]) <= 2
            found += [entry["name"] for entry in page["infos"]]
            context = page["context"]
            if page["listover"]:
                break
        return found

    assert pages("eListBoth", 0) == [*names, "sub/"]
    assert pages("eListBoth", 1) == ["sub/", *reversed(names)]
    assert pages("eListFileOnly", 0) == names
    assert pages("eListDirOnly", 0) == ["sub/"]
    found = cos.call("prefixSearch", BUCKET, f"/{TOP}/list/", "f3", 20, "eListBoth", 0, "")["data"]
    assert ([entry["name"] for entry in found["infos"]], found["listover"]) == (["f3.txt"], True)


def test_update(cos: Driver, sample: Callable[..., Sample]) -> None:
    file, path = sample(400), f"{TOP}/update/a.bin"
    url = put(cos, file, path)["access_url"]
    headers = {"Content-Type": "image/png", "Content-Disposition": "inline", "x-cos-meta-colour": "blue"}
    assert cos.call("updateFile", BUCKET, path, "new attr", "eWPrivateRPublic", headers)["code"] == 0
    stat = cos.call("statFile", BUCKET, path)["data"]
    assert (stat["biz_attr"], stat["authority"]) == ("new attr", "eWPrivateRPublic")
    assert stat["custom_headers"] == headers
    public = request("GET", url)
    assert (public.status, public.body) == (200, file.content)
    assert {name: public.headers[name.lower()] for name in headers} == headers


def test_move(cos: Driver, server: Server, sample: Callable[..., Sample]) -> None:
    one, two = sample(500, "one"), sample(600, "two")
    put(cos, one, f"{TOP}/move/one.bin")
    put(cos, two, f"{TOP}/move/two.bin")
    assert cos.call("moveFile", BUCKET, f"{TOP}/move/one.bin", f"/{TOP}/move/two.bin", 0)["code"] == -199
    assert cos.call("moveFile", BUCKET, f"{TOP}/move/one.bin", "456/a.bin", 0)["code"] == 0
    assert stored(server.address, f"/{TOP}/move/456/a.bin") == one.content
    assert cos.call("statFile", BUCKET, f"{TOP}/move/one.bin")["code"] == -197
    assert cos.call("moveFile", BUCKET, f"{TOP}/move/456/a.bin", f"/{TOP}/move/two.bin", 1)["code"] == 0
    assert stored(server.address, f"/{TOP}/move/two.bin") == one.content


def test_a_json_body_cut_off_by_the_sdk_is_refused(cos: Driver, server: Server, sample: Callable[..., Sample]) -> None:
    file, path = sample(300), f"{TOP}/cut/a.bin"
    put(cos, file, path)
    assert cos.call("moveFile", BUCKET, path, f"/{TOP}/cut/目标.bin", 0)["code"] == -5975
    assert cos.call("updateFile", BUCKET, path, "新的属性")["code"] == -5975
    stat = cos.call("statFile", BUCKET, path)["data"]
    assert (stat["biz_attr"], stat["sha"]) == ("attr", file.sha)


def test_errors(cos: Driver, server: Server, sample: Callable[..., Sample]) -> None:
    file, other, path = sample(300, "a", "a.bin"), sample(300, "b", "b.bin"), f"{TOP}/errors/a.bin"
    put(cos, file, path)
    put(cos, file, path)  # the same bytes again are no conflict
    assert cos.call("upload", str(other.path), BUCKET, path, "", 1)["code"] == -177
    assert stored(server.address, f"/{path}") == file.content
    put(cos, other, path, insert_only=0)
    assert stored(server.address, f"/{path}") == other.content
    missing = f"{TOP}/errors/missing.bin"
    assert cos.call("statFile", BUCKET, missing)["code"] == -197
    assert cos.call("deleteFile", BUCKET, missing)["code"] == -197
    assert cos.call("moveFile", BUCKET, missing, "b.bin", 0)["code"] == -197
    assert cos.call("updateFile", BUCKET, missing, "x", "eInvalid", {})["code"] == -197

    cos.call("configure", server.address, APPID, KEY_ID, "wrong")
    assert cos.call("upload", str(file.path), BUCKET, path, "", 0)["code"] == -97
    assert cos.call("deleteFile", BUCKET, path)["code"] == -97
    assert cos.call("upload_slice", str(file.path), BUCKET, path, "", MIB, None, 0)["code"] == -97
    cos.call("configure", server.address, APPID, "no-such-key", SECRET)
    assert cos.call("statFile", BUCKET, path)["code"] == -79
    assert stored(server.address, f"/{path}") == other.content


@pytest.mark.parametrize("slice_size", [MIB // 2, MIB, 3 * MIB])
def test_slices(cos: Driver, server: Server, sample: Callable[..., Sample], slice_size: int) -> None:
    file, path = sample(3 * MIB + 12_345), f"{TOP}/slices/大-{slice_size}.bin"
    reply = cos.call("upload_slice", str(file.path), BUCKET, path, "x", slice_size, None, 1)
    assert reply["code"] == 0, reply
    stat = cos.call("statFile", BUCKET, path)["data"]
    assert (stat["sha"], stat["filesize"], stat["biz_attr"]) == (file.sha, len(file.content), "x")
    assert stored(server.address, f"/{path}") == file.content
    link = signed(reply["data"]["source_url"], cos.call("signMore", BUCKET, 60))
    assert request("GET", link).body == file.content


def test_a_file_above_the_threshold_goes_in_slices_by_itself(
    cos: Driver, server: Server, sample: Callable[..., Sample]
) -> None:
    file, path = sample(20 * MIB + 1), f"{TOP}/threshold.bin"
    with Relay(server.port) as relay:
        cos.call("configure", relay.address, APPID, KEY_ID, SECRET)
        reply = cos.call("upload", str(file.path), BUCKET, path, "x", 0, timeout_seconds=120)
        assert reply["code"] == 0, reply
        assert relay.methods().count("POST") == 1 + 41, "one announcement and 41 slices of 512 KiB"
    assert stored(server.address, f"/{path}") == file.content


def test_instant_upload(cos: Driver, server: Server, sample: Callable[..., Sample]) -> None:
    file = sample(2 * MIB)
    put(cos, file, f"{TOP}/instant/first.bin")
    with Relay(server.port) as relay:
        cos.call("configure", relay.address, APPID, KEY_ID, SECRET)
        reply = cos.call("upload_slice", str(file.path), BUCKET, f"{TOP}/instant/second.bin", "", MIB, None, 1)
        assert (reply["code"], relay.methods()) == (0, ["POST"]), "no byte is sent a second time"
    assert {"url", "access_url"} <= set(reply["data"])
    assert stored(server.address, f"/{TOP}/instant/second.bin") == file.content


def test_an_interrupted_slice_upload_resumes_with_its_session(
    cos: Driver, server: Server, sample: Callable[..., Sample]
) -> None:
    file, path = sample(5 * MIB + 99), f"{TOP}/resume/a.bin"
    with Relay(server.port, cut_after=3) as relay:
        cos.call("configure", relay.address, APPID, KEY_ID, SECRET)
        broken = cos.call("upload_slice", str(file.path), BUCKET, path, "x", MIB, None, 1)
        assert broken["code"] == -2, "the SDK's own code for a broken connection"
        relay.heal()
        assert cos.call("statFile", BUCKET, path)["code"] == -197, "half an upload is not visible"

        multi = cos.call("signMore", BUCKET, 60)
        pending = api(server.address, f"/{path}", signature=multi, op="upload_slice_list").json()["data"]
        assert [part["offset"] for part in pending["listparts"]] == [0, MIB]
        relay.heal()
        reply = cos.call("upload_slice", str(file.path), BUCKET, path, "x", MIB, pending["session"], 1)
        assert reply["code"] == 0, reply
        assert relay.methods().count("POST") == 1 + 4, "only the slices that were missing"
    assert stored(server.address, f"/{path}") == file.content


def test_a_slice_upload_resumes_after_a_restart_of_both_ends(
    node_driver: Callable[[str], Driver], sample: Callable[..., Sample], tmp_path: Path
) -> None:
    file, path = sample(4 * MIB), "restart.bin"
    server = Server(tmp_path / "data")
    server.start()
    with Relay(server.port, cut_after=3) as relay, node_driver("qcloud_cos") as cos:
        cos.call("configure", relay.address, APPID, KEY_ID, SECRET)
        assert cos.call("upload_slice", str(file.path), BUCKET, path, "x", MIB, None, 1)["code"] == -2
    server.stop()
    server.start()
    session = api(server.address, f"/{path}", op="upload_slice_list").json()["data"]["session"]
    with Relay(server.port) as relay, node_driver("qcloud_cos") as cos:
        cos.call("configure", relay.address, APPID, KEY_ID, SECRET)
        assert cos.call("upload_slice", str(file.path), BUCKET, path, "x", MIB, session, 1)["code"] == 0
        assert relay.methods() == ["POST"] * 3, "the announcement and the two slices that were missing"
    assert stored(server.address, f"/{path}") == file.content
    server.stop()
    server.fsck()


def test_a_slice_upload_does_not_overwrite(cos: Driver, server: Server, sample: Callable[..., Sample]) -> None:
    file, other, path = sample(MIB, "a", "a.bin"), sample(MIB, "b", "b.bin"), f"{TOP}/slices-taken.bin"
    put(cos, file, path)
    assert cos.call("upload_slice", str(other.path), BUCKET, path, "", MIB, None, 1)["code"] == -177
    assert stored(server.address, f"/{path}") == file.content
    assert cos.call("upload_slice", str(other.path), BUCKET, path, "", MIB, None, 0)["code"] == 0
    assert stored(server.address, f"/{path}") == other.content
