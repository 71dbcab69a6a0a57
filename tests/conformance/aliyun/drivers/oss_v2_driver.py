"""PyPI alibabacloud-oss-v2 1.4.1, unmodified: the family's common calls in its terms (calls.py says what they mean).

A header that the SDK has a field for is given by that field; what it has none for goes beside them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import alibabacloud_oss_v2 as oss
from alibabacloud_oss_v2 import models
from alibabacloud_oss_v2.exceptions import InconsistentError, ServiceError
from loop import headers_of, on_source, seen, serve

Options = dict[str, Any]
META = "x-oss-meta-"


def told(result: Any) -> dict[str, Any]:
    """Status, headers and text of an answer; the text is that of a callback's receiver only."""
    text = getattr(result, "callback_result", None) or ""
    return {"status": result.status_code, "headers": headers_of(result.headers), "text": text}


def pieces(content: bytes) -> Iterator[bytes]:
    """The content without its length: it is sent in chunks."""
    yield from (content[start : start + 1000] for start in range(0, len(content), 1000))


def asked(kind: type[Any], o: Options, **fields: Any) -> Any:
    """A request of this kind, with headers and parameters in the fields that the SDK has for them."""
    names = {
        (row["position"], row["rename"].lower()): field
        for field, row in kind._attribute_map.items()
        if row.get("position") in {"header", "query"} and "rename" in row
    }
    extra: dict[str, dict[str, str]] = {"header": {}, "query": {}}
    metadata = {}
    for position, given in (("header", o.get("headers")), ("query", o.get("params"))):
        for name, value in (given or {}).items():
            field = names.get((position, name.lower()))
            if name.lower().startswith(META):
                metadata[name[len(META) :]] = value
            elif field is not None:
                fields[field] = value
            else:
                extra[position][name] = value
    if metadata:
        fields["metadata"] = metadata
    return kind(**fields, headers=extra["header"], parameters=extra["query"])


class Buckets:
    """Calls on the service and on buckets; `connect` chooses how everything is reached."""

    def connect(self, o: Options) -> None:
        """Reach the endpoint with these credentials from now on."""
        config = oss.config.load_default()
        config.credentials_provider = oss.credentials.StaticCredentialsProvider(o["key_id"], o["secret"])
        config.region, config.endpoint, config.signature_version = o["region"], o["endpoint"], o["version"]
        config.use_cname, config.use_path_style = o["style"] == "cname", o["style"] == "path"
        config.proxy_host = {"http": o["proxy"]} if o.get("proxy") else None
        self.client, self.bucket = oss.Client(config), o["bucket"]

    def list_buckets(self, o: Options) -> Any:
        wanted = models.ListBucketsRequest(prefix=o.get("prefix"), marker=o.get("marker"), max_keys=o.get("max"))
        found = self.client.list_buckets(wanted)
        buckets = [
            {"name": one.name, "location": one.location, "class": one.storage_class, "extranet": one.extranet_endpoint}
            for one in found.buckets or ()
        ]
        truncated = bool(found.is_truncated)
        return {"buckets": buckets, "owner": found.owner.id, "truncated": truncated, "next": found.next_marker}

    def create_bucket(self, name: str, o: Options) -> Any:
        return told(self.client.put_bucket(models.PutBucketRequest(bucket=name, acl=o.get("acl"))))

    def delete_bucket(self, name: str, _o: Options) -> Any:
        return told(self.client.delete_bucket(models.DeleteBucketRequest(bucket=name)))

    def bucket_info(self, name: str, _o: Options) -> Any:
        info = self.client.get_bucket_info(models.GetBucketInfoRequest(bucket=name)).bucket_info
        return {
            "name": info.name, "location": info.location, "extranet": info.extranet_endpoint,
            "intranet": info.intranet_endpoint, "class": info.storage_class, "owner": info.owner.id, "acl": info.acl,
        }  # fmt: skip

    def bucket_location(self, name: str, _o: Options) -> Any:
        return self.client.get_bucket_location(models.GetBucketLocationRequest(bucket=name)).location

    def bucket_stat(self, name: str, _o: Options) -> Any:
        stat = self.client.get_bucket_stat(models.GetBucketStatRequest(bucket=name))
        return [stat.storage, stat.object_count, stat.multi_part_upload_count]

    def put_bucket_acl(self, name: str, acl: str, _o: Options) -> Any:
        return told(self.client.put_bucket_acl(models.PutBucketAclRequest(bucket=name, acl=acl)))

    def bucket_acl(self, name: str, _o: Options) -> Any:
        return self.client.get_bucket_acl(models.GetBucketAclRequest(bucket=name)).acl

    def put_cors(self, name: str, rules: list[Options], _o: Options) -> Any:
        made = [
            models.CORSRule(
                allowed_origins=rule["origins"], allowed_methods=rule["methods"], allowed_headers=rule["headers"],
                expose_headers=rule["exposed"], max_age_seconds=rule["seconds"],
            )
            for rule in rules
        ]  # fmt: skip
        wanted = models.CORSConfiguration(cors_rules=made)
        return told(self.client.put_bucket_cors(models.PutBucketCorsRequest(bucket=name, cors_configuration=wanted)))

    def cors(self, name: str, _o: Options) -> Any:
        found = self.client.get_bucket_cors(models.GetBucketCorsRequest(bucket=name))
        return [
            {
                "origins": rule.allowed_origins, "methods": rule.allowed_methods, "headers": rule.allowed_headers or [],
                "exposed": rule.expose_headers or [], "seconds": rule.max_age_seconds,
            }
            for rule in found.cors_configuration.cors_rules
        ]  # fmt: skip

    def delete_cors(self, name: str, _o: Options) -> Any:
        return told(self.client.delete_bucket_cors(models.DeleteBucketCorsRequest(bucket=name)))

    def put_lifecycle(self, name: str, rules: list[Options], _o: Options) -> Any:
        made = [
            models.LifecycleRule(
                id=rule["id"], prefix=rule["prefix"], status=rule["status"],
                expiration=models.LifecycleRuleExpiration(days=rule["days"]) if rule["days"] else None,
                abort_multipart_upload=(
                    models.LifecycleRuleAbortMultipartUpload(days=rule["abort"]) if rule["abort"] else None
                ),
            )
            for rule in rules
        ]  # fmt: skip
        wanted = models.LifecycleConfiguration(rules=made)
        request = models.PutBucketLifecycleRequest(bucket=name, lifecycle_configuration=wanted)
        return told(self.client.put_bucket_lifecycle(request))

    def lifecycle(self, name: str, _o: Options) -> Any:
        found = self.client.get_bucket_lifecycle(models.GetBucketLifecycleRequest(bucket=name))
        return [
            {
                "id": rule.id, "prefix": rule.prefix, "status": rule.status,
                "days": rule.expiration.days if rule.expiration else None,
                "abort": rule.abort_multipart_upload.days if rule.abort_multipart_upload else None,
            }
            for rule in found.lifecycle_configuration.rules
        ]  # fmt: skip

    def delete_lifecycle(self, name: str, _o: Options) -> Any:
        return told(self.client.delete_bucket_lifecycle(models.DeleteBucketLifecycleRequest(bucket=name)))


class Objects(Buckets):
    """Calls on objects of the bucket that `connect` named."""

    def _on(self, kind: type[Any], key: str, o: Options, **fields: Any) -> Any:
        return asked(kind, o, bucket=self.bucket, key=key, **fields)

    def put(self, key: str, data: Any, o: Options) -> Any:
        return told(self.client.put_object(self._on(models.PutObjectRequest, key, o, body=data)))

    def put_chunked(self, key: str, data: bytes, o: Options) -> Any:
        return told(self.client.put_object(self._on(models.PutObjectRequest, key, o, body=pieces(data))))

    def get(self, key: str, o: Options) -> Any:
        found = self.client.get_object(self._on(models.GetObjectRequest, key, o))
        content = b"".join(found.body.iter_bytes())
        return {"status": found.status_code, "headers": headers_of(found.headers), "body": seen(content)}

    def get_to_file(self, key: str, path: str, o: Options) -> Any:
        request = models.GetObjectRequest(bucket=self.bucket, key=key)
        if part := o.get("part"):
            keeping = {"enable_checkpoint": True, "checkpoint_dir": o["store"] + "/"}
            self.client.downloader(part_size=part, parallel_num=2, **keeping).download_file(request, path)
        else:
            self.client.get_object_to_file(request, path)
        return seen(Path(path).read_bytes())

    def head(self, key: str, o: Options) -> Any:
        return told(self.client.head_object(self._on(models.HeadObjectRequest, key, o)))

    def meta(self, key: str, o: Options) -> Any:
        return told(self.client.get_object_meta(self._on(models.GetObjectMetaRequest, key, o)))

    def exists(self, key: str, _o: Options) -> Any:
        return self.client.is_object_exist(self.bucket, key)

    def delete(self, key: str, o: Options) -> Any:
        return told(self.client.delete_object(self._on(models.DeleteObjectRequest, key, o)))

    def delete_many(self, keys: list[str], o: Options) -> Any:
        doomed = [models.DeleteObject(key=key) for key in keys]
        wanted = models.DeleteMultipleObjectsRequest(bucket=self.bucket, objects=doomed, quiet=o.get("quiet"))
        return [one.key for one in self.client.delete_multiple_objects(wanted).deleted_objects or ()]

    def copy(self, source_bucket: str, source: str, key: str, o: Options) -> Any:
        given = {"headers": on_source(o)}
        request = self._on(models.CopyObjectRequest, key, given, source_bucket=source_bucket, source_key=source)
        return told(self.client.copy_object(request))

    def append(self, key: str, position: int, data: Any, o: Options) -> Any:
        request = self._on(models.AppendObjectRequest, key, o, position=position, body=data)
        done = self.client.append_object(request)
        return {**told(done), "next": done.next_position}

    def put_symlink(self, key: str, target: str, o: Options) -> Any:
        header = quote(target, safe="")  # this SDK leaves it to the application
        return told(self.client.put_symlink(self._on(models.PutSymlinkRequest, key, o, target=header)))

    def symlink(self, key: str, o: Options) -> Any:
        return unquote(self.client.get_symlink(self._on(models.GetSymlinkRequest, key, o)).target)

    def put_acl(self, key: str, acl: str, o: Options) -> Any:
        return told(self.client.put_object_acl(self._on(models.PutObjectAclRequest, key, o, acl=acl)))

    def acl(self, key: str, o: Options) -> Any:
        return self.client.get_object_acl(self._on(models.GetObjectAclRequest, key, o)).acl

    def put_tags(self, key: str, tags: dict[str, str], o: Options) -> Any:
        made = models.TagSet(tags=[models.Tag(key=name, value=value) for name, value in tags.items()])
        request = self._on(models.PutObjectTaggingRequest, key, o, tagging=models.Tagging(tag_set=made))
        return told(self.client.put_object_tagging(request))

    def tags(self, key: str, o: Options) -> Any:
        found = self.client.get_object_tagging(self._on(models.GetObjectTaggingRequest, key, o)).tag_set
        return {tag.key: tag.value for tag in (found.tags if found else None) or ()}

    def delete_tags(self, key: str, o: Options) -> Any:
        return told(self.client.delete_object_tagging(self._on(models.DeleteObjectTaggingRequest, key, o)))

    def presign(self, method: str, key: str, seconds: int, o: Options) -> Any:
        kind = {"GET": models.GetObjectRequest, "PUT": models.PutObjectRequest, "HEAD": models.HeadObjectRequest}[
            method
        ]
        lasting = dt.timedelta(seconds=seconds)
        return self.client.presign(self._on(kind, key, o), expires=lasting).url


class Listings(Objects):
    """Listings of objects, and uploads in parts."""

    def list(self, o: Options) -> Any:
        found = self.client.list_objects(
            models.ListObjectsRequest(
                bucket=self.bucket, prefix=o.get("prefix"), delimiter=o.get("delimiter"), marker=o.get("marker"),
                max_keys=o.get("max"),
            )
        )  # fmt: skip
        return self._page(found, found.next_marker)

    def list2(self, o: Options) -> Any:
        found = self.client.list_objects_v2(
            models.ListObjectsV2Request(
                bucket=self.bucket, prefix=o.get("prefix"), delimiter=o.get("delimiter"), start_after=o.get("after"),
                continuation_token=o.get("token"), fetch_owner=o.get("owner"), max_keys=o.get("max"),
            )
        )  # fmt: skip
        return {**self._page(found, found.next_continuation_token), "count": found.key_count}

    @staticmethod
    def _page(found: Any, following: str | None) -> Any:
        entries = [
            {
                "key": one.key, "size": one.size, "etag": one.etag.strip('"'), "type": one.object_type,
                "class": one.storage_class, "owner": one.owner.id if one.owner else None,
            }
            for one in found.contents or ()
        ]  # fmt: skip
        prefixes = [one.prefix for one in found.common_prefixes or ()]
        return {"objects": entries, "prefixes": prefixes, "truncated": found.is_truncated, "next": following}

    def initiate(self, key: str, o: Options) -> Any:
        request = self._on(models.InitiateMultipartUploadRequest, key, o)
        return self.client.initiate_multipart_upload(request).upload_id

    def upload_part(self, key: str, upload: str, number: int, data: Any, o: Options) -> Any:
        request = self._on(models.UploadPartRequest, key, o, upload_id=upload, part_number=number, body=data)
        done = self.client.upload_part(request)
        return {**told(done), "etag": done.etag.strip('"')}

    def upload_part_copy(self, key: str, upload: str, number: int, source: list[Any], o: Options) -> Any:
        bucket, name, first, last = source
        request = self._on(
            models.UploadPartCopyRequest, key, o, upload_id=upload, part_number=number, source_bucket=bucket,
            source_key=name, source_range=f"bytes={first}-{'' if last is None else last}",
        )  # fmt: skip
        done = self.client.upload_part_copy(request)
        return {**told(done), "etag": done.etag.strip('"')}

    def complete(self, key: str, upload: str, parts: list[list[Any]] | None, o: Options) -> Any:
        wanted = None
        if parts is not None:
            made = [models.UploadPart(part_number=number, etag=etag) for number, etag in parts]
            wanted = models.CompleteMultipartUpload(parts=made)
        request = self._on(
            models.CompleteMultipartUploadRequest, key, o, upload_id=upload, complete_multipart_upload=wanted
        )
        return told(self.client.complete_multipart_upload(request))

    def abort(self, key: str, upload: str, o: Options) -> Any:
        request = self._on(models.AbortMultipartUploadRequest, key, o, upload_id=upload)
        return told(self.client.abort_multipart_upload(request))

    def parts(self, key: str, upload: str, o: Options) -> Any:
        request = self._on(
            models.ListPartsRequest,
            key,
            o,
            upload_id=upload,
            part_number_marker=o.get("marker"),
            max_parts=o.get("max"),
        )
        found = self.client.list_parts(request)
        parts = [[one.part_number, one.size, one.etag.strip('"')] for one in found.parts or ()]
        return {"parts": parts, "truncated": found.is_truncated, "next": found.next_part_number_marker}

    def uploads(self, o: Options) -> Any:
        found = self.client.list_multipart_uploads(
            models.ListMultipartUploadsRequest(
                bucket=self.bucket, prefix=o.get("prefix"), key_marker=o.get("key"), upload_id_marker=o.get("upload"),
                max_uploads=o.get("max"),
            )
        )  # fmt: skip
        uploads = [[one.key, one.upload_id] for one in found.uploads or ()]
        following = [found.next_key_marker, found.next_upload_id_marker]
        return {"uploads": uploads, "truncated": found.is_truncated, "next": following}

    def resume(self, key: str, path: str, o: Options) -> Any:
        """The SDK's upload that can be resumed; what it remembers is in the folder `store`."""
        uploader = self.client.uploader(
            part_size=o["part"], parallel_num=o["parallel"], enable_checkpoint=True, checkpoint_dir=o["store"] + "/"
        )
        return told(uploader.upload_file(models.PutObjectRequest(bucket=self.bucket, key=key), path))


def describe(error: Exception) -> dict[str, Any]:
    """What an error of the SDK says, under its wrappings."""
    while hasattr(error, "unwrap"):
        error = error.unwrap()
    if not isinstance(error, ServiceError):
        return {"name": type(error).__name__, "inconsistent": isinstance(error, InconsistentError)}
    headers = headers_of(error.headers)
    position = headers.get("x-oss-next-append-position")
    return {
        "status": error.status_code, "code": error.code, "message": error.message, "ec": error.ec,
        "details": error.error_fileds, "headers": headers, "next": int(position) if position else None,
    }  # fmt: skip


if __name__ == "__main__":
    serve(Listings(), describe)
