"""boto3: buckets, their ACL, CORS rules and lifecycle."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.plain_http import request
from conformance.s3.calls import Client
from conformance.server import BUCKET, Server

pytestmark = pytest.mark.conformance

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.mark.parametrize("style", ["plain", "virtual", "old"])
def test_the_life_of_a_bucket(style: str, s3: Client, virtual: Client, old: Client) -> None:
    client, name = {"plain": s3, "virtual": virtual, "old": old}[style], f"s3-life-{style}"
    assert client.refused("head_bucket", Bucket=name) == ("404", 404)
    place: dict[str, Any] = (
        {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}} if style == "virtual" else {}
    )
    client("create_bucket", Bucket=name, **place)
    assert client("head_bucket", Bucket=name)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert "LocationConstraint" in client("get_bucket_location", Bucket=name)

    listed = client("list_buckets")
    mine = {bucket["Name"]: bucket for bucket in listed["Buckets"]}
    assert {BUCKET, name} <= set(mine)
    assert listed["Owner"]["ID"]
    assert mine[name]["CreationDate"] > 1_700_000_000

    client("put_object", Bucket=name, Key="k", Body=b"x")
    assert client.refused("delete_bucket", Bucket=name) == ("BucketNotEmpty", 409)
    client("delete_object", Bucket=name, Key="k")
    assert client("delete_bucket", Bucket=name)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert client.refused("head_bucket", Bucket=name) == ("404", 404)
    assert client.refused("delete_bucket", Bucket=name) == ("NoSuchBucket", 404)


def test_a_bucket_is_made_once(virtual: Client, bucket: str) -> None:
    place = {"LocationConstraint": "eu-west-1"}
    refused = virtual.refused("create_bucket", Bucket=bucket, CreateBucketConfiguration=place)
    assert refused == ("BucketAlreadyOwnedByYou", 409)


@pytest.mark.parametrize("name", ["ab", "Upper-Case", "under_score", "-dash", "dot..dot", "10.1.2.3", "a" * 64])
def test_names_that_no_bucket_may_have(boto: Any, name: str) -> None:
    path = boto("path", s3={"addressing_style": "path"})
    assert path.refused("create_bucket", Bucket=name) == ("InvalidBucketName", 400)


@pytest.mark.parametrize(
    ("call", "more"),
    [
        ("get_object", {"Key": "k"}),
        ("put_object", {"Key": "k", "Body": b"x"}),
        ("delete_object", {"Key": "k"}),
        ("copy_object", {"Key": "k", "CopySource": f"{BUCKET}/k"}),
        ("create_multipart_upload", {"Key": "k"}),
        ("list_objects", {}),
        ("list_objects_v2", {}),
        ("list_multipart_uploads", {}),
        ("delete_objects", {"Delete": {"Objects": [{"Key": "k"}]}}),
        ("get_bucket_location", {}),
        ("get_bucket_acl", {}),
        ("get_bucket_cors", {}),
        ("get_bucket_lifecycle_configuration", {}),
    ],
)
def test_an_unknown_bucket(s3: Client, call: str, more: dict[str, Any]) -> None:
    error = s3.error(call, Bucket="no-such-bucket", **more)
    assert (error.code, error.status) == ("NoSuchBucket", 404)
    assert error.value["error"]["BucketName"] == "no-such-bucket"


def test_acl(s3: Client, nobody: Client, bucket: str) -> None:
    s3("put_object", Bucket=bucket, Key="k", Body=b"x")
    own = s3("get_bucket_acl", Bucket=bucket)
    assert [grant["Permission"] for grant in own["Grants"]] == ["FULL_CONTROL"]
    assert own["Grants"][0]["Grantee"]["ID"] == own["Owner"]["ID"]
    assert nobody.refused("list_objects_v2", Bucket=bucket) == ("AccessDenied", 403)

    s3("put_bucket_acl", Bucket=bucket, ACL="public-read")
    grants = s3("get_bucket_acl", Bucket=bucket)["Grants"]
    assert {(grant["Grantee"].get("URI"), grant["Permission"]) for grant in grants} == {
        (None, "FULL_CONTROL"),
        (ALL_USERS, "READ"),
    }
    assert [item["Key"] for item in nobody("list_objects_v2", Bucket=bucket)["Contents"]] == ["k"]
    assert nobody.refused("put_object", Bucket=bucket, Key="n", Body=b"x") == ("AccessDenied", 403)
    assert nobody.refused("delete_object", Bucket=bucket, Key="k") == ("AccessDenied", 403)

    s3("put_bucket_acl", Bucket=bucket, ACL="public-read-write")
    assert len(s3("get_bucket_acl", Bucket=bucket)["Grants"]) == 3
    nobody("put_object", Bucket=bucket, Key="n", Body=b"from nobody")
    assert s3("get_object", Bucket=bucket, Key="n")["Body"] == b"from nobody"

    s3("put_bucket_acl", Bucket=bucket, ACL="private")
    assert nobody.refused("list_objects_v2", Bucket=bucket) == ("AccessDenied", 403)
    assert nobody.refused("put_object", Bucket=bucket, Key="m", Body=b"x") == ("AccessDenied", 403)


def test_cors(s3: Client, server: Server, bucket: str) -> None:
    assert s3.refused("get_bucket_cors", Bucket=bucket) == ("NoSuchCORSConfiguration", 404)
    rules = [
        {
            "ID": "first",
            "AllowedOrigins": ["https://app.example.com", "http://*.example.org"],
            "AllowedMethods": ["GET", "PUT"],
            "AllowedHeaders": ["content-*", "x-amz-meta-a"],
            "ExposeHeaders": ["ETag", "x-amz-request-id"],
            "MaxAgeSeconds": 600,
        },
        {"AllowedOrigins": ["*"], "AllowedMethods": ["HEAD"]},
    ]
    s3("put_bucket_cors", Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    assert s3("get_bucket_cors", Bucket=bucket)["CORSRules"] == rules
    s3("put_object", Bucket=bucket, Key="k", Body=b"x", ACL="public-read")
    url = f"{server.address}/{bucket}/k"

    def ask(origin: str, method: str, headers: str = "") -> Any:
        asked = {"Origin": origin, "Access-Control-Request-Method": method}
        return request(
            "OPTIONS", url, headers={**asked, **({"Access-Control-Request-Headers": headers} if headers else {})}
        )

    fine = ask("https://app.example.com", "PUT", "content-type, x-amz-meta-a")
    assert fine.status == 200
    assert fine.headers["access-control-allow-origin"] == "https://app.example.com"
    assert {"GET", "PUT"} <= {word.strip() for word in fine.headers["access-control-allow-methods"].split(",")}
    allowed = {word.strip().lower() for word in fine.headers["access-control-allow-headers"].split(",")}
    assert {"content-type", "x-amz-meta-a"} <= allowed
    assert fine.headers["access-control-max-age"] == "600"
    assert ask("http://sub.example.org", "GET").status == 200
    assert ask("https://anybody.example.net", "HEAD").headers["access-control-allow-origin"] == "*"
    for answer in (
        ask("https://app.example.com", "DELETE"),
        ask("https://other.example.com", "PUT"),
        ask("https://app.example.com", "PUT", "x-amz-acl"),
    ):
        assert (answer.status, b"<Code>AccessForbidden</Code>" in answer.body) == (403, True)
        assert "access-control-allow-origin" not in answer.headers

    real = request("GET", url, headers={"Origin": "https://app.example.com"})
    assert (real.status, real.headers["access-control-allow-origin"]) == (200, "https://app.example.com")
    assert "etag" in real.headers["access-control-expose-headers"].lower()
    assert "origin" in real.headers["vary"].lower()
    foreign = request("GET", url, headers={"Origin": "https://other.example.com"})
    assert (foreign.status, "access-control-allow-origin" in foreign.headers) == (200, False)

    s3("delete_bucket_cors", Bucket=bucket)
    assert s3.refused("get_bucket_cors", Bucket=bucket) == ("NoSuchCORSConfiguration", 404)
    assert ask("https://app.example.com", "PUT").status == 403
    bad = {"CORSRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["PATCH"]}]}
    assert s3.refused("put_bucket_cors", Bucket=bucket, CORSConfiguration=bad)[1] == 400


def test_lifecycle(s3: Client, bucket: str) -> None:
    missing = ("NoSuchLifecycleConfiguration", 404)
    assert s3.refused("get_bucket_lifecycle_configuration", Bucket=bucket) == missing
    rules = [
        {"ID": "logs", "Filter": {"Prefix": "logs/"}, "Status": "Enabled", "Expiration": {"Days": 30}},
        {
            "ID": "parts",
            "Filter": {"Prefix": ""},
            "Status": "Enabled",
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
        {"ID": "off", "Filter": {"Prefix": "old/"}, "Status": "Disabled", "Expiration": {"Days": 1}},
    ]
    s3("put_bucket_lifecycle_configuration", Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    stored = s3("get_bucket_lifecycle_configuration", Bucket=bucket)["Rules"]
    assert {rule["ID"]: rule for rule in stored} == {rule["ID"]: rule for rule in rules}

    def refused(rule: dict[str, Any]) -> tuple[str | None, int | None]:
        whole = {"ID": "bad", "Filter": {"Prefix": "x/"}, "Status": "Enabled", **rule}
        return s3.refused(
            "put_bucket_lifecycle_configuration", Bucket=bucket, LifecycleConfiguration={"Rules": [whole]}
        )

    assert refused({"Expiration": {"Days": 0}}) == ("InvalidArgument", 400)
    assert refused({})[1] == 400, "a rule without an action"
    assert refused({"Transitions": [{"Days": 30, "StorageClass": "OUTPOSTS"}]})[1] == 400
    assert refused({"NoncurrentVersionExpiration": {"NoncurrentDays": 3}})[0] == "NotImplemented"
    assert len(s3("get_bucket_lifecycle_configuration", Bucket=bucket)["Rules"]) == 3, "nothing was changed"
    s3("delete_bucket_lifecycle", Bucket=bucket)
    assert s3.refused("get_bucket_lifecycle_configuration", Bucket=bucket) == missing
