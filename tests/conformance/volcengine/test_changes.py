"""What is done to objects that are there: copies, appending, metadata, tags, links, refusal to overwrite.

Source: wire facts of Volcengine §3.5, §3.7, §3.9, §3.10.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from urllib.parse import unquote

import pytest

from conformance.server import BUCKET
from conformance.volcengine.asking import refusal
from conformance.volcengine.clients import Client

pytestmark = pytest.mark.conformance

HELLO_CRC = 11177612005948864433
DIGITS_CRC = 11051210869376104954
HELLO_ETAG = hashlib.md5(b"hello").hexdigest()


@pytest.mark.parametrize("name", ["plain.txt", "源 +&=%41?.txt"])
def test_copy(tos: Client, place: str, put: Callable[..., None], name: str) -> None:
    put(place + name, content_type="image/gif", meta={"colour": "blue"})
    copied = tos.do("copy_object", bucket=BUCKET, key=f"{place}副本", src_bucket=BUCKET, src_key=place + name)
    assert (copied.status, copied["etag"]) == (200, HELLO_ETAG)
    assert copied["last_modified"]
    got = tos.do("get_object", bucket=BUCKET, key=f"{place}副本")
    assert (got.body, got.crc, got["content_type"]) == (b"hello", HELLO_CRC, "image/gif")
    assert got.meta == {"colour": "blue"}


def test_copy_to_another_bucket(tos: Client, bucket: str, place: str, put: Callable[..., None]) -> None:
    put(f"{place}a.txt")
    tos.do("copy_object", bucket=bucket, key="b.txt", src_bucket=BUCKET, src_key=f"{place}a.txt")
    assert tos.do("get_object", bucket=bucket, key="b.txt").body == b"hello"


def test_copy_with_new_metadata(tos: Client, place: str, put: Callable[..., None]) -> None:
    put(f"{place}a.txt", content_type="image/gif", meta={"colour": "blue"})
    source = {"src_bucket": BUCKET, "src_key": f"{place}a.txt"}
    fresh = {"metadata_directive": "REPLACE", "content_type": "image/png", "meta": {"shape": "round"}}
    tos.do("copy_object", bucket=BUCKET, key=f"{place}b.txt", **source, **fresh)
    told = tos.do("head_object", bucket=BUCKET, key=f"{place}b.txt")
    assert (told["content_type"], told.meta) == ("image/png", {"shape": "round"})


def test_copy_onto_itself(tos: Client, place: str, put: Callable[..., None]) -> None:
    key = f"{place}a.txt"
    put(key, content_type="image/gif")
    itself = {"bucket": BUCKET, "key": key, "src_bucket": BUCKET, "src_key": key}
    assert tos.do("copy_object", **itself)["etag"] == HELLO_ETAG
    tos.do("copy_object", **itself, metadata_directive="REPLACE", content_type="image/png", meta={"a": "1"})
    got = tos.do("get_object", bucket=BUCKET, key=key)
    assert (got.body, got["content_type"], got.meta) == (b"hello", "image/png", {"a": "1"})


def test_conditions_of_a_copy(tos: Client, place: str, put: Callable[..., None]) -> None:
    put(f"{place}a.txt")
    copy = {"bucket": BUCKET, "key": f"{place}b.txt", "src_bucket": BUCKET, "src_key": f"{place}a.txt"}
    other = '"00000000000000000000000000000000"'
    told = refusal(tos, "copy_object", **copy, copy_source_if_match=other)
    assert (told.status, told.code) == (412, "PreconditionFailed")
    assert tos.do("copy_object", **copy, copy_source_if_none_match=other).status == 200
    missing = refusal(tos, "copy_object", **{**copy, "src_key": f"{place}never-was"})
    assert (missing.status, missing.code) == (404, "NoSuchKey")


def test_append(tos: Client, place: str) -> None:
    key = f"{place}log"
    first = tos.do("append_object", bucket=BUCKET, key=key, offset=0, content={"text": "12345"}, pre_hash_crc64_ecma=0)
    assert (first.status, int(first["next_append_offset"])) == (200, 5)
    more = {"offset": 5, "content": {"text": "6789"}, "pre_hash_crc64_ecma": first.crc}
    second = tos.do("append_object", bucket=BUCKET, key=key, **more)
    assert (int(second["next_append_offset"]), second.crc) == (9, DIGITS_CRC)
    got = tos.do("get_object", bucket=BUCKET, key=key)
    assert (got.body, got.crc, got["object_type"]) == (b"123456789", DIGITS_CRC, "Appendable")
    wrong = refusal(tos, "append_object", bucket=BUCKET, key=key, **more)
    assert (wrong.status, wrong.code) == (409, "OffsetNotMatched")
    assert tos.do("get_object", bucket=BUCKET, key=key).body == b"123456789"


def test_append_to_what_was_not_appended(tos: Client, place: str, put: Callable[..., None]) -> None:
    put(f"{place}a.txt")
    more = {"offset": 5, "content": {"text": "6789"}, "pre_hash_crc64_ecma": HELLO_CRC}
    told = refusal(tos, "append_object", bucket=BUCKET, key=f"{place}a.txt", **more)
    assert (told.status, told.code) == (409, "NotAppendable")


def test_set_object_meta(tos: Client, place: str, put: Callable[..., None]) -> None:
    key = f"{place}a.txt"
    put(key, meta={"colour": "blue"})
    fresh = {"content_type": "image/png", "cache_control": "no-cache", "meta": {"colour": "grün", "shape": "round"}}
    assert tos.do("set_object_meta", bucket=BUCKET, key=key, **fresh).status == 200
    got = tos.do("get_object", bucket=BUCKET, key=key)
    assert (got["content_type"], got["cache_control"]) == ("image/png", "no-cache")
    assert (got.meta, got.body, got["etag"]) == ({"colour": "grün", "shape": "round"}, b"hello", HELLO_ETAG)
    assert refusal(tos, "set_object_meta", bucket=BUCKET, key=f"{place}none", **fresh).code == "NoSuchKey"


def test_tags(tos: Client, place: str, put: Callable[..., None]) -> None:
    key = f"{place}a.txt"
    put(key)
    assert tos.do("get_object_tagging", bucket=BUCKET, key=key).tags == {}
    given = [{"Key": "colour", "Value": "blue"}, {"Key": "尺寸", "Value": "大"}]
    assert tos.do("put_object_tagging", bucket=BUCKET, key=key, tag_set=given).status == 200
    assert tos.do("get_object_tagging", bucket=BUCKET, key=key).tags == {"colour": "blue", "尺寸": "大"}
    assert tos.do("head_object", bucket=BUCKET, key=key).header["x-tos-tagging-count"] == "2"
    assert tos.do("delete_object_tagging", bucket=BUCKET, key=key).status == 204
    assert tos.do("get_object_tagging", bucket=BUCKET, key=key).tags == {}


def test_tags_of_an_upload(tos: Client, place: str, put: Callable[..., None]) -> None:
    put(f"{place}a.txt", tagging="colour=blue&size=big%20one")
    told = tos.do("get_object_tagging", bucket=BUCKET, key=f"{place}a.txt")
    assert told.tags == {"colour": "blue", "size": "big one"}


def test_a_symbolic_link(tos: Client, place: str, put: Callable[..., None]) -> None:
    target, link = f"{place}目标 a.txt", f"{place}link"
    put(target)
    assert tos.do("put_symlink", bucket=BUCKET, key=link, symlink_target_key=target).status == 200
    told = tos.do("get_symlink", bucket=BUCKET, key=link)["symlink_target_key"]
    assert (unquote(told) if tos.sdk.name == "node" else told) == target, "the JavaScript SDK leaves it half encoded"
    got = tos.do("get_object", bucket=BUCKET, key=link)
    assert (got.body, got.crc) == (b"hello", HELLO_CRC)
    assert tos.do("head_object", bucket=BUCKET, key=link)["object_type"] == "Symlink"
    put(target, "changed")
    assert tos.do("get_object", bucket=BUCKET, key=link).body == b"changed"
    tos.do("delete_object", bucket=BUCKET, key=link)
    assert tos.do("get_object", bucket=BUCKET, key=target).body == b"changed"


def test_overwriting_can_be_forbidden(tos: Client, place: str, put: Callable[..., None]) -> None:
    key = f"{place}a.txt"
    put(key, forbid_overwrite=True)
    put(key, "changed", forbid_overwrite=False)
    told = refusal(tos, "put_object", bucket=BUCKET, key=key, content={"text": "again"}, forbid_overwrite=True)
    assert (told.status, told.ec) == (409, "0017-00000004")
    assert tos.do("get_object", bucket=BUCKET, key=key).body == b"changed"


def test_a_conditional_write(tos: Client, place: str, put: Callable[..., None]) -> None:
    key = f"{place}a.txt"
    put(key)
    put(key, "changed", if_match=f'"{HELLO_ETAG}"')
    told = refusal(tos, "put_object", bucket=BUCKET, key=key, content={"text": "x"}, if_match=f'"{HELLO_ETAG}"')
    assert (told.status, told.code) == (412, "PreconditionFailed")
    assert tos.do("get_object", bucket=BUCKET, key=key).body == b"changed"
