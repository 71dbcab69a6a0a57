"""Values that are legal JSON, UTF-8 or HTTP and still odd: each is kept exactly, or refused; never an error of the server.

Source: seed 004, the types in its tables; wire facts §0 rules 5, 8, 9, §4, §11.
"""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

from typing import Any

import pytest

from .bucket import Bucket
from .client import ONCE, Ask, Sign, form, get, post
from .transcript import SIGN_FAILED, Line, check_reply, lines, unchanged


def raw_json(body: str | bytes, path: str = "/a.txt", *, kind: str | None = "application/json", **more: Any) -> Ask:
    """A POST of this very JSON text."""
    data = body.encode() if isinstance(body, str) else body
    return Ask(op=None, path=path, way="raw", body=data, content_type=kind, **more)


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "application/JSON", None])
def test_json_under_any_type(bucket: Bucket, kind: str | None) -> None:
    """Wire facts §4, §11: Content-Type sometimes carries no charset."""
    bucket.ok(raw_json('{"op":"create","biz_attr":"中\\u4e2d\\/"}', "/d/", kind=kind))
    assert bucket.stat("/d/")["biz_attr"] == "中中/"


def test_escaped_slashes_and_spaces(bucket: Bucket) -> None:
    """Wire facts §11: Java and PHP escape slashes."""
    bucket.put("/a", b"x")
    bucket.ok(raw_json(' {"op" : "copy",\n"dest_fileid":"\\/b\\/c", "to_over_write" : 1}\n', "/a"))
    assert bucket.content("/b/c") == b"x"


@pytest.mark.parametrize(
    "value", ["", " ", "a\nb", "\t", "\x01", "\x7f", "é", "中", "😀", "'\"\\;--", "%00", "<b>", "null", "0"]
)
def test_any_attribute_comes_back(bucket: Bucket, value: str) -> None:
    """Wire facts §11: biz_attr is an opaque string."""
    bucket.put("/f", b"x", biz_attr=value)
    assert bucket.stat("/f")["biz_attr"] == value
    bucket.update("/f", biz_attr=value + "2")
    assert bucket.stat("/f")["biz_attr"] == value + "2"


def test_a_nul_in_an_attribute_is_kept_or_refused(bucket: Bucket) -> None:
    bucket.put("/f", b"x")
    reply = bucket.ask(post("update", "/f", sign=ONCE, biz_attr="a\0b"))
    assert reply.status in {200, 400}, str(reply)
    assert bucket.stat("/f")["biz_attr"] == ("a\0b" if reply.code == 0 else "")


@lines(
    [
        Line(says="half a character", ask=raw_json('{"op":"update","biz_attr":"\\ud800"}', sign=ONCE), status=400, code=(-5975, -147, -182), why="seed -147, -5975"),
        Line(says="half a character in a name", ask=raw_json('{"op":"move","dest_fileid":"/\\udfff"}'), status=400, code=(-5975, -147, -180), why="seed -147"),
        Line(says="half a character in a header", ask=raw_json('{"op":"update","custom_headers":"{\\"Cache-Control\\":\\"\\\\ud800\\"}"}', sign=ONCE), status=400, code=(-5975, -147, -182, -5999), why="seed -147"),
        Line(says="biz_attr an object", ask=raw_json('{"op":"update","biz_attr":{"a":1}}', sign=ONCE), status=400, code=(-5999, -5992, -182), why="seed String"),
        Line(says="authority a list", ask=raw_json('{"op":"update","authority":["eInvalid"]}', sign=ONCE), status=400, code=(-5999, -5992, -158, -182), why="seed String"),
        Line(says="dest_fileid a number", ask=raw_json('{"op":"move","dest_fileid":["/x"]}'), status=400, code=(-5999, -5992, -182, -164), why="seed String"),
        Line(says="a header of null", ask=raw_json('{"op":"update","custom_headers":{"Cache-Control":null}}', sign=ONCE), status=400, code=(-182, -5999, -5992), why="seed String"),
        Line(says="a header that is an object", ask=raw_json('{"op":"update","custom_headers":{"Cache-Control":{"a":1}}}', sign=ONCE), status=400, code=(-182, -5999, -5992), why="seed String"),
        Line(says="a header that is a list", ask=raw_json('{"op":"update","custom_headers":{"Cache-Control":["a"]}}', sign=ONCE), status=400, code=(-182, -5999, -5992), why="seed String"),
        Line(says="forbid a fraction", ask=raw_json('{"op":"update","forbid":0.5}', sign=ONCE), status=400, code=(-5999, -5992, -182), why="wire §6.4: int"),
        Line(says="insertOnly in words", ask=form("upload", "/a.txt", b"new", insertOnly="false"), status=400, code=(-5999, -5992, -182), why="seed Int"),
        Line(says="numbers of another script", ask=form("upload_slice_init", "/n", filesize="５", slice_size="65536"), status=400, code=-5995, why="seed Int 64"),
        Line(says="hexadecimal", ask=form("upload_slice_init", "/n", filesize="0x10", slice_size="65536"), status=400, code=-5995, why="seed Int 64"),
        Line(says="exponent", ask=form("upload_slice_init", "/n", filesize="1e6", slice_size="65536"), status=400, code=-5995, why="seed Int 64"),
    ]
)  # fmt: skip
def test_refused_and_nothing_changed(steady: Bucket, line: Line) -> None:
    unchanged(steady, line)


@pytest.mark.parametrize(
    "name",
    [
        "X-中",
        "x-cos-meta-a: b",
        "x-cos-meta-a b",
        "x-cos-meta-",
        "",
        "Set-Cookie",
        "Content-Length",
        "ETag",
        "Location",
    ],
)
def test_headers_that_are_none_of_the_table_are_refused(bucket: Bucket, name: str) -> None:
    """Seed: the six of its table. Issue 11 §1: what is not declared is refused."""
    bucket.put("/f", b"bytes")
    reply = bucket.ask(
        post("update", "/f", sign=ONCE, biz_attr="new", custom_headers={name: "injected", "Cache-Control": "no"})
    )
    check_reply(reply, status=400, code=-182)
    found = bucket.stat("/f")
    assert (found["custom_headers"], found["biz_attr"]) == ({}, "")
    assert "injected" not in bucket.download("/f").headers.values()


@pytest.mark.parametrize("value", ["12345", "true", "null", "1.5", "[]"])
def test_a_text_is_no_bare_value(bucket: Bucket, value: str) -> None:
    """Seed String."""
    bucket.put("/f", b"x", biz_attr="note")
    reply = bucket.ask(raw_json(f'{{"op":"update","biz_attr":{value}}}', "/f", sign=ONCE))
    check_reply(reply, status=400, code=-5999)
    assert bucket.stat("/f")["biz_attr"] == "note"


def test_a_bucket_s_url_without_a_slash(bucket: Bucket) -> None:
    """Seed 请求结构: <bucket_name>[/dir_name/<file_name>]."""
    bucket.put("/f", b"x")
    base = f"/files/v2/{bucket.owner.appid}/{bucket.name}"
    assert bucket.ok(Ask(op="stat", way="get", url=base))["authority"] == "eWRPrivate"
    assert [entry["name"] for entry in bucket.ok(Ask(op="list", way="get", url=base, fields={"num": 9}))["infos"]] == [
        "f"
    ]


@lines(
    [
        Line(says="listing the root by a bound signature", ask=get("list", "/", sign=Sign(bind="/dir/")), status=SIGN_FAILED, code=-63, why="seed -63"),
        Line(says="the bucket by a bound signature", ask=get("stat", "/", sign=Sign(bind="/dir/")), status=SIGN_FAILED, code=-63, why="seed -63"),
        Line(says="listing beside a bound signature", ask=get("list", "/implied/", sign=Sign(bind="/dir/")), status=SIGN_FAILED, code=-63, why="seed -63"),
        Line(says="a prefix wider than bound", ask=get("list", "/di", sign=Sign(bind="/dir/")), status=SIGN_FAILED, code=-63, why="seed -63"),
        Line(says="a path that decodes to a bound one", ask=Ask(op="stat", way="get", path="/x", url="/files/v2/1250000000/{bucket}/%252E%252E/a.txt", sign=Sign(bind="/a.txt")), status=SIGN_FAILED, code=-63, why="seed -63"),
    ]
)  # fmt: skip
def test_a_bound_signature_opens_nothing_else(steady: Bucket, line: Line) -> None:
    if line.ask.url is not None:
        ask = Ask(op="stat", way="get", url=line.ask.url.format(bucket=steady.name), sign=line.ask.sign)
        line = Line(says=line.says, ask=ask, status=line.status, code=line.code)
    unchanged(steady, line)


def test_writing_over_what_is_closed_to_writing(bucket: Bucket) -> None:
    """Wire facts §6.4: forbid 2, by whatever operation."""
    bucket.put("/locked", b"locked")
    bucket.put("/other", b"other")
    bucket.update("/locked", forbid=2)
    for ask in (
        post("move", "/other", dest_fileid="/locked", to_over_write=1),
        post("copy", "/other", dest_fileid="/locked", to_over_write=1),
        post("move", "/locked", dest_fileid="/elsewhere"),
        form("upload", "/locked", b"new", insertOnly=0),
    ):
        reply = bucket.ask(ask)
        assert 400 <= reply.status < 500, str(reply)
    content = b"sliced over a locked file"
    started = bucket.ask(form("upload_slice_init", "/locked", filesize=len(content), slice_size=65536, insertOnly=0))
    if started.code == 0:
        session = started.data["session"]
        bucket.ok(form("upload_slice_data", "/locked", content, session=session, offset=0))
        assert bucket.ask(form("upload_slice_finish", "/locked", session=session, filesize=len(content))).code != 0
    assert bucket.content("/locked") == b"locked"
    assert bucket.names() == ["locked", "other"]


def test_head_on_the_api_leaves_the_connection_in_order(bucket: Bucket) -> None:
    bucket.put("/f", b"x")
    for path, status in (("/f", 200), ("/none", 404), ("/f", 200)):
        reply = bucket.ask(Ask(op="stat", path=path, way="get", method="HEAD"))
        assert (reply.status, reply.body) == (status, b"")
        check_reply(bucket.ask(get("stat", "/f")), status=200, code=0)


@pytest.mark.parametrize("name", ["op", "biz_attr"])
def test_a_field_in_the_body_and_in_the_query_is_refused(bucket: Bucket, name: str) -> None:
    """Wire facts §0, rule 5 joins them; said twice, no one can tell which is meant."""
    query = {"op": "create", "biz_attr": "query"}
    ask = Ask(op="create", path="/d/", way="json", fields={"biz_attr": "body"}, query={name: query[name]})
    check_reply(bucket.ask(ask), status=400, code=-5999)
    assert bucket.names() == []
