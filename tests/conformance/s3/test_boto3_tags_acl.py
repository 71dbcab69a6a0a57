"""boto3: tags and ACLs of objects."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.plain_http import request
from conformance.s3.calls import Client
from conformance.server import BUCKET, Server

pytestmark = pytest.mark.conformance

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


def tagset(**tags: str) -> dict[str, Any]:
    """Tags as boto3 wants them."""
    return {"TagSet": [{"Key": name, "Value": value} for name, value in tags.items()]}


def test_tags(any_s3: Client, top: str) -> None:
    key = f"{top}a"
    any_s3("put_object", Bucket=BUCKET, Key=key, Body=b"x", Tagging="colour=light%20blue&empty=")

    def tags() -> dict[str, str]:
        found = any_s3("get_object_tagging", Bucket=BUCKET, Key=key)["TagSet"]
        return {tag["Key"]: tag["Value"] for tag in found}

    assert tags() == {"colour": "light blue", "empty": ""}
    assert any_s3("get_object", Bucket=BUCKET, Key=key)["TagCount"] == 2
    any_s3("put_object_tagging", Bucket=BUCKET, Key=key, Tagging=tagset(a="1", b="é +-=._:/@"))
    assert tags() == {"a": "1", "b": "é +-=._:/@"}
    assert any_s3("get_object", Bucket=BUCKET, Key=key)["Body"] == b"x"
    any_s3("delete_object_tagging", Bucket=BUCKET, Key=key)
    assert tags() == {}
    assert "TagCount" not in any_s3("get_object", Bucket=BUCKET, Key=key)
    any_s3("put_object_tagging", Bucket=BUCKET, Key=key, Tagging=tagset(a="1"))
    any_s3("put_object", Bucket=BUCKET, Key=key, Body=b"new")
    assert tags() == {}, "a new object has nothing of the old"


def test_tags_that_are_wrong(s3: Client, top: str) -> None:
    key = f"{top}a"
    assert s3.refused("get_object_tagging", Bucket=BUCKET, Key=key) == ("NoSuchKey", 404)
    assert s3.refused("put_object_tagging", Bucket=BUCKET, Key=key, Tagging=tagset(a="1")) == ("NoSuchKey", 404)
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"x", Tagging="a=1")

    def refused(tagging: dict[str, Any]) -> tuple[str | None, int | None]:
        return s3.refused("put_object_tagging", Bucket=BUCKET, Key=key, Tagging=tagging)

    eleven = {f"t{number}": "x" for number in range(11)}
    assert refused(tagset(**eleven)) in {("BadRequest", 400), ("InvalidTag", 400)}
    assert refused({"TagSet": [{"Key": "a", "Value": "1"}] * 2}) == ("InvalidTag", 400)
    assert refused(tagset(**{"k" * 129: "x"})) == ("InvalidTag", 400)
    assert refused(tagset(k="v" * 257)) == ("InvalidTag", 400)
    assert s3.refused("put_object", Bucket=BUCKET, Key=f"{key}2", Body=b"", Tagging="a=1&a=2")[1] == 400
    assert s3("get_object_tagging", Bucket=BUCKET, Key=key)["TagSet"] == [{"Key": "a", "Value": "1"}]


def test_acl(s3: Client, server: Server, top: str) -> None:
    key = f"{top}a.txt"
    url = f"{server.address}/{BUCKET}/{key}"
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"x")
    assert request("GET", url).status == 403
    grants = s3("get_object_acl", Bucket=BUCKET, Key=key)["Grants"]
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL"]

    s3("put_object_acl", Bucket=BUCKET, Key=key, ACL="public-read")
    assert request("GET", url).body == b"x"
    assert request("HEAD", url).status == 200
    assert request("PUT", url, body=b"y").status == 403
    acl = s3("get_object_acl", Bucket=BUCKET, Key=key)
    assert (ALL_USERS, "READ") in [(grant["Grantee"].get("URI"), grant["Permission"]) for grant in acl["Grants"]]
    assert acl["Owner"]["ID"]

    s3("put_object_acl", Bucket=BUCKET, Key=key, ACL="private")
    assert request("GET", url).status == 403
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"z", ACL="public-read")
    assert request("GET", url).body == b"z"
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"z")
    assert request("GET", url).status == 403, "a new object has nothing of the old"
    missing = s3.refused("put_object_acl", Bucket=BUCKET, Key=f"{key}.no", ACL="private")
    assert missing == ("NoSuchKey", 404)
    assert s3.refused("put_object_acl", Bucket=BUCKET, Key=key, ACL="world-writable") == ("InvalidArgument", 400)
    assert s3.refused("get_object_acl", Bucket=BUCKET, Key=f"{key}.no") == ("NoSuchKey", 404)


def test_grants_that_cannot_be_kept_are_refused(s3: Client, top: str) -> None:
    key = f"{top}a"
    refused = s3.refused("put_object", Bucket=BUCKET, Key=key, Body=b"x", GrantRead='id="somebody"')
    assert refused[0] in {"NotImplemented", "AccessControlListNotSupported"}
    assert s3.refused("head_object", Bucket=BUCKET, Key=key)[1] == 404
