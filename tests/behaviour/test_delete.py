"""op=delete: files and empty directories. Source: seed 004 "删除目录", "删除文件"; wire facts §6.5, §3.3, §14."""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

import pytest

from .bucket import Bucket, NewBucket
from .client import MULTI, ONCE, Ask, Sign, form, get, post
from .server import Server
from .transcript import SIGN_FAILED, Line, check_reply, lines, played, unchanged


@lines(
    [
        Line(says="JSON", ask=post("delete", "/a.txt", sign=ONCE), data=None, why="seed 删除文件, sample"),
        Line(says="form", ask=form("delete", "/a.txt", sign=ONCE), data=None, why="wire §5: JS"),
        Line(says="query", ask=Ask(op="delete", path="/a.txt", way="query", sign=ONCE), data=None, why="wire §0.5"),
        Line(says="order of the samples", ask=post("delete", "/a.txt", sign=Sign(once=True, order="aketrfb")), data=None, why="seed, samples"),
        Line(says="sign in the query", ask=post("delete", "/a.txt", sign=Sign(once=True, by="query")), data=None, why="wire §0.2: JS"),
    ]
)  # fmt: skip
def test_a_file_goes(furnished: Bucket, line: Line) -> None:
    played(furnished, line)
    check_reply(furnished.ask(get("stat", "/a.txt")), status=404, code=-197)
    assert furnished.download("/a.txt").status == 404
    assert "a.txt" not in furnished.names()
    assert furnished.content("/dir/b.txt") == b"beta"


def test_an_empty_directory_goes(furnished: Bucket) -> None:
    played(furnished, Line(says="", ask=post("delete", "/empty/", sign=ONCE), data=None))
    assert "empty/" not in furnished.names()
    furnished.make("/empty/")


def test_an_implied_directory_vanishes_with_its_last_file(furnished: Bucket) -> None:
    """Wire facts §11."""
    furnished.delete("/implied/deep/c.txt")
    assert "implied/" not in furnished.names()


def test_a_name_is_free_again(bucket: Bucket) -> None:
    bucket.put("/x", b"1")
    bucket.delete("/x")
    bucket.ok(form("upload", "/x", b"2", insertOnly=1))
    bucket.delete("/x")
    bucket.make("/x/")
    bucket.delete("/x/")
    bucket.put("/x/y", b"3")
    assert bucket.content("/x/y") == b"3"


@lines(
    [
        Line(says="no such file", ask=post("delete", "/none", sign=ONCE), status=404, code=(-197, -166), why="wire §6.5"),
        Line(says="no such directory", ask=post("delete", "/none/", sign=ONCE), status=404, code=(-197, -166), why="wire §6.5"),
        Line(says="a directory that is not empty", ask=post("delete", "/dir/", sign=ONCE), status=400, code=-173, why="seed -173; wire §14"),
        Line(says="an implied directory", ask=post("delete", "/implied/", sign=ONCE), status=(400, 404), code=(-173, -197, -166), why="wire §6.5"),
        Line(says="a directory as a file", ask=post("delete", "/dir", sign=ONCE), status=404, code=(-197, -166), why="wire §6.5: the slash decides"),
        Line(says="a file as a directory", ask=post("delete", "/a.txt/", sign=ONCE), status=404, code=(-197, -166), why="wire §6.5"),
        Line(says="multi signature", ask=post("delete", "/a.txt", sign=MULTI), status=SIGN_FAILED, code=-73, why="seed table; -73"),
        Line(says="multi signature bound to it", ask=post("delete", "/a.txt", sign=Sign(bind="/a.txt")), status=SIGN_FAILED, code=-73, why="seed -73"),
        Line(says="multi signature for a directory", ask=post("delete", "/empty/", sign=MULTI), status=SIGN_FAILED, code=-73, why="seed table"),
        Line(says="once without a path", ask=post("delete", "/a.txt", sign=Sign(once=True, f="")), status=SIGN_FAILED, code=-76, why="seed -76"),
        Line(says="once for another file", ask=post("delete", "/a.txt", sign=Sign(once=True, bind="/dir/b.txt")), status=SIGN_FAILED, code=-63, why="seed -63"),
        Line(says="once for the directory above", ask=post("delete", "/dir/b.txt", sign=Sign(once=True, bind="/dir/")), status=SIGN_FAILED, code=-63, why="seed: 只能应用于被绑定的文件"),
        Line(says="once for a prefix", ask=post("delete", "/a.txt", sign=Sign(once=True, bind="/a")), status=SIGN_FAILED, code=-63, why="seed: once binds one"),
        Line(says="no signature", ask=post("delete", "/a.txt", sign=None), status=SIGN_FAILED, code=-81, why="wire §3.3"),
        Line(says="GET", ask=get("delete", "/a.txt", sign=ONCE), status=(400, 405), code=(-5996, -5972), why="seed -5996"),
    ]
)  # fmt: skip
def test_refused_and_nothing_changed(steady: Bucket, line: Line) -> None:
    unchanged(steady, line)


def test_the_root_cannot_go(furnished: Bucket) -> None:
    """Wire facts §6.5: answer an error."""
    before = furnished.picture()
    reply = furnished.ask(post("delete", "/", sign=ONCE))
    assert 400 <= reply.status < 500, str(reply)
    assert reply.code is not None, str(reply)
    assert reply.code < 0, str(reply)
    assert furnished.picture() == before


def test_a_refused_delete_does_not_spend_the_signature(furnished: Bucket) -> None:
    """A signature is spent in the transaction of its effect (architecture §5), so a refusal leaves it good."""
    once = furnished.sign(ONCE, "/dir/")
    check_reply(furnished.ask(post("delete", "/dir/", sign=once)), status=400, code=-173)
    furnished.delete("/dir/b.txt")
    check_reply(furnished.ask(post("delete", "/dir/", sign=once)), status=200, code=0)
    check_reply(furnished.ask(post("delete", "/dir/", sign=once)), status=SIGN_FAILED, code=-77)


@pytest.mark.parametrize("way", ["json", "form"])
def test_multi_is_enough_under_never(new_bucket: NewBucket, lenient_server: Server, way: str) -> None:
    """Issue 2: once_required = never, for qos-node-client (wire facts §5: M multi)."""
    bucket = new_bucket(on=lenient_server)
    bucket.put("/f")
    bucket.make("/d/")
    for path in ("/f", "/d/"):
        asked = post("delete", path) if way == "json" else form("delete", path)
        check_reply(bucket.ask(asked), status=200, code=0)
    assert bucket.names() == []


def test_a_file_closed_to_writing_stays(bucket: Bucket) -> None:
    """Wire facts §6.4: forbid 2 is write forbidden."""
    bucket.put("/f")
    bucket.update("/f", forbid=2)
    reply = bucket.ask(post("delete", "/f", sign=ONCE))
    assert 400 <= reply.status < 500, str(reply)
    assert reply.code in {-190, -289}, f"seed -190 or -289: {reply}"
    bucket.update("/f", forbid=0)
    bucket.delete("/f")
