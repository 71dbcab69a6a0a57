"""oss2: ADDRESS FILE."""

from __future__ import annotations

from typing import Any

import oss2
from calls import perform
from oss2 import models


def client(address: str, key_id: str, secret: str) -> Any:
    """A bucket with one key, and the service."""
    return oss2.Bucket(oss2.AuthV4(key_id, secret), address, "demo", region="cn-hangzhou")


def _put(bucket: Any, like: dict[str, Any]) -> Any:
    headers = {"Content-Type": like.get("content_type", "")}
    headers |= {"x-oss-object-acl": like["acl"]} if "acl" in like else {}
    headers |= {"x-oss-tagging": like["tags"][0]} if "tags" in like else {}
    return bucket.put_object(
        like["key"], b"x" * like.get("content_length", 4), headers={k: v for k, v in headers.items() if v}
    )


def _list(bucket: Any, like: dict[str, Any]) -> Any:
    return bucket.list_objects(
        prefix=like.get("prefix", ""), delimiter=like.get("delimiter", ""), max_keys=like.get("max_keys", 100)
    )


def _tag(bucket: Any, like: dict[str, Any]) -> Any:
    rules = models.TaggingRule()
    rules.add("a", "1")
    return bucket.put_object_tagging(like["key"], models.Tagging(rules))


perform(
    client,
    {
        "get": lambda bucket, like: bucket.get_object(like["key"]),
        "put": _put,
        "list": _list,
        "delete": lambda bucket, like: bucket.delete_object(like["key"]),
        "get acl": lambda bucket, like: bucket.get_object_acl(like["key"]),
        "put acl": lambda bucket, like: bucket.put_object_acl(like["key"], "private"),
        "put tags": _tag,
        "location": lambda bucket, _like: bucket.get_bucket_location(),
        "restore": lambda bucket, like: bucket.restore_object(like["key"]),
        "versions": lambda bucket, _like: bucket.list_object_versions(),
        "buckets": lambda bucket, _like: oss2.Service(
            bucket.auth, bucket.endpoint, region="cn-hangzhou"
        ).list_buckets(),
    },
    lambda error: error.request_id if isinstance(error, oss2.exceptions.ServerError) else "",
)
