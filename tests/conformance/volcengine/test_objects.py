"""Objects: stored, read, asked about, by each TOS SDK with its CRC64 checks on.

Source: wire facts of Volcengine §3.7 (headers), §3.9 (statuses); CRC-64/XZ of `hello` from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from urllib.parse import unquote

import pytest

from conformance.conftest import Sample
from conformance.plain_http import request
from conformance.server import BUCKET
from conformance.volcengine.asking import grants, refusal
from conformance.volcengine.clients import ENDPOINT, Client

pytestmark = pytest.mark.conformance

HELLO_CRC = 11177612005948864433
HELLO_ETAG = hashlib.md5(b"hello").hexdigest()
NO_KEY = "0017-00000003"
LONG_AGO = "2020-01-01T00:00:00+00:00"
FAR_AHEAD = "2036-01-01T00:00:00+00:00"


def test_put_get_head_delete(tos: Client, place: str) -> None:
    key = f"{place}a.txt"
    stored = tos.do("put_object", bucket=BUCKET, key=key, content={"text": "hello"})
    assert (stored.status, stored["etag"], stored.crc) == (200, HELLO_ETAG, HELLO_CRC)
    assert stored.header["etag"] == f'"{HELLO_ETAG}"'
    assert stored.header["x-tos-request-id"]

    got = tos.do("get_object", bucket=BUCKET, key=key)
    assert (got.status, got.body, got["etag"], got.crc) == (200, b"hello", HELLO_ETAG, HELLO_CRC)
    assert got["content_type"] == "text/plain", "the SDKs guess it from the name"

    head = tos.do("head_object", bucket=BUCKET, key=key)
    assert (head.status, int(head["content_length"]), head["etag"]) == (200, 5, HELLO_ETAG)
    assert head.crc == HELLO_CRC
    assert head["storage_class"] == "STANDARD"
    assert head["object_type"] in {None, "", "Normal"}
    assert head["last_modified"]

    assert tos.do("does_object_exist", bucket=BUCKET, key=key)["value"] is True
    assert tos.do("delete_object", bucket=BUCKET, key=key).status == 204
    assert tos.do("delete_object", bucket=BUCKET, key=key).status == 204, "also when it is not there"
    assert tos.do("does_object_exist", bucket=BUCKET, key=key)["value"] is False
    missing = refusal(tos, "get_object", bucket=BUCKET, key=key)
    assert (missing.status, missing.code, missing.ec) == (404, "NoSuchKey", NO_KEY)
    headless = refusal(tos, "head_object", bucket=BUCKET, key=key)
    assert (headless.status, headless.ec) == (404, NO_KEY), "a HEAD has no body; the header tells"


def test_nothing_at_all(tos: Client, place: str) -> None:
    stored = tos.do("put_object", bucket=BUCKET, key=f"{place}empty", content={"text": ""})
    assert (stored.status, stored.crc, stored["etag"]) == (200, 0, hashlib.md5(b"").hexdigest())
    got = tos.do("get_object", bucket=BUCKET, key=f"{place}empty")
    assert (got.body, int(got["content_length"])) == (b"", 0)


def test_a_stream_of_unknown_length(tos: Client, place: str) -> None:
    text = "a stream whose length nobody told; " * 40
    tos.do("put_object", bucket=BUCKET, key=f"{place}stream", content={"stream": text})
    got = tos.do("get_object", bucket=BUCKET, key=f"{place}stream")
    assert got.body == text.encode()
    assert int(got["content_length"]) == len(text)


def test_a_file_beyond_the_100_continue_threshold(tos: Client, place: str, sample: Callable[..., Sample]) -> None:
    file = sample(300_000, tos.sdk.name)
    stored = tos.do("put_object", bucket=BUCKET, key=f"{place}file", content={"file": str(file.path)})
    assert stored["etag"] == hashlib.md5(file.content).hexdigest()
    got = tos.do("get_object", bucket=BUCKET, key=f"{place}file")
    assert got["content"] == {"size": 300_000, "sha256": hashlib.sha256(file.content).hexdigest()}
    assert got.crc == stored.crc


def test_the_checksum_behind_the_body(tos: Client, place: str, sample: Callable[..., Sample]) -> None:
    """The Go SDK can send the CRC64 in a trailer of a body framed in chunks of its own."""
    if tos.sdk.name != "go":
        pytest.skip("only the Go SDK does")
    tos.open("trailer", trailer=True)
    file = sample(200_000)
    given = {"bucket": BUCKET, "key": f"{place}file", "client": "trailer"}
    stored = tos.do("put_object", **given, content={"file": str(file.path)}, content_encoding="gzip")
    assert stored["etag"] == hashlib.md5(file.content).hexdigest(), "of the content, not of its frames"
    got = tos.do("get_object", **given)
    assert got["content"] == {"size": 200_000, "sha256": hashlib.sha256(file.content).hexdigest()}
    assert (got["content_encoding"], got.crc) == ("gzip", stored.crc), "the frames are no encoding of the object"
    part = tos.do("get_object", **given, range="bytes=5-9")
    assert (part.status, part.body) == (206, file.content[5:10])


@pytest.mark.parametrize(
    "name",
    [
        "文件 名.txt",
        "a+b&c=d.txt",
        "per%cent%zz.txt",
        "q?#.txt",
        "t~(1)!'*.txt",
        "é/ü//ö",
        "语/",
        "😀",
        "a\\b",
    ],
)
def test_keys(tos: Client, place: str, name: str) -> None:
    key = place + name
    stored = tos.do("put_object", bucket=BUCKET, key=key, content={"text": name})
    assert stored.status == 200
    assert tos.do("get_object", bucket=BUCKET, key=key).body == name.encode()
    assert tos.do("head_object", bucket=BUCKET, key=key)["etag"] == hashlib.md5(name.encode()).hexdigest()
    assert key in tos.do("list_objects_type2", bucket=BUCKET, prefix=key).keys
    assert tos.do("delete_object", bucket=BUCKET, key=key).status == 204
    assert tos.do("does_object_exist", bucket=BUCKET, key=key)["value"] is False


def test_a_key_with_dots(tos: Client, place: str) -> None:
    if tos.sdk.name == "python":
        pytest.skip("the Python SDK's HTTP library resolves the dots after the signature was made")
    tos.do("put_object", bucket=BUCKET, key=f"{place}x/../y", content={"text": "hello"})
    assert tos.do("list_objects", bucket=BUCKET, prefix=place).keys == [f"{place}x/../y"]
    assert tos.do("get_object", bucket=BUCKET, key=f"{place}x/../y").body == b"hello"


def test_user_metadata_and_headers(tos: Client, place: str) -> None:
    key = f"{place}meta"
    headers = {"content_type": "image/png", "cache_control": "max-age=60", "content_language": "zh-CN"}
    tos.do(
        "put_object",
        bucket=BUCKET,
        key=key,
        content={"text": "hello"},
        content_disposition='attachment; filename="图片.png"',
        expires_at="2030-01-02T03:04:05+00:00",
        meta={"colour": "blue green", "name": "中文 值"},
        traffic_limit=819200,
        storage_class="IA",
        **headers,
    )
    for method in ("head_object", "get_object"):
        told = tos.do(method, bucket=BUCKET, key=key)
        assert {name: told[name] for name in headers} == headers
        assert told.meta == {"colour": "blue green", "name": "中文 值"}
        assert told.header["expires"] == "Wed, 02 Jan 2030 03:04:05 GMT"
        assert told["storage_class"] == "IA"
        assert unquote(told["content_disposition"]) == 'attachment; filename="图片.png"'
        assert [name for name in told.header if name.startswith("x-tos-meta-")], "lower case on the wire"


def test_response_overrides(tos: Client, place: str, put: Callable[..., None]) -> None:
    put(f"{place}a.txt")
    got = tos.do(
        "get_object",
        bucket=BUCKET,
        key=f"{place}a.txt",
        response_content_type="application/x-other",
        response_content_disposition="attachment",
        response_cache_control="no-store",
        response_content_language="de",
    )
    assert got.body == b"hello"
    assert got["content_type"] == "application/x-other"
    assert (got["cache_control"], got["content_language"]) == ("no-store", "de")
    assert got.header["content-disposition"] == "attachment"
    assert tos.do("head_object", bucket=BUCKET, key=f"{place}a.txt")["content_type"] == "text/plain"


def test_ranges(tos: Client, place: str, put: Callable[..., None]) -> None:
    put(f"{place}a.txt", "0123456789")
    for given, body, told in (
        ({"range_start": 2, "range_end": 4}, b"234", "bytes 2-4/10"),
        ({"range": "bytes=7-"}, b"789", "bytes 7-9/10"),
        ({"range": "bytes=-2"}, b"89", "bytes 8-9/10"),
        ({"range": "bytes=8-100"}, b"89", "bytes 8-9/10"),
    ):
        got = tos.do("get_object", bucket=BUCKET, key=f"{place}a.txt", **given)
        assert (got.status, got.body, got.header["content-range"]) == (206, body, told), given
        assert int(got["content_length"]) == len(body)
    outside = refusal(tos, "get_object", bucket=BUCKET, key=f"{place}a.txt", range="bytes=10-12")
    assert outside.status == 416


def test_conditions(tos: Client, place: str, put: Callable[..., None]) -> None:
    key = f"{place}a.txt"
    put(key)
    own, other = f'"{HELLO_ETAG}"', '"00000000000000000000000000000000"'
    for method in ("get_object", "head_object"):
        assert tos.do(method, bucket=BUCKET, key=key, if_match=own).status == 200
        assert tos.do(method, bucket=BUCKET, key=key, if_none_match=other).status == 200
        assert tos.do(method, bucket=BUCKET, key=key, if_modified_since=LONG_AGO).status == 200
        assert tos.do(method, bucket=BUCKET, key=key, if_unmodified_since=FAR_AHEAD).status == 200
        assert refusal(tos, method, bucket=BUCKET, key=key, if_match=other).status == 412
        assert refusal(tos, method, bucket=BUCKET, key=key, if_unmodified_since=LONG_AGO).status == 412
        assert refusal(tos, method, bucket=BUCKET, key=key, if_none_match=own).status == 304
        assert refusal(tos, method, bucket=BUCKET, key=key, if_modified_since=FAR_AHEAD).status == 304
    told = refusal(tos, "get_object", bucket=BUCKET, key=key, if_match=other)
    assert told.code == "PreconditionFailed"


def test_a_digest_that_does_not_match(tos: Client, place: str) -> None:
    key, wrong = f"{place}a.txt", "AAAAAAAAAAAAAAAAAAAAAA=="
    told = refusal(tos, "put_object", bucket=BUCKET, key=key, content={"text": "hello"}, content_md5=wrong)
    assert (told.status, told.code) == (400, "BadDigest")
    assert tos.do("does_object_exist", bucket=BUCKET, key=key)["value"] is False
    right = "XUFAKrxLKna5cZ2REBfFkg=="
    tos.do("put_object", bucket=BUCKET, key=key, content={"text": "hello"}, content_md5=right)


def test_the_acl_of_an_object(tos: Client, place: str, put: Callable[..., None]) -> None:
    key = f"{place}a.txt"
    url = f"http://{BUCKET}.{ENDPOINT}/{key}"
    put(key)
    assert request("GET", url, via=tos.address).status == 403
    assert tos.do("put_object_acl", bucket=BUCKET, key=key, acl="public-read").status == 200
    assert grants(tos, "get_object_acl", bucket=BUCKET, key=key) == {("AllUsers", "READ")}
    assert request("GET", url, via=tos.address).body == b"hello"
    assert tos.do("put_object_acl", bucket=BUCKET, key=key, acl="private").status == 200
    assert grants(tos, "get_object_acl", bucket=BUCKET, key=key) == set()
    assert request("GET", url, via=tos.address).status == 403
    put(f"{place}public.txt", acl="public-read")
    assert request("GET", f"http://{BUCKET}.{ENDPOINT}/{place}public.txt", via=tos.address).body == b"hello"
