"""cos-python-sdk-v5, by the server as a proxy: ADDRESS FILE."""

from __future__ import annotations

from typing import Any

from calls import perform
from qcloud_cos import CosConfig, CosS3Client, CosServiceError

BUCKET = "demo-1250000000"


def client(address: str, key_id: str, secret: str) -> Any:
    """A client of one key."""
    config = CosConfig(
        Region="ap-guangzhou", SecretId=key_id, SecretKey=secret, Scheme="http", Proxies={"http": address},
        AutoSwitchDomainOnRetry=False,
    )  # fmt: skip
    return CosS3Client(config, retry=1)


def _put(client: Any, like: dict[str, Any]) -> Any:
    given = {"ContentType": like["content_type"]} if "content_type" in like else {}
    given |= {"ACL": like["acl"]} if "acl" in like else {}
    if "tags" in like:
        given["Metadata"] = {"x-cos-tagging": like["tags"][0]}
    return client.put_object(Bucket=BUCKET, Key=like["key"], Body=b"x" * like.get("content_length", 4), **given)


def _list(client: Any, like: dict[str, Any]) -> Any:
    return client.list_objects(
        Bucket=BUCKET, Prefix=like.get("prefix", ""), Delimiter=like.get("delimiter", ""),
        MaxKeys=like.get("max_keys", 1000),
    )  # fmt: skip


perform(
    client,
    {
        "get": lambda client, like: client.get_object(Bucket=BUCKET, Key=like["key"]),
        "put": _put,
        "list": _list,
        "delete": lambda client, like: client.delete_object(Bucket=BUCKET, Key=like["key"]),
        "get acl": lambda client, like: client.get_object_acl(Bucket=BUCKET, Key=like["key"]),
        "put acl": lambda client, like: client.put_object_acl(Bucket=BUCKET, Key=like["key"], ACL="private"),
        "put tags": lambda client, like: client.put_object_tagging(
            Bucket=BUCKET, Key=like["key"], Tagging={"TagSet": {"Tag": [{"Key": "a", "Value": "1"}]}}
        ),
        "location": lambda client, _like: client.get_bucket_location(Bucket=BUCKET),
        "buckets": lambda client, _like: client.list_buckets(),
        "restore": lambda client, like: client.restore_object(
            Bucket=BUCKET, Key=like["key"], RestoreRequest={"Days": 1, "CASJobParameters": {"Tier": "Standard"}}
        ),
        "versions": lambda client, _like: client.list_objects_versions(Bucket=BUCKET),
    },
    lambda error: error.get_request_id() if isinstance(error, CosServiceError) else "",
)
