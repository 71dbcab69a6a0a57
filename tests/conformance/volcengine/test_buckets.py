"""Buckets and what is set on them, by each TOS SDK.

Source: wire facts of Volcengine §3.5 (EC), §3.8 (JSON), §3.9 (operations and their statuses).
"""

from __future__ import annotations

import pytest

from conformance.plain_http import request
from conformance.server import BUCKET
from conformance.volcengine.asking import grants, refusal, unset
from conformance.volcengine.clients import ENDPOINT, Client
from conformance.volcengine.plain import follow

pytestmark = pytest.mark.conformance

NO_BUCKET = "0006-00000001"


def test_a_bucket_from_its_making_to_its_end(tos: Client) -> None:
    name = f"tos-{tos.sdk.name}-life"
    assert tos.do("does_bucket_exist", bucket=name)["value"] is False
    made = tos.do("create_bucket", bucket=name)
    assert made.status == 200
    assert made.header["location"]
    assert made.header["x-tos-request-id"]
    assert made.header["x-tos-id-2"]
    try:
        head = tos.do("head_bucket", bucket=name)
        assert (head.status, head["bucket_type"], head["storage_class"]) == (200, "fns", "STANDARD")
        assert head["region"] == tos.do("get_bucket_location", bucket=name)["region"]
        assert tos.do("does_bucket_exist", bucket=name)["value"] is True

        listed = tos.do("list_buckets")
        by_name = {entry["name"]: entry for entry in listed["buckets"]}
        assert {BUCKET, name} <= set(by_name)
        assert by_name[name]["location"] == head["region"]
        assert by_name[name]["creation_date"].endswith("Z")
        assert by_name[name]["extranet_endpoint"]
        assert by_name[name]["intranet_endpoint"]
        assert listed["owner"]["id"]

        again = refusal(tos, "create_bucket", bucket=name)
        assert (again.status, again.code in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}) == (409, True)
        tos.do("put_object", bucket=name, key="a", content={"text": "a"})
        full = refusal(tos, "delete_bucket", bucket=name)
        assert (full.status, full.code) == (409, "BucketNotEmpty")
        assert tos.do("delete_object", bucket=name, key="a").status == 204
    finally:
        assert tos.do("delete_bucket", bucket=name).status == 204
    gone = refusal(tos, "head_bucket", bucket=name)
    assert (gone.status, gone.ec) == (404, NO_BUCKET)
    assert tos.do("does_bucket_exist", bucket=name)["value"] is False


def test_location(tos: Client) -> None:
    place = tos.do("get_bucket_location", bucket=BUCKET)
    assert place.status == 200
    assert place["region"] == "cn-beijing"
    assert place["extranet_endpoint"]
    assert place["intranet_endpoint"]


def test_names_that_cannot_be(tos: Client) -> None:
    """SDKs refuse names of capitals themselves; what they let through the server refuses."""
    missing = refusal(tos, "list_objects_type2", bucket=f"tos-{tos.sdk.name}-never-made")
    assert (missing.status, missing.code, missing.ec) == (404, "NoSuchBucket", NO_BUCKET)


def test_the_acl_of_a_bucket(tos: Client, bucket: str) -> None:
    tos.do("put_object", bucket=bucket, key="a.txt", content={"text": "hello"})
    url = f"http://{bucket}.{ENDPOINT}/a.txt"
    assert grants(tos, "get_bucket_acl", bucket=bucket) == set()
    assert request("GET", url, via=tos.address).status == 403
    assert tos.do("put_bucket_acl", bucket=bucket, acl="public-read").status == 200
    assert grants(tos, "get_bucket_acl", bucket=bucket) == {("AllUsers", "READ")}
    assert request("GET", url, via=tos.address).body == b"hello"
    assert request("DELETE", url, via=tos.address).status == 403
    assert tos.do("put_bucket_acl", bucket=bucket, acl="private").status == 200
    assert request("GET", url, via=tos.address).status == 403


def test_the_acl_of_a_bucket_as_a_document(tos: Client, bucket: str) -> None:
    owner = {"ID": tos.do("get_bucket_acl", bucket=bucket)["owner"]["id"]}
    everyone = {"Grantee": {"Type": "Group", "Canned": "AllUsers"}, "Permission": "READ"}
    tos.do("put_bucket_acl", bucket=bucket, owner=owner, grants=[everyone])
    assert grants(tos, "get_bucket_acl", bucket=bucket) == {("AllUsers", "READ")}


def test_a_bucket_made_public(tos: Client) -> None:
    name = f"tos-{tos.sdk.name}-public"
    tos.do("create_bucket", bucket=name, acl="public-read")
    try:
        assert grants(tos, "get_bucket_acl", bucket=name) == {("AllUsers", "READ")}
        assert request("GET", f"http://{name}.{ENDPOINT}/", via=tos.address).status == 200
    finally:
        tos.do("delete_bucket", bucket=name)


RULE = {
    "AllowedOrigins": ["http://app.example.test"],
    "AllowedMethods": ["GET", "PUT"],
    "AllowedHeaders": ["x-tos-*", "content-type"],
    "ExposeHeaders": ["ETag", "x-tos-request-id"],
    "MaxAgeSeconds": 600,
}


def test_cors(tos: Client, bucket: str) -> None:
    nothing = {(404, "NoSuchCORSConfiguration")}
    state = unset(tos, "get_bucket_cors", "cors_rules", bucket)
    assert state in nothing or state == (404, []), state
    assert tos.do("put_bucket_cors", bucket=bucket, cors_rule=[RULE]).status == 200
    [rule] = tos.do("get_bucket_cors", bucket=bucket)["cors_rules"]
    assert rule["allowed_origins"] == RULE["AllowedOrigins"]
    assert rule["allowed_methods"] == RULE["AllowedMethods"]
    assert [name.lower() for name in rule["allowed_headers"]] == RULE["AllowedHeaders"]
    assert rule["expose_headers"] == RULE["ExposeHeaders"]
    assert rule["max_age_seconds"] == 600

    url = f"http://{bucket}.{ENDPOINT}/a.txt"
    asked = {"Origin": "http://app.example.test", "Access-Control-Request-Method": "PUT"}
    answer = request("OPTIONS", url, headers=asked, via=tos.address)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "http://app.example.test"
    assert "PUT" in answer.headers["access-control-allow-methods"]
    other = request("OPTIONS", url, headers={**asked, "Origin": "http://other.example.test"}, via=tos.address)
    assert "access-control-allow-origin" not in other.headers

    tos.do("put_object", bucket=bucket, key="a.txt", content={"text": "hello"}, acl="public-read")
    got = follow(tos, "GET", url, Origin="http://app.example.test")
    assert (got.body, got.headers["access-control-allow-origin"]) == (b"hello", "http://app.example.test")
    assert tos.do("delete_bucket_cors", bucket=bucket).status == 204
    state = unset(tos, "get_bucket_cors", "cors_rules", bucket)
    assert state in nothing or state == (404, []), state


def test_lifecycle(tos: Client, bucket: str) -> None:
    nothing = {(404, "NoSuchLifecycleConfiguration")}
    state = unset(tos, "get_bucket_lifecycle", "rules", bucket)
    assert state in nothing or state == (404, []), state
    rule = {"ID": "old logs", "Prefix": "logs/", "Status": "Enabled", "Expiration": {"Days": 30}}
    assert tos.do("put_bucket_lifecycle", bucket=bucket, rules=[rule]).status == 200
    [told] = tos.do("get_bucket_lifecycle", bucket=bucket)["rules"]
    assert (told["id"], told["prefix"], told["status"]) == ("old logs", "logs/", "Enabled")
    assert told["expiration"]["days"] == 30
    assert tos.do("delete_bucket_lifecycle", bucket=bucket).status == 204
    state = unset(tos, "get_bucket_lifecycle", "rules", bucket)
    assert state in nothing or state == (404, []), state
