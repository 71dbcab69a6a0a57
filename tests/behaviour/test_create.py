"""op=create: making directories. Source: seed 004 "创建目录"; wire facts §6.1, §11."""

from __future__ import annotations

import pytest

from .bucket import Bucket, NewBucket
from .client import ONCE, Ask, Sign, form, get, post
from .server import Server
from .transcript import Line, check_reply, lines, played, unchanged

CREATED = {"ctime": int}


@lines(
    [
        Line(says="JSON", ask=post("create", "/photos/", biz_attr=""), data=CREATED, why="seed 创建目录, sample"),
        Line(says="JSON without biz_attr", ask=post("create", "/photos/"), data=CREATED, why="wire §6.1"),
        Line(says="form", ask=form("create", "/photos/", biz_attr="x"), data=CREATED, why="wire §5: JS, qos"),
        Line(says="query", ask=Ask(op="create", path="/photos/", way="query"), data=CREATED, why="wire §0.5"),
        Line(says="once signature", ask=post("create", "/photos/", sign=ONCE), data=CREATED, why="wire §3.3"),
        Line(says="double slash", ask=post("create", "/photos//"), data=CREATED, why="wire §0.10: JS sends /333//"),
        Line(
            says="double slash signed so",
            ask=post("create", "/photos//", sign=Sign(once=True, f="/{appid}/{bucket}/photos//")),
            data=CREATED,
            why="wire §3.2: JS",
        ),
    ]
)
def test_a_directory_is_made(bucket: Bucket, line: Line) -> None:
    played(bucket, line)
    assert bucket.names() == ["photos/"]
    assert bucket.names("/photos/") == []


@pytest.mark.parametrize("name", ["目录", "a b", "a+b", "100%", "~tilde", "#1", "&=", "it's", "x" * 255])
def test_any_readable_name_will_do(bucket: Bucket, name: str) -> None:
    bucket.make(f"/{name}/")
    assert bucket.names() == [f"{name}/"]


def test_the_attribute_is_kept(bucket: Bucket) -> None:
    bucket.ok(post("create", "/d/", biz_attr="备注 1"))
    assert bucket.stat("/d/")["biz_attr"] == "备注 1"


def test_parents_need_not_exist(bucket: Bucket) -> None:
    """Wire facts §0, rule 22."""
    bucket.make("/a/b/c/")
    assert bucket.names() == ["a/"]
    assert bucket.names("/a/") == ["b/"]
    assert bucket.names("/a/b/") == ["c/"]


def test_an_implied_directory_can_be_made_explicit(bucket: Bucket) -> None:
    bucket.put("/a/b.txt")
    bucket.make("/a/")
    bucket.delete("/a/b.txt")
    assert bucket.names() == ["a/"]


@lines(
    [
        Line(says="no slash", ask=post("create", "/new"), status=400, code=-161, why="seed -161; wire §6.1"),
        Line(says="it exists", ask=post("create", "/dir/"), status=400, code=-178, why="wire §6.1, §14"),
        Line(says="a file is there", ask=post("create", "/a.txt/"), status=400, code=-178, why="wire §11"),
        Line(says="below a file", ask=post("create", "/a.txt/sub/"), status=400, code=-178, why="wire §11"),
        Line(says="no signature", ask=post("create", "/n/", sign=None), status=(401, 403), code=-81, why="wire §3.3"),
        Line(says="GET", ask=get("create", "/n/"), status=(400, 405), code=(-5996, -5972), why="seed -5996"),
    ]
)
def test_refused_and_nothing_changed(steady: Bucket, line: Line) -> None:
    unchanged(steady, line)


@pytest.mark.parametrize("char", list('?*:|\\<>"'))
def test_reserved_characters_are_refused_in_directories(bucket: Bucket, char: str) -> None:
    """Wire facts §11: for folders -180."""
    reply = bucket.ask(post("create", f"/a{char}b/"))
    check_reply(reply, status=400, code=-180)
    assert bucket.names() == []


def test_the_root_cannot_be_made(furnished: Bucket) -> None:
    """Wire facts §6.5: answer an error."""
    before = furnished.picture()
    reply = furnished.ask(post("create", "/"))
    assert 400 <= reply.status < 500, str(reply)
    assert reply.code is not None, str(reply)
    assert reply.code < 0, str(reply)
    assert furnished.picture() == before


def test_again_with_mkdir_existing_ok(new_bucket: NewBucket, lenient_server: Server) -> None:
    """Wire facts §14: the option for freyo's 2018 reading. The attribute of the first stays."""
    bucket = new_bucket(on=lenient_server)
    bucket.ok(post("create", "/d/", biz_attr="first"))
    bucket.ok(post("create", "/d/", biz_attr="second"))
    assert bucket.stat("/d/")["biz_attr"] == "first"
    bucket.put("/f", b"file")
    check_reply(bucket.ask(post("create", "/f/")), status=400, code=-178)
