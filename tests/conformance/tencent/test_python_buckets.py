"""cos-python-sdk-v5: buckets, their access control, CORS rules and listings."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conformance.conftest import Server
from conformance.plain_http import request
from conformance.server import BUCKET, SECRET
from conformance.tencent.conftest import PythonSdk
from conformance.tencent.wire import EVERYBODY, Cos, code_of, full, host

pytestmark = pytest.mark.conformance

PLAIN = "py-buckets"
HERE = full(PLAIN)
LISTED = "py-listing"
NAMES = ("a.txt", "b c.txt", "d/1.txt", "d/2.txt", "d/e/3.txt", "f+g/4.txt", "z.txt", "é.txt", "文.txt", "😀.txt")


@pytest.fixture(scope="module", autouse=True)
def _buckets(cos: Cos) -> None:
    cos.make(PLAIN)
    cos.make(LISTED)
    for name in NAMES:
        assert cos("PUT", LISTED, name, body=name.encode()).status == 200


def test_create_head_list_delete(python: PythonSdk) -> None:
    name = full("py-fresh")
    assert python("bucket_exists", Bucket=name) is False
    python("create_bucket", Bucket=name)
    assert python("bucket_exists", Bucket=name) is True
    region = python("head_bucket", Bucket=name)["x-cos-bucket-region"]
    assert region
    assert python("get_bucket_location", Bucket=name)["LocationConstraint"] == region

    service = python("list_buckets")
    found = {bucket["Name"]: bucket for bucket in service["Buckets"]["Bucket"]}
    assert {name, full(BUCKET)} <= set(found)
    assert found[name]["Location"] == region
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", found[name]["CreationDate"])
    assert service["Owner"]["ID"].startswith("qcs::cam::uin/")

    status, code = python.refused("create_bucket", Bucket=name)
    assert (status, code) in {(409, "BucketAlreadyOwnedByYou"), (409, "BucketAlreadyExists")}
    python("put_object", Bucket=name, Key="a", Body={"text": "x"})
    assert python.refused("delete_bucket", Bucket=name) == (409, "BucketNotEmpty")
    python("delete_object", Bucket=name, Key="a")
    python("delete_bucket", Bucket=name)
    assert python("bucket_exists", Bucket=name) is False
    assert python.refused("delete_bucket", Bucket=name) == (404, "NoSuchBucket")
    assert name not in {bucket["Name"] for bucket in python("list_buckets")["Buckets"]["Bucket"]}


def test_an_unknown_bucket(python: PythonSdk) -> None:
    unknown = {"Bucket": full("py-unknown")}
    assert python.refused("list_objects", **unknown) == (404, "NoSuchBucket")
    assert python.refused("head_bucket", **unknown)[0] == 404
    assert python.refused("get_bucket_acl", **unknown) == (404, "NoSuchBucket")
    assert python.refused("list_multipart_uploads", **unknown) == (404, "NoSuchBucket")


def listed(python: PythonSdk, **arguments: object) -> tuple[list[str], list[str], Any]:
    """Keys, common prefixes and the whole reply of one page."""
    page = python("list_objects", Bucket=full(LISTED), **arguments)
    keys = [entry["Key"] for entry in page.get("Contents", [])]
    return keys, [entry["Prefix"] for entry in page.get("CommonPrefixes", [])], page


def test_listing(python: PythonSdk) -> None:
    keys, prefixes, page = listed(python)
    assert keys == sorted(NAMES, key=str.encode)
    assert prefixes == []
    assert (page["IsTruncated"], page["Name"], page["MaxKeys"]) == ("false", full(LISTED), "1000")
    entry = page["Contents"][0]
    assert (entry["Size"], entry["StorageClass"]) == ("5", "STANDARD")
    assert re.fullmatch(r'"[0-9a-f]{32}"', entry["ETag"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["LastModified"])
    assert {"ID", "DisplayName"} <= set(entry["Owner"])


def test_listing_with_prefix_and_delimiter(python: PythonSdk) -> None:
    keys, prefixes, page = listed(python, Delimiter="/")
    assert keys == ["a.txt", "b c.txt", "z.txt", "é.txt", "文.txt", "😀.txt"]
    assert prefixes == ["d/", "f+g/"]
    assert page["Delimiter"] in {"/", "%2F"}
    assert listed(python, Prefix="d/", Delimiter="/")[:2] == (["d/1.txt", "d/2.txt"], ["d/e/"])
    assert listed(python, Prefix="d/")[0] == ["d/1.txt", "d/2.txt", "d/e/3.txt"]
    assert listed(python, Prefix="none")[:2] == ([], [])
    assert listed(python, Prefix="文")[0] == ["文.txt"]


@pytest.mark.parametrize("page_size", [1, 2, 3])
def test_listing_in_pages(python: PythonSdk, page_size: int) -> None:
    found: list[str] = []
    marker = ""
    for _ in range(len(NAMES) + 1):
        keys, prefixes, page = listed(python, Delimiter="/", MaxKeys=page_size, Marker=marker)
        assert len(keys) + len(prefixes) <= page_size
        found += keys + prefixes
        if page["IsTruncated"] == "false":
            assert "NextMarker" not in page
            break
        marker = page["NextMarker"]
    assert sorted(found) == sorted(["a.txt", "b c.txt", "d/", "f+g/", "z.txt", "é.txt", "文.txt", "😀.txt"])


def test_listing_encoded(python: PythonSdk) -> None:
    page = python("list_objects", Bucket=full(LISTED), EncodingType="url", Prefix="b c")
    assert page["EncodingType"] == "url"
    assert [entry["Key"] for entry in page["Contents"]] == ["b%20c.txt"]
    page = python("list_objects", Bucket=full(LISTED), EncodingType="url", Prefix="f+g/")
    assert [entry["Key"] for entry in page["Contents"]] == ["f%2Bg/4.txt"]


def test_access_control(python: PythonSdk, cos: Cos) -> None:
    cos("PUT", PLAIN, "a.txt", body=b"content")
    assert python("get_bucket_acl", Bucket=HERE)["CannedACL"] == "private"
    assert code_of(cos("GET", PLAIN, signed=False)) == (403, "AccessDenied")
    assert code_of(cos("GET", PLAIN, "a.txt", signed=False)) == (403, "AccessDenied")

    python("put_bucket_acl", Bucket=HERE, ACL="public-read")
    assert python("get_bucket_acl", Bucket=HERE)["CannedACL"] == "public-read"
    assert cos("GET", PLAIN, "a.txt", signed=False).body == b"content"
    assert cos("GET", PLAIN, signed=False).status == 200
    assert cos("PUT", PLAIN, "b.txt", body=b"x", signed=False).status == 403

    python("put_bucket_acl", Bucket=HERE, ACL="public-read-write")
    assert python("get_bucket_acl", Bucket=HERE)["CannedACL"] == "public-read-write"
    assert cos("PUT", PLAIN, "b.txt", body=b"x", signed=False).status == 200

    python("put_bucket_acl", Bucket=HERE, ACL="private")
    assert cos("GET", PLAIN, "a.txt", signed=False).status == 403


def test_an_access_control_policy(python: PythonSdk, cos: Cos) -> None:
    cos("PUT", PLAIN, "policy.txt", body=b"content")
    owner = python("get_bucket_acl", Bucket=HERE)["Owner"]
    xsi = "http://www.w3.org/2001/XMLSchema-instance"
    grantee = {"@xmlns:xsi": xsi, "@xsi:type": "Group", "URI": EVERYBODY}
    mine = {"@xmlns:xsi": xsi, "@xsi:type": "CanonicalUser", "ID": owner["ID"]}
    grants = [{"Grantee": mine, "Permission": "FULL_CONTROL"}, {"Grantee": grantee, "Permission": "READ"}]
    policy = {"Owner": {"ID": owner["ID"]}, "AccessControlList": {"Grant": grants}}
    python("put_bucket_acl", Bucket=HERE, AccessControlPolicy=policy)
    assert python("get_bucket_acl", Bucket=HERE)["CannedACL"] == "public-read"
    assert cos("GET", PLAIN, "policy.txt", signed=False).body == b"content"
    python("put_bucket_acl", Bucket=HERE, ACL="private")


def preflight(server: Server, origin: str, method: str, headers: str = "") -> Any:
    """What a browser asks before a request."""
    sent = {"Host": host(PLAIN), "Origin": origin, "Access-Control-Request-Method": method}
    sent |= {"Access-Control-Request-Headers": headers} if headers else {}
    return request("OPTIONS", f"{server.address}/a.txt", headers=sent)


def test_cross_origin_rules(python: PythonSdk, cos: Cos, server: Server) -> None:
    python("delete_bucket_cors", Bucket=HERE)
    assert python.refused("get_bucket_cors", Bucket=HERE) == (404, "NoSuchCORSConfiguration")
    assert preflight(server, "http://app.example.test", "PUT").status == 403
    rules = [
        {
            "ID": "app",
            "AllowedOrigin": ["http://app.example.test", "https://*.example.test"],
            "AllowedMethod": ["GET", "PUT"],
            "AllowedHeader": ["content-type", "x-cos-*"],
            "ExposeHeader": ["ETag", "x-cos-request-id"],
            "MaxAgeSeconds": "300",
        },
        {"AllowedOrigin": "*", "AllowedMethod": "HEAD"},
    ]
    python("put_bucket_cors", Bucket=HERE, CORSConfiguration={"CORSRule": rules})
    first, second = python("get_bucket_cors", Bucket=HERE)["CORSRule"]
    assert first == rules[0]
    assert (second["AllowedOrigin"], second["AllowedMethod"]) == (["*"], ["HEAD"])

    answer = preflight(server, "http://app.example.test", "PUT", "content-type, x-cos-meta-a")
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "http://app.example.test"
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert "x-cos-meta-a" in answer.headers["access-control-allow-headers"]
    assert answer.headers["access-control-max-age"] == "300"
    assert preflight(server, "https://x.example.test", "GET").status == 200
    assert preflight(server, "http://anything.test", "HEAD").status == 200
    for origin, method, headers in (
        ("http://other.test", "PUT", ""),
        ("http://app.example.test", "DELETE", ""),
        ("http://app.example.test", "PUT", "x-other"),
    ):
        assert code_of(preflight(server, origin, method, headers)) == (403, "AccessForbidden")

    cos("PUT", PLAIN, "a.txt", body=b"x")
    got = cos("GET", PLAIN, "a.txt", headers={"Origin": "http://app.example.test"})
    assert got.headers["access-control-allow-origin"] == "http://app.example.test"
    assert "ETag" in got.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in cos("GET", PLAIN, "a.txt", headers={"Origin": "http://o.test"}).headers
    python("delete_bucket_cors", Bucket=HERE)
    assert preflight(server, "http://app.example.test", "PUT").status == 403


@pytest.mark.parametrize("suffix", ["myqcloud.com", "localhost", "example.test"])
def test_a_bucket_without_rules_allows_no_origin(python: PythonSdk, server: Server, suffix: str) -> None:
    python("delete_bucket_cors", Bucket=HERE)
    sent = {"Host": host(PLAIN, suffix), "Origin": "http://a.test", "Access-Control-Request-Method": "PUT"}
    sent["Access-Control-Request-Headers"] = "authorization,cache-control"  # what the JavaScript SDK's PUT asks for
    assert code_of(request("OPTIONS", f"{server.address}/a.txt", headers=sent)) == (403, "AccessForbidden")


def test_what_is_not_there_is_refused(python: PythonSdk) -> None:
    given = {"Bucket": HERE, "Status": "Enabled"}
    status, code = python.refused("put_bucket_versioning", **given)
    assert (status, code) == (405, "MethodNotAllowed")


def test_a_wrong_secret_and_an_unknown_key(python: PythonSdk, server: Server) -> None:
    proxied = {"Proxies": {"http": server.address}}
    python.configure(**proxied, SecretKey=SECRET + "x")
    assert python.refused("list_objects", Bucket=HERE) == (403, "SignatureDoesNotMatch")
    assert python.refused("head_bucket", Bucket=HERE)[0] == 403
    assert python.refused("list_buckets") == (403, "SignatureDoesNotMatch")
    assert python.refused("put_object", Bucket=HERE, Key="w", Body={"text": "x"}) == (403, "SignatureDoesNotMatch")
    python.configure(**proxied, SecretId="entrepot-no-such-id")
    assert python.refused("list_objects", Bucket=HERE) == (403, "InvalidAccessKeyId")
    python.configure(**proxied, Anonymous=True, SecretId=None, SecretKey=None)
    assert python.refused("list_objects", Bucket=HERE) == (403, "AccessDenied")
    python.configure(**proxied)
    assert python("object_exists", Bucket=HERE, Key="w") is False
