"""cos-nodejs-sdk-v5, and cos-js-sdk-v5 in Chromium: buckets, objects and listings, the same calls for both.

In the page the browser itself enforces CORS: what a reply does not expose, the SDK does not see.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from conformance.conftest import Sample, Server
from conformance.server import SECRET
from conformance.tencent import js
from conformance.tencent.conftest import etag
from conformance.tencent.js import JsSdk
from conformance.tencent.wire import DOTTED_KEYS, EVERYBODY, ODD_KEYS, REGION, Cos, cors, full

pytestmark = pytest.mark.conformance

CRC_OF_DIGITS = "11051210869376104954"  # of b"123456789"; Source: wire facts §6.5


@pytest.fixture(
    scope="module", params=["nodejs", pytest.param("browser", marks=pytest.mark.browser)], ids=["nodejs", "browser"]
)
def started(
    request: pytest.FixtureRequest, server: Server, cos: Cos, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[JsSdk]:
    """One child for all tests of this file, with a bucket that every page may use."""
    home = tmp_path_factory.mktemp("home")
    with js.nodejs(server, home) if request.param == "nodejs" else js.page(server) as sdk:
        sdk.bucket = f"{sdk.kind}-objects"
        cos.make(sdk.bucket)
        allow(cos, sdk.bucket)
        yield sdk


@pytest.fixture
def sdk(started: JsSdk) -> JsSdk:
    """The SDK with a fresh client."""
    started.configure()
    return started


def allow(cos: Cos, bucket: str) -> None:
    """Let every page use a bucket."""
    rules = cors("*")
    digest = base64.b64encode(hashlib.md5(rules).digest()).decode()
    answer = cos("PUT", bucket, query={"cors": ""}, headers={"Content-MD5": digest}, body=rules)
    assert answer.status == 200, answer.body


def source(sdk: JsSdk, key: str, bucket: str = "") -> str:
    """A copy's source, its key encoded as the SDK's documentation asks."""
    return f"{full(bucket or sdk.bucket)}.cos.{REGION}.myqcloud.com/{quote(key)}"


def test_put_head_get_delete(sdk: JsSdk) -> None:
    reply = sdk.put("a/b.txt", "123456789", ContentType="text/plain")
    assert (reply["statusCode"], reply["ETag"]) == (200, etag(b"123456789"))
    assert reply["headers"]["x-cos-hash-crc64ecma"] == CRC_OF_DIGITS
    assert reply["RequestId"]
    head = sdk("headObject", "a/b.txt")
    assert (head["statusCode"], head["ETag"]) == (200, etag(b"123456789"))
    assert head["headers"]["content-length"] == "9"
    assert head["headers"]["content-type"] == "text/plain"
    got = sdk("getObject", "a/b.txt")
    assert (got["statusCode"], got["ETag"], got["Body"]["text"]) == (200, etag(b"123456789"), "123456789")
    assert sdk("deleteObject", "a/b.txt")["statusCode"] == 204
    assert sdk("deleteObject", "a/b.txt")["statusCode"] == 204
    assert sdk.failure("headObject", "a/b.txt")["status"] == 404
    assert sdk.refused("getObject", "a/b.txt") == (404, "NoSuchKey")


def test_a_file(sdk: JsSdk, sample: Callable[..., Sample]) -> None:
    file = sample(700_000, salt=sdk.kind, name="图 片.png")
    sdk.configure(UploadCheckContentMd5=True)
    assert sdk.upload(file, "file.png")["ETag"] == etag(file.content)
    got = sdk("getObject", "file.png")
    assert got["Body"]["sha1"] == file.sha
    assert got["headers"]["content-type"] == "image/png"


def test_metadata_and_standard_headers(sdk: JsSdk) -> None:
    given = {"CacheControl": "max-age=60", "ContentDisposition": 'attachment; filename="a b.txt"'}
    expires = "Wed, 21 Oct 2037 07:28:00 GMT"
    sdk.put(
        "meta", "x", **given, ContentType="text/x-a; charset=utf-8", Expires=expires, **{"x-cos-meta-colour": "a=b c"}
    )
    for reply in (sdk("headObject", "meta"), sdk("getObject", "meta")):
        headers = reply["headers"]
        assert headers["cache-control"] == "max-age=60"
        assert headers["content-type"] == "text/x-a; charset=utf-8"
        assert headers["expires"] == expires
        assert headers["x-cos-meta-colour"] == "a=b c"
    sdk.put("without", "x", ContentType="text/plain")  # both SDKs send an empty Cache-Control then
    assert "cache-control" not in sdk("headObject", "without")["headers"]


def test_response_overrides(sdk: JsSdk) -> None:
    sdk.put("overridden", "x", ContentType="text/plain")
    wanted = {"ResponseContentType": "text/html; charset=utf-8", "ResponseCacheControl": "no-store"}
    headers = sdk("getObject", "overridden", **wanted, ResponseContentDisposition='attachment; filename="a+b 中.txt"')[
        "headers"
    ]
    assert (headers["content-type"], headers["cache-control"]) == tuple(wanted.values())


def test_ranges(sdk: JsSdk) -> None:
    cases = (("bytes=2-4", "cde"), ("bytes=7-", "hij"), ("bytes=-3", "hij"), ("bytes=5-99", "fghij"))
    for number, (wanted, text) in enumerate(cases):
        key = f"range/{number}"  # another key each time: Chromium changes the range of what it has cached in part
        sdk.put(key, "abcdefghij")
        got = sdk("getObject", key, Range=wanted)
        assert (got["statusCode"], got["Body"]["text"]) == (206, text), wanted
    sdk.put("range/beyond", "abcdefghij")
    assert sdk.refused("getObject", "range/beyond", Range="bytes=10-") == (416, "InvalidRange")


def test_conditions(sdk: JsSdk) -> None:
    tag = sdk.put("conditions", "content")["ETag"]
    old = "Tue, 01 Jan 2019 00:00:00 GMT"
    for met in ({"IfMatch": tag}, {"IfNoneMatch": '"other"'}, {"IfModifiedSince": old}):
        assert sdk.text("conditions", **met) == "content", met
    assert sdk.refused("getObject", "conditions", IfMatch='"other"') == (412, "PreconditionFailed")
    assert sdk.refused("getObject", "conditions", IfUnmodifiedSince=old) == (412, "PreconditionFailed")
    assert sdk.failure("getObject", "conditions", IfNoneMatch=tag)["status"] == 304
    date = sdk("headObject", "conditions")["headers"]["last-modified"]
    assert sdk("getObject", "conditions", IfModifiedSince=date)["NotModified"] is True
    assert sdk("headObject", "conditions", IfModifiedSince=date)["NotModified"] is True


def test_a_write_that_may_not_overwrite(sdk: JsSdk) -> None:
    key = "once"
    sdk.put(key, "first", **{"x-cos-forbid-overwrite": "true"})
    again = sdk.failure("putObject", key, Body="second", **{"x-cos-forbid-overwrite": "true"})
    assert again["status"] == 409
    assert sdk.refused("putObject", key, Body="second", IfNoneMatch="*") == (412, "PreconditionFailed")
    assert sdk.text(key) == "first"


def test_odd_keys(sdk: JsSdk, cos: Cos) -> None:
    keys = [*ODD_KEYS, *(() if sdk.browser else DOTTED_KEYS)]
    for key in keys:
        text = f"of {key}"
        sdk.put(f"odd/{key}", text)
        assert sdk("headObject", f"odd/{key}")["headers"]["content-length"] == str(len(text.encode())), key
        assert sdk.text(f"odd/{key}") == text, key
        if key not in DOTTED_KEYS:
            assert cos.stored(sdk.bucket, f"odd/{key}") == text.encode(), key
    listed = [entry["Key"] for entry in sdk("getBucket", Prefix="odd/")["Contents"]]
    assert listed == sorted((f"odd/{key}" for key in keys), key=str.encode)
    for key in keys:
        copied = sdk("putObjectCopy", f"copied/{key}", CopySource=source(sdk, f"odd/{key}"))
        assert copied["ETag"] == etag(f"of {key}".encode()), key
    every = [{"Key": f"{folder}/{key}"} for key in keys for folder in ("odd", "copied")]
    deleted = sdk("deleteMultipleObject", Objects=every)
    assert sorted(entry["Key"] for entry in deleted["Deleted"]) == sorted(entry["Key"] for entry in every)
    assert deleted["Error"] == []
    assert sdk("getBucket", Prefix="odd/")["Contents"] == []


def test_delete_one_of_many(sdk: JsSdk) -> None:
    sdk.put("one", "x")
    assert [entry["Key"] for entry in sdk("deleteMultipleObject", Objects=[{"Key": "one"}])["Deleted"]] == ["one"]
    sdk.put("one", "x")
    assert sdk("deleteMultipleObject", Objects=[{"Key": "one"}], Quiet=True)["Deleted"] == []
    assert sdk.refused("getObject", "one") == (404, "NoSuchKey")


def test_listing(sdk: JsSdk) -> None:
    for name in ("a.txt", "d/1.txt", "d/2.txt", "d/e/3.txt", "z.txt", "文.txt"):
        sdk.put(f"list/{name}", name)
    page = sdk("getBucket", Prefix="list/", Delimiter="/")
    assert [entry["Key"] for entry in page["Contents"]] == ["list/a.txt", "list/z.txt", "list/文.txt"]
    assert [entry["Prefix"] for entry in page["CommonPrefixes"]] == ["list/d/"]
    assert (page["IsTruncated"], page["Name"], page["Prefix"]) == ("false", full(sdk.bucket), "list/")
    assert page["Contents"][0]["ETag"] == etag(b"a.txt")
    one = sdk("getBucket", Prefix="list/a")
    assert [entry["Size"] for entry in one["Contents"]] == ["5"], "a list of one element"

    found: list[str] = []
    marker = ""
    for _ in range(6):
        page = sdk("getBucket", Prefix="list/", Delimiter="/", MaxKeys=2, Marker=marker)
        found += [entry["Key"] for entry in page["Contents"]] + [entry["Prefix"] for entry in page["CommonPrefixes"]]
        if page["IsTruncated"] == "false":
            break
        marker = page["NextMarker"]
    assert sorted(found) == ["list/a.txt", "list/d/", "list/z.txt", "list/文.txt"]
    encoded = sdk("getBucket", Prefix="list/文", EncodingType="url")
    assert [entry["Key"] for entry in encoded["Contents"]] == ["list/%E6%96%87.txt"]


def test_copy(sdk: JsSdk, cos: Cos) -> None:
    elsewhere = f"{sdk.kind}-copies"
    cos.make(elsewhere)
    allow(cos, elsewhere)
    sdk.put("from 源+.txt", "content", ContentType="text/plain", **{"x-cos-meta-colour": "blue"})
    to = {"Bucket": full(elsewhere), "CopySource": source(sdk, "from 源+.txt")}
    copied = sdk("putObjectCopy", "to.txt", **to)
    assert (copied["ETag"], copied["statusCode"]) == (etag(b"content"), 200)
    headers = sdk("headObject", "to.txt", Bucket=full(elsewhere))["headers"]
    assert (headers["content-type"], headers["x-cos-meta-colour"]) == ("text/plain", "blue")
    changed = {"ContentType": "text/html", "x-cos-meta-colour": "red"}
    sdk("putObjectCopy", "replaced.txt", **to, MetadataDirective="Replaced", **changed)
    headers = sdk("headObject", "replaced.txt", Bucket=full(elsewhere))["headers"]
    assert (headers["content-type"], headers["x-cos-meta-colour"]) == ("text/html", "red")
    assert sdk("sliceCopyFile", "sliced.txt", **to)["ETag"] == etag(b"content")

    itself = {"CopySource": source(sdk, "from 源+.txt")}
    assert sdk.refused("putObjectCopy", "from 源+.txt", **itself) == (400, "InvalidRequest")
    sdk("putObjectCopy", "from 源+.txt", **itself, MetadataDirective="Replaced", **changed)
    assert sdk("headObject", "from 源+.txt")["headers"]["x-cos-meta-colour"] == "red"
    wrong = {**itself, "CopySourceIfMatch": '"other"'}
    assert sdk.refused("putObjectCopy", "no.txt", **wrong) == (412, "PreconditionFailed")
    missing = sdk.refused("putObjectCopy", "no.txt", CopySource=source(sdk, "missing"))
    assert missing in {(404, "NoSuchKey"), (404, "NoSuchCopySource")}


def test_append(sdk: JsSdk) -> None:
    first = sdk("appendObject", "log.txt", Position=0, Body="12345")
    assert first["headers"]["x-cos-hash-crc64ecma"]
    second = sdk("appendObject", "log.txt", Position=5, Body="6789")
    assert second["headers"]["x-cos-hash-crc64ecma"] == CRC_OF_DIGITS
    assert sdk.text("log.txt") == "123456789"
    assert sdk.refused("appendObject", "log.txt", Position=1, Body="x") == (409, "AppendPositionErr")
    sdk.put("normal.txt", "abc")
    assert sdk.refused("appendObject", "normal.txt", Position=3, Body="x") == (409, "ObjectNotAppendable")


def test_access_control(sdk: JsSdk, cos: Cos) -> None:
    sdk.put("closed.txt", "content")
    assert cos("GET", sdk.bucket, "closed.txt", signed=False).status == 403
    sdk("putObjectAcl", "closed.txt", ACL="public-read")
    assert sdk("getObjectAcl", "closed.txt")["ACL"] == "public-read"
    assert cos("GET", sdk.bucket, "closed.txt", signed=False).body == b"content"
    sdk("putObjectAcl", "closed.txt", ACL="private")
    assert sdk("getObjectAcl", "closed.txt")["ACL"] == "private"
    owner = sdk("getBucketAcl")["Owner"]["ID"]
    reader = {"Grantee": {"URI": EVERYBODY}, "Permission": "READ"}
    policy = {"Owner": {"ID": owner}, "Grants": [reader]}
    sdk("putBucketAcl", AccessControlPolicy=policy)
    assert sdk("getBucketAcl")["ACL"] == "public-read"
    sdk("putBucketAcl", ACL="public-read-write")
    assert sdk("getBucketAcl")["ACL"] == "public-read-write"
    sdk("putBucketAcl", ACL="private")
    assert sdk("getBucketAcl")["ACL"] == "private"


def test_tagging(sdk: JsSdk) -> None:
    sdk.put("tagged", "x")
    assert sdk("getObjectTagging", "tagged")["Tags"] == []  # the SDK's reading of 404 NoSuchTagSet
    tags = [{"Key": "colour", "Value": "blue"}, {"Key": "大小", "Value": "a b"}]
    sdk("putObjectTagging", "tagged", Tags=tags)
    assert sdk("getObjectTagging", "tagged")["Tags"] == tags
    sdk("deleteObjectTagging", "tagged")
    assert sdk("getObjectTagging", "tagged")["Tags"] == []


def test_cross_origin_rules(sdk: JsSdk, cos: Cos) -> None:
    rules = [
        {
            "AllowedOrigins": ["*"],
            "AllowedMethods": ["GET", "PUT", "POST", "DELETE", "HEAD"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag", "x-cos-request-id"],
            "MaxAgeSeconds": "5",
        },
    ]
    try:
        sdk("putBucketCors", CORSRules=rules)
        assert sdk("getBucketCors")["CORSRules"] == rules
        if not sdk.browser:
            asked = {"Origin": "http://a.test", "AccessControlRequestMethod": "PUT"}
            told = sdk("optionsObject", "a", **asked)
            assert told["AccessControlAllowOrigin"] in {"*", "http://a.test"}
            sdk("deleteBucketCors")
            assert sdk("getBucketCors")["CORSRules"] == []
            assert sdk("optionsObject", "a", **asked)["OptionsForbidden"] is True
    finally:
        allow(cos, sdk.bucket)


def test_errors_carry_what_the_sdk_shows(sdk: JsSdk) -> None:
    value = sdk.failure("getObject", "missing 键")
    assert (value["status"], value["code"]) == (404, "NoSuchKey")
    assert value["message"]
    assert value["requestId"]
    if not sdk.browser:  # a page may not read the reply of a bucket without rules, and a missing one has none
        assert sdk.refused("getObject", "a", Bucket=full("js-unknown")) == (404, "NoSuchBucket")
        assert sdk.refused("putObject", "a", Body="x", Bucket=full("js-unknown")) == (404, "NoSuchBucket")
        assert sdk.failure("headBucket", Bucket=full("js-unknown"))["status"] == 404


def test_a_wrong_secret_and_an_unknown_key(sdk: JsSdk, cos: Cos) -> None:
    for callback in (False, True):
        sdk.configure(SecretKey=SECRET + "x", Callback=callback)
        for method, more in (("getBucket", {}), ("putObject", {"key": "w", "Body": "x"}), ("getObject", {"key": "a"})):
            found: Any = sdk.refused(method, **more)
            assert found == (403, "SignatureDoesNotMatch"), method
    sdk.configure(SecretId="entrepot-no-such-id")
    assert sdk.refused("getBucket") == (403, "InvalidAccessKeyId")
    assert cos("HEAD", sdk.bucket, "w").status == 404


def test_a_clock_that_is_wrong_is_corrected_by_the_servers(sdk: JsSdk) -> None:
    for hours in (-5, 5):
        sdk.configure(SystemClockOffset=hours * 3_600_000)
        assert sdk.put("clock", "x")["statusCode"] == 200
        assert abs(sdk.driver.call("offset")) < 60_000
