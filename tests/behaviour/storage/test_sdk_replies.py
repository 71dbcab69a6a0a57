"""Replies as the SDKs' models read them: the root, and the members and headers that they take out of it.

What the SDKs read comes from their own sources (``tests/vectors/sdk_operations``). A reply need not have
everything, but nothing in it may be unknown to the models, and what clients cannot do without is there.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest

from behaviour.client import Reply

from .clouds import S3, about
from .conftest import Speak, furnish
from .sdk_operations import SdkOperation, operations
from .speaker import Speaker, md5_base64

NEEDED: dict[str, tuple[str, ...]] = {
    "ListBuckets": ("Buckets.Bucket.Name", "Buckets.Bucket.CreationDate", "Owner.ID"),
    "ListObjects": (
        "Name",
        "IsTruncated",
        "Contents.Key",
        "Contents.ETag",
        "Contents.Size",
        "Contents.LastModified",
        "Contents.StorageClass",
    ),
    "ListObjectsV2": ("KeyCount", "IsTruncated", "MaxKeys", "Contents.Key", "Contents.Size"),
    "ListObjectVersions": ("IsTruncated", "Version.Key", "Version.VersionId", "Version.IsLatest", "Version.Size"),
    "ListMultipartUploads": ("IsTruncated", "Upload.Key", "Upload.UploadId", "Upload.Initiated"),
    "ListParts": ("IsTruncated", "Part.PartNumber", "Part.ETag", "Part.Size", "UploadId"),
    "CreateMultipartUpload": ("Bucket", "Key", "UploadId"),
    "CopyObject": ("ETag", "LastModified"),
    "UploadPartCopy": ("ETag", "LastModified"),
    "GetBucketAcl": ("Owner.ID", "AccessControlList.Grant.Permission", "AccessControlList.Grant.Grantee.ID"),
    "GetObjectAcl": ("Owner.ID", "AccessControlList.Grant.Permission"),
    "GetObjectAttributes": ("ETag", "ObjectSize", "StorageClass"),
    "GetBucketRequestPayment": ("Payer",),
    "GetBucketPolicyStatus": ("IsPublic",),
    "DeleteObjects": ("Deleted.Key",),
}
"""What clients take for granted."""
HEADERS: dict[str, tuple[str, ...]] = {
    "PutObject": ("etag",),
    "UploadPart": ("etag",),
    "GetObject": ("etag", "last-modified", "content-length", "content-type", "accept-ranges"),
    "HeadObject": ("etag", "last-modified", "content-length", "content-type", "accept-ranges"),
    "HeadBucket": ("x-amz-bucket-region",),
}


@pytest.fixture
def s3(speak: Speak) -> Speaker:
    """A furnished bucket."""
    speaker = speak(S3)
    furnish(speaker)
    return speaker


def _asked(s3: Speaker) -> Iterator[tuple[str, Reply]]:
    """One good reply to each operation that is served, by the operation's name."""
    copy = {"x-amz-copy-source": S3.source(s3.text, "a.txt")}
    part = {"partNumber": "1", "uploadId": s3.upload}
    attributes = {"x-amz-object-attributes": "ETag,Checksum,ObjectParts,StorageClass,ObjectSize"}
    deletion = S3.deletion(["none"])
    yield "ListBuckets", s3.ok("GET", bucket="")
    yield "HeadBucket", s3.ok("HEAD")
    yield "ListObjects", s3.ok("GET")
    yield "ListObjectsV2", s3.ok("GET", query={"list-type": "2", "fetch-owner": "true"})
    yield "ListObjectVersions", s3.ok("GET", query={"versions": "", "delimiter": "/"})
    yield "ListMultipartUploads", s3.ok("GET", query={"uploads": ""})
    yield "ListParts", s3.ok("GET", "pending.bin", query={"uploadId": s3.upload})
    yield "CreateMultipartUpload", s3.ok("POST", "new", query={"uploads": ""})
    yield "UploadPart", s3.ok("PUT", "pending.bin", query=part, body=b"part")
    yield "UploadPartCopy", s3.ok("PUT", "pending.bin", query=part, headers=copy)
    yield "CopyObject", s3.ok("PUT", "copy", headers=copy)
    yield "PutObject", s3.ok("PUT", "new", body=b"new")
    yield "GetObject", s3.ok("GET", "a.txt")
    yield "HeadObject", s3.ok("HEAD", "a.txt")
    yield "GetObjectAttributes", s3.ok("GET", "a.txt", query={"attributes": ""}, headers=attributes)
    yield (
        "DeleteObjects",
        s3.ok("POST", query={"delete": ""}, body=deletion, headers={"Content-MD5": md5_base64(deletion)}),
    )
    for name, level, query in (
        ("GetBucketAcl", "", "acl"), ("GetObjectAcl", "a.txt", "acl"), ("GetBucketLocation", "", "location"),
        ("GetObjectTagging", "a.txt", "tagging"), ("GetBucketVersioning", "", "versioning"),
        ("GetBucketLogging", "", "logging"), ("GetBucketRequestPayment", "", "requestPayment"),
        ("GetBucketAccelerateConfiguration", "", "accelerate"), ("GetBucketPolicyStatus", "", "policyStatus"),
        ("GetBucketNotificationConfiguration", "", "notification"), ("GetBucketAbac", "", "abac"),
    ):  # fmt: skip
        yield name, s3.ok("GET", level, query={query: ""})


def _paths(element: ET.Element, above: str = "") -> Iterator[str]:
    for child in element:
        path = above + child.tag.rpartition("}")[2]
        yield path
        yield from _paths(child, path + ".")


UNREAD = frozenset({"CopyObjectResult", "Owner", "EncodingType"})
"""Members that some models have under another name (the root of a copy is a member of botocore's), or not at all."""


def test_replies_are_what_the_models_read(s3: Speaker) -> None:
    models: dict[str, SdkOperation] = {one.name: one for one in operations("s3")}
    seen = set()
    for name, reply in _asked(s3):
        with about(name):
            seen.add(name)
            model = models[name]
            for header in HEADERS.get(name, ()):
                assert header in reply.headers
            if not reply.body or model.reads.get("body") != "xml":
                continue
            root = ET.fromstring(reply.body)  # noqa: S314 - our own server's
            assert root.tag.rpartition("}")[2] == model.reads.get("root", root.tag.rpartition("}")[2])
            found = set(_paths(root))
            known = {*model.reads.get("elements", ())}
            stray = {path for path in found if path not in known and not _in_member(path, known)}
            assert {path for path in stray if path.split(".")[0] not in UNREAD} == set()
            assert set(NEEDED.get(name, ())) <= found
    assert set(NEEDED) | set(HEADERS) <= seen


def _in_member(path: str, known: set[str]) -> bool:
    """Whether a model knows it below a member that stands for the root."""
    return any(one.endswith("." + path) and one.count(".") == path.count(".") + 1 for one in known)
