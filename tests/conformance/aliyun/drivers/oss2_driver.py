"""PyPI oss2 2.19.1, unmodified: the common calls of this family in its terms (calls.py says what they mean)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oss2
from loop import headers_of, on_source, seen, serve
from oss2 import models

AUTHS = {"v1": oss2.Auth, "v4": oss2.AuthV4}
Options = dict[str, Any]


def told(result: Any) -> dict[str, Any]:
    """Status, headers and text of an answer."""
    body = result.resp.read().decode("utf-8", "replace")
    return {"status": result.status, "headers": headers_of(result.headers), "text": body}


def pieces(content: bytes) -> Iterator[bytes]:
    """The content without its length: it is sent in chunks."""
    yield from (content[start : start + 1000] for start in range(0, len(content), 1000))


class Buckets:
    """Calls on the service and on buckets; `connect` chooses how everything is reached."""

    def connect(self, o: Options) -> None:
        """Reach the endpoint with these credentials from now on."""
        self.auth = AUTHS[o["version"]](o["key_id"], o["secret"])
        style = {"is_cname": o["style"] == "cname", "is_path_style": o["style"] == "path"}
        proxies = {"http": o["proxy"]} if o.get("proxy") else None
        self.reach = {"region": o["region"], "connect_timeout": 20, "proxies": proxies}
        self.endpoint = o["endpoint"]
        self.bucket = oss2.Bucket(self.auth, self.endpoint, o["bucket"], **self.reach, **style)

    def _named(self, name: str) -> oss2.Bucket:
        return oss2.Bucket(self.auth, self.endpoint, name, **self.reach)

    def list_buckets(self, o: Options) -> Any:
        service = oss2.Service(self.auth, self.endpoint, **self.reach)
        found = service.list_buckets(o.get("prefix", ""), o.get("marker", ""), o.get("max", 100))
        buckets = [
            {"name": one.name, "location": one.location, "class": one.storage_class, "extranet": one.extranet_endpoint}
            for one in found.buckets
        ]
        return {"buckets": buckets, "owner": found.owner.id, "truncated": found.is_truncated, "next": found.next_marker}

    def create_bucket(self, name: str, o: Options) -> Any:
        return told(self._named(name).create_bucket(o.get("acl")))

    def delete_bucket(self, name: str, _o: Options) -> Any:
        return told(self._named(name).delete_bucket())

    def bucket_info(self, name: str, _o: Options) -> Any:
        info = self._named(name).get_bucket_info()
        return {
            "name": info.name, "location": info.location, "extranet": info.extranet_endpoint,
            "intranet": info.intranet_endpoint, "class": info.storage_class, "owner": info.owner.id,
            "acl": info.acl.grant,
        }  # fmt: skip

    def bucket_location(self, name: str, _o: Options) -> Any:
        return self._named(name).get_bucket_location().location

    def bucket_stat(self, name: str, _o: Options) -> Any:
        stat = self._named(name).get_bucket_stat()
        return [stat.storage_size_in_bytes, stat.object_count, stat.multi_part_upload_count]

    def put_bucket_acl(self, name: str, acl: str, _o: Options) -> Any:
        return told(self._named(name).put_bucket_acl(acl))

    def bucket_acl(self, name: str, _o: Options) -> Any:
        return self._named(name).get_bucket_acl().acl

    def put_cors(self, name: str, rules: list[Options], _o: Options) -> Any:
        made = [
            models.CorsRule(rule["origins"], rule["methods"], rule["headers"], rule["exposed"], rule["seconds"])
            for rule in rules
        ]
        return told(self._named(name).put_bucket_cors(models.BucketCors(made)))

    def cors(self, name: str, _o: Options) -> Any:
        return [
            {
                "origins": rule.allowed_origins, "methods": rule.allowed_methods, "headers": rule.allowed_headers,
                "exposed": rule.expose_headers, "seconds": rule.max_age_seconds,
            }
            for rule in self._named(name).get_bucket_cors().rules
        ]  # fmt: skip

    def delete_cors(self, name: str, _o: Options) -> Any:
        return told(self._named(name).delete_bucket_cors())

    def put_lifecycle(self, name: str, rules: list[Options], _o: Options) -> Any:
        made = [
            models.LifecycleRule(
                rule["id"], rule["prefix"], rule["status"],
                expiration=models.LifecycleExpiration(days=rule["days"]) if rule["days"] else None,
                abort_multipart_upload=models.AbortMultipartUpload(days=rule["abort"]) if rule["abort"] else None,
            )
            for rule in rules
        ]  # fmt: skip
        return told(self._named(name).put_bucket_lifecycle(models.BucketLifecycle(made)))

    def lifecycle(self, name: str, _o: Options) -> Any:
        return [
            {
                "id": rule.id, "prefix": rule.prefix, "status": rule.status,
                "days": rule.expiration.days if rule.expiration else None,
                "abort": rule.abort_multipart_upload.days if rule.abort_multipart_upload else None,
            }
            for rule in self._named(name).get_bucket_lifecycle().rules
        ]  # fmt: skip

    def delete_lifecycle(self, name: str, _o: Options) -> Any:
        return told(self._named(name).delete_bucket_lifecycle())


class Objects(Buckets):
    """Calls on objects of the bucket that `connect` named."""

    def put(self, key: str, data: Any, o: Options) -> Any:
        return told(self.bucket.put_object(key, data, o.get("headers")))

    def put_chunked(self, key: str, data: bytes, o: Options) -> Any:
        return told(self.bucket.put_object(key, pieces(data), o.get("headers")))

    def get(self, key: str, o: Options) -> Any:
        found = self.bucket.get_object(key, headers=o.get("headers"), params=o.get("params"))
        content = found.read()
        return {"status": found.status, "headers": headers_of(found.headers), "body": seen(content)}

    def get_to_file(self, key: str, path: str, o: Options) -> Any:
        if part := o.get("part"):
            store = oss2.ResumableDownloadStore(root=o["store"])
            oss2.resumable_download(self.bucket, key, path, 1, part, num_threads=2, store=store)
        else:
            self.bucket.get_object_to_file(key, path)
        return seen(Path(path).read_bytes())

    def head(self, key: str, o: Options) -> Any:
        return told(self.bucket.head_object(key, o.get("headers")))

    def meta(self, key: str, _o: Options) -> Any:
        return told(self.bucket.get_object_meta(key))

    def exists(self, key: str, _o: Options) -> Any:
        return self.bucket.object_exists(key)

    def delete(self, key: str, _o: Options) -> Any:
        return told(self.bucket.delete_object(key))

    def delete_many(self, keys: list[str], _o: Options) -> Any:
        return self.bucket.batch_delete_objects(keys).deleted_keys

    def copy(self, source_bucket: str, source: str, key: str, o: Options) -> Any:
        return told(self.bucket.copy_object(source_bucket, source, key, on_source(o)))

    def append(self, key: str, position: int, data: Any, o: Options) -> Any:
        done = self.bucket.append_object(key, position, data, o.get("headers"), init_crc=o.get("crc"))
        return {**told(done), "next": done.next_position}

    def put_symlink(self, key: str, target: str, o: Options) -> Any:
        return told(self.bucket.put_symlink(target, key, o.get("headers")))

    def symlink(self, key: str, _o: Options) -> Any:
        return self.bucket.get_symlink(key).target_key

    def put_acl(self, key: str, acl: str, _o: Options) -> Any:
        return told(self.bucket.put_object_acl(key, acl))

    def acl(self, key: str, _o: Options) -> Any:
        return self.bucket.get_object_acl(key).acl

    def put_tags(self, key: str, tags: dict[str, str], _o: Options) -> Any:
        rule = models.TaggingRule()
        rule.tagging_rule = dict(tags)  # not by add(), which refuses itself what the service must refuse
        return told(self.bucket.put_object_tagging(key, models.Tagging(rule)))

    def tags(self, key: str, _o: Options) -> Any:
        return self.bucket.get_object_tagging(key).tag_set.tagging_rule

    def delete_tags(self, key: str, _o: Options) -> Any:
        return told(self.bucket.delete_object_tagging(key))

    def presign(self, method: str, key: str, seconds: int, o: Options) -> Any:
        headers = o.get("headers") or {}
        return self.bucket.sign_url(method, key, seconds, dict(headers), dict(o.get("params") or {}), slash_safe=True)


class Listings(Objects):
    """Listings of objects, and uploads in parts."""

    def list(self, o: Options) -> Any:
        found = self.bucket.list_objects(
            o.get("prefix", ""), o.get("delimiter", ""), o.get("marker", ""), o.get("max", 100)
        )
        return self._page(found, found.next_marker)

    def list2(self, o: Options) -> Any:
        found = self.bucket.list_objects_v2(
            o.get("prefix", ""), o.get("delimiter", ""), o.get("token", ""), o.get("after", ""),
            o.get("owner", False), max_keys=o.get("max", 100),
        )  # fmt: skip
        return self._page(found, found.next_continuation_token)

    @staticmethod
    def _page(found: Any, following: str) -> Any:
        entries = [
            {
                "key": one.key, "size": one.size, "etag": one.etag.strip('"'), "type": one.type,
                "class": one.storage_class, "owner": one.owner.id if one.owner else None,
            }
            for one in found.object_list
        ]  # fmt: skip
        page = {"objects": entries, "prefixes": found.prefix_list, "truncated": found.is_truncated}
        return {**page, "next": following or None}

    def initiate(self, key: str, o: Options) -> Any:
        return self.bucket.init_multipart_upload(key, o.get("headers")).upload_id

    def upload_part(self, key: str, upload: str, number: int, data: Any, o: Options) -> Any:
        done = self.bucket.upload_part(key, upload, number, data, headers=o.get("headers"))
        return {**told(done), "etag": done.etag}

    def upload_part_copy(self, key: str, upload: str, number: int, source: list[Any], o: Options) -> Any:
        bucket, name, first, last = source
        done = self.bucket.upload_part_copy(bucket, name, (first, last), key, upload, number, o.get("headers"))
        return {**told(done), "etag": done.etag}

    def complete(self, key: str, upload: str, parts: list[list[Any]] | None, o: Options) -> Any:
        made = None if parts is None else [models.PartInfo(number, etag) for number, etag in parts]
        return told(self.bucket.complete_multipart_upload(key, upload, made, o.get("headers")))

    def abort(self, key: str, upload: str, _o: Options) -> Any:
        return told(self.bucket.abort_multipart_upload(key, upload))

    def parts(self, key: str, upload: str, o: Options) -> Any:
        found = self.bucket.list_parts(key, upload, str(o.get("marker", "")), o.get("max", 1000))
        parts = [[one.part_number, one.size, one.etag.strip('"')] for one in found.parts]
        return {"parts": parts, "truncated": found.is_truncated, "next": found.next_marker}

    def uploads(self, o: Options) -> Any:
        found = self.bucket.list_multipart_uploads(
            o.get("prefix", ""), "", o.get("key", ""), o.get("upload", ""), o.get("max", 1000)
        )
        uploads = [[one.key, one.upload_id] for one in found.upload_list]
        return {
            "uploads": uploads,
            "truncated": found.is_truncated,
            "next": [found.next_key_marker, found.next_upload_id_marker],
        }

    def resume(self, key: str, path: str, o: Options) -> Any:
        """The SDK's upload that can be resumed; what it remembers is in the folder `store`."""
        store = oss2.ResumableStore(root=o["store"])
        done = oss2.resumable_upload(
            self.bucket, key, path, store, multipart_threshold=1, part_size=o["part"], num_threads=o["parallel"]
        )
        return told(done)


def describe(error: Exception) -> dict[str, Any]:
    """What an error of the SDK says."""
    if not isinstance(error, oss2.exceptions.OssError):
        return {}
    return {
        "status": error.status, "code": error.code, "message": error.message, "ec": error.ec,
        "details": error.details, "headers": headers_of(error.headers), "next": getattr(error, "next_position", None),
    }  # fmt: skip


if __name__ == "__main__":
    serve(Listings(), describe)
