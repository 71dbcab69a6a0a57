"""Policies as each cloud's customers write them, from one description.

Sources: wire facts of Tencent §5, Alibaba §4.7; AWS and Volcengine "IAM policy examples".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .speaker import Speaker

Conditions = Mapping[str, tuple[str, Any]]
"""What must hold, by fact: an operator of :data:`OPERATORS` and its values."""

ACTIONS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "put": {"cos": ("PutObject",), "": ("PutObject",)},
    "post": {"cos": ("PostObject",), "": ("PutObject",)},
    "append": {"cos": ("AppendObject",), "": ("PutObject",)},
    "parts": {
        "cos": ("InitiateMultipartUpload", "UploadPart", "CompleteMultipartUpload"), "": ("PutObject",),
    },
    "get": {"": ("GetObject",)},
    "delete": {"": ("DeleteObject",)},
    "list": {"cos": ("GetBucket",), "oss": ("ListObjects",), "": ("ListBucket",)},
    "acl": {"cos": ("PutObjectACL",), "": ("PutObjectAcl",)},
    "read bucket tags": {"": ("GetBucketTagging",)},
    "set bucket tags": {"": ("PutBucketTagging",)},
    "drop bucket tags": {"s3": ("PutBucketTagging",), "": ("DeleteBucketTagging",)},
    "read settings": {"": ("GetBucketVersioning",)},
    "days": {"tos": ("SetObjectExpires",)},
    "anything": {"": ("*",)},
    "read encryption": {"s3": ("GetEncryptionConfiguration",), "": ("GetBucketEncryption",)},
    "set encryption": {"s3": ("PutEncryptionConfiguration",), "": ("PutBucketEncryption",)},
    "drop encryption": {"s3": ("PutEncryptionConfiguration",), "": ("DeleteBucketEncryption",)},
    "restore": {"cos": ("PostObjectRestore",), "": ("RestoreObject",)},
}  # fmt: skip
FACTS = {
    "cos": {
        "length": "cos:content-length", "type": "cos:content-type", "ip": "qcs:ip", "time": "qcs:current_time",
        "acl": "cos:x-cos-acl", "prefix": "cos:prefix", "secure": "cos:secure-transport", "referer": "cos:referer",
    },
    "s3": {
        "length": "entrepot:content-length", "type": "entrepot:content-type", "ip": "aws:SourceIp",
        "time": "aws:CurrentTime", "acl": "s3:x-amz-acl", "prefix": "s3:prefix", "secure": "aws:SecureTransport",
        "referer": "aws:Referer",
    },
}  # fmt: skip
FACTS["tos"] = FACTS["s3"] | {"acl": "tos:x-tos-acl", "prefix": "tos:prefix", "ip": "volc:SourceIp"}
FACTS["oss"] = FACTS["s3"] | {
    "acl": "entrepot:acl", "prefix": "oss:Prefix", "ip": "acs:SourceIp", "time": "acs:CurrentTime",
    "secure": "acs:SecureTransport",
}  # fmt: skip
OPERATORS = {
    "most": ("numeric_less_than_equal", "NumericLessThanEquals"),
    "like": ("string_like", "StringLike"),
    "like if there": ("string_like_if_exist", "StringLikeIfExists"),
    "equal": ("string_equal", "StringEquals"),
    "equal if there": ("string_equal_if_exist", "StringEqualsIfExists"),
    "in": ("ip_equal", "IpAddress"),
    "not in": ("ip_not_equal", "NotIpAddress"),
    "before": ("date_less_than", "DateLessThan"),
    "after": ("date_greater_than", "DateGreaterThan"),
    "is": ("bool_equal", "Bool"),
}


def statement(
    speaker: Speaker, does: Sequence[str], keys: str = "*", where: Conditions | None = None, *, allow: bool = True
) -> Mapping[str, Any]:
    """One statement about keys of the speaker's bucket, in the language of the speaker's cloud."""
    name = speaker.cloud.name
    service = "oss" if name == "oss1" else name
    cam = service == "cos"
    names = [one for each in does for one in ACTIONS[each].get(service, ACTIONS[each].get("", ()))]
    start = {
        "cos": f"qcs::cos:ap-guangzhou:uid/{speaker.bucket.owner.appid}:{speaker.text}/",
        "oss": f"acs:oss:*:*:{speaker.text}/", "s3": f"arn:aws:s3:::{speaker.text}/",
        "tos": f"trn:tos:::{speaker.text}/",
    }[service]  # fmt: skip
    resources = [start + keys] if cam else [start + keys, start.rstrip("/")]
    block: dict[str, dict[str, Any]] = {}
    for fact, (operator, values) in (where or {}).items():
        block.setdefault(OPERATORS[operator][0 if cam else 1], {})[FACTS[service][fact]] = values
    members: dict[str, Any] = {
        "effect": "allow" if allow else "deny",
        "action": [f"name/{service}:{one}" if cam else f"{service}:{one}" for one in names],
        "resource": resources,
        **({"condition": block} if block else {}),
    }
    if cam:
        return members
    return {key.title(): value.title() if key == "effect" else value for key, value in members.items()}


def policy(speaker: Speaker, *statements: Mapping[str, Any]) -> str:
    """A whole document."""
    if speaker.cloud.name == "cos":
        return json.dumps({"version": "2.0", "statement": statements})
    version = "1" if speaker.cloud.name.startswith("oss") else "2012-10-17"
    return json.dumps({"Version": version, "Statement": statements})
