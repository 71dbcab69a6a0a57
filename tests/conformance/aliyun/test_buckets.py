"""OSS clients: the service and buckets.

Source: wire facts of Alibaba §5.5; what each SDK's parser cannot do without is read by the drivers.
"""

from __future__ import annotations

import pytest

from conformance.aliyun.calls import USER_ID, Client, follow
from conformance.server import APPID, BUCKET

pytestmark = pytest.mark.conformance

RULES = [
    {
        "origins": ["http://app.example.com", "http://*.example.org"], "methods": ["GET", "PUT"], "headers": ["*"],
        "exposed": ["ETag", "x-oss-request-id"], "seconds": 600,
    },
    {
        "origins": ["http://one.example.net"], "methods": ["POST"], "headers": ["x-oss-a"], "exposed": ["ETag"],
        "seconds": 5,
    },
]  # fmt: skip
LIFECYCLE = [
    {"id": "temp", "prefix": "temp/", "status": "Enabled", "days": 3, "abort": None},
    {"id": "parts", "prefix": "parts/", "status": "Disabled", "days": None, "abort": 7},
]


def test_a_bucket_from_beginning_to_end(oss: Client, bucket: str) -> None:
    info = oss.call("bucket_info", bucket)
    assert (info["name"], info["class"], info["owner"], info["acl"]) == (bucket, "Standard", USER_ID, "private")
    assert info["location"].startswith("oss-")
    assert info["extranet"]
    assert info["extranet"] == info["intranet"]
    assert oss.call("bucket_location", bucket) == info["location"]
    assert oss.call("create_bucket", bucket)["status"] == 200, "the same settings again"

    oss.connect(bucket=bucket)
    oss.call("put", "a", b"0123456789")
    oss.call("put", "b", b"01234")
    upload = oss.call("initiate", "c")
    assert oss.call("bucket_stat", bucket) == [15, 2, 1]
    oss.refused(409, "BucketNotEmpty", "delete_bucket", bucket)
    oss.call("delete_many", ["a", "b"])
    oss.call("abort", "c", upload)
    assert oss.call("bucket_stat", bucket) == [0, 0, 0]
    assert oss.call("delete_bucket", bucket)["status"] == 204
    oss.refused(404, "NoSuchBucket", "bucket_info", bucket)
    oss.refused(404, "NoSuchBucket", "delete_bucket", bucket)


def test_a_bucket_with_parts_in_it_is_not_empty(oss: Client, bucket: str) -> None:
    oss.connect(bucket=bucket)
    upload = oss.call("initiate", "a")
    oss.call("upload_part", "a", upload, 1, b"content")
    oss.refused(409, "BucketNotEmpty", "delete_bucket", bucket)
    oss.call("abort", "a", upload)
    assert oss.call("delete_bucket", bucket)["status"] == 204


def test_listing_buckets(oss: Client, bucket: str) -> None:
    found = oss.call("list_buckets", max=1000)
    assert found["owner"] == USER_ID
    listed = {entry["name"]: entry for entry in found["buckets"]}
    assert {bucket, BUCKET} <= set(listed)
    assert listed[bucket]["location"] == oss.call("bucket_location", bucket)
    assert listed[bucket]["class"] == "Standard"
    assert list(listed) == sorted(listed)

    assert [entry["name"] for entry in oss.call("list_buckets", prefix=bucket)["buckets"]] == [bucket]
    assert oss.call("list_buckets", prefix="no-such-bucket-")["buckets"] == []
    names, marker = [], ""
    for _ in range(100):
        page = oss.call("list_buckets", max=1, **({"marker": marker} if marker else {}))
        names += [entry["name"] for entry in page["buckets"]]
        marker = page["next"]
        if not page["truncated"]:
            break
    assert names == list(listed)


def test_both_names_of_a_bucket(oss: Client, where: str) -> None:
    oss.connect(bucket=f"{BUCKET}-{APPID}")
    oss.call("put", where + "a", b"one namespace")
    oss.connect()
    assert oss.call("get", where + "a")["body"]["text"] == "one namespace"
    assert oss.call("bucket_location", f"{BUCKET}-{APPID}") == oss.call("bucket_location", BUCKET)


def test_the_acl_of_a_bucket(oss: Client, bucket: str) -> None:
    oss.connect(bucket=bucket)
    oss.call("put", "a", b"content")
    url = f"{oss.server.address}/{bucket}/a"
    refused = follow(oss.server, "GET", url)
    assert refused.status == 403
    assert b"<Code>AccessDenied</Code>" in refused.body
    for acl, reading, writing in (("public-read", 200, 403), ("public-read-write", 200, 200), ("private", 403, 403)):
        assert oss.call("put_bucket_acl", bucket, acl)["status"] == 200
        assert oss.call("bucket_acl", bucket) == acl
        assert oss.call("bucket_info", bucket)["acl"] == acl
        assert follow(oss.server, "GET", url).status == reading, acl
        assert follow(oss.server, "PUT", url, b"content").status == writing, acl
    oss.refused(400, "InvalidArgument", "put_bucket_acl", bucket, "public")


def test_a_bucket_made_public(oss: Client, bucket: str) -> None:
    other = f"{bucket}-open"
    oss.call("create_bucket", other, acl="public-read")
    try:
        assert oss.call("bucket_acl", other) == "public-read"
    finally:
        oss.call("delete_bucket", other)


def test_cors(oss: Client, bucket: str) -> None:
    oss.refused(404, "NoSuchCORSConfiguration", "cors", bucket)
    assert oss.call("put_cors", bucket, RULES)["status"] == 200
    assert oss.call("cors", bucket) == RULES

    def ask(origin: str, method: str) -> tuple[int, dict[str, str]]:
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "x-oss-b",
        }
        answer = follow(oss.server, "OPTIONS", f"{oss.server.address}/{bucket}/a", **headers)
        return answer.status, dict(answer.headers)

    status, headers = ask("http://sub.example.org", "PUT")
    assert status == 200
    assert headers["access-control-allow-origin"] == "http://sub.example.org"
    assert "PUT" in headers["access-control-allow-methods"]
    assert headers["access-control-allow-headers"].lower() == "x-oss-b"
    assert headers["access-control-max-age"] == "600"
    assert ask("http://sub.example.org", "DELETE")[0] == 403
    assert ask("http://one.example.net", "POST")[0] == 403, "a header that is not allowed"
    assert ask("http://elsewhere.example.net", "GET")[0] == 403
    oss.call("put_bucket_acl", bucket, "public-read-write")
    assert follow(oss.server, "PUT", f"{oss.server.address}/{bucket}/a", b"content").status == 200
    plain = follow(oss.server, "GET", f"{oss.server.address}/{bucket}/a", Origin="http://app.example.com")
    assert (plain.status, plain.headers["access-control-allow-origin"]) == (200, "http://app.example.com")
    assert "ETag" in plain.headers["access-control-expose-headers"]

    assert oss.call("delete_cors", bucket)["status"] == 204
    oss.refused(404, "NoSuchCORSConfiguration", "cors", bucket)
    assert ask("http://app.example.com", "GET")[0] == 403


def test_lifecycle(oss: Client, bucket: str) -> None:
    oss.refused(404, "NoSuchLifecycle", "lifecycle", bucket)
    assert oss.call("put_lifecycle", bucket, LIFECYCLE)["status"] == 200
    assert oss.call("lifecycle", bucket) == LIFECYCLE
    assert oss.call("delete_lifecycle", bucket)["status"] == 204
    oss.refused(404, "NoSuchLifecycle", "lifecycle", bucket)


def test_what_is_asked_of_a_bucket_that_does_not_exist(oss: Client) -> None:
    name = "no-such-bucket-anywhere"
    for method in ("bucket_info", "bucket_location", "bucket_stat", "bucket_acl", "cors", "lifecycle", "delete_bucket"):
        oss.refused(404, "NoSuchBucket", method, name)
    oss.connect(bucket=name)
    oss.refused(404, "NoSuchBucket", "list")
    oss.refused(404, "NoSuchBucket", "put", "a", b"content")
    oss.refused(404, "NoSuchBucket", "get", "a")
    oss.refused(404, "NoSuchBucket", "initiate", "a")
    oss.refused(404, "NoSuchBucket", "delete", "a")
    oss.refused(404, "NoSuchBucket", "append", "a", 0, b"content")
    # ali-oss takes every 404 without a body for a missing object, whatever else is said
    code = "NoSuchKey" if oss.sdk == "ali_oss" else "NoSuchBucket"
    oss.refused(404, code, "head", "a")
    oss.refused(404, code, "meta", "a")
    if oss.sdk != "ali_oss":
        oss.refused(404, "NoSuchBucket", "exists", "a")


def test_an_acl_makes_a_bucket_that_is_missing(oss: Client) -> None:
    """The cloud's page "PutBucketAcl"."""
    name = f"by-acl-{oss.sdk}-{oss.version}".replace("_", "-").lower()
    oss.call("put_bucket_acl", name, "public-read")
    assert oss.call("bucket_acl", name) == "public-read"
    oss.call("delete_bucket", name)
