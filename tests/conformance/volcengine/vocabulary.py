"""One vocabulary for three SDKs: their methods, arguments and results under the names of the Python SDK.

Law: names and shapes only; no value is invented or repaired here. Arguments are given in snake case, structured ones
as the documents that go over the wire; results come back as :class:`Reply`. Source: the public types of tos 2.9.3,
@volcengine/tos-sdk 2.9.1 and ve-tos-golang-sdk v2.9.9.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

Shape = Callable[[str, dict[str, Any]], tuple[str, Any]]

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_RENAMED = {
    "e_tag": "etag",
    "hash_crc64ecma": "hash_crc64_ecma",
    "allowed_origin": "allowed_origins",
    "allowed_method": "allowed_methods",
    "allowed_header": "allowed_headers",
    "expose_header": "expose_headers",
    "grantee_v2": "grantee",
    "complete_parts": "completed_parts",
    "headers": "header",
}
_FROM_HEADERS = {
    "etag": "etag",
    "hash_crc64_ecma": "x-tos-hash-crc64ecma",
    "content_type": "content-type",
    "content_length": "content-length",
    "content_range": "content-range",
    "cache_control": "cache-control",
    "content_disposition": "content-disposition",
    "content_language": "content-language",
    "content_encoding": "content-encoding",
    "expires": "expires",
    "last_modified": "last-modified",
    "storage_class": "x-tos-storage-class",
    "object_type": "x-tos-object-type",
    "next_append_offset": "x-tos-next-append-offset",
    "region": "x-tos-bucket-region",
    "bucket_type": "x-tos-bucket-type",
}


def snake(name: str) -> str:
    """The Python SDK's spelling of a name."""
    lower = _BOUNDARY.sub("_", name).lower()
    return _RENAMED.get(lower, lower)


def camel(name: str) -> str:
    """The JavaScript SDK's spelling of a name."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


_ACRONYMS = {"acl": "ACL", "id": "ID", "md5": "MD5", "http": "HTTP", "cors": "CORS", "url": "URL"}


def pascal(name: str) -> str:
    """The Go SDK's spelling of a name."""
    return "".join(_ACRONYMS.get(word, word.capitalize()) for word in name.split("_"))


def renamed(value: Any) -> Any:
    """A result with all its names in snake case. What a map is keyed with by users stays."""
    if isinstance(value, list):
        return [renamed(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    kept = {"meta", "header", "Header", "headers", "Meta", "objects"}
    return {snake(name): item if name in kept else renamed(item) for name, item in value.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an SDK returned. ``header`` has lower-case names; ``fields`` is what the SDK itself made of the reply."""

    status: int
    header: Mapping[str, str]
    fields: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """A field; where the SDK leaves it in the headers, the header."""
        value = self.fields.get(name)
        if value is None and name in _FROM_HEADERS:
            value = self.header.get(_FROM_HEADERS[name])
        return value.strip('"') if name == "etag" and value else value

    @property
    def body(self) -> bytes:
        """A downloaded body, where it is short enough to be shown."""
        return base64.b64decode(self.fields["content"]["base64"])

    @property
    def crc(self) -> int:
        """The CRC64 that the SDK read."""
        return int(self["hash_crc64_ecma"])

    @property
    def meta(self) -> dict[str, str]:
        """User metadata, decoded; the JavaScript SDK leaves it in the headers."""
        told: Mapping[str, str] | None = self.fields.get("meta")
        if told is None:
            return {name[11:]: unquote(text) for name, text in self.header.items() if name.startswith("x-tos-meta-")}
        return {name.lower(): text for name, text in told.items()}

    @property
    def keys(self) -> list[str]:
        """The keys of a listing."""
        return [entry["key"] for entry in self["contents"] or []]

    @property
    def folders(self) -> list[str]:
        """The common prefixes of a listing."""
        return [entry["prefix"] for entry in self["common_prefixes"] or []]

    @property
    def tags(self) -> dict[str, str]:
        """The tags of an object."""
        found = self["tag_set"]
        return {tag["key"]: tag["value"] for tag in (found["tags"] or [] if isinstance(found, Mapping) else found)}


def reply(value: Any) -> Reply:
    """The reply of any of the three."""
    fields: dict[str, Any] = renamed(value) if isinstance(value, Mapping) else {"value": value}
    header = {name.lower(): _first(text) for name, text in (fields.pop("header", None) or {}).items()}
    data = fields.pop("data", None)
    fields.update(data if isinstance(data, Mapping) else {})
    return Reply(status=int(fields.get("status_code") or 0), header=header, fields=fields)


def _first(text: Any) -> str:
    return str(text[0]) if isinstance(text, list) else str(text)


# -- Python ------------------------------------------------------------------------------------------------


def python(method: str, given: dict[str, Any]) -> tuple[str, Any]:
    """The Python SDK's own; only the seconds of a signature have another sense than a header's date."""
    return method, given


# -- JavaScript --------------------------------------------------------------------------------------------

_JS_METHODS = {
    "get_object": "getObjectV2",
    "put_bucket_cors": "putBucketCORS",
    "get_bucket_cors": "getBucketCORS",
    "delete_bucket_cors": "deleteBucketCORS",
    "pre_signed_url": "getPreSignedUrl",
    "pre_signed_post_signature": "calculatePostSignature",
}
_JS_NAMES = {
    "content": "body",
    "content_md5": "contentMD5",
    "cors_rule": "CORSRules",
    "http_method": "method",
    "file_path": "file",
    "checkpoint_file": "checkpoint",
    "pre_hash_crc64_ecma": "preHashCrc64ecma",
    "symlink_target_key": "symLinkTargetKey",
    "expires_at": "expires",
}
_JS_BARE = {"head_bucket", "delete_bucket", "get_bucket_acl"}


def _lowered(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name[:1].lower() + name[1:]: value for name, value in item.items()} for item in items]


def javascript(method: str, given: dict[str, Any]) -> tuple[str, Any]:
    """The JavaScript SDK's words."""
    if method in _JS_BARE:
        return camel(method), given["bucket"]
    grants = given.pop("grants", None)
    if grants is not None:
        given["acl_body"] = {"Owner": given.pop("owner"), "Grants": grants}
    if method == "pre_signed_post_signature":
        given["conditions"], given["expires_in"] = _post_conditions(given), given.pop("expires", 3600)
    elif "conditions" in given:
        given["conditions"] = _lowered(given["conditions"])
    for name in ("objects", "parts"):
        if name in given:
            given[name] = _lowered(given[name])
    if "tag_set" in given:
        given["tag_set"] = {"Tags": given["tag_set"]}
    if "tagging" in given:  # has no argument of its own
        given["headers"] = {"x-tos-tagging": given.pop("tagging")}
    if "pre_hash_crc64_ecma" in given:
        given["pre_hash_crc64_ecma"] = str(given["pre_hash_crc64_ecma"])
    if given.get("complete_all"):
        given["parts"] = []
    given.pop("enable_checkpoint", None)
    return _JS_METHODS.get(method, camel(method)), {_JS_NAMES.get(n, camel(n)): v for n, v in given.items()}


def _post_conditions(given: dict[str, Any]) -> list[Any]:
    made: list[Any] = [
        [item["Operator"], f"${item['Key']}", item["Value"]] if "Operator" in item else {item["Key"]: item["Value"]}
        for item in given.pop("conditions", [])
    ]
    if "content_length_range" in given:
        made.append(["content-length-range", *given.pop("content_length_range")])
    return made


# -- Go ----------------------------------------------------------------------------------------------------

_GO_V2 = {
    "put_object", "get_object", "head_object", "delete_object", "append_object", "list_objects", "create_bucket",
    "create_multipart_upload", "upload_part", "upload_part_copy", "complete_multipart_upload",
    "list_multipart_uploads",
}  # fmt: skip
_GO_NAMES = {
    "cors_rule": "CORSRules",
    "pre_hash_crc64_ecma": "PreHashCrc64ecma",
    "expires_at": "Expires",
}


def go(method: str, given: dict[str, Any]) -> tuple[str, Any]:
    """The Go SDK's words."""
    if "tag_set" in given:
        given["tag_set"] = {"Tags": given["tag_set"]}
    if "content_length_range" in given:
        first, last = given["content_length_range"]
        given["content_length_range"] = {"RangeStart": first, "RangeEnd": last}
    names = dict(_GO_NAMES)
    if method == "put_bucket_acl":
        names["acl"] = "ACLType"
    return pascal(method) + ("V2" if method in _GO_V2 else ""), {names.get(n, pascal(n)): v for n, v in given.items()}
