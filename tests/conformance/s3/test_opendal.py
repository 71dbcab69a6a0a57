"""OpenDAL (Python binding) with its services s3, cos and oss: three dialects by one client.

Its cos and oss put the bucket into the host name, so they are led here by a proxy setting; s3 is tried both ways.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.conftest import Sample
from conformance.driver import Driver
from conformance.plain_http import Answer, request
from conformance.relay import Relay
from conformance.s3.calls import MIB, Client, Refused, big
from conformance.server import APPID, BUCKET, KEY_ID, SECRET, Server

pytestmark = pytest.mark.conformance

PATH_STYLE = "s3"
SERVICES: dict[str, dict[str, str]] = {
    PATH_STYLE: {"scheme": "s3", "bucket": BUCKET, "region": "auto"},
    "s3-virtual": {
        "scheme": "s3",
        "bucket": BUCKET,
        "region": "eu-west-1",
        "endpoint": "http://s3.eu-west-1.amazonaws.com",
        "enable_virtual_host_style": "true",
    },
    "cos": {"scheme": "cos", "bucket": f"{BUCKET}-{APPID}", "endpoint": "http://cos.ap-guangzhou.myqcloud.com"},
    "oss": {"scheme": "oss", "bucket": BUCKET, "endpoint": "http://oss-cn-hangzhou.aliyuncs.com"},
}
CREDENTIALS = {
    "s3": ("access_key_id", "secret_access_key"),
    "cos": ("secret_id", "secret_key"),
    "oss": ("access_key_id", "access_key_secret"),
}
ALONE = {"s3": {"disable_config_load": "true", "disable_ec2_metadata": "true"}, "cos": {"disable_config_load": "true"}}
SET_BY_HTTP = {"host", "content-length"}
NAMES = ("a.txt", "with space+plus.txt", "文件/图 é.bin", "deep/er/%41?.html", "tilde~(1)!*'&=$@.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An operator, and how its hosts are reached."""

    client: Client
    via: str | None

    def follow(self, presigned: Any, body: bytes = b"") -> Answer:
        """Do what a presigned request says; its length is the body's, whatever it says."""
        headers = {name: text for name, text in presigned["headers"].items() if name.lower() not in SET_BY_HTTP}
        return request(presigned["method"], presigned["url"], body=body, headers=headers, via=self.via)


@pytest.fixture(scope="module")
def direct(starting: Callable[..., Driver]) -> Iterator[Driver]:
    """opendal without a proxy."""
    with starting("opendal") as driver:
        yield driver


@pytest.fixture(scope="module")
def proxied(starting: Callable[..., Driver], server: Server) -> Iterator[Driver]:
    """opendal with the server as its proxy."""
    with starting("opendal", http_proxy=server.address) as driver:
        yield driver


@pytest.fixture
def opening(direct: Driver, proxied: Driver, server: Server, top: str) -> Callable[..., Opened]:
    """Makes an operator for a service, below the test's own prefix."""

    def make(service: str, secret: str = SECRET, endpoint: str | None = None) -> Opened:
        options = {"endpoint": endpoint or server.address, **SERVICES[service]}
        scheme = options.pop("scheme")
        names = CREDENTIALS[scheme]
        options |= {names[0]: KEY_ID, names[1]: secret, "root": f"/{top}", **ALONE.get(scheme, {})}
        driver, via = (direct, None) if service == PATH_STYLE else (proxied, server.address)
        driver.call("configure", service, scheme, **options)
        return Opened(client=Client(driver, service), via=via)

    return make


@pytest.fixture(params=list(SERVICES))
def opened(request: pytest.FixtureRequest, opening: Callable[..., Opened]) -> Opened:
    """Each service."""
    return opening(request.param)


def test_files(opened: Opened) -> None:
    dal = opened.client
    dal("check")
    for name in NAMES:
        dal("write", name, name.encode())
    assert [dal("read", name) for name in NAMES] == [name.encode() for name in NAMES]
    assert sorted(path for path in dal("list", "", recursive=True) if not path.endswith("/")) == sorted(NAMES)
    assert {"文件/", "deep/", "a.txt"} <= set(dal("list", ""))
    assert dal("list", "文件/", recursive=True)[-1] == "文件/图 é.bin"
    assert dal("exists", "a.txt") is True
    assert dal("exists", "b.txt") is False
    dal("create_dir", "folder/")
    assert dal("stat", "folder/")["is_dir"] is True
    dal("delete", "a.txt")
    dal("delete", "a.txt")
    assert dal.refused("read", "a.txt")[0] == "NotFound"
    assert dal.refused("stat", "a.txt")[0] == "NotFound"
    dal("remove_all", "")
    assert [path for path in dal("list", "", recursive=True) if path != "/"] == []


def test_what_a_file_is(opened: Opened) -> None:
    dal, before = opened.client, time.time()
    more = {"content_type": "text/x-a", "content_disposition": "inline", "cache_control": "no-cache"}
    dal("write", "图 a.txt", b"0123456789", user_metadata={"colour": "blue"}, **more)
    stat = dal("stat", "图 a.txt")
    assert (stat["content_length"], stat["content_type"], stat["is_dir"]) == (10, "text/x-a", False)
    assert stat["content_disposition"] == "inline"
    assert stat["user_metadata"] == {"colour": "blue"}
    assert stat["etag"].strip('"').lower() == hashlib.md5(b"0123456789").hexdigest()
    assert abs(stat["last_modified"] - before) < 60
    assert dal("read", "图 a.txt", offset=2, size=3) == b"234"
    assert dal("read", "图 a.txt", offset=8) == b"89"
    assert dal("read", "图 a.txt", if_match=stat["etag"]) == b"0123456789"
    assert dal.refused("read", "图 a.txt", if_none_match=stat["etag"])[0] == "ConditionNotMatch"
    assert dal.refused("read", "图 a.txt", if_match='"0"')[0] == "ConditionNotMatch"
    assert dal.refused("write", "图 a.txt", b"never", if_not_exists=True)[0] == "ConditionNotMatch"
    dal("write", "new.txt", b"once", if_not_exists=True)
    assert dal("read", "图 a.txt") == b"0123456789"


def test_copies(opened: Opened) -> None:
    dal = opened.client
    dal("write", "来源 a+b.txt", b"copied", content_type="text/x-a")
    dal("copy", "来源 a+b.txt", "目标 c.txt")
    assert dal("read", "目标 c.txt") == b"copied"
    assert dal("stat", "目标 c.txt")["content_type"] == "text/x-a"
    assert dal.refused("copy", "gone", "b.txt")[0] == "NotFound"


def test_presigned(opened: Opened) -> None:
    dal, name = opened.client, "文 a+b.txt"
    assert opened.follow(dal("presign", "presign_write", name, 60), b"presigned").status == 200
    assert opened.follow(dal("presign", "presign_read", name, 60)).body == b"presigned"
    head = opened.follow(dal("presign", "presign_stat", name, 60))
    assert (head.status, head.headers["content-length"]) == (200, "9")


def test_presigned_and_expired(opening: Callable[..., Opened]) -> None:
    every = [opening(service) for service in SERVICES]
    shorts = []
    for opened in every:
        opened.client("write", "a.txt", b"x")
        shorts.append(opened.client("presign", "presign_read", "a.txt", 1))
    time.sleep(2.1)
    assert [opened.follow(short).status for opened, short in zip(every, shorts, strict=True)] == [403] * len(every)


def test_parts(opened: Opened, sample: Callable[..., Sample]) -> None:
    dal, file = opened.client, sample(11 * MIB + 7)
    dal("send", str(file.path), "大 文件.bin", 5 * MIB, 2)
    assert dal("stat", "大 文件.bin")["content_length"] == len(file.content)
    assert dal("read", "大 文件.bin") == big(file)
    assert dal("read", "大 文件.bin", chunk=4 * MIB, concurrent=3) == big(file)


def test_a_hundred_megabytes_broken_off_and_sent_again(
    opening: Callable[..., Opened], server: Server, s3: Client, hundred: Sample, top: str, tmp_path: Path
) -> None:
    """opendal cannot take up an upload; half of one must not be seen, and the next try must succeed."""
    with Relay(server.port, cut_after=5) as relay:
        broken = opening(PATH_STYLE, endpoint=relay.address).client
        with pytest.raises(Refused):
            broken("send", str(hundred.path), "hundred.bin", 8 * MIB, 3, timeout_seconds=120)
    dal = opening(PATH_STYLE).client
    assert dal("exists", "hundred.bin") is False
    (left,) = s3("list_multipart_uploads", Bucket=BUCKET, Prefix=top)["Uploads"]
    s3("abort_multipart_upload", Bucket=BUCKET, Key=left["Key"], UploadId=left["UploadId"])
    dal("send", str(hundred.path), "hundred.bin", 8 * MIB, 3, timeout_seconds=120)
    dal("fetch", "hundred.bin", str(tmp_path / "back"), 8 * MIB, 3, timeout_seconds=120)
    with (tmp_path / "back").open("rb") as file:
        assert hashlib.file_digest(file, "sha1").hexdigest() == hundred.sha
    dal("delete", "hundred.bin")


@pytest.mark.parametrize("service", list(SERVICES))
def test_a_wrong_secret(opening: Callable[..., Opened], service: str) -> None:
    dal = opening(service, secret="not-the-secret").client
    assert dal.refused("read", "a.txt")[0] == "PermissionDenied"
    assert dal.refused("write", "a.txt", b"x")[0] == "PermissionDenied"
    assert "SignatureDoesNotMatch" in dal.error("list", "").message


def test_one_namespace(opening: Callable[..., Opened]) -> None:
    every = {service: opening(service).client for service in SERVICES}
    for service, dal in every.items():
        dal("write", f"由 {service}.txt", service.encode())
    for dal in every.values():
        assert [dal("read", f"由 {service}.txt") for service in SERVICES] == [name.encode() for name in SERVICES]
        assert {f"由 {service}.txt" for service in SERVICES} <= set(dal("list", ""))
