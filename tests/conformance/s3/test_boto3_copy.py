"""boto3: copies within and between buckets."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from conformance.s3.calls import Client, when
from conformance.server import BUCKET

pytestmark = pytest.mark.conformance

BODY = b"copied content"
TAG = f'"{hashlib.md5(BODY).hexdigest()}"'


@pytest.fixture
def source(s3: Client, top: str) -> str:
    """An object with metadata and tags."""
    key = f"{top}来源 a+b%.txt"
    s3("put_object", Bucket=BUCKET, Key=key, Body=BODY, ContentType="text/x-a", Metadata={"a": "1"}, Tagging="t=1")
    return key


def at(key: str, bucket: str = BUCKET) -> dict[str, str]:
    """A copy source, which boto3 percent-encodes."""
    return {"Bucket": bucket, "Key": key}


def test_a_copy_keeps_what_it_is(any_s3: Client, top: str, source: str) -> None:
    target = f"{top}目标 ?.txt"
    done = any_s3("copy_object", Bucket=BUCKET, Key=target, CopySource=at(source))["CopyObjectResult"]
    assert done["ETag"] == TAG
    assert done["LastModified"] > 1_700_000_000
    got = any_s3("get_object", Bucket=BUCKET, Key=target)
    assert (got["Body"], got["ContentType"], got["Metadata"], got["TagCount"]) == (BODY, "text/x-a", {"a": "1"}, 1)
    any_s3("delete_object", Bucket=BUCKET, Key=source)
    assert any_s3("get_object", Bucket=BUCKET, Key=target)["Body"] == BODY


def test_a_copy_into_another_bucket(any_s3: Client, bucket: str, source: str) -> None:
    any_s3("copy_object", Bucket=bucket, Key="k", CopySource=at(source))
    assert any_s3("get_object", Bucket=bucket, Key="k")["Body"] == BODY
    any_s3("copy_object", Bucket=BUCKET, Key=f"{source}.back", CopySource=at("k", bucket))
    assert any_s3("get_object", Bucket=BUCKET, Key=f"{source}.back")["Metadata"] == {"a": "1"}


def test_a_copy_with_other_metadata(s3: Client, top: str, source: str) -> None:
    target = f"{top}replaced"
    more: dict[str, Any] = {"MetadataDirective": "REPLACE", "Metadata": {"b": "2"}, "ContentType": "text/x-b"}
    s3("copy_object", Bucket=BUCKET, Key=target, CopySource=at(source), CacheControl="no-store", **more)
    head = s3("head_object", Bucket=BUCKET, Key=target)
    assert (head["Metadata"], head["ContentType"], head["CacheControl"]) == ({"b": "2"}, "text/x-b", "no-store")
    s3("copy_object", Bucket=BUCKET, Key=target, CopySource=at(source), TaggingDirective="REPLACE", Tagging="u=2&v=3")
    tags = s3("get_object_tagging", Bucket=BUCKET, Key=target)["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"u": "2", "v": "3"}
    refused = s3.refused("copy_object", Bucket=BUCKET, Key=target, CopySource=at(source), MetadataDirective="MERGE")
    assert refused == ("InvalidArgument", 400)


def test_a_copy_onto_itself(s3: Client, source: str) -> None:
    assert s3.refused("copy_object", Bucket=BUCKET, Key=source, CopySource=at(source)) == ("InvalidRequest", 400)
    assert s3("head_object", Bucket=BUCKET, Key=source)["Metadata"] == {"a": "1"}
    s3(
        "copy_object",
        Bucket=BUCKET,
        Key=source,
        CopySource=at(source),
        MetadataDirective="REPLACE",
        Metadata={"new": "yes"},
    )
    got = s3("get_object", Bucket=BUCKET, Key=source)
    assert (got["Body"], got["Metadata"], got["ETag"]) == (BODY, {"new": "yes"}, TAG)


def test_conditions_of_copies(s3: Client, top: str, source: str) -> None:
    changed = s3("head_object", Bucket=BUCKET, Key=source)["LastModified"]

    def copy(**condition: Any) -> Any:
        return s3("copy_object", Bucket=BUCKET, Key=f"{top}t", CopySource=at(source), **condition)

    def refused(**condition: Any) -> Any:
        return s3.refused("copy_object", Bucket=BUCKET, Key=f"{top}n", CopySource=at(source), **condition)

    copy(CopySourceIfMatch=TAG)
    copy(CopySourceIfNoneMatch='"0"', CopySourceIfUnmodifiedSince=when(changed + 10))
    copy(CopySourceIfModifiedSince=when(changed - 10))
    failed = ("PreconditionFailed", 412)
    assert refused(CopySourceIfMatch='"0"') == failed
    assert refused(CopySourceIfNoneMatch=TAG) == failed
    assert refused(CopySourceIfUnmodifiedSince=when(changed - 10)) == failed
    assert s3.refused("head_object", Bucket=BUCKET, Key=f"{top}n")[1] == 404


def test_copies_of_what_is_not_there(s3: Client, top: str) -> None:
    assert s3.refused("copy_object", Bucket=BUCKET, Key=f"{top}t", CopySource=at(f"{top}no")) == ("NoSuchKey", 404)
    assert s3.refused("copy_object", Bucket=BUCKET, Key=f"{top}t", CopySource=at("k", "no-such-bucket")) == (
        "NoSuchBucket",
        404,
    )
    assert s3.refused("copy_object", Bucket=BUCKET, Key=f"{top}t", CopySource="nonsense") == ("InvalidArgument", 400)
