"""Parts by their number, attributes of objects, and deletions under a condition, as S3's clients ask for them.

Sources: LocalStack 8b9a79f tests/aws/services/s3, recorded at AWS (test_get_object_part, test_get_object_attributes,
test_delete_object_if_match); AWS "Add preconditions to S3 operations with conditional requests"; botocore's model.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace

import pytest

from behaviour.client import some_bytes

from .clouds import MIB, S3, Refusal
from .conftest import Speak
from .speaker import Speaker, head_of, md5_base64

FIRST, LAST = some_bytes(5 * MIB, "first"), some_bytes(1000, "last")


def _crc32(data: bytes) -> str:
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


@pytest.fixture
def s3(speak: Speak) -> Speaker:
    """A speaker of S3 at a fresh bucket."""
    return speak(S3)


def _in_parts(s3: Speaker, key: str, **headers: str) -> None:
    upload = s3.start(key, {name.replace("_", "-"): value for name, value in headers.items()})
    parts = [(number, s3.part(key, upload, number, data)) for number, data in ((1, FIRST), (2, LAST))]
    s3.complete(key, upload, parts)


def test_a_part_by_its_number(s3: Speaker) -> None:
    _in_parts(s3, "k")
    whole = s3.ok("GET", "k")
    total = len(FIRST) + len(LAST)
    for number, first, data in ((1, 0, FIRST), (2, len(FIRST), LAST)):
        for method in ("GET", "HEAD"):
            got = s3.ok(method, "k", query={"partNumber": str(number)}, status=206)
            assert got.headers["content-range"] == f"bytes {first}-{first + len(data) - 1}/{total}"
            assert got.headers["content-length"] == str(len(data))
            assert got.headers["x-amz-mp-parts-count"] == "2"
            assert got.headers["etag"] == whole.headers["etag"]
            assert got.body == (data if method == "GET" else b"")
    s3.refused(Refusal(416, "InvalidPartNumber"), "GET", "k", query={"partNumber": "3"})
    assert s3.ask("HEAD", "k", query={"partNumber": "3"}).status == 416
    refused = s3.ask("GET", "k", query={"partNumber": "3"})
    assert (S3.value(refused, "PartNumberRequested"), S3.value(refused, "ActualPartCount")) == ("3", "2")
    both = {"query": {"partNumber": "1"}, "headers": {"Range": "bytes=0-1"}}
    s3.refused(Refusal(400, "InvalidRequest"), "GET", "k", **both)
    for bad in ("0", "10001", "x", ""):
        s3.refused(Refusal(400, "InvalidArgument"), "GET", "k", query={"partNumber": bad})


def test_a_copy_has_the_same_parts(s3: Speaker) -> None:
    _in_parts(s3, "k")
    replaced = {"x-amz-copy-source": S3.source(s3.text, "k"), "x-amz-metadata-directive": "REPLACE"}
    s3.ok("PUT", "copy", headers=replaced)
    assert s3.ok("GET", "copy", query={"partNumber": "2"}, status=206).body == LAST


def test_what_came_whole_is_one_part(s3: Speaker) -> None:
    s3.put("k", b"12345678")
    got = s3.ok("GET", "k", query={"partNumber": "1"}, status=206)
    assert (got.body, got.headers["content-range"]) == (b"12345678", "bytes 0-7/8")
    assert "x-amz-mp-parts-count" not in got.headers
    refused = s3.ask("GET", "k", query={"partNumber": "2"})
    assert (refused.status, S3.value(refused, "ActualPartCount")) == (416, "1")
    s3.put("empty", b"")
    assert s3.ok("GET", "empty", query={"partNumber": "1"}).body == b""


def test_a_part_has_its_own_checksum(s3: Speaker) -> None:
    _in_parts(s3, "k", x_amz_checksum_algorithm="CRC32")
    mode = {"x-amz-checksum-mode": "ENABLED"}
    got = s3.ok("HEAD", "k", query={"partNumber": "2"}, headers=mode, status=206)
    assert got.headers["x-amz-checksum-crc32"] == _crc32(LAST)
    assert got.headers["x-amz-checksum-type"] == "COMPOSITE"


ALL = {"x-amz-object-attributes": "ETag,Checksum,ObjectParts,StorageClass,ObjectSize"}


def test_attributes_of_parts(s3: Speaker) -> None:
    _in_parts(s3, "k", x_amz_checksum_algorithm="CRC32")
    head = s3.ok("HEAD", "k", headers={"x-amz-checksum-mode": "ENABLED"})
    reply = s3.ok("GET", "k", query={"attributes": ""}, headers=ALL)
    assert reply.body.partition(b"?>")[2].strip().startswith(b"<GetObjectAttributesResponse")
    assert "etag" not in reply.headers, "minio-go takes such a reply for the object"
    assert reply.headers["last-modified"] == head.headers["last-modified"]
    told = {name: S3.values(reply, name) for name in (
        "ETag", "ChecksumType", "ObjectSize", "StorageClass", "PartsCount", "PartNumber", "Size", "IsTruncated",
        "NextPartNumberMarker", "MaxParts",
    )}  # fmt: skip
    assert told == {
        "ETag": [head.headers["etag"].strip('"')], "ChecksumType": ["COMPOSITE"], "StorageClass": ["STANDARD"],
        "ObjectSize": [str(len(FIRST) + len(LAST))], "PartsCount": ["2"], "PartNumber": ["1", "2"],
        "Size": [str(len(FIRST)), str(len(LAST))], "IsTruncated": ["false"], "NextPartNumberMarker": ["2"],
        "MaxParts": ["1000"],
    }  # fmt: skip
    sums = S3.values(reply, "ChecksumCRC32")
    assert [sums[0] + "-2", *sums[1:]] == [head.headers["x-amz-checksum-crc32"], _crc32(FIRST), _crc32(LAST)]
    page = s3.ok("GET", "k", query={"attributes": ""}, headers=ALL | {"x-amz-max-parts": "1"})
    assert (S3.values(page, "PartNumber"), S3.value(page, "IsTruncated")) == (["1"], "true")
    more = {"x-amz-max-parts": "1", "x-amz-part-number-marker": "1"}
    page = s3.ok("GET", "k", query={"attributes": ""}, headers=ALL | more)
    assert (S3.values(page, "PartNumber"), S3.value(page, "IsTruncated")) == (["2"], "false")


def test_attributes_of_what_came_whole(s3: Speaker) -> None:
    s3.put("k", b"12345678")
    reply = s3.ok("GET", "k", query={"attributes": ""}, headers=ALL)
    assert S3.value(reply, "ObjectSize") == "8"
    assert S3.values(reply, "ObjectParts") == []
    reply = s3.ok("GET", "k", query={"attributes": ""}, headers={"x-amz-object-attributes": "ObjectSize"})
    assert (S3.values(reply, "ObjectSize"), S3.values(reply, "ETag")) == (["8"], [])
    wrong = Refusal(400, "InvalidArgument")
    s3.refused(wrong, "GET", "k", query={"attributes": ""}, headers={"x-amz-object-attributes": "ETag,Colour"})
    s3.refused(wrong, "GET", "k", query={"attributes": ""})
    s3.refused(Refusal(404, "NoSuchKey"), "GET", "none", query={"attributes": ""}, headers=ALL)


def test_a_deletion_under_a_condition(s3: Speaker) -> None:
    etag = s3.put("k").headers["etag"]
    refused = s3.refused(Refusal(412, "PreconditionFailed"), "DELETE", "k", headers={"If-Match": '"badetag"'})
    assert S3.value(refused, "Condition") == "If-Match"
    assert s3.content("k") == b"content"
    s3.refused(Refusal(404, "NoSuchKey"), "DELETE", "none", headers={"If-Match": etag})
    for name in ("If-None-Match", "If-Unmodified-Since", "x-amz-if-match-size", "x-amz-if-match-last-modified-time"):
        s3.refused(Refusal(501, "NotImplemented"), "DELETE", "k", headers={name: "7"})
    assert s3.content("k") == b"content"
    s3.ok("DELETE", "k", headers={"If-Match": etag}, status=204)
    s3.put("k")
    s3.ok("DELETE", "k", headers={"If-Match": "*"}, status=204)
    assert s3.keys() == []


def test_many_deletions_each_under_its_condition(s3: Speaker) -> None:
    tags = {key: s3.put(key, key.encode()).headers["etag"] for key in "abc"}

    def ask(*named: tuple[tuple[str, str], ...]) -> tuple[bytes, dict[str, str]]:
        body = S3.document("Delete", *(("Object", one) for one in named))
        return body, {"Content-MD5": md5_base64(body)}

    body, headers = ask((("Key", "a"), ("ETag", tags["a"])), (("Key", "b"), ("ETag", '"bad"')), (("Key", "c"),))
    reply = s3.ok("POST", query={"delete": ""}, body=body, headers=headers)
    assert (S3.values(reply, "Key"), S3.values(reply, "Code")) == (["a", "c", "b"], ["PreconditionFailed"])
    assert s3.keys() == ["b"]
    for name, value in (("Size", "1"), ("LastModifiedTime", "Wed, 01 Jan 2025 00:00:00 GMT")):
        body, headers = ask((("Key", "b"), (name, value)))
        s3.refused(Refusal(501, "NotImplemented"), "POST", query={"delete": ""}, body=body, headers=headers)
    body, headers = ask((("Key", "b"), ("ETag", tags["b"])), (("Key", "b"), ("ETag", '"bad"')))
    s3.refused(Refusal(400, "MalformedXML"), "POST", query={"delete": ""}, body=body, headers=headers)
    assert s3.keys() == ["b"]


def test_attributes_in_several_lines(s3: Speaker) -> None:
    """AWS SDK for Go v2 sends a line for each. AWS, Signature Version 4: lines of one name are signed with commas."""
    s3.put("k", b"123456789")
    name = "x-amz-object-attributes"
    signed = s3.signed(s3.asked("GET", "k", query={"attributes": ""}, headers={name: "ETag,ObjectSize"}))
    rest = tuple(pair for pair in signed.headers if pair[0] != name)
    reply = s3.raw(head_of(replace(signed, headers=(*rest, (name, "ETag"), (name, "ObjectSize")))))
    assert (reply.status, S3.value(reply, "ObjectSize")) == (200, "9")


def test_when_rules_were_written(s3: Speaker) -> None:
    """minio-go asks its own server for that with every read of a lifecycle; AWS ignores the parameter."""
    asked = {"lifecycle": "", "withUpdatedAt": "true"}
    s3.refused(Refusal(404, "NoSuchLifecycleConfiguration"), "GET", query=asked)
