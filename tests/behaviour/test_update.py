"""op=update: attributes of files and directories. Source: seed 004 "更新文件属性"; wire facts §6.4."""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from .bucket import Bucket, NewBucket
from .client import MULTI, ONCE, Ask, Sign, form, get, post
from .server import Server
from .transcript import SIGN_FAILED, Line, check_reply, lines, played, unchanged

HEADERS = {"Cache-Control": "no", "Content-Type": "application/pdf", "Content-Language": "ch"}
"""The seed's sample."""
WAYS: dict[str, Callable[[], Ask]] = {
    "JSON with an object (Py, PHP, C++)": lambda: post("update", "/a.txt", sign=ONCE, biz_attr="new", custom_headers=HEADERS),
    "JSON with a string (Java, Node)": lambda: post("update", "/a.txt", sign=ONCE, biz_attr="new", custom_headers=json.dumps(HEADERS)),
    "form with a string (JS)": lambda: form("update", "/a.txt", sign=ONCE, biz_attr="new", custom_headers=json.dumps(HEADERS)),
    "the order of the samples": lambda: post("update", "/a.txt", sign=Sign(once=True, order="aketrfb"), biz_attr="new", custom_headers=HEADERS),
    "flag 193 (Node)": lambda: post("update", "/a.txt", sign=ONCE, flag=193, authority="eInvalid", biz_attr="new", custom_headers=HEADERS),
    "empty authority (C++)": lambda: post("update", "/a.txt", sign=ONCE, authority="", biz_attr="new", custom_headers=HEADERS),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_every_way_to_ask(furnished: Bucket, way: Callable[[], Ask]) -> None:
    """Wire facts §5, §0 rule 9. A download shows the headers."""
    before = furnished.stat("/a.txt")
    played(furnished, Line(says="", ask=way(), data=None))
    after = furnished.stat("/a.txt")
    assert (after["biz_attr"], after["custom_headers"], after["authority"]) == ("new", HEADERS, "eInvalid")
    assert (after["ctime"], after["sha"]) == (before["ctime"], before["sha"])
    served = furnished.download("/a.txt").headers
    assert {name: served[name.lower()] for name in HEADERS} == HEADERS


def test_only_what_is_said_changes(bucket: Bucket) -> None:
    """Seed: 只需填写需要增加或修改的项."""
    bucket.put("/f", b"x", biz_attr="note")
    bucket.update("/f", custom_headers={"Cache-Control": "no", "x-cos-meta-a": "1"})
    bucket.update("/f", custom_headers={"Content-Language": "ch", "x-cos-meta-b": "2"})
    bucket.update("/f", custom_headers={"Cache-Control": "max-age=9"})
    bucket.update("/f", authority="eWPrivateRPublic")
    found = bucket.stat("/f")
    assert found["biz_attr"] == "note"
    assert found["authority"] == "eWPrivateRPublic"
    assert found["custom_headers"] == {
        "Cache-Control": "max-age=9",
        "Content-Language": "ch",
        "x-cos-meta-a": "1",
        "x-cos-meta-b": "2",
    }


def test_an_empty_biz_attr_clears_and_an_absent_one_does_not(bucket: Bucket) -> None:
    """Wire facts §6.4: update only if the key is present."""
    bucket.put("/f", b"x", biz_attr="note")
    bucket.update("/f", authority="eWRPrivate")
    assert bucket.stat("/f")["biz_attr"] == "note"
    bucket.update("/f", biz_attr="")
    assert bucket.stat("/f")["biz_attr"] == ""
    assert bucket.stat("/f")["authority"] == "eWRPrivate"


@pytest.mark.parametrize(
    ("flag", "changed"),
    [
        (0x01, {"biz_attr"}),
        (0x40, {"custom_headers"}),
        (0x80, {"authority"}),
        (0x40 | 0x80, {"custom_headers", "authority"}),
        ("193", {"biz_attr", "custom_headers", "authority"}),
        (None, {"biz_attr", "custom_headers", "authority"}),
    ],
)
def test_flag_says_which(bucket: Bucket, flag: object, changed: set[str]) -> None:
    """Seed: 0x40 | 0x80; wire facts §6.4: 0x01 is biz_attr. Without a flag, presence decides."""
    bucket.put("/f", b"x", biz_attr="old")
    fields: dict[str, Any] = {"biz_attr": "new", "authority": "eWRPrivate", "custom_headers": {"Cache-Control": "no"}}
    bucket.update("/f", **fields, **({} if flag is None else {"flag": flag}))
    found = bucket.stat("/f")
    old = {"biz_attr": "old", "authority": "eInvalid", "custom_headers": {}}
    for name, value in old.items():
        assert found[name] == (fields[name] if name in changed else value), name


@pytest.mark.parametrize("authority", ["eInvalid", "eWRPrivate", "eWPrivateRPublic"])
def test_authority_is_kept_and_counts(bucket: Bucket, authority: str) -> None:
    """Seed authority: 公有读私有写 is readable without a signature, in a private bucket too."""
    bucket.put("/f", b"x")
    bucket.update("/f", authority=authority)
    assert bucket.stat("/f")["authority"] == authority
    assert bucket.download("/f", sign=None).status == (200 if authority == "eWPrivateRPublic" else 403)
    bucket.update("/f", authority="eInvalid")
    assert bucket.download("/f", sign=None).status == 403


@pytest.mark.parametrize("forbid", [0, 1, "1", 2])
def test_forbid(bucket: Bucket, forbid: object) -> None:
    """Wire facts §6.4: 0 accessible, 1 read forbidden, 2 write forbidden."""
    bucket.put("/f", b"x")
    bucket.update("/f", forbid=forbid)
    assert bucket.stat("/f")["forbid"] == int(str(forbid))
    assert bucket.download("/f").status == (403 if str(forbid) == "1" else 200)
    overwritten = bucket.ask(form("upload", "/f", b"y", insertOnly=0))
    assert (overwritten.code == 0) == (forbid != 2), str(overwritten)


def test_forbid_can_be_taken_back(bucket: Bucket) -> None:
    bucket.put("/f", b"x")
    for forbid in (1, 2):
        bucket.update("/f", forbid=forbid)
        bucket.update("/f", forbid=0)
        assert bucket.content("/f") == b"x"
    bucket.put("/f", b"y")


def test_a_directory_has_biz_attr_only(bucket: Bucket) -> None:
    """Wire facts §6.4."""
    bucket.make("/d/")
    bucket.update("/d/", biz_attr="目录")
    assert bucket.stat("/d/")["biz_attr"] == "目录"


def test_non_ascii_values(bucket: Bucket) -> None:
    bucket.put("/f", b"x")
    disposition = "attachment; filename*=UTF-8''%E4%B8%AD.txt"
    bucket.update("/f", biz_attr="é中😀\n", custom_headers={"Content-Disposition": disposition, "x-cos-meta-n": "中"})
    found = bucket.stat("/f")
    assert found["biz_attr"] == "é中😀\n"
    assert found["custom_headers"]["Content-Disposition"] == disposition
    assert found["custom_headers"]["x-cos-meta-n"] == "中"
    assert bucket.download("/f").status == 200


@lines(
    [
        Line(says="no such file", ask=post("update", "/none", sign=ONCE, biz_attr="x"), status=404, code=(-197, -166), why="wire §6.4"),
        Line(says="no such directory", ask=post("update", "/none/", sign=ONCE, biz_attr="x"), status=404, code=(-197, -166), why="wire §6.4"),
        Line(says="unknown authority", ask=post("update", "/a.txt", sign=ONCE, authority="public"), status=400, code=-158, why="seed -158"),
        Line(says="unknown authority beside a good biz_attr", ask=post("update", "/a.txt", sign=ONCE, biz_attr="x", authority="public"), status=400, code=-158, why="seed -158"),
        Line(says="forbid 9", ask=post("update", "/a.txt", sign=ONCE, forbid=9), status=400, code=(-5999, -5992, -182), why="wire §6.4"),
        Line(says="flag no number", ask=post("update", "/a.txt", sign=ONCE, biz_attr="x", flag="all"), status=400, code=(-179, -5999, -182), why="seed -179 修改标志非法"),
        Line(says="custom_headers no JSON", ask=form("update", "/a.txt", sign=ONCE, custom_headers="{no"), status=400, code=(-182, -5999, -5975, -5992), why="seed -182"),
        Line(says="custom_headers a list", ask=post("update", "/a.txt", sign=ONCE, custom_headers=[1]), status=400, code=(-182, -5999, -5992), why="seed -182"),
        Line(says="a header with a line break", ask=post("update", "/a.txt", sign=ONCE, custom_headers={"Content-Type": "a\r\nSet-Cookie: b"}), status=400, code=(-182, -5999, -5992), why="seed -182; header injection"),
        Line(says="metadata with a line break", ask=post("update", "/a.txt", sign=ONCE, custom_headers={"x-cos-meta-a": "a\nb"}), status=400, code=(-182, -5999, -5992), why="seed -182"),
        Line(says="a header that is none of the table", ask=post("update", "/a.txt", sign=ONCE, custom_headers={**HEADERS, "X-Unknown": "1"}), status=400, code=-182, why="seed: the six of its table"),
        Line(says="a header twice", ask=post("update", "/a.txt", sign=ONCE, custom_headers={"Cache-Control": "a", "cache-control": "b"}), status=400, code=-182, why="header names have no case"),
        Line(says="a header twice in a text", ask=post("update", "/a.txt", sign=ONCE, custom_headers='{"Cache-Control":"a","Cache-Control":"b"}'), status=400, code=-182, why="RFC 7493: names are unique"),
        Line(says="a header that is a number", ask=post("update", "/a.txt", sign=ONCE, custom_headers={"Cache-Control": 1}), status=400, code=-182, why="seed String"),
        Line(says="flag with an unknown bit", ask=post("update", "/a.txt", sign=ONCE, biz_attr="x", flag=3), status=400, code=-179, why="seed -179 修改标志非法; wire §6.4: 1, 64, 128"),
        Line(says="a directory's authority", ask=post("update", "/dir/", sign=ONCE, authority="eWRPrivate"), status=400, code=(-182, -158, -5999, -160), why="wire §6.4: dirs accept biz_attr only"),
        Line(says="a multi signature", ask=post("update", "/a.txt", sign=MULTI, biz_attr="x"), status=SIGN_FAILED, code=-73, why="seed table"),
        Line(says="once for another", ask=post("update", "/a.txt", sign=Sign(once=True, bind="/dir/b.txt"), biz_attr="x"), status=SIGN_FAILED, code=-63, why="seed -63"),
        Line(says="no signature", ask=post("update", "/a.txt", sign=None, biz_attr="x"), status=SIGN_FAILED, code=-81, why="wire §3.3"),
        Line(says="GET", ask=get("update", "/a.txt", sign=ONCE, biz_attr="x"), status=(400, 405), code=(-5996, -5972), why="seed -5996"),
    ]
)  # fmt: skip
def test_refused_and_nothing_changed(steady: Bucket, line: Line) -> None:
    unchanged(steady, line)


def test_the_root_cannot_be_updated(furnished: Bucket) -> None:
    """Wire facts §6.5: answer an error."""
    before = furnished.picture()
    reply = furnished.ask(post("update", "/", sign=ONCE, authority="eWPrivateRPublic"))
    assert 400 <= reply.status < 500, str(reply)
    assert furnished.picture() == before


def test_multi_is_enough_under_never(new_bucket: NewBucket, lenient_server: Server) -> None:
    """Issue 2: once_required = never, for qos (wire facts §5: M multi)."""
    bucket = new_bucket(on=lenient_server)
    bucket.put("/f", b"x")
    check_reply(bucket.ask(form("update", "/f", biz_attr="new")), status=200, code=0)
    assert bucket.stat("/f")["biz_attr"] == "new"


def test_once_still_counts_once_under_never(new_bucket: NewBucket, lenient_server: Server) -> None:
    bucket = new_bucket(on=lenient_server)
    bucket.put("/f", b"x")
    once = bucket.sign(ONCE, "/f")
    bucket.ok(post("update", "/f", sign=once, biz_attr="1"))
    check_reply(bucket.ask(post("update", "/f", sign=once, biz_attr="2")), status=SIGN_FAILED, code=-77)
    assert bucket.stat("/f")["biz_attr"] == "1"
