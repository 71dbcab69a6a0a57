"""Every operation of the S3-like dialects, as a request that would be fine if what it names were there.

Law: a table; `OPERATIONS` by name. What only some dialects have says so.
Sources: AWS "Amazon S3 API Reference"; wire facts of Tencent §7, Alibaba §5, Volcengine §3.9.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from behaviour.client import Reply

from .clouds import Cloud
from .signers import How
from .speaker import SIGNED, Speaker, md5_base64

XML_CLOUDS = frozenset({"s3", "oss", "oss1", "cos"})
APPENDING = frozenset({"oss", "oss1", "tos", "cos"})
LINKING = frozenset({"oss", "oss1", "tos"})
ALL = XML_CLOUDS | {"tos"}
OSS_ONLY = frozenset({"oss", "oss1"})
NO_UPLOAD = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """``names`` tells what must be there besides the bucket: nothing, an object, an upload."""

    level: str
    method: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[Cloud], bytes] = field(default=lambda _cloud: b"")
    headers: Callable[[Speaker], Mapping[str, str]] = field(default=lambda _speaker: {})
    names: str = ""
    spoken_by: frozenset[str] = ALL

    def ask(self, speaker: Speaker, key: str = "none", how: How | None = SIGNED, **given: Any) -> Reply:
        """Ask for it."""
        body = given.pop("body", None)
        body = self.body(speaker.cloud) if body is None else body
        headers = {**self.headers(speaker), **given.pop("headers", {})}
        if self.method == "POST" and "delete" in self.query:
            headers = {"Content-MD5": md5_base64(body), **headers}
        place = {speaker.cloud.append: "0"} if "append" in self.query else {}
        query = {**self.query, **place, **given.pop("query", {})}
        named = key if self.level == "object" else ""
        return speaker.ask(self.method, named, query=query, headers=headers, body=body, how=how, **given)


def _copy(speaker: Speaker) -> Mapping[str, str]:
    return {f"{speaker.cloud.prefix}copy-source": speaker.cloud.source(speaker.text, "missing-source")}


def _acl(speaker: Speaker) -> Mapping[str, str]:
    name = "object-acl" if speaker.cloud.prefix == "x-oss-" else "acl"
    return {speaker.cloud.prefix + name: "private"}


def _bucket_acl(speaker: Speaker) -> Mapping[str, str]:
    return {f"{speaker.cloud.prefix}acl": "private"}


def _cors(cloud: Cloud) -> bytes:
    rule = (("AllowedOrigin", "*"), ("AllowedMethod", "GET"))
    return cloud.document("CORSConfiguration", ("CORSRule", rule))


def _lifecycle(cloud: Cloud) -> bytes:
    expires = (("Days", 30),)
    if cloud.json:
        rule = {"ID": "old", "Prefix": "old/", "Status": "Enabled", "Expiration": {"Days": 30}}
        return cloud.document("LifecycleConfiguration", ("Rules", [rule]))
    rule_ = (("ID", "old"), ("Prefix", "old/"), ("Status", "Enabled"), ("Expiration", expires))
    return cloud.document("LifecycleConfiguration", ("Rule", rule_))


def _tags(cloud: Cloud) -> bytes:
    return cloud.document("Tagging", ("TagSet", (("Tag", (("Key", "a"), ("Value", "b"))),)))


def _parts(cloud: Cloud) -> bytes:
    return cloud.parts([(1, '"0123456789abcdef0123456789abcdef"')])


PART = {"partNumber": "1", "uploadId": NO_UPLOAD}
OPERATIONS: dict[str, Operation] = {
    "head bucket": Operation(level="bucket", method="HEAD"),
    "delete bucket": Operation(level="bucket", method="DELETE"),
    "list": Operation(level="bucket", method="GET"),
    "list v2": Operation(level="bucket", method="GET", query={"list-type": "2"}),
    "location": Operation(level="bucket", method="GET", query={"location": ""}),
    "get bucket acl": Operation(level="bucket", method="GET", query={"acl": ""}),
    "put bucket acl": Operation(level="bucket", method="PUT", query={"acl": ""}, headers=_bucket_acl),
    "get cors": Operation(level="bucket", method="GET", query={"cors": ""}),
    "put cors": Operation(level="bucket", method="PUT", query={"cors": ""}, body=_cors),
    "delete cors": Operation(level="bucket", method="DELETE", query={"cors": ""}),
    "get lifecycle": Operation(level="bucket", method="GET", query={"lifecycle": ""}),
    "put lifecycle": Operation(level="bucket", method="PUT", query={"lifecycle": ""}, body=_lifecycle),
    "delete lifecycle": Operation(level="bucket", method="DELETE", query={"lifecycle": ""}),
    "list uploads": Operation(level="bucket", method="GET", query={"uploads": ""}),
    "delete many": Operation(
        level="bucket", method="POST", query={"delete": ""}, body=lambda cloud: cloud.deletion(["none"])
    ),
    "bucket info": Operation(level="bucket", method="GET", query={"bucketInfo": ""}, spoken_by=OSS_ONLY),
    "bucket stat": Operation(level="bucket", method="GET", query={"stat": ""}, spoken_by=OSS_ONLY),
    "put": Operation(level="object", method="PUT", body=lambda _: b"content"),
    "get": Operation(level="object", method="GET", names="object"),
    "head": Operation(level="object", method="HEAD", names="object"),
    "delete": Operation(level="object", method="DELETE"),
    "copy": Operation(level="object", method="PUT", headers=_copy, names="object"),
    "get acl": Operation(level="object", method="GET", query={"acl": ""}, names="object"),
    "put acl": Operation(level="object", method="PUT", query={"acl": ""}, headers=_acl, names="object"),
    "get tags": Operation(level="object", method="GET", query={"tagging": ""}, names="object"),
    "put tags": Operation(level="object", method="PUT", query={"tagging": ""}, body=_tags, names="object"),
    "delete tags": Operation(level="object", method="DELETE", query={"tagging": ""}, names="object"),
    "start": Operation(level="object", method="POST", query={"uploads": ""}),
    "put part": Operation(level="object", method="PUT", query=PART, body=lambda _: b"part", names="upload"),
    "copy part": Operation(level="object", method="PUT", query=PART, headers=_copy, names="upload"),
    "list parts": Operation(level="object", method="GET", query={"uploadId": NO_UPLOAD}, names="upload"),
    "complete": Operation(level="object", method="POST", query={"uploadId": NO_UPLOAD}, body=_parts, names="upload"),
    "abort": Operation(level="object", method="DELETE", query={"uploadId": NO_UPLOAD}, names="upload"),
    "append": Operation(
        level="object", method="POST", query={"append": ""}, body=lambda _: b"more",
        spoken_by=APPENDING,
    ),
    "put link": Operation(
        level="object", method="PUT", query={"symlink": ""}, spoken_by=LINKING,
        headers=lambda speaker: {f"{speaker.cloud.prefix}symlink-target": "a.txt"},
    ),
    "get link": Operation(level="object", method="GET", query={"symlink": ""}, spoken_by=LINKING, names="object"),
    "object meta": Operation(
        level="object", method="HEAD", query={"objectMeta": ""}, spoken_by=OSS_ONLY, names="object"
    ),
    "set metadata": Operation(
        level="object", method="POST", query={"metadata": ""}, spoken_by=frozenset({"tos"}), names="object"
    ),
    "file status": Operation(
        level="object", method="GET", query={"stat": ""}, spoken_by=frozenset({"tos"}), names="object"
    ),
}  # fmt: skip


def operations_of(cloud: Cloud) -> Iterator[tuple[str, Operation]]:
    """Every operation that this dialect has, with its name."""
    for name, operation in OPERATIONS.items():
        if cloud.name in operation.spoken_by:
            yield name, operation
