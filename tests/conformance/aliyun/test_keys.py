"""OSS clients: names of objects, and listing them.

Source: the escaping tests of wire facts of Alibaba §4.3 and §5.3 and the addressing rules of §5.2: a path is decoded
once, and `+`, `//`, `.` and `..` are bytes like others.
"""

from __future__ import annotations

import pytest

from conformance.aliyun.calls import USER_ID, Client, etag, is_content
from conformance.server import BUCKET

pytestmark = pytest.mark.conformance

KEYS = [
    "a b+中.txt",
    "a b/中+*~!'()%20&=?#.txt",
    "阿里云/加油/:?;@&=+$, /<>{}[]|/",
    "per%cent%2Fslash%zz",
    "双//slashes//",
    'quo"te\\back`tick^.txt',
    "émoji-😀-Ω.bin",
    " space at both ends ",
    "tab\tand\nline.txt",
    "acl",
    "?acl&uploads=",
    "k" * 900,
]
DOTS = ["dots/../up", "./here", "a/./b", "..", "a/.."]
NAMES = ["1.txt", "2.txt", "B.txt", "a b.txt", "a/1", "a/2", "a/deep/3", "b/1", "中/1", "é", "😀"]


def with_key(oss: Client, where: str, name: str) -> None:
    """Every operation that carries the key in a place of its own."""
    key, content = where + name, name.encode()
    assert oss.call("put", key, content)["status"] == 200
    assert is_content(oss.call("get", key)["body"], content)
    assert oss.call("head", key)["headers"]["etag"] == f'"{etag(content)}"'
    assert oss.call("exists", key) is True
    assert [entry["key"] for entry in oss.call("list", prefix=key, encoding="url")["objects"]] == [key]
    assert [entry["key"] for entry in oss.call("list2", prefix=key, encoding="url")["objects"]] == [key]
    assert oss.call("copy", BUCKET, key, key + ".copy")["status"] == 200
    assert is_content(oss.call("get", key + ".copy")["body"], content)
    upload = oss.call("initiate", key + ".parts")
    part = oss.call("upload_part", key + ".parts", upload, 1, content)
    assert oss.call("complete", key + ".parts", upload, [[1, part["etag"]]])["status"] == 200
    assert is_content(oss.call("get", key + ".parts")["body"], content)
    assert oss.call("delete", key)["status"] == 204
    assert oss.call("exists", key) is False


@pytest.mark.parametrize("name", KEYS, ids=range(len(KEYS)))
def test_odd_keys(oss: Client, where: str, name: str) -> None:
    with_key(oss, where, name)


@pytest.mark.parametrize("name", DOTS, ids=range(len(DOTS)))
@pytest.mark.parametrize("oss", ["oss2-v1", "oss2-v4"], indirect=True)
def test_keys_with_dots(oss: Client, where: str, name: str) -> None:
    """With oss2 only, which escapes slashes: the HTTP libraries of the others walk along `..` before they send."""
    with_key(oss, where, name)


@pytest.mark.parametrize("name", KEYS[:7], ids=range(7))
def test_odd_keys_in_signed_urls(oss: Client, where: str, name: str) -> None:
    oss.call("put", where + name, b"content")
    assert oss.read(where + name) == b"content"


def test_a_key_that_xml_has_no_word_for(oss: Client, where: str) -> None:
    key = where + "\x01\x7f"
    oss.call("put", key, b"content")
    assert oss.call("get", key)["body"]["text"] == "content"
    assert [entry["key"] for entry in oss.call("list", prefix=where, encoding="url")["objects"]] == [key]
    assert oss.call("delete", key)["status"] == 204


def test_deleting_odd_keys(oss: Client, where: str) -> None:
    for name in KEYS:
        oss.call("put", where + name, b"")
    deleted = oss.call("delete_many", [where + name for name in KEYS])
    assert sorted(deleted) == sorted(where + name for name in KEYS)
    assert oss.call("list", prefix=where)["objects"] == []


@pytest.mark.parametrize("key", ["\\a", "k" * 1024], ids=["backslash", "1024"])
def test_keys_that_cannot_be(oss: Client, key: str) -> None:
    oss.refused(400, "InvalidObjectName", "put", key, b"content")


def test_the_longest_key(oss: Client) -> None:
    assert oss.call("put", "k" * 1023, b"content")["status"] == 200
    assert oss.call("delete", "k" * 1023)["status"] == 204


@pytest.fixture
def filled(oss: Client, where: str) -> list[str]:
    """The keys of a folder with some objects, in their order: that of their bytes."""
    for name in NAMES:
        oss.call("put", where + name, name.encode())
    return [where + name for name in sorted(NAMES, key=str.encode)]


def pages(oss: Client, method: str, asked: dict[str, object], word: str) -> list[str]:
    """Keys and common prefixes of a listing, page by page."""
    found: list[str] = []
    following = None
    for _ in range(50):
        page = oss.call(method, **asked, **({word: following} if following else {}))
        entries = [entry["key"] for entry in page["objects"]] + page["prefixes"]
        assert 0 < len(entries) <= asked["max"], page
        found += entries
        following = page["next"]
        assert page["truncated"] is (following is not None), page
        if following is None:
            return found
    raise AssertionError("the listing does not end")


@pytest.mark.parametrize(("method", "word"), [("list", "marker"), ("list2", "token")])
def test_listing(oss: Client, where: str, filled: list[str], method: str, word: str) -> None:
    found = oss.call(method, prefix=where, max=1000)
    assert [entry["key"] for entry in found["objects"]] == filled
    assert (found["prefixes"], found["truncated"], found["next"]) == ([], False, None)
    entry = next(entry for entry in found["objects"] if entry["key"] == where + "a b.txt")
    assert (entry["size"], entry["etag"], entry["type"]) == (7, etag(b"a b.txt"), "Normal")
    assert entry["class"] == "Standard"

    found = oss.call(method, prefix=where, delimiter="/")
    assert [entry["key"] for entry in found["objects"]] == [key for key in filled if "/" not in key[len(where) :]]
    assert found["prefixes"] == [where + "a/", where + "b/", where + "中/"]
    found = oss.call(method, prefix=where + "a/", delimiter="/")
    assert [entry["key"] for entry in found["objects"]] == [where + "a/1", where + "a/2"]
    assert found["prefixes"] == [where + "a/deep/"]
    assert oss.call(method, prefix=where + "absent")["objects"] == []

    for size in (1, 3, 4):
        for encoding in ({}, {"encoding": "url"}):
            assert pages(oss, method, {"prefix": where, "max": size, **encoding}, word) == filled, (size, encoding)
    together = pages(oss, method, {"prefix": where, "delimiter": "/", "max": 2}, word)
    alone = oss.call(method, prefix=where, delimiter="/")
    assert sorted(together) == sorted([entry["key"] for entry in alone["objects"]] + alone["prefixes"])


def test_where_a_listing_begins(oss: Client, where: str, filled: list[str]) -> None:
    after = oss.call("list", prefix=where, marker=where + "a/2")
    assert [entry["key"] for entry in after["objects"]] == filled[filled.index(where + "a/2") + 1 :]
    after = oss.call("list2", prefix=where, after=where + "a/2")
    assert [entry["key"] for entry in after["objects"]] == filled[filled.index(where + "a/2") + 1 :]
    between = oss.call("list", prefix=where, marker=where + "a/1x")
    assert between["objects"][0]["key"] == where + "a/2"


def test_what_a_listing_tells(oss: Client, where: str, filled: list[str]) -> None:
    v1, v2 = oss.call("list", prefix=where), oss.call("list2", prefix=where, owner=True)
    assert {entry["owner"] for entry in (*v1["objects"], *v2["objects"])} == {USER_ID}
    assert {entry["owner"] for entry in oss.call("list2", prefix=where)["objects"]} == {None}
    folded = oss.call("list2", prefix=where, delimiter="/")
    assert folded.get("count", len(folded["objects"]) + 3) == len(folded["objects"]) + 3, "common prefixes count"


def test_a_page_size_that_cannot_be(oss: Client, where: str) -> None:
    oss.refused(400, "InvalidArgument", "list", prefix=where, max=1001)
    oss.refused(400, "InvalidArgument", "list2", prefix=where, max=1001)


def test_more_keys_than_a_page_has_by_itself(oss: Client, where: str) -> None:
    for number in range(102):
        oss.call("put", f"{where}{number:03}", b"")
    found = oss.call("list", prefix=where)
    assert (len(found["objects"]), found["truncated"], found["next"]) == (100, True, f"{where}099")
    oss.call("delete_many", [f"{where}{number:03}" for number in range(102)])
