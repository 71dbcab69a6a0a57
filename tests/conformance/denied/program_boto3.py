"""boto3: ADDRESS FILE."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError
from calls import perform


def client(address: str, key_id: str, secret: str) -> Any:
    """A client of one key."""
    return boto3.client(
        "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id=key_id, aws_secret_access_key=secret,
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
    )  # fmt: skip


def _put(s3: Any, like: dict[str, Any]) -> Any:
    more = {"content_type": "ContentType", "acl": "ACL"}
    given = {more[name]: value for name, value in like.items() if name in more}
    if "tags" in like:
        given["Tagging"] = like["tags"][0]
    return s3.put_object(Bucket="demo", Key=like["key"], Body=b"x" * like.get("content_length", 4), **given)


def _list(s3: Any, like: dict[str, Any]) -> Any:
    more = {"max_keys": "MaxKeys", "delimiter": "Delimiter", "prefix": "Prefix"}
    return s3.list_objects_v2(Bucket="demo", **{more[name]: value for name, value in like.items() if name in more})


perform(
    client,
    {
        "get": lambda s3, like: s3.get_object(Bucket="demo", Key=like["key"]),
        "put": _put,
        "list": _list,
        "delete": lambda s3, like: s3.delete_object(Bucket="demo", Key=like["key"]),
        "get acl": lambda s3, like: s3.get_object_acl(Bucket="demo", Key=like["key"]),
        "put acl": lambda s3, like: s3.put_object_acl(Bucket="demo", Key=like["key"], ACL="private"),
        "put tags": lambda s3, like: s3.put_object_tagging(
            Bucket="demo", Key=like["key"], Tagging={"TagSet": [{"Key": "a", "Value": "1"}]}
        ),
        "location": lambda s3, _like: s3.get_bucket_location(Bucket="demo"),
        "buckets": lambda s3, _like: s3.list_buckets(),
        "restore": lambda s3, like: s3.restore_object(Bucket="demo", Key=like["key"], RestoreRequest={"Days": 1}),
        "versions": lambda s3, _like: s3.list_object_versions(Bucket="demo", Prefix=""),
    },
    lambda error: error.response["ResponseMetadata"]["RequestId"] if isinstance(error, ClientError) else "",
)
