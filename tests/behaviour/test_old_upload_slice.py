"""op=upload_slice: the one-op protocol of v3 that npm qcloud_cos still speaks. Source: wire facts §6.7, last part."""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from .bucket import Bucket
from .client import Ask, Sign, form, some_bytes
from .transcript import ABSENT, UPLOADED, Line, check_shape, lines, unchanged

SLICE = 524288
"""The client rounds slice_size to 512 KiB."""


@pytest.fixture
def content(request: pytest.FixtureRequest) -> bytes:
    """Bytes that no other test stores."""
    return some_bytes(2 * SLICE + 1000, request.node.nodeid)


def start(content: bytes, **fields: Any) -> Ask:
    """The first request."""
    said: dict[str, Any] = {"sha": hashlib.sha1(content).hexdigest(), "filesize": len(content), "slice_size": SLICE}
    return form("upload_slice", "/old", **said, biz_attr="", insertOnly=1, **fields)


def piece(content: bytes, session: str, offset: int) -> Ask:
    """A data request; it repeats neither sha nor filesize."""
    return form("upload_slice", "/old", content[offset : offset + SLICE], session=session, offset=offset, insertOnly=1)


STARTED = {"session": str, "offset": 0, "slice_size": SLICE, "url": ABSENT}


def test_from_start_to_url(bucket: Bucket, content: bytes) -> None:
    """The upload is over when data.url appears; before, it must not."""
    data = bucket.ok(start(content))
    check_shape(data, STARTED, str(data))
    session = data["session"]
    for offset in (0, SLICE):
        reply = bucket.ok(piece(content, session, offset))
        check_shape(reply, {"session": session, "offset": offset, "url": ABSENT, "access_url": ABSENT}, str(reply))
        assert bucket.names() == []
    last = bucket.ok(piece(content, session, 2 * SLICE))
    check_shape(last, UPLOADED, str(last))
    assert bucket.content("/old") == content
    assert bucket.stat("/old")["sha"] == hashlib.sha1(content).hexdigest()


def test_instant(bucket: Bucket, content: bytes) -> None:
    bucket.put("/there", content)
    data = bucket.ok(start(content))
    check_shape(data, UPLOADED, str(data))
    assert bucket.content("/old") == content


@pytest.mark.parametrize("with_session", [True, False], ids=["naming the session", "by its sha"])
def test_resuming_where_it_stopped(bucket: Bucket, content: bytes, with_session: bool) -> None:
    """The first reply's offset is where the client starts; afterwards it advances by itself."""
    session = bucket.ok(start(content))["session"]
    bucket.ok(piece(content, session, 0))
    again = bucket.ok(start(content, **({"session": session} if with_session else {})))
    check_shape(again, STARTED | {"session": session, "offset": SLICE}, str(again))
    bucket.ok(piece(content, session, SLICE))
    check_shape(bucket.ok(piece(content, session, 2 * SLICE)), UPLOADED, "")
    assert bucket.content("/old") == content


def test_on_the_path_of_v1(bucket: Bucket, content: bytes) -> None:
    """Wire facts §1: the old Node default is /files/v1/; the parameters are compatible."""
    said: dict[str, Any] = {"sha": hashlib.sha1(content).hexdigest(), "filesize": len(content), "slice_size": SLICE}
    url = f"/files/v1/{bucket.owner.appid}/{bucket.name}/old"
    data = bucket.ok(Ask(op="upload_slice", path="/old", way="form", fields=said, url=url))
    check_shape(data, {"session": str}, str(data))


@lines(
    [
        Line(says="no sha", ask=form("upload_slice", "/n", filesize=9, slice_size=SLICE), status=400, code=-5979, why="seed -5979"),
        Line(says="no filesize", ask=form("upload_slice", "/n", sha="0" * 40, slice_size=SLICE), status=400, code=-5971, why="seed -5971"),
        Line(says="no session", ask=form("upload_slice", "/n", b"x", offset=0), status=400, code=(-5992, -5983, -5999, -95), why="seed -5983"),
        Line(says="unknown session", ask=form("upload_slice", "/n", b"x", session="0" * 32, offset=0), status=400, code=-5983, why="seed -5983"),
        Line(says="bound elsewhere", ask=form("upload_slice", "/n", sign=Sign(bind="/m"), sha="0" * 40, filesize=9, slice_size=SLICE), status=(401, 403), code=-63, why="seed -63"),
    ]
)  # fmt: skip
def test_refused_and_nothing_changed(steady: Bucket, line: Line) -> None:
    unchanged(steady, line)
