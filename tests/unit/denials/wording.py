"""One description of a statement in each cloud's words.

Sources: wire facts of Tencent §5, of Alibaba §4.7; AWS "IAM JSON policy elements"; Volcengine "Common IAM policies".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

APPID = "1250000000"
CLOUDS = ("cos", "oss", "tos", "s3")
_NAMES = {
    "list": {"cos": "GetBucket", "oss": "ListObjects", "tos": "ListObjects", "s3": "ListBucket"},
    "get": dict.fromkeys(CLOUDS, "GetObject"),
    "put": dict.fromkeys(CLOUDS, "PutObject"),
    "delete": dict.fromkeys(CLOUDS, "DeleteObject"),
    "get acl": {"cos": "GetObjectACL", "oss": "GetObjectAcl", "tos": "GetObjectAcl", "s3": "GetObjectAcl"},
    "put acl": {"cos": "PutObjectACL", "oss": "PutObjectAcl", "tos": "PutObjectAcl", "s3": "PutObjectAcl"},
    "put tags": dict.fromkeys(CLOUDS, "PutObjectTagging"),
    "get tags": dict.fromkeys(CLOUDS, "GetObjectTagging"),
    "create": {"cos": "PutBucket", "oss": "PutBucket", "tos": "CreateBucket", "s3": "CreateBucket"},
    "location": dict.fromkeys(CLOUDS, "GetBucketLocation"),
    "buckets": {"cos": "GetService", "oss": "ListBuckets", "tos": "ListBuckets", "s3": "ListAllMyBuckets"},
    "cors": {"cos": "PutBucketCORS", "oss": "PutBucketCors", "tos": "PutBucketCORS", "s3": "PutBucketCORS"},
    "restore": {"cos": "PostObjectRestore", "oss": "RestoreObject", "tos": "RestoreObject", "s3": "RestoreObject"},
    "abort": dict.fromkeys(CLOUDS, "AbortMultipartUpload"),
    "versions": {
        "cos": "GetBucketObjectVersions", "oss": "ListObjectVersions", "tos": "ListObjectVersions",
        "s3": "ListBucketVersions",
    },
    "role": dict.fromkeys(CLOUDS, "AssumeRole"),
}  # fmt: skip
_OPERATORS = {
    "ip": ("ip_equal", "IpAddress"),
    "no ip": ("ip_not_equal", "NotIpAddress"),
    "is": ("bool_equal", "Bool"),
    "before": ("date_less_than", "DateLessThan"),
    "after": ("date_greater_than", "DateGreaterThan"),
    "most": ("numeric_less_than_equal", "NumericLessThanEquals"),
    "least": ("numeric_greater_than_equal", "NumericGreaterThanEquals"),
    "equal": ("string_equal", "StringEquals"),
    "like": ("string_like", "StringLike"),
    "unlike": ("string_not_like", "StringNotLike"),
    "null": ("null_equal", "Null"),
}
_KEYS = {
    "source": {"cos": "qcs:ip", "oss": "acs:SourceIp", "tos": "volc:SourceIp", "s3": "aws:SourceIp"},
    "time": {"cos": "qcs:current_time", "oss": "acs:CurrentTime", "tos": "volc:CurrentTime", "s3": "aws:CurrentTime"},
    "tls": {
        "cos": "cos:secure-transport",
        "oss": "acs:SecureTransport",
        "tos": "volc:SecureTransport",
        "s3": "aws:SecureTransport",
    },
    "type": {"cos": "cos:content-type", "": "entrepot:content-type"},
    "length": {"cos": "cos:content-length", "": "entrepot:content-length"},
    "acl": {"cos": "cos:x-cos-acl", "oss": "oss:x-oss-object-acl", "tos": "tos:x-tos-acl", "s3": "s3:x-amz-acl"},
    "prefix": {"cos": "cos:prefix", "oss": "oss:Prefix", "tos": "tos:prefix", "s3": "s3:prefix"},
    "delimiter": {"cos": "cos:delimiter", "oss": "oss:Delimiter", "tos": "tos:delimiter", "s3": "s3:delimiter"},
    "most": {"cos": "cos:max-keys", "oss": "oss:MaxKeys", "tos": "tos:max-keys", "s3": "s3:max-keys"},
    "referer": {"cos": "cos:referer", "": "aws:Referer"},
    "agent": {"cos": "cos:user-agent", "oss": "acs:UserAgent", "": "aws:UserAgent"},
    "encryption": {"": "s3:x-amz-server-side-encryption"},
}


def action(cloud: str, name: str) -> str:
    """An action; ``*`` is all."""
    if name == "*":
        return "*"
    service = "sts" if name == "role" else cloud
    return f"{service}:{_NAMES[name][cloud]}"


def key(cloud: str, fact: str) -> str:
    """A condition's key."""
    return _KEYS[fact].get(cloud) or _KEYS[fact][""]


def operator(cloud: str, name: str) -> str:
    """A condition's operator."""
    return _OPERATORS[name][0 if cloud == "cos" else 1]


def resource(cloud: str, name: str) -> str:
    """``*``, a bucket, or bucket and key. A bucket of Tencent's ends in a slash."""
    if name == "*":
        return "*"
    bucket, slash, rest = name.partition("/")
    if cloud == "cos":
        return f"qcs::cos:ap-guangzhou:uid/{APPID}:{bucket}-{APPID}/{rest}"
    return {"oss": "acs:oss:*:*:", "tos": "trn:tos:::", "s3": "arn:aws:s3:::"}[cloud] + bucket + slash + rest


def say(
    cloud: str,
    does: Sequence[str],
    on: Sequence[str],
    where: Sequence[tuple[str, str, Any]] = (),
    *,
    deny: bool = False,
    sid: str = "",
    but: str = "",
) -> dict[str, Any]:
    """One statement: actions on resources, where conditions (operator, fact, values) hold. ``but`` negates a member."""
    names = ["sid", "effect", "action", "resource", "condition"]
    if cloud != "cos":
        names = ["Sid", "Effect", "NotAction" if but == "action" else "Action",
                 "NotResource" if but == "resource" else "Resource", "Condition"]  # fmt: skip
    effect = "deny" if deny else "allow"
    block: dict[str, dict[str, Any]] = {}
    for how, fact, values in where:
        block.setdefault(operator(cloud, how), {})[key(cloud, fact)] = values
    values = [sid, effect if cloud == "cos" else effect.capitalize(), [action(cloud, one) for one in does],
              [resource(cloud, one) for one in on], block]  # fmt: skip
    return {name: value for name, value in zip(names, values, strict=True) if value}


def policy(cloud: str, *statements: dict[str, Any]) -> dict[str, Any]:
    """A policy of these statements."""
    if cloud == "cos":
        return {"version": "2.0", "statement": list(statements)}
    version = {"oss": "1", "s3": "2012-10-17"}.get(cloud)
    return ({"Version": version} if version else {}) | {"Statement": list(statements)}


def place(cloud: str, number: int) -> str:
    """The place of a statement in its policy."""
    return f"{'statement' if cloud == 'cos' else 'Statement'}[{number}]"
