"""cos-python-sdk-v5: objects. The SDK is led to the server by `Proxies`; host names are the cloud's own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from conformance.conftest import Sample
from conformance.server import BUCKET
from conformance.tencent.conftest import PythonSdk, etag
from conformance.tencent.wire import DOTTED_KEYS, ODD_KEYS, REGION, Cos, full

pytestmark = pytest.mark.conformance

PLAIN = "py-objects"
HERE = full(PLAIN)
CRC_OF_DIGITS = "11051210869376104954"  # of b"123456789"; Source: wire facts §6.5


@pytest.fixture(scope="module", autouse=True)
def _bucket(cos: Cos) -> None:
    cos.make(PLAIN)


def put(python: PythonSdk, key: str, content: bytes | str, **more: object) -> Any:
    """A simple upload of a text."""
    text = content if isinstance(content, str) else content.decode()
    return python("put_object", Bucket=HERE, Key=key, Body={"text": text}, **more)


def source(key: str, bucket: str = HERE) -> dict[str, str]:
    """A copy's source."""
    return {"Bucket": bucket, "Key": key, "Region": REGION}


def test_put_head_get_delete(python: PythonSdk, sample: Callable[..., Sample]) -> None:
    file = sample(150_000)
    put_reply = python("put_object", Bucket=HERE, Key="a/b.bin", Body={"file": str(file.path)})
    assert put_reply["ETag"] == etag(file.content)
    assert put_reply["x-cos-hash-crc64ecma"] == python("crc64", path=str(file.path))
    assert put_reply["x-cos-request-id"]

    head = python("head_object", Bucket=HERE, Key="a/b.bin")  # the SDK looks names up as they are written here
    assert (head["ETag"], head["Content-Length"]) == (etag(file.content), "150000")
    assert head["Last-Modified"].endswith(" GMT")
    assert head["Accept-Ranges"] == "bytes"
    assert head["x-cos-hash-crc64ecma"] == put_reply["x-cos-hash-crc64ecma"]
    got = python("get_object", Bucket=HERE, Key="a/b.bin")
    assert (got["ETag"], got["Content-Length"]) == (etag(file.content), "150000")
    assert got["Body"]["md5"] == hashlib.md5(file.content).hexdigest()

    assert python("object_exists", Bucket=HERE, Key="a/b.bin") is True
    python("delete_object", Bucket=HERE, Key="a/b.bin")
    assert python("object_exists", Bucket=HERE, Key="a/b.bin") is False
    python("delete_object", Bucket=HERE, Key="a/b.bin")  # no error


def test_bodies_of_every_kind(python: PythonSdk) -> None:
    assert put(python, "empty", "")["ETag"] == etag(b"")
    assert python("head_object", Bucket=HERE, Key="empty")["Content-Length"] == "0"
    assert put(python, "digits", "123456789")["x-cos-hash-crc64ecma"] == CRC_OF_DIGITS
    chunked = python("put_object", Bucket=HERE, Key="chunked", Body={"pieces": ["12345", "6789"]})
    assert (chunked["ETag"], chunked["x-cos-hash-crc64ecma"]) == (etag(b"123456789"), CRC_OF_DIGITS)
    assert python("get_object", Bucket=HERE, Key="chunked")["Body"]["text"] == "123456789"
    assert put(python, "checked", "ok", EnableMD5=True)["ETag"] == etag(b"ok")


def test_a_wrong_digest_stores_nothing(python: PythonSdk) -> None:
    wrong = {"Bucket": HERE, "Key": "damaged", "Body": {"text": "x"}}
    assert python.refused("put_object", **wrong, ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==") == (400, "BadDigest")
    assert python.refused("put_object", **wrong, ContentMD5="not a digest") == (400, "InvalidDigest")
    assert python("object_exists", Bucket=HERE, Key="damaged") is False


def test_metadata_and_standard_headers(python: PythonSdk) -> None:
    given = {
        "CacheControl": "max-age=60",
        "ContentDisposition": 'attachment; filename="a b.txt"',
        "ContentEncoding": "identity",
        "ContentLanguage": "zh-CN",
        "ContentType": "text/x-test; charset=utf-8",
        "Expires": "Wed, 21 Oct 2037 07:28:00 GMT",
        "Metadata": {"x-cos-meta-colour": "blue", "x-cos-meta-Other": "%E8%93%9D a=b"},
    }
    put(python, "meta", "content", **given)
    head, got = (python(f"{verb}_object", Bucket=HERE, Key="meta") for verb in ("head", "get"))
    for reply in (head, got):
        assert reply["Cache-Control"] == given["CacheControl"]
        assert reply["Content-Disposition"] == given["ContentDisposition"]
        assert reply["Content-Encoding"] == given["ContentEncoding"]
        assert reply["Content-Language"] == given["ContentLanguage"]
        assert reply["Content-Type"] == given["ContentType"]
        assert reply["Expires"] == given["Expires"]
        assert reply["x-cos-meta-colour"] == "blue"
        assert reply["x-cos-meta-other"] == "%E8%93%9D a=b"


def test_response_overrides(python: PythonSdk) -> None:
    put(python, "overridden", "content", ContentType="text/plain")
    wanted = {
        "ResponseContentType": "text/html; charset=utf-8",
        "ResponseContentLanguage": "en",
        "ResponseCacheControl": "no-store",
        "ResponseContentDisposition": 'attachment; filename="b+c 中.txt"',
        "ResponseExpires": "Wed, 21 Oct 2037 07:28:00 GMT",
    }
    got = python("get_object", Bucket=HERE, Key="overridden", **wanted)
    assert got["Content-Type"] == wanted["ResponseContentType"]
    assert got["Content-Language"] == "en"
    assert got["Cache-Control"] == "no-store"
    assert got["Expires"] == wanted["ResponseExpires"]
    assert got["Content-Disposition"].startswith('attachment; filename="b+c ')
    assert python("head_object", Bucket=HERE, Key="overridden")["Content-Type"] == "text/plain"


@pytest.mark.parametrize(
    ("wanted", "text", "said"),
    [
        ("bytes=2-4", "cde", "bytes 2-4/10"),
        ("bytes=7-", "hij", "bytes 7-9/10"),
        ("bytes=-3", "hij", "bytes 7-9/10"),
        ("bytes=5-999", "fghij", "bytes 5-9/10"),
        ("bytes=-999", "abcdefghij", "bytes 0-9/10"),
    ],
)
def test_ranges(python: PythonSdk, wanted: str, text: str, said: str) -> None:
    put(python, "range", "abcdefghij")
    got = python("get_object", Bucket=HERE, Key="range", Range=wanted)
    assert (got["Body"]["text"], got["Content-Range"], got["Content-Length"]) == (text, said, str(len(text)))


def test_a_range_beyond_the_end(python: PythonSdk) -> None:
    put(python, "range", "abcdefghij")
    assert python.refused("get_object", Bucket=HERE, Key="range", Range="bytes=10-") == (416, "InvalidRange")


def test_conditions_on_reading(python: PythonSdk) -> None:
    tag = put(python, "conditions", "content")["ETag"]
    date = python("head_object", Bucket=HERE, Key="conditions")["Last-Modified"]
    old = "Tue, 01 Jan 2019 00:00:00 GMT"
    subject = {"Bucket": HERE, "Key": "conditions"}
    for met in ({"IfMatch": tag}, {"IfNoneMatch": '"other"'}, {"IfModifiedSince": old}, {"IfUnmodifiedSince": date}):
        assert python("get_object", **subject, **met)["Body"]["text"] == "content", met
        assert python("head_object", **subject, **met)["Content-Length"] == "7", met
    for unmet in ({"IfMatch": '"other"'}, {"IfUnmodifiedSince": old}):
        assert python.refused("get_object", **subject, **unmet) == (412, "PreconditionFailed"), unmet
        assert python.refused("head_object", **subject, **unmet)[0] == 412, unmet
    for same in ({"IfNoneMatch": tag}, {"IfModifiedSince": date}, {"IfNoneMatch": tag, "IfModifiedSince": old}):
        not_modified = python("get_object", **subject, **same)  # the SDK takes 304 for success, and needs its length
        assert (not_modified["Body"]["size"], not_modified["ETag"]) == (0, tag), same


def test_conditions_on_writing(python: PythonSdk) -> None:
    put(python, "once", "first", IfNoneMatch="*")
    again = {"Bucket": HERE, "Key": "once", "Body": {"text": "second"}}
    assert python.refused("put_object", **again, IfNoneMatch="*") == (412, "PreconditionFailed")
    assert python.refused("put_object", **again, Metadata={"x-cos-forbid-overwrite": "true"})[0] == 409
    assert python("get_object", Bucket=HERE, Key="once")["Body"]["text"] == "first"
    put(python, "once", "second")
    assert python("get_object", Bucket=HERE, Key="once")["Body"]["text"] == "second"


@pytest.mark.parametrize("key", [*ODD_KEYS, *DOTTED_KEYS])
def test_odd_keys(python: PythonSdk, cos: Cos, key: str) -> None:
    name, content = f"odd/{key}", f"of {key}".encode()
    put(python, name, content)
    assert python("head_object", Bucket=HERE, Key=name)["ETag"] == etag(content)
    assert python("get_object", Bucket=HERE, Key=name)["Body"]["md5"] == hashlib.md5(content).hexdigest()
    listed = python("list_objects", Bucket=HERE, Prefix=name)["Contents"]
    assert [entry["Key"] for entry in listed] == [name]
    if key not in DOTTED_KEYS:
        assert cos.stored(PLAIN, name) == content
    python("copy_object", Bucket=HERE, Key=f"copied/{key}", CopySource=source(name))
    python("delete_object", Bucket=HERE, Key=name)
    assert python("object_exists", Bucket=HERE, Key=name) is False
    assert python("get_object", Bucket=HERE, Key=f"copied/{key}")["Body"]["md5"] == hashlib.md5(content).hexdigest()


def test_delete_many(python: PythonSdk) -> None:
    keys = [f"many/{key}" for key in ODD_KEYS]
    for key in keys:
        put(python, key, key)
    asked = [{"Key": key} for key in [*keys, "many/never there"]]
    reply = python("delete_objects", Bucket=HERE, Delete={"Object": asked})
    assert sorted(entry["Key"] for entry in reply["Deleted"]) == sorted([*keys, "many/never there"])
    assert "Error" not in reply
    assert "Contents" not in python("list_objects", Bucket=HERE, Prefix="many/")
    put(python, "many/quiet", "x")
    quiet = python("delete_objects", Bucket=HERE, Delete={"Object": [{"Key": "many/quiet"}], "Quiet": "true"})
    assert "Deleted" not in (quiet or {})
    assert python("object_exists", Bucket=HERE, Key="many/quiet") is False


def test_copy(python: PythonSdk, cos: Cos) -> None:
    cos.make("py-copies")
    put(python, "from 源+.txt", "content", ContentType="text/plain", Metadata={"x-cos-meta-colour": "blue"})
    elsewhere = full("py-copies")
    copied = python("copy_object", Bucket=elsewhere, Key="to.txt", CopySource=source("from 源+.txt"))
    assert copied["ETag"] == etag(b"content")
    assert copied["LastModified"]
    assert copied["CRC64"] == python("head_object", Bucket=HERE, Key="from 源+.txt")["x-cos-hash-crc64ecma"]
    head = python("head_object", Bucket=elsewhere, Key="to.txt")
    assert (head["Content-Type"], head["x-cos-meta-colour"]) == ("text/plain", "blue")

    replaced = {"CopyStatus": "Replaced", "ContentType": "text/html", "Metadata": {"x-cos-meta-size": "L"}}
    python("copy_object", Bucket=elsewhere, Key="replaced.txt", CopySource=source("from 源+.txt"), **replaced)
    head = python("head_object", Bucket=elsewhere, Key="replaced.txt")
    assert (head["Content-Type"], head["x-cos-meta-size"]) == ("text/html", "L")
    assert "x-cos-meta-colour" not in head
    # `copy` asks for the source's length first, with a HEAD
    assert python("copy", Bucket=elsewhere, Key="again.txt", CopySource=source("from 源+.txt"))["ETag"]


def test_a_copy_onto_itself_needs_new_metadata(python: PythonSdk) -> None:
    put(python, "self.txt", "content", Metadata={"x-cos-meta-colour": "blue"})
    itself = {"Bucket": HERE, "Key": "self.txt", "CopySource": source("self.txt")}
    assert python.refused("copy_object", **itself) == (400, "InvalidRequest")
    python("copy_object", **itself, CopyStatus="Replaced", Metadata={"x-cos-meta-colour": "red"})
    got = python("get_object", Bucket=HERE, Key="self.txt")
    assert (got["Body"]["text"], got["x-cos-meta-colour"]) == ("content", "red")


def test_conditions_on_copying(python: PythonSdk) -> None:
    tag = put(python, "conditional", "content")["ETag"]
    copy = {"Bucket": HERE, "Key": "conditional copy", "CopySource": source("conditional")}
    assert python.refused("copy_object", **copy, CopySourceIfMatch='"other"') == (412, "PreconditionFailed")
    assert python.refused("copy_object", **copy, CopySourceIfNoneMatch=tag) == (412, "PreconditionFailed")
    assert python("object_exists", Bucket=HERE, Key="conditional copy") is False
    assert python("copy_object", **copy, CopySourceIfMatch=tag)["ETag"] == tag


def test_a_copy_of_nothing(python: PythonSdk) -> None:
    status, code = python.refused("copy_object", Bucket=HERE, Key="x", CopySource=source("missing"))
    assert (status, code) in {(404, "NoSuchKey"), (404, "NoSuchCopySource")}
    nowhere = source("missing", full("py-nowhere"))
    assert python.refused("copy_object", Bucket=HERE, Key="x", CopySource=nowhere) == (404, "NoSuchBucket")


def test_append(python: PythonSdk) -> None:
    def append(position: int, text: str) -> Any:
        return python("append_object", Bucket=HERE, Key="log.txt", Position=position, Data={"text": text})

    assert append(0, "12345")["x-cos-next-append-position"] == "5"
    second = append(5, "6789")
    assert (second["x-cos-next-append-position"], second["x-cos-hash-crc64ecma"]) == ("9", CRC_OF_DIGITS)
    head = python("head_object", Bucket=HERE, Key="log.txt")
    assert (head["x-cos-object-type"], head["Content-Length"]) == ("appendable", "9")
    assert python("get_object", Bucket=HERE, Key="log.txt")["Body"]["text"] == "123456789"
    wrong = {"Bucket": HERE, "Key": "log.txt", "Position": 3, "Data": {"text": "x"}}
    assert python.refused("append_object", **wrong) == (409, "AppendPositionErr")
    put(python, "normal.txt", "abc")
    normal = {"Bucket": HERE, "Key": "normal.txt", "Position": 3, "Data": {"text": "x"}}
    assert python.refused("append_object", **normal) == (409, "ObjectNotAppendable")


def test_tagging(python: PythonSdk) -> None:
    put(python, "tagged", "x", Tagging="colour=blue&size=a%20b")
    subject = {"Bucket": HERE, "Key": "tagged"}

    def tags() -> dict[str, str]:
        found = python("get_object_tagging", **subject)["TagSet"]["Tag"]
        return {tag["Key"]: tag["Value"] for tag in found}

    assert tags() == {"colour": "blue", "size": "a b"}
    assert python("head_object", **subject)["x-cos-tagging-count"] == "2"
    python("put_object_tagging", **subject, Tagging={"TagSet": {"Tag": [{"Key": "颜色", "Value": "蓝"}]}})
    assert tags() == {"颜色": "蓝"}
    twice = {"TagSet": {"Tag": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}}
    assert python.refused("put_object_tagging", **subject, Tagging=twice) == (400, "InvalidTag")
    python("delete_object_tagging", **subject)
    assert not python("get_object_tagging", **subject)["TagSet"]
    assert "x-cos-tagging-count" not in python("head_object", **subject)


def test_access_control(python: PythonSdk, cos: Cos) -> None:
    put(python, "public", "open", ACL="public-read")
    put(python, "private", "closed")
    assert cos("GET", PLAIN, "public", signed=False).body == b"open"
    assert cos("GET", PLAIN, "private", signed=False).status == 403
    assert python("get_object_acl", Bucket=HERE, Key="public")["CannedACL"] == "public-read"
    assert python("get_object_acl", Bucket=HERE, Key="private")["CannedACL"] in {"private", "default"}
    python("put_object_acl", Bucket=HERE, Key="private", ACL="public-read")
    assert cos("GET", PLAIN, "private", signed=False).body == b"closed"
    python("put_object_acl", Bucket=HERE, Key="private", ACL="private")
    acl = python("get_object_acl", Bucket=HERE, Key="private")
    assert acl["CannedACL"] == "private"
    assert [grant["Permission"] for grant in acl["AccessControlList"]["Grant"]] == ["FULL_CONTROL"]
    assert acl["AccessControlList"]["Grant"][0]["Grantee"]["ID"] == acl["Owner"]["ID"]
    assert cos("GET", PLAIN, "private", signed=False).status == 403


def test_errors(python: PythonSdk) -> None:
    missing = {"Bucket": HERE, "Key": "missing 键"}
    assert python.refused("get_object", **missing) == (404, "NoSuchKey")
    assert python.refused("head_object", **missing) == (404, "NoSuchResource")  # the SDK's own word for a HEAD
    unknown = {"Bucket": full("py-unknown"), "Key": "a"}
    assert python.refused("get_object", **unknown) == (404, "NoSuchBucket")
    assert python.refused("put_object", **unknown, Body={"text": "x"}) == (404, "NoSuchBucket")
    foreign = {"Bucket": f"{BUCKET}-1259999999", "Key": "a"}
    assert python.refused("get_object", **foreign)[0] in {403, 404}
    long = {"Bucket": HERE, "Key": "k" * 1025, "Body": {"text": "x"}}
    assert python.refused("put_object", **long) == (400, "KeyTooLong")
