"""One vocabulary for three SDKs: what a test asks of a client, whichever it is, and how its answers are read.

Law: knows no server code and no SDK; the drivers carry each call out with their SDK's own means. A call's last
argument is its options. Names in brackets are options:

    put(key, content) [headers, callback]     put_chunked: without a length      append(key, position, content) [crc]
    get(key) [headers, params]                get_to_file(key, path) [part, store]          head, meta, exists, delete
    copy(bucket, source, key) [headers, conditions: on the source]                 delete_many(keys) [quiet]
    put_symlink(key, target), symlink         put_acl(key, acl), acl              put_tags(key, tags), tags, delete_tags
    list [prefix, delimiter, marker, max, encoding]          list2 [and token, after, owner]
    initiate(key) [headers] -> id             upload_part(key, id, number, content) [headers]
    upload_part_copy(key, id, number, [bucket, source, first, last])
    complete(key, id, [[number, etag], ...] or None: all) [headers, callback]      abort(key, id)
    parts(key, id) [marker, max]              uploads [prefix, key, upload, max]
    resume(key, path) [part, parallel, store] presign(method, key, seconds) [headers, params] -> URL
    list_buckets [prefix, marker, max], create_bucket(name) [acl], delete_bucket, bucket_info, bucket_location,
    bucket_stat -> [bytes, objects, uploads], put_bucket_acl(name, acl), bucket_acl, put_cors(name, rules), cors,
    delete_cors, put_lifecycle(name, rules), lifecycle, delete_lifecycle

An answer has `status`, `headers` by lower-case name, and `text` or `body`: `size`, `sha1`, `text` of content.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.driver import Driver, SdkFailed
from conformance.plain_http import Answer, request
from conformance.server import BUCKET, KEY_ID, SECRET, Server

CALL_SECONDS = 180.0
MIB = 1 << 20
PART = 100 * 1024
"""The shortest part that may have another after it."""
REGION = "cn-hangzhou"
DOMAIN = f"oss-{REGION}.aliyuncs.com"
USER_ID = "100000000001"
"""Of the development account."""


def pack(value: object) -> object:
    """A value as the drivers read it."""
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Path):
        return {"$file": str(value)}
    return value


def etag(content: bytes) -> str:
    """The entity tag of an object that was put whole, without its quotes."""
    return hashlib.md5(content).hexdigest().upper()


def is_content(body: Mapping[str, Any], content: bytes) -> bool:
    """Whether a driver saw just this content."""
    return (body["size"], body["sha1"]) == (len(content), hashlib.sha1(content).hexdigest())


class Client:
    """One SDK with one kind of signature, for the development account unless `connect` says otherwise."""

    def __init__(self, sdk: str, version: str, driver: Driver, server: Server) -> None:
        self.sdk = sdk
        self.version = version
        self.server = server
        self._driver = driver
        self.connect()

    def connect(self, **changes: object) -> None:
        """Reach the server by its address from now on, as the SDK does without being told more, or with changes."""
        usual = {"endpoint": self.server.address, "bucket": BUCKET, "key_id": KEY_ID, "secret": SECRET}
        self._driver.call("connect", {**usual, "region": REGION, "version": self.version, "style": "", **changes})

    def by_name(self, **changes: object) -> None:
        """Reach the server under the cloud's own host names: the only way in which ali-oss signs URLs."""
        self.connect(endpoint=f"http://{DOMAIN}:{self.server.port}", **changes)

    def call(self, method: str, *args: object, **options: object) -> Any:
        """What the SDK came back with; raises SdkFailed with its error."""
        return self._driver.call(method, *map(pack, args), options, timeout_seconds=CALL_SECONDS)

    def refused(self, status: int | None, code: str | None, method: str, *args: object, **options: object) -> Any:
        """A call that must fail with this status and code (None: any); returns the error."""
        with pytest.raises(SdkFailed) as caught:
            self.call(method, *args, **options)
        error = caught.value.value
        assert isinstance(error, dict)
        assert status is None or error.get("status") == status, error
        assert code is None or error.get("code") == code, error
        return error

    def read(self, key: str) -> bytes | None:
        """What is stored under the key, None when nothing is: fetched without this SDK's help, by a URL it signs."""
        answer = follow(self.server, "GET", self.presign("GET", key))
        assert answer.status in {200, 404}, (answer.status, answer.body)
        return answer.body if answer.status == 200 else None

    def presign(self, method: str, key: str, seconds: int = 60, **options: object) -> str:
        """A signed URL; ali-oss is led to the cloud's host names for it, as it refuses to sign for an address."""
        if self.sdk != "ali_oss":
            return str(self.call("presign", method, key, seconds, **options))
        self.by_name()
        url = str(self.call("presign", method, key, seconds, **options))
        self.connect()
        return url

    def callback(self, url: str, body: str, kind: str, **variables: str) -> dict[str, Any]:
        """The options of a call with a callback: ali-oss has an argument for it, the others take the headers."""
        if self.sdk == "ali_oss":
            return {"callback": {"url": url, "body": body, "contentType": kind, "customValue": variables}}
        return {"headers": callback_headers(url, body, kind, **variables)}


def callback_headers(url: str, body: str, kind: str, **variables: str) -> dict[str, str]:
    """The headers that ask for a callback."""
    what = {"callbackUrl": url, "callbackBody": body, "callbackBodyType": kind}
    given = {f"x:{name}": value for name, value in variables.items()}
    headers = {"x-oss-callback": what, **({"x-oss-callback-var": given} if given else {})}
    return {name: base64.b64encode(json.dumps(value).encode()).decode("ascii") for name, value in headers.items()}


def follow(server: Server, method: str, url: str, body: bytes = b"", **headers: str) -> Answer:
    """Send a request to the server for `url`, whatever host it names, as if that name led here."""
    parts = urlsplit(url)
    here = f"{server.address}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    return request(method, here, body=body, headers={"Host": parts.netloc, **headers})
