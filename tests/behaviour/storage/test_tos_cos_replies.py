"""Replies of TOS and COS XML as their SDKs' own models read them: members and headers, or why one is not there.

Source: ``tests/vectors/sdk_operations``, what the SDKs for Go, Python, Java and JavaScript read of each reply.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from behaviour.client import Reply

from .clouds import COS, TOS, Cloud, about
from .conftest import Speak
from .sdk_operations import operations
from .speaker import Speaker, md5_base64

NO_VERSIONS = "buckets keep no versions"
KINDS_ABSENT: Mapping[str, str] = {
    "version-id": NO_VERSIONS, "versionid": NO_VERSIONS, "delete-marker": NO_VERSIONS, "deletemarker": NO_VERSIONS,
    "noncurrentversion": NO_VERSIONS, "server-side": "only where it was asked for",
    "serversideencryption": "only where it was asked for", "ssec": "only where it was asked for",
    "restore": "of archives only, see test_labels", "-expiration": "where a rule is, see test_labels",
    "crc32": "the one digest beside the MD5 is the CRC64", "imageinfo": "nothing is processed",
    "originalinfo": "nothing is processed", "processresults": "nothing is processed",
    "(root error": "no copy or completion fails after its status", ".uin": "of version 4 of the API",
}  # fmt: skip
"""What need not be there, by a part of its name in lower case, and why."""
ABSENT: Mapping[str, str] = {
    "content-range": "of ranges", "x-tos-directory": "of hierarchical buckets",
    "lastmodified": "of common prefixes in hierarchical buckets", "x-tos-last-modified-ns": "times have whole seconds",
    "x-tos-raw-content-length": "bodies are sent as they are", "x-tos-replication-status": "nothing is replicated",
    "x-tos-tag": "the names alone are known", "x-tos-cs-type": "the names alone are known",
    "x-tos-object-type": "of links and appendable objects", "x-tos-symlink-target-size": "the size is the target's",
    "content-md5": "the entity tag is the MD5", "encodingtype": "where it was asked for",
    "encoding-type": "another spelling", "callbackresult": "of callbacks", "returnbodyresult": "of callbacks",
    "x-cos-storage-class": "of other classes than the standard one", "x-cos-next-append-position": "of what can grow",
    "x-cos-file-mode-dir": "no file system", "x-cos-inode-id": "no file system",
    "x-cos-preflight": "uploads are not rehearsed", "x-cos-acl": "the grants tell it",
    "x-cos-bucket-arch": "of other kinds of buckets", "x-cos-bucket-az-type": "of other kinds of buckets",
}  # fmt: skip
"""The same, by the whole of a header's name or the end of a path."""


def _absent(path: str) -> bool:
    return any(one in path for one in KINDS_ABSENT) or any(path == one or path.endswith(f".{one}") for one in ABSENT)


def _json_paths(value: Any, above: str = "") -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _json_paths(one, f"{above}[]")
    elif isinstance(value, dict):
        for name, inner in value.items():
            path = f"{above}.{name}" if above else name
            yield path
            yield from _json_paths(inner, path)


def _xml_paths(element: ET.Element, above: str = "") -> Iterator[str]:
    for child in element:
        path = above + child.tag.rpartition("}")[2]
        yield path
        yield from _xml_paths(child, path + ".")


def members(cloud: Cloud, reply: Reply) -> set[str]:
    """The paths of everything in a reply, in lower case: SDKs spell ID and Id alike."""
    kind = reply.headers.get("content-type", "")
    if kind != ("application/json" if cloud.json else "application/xml") or not reply.body:
        return set()
    found = _json_paths(json.loads(reply.body)) if cloud.json else _xml_paths(ET.fromstring(reply.body))  # noqa: S314
    return {path.lower() for path in found}


@pytest.fixture(params=[TOS, COS], ids=lambda cloud: cloud.name)
def one(speak: Speak, request: pytest.FixtureRequest) -> Speaker:
    """A bucket with something of everything that replies tell."""
    cloud: Cloud = request.param
    one = speak(cloud)
    said = {
        "Cache-Control": "no-cache", "Content-Disposition": "inline", "Content-Encoding": "identity",
        "Content-Language": "en", "Expires": "Wed, 01 Jan 2031 00:00:00 GMT", f"{cloud.prefix}meta-name": "value",
        f"{cloud.prefix}tagging": "k=v", f"{cloud.prefix}website-redirect-location": "/x",
    }  # fmt: skip
    one.ok("PUT", "dir/k", body=b"content", headers=said)
    one.put("z")
    one.upload = one.start("dir/parts")
    one.part("dir/parts", one.upload, 1, b"part")
    return one


def _asked(one: Speaker) -> Iterator[tuple[str, Reply]]:
    cloud = one.cloud
    copy = {f"{cloud.prefix}copy-source": cloud.source(one.text, "dir/k")}
    upload, slash = {"uploadId": one.upload}, {"delimiter": "/", "encoding-type": "url"}
    deletion = cloud.deletion(["z"])
    digest = {"Content-MD5": md5_base64(deletion)}
    tos = cloud is TOS
    yield "ListBuckets" if tos else "GetService", one.ok("GET", bucket="")
    yield "HeadBucket", one.ok("HEAD")
    yield "PutObject", one.ok("PUT", "new", body=b"x")
    yield "GetObject", one.ok("GET", "dir/k")
    yield "HeadObject", one.ok("HEAD", "dir/k")
    yield "CopyObject" if tos else "PutObjectCopy", one.ok("PUT", "copy", headers=copy)
    yield "AppendObject", one.ok("POST", "log", query={"append": "", cloud.append: "0"}, body=b"x")
    yield "UploadPart", one.ok("PUT", "dir/parts", query={**upload, "partNumber": "1"}, body=b"x")
    yield "UploadPartCopy", one.ok("PUT", "dir/parts", query={**upload, "partNumber": "2"}, headers=copy)
    yield "ListParts", one.ok("GET", "dir/parts", query=upload)
    yield "ListMultipartUploads", one.ok("GET", query={"uploads": "", **slash, "prefix": "dir/"})
    yield "CreateMultipartUpload" if tos else "InitiateMultipartUpload", one.ok("POST", "b", query={"uploads": ""})
    ended = one.start("ended")
    yield "CompleteMultipartUpload", one.complete("ended", ended, [(1, one.part("ended", ended, 1, b"x"))])
    yield "GetBucketACL", one.ok("GET", query={"acl": ""})
    yield "GetObjectACL", one.ok("GET", "dir/k", query={"acl": ""})
    yield "GetBucketLocation", one.ok("GET", query={"location": ""})
    yield "GetObjectTagging", one.ok("GET", "dir/k", query={"tagging": ""})
    yield "GetBucketVersioning", one.ok("GET", query={"versioning": ""})
    name = "DeleteMultiObjects" if tos else "DeleteMultipleObjects"
    yield name, one.ok("POST", query={"delete": ""}, body=deletion, headers=digest)
    if tos:
        yield "GetFileStatus", one.ok("GET", "dir/k", query={"stat": ""})
        yield "GetBucketInfo", one.ok("GET", query={"bucketInfo": ""})
        yield "GetBucketStat", one.ok("GET", query={"stat": ""})
        yield "GetBucketRequestPayment", one.ok("GET", query={"requestPayment": ""})


_FAILED = {"error", "error.key", "error.code", "error.message", "error[].code", "error[].message", "error[].key"}
_REFUSAL = {"code", "message", "requestid", "hostid", "resource", "ec"}
_GRANTEE = {
    "accesscontrollist.grant.grantee.@type", "accesscontrollist.grant.grantee.@xsi:type",
    "accesscontrollist.grant.grantee.uri", "accesscontrollist.grant.grantee.subaccount",
}  # fmt: skip
_OF_EVERYBODY = {"grants[].grantee.canned", "bucketacldelivered"}
NOT_THESE = {
    "GetService": {
        "marker",
        "nextmarker",
        "istruncated",
        "buckets.bucket.type",
        "buckets.bucket.createdate",
    },
    "ListBuckets": {"buckets[].owner", "buckets[].owner.id"},
    "CopyObject": _REFUSAL | {"x-tos-copy-source"},
    "UploadPartCopy": _REFUSAL | {"x-tos-copy-source", "x-tos-copy-source-range", "last-modified", "crc64"},
    "CreateMultipartUpload": {"content-encoding"},
    "CompleteMultipartUpload": {
        "location",
        "completedparts",
        "completedparts[].partnumber",
        "completedparts[].etag",
        "completedparts[].size",
        "hashcrc64ecma",
    },
    "GetFileStatus": {"last-modified", "etag", "x-tos-hash-crc64ecma"},
    "GetBucketInfo": {"bucket.versioning"},
    "GetBucketLocation": {"(text of the root)"},
    "GetBucketACL": _GRANTEE | _OF_EVERYBODY,
    "GetObjectACL": _GRANTEE | _OF_EVERYBODY,
    "DeleteMultiObjects": _FAILED | {"deleted[].trashpath"},
    "DeleteMultipleObjects": _FAILED,
    "ListParts": {
        "part.key",
        "part.storageclass",
        "part.owner",
        "part.owner.id",
        "part.owner.displayname",
        "part.storagetier",
    },
    "ListObjects": {
        "keymarker",
        "continuationtoken",
        "nextcontinuationtoken",
        "nextkeymarker",
        "hashcrc64ecma",
        "versions",
        "versions[].etag",
        "versions[].islatest",
        "versions[].key",
        "versions[].owner",
        "versions[].owner.id",
        "versions[].owner.displayname",
        "versions[].size",
        "versions[].storageclass",
    },
    "GetBucket": {"contents.partnumber", "contents.storagetier"},
    "ListMultipartUploads": {"commonprefixes", "commonprefixes.prefix", "commonprefixes[].prefix"},
    "GetBucketVersioning": {"status", "mfadelete"},
}
"""What is there only when there is something to say, or read by a model that several operations share."""


def test_replies_have_what_sdks_read(one: Speaker) -> None:
    models = {model.name: model for model in operations(one.cloud.name)}
    lacking: dict[str, list[str]] = {}
    for name, reply in _asked(one):
        reads = models[name].reads
        found = members(one.cloud, reply)
        for header in reads.get("headers", ()):
            shown = header.replace("*", "name").lower()
            spared = shown in NOT_THESE.get(name, ()) or _absent(shown)
            if shown not in reply.headers and not spared:
                lacking.setdefault(name, []).append(header)
        for path in reads.get("elements", ()):
            small = path.lower()
            if (
                small not in found
                and small not in NOT_THESE.get(name, ())
                and not _absent(small)
                and "(js" not in small
            ):
                lacking.setdefault(name, []).append(path)
        root = reads.get("root")
        if root and members(one.cloud, reply) and not one.cloud.json:
            assert ET.fromstring(reply.body).tag.rpartition("}")[2] == root, name  # noqa: S314
    assert lacking == {}


def test_pages_have_what_sdks_read(one: Speaker) -> None:
    """Together, a page with more behind it, the next one and a whole one."""
    tos = one.cloud is TOS
    kinds: dict[str, dict[str, str]] = {
        "ListObjects" if tos else "GetBucket": {"marker": "a"},
        "ListObjectVersions" if tos else "GetBucketObjectVersions": {"versions": "", "key-marker": "a"},
    }
    if tos:
        kinds["ListObjectsType2"] = {"list-type": "2", "fetch-owner": "true", "start-after": "a", "fetch-meta": "true"}
        for query in kinds.values():
            query["fetch-meta"] = "true"
    models = {model.name: model for model in operations(one.cloud.name)}
    for name, query in kinds.items():
        with about(name):
            whole = one.ok("GET", query={"encoding-type": "url", "delimiter": "/", **query})
            first = one.ok("GET", query={**query, "max-keys": "1"})
            flat = one.ok("GET", query=query)
            found = members(one.cloud, whole) | members(one.cloud, first) | members(one.cloud, flat)
            if "list-type" in query:
                token = one.cloud.value(first, "NextContinuationToken")
                found |= members(one.cloud, one.ok("GET", query={**query, "continuation-token": token}))
            spared = found | NOT_THESE.get(name, set())
            read = [path.lower() for path in models[name].reads["elements"]]
            lacking = [path for path in read if path not in spared and not _absent(path)]
            assert lacking == []
