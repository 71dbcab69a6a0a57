"""Instant upload (秒传): a start that proves the SHA-1 of stored bytes. Source: seed 004 "初始化分片上传"; wire §0 rule 15, §6.7."""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from .bucket import Bucket, NewBucket
from .client import Ask, form, some_bytes
from .conftest import OTHER
from .transcript import ABSENT, UPLOADED, check_reply, check_shape

SLICE = 65536


@pytest.fixture
def content(request: pytest.FixtureRequest) -> bytes:
    """Bytes that no other test stores."""
    return some_bytes(SLICE + 100, request.node.nodeid)


def init(path: str, content: bytes, *, size: int | None = None, **fields: Any) -> Ask:
    """A start with the SHA-1."""
    said: dict[str, Any] = {"sha": hashlib.sha1(content).hexdigest(), **fields}
    return form("upload_slice_init", path, filesize=len(content) if size is None else size, slice_size=SLICE, **said)


def test_known_bytes_are_there_at_once(bucket: Bucket, content: bytes) -> None:
    bucket.put("/first", content)
    data = bucket.ok(init("/second", content, biz_attr="mine"))
    check_shape(data, UPLOADED | {"slice_size": ABSENT}, str(data))
    assert bucket.content("/second") == content
    assert bucket.stat("/second")["biz_attr"] == "mine"
    assert bucket.stat("/first")["biz_attr"] == ""


def test_in_another_bucket_of_the_same_account(bucket: Bucket, new_bucket: NewBucket, content: bytes) -> None:
    bucket.put("/first", content)
    other = new_bucket()
    check_shape(other.ok(init("/second", content)), UPLOADED, "")
    assert other.content("/second") == content


def test_of_another_account_never(bucket: Bucket, new_bucket: NewBucket, content: bytes) -> None:
    """Issue 2 §3: only objects of the same account; wire facts §7: must not leak another tenant's data."""
    bucket.put("/first", content)
    stranger = new_bucket(owner=OTHER)
    data = stranger.ok(init("/second", content))
    check_shape(data, {"session": str, "slice_size": SLICE, "access_url": ABSENT, "url": ABSENT}, str(data))
    assert stranger.names() == []


def test_of_another_account_never_by_the_old_op(bucket: Bucket, new_bucket: NewBucket, content: bytes) -> None:
    bucket.put("/first", content)
    stranger = new_bucket(owner=OTHER)
    fields: dict[str, Any] = {"sha": hashlib.sha1(content).hexdigest(), "filesize": len(content), "slice_size": SLICE}
    data = stranger.ok(form("upload_slice", "/second", **fields))
    check_shape(data, {"session": str, "url": ABSENT}, str(data))


def test_not_without_the_sha(bucket: Bucket, content: bytes) -> None:
    """Wire facts §0, rule 15: PHP, py3 and qos send none and cannot handle it."""
    bucket.put("/first", content)
    check_shape(bucket.ok(init("/second", content, sha="")), {"session": str, "access_url": ABSENT}, "")


def test_not_with_another_size(bucket: Bucket, content: bytes) -> None:
    """Wire facts §7: keyed on sha and filesize."""
    bucket.put("/first", content)
    check_shape(bucket.ok(init("/second", content, size=len(content) + 1)), {"session": str}, "")


def test_not_of_bytes_that_are_still_being_uploaded(bucket: Bucket, content: bytes) -> None:
    session = bucket.ok(init("/first", content))["session"]
    bucket.ok(form("upload_slice_data", "/first", content[:SLICE], session=session, offset=0))
    check_shape(bucket.ok(init("/second", content)), {"session": str, "access_url": ABSENT}, "")


def test_of_a_file_that_came_in_slices(bucket: Bucket, content: bytes) -> None:
    session = bucket.ok(init("/first", content, sha=""))["session"]
    for offset in (0, SLICE):
        piece = content[offset : offset + SLICE]
        bucket.ok(form("upload_slice_data", "/first", piece, session=session, offset=offset))
    bucket.ok(form("upload_slice_finish", "/first", session=session, filesize=len(content)))
    check_shape(bucket.ok(init("/second", content)), UPLOADED, "")
    assert bucket.content("/second") == content


def test_the_bytes_stay_when_the_first_name_goes(bucket: Bucket, content: bytes) -> None:
    bucket.put("/first", content)
    bucket.ok(init("/second", content))
    bucket.delete("/first")
    assert bucket.content("/second") == content
    bucket.delete("/second")
    check_shape(bucket.ok(init("/third", content)), {"session": str, "access_url": ABSENT}, "nothing has them now")


def test_insert_only_holds(bucket: Bucket, content: bytes) -> None:
    """Wire facts §6.7, §11."""
    bucket.put("/first", content)
    bucket.put("/second", b"other")
    check_reply(bucket.ask(init("/second", content)), status=400, code=-177)
    assert bucket.content("/second") == b"other"
    check_shape(bucket.ok(init("/second", content, insertOnly=0)), UPLOADED, "")
    assert bucket.content("/second") == content
    check_reply(bucket.ask(init("/second", content, insertOnly=1)), status=400, code=-177)
    assert bucket.content("/second") == content


def test_the_sha_may_be_in_capitals(bucket: Bucket, content: bytes) -> None:
    """Hexadecimal digits have no case; what stat shows is lower case (wire facts §11)."""
    bucket.put("/first", content, sha=hashlib.sha1(content).hexdigest().upper())
    check_shape(bucket.ok(init("/second", content, sha=hashlib.sha1(content).hexdigest().upper())), UPLOADED, "")
