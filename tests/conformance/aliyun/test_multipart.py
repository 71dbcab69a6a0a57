"""OSS clients: uploads in parts, call by call.

Source: wire facts of Alibaba §5.4. Parts but the last have at least 100 KB.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.aliyun.calls import PART, Client, etag, is_content
from conformance.conftest import Sample
from conformance.server import BUCKET

pytestmark = pytest.mark.conformance

Samples = Callable[..., Sample]
NO_UPLOAD = "0123456789ABCDEF0123456789ABCDEF"


def send(oss: Client, key: str, upload: str, pieces: dict[int, bytes]) -> list[list[object]]:
    """Upload these parts in this order; returns number and entity tag of each, by number."""
    tags = {number: oss.call("upload_part", key, upload, number, piece)["etag"] for number, piece in pieces.items()}
    return [[number, tags[number]] for number in sorted(tags)]


def test_parts_in_any_order(oss: Client, where: str, sample: Samples) -> None:
    content, key = sample(2 * PART + 1000).content, where + "大.bin"
    upload = oss.call("initiate", key, headers={"Content-Type": "image/png", "x-oss-meta-colour": "blue"})
    assert oss.call("exists", key) is False
    pieces = {3: content[2 * PART :], 1: content[:PART], 2: b"to be replaced" * 8000}
    send(oss, key, upload, pieces)
    parts = send(oss, key, upload, {2: content[PART : 2 * PART]})
    parts = [[1, etag(content[:PART])], *parts, [3, etag(content[2 * PART :])]]
    assert parts[1] == [2, etag(content[PART : 2 * PART])]

    listed = oss.call("parts", key, upload)
    sizes = [PART, PART, 1000]
    assert listed["parts"] == [[number, size, tag] for (number, tag), size in zip(parts, sizes, strict=True)]
    assert listed["truncated"] is False
    first = oss.call("parts", key, upload, max=2)
    assert (len(first["parts"]), first["truncated"], int(first["next"])) == (2, True, 2)
    assert [part[0] for part in oss.call("parts", key, upload, marker=2)["parts"]] == [3]

    done = oss.call("complete", key, upload, parts)
    assert done["status"] == 200
    head = oss.call("head", key)["headers"]
    assert head["etag"].endswith('-3"')
    assert head["etag"] == head["etag"].upper()
    assert (head["x-oss-object-type"], head["content-length"]) == ("Multipart", str(len(content)))
    assert (head["content-type"], head["x-oss-meta-colour"]) == ("image/png", "blue")
    assert done["headers"]["x-oss-hash-crc64ecma"] == head["x-oss-hash-crc64ecma"]
    assert is_content(oss.call("get", key)["body"], content)
    assert oss.call("list", prefix=key)["objects"][0]["type"] == "Multipart"
    assert oss.call("get", key, headers={"Range": f"bytes={PART - 2}-{PART + 1}"})["status"] == 206
    oss.refused(404, "NoSuchUpload", "parts", key, upload)


def test_parts_that_are_copied(oss: Client, where: str, sample: Samples) -> None:
    content, source, key = sample(3 * PART).content, where + "源 +.bin", where + "copied"
    oss.call("put", source, content)
    upload = oss.call("initiate", key)
    one = oss.call("upload_part_copy", key, upload, 1, [BUCKET, source, 0, PART - 1])
    assert one["etag"] == etag(content[:PART])
    two = oss.call("upload_part_copy", key, upload, 2, [BUCKET, source, PART, None])
    assert oss.call("complete", key, upload, [[1, one["etag"]], [2, two["etag"]]])["status"] == 200
    assert is_content(oss.call("get", key)["body"], content)
    upload = oss.call("initiate", key)
    oss.refused(404, "NoSuchKey", "upload_part_copy", key, upload, 1, [BUCKET, where + "absent", 0, 1])
    oss.call("abort", key, upload)


def test_an_upload_that_is_given_up(oss: Client, where: str) -> None:
    key = where + "a"
    upload = oss.call("initiate", key)
    parts = send(oss, key, upload, {1: b"content"})
    assert oss.call("abort", key, upload)["status"] == 204
    oss.refused(404, "NoSuchUpload", "upload_part", key, upload, 2, b"content")
    oss.refused(404, "NoSuchUpload", "complete", key, upload, parts)
    oss.refused(404, "NoSuchUpload", "parts", key, upload)
    oss.refused(404, "NoSuchUpload", "abort", key, upload)
    assert oss.call("exists", key) is False
    assert oss.call("uploads", prefix=key)["uploads"] == []


def test_uploads_under_way(oss: Client, where: str) -> None:
    keys = [where + name for name in ("a", "b", "b", "中")]
    begun = [[key, oss.call("initiate", key)] for key in keys]
    assert sorted(oss.call("uploads", prefix=where)["uploads"]) == sorted(begun)
    found, key, upload = [], "", ""
    for _ in range(5):
        marks = {"key": key, "upload": upload} if key else {}
        page = oss.call("uploads", prefix=where, max=1, **marks)
        found += page["uploads"]
        if not page["truncated"]:
            break
        key, upload = page["next"]
    assert sorted(found) == sorted(begun)
    assert [key for key, _ in found] == keys
    assert [key for key, _ in oss.call("uploads", prefix=where, key=where + "b")["uploads"]] == [where + "中"]
    for key, upload in begun:
        oss.call("abort", key, upload)


@pytest.mark.parametrize("oss", ["oss2-v1", "oss2-v4", "oss_v2-v1", "oss_v2-v4"], indirect=True)
def test_completing_with_all_there_is(oss: Client, where: str, sample: Samples) -> None:
    """Not with ali-oss, which never leaves the list of parts out."""
    content, key = sample(PART + 10).content, where + "a"
    upload = oss.call("initiate", key)
    send(oss, key, upload, {7: content[PART:], 2: content[:PART]})
    done = oss.call("complete", key, upload, None, headers={"x-oss-complete-all": "yes"})
    assert done["status"] == 200
    assert is_content(oss.call("get", key)["body"], content)


def test_completions_that_cannot_be(oss: Client, where: str, sample: Samples) -> None:
    content, key = sample(PART).content, where + "a"
    upload = oss.call("initiate", key)
    parts = send(oss, key, upload, {1: content, 2: b"content"})
    oss.refused(400, "InvalidPart", "complete", key, upload, [[1, etag(b"other")], parts[1]])
    oss.refused(400, "InvalidPart", "complete", key, upload, [*parts, [3, etag(b"")]])
    if oss.sdk == "oss_v2":  # the others put them in order
        oss.refused(400, "InvalidPartOrder", "complete", key, upload, [parts[1], parts[0]])
    oss.refused(404, "NoSuchUpload", "complete", key, NO_UPLOAD, parts)
    oss.refused(404, "NoSuchUpload", "complete", where + "b", upload, parts)
    small = send(oss, key, upload, {1: b"too small"})
    oss.refused(400, "EntityTooSmall", "complete", key, upload, [small[0], parts[1]])
    assert oss.call("exists", key) is False
    oss.call("upload_part", key, upload, 1, content)
    assert oss.call("complete", key, upload, parts)["status"] == 200, "nothing of that was the end of it"


def test_parts_that_cannot_be(oss: Client, where: str) -> None:
    key = where + "a"
    upload = oss.call("initiate", key)
    for number in (0, 10001):
        oss.refused(400, "InvalidArgument", "upload_part", key, upload, number, b"content")
    oss.refused(404, "NoSuchUpload", "upload_part", key, NO_UPLOAD, 1, b"content")
    wrong = {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}
    oss.refused(400, "InvalidDigest", "upload_part", key, upload, 1, b"content", headers=wrong)
    assert oss.call("parts", key, upload)["parts"] == []
    oss.call("abort", key, upload)


def test_an_upload_that_must_not_overwrite(oss: Client, where: str) -> None:
    key = where + "a"
    oss.call("put", key, b"first")
    never = {"x-oss-forbid-overwrite": "true"}
    upload = oss.call("initiate", key)
    parts = send(oss, key, upload, {1: b"second"})
    oss.refused(409, "FileAlreadyExists", "complete", key, upload, parts, headers=never)
    assert oss.read(key) == b"first"
    oss.call("abort", key, upload)
