"""Listings of both kinds and deletion of many, by each TOS SDK. Source: wire facts of Volcengine §3.8, §3.9."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from conformance.server import BUCKET
from conformance.volcengine.asking import refusal
from conformance.volcengine.clients import Client

pytestmark = pytest.mark.conformance

NAMES = ["a b.txt", "a+b.txt", "b.txt", "dir/1.txt", "dir/2.txt", "dir/sub/3.txt", "目录/文.txt"]


@pytest.fixture
def filled(place: str, put: Callable[..., None]) -> str:
    """A prefix with files and folders below it."""
    for name in NAMES:
        put(place + name, name)
    return place


@pytest.mark.parametrize("method", ["list_objects", "list_objects_type2"])
def test_all_below_a_prefix(tos: Client, filled: str, method: str) -> None:
    told = tos.do(method, bucket=BUCKET, prefix=filled)
    assert told.keys == [filled + name for name in NAMES]
    assert (told.status, bool(told["is_truncated"])) == (200, False)
    assert (told["name"], told["prefix"]) == (BUCKET, filled)
    entry = told["contents"][0]
    assert (entry["size"], entry["etag"].strip('"')) == (7, hashlib.md5(b"a b.txt").hexdigest())
    assert entry["storage_class"] == "STANDARD"
    assert int(entry["hash_crc64_ecma"]) > 0
    assert entry["last_modified"]
    if method == "list_objects" or tos.sdk.name != "node":  # which does not ask for owners in the other
        assert entry["owner"]["id"] == tos.do("list_buckets")["owner"]["id"]
    if method == "list_objects_type2":
        assert told["key_count"] == len(NAMES)


@pytest.mark.parametrize("method", ["list_objects", "list_objects_type2"])
def test_folders(tos: Client, filled: str, method: str) -> None:
    told = tos.do(method, bucket=BUCKET, prefix=filled, delimiter="/")
    assert told.keys == [filled + name for name in NAMES[:3]]
    assert told.folders == [f"{filled}dir/", f"{filled}目录/"]
    assert told["delimiter"] == "/"
    below = tos.do(method, bucket=BUCKET, prefix=f"{filled}dir/", delimiter="/")
    assert below.keys == [f"{filled}dir/1.txt", f"{filled}dir/2.txt"]
    assert below.folders == [f"{filled}dir/sub/"]


def test_pages_by_marker(tos: Client, filled: str) -> None:
    keys: list[str] = []
    pages, marker = 0, ""
    while True:
        told = tos.do("list_objects", bucket=BUCKET, prefix=filled, max_keys=3, marker=marker)
        assert told["max_keys"] == 3
        keys += told.keys
        pages += 1
        if not told["is_truncated"]:
            break
        marker = told["next_marker"]
    assert (keys, pages) == ([filled + name for name in NAMES], 3)
    after = tos.do("list_objects", bucket=BUCKET, prefix=filled, marker=f"{filled}dir/2.txt")
    assert after.keys == [filled + name for name in NAMES[5:]]


def test_pages_by_token(tos: Client, filled: str) -> None:
    """Each SDK fills a page of `max_keys` itself unless told to ask once; the token goes on from there."""
    keys: list[str] = []
    more: dict[str, str] = {}
    for _ in range(5):
        told = tos.do("list_objects_type2", bucket=BUCKET, prefix=filled, max_keys=3, **more)
        keys += told.keys
        if not told["is_truncated"]:
            break
        more = {"continuation_token": told["next_continuation_token"]}
    assert keys == [filled + name for name in NAMES]
    after = tos.do("list_objects_type2", bucket=BUCKET, prefix=filled, start_after=f"{filled}dir/2.txt")
    assert after.keys == [filled + name for name in NAMES[5:]]


def test_pages_of_folders(tos: Client, filled: str) -> None:
    found: list[str] = []
    marker = ""
    for _ in range(9):
        told = tos.do("list_objects", bucket=BUCKET, prefix=filled, delimiter="/", max_keys=1, marker=marker)
        assert len(told.keys) + len(told.folders) == 1
        found += told.keys + told.folders
        if not told["is_truncated"]:
            break
        marker = told["next_marker"]
    assert found == [*(filled + name for name in NAMES[:3]), f"{filled}dir/", f"{filled}目录/"]


def test_nothing_below_a_prefix(tos: Client, place: str) -> None:
    for method in ("list_objects", "list_objects_type2"):
        told = tos.do(method, bucket=BUCKET, prefix=f"{place}nothing/")
        assert (told.keys, told.folders, bool(told["is_truncated"])) == ([], [], False)


def test_encoded_keys(tos: Client, filled: str) -> None:
    """With `encoding-type=url` the keys travel encoded; the Python and Go SDKs decode them, the other does not."""
    told = tos.do("list_objects", bucket=BUCKET, prefix=filled, encoding_type="url")
    assert told["encoding_type"] == "url"
    assert len(told.keys) == len(NAMES)
    assert all(key.isascii() for key in told.keys) or told.keys == [filled + name for name in NAMES]


def test_delete_many(tos: Client, filled: str) -> None:
    gone = [{"Key": filled + name} for name in (*NAMES[:6], "never-was.txt")]
    told = tos.do("delete_multi_objects", bucket=BUCKET, objects=gone)
    assert told.status == 200
    assert {entry["key"] for entry in told["deleted"]} == {entry["Key"] for entry in gone}
    assert not told["error"]
    assert tos.do("list_objects", bucket=BUCKET, prefix=filled).keys == [filled + NAMES[6]]
    quiet = tos.do("delete_multi_objects", bucket=BUCKET, objects=[{"Key": filled + NAMES[6]}], quiet=True)
    assert not quiet["deleted"]
    assert tos.do("list_objects", bucket=BUCKET, prefix=filled).keys == []


def test_delete_many_of_a_bucket_that_is_not_there(tos: Client) -> None:
    told = refusal(tos, "delete_multi_objects", bucket=f"tos-{tos.sdk.name}-never-made", objects=[{"Key": "a"}])
    assert (told.status, told.code) == (404, "NoSuchBucket")
