"""OSS clients: putting, getting, describing and deleting objects, and what is kept beside their content.

Source: wire facts of Alibaba §5.3; CRC64 figures of its last row.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from pathlib import Path

import pytest

from conformance.aliyun.calls import Client, etag, follow, is_content
from conformance.server import BUCKET

pytestmark = pytest.mark.conformance

PYTHON = ["oss2-v1", "oss2-v4", "oss_v2-v1", "oss_v2-v4"]
HEADERS = {
    "Content-Type": "text/x-conformance",
    "Cache-Control": "max-age=61",
    "Content-Disposition": 'attachment; filename="a b.txt"',
    "Content-Encoding": "snappy",
    "Expires": "Fri, 02 Jan 2032 03:04:05 GMT",
    "x-oss-meta-colour": "dark blue",
    "x-oss-meta-Empty-Mark": "-",
}
OVERRIDES = {
    "response-content-type": "text/plain; charset=x",
    "response-content-language": "zh-CN",
    "response-expires": "Sat, 03 Jan 2032 03:04:05 GMT",
    "response-cache-control": "no-cache",
    "response-content-disposition": 'inline; filename="b+c&d=e.txt"',
    "response-content-encoding": "br2",
}


@pytest.mark.parametrize(
    ("content", "crc"),
    [(b"hello", "11177612005948864433"), (b"123456789", "11051210869376104954"), (b"", "0")],
    ids=["hello", "digits", "empty"],
)
def test_an_object_from_beginning_to_end(oss: Client, where: str, content: bytes, crc: str) -> None:
    key = where + "a.txt"
    assert oss.call("exists", key) is False
    done = oss.call("put", key, content)
    assert done["status"] == 200
    assert done["headers"]["etag"] == f'"{etag(content)}"'
    assert done["headers"]["x-oss-hash-crc64ecma"] == crc
    assert re.fullmatch(r"[0-9A-F]{24}", done["headers"]["x-oss-request-id"])
    assert done["headers"]["x-oss-server-time"].isdigit()

    got = oss.call("get", key)
    assert got["status"] == 200
    assert is_content(got["body"], content)
    for headers in (got["headers"], oss.call("head", key)["headers"]):
        assert headers["etag"] == f'"{etag(content)}"'
        assert headers["content-length"] == str(len(content))
        assert headers["content-type"] == "text/plain"
        assert headers["accept-ranges"] == "bytes"
        assert headers["x-oss-object-type"] == "Normal"
        assert headers["x-oss-storage-class"] == "Standard"
        assert headers["x-oss-hash-crc64ecma"] == crc
        assert headers["last-modified"].endswith(" GMT")
    meta = oss.call("meta", key)["headers"]
    assert (meta["etag"], meta["content-length"]) == (f'"{etag(content)}"', str(len(content)))
    assert meta["last-modified"] == got["headers"]["last-modified"]

    assert oss.call("exists", key) is True
    assert oss.call("delete", key)["status"] == 204
    assert oss.call("delete", key)["status"] == 204, "nothing there is as good"
    assert oss.call("exists", key) is False
    oss.refused(404, "NoSuchKey", "get", key)
    oss.refused(404, "NoSuchKey", "head", key)
    oss.refused(404, "NoSuchKey", "meta", key)


def test_the_digest_of_an_object(oss: Client, where: str) -> None:
    digest = base64.b64encode(hashlib.md5(b"content").digest()).decode()
    assert oss.call("put", where + "a", b"content")["headers"]["content-md5"] == digest
    assert oss.call("get", where + "a")["headers"]["content-md5"] == digest
    assert oss.call("head", where + "a")["headers"]["content-md5"] == digest
    oss.call("append", where + "b", 0, b"content")
    assert "content-md5" not in oss.call("head", where + "b")["headers"], "of objects that were put whole only"


def test_a_file_and_content_without_its_length(oss: Client, where: str, tmp_path: Path) -> None:
    content = bytes(range(256)) * 2000
    source = tmp_path / "picture.jpg"
    source.write_bytes(content)
    assert oss.call("put", where + "file.jpg", source)["headers"]["etag"] == f'"{etag(content)}"'
    assert oss.call("head", where + "file.jpg")["headers"]["content-type"] == "image/jpeg"
    assert is_content(oss.call("get_to_file", where + "file.jpg", str(tmp_path / "back")), content), "CRC64 compared"
    assert oss.call("put_chunked", where + "chunked", content)["headers"]["etag"] == f'"{etag(content)}"'
    assert is_content(oss.call("get", where + "chunked")["body"], content)


def test_headers_and_metadata(oss: Client, where: str) -> None:
    oss.call("put", where + "a", b"content", headers=HEADERS)
    for method in ("get", "head"):
        headers = oss.call(method, where + "a")["headers"]
        assert {name: headers[name.lower()] for name in HEADERS} == HEADERS, method
    oss.call("put", where + "a", b"content")
    assert "x-oss-meta-colour" not in oss.call("head", where + "a")["headers"], "put anew, nothing of it is left"


def test_headers_of_a_response_chosen_by_the_reader(oss: Client, where: str) -> None:
    oss.call("put", where + "a", b"content", headers={"Content-Type": "text/css"})
    headers = oss.call("get", where + "a", params=OVERRIDES)["headers"]
    assert {name: headers[name.removeprefix("response-")] for name in OVERRIDES} == OVERRIDES
    assert oss.call("get", where + "a")["headers"]["content-type"] == "text/css"


def test_a_wrong_digest_stores_nothing(oss: Client, where: str) -> None:
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    oss.refused(400, "InvalidDigest", "put", where + "a", b"content", headers={"Content-MD5": wrong})
    assert oss.call("exists", where + "a") is False
    right = base64.b64encode(hashlib.md5(b"content").digest()).decode()
    assert oss.call("put", where + "a", b"content", headers={"Content-MD5": right})["status"] == 200


def test_forbidden_overwriting(oss: Client, where: str) -> None:
    never = {"x-oss-forbid-overwrite": "true"}
    oss.call("put", where + "a", b"first", headers=never)
    oss.refused(409, "FileAlreadyExists", "put", where + "a", b"second", headers=never)
    oss.refused(409, "FileAlreadyExists", "copy", BUCKET, where + "a", where + "a", headers=never)
    assert oss.read(where + "a") == b"first"
    assert oss.call("put", where + "a", b"third", headers={"x-oss-forbid-overwrite": "false"})["status"] == 200
    assert oss.read(where + "a") == b"third"


def test_deleting_many(oss: Client, where: str) -> None:
    keys = [where + name for name in ("a", "b <&>", "中 + %2F.txt", "d/")]
    for key in keys:
        oss.call("put", key, b"content")
    absent = where + "absent"
    assert sorted(oss.call("delete_many", [*keys[:3], absent])) == sorted([*keys[:3], absent])
    assert [entry["key"] for entry in oss.call("list", prefix=where)["objects"]] == [keys[3]]
    if oss.sdk == "oss2":
        return  # it never asks to be told nothing
    assert oss.call("delete_many", [keys[3]], quiet=True) == []
    assert oss.call("list", prefix=where)["objects"] == []


def test_the_acl_of_an_object(oss: Client, where: str) -> None:
    oss.call("put", where + "a", b"content")
    url = f"{oss.server.address}/{BUCKET}/{where}a"
    assert oss.call("acl", where + "a") == "default"
    for acl, status in (("public-read", 200), ("private", 403), ("public-read-write", 200), ("default", 403)):
        assert oss.call("put_acl", where + "a", acl)["status"] == 200
        assert oss.call("acl", where + "a") == acl
        assert follow(oss.server, "GET", url).status == status, acl
    oss.call("put", where + "a", b"content", headers={"x-oss-object-acl": "public-read"})
    assert follow(oss.server, "GET", url).body == b"content"
    oss.refused(400, "InvalidArgument", "put_acl", where + "a", "everyone")
    oss.refused(404, "NoSuchKey", "acl", where + "absent")


def test_tags(oss: Client, where: str) -> None:
    oss.call("put", where + "a", b"content", headers={"x-oss-tagging": "kind=a%20b&owner=me"})
    assert oss.call("tags", where + "a") == {"kind": "a b", "owner": "me"}
    before = oss.call("head", where + "a")["headers"]
    assert before["x-oss-tagging-count"] == "2"
    tags = {"one": "1", "two +-=._:/": "2 +-=._:/"}
    assert oss.call("put_tags", where + "a", tags)["status"] == 200
    assert oss.call("tags", where + "a") == tags
    assert oss.call("head", where + "a")["headers"]["last-modified"] == before["last-modified"]
    assert oss.call("delete_tags", where + "a")["status"] == 204
    assert oss.call("tags", where + "a") == {}
    assert "x-oss-tagging-count" not in oss.call("head", where + "a")["headers"]
    oss.refused(404, "NoSuchKey", "tags", where + "absent")


@pytest.mark.parametrize("oss", PYTHON, indirect=True)  # ali-oss refuses these by itself
def test_tags_that_are_refused(oss: Client, where: str) -> None:
    oss.call("put", where + "a", b"content")
    for tags in ({f"t{number}": "x" for number in range(11)}, {"k" * 129: "x"}, {"k": "v" * 257}, {"bad!": "x"}):
        error = oss.refused(400, None, "put_tags", where + "a", tags)
        assert error["code"] in {"InvalidTag", "InvalidArgument"}, error
    assert oss.call("tags", where + "a") == {}


def test_content_that_is_compressed_stays_as_it_came(oss: Client, where: str) -> None:
    content = gzip.compress(b"text " * 1000, mtime=0)
    oss.call("put", where + "a.txt", content)
    assert is_content(oss.call("get", where + "a.txt")["body"], content)


def test_appending(oss: Client, where: str) -> None:
    key = where + "log.txt"
    first = oss.call("append", key, 0, b"hello", crc=0)
    assert (first["status"], first["next"]) == (200, 5)
    assert first["headers"]["x-oss-hash-crc64ecma"] == "11177612005948864433"
    crc = int(first["headers"]["x-oss-hash-crc64ecma"])
    second = oss.call("append", key, 5, b" world", crc=crc)
    assert second["next"] == 11
    head = oss.call("head", key)["headers"]
    assert (head["x-oss-object-type"], head["content-length"]) == ("Appendable", "11")
    assert head["x-oss-hash-crc64ecma"] == second["headers"]["x-oss-hash-crc64ecma"]
    assert oss.call("list", prefix=key)["objects"][0]["type"] == "Appendable"

    error = oss.refused(409, "PositionNotEqualToLength", "append", key, 5, b"x")
    assert error.get("next", 11) == 11
    oss.refused(409, "PositionNotEqualToLength", "append", where + "new", 3, b"x")
    assert oss.read(key) == b"hello world"
    oss.call("put", where + "whole", b"content")
    oss.refused(409, "ObjectNotAppendable", "append", where + "whole", 7, b"x")
    assert oss.read(where + "whole") == b"content"


def test_where_to_append(oss: Client, where: str) -> None:
    """SDK v2 reads it of both."""
    oss.call("append", where + "a", 0, b"hello")
    assert oss.call("head", where + "a")["headers"]["x-oss-next-append-position"] == "5"
    assert oss.call("get", where + "a")["headers"]["x-oss-next-append-position"] == "5"


def test_symlinks(oss: Client, where: str) -> None:
    target, link = where + "目标 +&.txt", where + "link"
    oss.call("put", target, b"content", headers={"Content-Type": "text/css"})
    assert oss.call("put_symlink", link, target)["status"] == 200
    assert oss.call("symlink", link) == target
    assert oss.call("get", link)["body"]["text"] == "content"
    head = oss.call("head", link)["headers"]
    assert (head["x-oss-object-type"], head["content-length"]) == ("Symlink", "7")
    assert head["etag"] == f'"{etag(b"content")}"'
    assert oss.call("list", prefix=link)["objects"][0]["type"] == "Symlink"

    oss.refused(400, "NotSymlink", "symlink", target)
    oss.refused(404, "NoSuchKey", "symlink", where + "absent")
    oss.call("delete", target)
    assert oss.call("symlink", link) == target
    oss.refused(404, "SymlinkTargetNotExist", "get", link)
