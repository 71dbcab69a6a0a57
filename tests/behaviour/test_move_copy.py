"""op=move and op=copy: another name for the same bytes. Source: seed 004 "移动文件", "复制文件"; wire facts §6.8, §14."""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

from collections.abc import Callable

import pytest

from .bucket import Bucket, NewBucket
from .client import MULTI, ONCE, Ask, Part, Sign, form, get, post
from .server import Server
from .transcript import SIGN_FAILED, Line, check_reply, lines, played, unchanged

BOTH = pytest.mark.parametrize("op", ["move", "copy"])


def check_there(bucket: Bucket, op: str, source: str, target: str, content: bytes = b"alpha") -> None:
    """The target has the bytes; the source is gone, or as it was."""
    assert bucket.content(target) == content
    if op == "move":
        check_reply(bucket.ask(get("stat", source)), status=404, code=-197)
    else:
        assert bucket.content(source) == content


DESTINATIONS = [
    ("/111/2.txt", "/x.txt", "/x.txt", "leading slash: from the root"),
    ("/111/2.txt", "x.txt", "/111/x.txt", "no slash: the same directory (seed 不带路径则为当前路径下)"),
    ("/111/2.txt", "333/2.txt", "/111/333/2.txt", "relative: from the source's directory (JS README)"),
    ("/111/2.txt", "/a/b/c/x.txt", "/a/b/c/x.txt", "directories need not exist"),
    ("/2.txt", "x.txt", "/x.txt", "from the root to the root"),
    ("/2.txt", "d/x.txt", "/d/x.txt", "from the root down"),
    ("/111/2.txt", "/111//222///x.txt", "/111/222/x.txt", "slashes collapse"),
    ("/111/2.txt", "/目录/新 名.txt", "/目录/新 名.txt", "raw UTF-8, not encoded"),
    ("/111/2.txt", "/a%2Fb+c.txt", "/a%2Fb+c.txt", "not decoded either"),
]


@BOTH
@pytest.mark.parametrize(("source", "dest", "target", "why"), DESTINATIONS, ids=[line[3] for line in DESTINATIONS])
def test_where_dest_fileid_points(bucket: Bucket, op: str, source: str, dest: str, target: str, why: str) -> None:
    """Wire facts §6.8."""
    bucket.put(source, b"alpha")
    played(bucket, Line(says=why, ask=form(op, source, dest_fileid=dest), data=None))
    check_there(bucket, op, source, target)


WAYS: dict[str, Callable[[str], Ask]] = {
    "form, once (seed; py3, PHP)": lambda op: form(op, "/a.txt", dest_fileid="b.txt", to_over_write=0, sign=ONCE),
    "form, multi (seed samples; JS, qos)": lambda op: form(op, "/a.txt", dest_fileid="b.txt", sign=MULTI),
    "JSON, once (Java, C++, Node)": lambda op: post(op, "/a.txt", dest_fileid="b.txt", to_over_write="0", sign=ONCE),
    "JSON, multi (wx)": lambda op: post(op, "/a.txt", dest_fileid="b.txt", to_over_write=0),
    "query, once (Py)": lambda op: Ask(
        op=op, path="/a.txt", way="query", fields={"dest_fileid": "b.txt", "to_over_write": "0"}, sign=ONCE
    ),
    "form with an empty filecontent (py3)": lambda op: Ask(
        op=op,
        path="/a.txt",
        way="form",
        parts=[
            Part(name="op", value=op),
            Part(name="dest_fileid", value="b.txt"),
            Part(name="filecontent", value=b"", filename="", headers=("Content-Type: text/plain",)),
        ],
    ),
    "double-encoded f (PHP)": lambda op: form(
        op, "/a.txt", dest_fileid="b.txt", sign=Sign(once=True, f="/{appid}/{bucket}/%2561.txt")
    ),
}


@BOTH
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_every_way_to_ask(bucket: Bucket, op: str, way: Callable[[str], Ask]) -> None:
    """Wire facts §5, the rows of move and copy."""
    bucket.put("/a.txt", b"alpha")
    played(bucket, Line(says="", ask=way(op), data=None))
    check_there(bucket, op, "/a.txt", "/b.txt")


@BOTH
@pytest.mark.parametrize("over", [1, "1"], ids=repr)
def test_overwriting_when_asked(bucket: Bucket, op: str, over: object) -> None:
    """Seed to_over_write: 1 覆盖."""
    bucket.put("/a", b"alpha", biz_attr="source")
    bucket.put("/b", b"beta", biz_attr="target")
    bucket.ok(post(op, "/a", dest_fileid="/b", to_over_write=over))
    check_there(bucket, op, "/a", "/b")
    assert bucket.stat("/b")["biz_attr"] == "source"


@BOTH
def test_attributes_come_along(bucket: Bucket, op: str) -> None:
    bucket.put("/a", b"alpha", biz_attr="note")
    bucket.update("/a", authority="eWPrivateRPublic", custom_headers={"Content-Type": "text/x", "x-cos-meta-k": "v"})
    before = bucket.stat("/a")
    bucket.ok(post(op, "/a", dest_fileid="/b"))
    after = bucket.stat("/b")
    for name in ("biz_attr", "authority", "custom_headers", "sha", "filesize"):
        assert after[name] == before[name], name


@BOTH
def test_onto_itself_with_leave_to_overwrite(bucket: Bucket, op: str) -> None:
    """Wire facts §6.8: undefined; whatever is answered, the bytes must not be lost."""
    bucket.put("/a", b"alpha", biz_attr="note")
    reply = bucket.ask(post(op, "/a", dest_fileid="/a", to_over_write=1))
    assert reply.code in {0, -199}, str(reply)
    assert bucket.content("/a") == b"alpha"
    assert bucket.stat("/a")["biz_attr"] == "note"
    bucket.delete("/a")
    assert bucket.names() == []


def test_a_copy_lives_on_its_own(bucket: Bucket) -> None:
    bucket.put("/a", b"alpha")
    bucket.ok(post("copy", "/a", dest_fileid="/b"))
    bucket.put("/a", b"changed")
    assert bucket.content("/b") == b"alpha"
    bucket.delete("/a")
    assert bucket.content("/b") == b"alpha"
    bucket.update("/b", biz_attr="only here")
    bucket.ok(post("copy", "/b", dest_fileid="/c"))
    bucket.update("/c", biz_attr="c")
    assert bucket.stat("/b")["biz_attr"] == "only here"


@BOTH
def test_a_signature_binds_the_source_alone(bucket: Bucket, op: str) -> None:
    """Wire facts §6.8."""
    bucket.put("/here/a", b"alpha")
    bucket.ok(post(op, "/here/a", dest_fileid="/there/a", sign=Sign(bind="/here/a")))
    assert bucket.content("/there/a") == b"alpha"


def test_moving_a_file_that_came_in_slices(bucket: Bucket) -> None:
    content = b"0123456789abcdef" * 4096 + b"tail of a sliced file that moves"
    session = bucket.ok(form("upload_slice_init", "/s", filesize=len(content), slice_size=65536))["session"]
    for offset in (0, 65536):
        bucket.ok(form("upload_slice_data", "/s", content[offset : offset + 65536], session=session, offset=offset))
    bucket.ok(form("upload_slice_finish", "/s", session=session, filesize=len(content)))
    bucket.ok(post("copy", "/s", dest_fileid="/c"))
    bucket.ok(post("move", "/s", dest_fileid="/m"))
    bucket.delete("/c")
    assert bucket.content("/m") == content


@BOTH
def test_a_file_and_a_directory_cannot_share_a_name(steady: Bucket, op: str) -> None:
    """Wire facts §11: -178, or -199 for what a move cannot do (seed)."""
    for dest in ("/dir", "/implied/deep", "/dir/b.txt/x"):
        unchanged(
            steady,
            Line(says=dest, ask=post(op, "/a.txt", dest_fileid=dest, to_over_write=1), status=400, code=(-178, -199)),
        )


def refusals(op: str) -> list[Line]:
    """What cannot be moved or copied."""
    here = "/a.txt"
    return [
        Line(says=f"{op}: no such file", ask=post(op, "/none", dest_fileid="/x"), status=404, code=-197, why="wire §6.8"),
        Line(says=f"{op}: the target exists", ask=post(op, here, dest_fileid="/dir/b.txt"), status=400, code=-199, why="seed 移动失败 -199; wire §6.8"),
        Line(says=f"{op}: the target exists, 0 said", ask=form(op, here, dest_fileid="/dir/b.txt", to_over_write=0), status=400, code=-199, why="seed -199"),
        Line(says=f"{op}: the target exists, empty said", ask=form(op, here, dest_fileid="/dir/b.txt", to_over_write=""), status=400, code=-199, why="wire §0.8"),
        Line(says=f"{op}: onto itself", ask=post(op, here, dest_fileid="a.txt"), status=400, code=-199, why="wire §6.8: undefined; it exists"),
        Line(says=f"{op}: no dest_fileid", ask=post(op, here), status=400, code=(-164, -5992, -5999), why="seed 必选"),
        Line(says=f"{op}: an empty dest_fileid", ask=post(op, here, dest_fileid=""), status=400, code=(-164, -5992, -5999), why="seed -164 path为空"),
        Line(says=f"{op}: into a directory's path", ask=post(op, here, dest_fileid="/x/"), status=400, code=-160, why="seed -160"),
        Line(says=f"{op}: to the root", ask=post(op, here, dest_fileid="/"), status=400, code=(-160, -164), why="seed -160, -164"),
        Line(says=f"{op}: to ..", ask=post(op, here, dest_fileid="../x"), status=400, code=-180, why="wire §11"),
        Line(says=f"{op}: through .", ask=post(op, here, dest_fileid="/d/./x"), status=400, code=-180, why="wire §11"),
        Line(says=f"{op}: a control character", ask=post(op, here, dest_fileid="/x\x01y"), status=400, code=-180, why="issue 2 §3"),
        Line(says=f"{op}: a name too long", ask=post(op, here, dest_fileid="/" + "x" * 1025), status=400, code=(-180, -5994), why="seed 1024"),
        Line(says=f"{op}: to_over_write 2", ask=post(op, here, dest_fileid="/x", to_over_write=2), status=400, code=(-5999, -5992, -182), why="seed 有效值"),
        Line(says=f"{op}: a directory", ask=post(op, "/dir/", dest_fileid="/x"), status=400, code=-160, why="wire §6.8: only files"),
        Line(says=f"{op}: bound to the target", ask=post(op, here, dest_fileid="/x", sign=Sign(bind="/x")), status=SIGN_FAILED, code=-63, why="wire §6.8"),
        Line(says=f"{op}: once for the target", ask=post(op, here, dest_fileid="/x", sign=Sign(once=True, bind="/x")), status=SIGN_FAILED, code=-63, why="seed -63"),
        Line(says=f"{op}: no signature", ask=post(op, here, dest_fileid="/x", sign=None), status=SIGN_FAILED, code=-81, why="wire §3.3"),
        Line(says=f"{op}: GET", ask=get(op, here, dest_fileid="/x"), status=(400, 405), code=(-5996, -5972), why="seed -5996"),
    ]  # fmt: skip


@lines([*refusals("move"), *refusals("copy")])
def test_refused_and_nothing_changed(steady: Bucket, line: Line) -> None:
    unchanged(steady, line)


@BOTH
def test_once_is_needed_under_table(new_bucket: NewBucket, strict_server: Server, op: str) -> None:
    """Seed 哪些场景需要用到签名, 移动: 单次有效签名; the copy chapter says the same."""
    bucket = new_bucket(on=strict_server)
    bucket.put("/a", b"alpha")
    check_reply(bucket.ask(post(op, "/a", dest_fileid="/b")), status=SIGN_FAILED, code=-73)
    assert bucket.names() == ["a"]
    bucket.ok(post(op, "/a", dest_fileid="/b", sign=ONCE))
    check_there(bucket, op, "/a", "/b")


def test_a_spent_signature_moves_nothing(bucket: Bucket) -> None:
    bucket.put("/a", b"alpha")
    once = bucket.sign(ONCE, "/a")
    bucket.ok(post("copy", "/a", dest_fileid="/b", sign=once))
    check_reply(bucket.ask(post("copy", "/a", dest_fileid="/c", sign=once)), status=SIGN_FAILED, code=-77)
    check_reply(bucket.ask(post("move", "/a", dest_fileid="/c", sign=once)), status=SIGN_FAILED, code=-77)
    assert bucket.names() == ["a", "b"]
