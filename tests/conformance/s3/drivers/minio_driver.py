"""PyPI minio, unmodified: any method of its client, one call per line.

What needs an object of the SDK's own classes has a function here; every other call is the client's. Objects come
back as their public attributes.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import urllib3
from loop import serve
from minio import Minio
from minio.commonconfig import ENABLED, REPLACE, ComposeSource, CopySource, Filter, Tags
from minio.datatypes import Part, PostPolicy
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from minio.lifecycleconfig import Expiration, LifecycleConfig, Rule
from minio.versioningconfig import VersioningConfig

CLIENTS: dict[str, Any] = {}


def configure(name: str, endpoint: str, key_id: str, secret: str, proxy: str | None = None, region: str = "") -> None:
    """Make the client `name`; it does not try twice."""
    options: dict[str, Any] = {"retries": urllib3.Retry(total=0), "timeout": urllib3.Timeout(connect=5, read=60)}
    http = urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)
    CLIENTS[name] = Minio(endpoint, key_id, secret, secure=False, http_client=http, region=region or None)


def seen(value: Any) -> Any:
    """An object of the SDK as values."""
    if isinstance(value, str | bytes | int | float | bool | dt.datetime) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(name).lower(): seen(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [seen(item) for item in value]
    if hasattr(value, "stream") and hasattr(value, "status"):  # a response
        try:
            return {"data": value.read(), "status": value.status, "headers": {**value.headers}}
        finally:
            value.close()
            value.release_conn()
    if hasattr(value, "__next__"):
        return [seen(item) for item in value]
    names = [name for name in dir(value) if not name.startswith("_") and not callable(getattr(value, name))]
    return {name: seen(getattr(value, name)) for name in names}


def tags_of(tags: dict[str, str] | None) -> Tags | None:
    """The SDK's tags."""
    if tags is None:
        return None
    made = Tags(for_object=True)
    made.update(tags)
    return made


def put(client: Minio, bucket: str, key: str, data: bytes, tags: dict[str, str] | None = None, **more: Any) -> Any:
    """put_object of bytes; `length=-1` makes it a stream whose end is not known."""
    length = more.pop("length", len(data))
    return client.put_object(bucket, key, io.BytesIO(data), length, tags=tags_of(tags), **more)


def copy(client: Minio, bucket: str, key: str, source: list[Any], replace: bool = False, **more: Any) -> Any:
    """copy_object; `source` is bucket, key and keyword arguments of CopySource."""
    directive = {"metadata_directive": REPLACE} if replace else {}
    return client.copy_object(bucket, key, CopySource(source[0], source[1], **source[2]), **directive, **more)


def compose(client: Minio, bucket: str, key: str, sources: list[list[Any]]) -> Any:
    """compose_object of whole objects or ranges of them."""
    return client.compose_object(bucket, key, [ComposeSource(each[0], each[1], **each[2]) for each in sources])


def remove_many(client: Minio, bucket: str, keys: list[str]) -> Any:
    """remove_objects; what could not be removed."""
    return list(client.remove_objects(bucket, [DeleteObject(key) for key in keys]))


def set_tags(client: Minio, bucket: str, key: str, tags: dict[str, str]) -> Any:
    """set_object_tags."""
    return client.set_object_tags(bucket, key, tags_of(tags) or Tags())


def expire(client: Minio, bucket: str, prefix: str, days: int) -> None:
    """A lifecycle of one rule."""
    rule = Rule(status=ENABLED, rule_filter=Filter(prefix=prefix), rule_id="one", expiration=Expiration(days=days))
    client.set_bucket_lifecycle(bucket, LifecycleConfig([rule]))


def expiring(client: Minio, bucket: str) -> Any:
    """Id, prefix and days of the lifecycle's rules; None without one."""
    found = client.get_bucket_lifecycle(bucket)
    return found and [[rule.rule_id, rule.rule_filter.prefix, rule.expiration.days] for rule in found.rules]


def presigned(client: Minio, method: str, bucket: str, key: str, seconds: int, **more: Any) -> str:
    """get_presigned_url."""
    return str(client.get_presigned_url(method, bucket, key, expires=dt.timedelta(seconds=seconds), **more))


def post_policy(client: Minio, bucket: str, key: str, least: int, most: int, seconds: int) -> dict[str, str]:
    """The fields of a form for one key and a range of sizes."""
    policy = PostPolicy(bucket, dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds))
    policy.add_equals_condition("key", key)
    policy.add_content_length_range_condition(least, most)
    return dict(client.presigned_post_policy(policy))


def versioned(client: Minio, bucket: str) -> None:
    """Ask for versions."""
    client.set_bucket_versioning(bucket, VersioningConfig(ENABLED))


def left(client: Any, bucket: str, prefix: str) -> Any:
    """Ids of unfinished uploads; the SDK has no public name for this and the next two."""
    return [
        [upload.object_name, upload.upload_id]
        for upload in client._list_multipart_uploads(bucket, prefix=prefix).uploads
    ]


def take_up(client: Any, path: str, bucket: str, key: str, upload: str, size: int) -> int:
    """Send what an unfinished upload lacks, and complete it; returns how many parts were there."""
    there = {part.part_number: part for part in client._list_parts(bucket, key, upload).parts}
    parts = []
    with Path(path).open("rb") as file:
        number = 0
        while data := file.read(size):
            number += 1
            if number not in there:
                tag = client._upload_part(bucket, key, data, None, upload, number)
                parts.append(Part(number, tag))
            else:
                parts.append(Part(number, there[number].etag))
    client._complete_multipart_upload(bucket, key, upload, parts)
    return len(there)


OWN = {
    call.__name__: call
    for call in (
        put, copy, compose, remove_many, set_tags, expire, expiring, presigned, post_policy, versioned, left, take_up,
    )
}  # fmt: skip


def perform(method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """One call."""
    name, _, call = method.rpartition(".")
    if not name:
        return configure(*args, **kwargs)
    client = CLIENTS[name]
    done = OWN[call](client, *args, **kwargs) if call in OWN else getattr(client, call)(*args, **kwargs)
    return seen(done)


def describe(error: Exception) -> dict[str, Any]:
    """An exception of minio as values."""
    if isinstance(error, S3Error):
        return {"name": "S3Error", "message": str(error), "code": error.code, "status": error.response.status}
    return {"name": type(error).__name__, "message": str(error), "code": None, "status": None}


if __name__ == "__main__":
    serve(perform, describe)
