"""npm cos-js-sdk-v4 1.2.1 in real headless Chromium, on a page of another origin.

The browser itself enforces CORS here: an upload with progress is preceded by a preflight, and an error reply
without the right headers would reach the SDK as status 0.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance.conftest import HERE, Sample, require
from conformance.driver import Driver, SdkFailed
from conformance.plain_http import request, stored
from conformance.relay import Relay
from conformance.server import APPID, BUCKET, KEY_ID, SECRET, Server, environment
from conformance.setup_sdks import NODE_FOLDER, chromium

pytestmark = [pytest.mark.conformance, pytest.mark.browser]

MIB = 1 << 20
SLICE = 512 * 1024
TOP = "/js"


@pytest.fixture(scope="module")
def page() -> Iterator[Driver]:
    """Chromium with the page; one for all tests of this file."""
    require("node")
    require("chromium")
    package = NODE_FOLDER / "node_modules" / "cos-js-sdk-v4"
    script = HERE / "drivers" / "browser_driver.py"
    command = [sys.executable, str(script), str(chromium()), str(package), str(HERE / "browser")]
    with Driver(command, env=environment({}), cwd=HERE) as driver:
        yield driver


@pytest.fixture
def cos(page: Driver, server: Server) -> Driver:
    """The SDK on a fresh page with the development credentials."""
    page.call("reload")
    page.call("forget")
    configure(page, server.address)
    page.call("sent")
    return page


def configure(page: Driver, address: str, secret: str = SECRET) -> None:
    """Point the SDK at `address` with these credentials."""
    page.call("configure", address, APPID, BUCKET, KEY_ID, secret)


def put(page: Driver, file: Sample, path: str, insert_only: int = 0) -> Any:
    """A simple upload that must succeed; returns the reply."""
    page.call("pick", str(file.path))
    reply = page.call("upload", "uploadFile", path, insert_only)
    assert (reply["code"], reply["message"]) == (0, "SUCCESS"), reply
    return reply


def slices(page: Driver, file: Sample, path: str, insert_only: int = 0, size: int = MIB) -> Any:
    """An upload in slices; returns the reply."""
    page.call("pick", str(file.path))
    return page.call("upload", "sliceUploadFile", path, insert_only, size, "x", timeout_seconds=120)


def refused(page: Driver, method: str, *args: object) -> tuple[int, int]:
    """The HTTP status and the code of a call that the SDK reports as an error."""
    with pytest.raises(SdkFailed) as caught:
        page.call(method, *args)
    value: Any = caught.value.value
    assert value["body"], f"the page may not read the reply: {value}"
    return value["status"], value["body"]["code"]


def test_an_upload_is_preceded_by_a_preflight(cos: Driver, server: Server, sample: Callable[..., Sample]) -> None:
    file = sample(50_000)
    assert cos.call("origin") != server.address
    reply = put(cos, file, f"{TOP}/up/a.bin")
    assert reply["progress"][-1] == 1
    sent = [request for request in cos.call("sent") if request["url"].startswith(server.address)]
    assert sorted(request["method"] for request in sent) == ["OPTIONS", "POST"]

    stat = cos.call("getFileStat", f"{TOP}/up/a.bin")["data"]
    assert (stat["filesize"], stat["filelen"], stat["sha"]) == (50_000, 50_000, file.sha)
    assert stored(server.address, f"{TOP}/up/a.bin") == file.content


def test_the_page_may_download_what_it_stored(
    cos: Driver, server: Server, sample: Callable[..., Sample], page: Driver
) -> None:
    file = sample(20_000, name="图 片.png")
    data = put(cos, file, f"{TOP}/download/图 片.png")["data"]
    stat = cos.call("getFileStat", f"{TOP}/download/图 片.png")["data"]
    query = "?" + next(item["url"] for item in cos.call("sent") if "op=stat" in item["url"]).partition("?")[2]
    for url in (data["access_url"], data["source_url"], stat["access_url"], stat["source_url"]):
        got = page.call("get", url + query.removesuffix("&op=stat"), {})
        assert (got["status"], got["size"], got["sha1"]) == (200, 20_000, file.sha)
        assert got["type"] == "image/png"
        part = page.call("get", url + query.removesuffix("&op=stat"), {"Range": "bytes=100-199"})
        assert (part["status"], part["sha1"]) == (206, hashlib.sha1(file.content[100:200]).hexdigest())
        assert page.call("get", url, {})["status"] in {401, 403}, "readable as an error, not blocked"


def test_folders(cos: Driver, sample: Callable[..., Sample]) -> None:
    path = f"{TOP}/文件夹/"
    assert cos.call("createFolder", path, "first")["code"] == 0
    assert refused(cos, "createFolder", path)[1] == -178
    assert cos.call("updateFolder", path, "第二")["code"] == 0
    assert cos.call("getFolderStat", path)["data"]["biz_attr"] == "第二"
    put(cos, sample(10), f"{path}a.txt")
    assert refused(cos, "deleteFolder", path)[1] == -173
    assert cos.call("deleteFile", f"{path}a.txt")["code"] == 0
    assert cos.call("deleteFolder", path)["code"] == 0
    assert refused(cos, "getFolderStat", path) == (404, -197)


def test_listing_in_pages(cos: Driver, sample: Callable[..., Sample]) -> None:
    names = [f"f{number}.txt" for number in range(5)]
    for name in names:
        put(cos, sample(20, name), f"{TOP}/list/{name}")
    put(cos, sample(20, "deep"), f"{TOP}/list/sub/deep.txt")

    def pages(order: int, pattern: str) -> list[str]:
        found: list[str] = []
        context = ""
        for _ in range(10):
            page = cos.call("getFolderList", f"{TOP}/list", 2, context, order, pattern)["data"]
            assert len(page["infos"]) <= 2
            found += [entry["name"] for entry in page["infos"]]
            context = page["context"]
            if page["listover"]:
                break
        return found

    assert pages(0, "eListBoth") == [*names, "sub/"]
    assert pages(1, "eListBoth") == ["sub/", *reversed(names)]
    assert pages(0, "eListFileOnly") == names
    assert pages(0, "eListDirOnly") == ["sub/"]
    assert f"{TOP.strip('/')}/" in [entry["name"] for entry in cos.call("getFolderList", "/", 1000)["data"]["infos"]]


@pytest.mark.parametrize("name", ["文件 名.txt", "a+b&c=d.txt", "per%cent.txt", "q?#.txt", "t~(1)!'*.txt"])
def test_names_beyond_ascii(cos: Driver, server: Server, sample: Callable[..., Sample], name: str) -> None:
    file, path = sample(900, name), f"{TOP}/目录/{name}"
    put(cos, file, path)
    assert cos.call("getFileStat", path)["data"]["sha"] == file.sha
    assert cos.call("copyFile", path, f"{TOP}/目录/复制 {name}", 0)["code"] == 0
    assert stored(server.address, f"{TOP}/目录/复制 {name}") == file.content
    assert cos.call("deleteFile", path)["code"] == 0
    assert refused(cos, "getFileStat", path) == (404, -197)


def test_update(cos: Driver, sample: Callable[..., Sample]) -> None:
    file, path = sample(400), f"{TOP}/update/a.bin"
    url = put(cos, file, path)["data"]["access_url"]
    headers = {"Content-Type": "image/gif", "x-cos-meta-colour": "blue"}
    assert cos.call("updateFile", path, "新的属性", "eWPrivateRPublic", headers)["code"] == 0
    stat = cos.call("getFileStat", path)["data"]
    assert (stat["biz_attr"], stat["authority"]) == ("新的属性", "eWPrivateRPublic")
    assert stat["custom_headers"] == headers
    public = request("GET", url)
    assert (public.status, public.body, public.headers["content-type"]) == (200, file.content, "image/gif")
    assert public.headers["x-cos-meta-colour"] == "blue"


def test_copy_and_move(cos: Driver, server: Server, sample: Callable[..., Sample]) -> None:
    one, two = sample(500, "one", "one.bin"), sample(600, "two", "two.bin")
    put(cos, one, f"{TOP}/111/one.bin")
    put(cos, two, f"{TOP}/111/two.bin")
    assert cos.call("copyFile", f"{TOP}/111/one.bin", "333/one.bin", 0)["code"] == 0
    assert cos.call("copyFile", f"{TOP}/111/one.bin", f"{TOP}/333/one.bin", 1)["code"] == 0
    assert refused(cos, "copyFile", f"{TOP}/111/one.bin", f"{TOP}/111/two.bin", 0)[1] < 0
    assert refused(cos, "moveFile", f"{TOP}/111/one.bin", f"{TOP}/111/two.bin", 0)[1] == -199
    assert cos.call("moveFile", f"{TOP}/111/one.bin", f"{TOP}/111/two.bin", 1)["code"] == 0
    assert refused(cos, "moveFile", f"{TOP}/111/one.bin", "again.bin", 0) == (404, -197)
    for path in ("111/333/one.bin", "333/one.bin", "111/two.bin"):
        assert stored(server.address, f"{TOP}/{path}") == one.content, path


def test_errors(cos: Driver, server: Server, sample: Callable[..., Sample]) -> None:
    file, other, path = sample(300, "a", "a.bin"), sample(300, "b", "b.bin"), f"{TOP}/errors/a.bin"
    put(cos, file, path, 1)
    put(cos, file, path, 1)  # the same bytes again are no conflict
    cos.call("pick", str(other.path))
    status, code = refused(cos, "upload", "uploadFile", path, 1)
    assert 400 <= status < 500
    assert code == -177
    assert stored(server.address, path) == file.content
    put(cos, other, path, 0)
    assert stored(server.address, path) == other.content
    assert refused(cos, "getFileStat", f"{TOP}/errors/missing.bin") == (404, -197)
    assert refused(cos, "deleteFile", f"{TOP}/errors/missing.bin") == (404, -197)

    configure(cos, server.address, "wrong")
    assert refused(cos, "upload", "uploadFile", path, 0)[1] == -97
    assert refused(cos, "deleteFile", path)[1] == -97
    assert refused(cos, "getFolderList", f"{TOP}/errors")[1] == -97
    assert stored(server.address, path) == other.content


def test_error_replies_carry_a_request_id_that_the_page_may_read(cos: Driver) -> None:
    with pytest.raises(SdkFailed) as caught:
        cos.call("getFileStat", f"{TOP}/missing.bin")
    value: Any = caught.value.value
    assert value["requestId"]


@pytest.mark.parametrize("size", [SLICE, MIB])
def test_slices_in_parallel(cos: Driver, server: Server, sample: Callable[..., Sample], size: int) -> None:
    file, path = sample(6 * MIB + 12_345), f"{TOP}/slices/大-{size}.bin"
    reply = slices(cos, file, path, size=size)
    assert reply["code"] == 0, reply
    assert {"access_url", "source_url"} <= set(reply["data"])
    stat = cos.call("getFileStat", path)["data"]
    assert (stat["sha"], stat["filesize"], stat["biz_attr"]) == (file.sha, len(file.content), "x")
    assert stored(server.address, path) == file.content


def test_a_file_above_the_threshold_goes_in_slices_by_itself(
    cos: Driver, server: Server, sample: Callable[..., Sample]
) -> None:
    file, path = sample(20 * MIB + 1), f"{TOP}/threshold.bin"
    cos.call("pick", str(file.path))
    reply = cos.call("upload", "uploadFile", path, 0, timeout_seconds=180)
    assert reply["code"] == 0, reply
    posts = [item for item in cos.call("sent") if item["method"] == "POST"]
    # without a slice size the SDK takes 1 MiB: slice_list, init, 21 slices, finish
    assert len(posts) == 2 + 21 + 1
    assert stored(server.address, path) == file.content


def test_an_interrupted_slice_upload_resumes_after_a_reload(
    cos: Driver, server: Server, sample: Callable[..., Sample]
) -> None:
    file, path = sample(12 * MIB), f"{TOP}/resume.bin"
    with Relay(server.port, cut_after=12) as relay:
        configure(cos, relay.address)
        with pytest.raises(SdkFailed):
            slices(cos, file, path)
        cos.call("reload")
        relay.heal()
        configure(cos, relay.address)
        assert refused(cos, "getFileStat", path) == (404, -197), "half an upload is not visible"
        relay.heal()
        assert slices(cos, file, path)["code"] == 0
        posts = relay.methods().count("POST")
        assert 3 <= posts < 1 + 12 + 1, "slice_list, the slices that were missing, finish; no second init"
    assert stored(server.address, path) == file.content


def test_resuming_with_another_file_of_the_same_size_is_refused(
    cos: Driver, server: Server, sample: Callable[..., Sample]
) -> None:
    file, other = sample(8 * MIB, "a", "a.bin"), sample(8 * MIB, "b", "b.bin")
    path = f"{TOP}/resume-other.bin"
    with Relay(server.port, cut_after=8) as relay:
        configure(cos, relay.address)
        with pytest.raises(SdkFailed):
            slices(cos, file, path)
        relay.heal()
        with pytest.raises(SdkFailed, match="sha1 not match"):  # the SDK remembers samples in localStorage
            slices(cos, other, path)
        cos.call("forget")
        with pytest.raises(SdkFailed):  # without its memory only the server can tell
            slices(cos, other, path)
        assert refused(cos, "getFileStat", path) == (404, -197)
        assert slices(cos, other, path)["code"] == 0, "the mixed session is gone"
    assert stored(server.address, path) == other.content


def test_instant_upload(cos: Driver, server: Server, sample: Callable[..., Sample]) -> None:
    file = sample(3 * MIB)
    put(cos, file, f"{TOP}/instant/first.bin")
    cos.call("sent")
    assert slices(cos, file, f"{TOP}/instant/second.bin")["code"] == 0
    posts = [item for item in cos.call("sent") if item["method"] == "POST"]
    assert len(posts) == 2, "slice_list and init; no byte is sent a second time"
    assert stored(server.address, f"{TOP}/instant/second.bin") == file.content


def test_a_slice_upload_that_may_not_overwrite_is_done_when_the_file_exists(
    cos: Driver, server: Server, sample: Callable[..., Sample]
) -> None:
    file, path = sample(2 * MIB), f"{TOP}/slices-taken.bin"
    put(cos, file, path)
    other = sample(2 * MIB, "other", "other.bin")
    reply = slices(cos, other, path, insert_only=1)
    assert reply["data"]["access_url"], "the SDK takes the existing file for its own"
    assert stored(server.address, path) == file.content
    assert slices(cos, other, path, insert_only=0)["code"] == 0
    assert stored(server.address, path) == other.content


def test_a_signature_of_the_page_works_outside_it(cos: Driver, server: Server, sample: Callable[..., Sample]) -> None:
    file, path = sample(100), f"{TOP}/outside.bin"
    url = put(cos, file, path)["data"]["source_url"]
    sent = next(item["url"] for item in cos.call("sent") if item["method"] == "POST")
    assert request("GET", f"{url}?{sent.partition('?')[2]}").body == file.content
