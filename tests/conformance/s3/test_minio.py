"""minio (Python): it signs the digest of every body over HTTP, and asks for a bucket's place before it uses it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.conftest import Sample
from conformance.driver import Driver
from conformance.plain_http import request
from conformance.relay import Relay
from conformance.s3.calls import MIB, Client, Refused, big
from conformance.s3.web import code, form
from conformance.server import BUCKET, KEY_ID, SECRET, Server

pytestmark = pytest.mark.conformance


@pytest.fixture(scope="module")
def minio_driver(starting: Callable[..., Driver]) -> Iterator[Driver]:
    """minio."""
    with starting("minio") as driver:
        yield driver


@pytest.fixture(scope="module")
def making(minio_driver: Driver) -> Callable[..., Client]:
    """Makes a minio client."""

    def make(name: str, address: str, secret: str = SECRET, **more: Any) -> Client:
        endpoint = urlsplit(address).netloc or address
        minio_driver.call("configure", name, endpoint, KEY_ID, secret, **more)
        return Client(minio_driver, name)

    return make


@pytest.fixture(params=["path", "virtual"])
def minio(request: pytest.FixtureRequest, making: Callable[..., Client], server: Server) -> Client:
    """minio on the server's address, and under Amazon's names, where it puts the bucket into the host."""
    if request.param == "virtual":
        return making("virtual", "s3.eu-west-1.amazonaws.com", proxy=server.address, region="eu-west-1")
    return making("path", server.address)


@pytest.fixture
def plain(making: Callable[..., Client], server: Server) -> Client:
    """minio on the server's address."""
    return making("path", server.address)


def test_buckets(minio: Client, request: pytest.FixtureRequest) -> None:
    name = f"minio-{request.node.callspec.id}"
    assert minio("bucket_exists", name) is False
    minio("make_bucket", name)
    assert minio("bucket_exists", name) is True
    assert {BUCKET, name} <= {bucket["name"] for bucket in minio("list_buckets")}
    minio("put", name, "k", b"x")
    assert minio.refused("remove_bucket", name)[0] == "BucketNotEmpty"
    minio("remove_object", name, "k")
    minio("remove_bucket", name)
    assert minio.refused("put", name, "k", b"x")[0] == "NoSuchBucket"


def test_objects(minio: Client, top: str) -> None:
    key = f"{top}文件 a+b%.txt"
    put = minio("put", BUCKET, key, b"0123456789", content_type="text/x-a", metadata={"a": "1"}, tags={"t": "ü 1"})
    assert put["etag"] == hashlib.md5(b"0123456789").hexdigest()
    stat = minio("stat_object", BUCKET, key)
    assert (stat["size"], stat["content_type"], stat["metadata"]["x-amz-meta-a"]) == (10, "text/x-a", "1")
    assert abs(stat["last_modified"] - time.time()) < 60
    assert minio("get_object", BUCKET, key)["data"] == b"0123456789"
    part = minio("get_object", BUCKET, key, offset=2, length=3)
    assert (part["data"], part["status"]) == (b"234", 206)
    assert minio("get_object_tags", BUCKET, key) == {"t": "ü 1"}
    minio("set_tags", BUCKET, key, {"u": "2"})
    assert minio("get_object_tags", BUCKET, key) == {"u": "2"}
    minio("delete_object_tags", BUCKET, key)
    assert minio("get_object_tags", BUCKET, key) is None
    minio("remove_object", BUCKET, key)
    assert minio.refused("stat_object", BUCKET, key)[0] == "NoSuchKey"
    assert minio.refused("get_object", BUCKET, key)[0] == "NoSuchKey"


def test_listing(minio: Client, top: str) -> None:
    keys = [f"{top}{name}" for name in ("a", "b c", "d/1", "d/2", "é/1")]
    for key in keys:
        minio("put", BUCKET, key, b"x")
    for more in ({}, {"use_api_v1": True}):
        found = minio("list_objects", BUCKET, prefix=top, recursive=True, **more)
        assert [item["object_name"] for item in found] == keys
        found = minio("list_objects", BUCKET, prefix=top, **more)
        assert [item["object_name"] for item in found if not item["is_dir"]] == keys[:2]
        assert [item["object_name"] for item in found if item["is_dir"]] == [f"{top}d/", f"{top}é/"]
    after = minio("list_objects", BUCKET, prefix=top, recursive=True, start_after=keys[1])
    assert [item["object_name"] for item in after] == keys[2:]
    assert minio("remove_many", BUCKET, [*keys, f"{top}gone"]) == []
    assert minio("list_objects", BUCKET, prefix=top, recursive=True) == []


def test_copies(minio: Client, top: str) -> None:
    source, target = f"{top}来源 +.txt", f"{top}目标"
    tag = minio("put", BUCKET, source, b"copied", metadata={"a": "1"})["etag"]
    minio("copy", BUCKET, target, [BUCKET, source, {}])
    assert minio("stat_object", BUCKET, target)["metadata"]["x-amz-meta-a"] == "1"
    minio("copy", BUCKET, target, [BUCKET, source, {"match_etag": tag}], metadata={"b": "2"}, replace=True)
    stat = minio("stat_object", BUCKET, target)
    assert stat["metadata"]["x-amz-meta-b"] == "2"
    assert "x-amz-meta-a" not in stat["metadata"]
    assert minio.refused("copy", BUCKET, target, [BUCKET, source, {"not_match_etag": tag}])[0] == "PreconditionFailed"
    assert minio.refused("copy", BUCKET, target, [BUCKET, f"{top}gone", {}])[0] == "NoSuchKey"


def test_an_object_composed_of_others(minio: Client, sample: Callable[..., Sample], top: str) -> None:
    file = sample(5 * MIB + 10)
    minio("fput_object", BUCKET, f"{top}long 文", str(file.path))
    minio("put", BUCKET, f"{top}short", b"0123456789")
    sources = [[BUCKET, f"{top}long 文", {}], [BUCKET, f"{top}short", {"offset": 2, "length": 3}]]
    minio("compose", BUCKET, f"{top}both", sources)
    whole = file.content + b"234"
    got = minio("get_object", BUCKET, f"{top}both")["data"]
    assert (got.size, got.sha1) == (len(whole), hashlib.sha1(whole).hexdigest())


def test_a_stream_whose_end_is_not_known(minio: Client, sample: Callable[..., Sample], top: str) -> None:
    file = sample(5 * MIB + 1234)
    minio("put", BUCKET, f"{top}a", file.content, length=-1, part_size=5 * MIB)
    assert minio("get_object", BUCKET, f"{top}a")["data"] == big(file)
    assert minio("stat_object", BUCKET, f"{top}a")["etag"].endswith("-2")


def test_lifecycle_and_what_is_not_there(plain: Client, bucket: str) -> None:
    assert plain("expiring", bucket) is None
    plain("expire", bucket, "logs/", 9)
    assert plain("expiring", bucket) == [["one", "logs/", 9]]
    plain("delete_bucket_lifecycle", bucket)
    assert plain("expiring", bucket) is None
    assert plain.refused("versioned", bucket) == ("NotImplemented", 501)
    assert plain.refused("get_object_lock_config", bucket) == ("ObjectLockConfigurationNotFoundError", 404)
    assert plain.refused("set_bucket_policy", bucket, "{}") == ("NotImplemented", 501)


def test_presigned(plain: Client, top: str) -> None:
    key = f"{top}文 a.txt"
    assert request("PUT", plain("presigned", "PUT", BUCKET, key, 60), body=b"presigned").status == 200
    more = {"response_headers": {"response-content-type": "image/gif"}}
    got = request("GET", plain("presigned", "GET", BUCKET, key, 60, **more))
    assert (got.body, got.headers["content-type"]) == (b"presigned", "image/gif")
    short = plain("presigned", "GET", BUCKET, key, 1)
    time.sleep(2.1)
    assert code(request("GET", short)) == ("AccessDenied", 403)


def test_forms(plain: Client, server: Server, top: str) -> None:
    key, url = f"{top}form.bin", f"{server.address}/{BUCKET}"
    fields = plain("post_policy", BUCKET, key, 3, 5, 60)
    whole = {"key": key, **fields}
    assert code(form(url, whole, b"12")) == ("EntityTooSmall", 400)
    assert code(form(url, whole, b"123456")) == ("EntityTooLarge", 400)
    assert code(form(url, {**whole, "key": f"{top}other"}, b"1234")) == ("AccessDenied", 403)
    assert form(url, whole, b"1234").status == 204
    assert plain("get_object", BUCKET, key)["data"] == b"1234"


def test_a_hundred_megabytes_broken_off_and_taken_up_again(
    making: Callable[..., Client], plain: Client, server: Server, hundred: Sample, top: str, tmp_path: Path
) -> None:
    key, size = f"{top}hundred.bin", 8 * MIB
    with Relay(server.port, cut_after=6) as relay:
        broken = making("broken", relay.address)
        with pytest.raises(Refused):
            broken("fput_object", BUCKET, key, str(hundred.path), part_size=size, timeout_seconds=120)
    assert plain.refused("stat_object", BUCKET, key)[0] == "NoSuchKey"
    ((_, upload),) = plain("left", BUCKET, key)
    there = plain("take_up", str(hundred.path), BUCKET, key, upload, size, timeout_seconds=120)
    assert 1 <= there < 12
    plain("fget_object", BUCKET, key, str(tmp_path / "back"), timeout_seconds=120)
    with (tmp_path / "back").open("rb") as file:
        assert hashlib.file_digest(file, "sha1").hexdigest() == hundred.sha
    plain("remove_object", BUCKET, key)


def test_a_wrong_secret(making: Callable[..., Client], server: Server, top: str) -> None:
    wrong = making("wrong", server.address, secret="not-the-secret")
    assert wrong.refused("list_buckets") == ("SignatureDoesNotMatch", 403)
    assert wrong.refused("get_object", BUCKET, f"{top}a")[0] == "SignatureDoesNotMatch"
    assert wrong.refused("put", BUCKET, f"{top}a", b"x")[0] == "SignatureDoesNotMatch"
