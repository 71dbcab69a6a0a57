"""PyPI qcloud_cos_py3 0.1.4 against the server, led there by `http_proxy` and by an address.

Through the proxy variable the SDK is entirely its own: absolute-form targets, the cloud's host names. With an
address only the literal host of its URLs is replaced. Both ways must behave the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.conftest import HERE, Sample, require
from conformance.driver import Driver, SdkFailed
from conformance.plain_http import request, signed, stored
from conformance.relay import Relay
from conformance.server import APPID, BUCKET, KEY_ID, SECRET, Server, environment
from conformance.setup_sdks import py3_python

pytestmark = pytest.mark.conformance

MIB = 1 << 20


def start(proxy: str | None) -> Driver:
    """The SDK's process; `proxy` is what `http_proxy` names."""
    require("qcloud_cos_py3")
    settings = {"http_proxy": proxy} if proxy else {}
    return Driver([str(py3_python()), str(HERE / "drivers" / "py3_driver.py")], env=environment(settings), cwd=HERE)


class Way:
    """How the SDK reaches the server, and how a URL that it hands out is followed the same way."""

    def __init__(self, server: Server, proxied: bool) -> None:
        self.server = server
        self.proxied = proxied

    def follow(self, url: str, **headers: str) -> Any:
        """GET `url` as this client's application would."""
        return request("GET", url, headers=headers, via=self.server.address if self.proxied else None)


@pytest.fixture(params=["proxy", "address"])
def way(request: pytest.FixtureRequest, server: Server) -> Way:
    """Both ways to the server."""
    return Way(server, request.param == "proxy")


@pytest.fixture
def cos(way: Way) -> Iterator[Driver]:
    """The SDK with the development credentials."""
    with start(way.server.address if way.proxied else None) as driver:
        configure(driver, way)
        yield driver


def configure(driver: Driver, way: Way, secret: str = SECRET, address: str | None = None) -> None:
    """Point the SDK at the server with these credentials."""
    target = address or (None if way.proxied else way.server.address)
    driver.call("configure", target, APPID, KEY_ID, secret, BUCKET)


def folder(way: Way, name: str) -> str:
    """A directory of the test's own; the server lives through the whole session."""
    return f"py3-{'proxy' if way.proxied else 'address'}-{name}"


def put(cos: Driver, file: Sample, name: str, where: str, **options: Any) -> Any:
    """A simple upload that must succeed; returns its data."""
    reply = cos.call("upload_file", {"stream": str(file.path)}, name, dir_name=where, **options)
    assert (reply["code"], reply["message"]) == (0, "SUCCESS"), reply
    return reply["data"]


def test_upload_stat_and_download(cos: Driver, way: Way, sample: Callable[..., Sample]) -> None:
    file, where = sample(70_000), folder(way, "upload")
    data = put(cos, file, "a.bin", where, biz_attr="attr 1")
    assert data["resource_path"] == f"/{APPID}/{BUCKET}/{where}/a.bin"

    stat = cos.call("stat_file", f"{where}/a.bin")["data"]
    assert (stat["filesize"], stat["filelen"], stat["sha"]) == (70_000, 70_000, file.sha)
    assert stat["biz_attr"] == "attr 1"
    assert isinstance(stat["ctime"], int)
    assert isinstance(stat["mtime"], int)

    assert cos.call("get_file", f"{where}/a.bin") == {"size": 70_000, "sha1": file.sha}
    assert stored(way.server.address, f"/{where}/a.bin") == file.content


@pytest.mark.parametrize("name", ["access_url", "source_url"])
def test_the_urls_that_come_back_work(cos: Driver, way: Way, sample: Callable[..., Sample], name: str) -> None:
    file, where = sample(3_000), folder(way, f"urls-{name}")
    url = put(cos, file, "图 片.jpg", where)[name]
    assert url.isascii()
    assert " " not in url
    signature = cos.call("sign_download", BUCKET, f"/{where}/图 片.jpg", 30)
    answer = way.follow(signed(url, signature))
    assert (answer.status, answer.body) == (200, file.content)
    assert way.follow(f"{url}?sign={signature}").body == file.content, "the signature as it is, not encoded"
    assert way.follow(url, Authorization=signature).body == file.content, "the signature as a header"
    assert way.follow(url).status in {401, 403}, "a private file without a signature"
    other = cos.call("sign_download", BUCKET, f"/{where}/other.jpg", 30)
    assert way.follow(signed(url, other)).status in {401, 403}, "a signature for another file"


def test_ranges_of_a_download(cos: Driver, way: Way, sample: Callable[..., Sample]) -> None:
    file, where = sample(10_000), folder(way, "range")
    url = put(cos, file, "a.bin", where)["source_url"]
    link = signed(url, cos.call("sign_download", BUCKET, f"/{where}/a.bin", 30))
    part = way.follow(link, Range="bytes=9000-99999")
    assert (part.status, part.body) == (206, file.content[9000:])
    assert part.headers["content-range"] == "bytes 9000-9999/10000"


@pytest.mark.parametrize("name", ["文件 名.txt", "a+b c.txt", "per%zz.txt", "tilde~(1)!'.txt", "é.txt"])
def test_names_beyond_ascii(cos: Driver, way: Way, sample: Callable[..., Sample], name: str) -> None:
    file, where = sample(2_000, name), folder(way, "目录")
    put(cos, file, name, where)
    path = f"{where}/{name}"
    assert cos.call("stat_file", path)["data"]["sha"] == file.sha
    assert cos.call("get_file", path)["sha1"] == file.sha
    listed = cos.call("list_folder", where, prefix=name[:2])["data"]["infos"]
    assert name in [entry["name"] for entry in listed]
    assert stored(way.server.address, f"/{path}") == file.content
    assert cos.call("delete_file", path)["code"] == 0
    assert cos.call("stat_file", path)["code"] == -197


def test_folders(cos: Driver, way: Way, sample: Callable[..., Sample]) -> None:
    where = folder(way, "folder")
    assert cos.call("create_folder", where, biz_attr="for tests")["code"] == 0
    assert cos.call("create_folder", where)["code"] == -178
    assert cos.call("stat_folder", where)["data"]["biz_attr"] == "for tests"
    put(cos, sample(10), "a.txt", where)
    assert cos.call("delete_folder", where)["code"] == -173
    assert cos.call("delete_file", f"{where}/a.txt")["code"] == 0
    assert cos.call("delete_folder", where)["code"] == 0
    assert cos.call("stat_folder", where)["code"] == -197


def test_listing_in_pages(cos: Driver, way: Way, sample: Callable[..., Sample]) -> None:
    where = folder(way, "list")
    names = [f"f{number}.txt" for number in range(5)]
    for name in names:
        put(cos, sample(20, name), name, where)
    put(cos, sample(20, "deep"), "deep.txt", f"{where}/sub")
    entries, context = [], None
    for _ in range(10):
        page = cos.call("list_folder", where, num=2, context=context)["data"]
        assert len(page["infos"]) <= 2
        entries += page["infos"]
        context = page["context"]
        if page["listover"]:
            break
    assert [entry["name"] for entry in entries] == [*names, "sub/"]
    files = [entry for entry in entries if "sha" in entry]
    assert [(entry["filesize"], entry["filelen"]) for entry in files] == [(20, 20)] * 5
    assert set(entries[-1]) & {"sha", "filesize", "filelen", "access_url"} == set()
    found = cos.call("list_folder", where, prefix="f3")["data"]
    assert ([entry["name"] for entry in found["infos"]], found["listover"]) == (["f3.txt"], True)


def test_update(cos: Driver, way: Way, sample: Callable[..., Sample]) -> None:
    file, where = sample(400), folder(way, "update")
    url = put(cos, file, "a.bin", where)["access_url"]
    headers = {"Content-Type": "image/png", "Cache-Control": "max-age=60", "x-cos-meta-colour": "blue"}
    reply = cos.call("update_file_status", f"{where}/a.bin", authority="eWPrivateRPublic", custom_headers=headers)
    assert reply["code"] == 0
    stat = cos.call("stat_file", f"{where}/a.bin")["data"]
    assert (stat["authority"], stat["custom_headers"]) == ("eWPrivateRPublic", headers)
    public = way.follow(url)
    assert (public.status, public.body) == (200, file.content)
    assert {name: public.headers[name.lower()] for name in headers} == headers
    assert cos.call("update_file_status", f"{where}/a.bin", authority="eInvalid")["code"] == 0
    assert way.follow(url).status in {401, 403}, "the bucket's authority again"


def test_copy_and_move(cos: Driver, way: Way, sample: Callable[..., Sample]) -> None:
    one, two, where = sample(500, "one"), sample(600, "two"), folder(way, "copy")
    put(cos, one, "one.bin", where)
    put(cos, two, "two.bin", where)
    assert cos.call("copy_file", f"{where}/one.bin", f"/{where}/复制/one.bin")["code"] == 0
    assert cos.call("copy_file", f"{where}/one.bin", "same-place.bin")["code"] == 0
    assert cos.call("copy_file", f"{where}/one.bin", f"/{where}/two.bin")["code"] < 0, "no overwriting"
    assert cos.call("move_file", f"{where}/one.bin", f"/{where}/two.bin")["code"] == -199, "no overwriting"
    assert cos.call("move_file", f"{where}/one.bin", "moved/one.bin")["code"] == 0
    assert cos.call("stat_file", f"{where}/one.bin")["code"] == -197
    assert cos.call("move_file", f"{where}/one.bin", "again.bin")["code"] == -197
    for path, file in {
        "复制/one.bin": one,
        "same-place.bin": one,
        "moved/one.bin": one,
        "two.bin": two,
    }.items():
        assert stored(way.server.address, f"/{where}/{path}") == file.content, path


def test_errors(cos: Driver, way: Way, sample: Callable[..., Sample]) -> None:
    file, other, where = sample(300, "a"), sample(300, "b"), folder(way, "errors")
    put(cos, file, "a.bin", where)
    put(cos, file, "a.bin", where, replace=False)  # the same bytes again are no conflict
    taken = cos.call("upload_file", {"stream": str(other.path)}, "a.bin", dir_name=where, replace=False)
    assert taken["code"] == -177
    assert stored(way.server.address, f"/{where}/a.bin") == file.content
    put(cos, other, "a.bin", where, replace=True)
    assert stored(way.server.address, f"/{where}/a.bin") == other.content
    assert cos.call("stat_file", f"{where}/missing.bin")["code"] == -197
    assert cos.call("delete_file", f"{where}/missing.bin")["code"] == -197

    configure(cos, way, secret="wrong")
    for reply in (
        cos.call("upload_file", {"stream": str(file.path)}, "a.bin", dir_name=where),
        cos.call("delete_file", f"{where}/a.bin"),
        cos.call("list_folder", where),
    ):
        assert reply["code"] == -97
    assert stored(way.server.address, f"/{where}/a.bin") == other.content


@pytest.mark.parametrize("slice_size", [MIB // 2, MIB, 3 * MIB])
def test_slices(cos: Driver, way: Way, sample: Callable[..., Sample], slice_size: int) -> None:
    file, where = sample(3 * MIB + 12_345), folder(way, f"slices-{slice_size}")
    data = cos.call("upload_slice_file", str(file.path), slice_size, "大.bin", dir_name=where, biz_attr="x")
    assert data["resource_path"].startswith(f"/{APPID}/{BUCKET}/")
    stat = cos.call("stat_file", f"{where}/大.bin")["data"]
    assert (stat["sha"], stat["filesize"], stat["biz_attr"]) == (file.sha, len(file.content), "x")
    body = way.follow(signed(data["source_url"], cos.call("sign_more", BUCKET, "", 30))).body
    assert hashlib.sha1(body).hexdigest() == file.sha


def test_a_slice_upload_does_not_overwrite(cos: Driver, way: Way, sample: Callable[..., Sample]) -> None:
    file, where = sample(MIB + 1), folder(way, "slices-taken")
    kept = sample(50, name="kept.bin")
    put(cos, kept, "a.bin", where)
    with pytest.raises(SdkFailed, match="KeyError"):  # the SDK reads data.session of the refusal
        cos.call("upload_slice_file", str(file.path), MIB, "a.bin", dir_name=where, replace=False)
    assert stored(way.server.address, f"/{where}/a.bin") == kept.content


def test_an_interrupted_slice_upload_leaves_nothing_and_can_be_repeated(
    way: Way, sample: Callable[..., Sample], tmp_path: Path
) -> None:
    file, where = sample(3 * MIB + 7), folder(way, "cut")
    with Relay(way.server.port, cut_after=3) as relay, start(relay.address if way.proxied else None) as cos:
        configure(cos, way, address=None if way.proxied else relay.address)
        with pytest.raises(SdkFailed, match="API request failed"):
            cos.call("upload_slice_file", str(file.path), MIB, "a.bin", dir_name=where)
        assert relay.methods() == ["POST"] * 3, "init and two slices"
        relay.heal()
        assert cos.call("stat_file", f"{where}/a.bin")["code"] == -197, "half an upload is not visible"
        cos.call("upload_slice_file", str(file.path), MIB, "a.bin", dir_name=where)
        assert cos.call("stat_file", f"{where}/a.bin")["data"]["sha"] == file.sha
    assert stored(way.server.address, f"/{where}/a.bin") == file.content
