"""npm qos-node-client 0.0.6 against the server: multi-use signatures for everything, decimal times.

It signs deletes and updates with a multi-use signature, so the server runs with `once_required = never`; what
the default setting answers is tested too. Names are ASCII: its HTTP library refuses others before sending.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance.conftest import Sample, require
from conformance.driver import Driver, SdkFailed
from conformance.plain_http import Answer, api, request, signed, stored
from conformance.relay import Relay
from conformance.server import APPID, BUCKET, KEY_ID, SECRET, Server, environment
from conformance.setup_sdks import NODE_FOLDER

pytestmark = pytest.mark.conformance

MIB = 1 << 20
SLICE = 512 * 1024


@pytest.fixture
def qos(lenient_server: Server, node_driver: Callable[[str], Driver]) -> Iterator[Driver]:
    """The SDK with the development credentials."""
    with node_driver("qos") as driver:
        driver.call("configure", lenient_server.address, APPID, KEY_ID, SECRET, BUCKET)
        yield driver


def put(qos: Driver, file: Sample, path: str, **form: object) -> Any:
    """A simple upload that must succeed; returns its data."""
    reply = qos.call("upload", {"localFile": str(file.path), "fileId": path, "form": form})
    assert (reply["code"], reply["message"]) == (0, "SUCCESS"), reply
    return reply["data"]


def refused(qos: Driver, method: str, **options: object) -> tuple[int, int]:
    """The HTTP status and the code of a call that the SDK rejects."""
    with pytest.raises(SdkFailed) as caught:
        qos.call(method, options)
    value: Any = caught.value.value
    assert "statusCode" in value, value
    return value["statusCode"], value["json"]["code"]


def test_upload_stat_and_download(qos: Driver, lenient_server: Server, sample: Callable[..., Sample]) -> None:
    file = sample(40_000)
    data = put(qos, file, "/qos/up/a b+c.bin", biz_attr="attr")
    stat = qos.call("stat", {"fileId": "/qos/up/a b+c.bin"})["data"]
    assert (stat["filesize"], stat["sha"], stat["biz_attr"]) == (40_000, file.sha, "attr")
    signature = qos.call("sign", {"fileId": "/qos/up/a b+c.bin"})
    for url in (data["access_url"], data["source_url"], stat["source_url"]):
        assert request("GET", signed(url, signature)).body == file.content
        assert request("GET", url).status in {401, 403}


def test_folders(qos: Driver, sample: Callable[..., Sample]) -> None:
    assert qos.call("mkdir", {"fileId": "/qos/folder/"})["code"] == 0
    assert refused(qos, "mkdir", fileId="/qos/folder/")[1] == -178
    assert "ctime" in qos.call("stat", {"fileId": "/qos/folder/"})["data"]
    put(qos, sample(10), "/qos/folder/a.txt")
    assert refused(qos, "rm", fileId="/qos/folder/")[1] == -173
    assert qos.call("rm", {"fileId": "/qos/folder/a.txt"})["code"] == 0
    assert qos.call("rm", {"fileId": "/qos/folder/"})["code"] == 0
    assert refused(qos, "stat", fileId="/qos/folder/") == (404, -197)


def test_listing(qos: Driver, sample: Callable[..., Sample]) -> None:
    for number in range(3):
        put(qos, sample(20, str(number)), f"/qos/list/f{number}.txt")
    first = qos.call("ls", {"dir": "/qos/list/", "num": 2})["data"]
    assert ([entry["name"] for entry in first["infos"]], first["listover"]) == (["f0.txt", "f1.txt"], False)
    whole = qos.call("ls", {"dir": "/qos/list/"})["data"]
    assert len(whole["infos"]) == 3
    assert whole["listover"] is True


def test_update(qos: Driver, sample: Callable[..., Sample]) -> None:
    file, path = sample(400), "/qos/update/a.bin"
    url = put(qos, file, path)["access_url"]
    headers = {"Content-Type": "image/png", "x-cos-meta-colour": "blue"}
    options = {"fileId": path, "biz_attr": "新的", "authority": "eWPrivateRPublic", "headers": headers}
    assert qos.call("updateStat", options)["code"] == 0
    stat = qos.call("stat", {"fileId": path})["data"]
    assert (stat["biz_attr"], stat["authority"]) == ("新的", "eWPrivateRPublic")
    assert stat["custom_headers"] == headers
    public = request("GET", url)
    assert (public.status, public.body, public.headers["content-type"]) == (200, file.content, "image/png")


def test_move(qos: Driver, lenient_server: Server, sample: Callable[..., Sample]) -> None:
    one, two = sample(500, "one", "one.bin"), sample(600, "two", "two.bin")
    put(qos, one, "/qos/move/one.bin")
    put(qos, two, "/qos/move/two.bin")
    taken = {"fileId": "/qos/move/one.bin", "destFileId": "/qos/move/two.bin"}
    assert refused(qos, "mv", **taken)[1] == -199
    assert qos.call("mv", {"fileId": "/qos/move/one.bin", "destFileId": "/qos/moved/目标.bin"})["code"] == 0
    assert stored(lenient_server.address, "/qos/moved/目标.bin") == one.content
    assert refused(qos, "stat", fileId="/qos/move/one.bin") == (404, -197)
    assert refused(qos, "mv", **taken)[1] == -197
    put(qos, one, "/qos/move/one.bin")
    assert qos.call("mv", {**taken, "overwrite": 1})["code"] == 0
    assert stored(lenient_server.address, "/qos/move/two.bin") == one.content


def test_errors(qos: Driver, lenient_server: Server, sample: Callable[..., Sample]) -> None:
    file, other, path = sample(300, "a", "a.bin"), sample(300, "b", "b.bin"), "/qos/errors/a.bin"
    put(qos, file, path)
    put(qos, file, path)  # the same bytes again are no conflict
    conflict = {"localFile": str(other.path), "fileId": path}
    status, code = refused(qos, "upload", **conflict)
    assert 400 <= status < 500
    assert code == -177
    put(qos, other, path, insertOnly=0)
    assert stored(lenient_server.address, path) == other.content
    assert refused(qos, "stat", fileId="/qos/errors/missing.bin") == (404, -197)
    assert refused(qos, "rm", fileId="/qos/errors/missing.bin") == (404, -197)

    qos.call("configure", lenient_server.address, APPID, KEY_ID, "wrong", BUCKET)
    for method, options in (("rm", {"fileId": path}), ("upload", conflict), ("ls", {"dir": "/qos/"})):
        status, code = refused(qos, method, **options)
        assert 400 <= status < 500
        assert code == -97
    assert stored(lenient_server.address, path) == other.content


def test_a_server_with_its_default_wants_a_once_signature_for_a_delete(
    qos: Driver, server: Server, sample: Callable[..., Sample]
) -> None:
    file, path = sample(300), "/qos/default/a.bin"
    qos.call("configure", server.address, APPID, KEY_ID, SECRET, BUCKET)
    put(qos, file, path)
    status, code = refused(qos, "rm", fileId=path)
    assert 400 <= status < 500
    assert code == -73
    assert refused(qos, "updateStat", fileId=path, biz_attr="x", authority="eInvalid")[1] == -73
    assert stored(server.address, path) == file.content


@pytest.mark.parametrize("slice_size", [SLICE, MIB])
def test_slices_in_parallel(
    qos: Driver, lenient_server: Server, sample: Callable[..., Sample], slice_size: int
) -> None:
    file, path = sample(4 * MIB + 321), f"/qos/slices/{slice_size}.bin"
    form = {"slice_size": slice_size, "biz_attr": "x"}
    options = {"localFile": str(file.path), "fileId": path, "form": form}
    data = qos.call("uploadLargeFile", options)["data"]
    assert {"access_url", "source_url", "resource_path"} <= set(data)
    stat = qos.call("stat", {"fileId": path})["data"]
    assert (stat["sha"], stat["filesize"]) == (file.sha, len(file.content))
    assert stored(lenient_server.address, path) == file.content


def test_an_interrupted_slice_upload_is_listed_and_can_be_repeated(
    qos: Driver, lenient_server: Server, sample: Callable[..., Sample]
) -> None:
    file, path = sample(6 * SLICE + 5), "/qos/cut.bin"
    options = {"localFile": str(file.path), "fileId": path}

    def listed() -> Answer:  # the SDK's own uploadSliceList calls a function that it does not export
        signature = qos.call("sign", {"fileId": path})
        return api(lenient_server.address, path, signature=signature, op="upload_slice_list")

    assert (listed().status, listed().json()["code"]) == (404, -197)
    with Relay(lenient_server.port, cut_after=3) as relay:
        qos.call("configure", relay.address, APPID, KEY_ID, SECRET, BUCKET)
        with pytest.raises(SdkFailed):
            qos.call("uploadLargeFile", options)
        relay.heal()
        assert refused(qos, "stat", fileId=path) == (404, -197), "half an upload is not visible"
        pending = listed().json()["data"]
        assert (pending["filesize"], pending["slice_size"]) == (len(file.content), SLICE)
        parts = [(part["offset"], part["datalen"]) for part in pending["listparts"]]
        assert len(parts) >= 2
        assert parts == sorted(parts)
        assert {length for _, length in parts} <= {SLICE, 5}
        qos.call("uploadLargeFile", options)
        assert "access_url" in listed().json()["data"], "a complete file"
    assert stored(lenient_server.address, path) == file.content


def test_it_works_through_http_proxy_without_any_setting(lenient_server: Server, sample: Callable[..., Sample]) -> None:
    require("node")
    file = sample(2_000)
    command = ["node", "--no-deprecation", str(NODE_FOLDER / "qos_driver.js")]
    env = environment({"http_proxy": lenient_server.address})
    with Driver(command, env=env, cwd=NODE_FOLDER) as qos:
        qos.call("configure", None, APPID, KEY_ID, SECRET, BUCKET)
        url = put(qos, file, "/qos/proxy/a.bin")["source_url"]
        link = signed(url, qos.call("sign", {"fileId": "/qos/proxy/a.bin"}))
        assert request("GET", link, via=lenient_server.address).body == file.content
        assert qos.call("rm", {"fileId": "/qos/proxy/a.bin"})["code"] == 0
