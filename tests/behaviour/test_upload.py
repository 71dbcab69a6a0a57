"""op=upload: a whole file in one form, in every encoding that SDKs use. Source: seed 004 "简单上传文件"; wire §5, §6.6."""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

import hashlib
import socket
from contextlib import suppress
from typing import Any

import pytest

from .bucket import Bucket, NewBucket
from .client import BOUNDARY, MULTI, ONCE, Ask, Part, Sign, form, form_body, get, post, read_from
from .server import Server
from .transcript import SIGN_FAILED, UPLOADED, Line, check_reply, check_shape, lines, played, unchanged

BYTES = b"hello, \r\n--" + BOUNDARY.encode()[:6] + b"\x00\xff binary\r\n"
SHA = hashlib.sha1(BYTES).hexdigest()
PLAIN = ("Content-Type: text/plain; charset=UTF-8", "Content-Transfer-Encoding: 8bit")
OCTETS = ("Content-Type: application/octet-stream",)


def file_part(name: str = "filecontent", filename: str | None = None, headers: tuple[str, ...] = ()) -> Part:
    """The part with the bytes."""
    return Part(name=name, value=BYTES, filename=filename, headers=headers)


def texts(*, filename: bool = False, headers: tuple[str, ...] = (), **fields: str) -> list[Part]:
    """Text parts; a client may give each a file name."""
    return [
        Part(name=name, value=value, filename=name if filename else None, headers=headers)
        for name, value in fields.items()
    ]


SHAPES: dict[str, list[Part]] = {
    "seed: plain texts, filecontent with a path for a filename": [
        *texts(op="upload", sha=SHA, biz_attr="note"),
        file_part(filename="/data/cos-php-sdk/111.txt", headers=OCTETS),
    ],
    "Py: every field has a filename, filecontent first, op last": [
        file_part(filename="filecontent"),
        *texts(filename=True, insertOnly="0", sha=SHA, biz_attr="note", op="upload"),
    ],
    "py3: filecontent with an empty filename and a type": [
        *texts(op="upload", insertOnly="1", biz_attr="note"),
        file_part(filename="", headers=("Content-Type: text/x-python",)),
    ],
    "PHP: no filename, no Content-Type, empty insertOnly": [
        *texts(op="upload", sha=SHA, biz_attr="note", insertOnly=""),
        file_part(),
    ],
    "Java: fileContent, Content-Transfer-Encoding, no filename": [
        *texts(headers=PLAIN, op="upload", sha=SHA, biz_attr="note", insertOnly="1"),
        file_part("fileContent", headers=(*OCTETS, "Content-Transfer-Encoding: binary")),
    ],
    "C++: filename data": [*texts(op="upload", sha=SHA, biz_attr="note"), file_part(filename="data", headers=OCTETS)],
    "Node: the local name and a guessed type": [
        *texts(op="upload", sha=SHA, biz_attr="note", insertOnly="1"),
        file_part(filename="local name.txt", headers=("Content-Type: text/plain",)),
    ],
    "JS: fileContent is a blob": [
        *texts(op="upload", biz_attr="note", insertOnly="1"),
        file_part("fileContent", filename="blob", headers=OCTETS),
    ],
    "qos: octet-stream without a filename": [*texts(op="upload", biz_attr="note"), file_part(headers=OCTETS)],
    "Android: parts have their own Content-Length": [
        *[
            Part(name=name, value=value, headers=(f"Content-Length: {len(value)}",))
            for name, value in (("op", "upload"), ("biz_attr", "note"))
        ],
        file_part(headers=(*OCTETS, f"Content-Length: {len(BYTES)}")),
    ],
    "aiohttp: upper-case part headers": [
        Part(name="op", value="upload", disposition="CONTENT-DISPOSITION"),
        Part(name="biz_attr", value="note", disposition="CONTENT-DISPOSITION"),
        Part(name="filecontent", value=BYTES, filename="f", disposition="CONTENT-DISPOSITION", headers=OCTETS),
    ],
    "acgrid: sends sha1 for sha": [*texts(op="upload", sha1=SHA, biz_attr="note"), file_part(filename="f")],
    "filecontent in the middle": [*texts(op="upload"), file_part(filename="f"), *texts(biz_attr="note")],
}
"""Wire facts §5, "Multipart part shapes", and §6.6."""


def sent(parts: list[Part], *, path: str = "/dir/file.bin", preamble: bytes = b"", kind: str | None = None) -> Ask:
    """The request."""
    content_type = kind or f"multipart/form-data; boundary={BOUNDARY}"
    return Ask(op=None, path=path, way="raw", body=form_body(parts, preamble=preamble), content_type=content_type)


def check_stored(bucket: Bucket, path: str = "/dir/file.bin", note: str = "note") -> None:
    """The file is whole."""
    found = bucket.stat(path)
    assert (found["sha"], found["filesize"], found["biz_attr"]) == (SHA, len(BYTES), note)
    assert bucket.content(path) == BYTES


@pytest.mark.parametrize("parts", SHAPES.values(), ids=SHAPES.keys())
def test_every_shape_of_form(bucket: Bucket, parts: list[Part]) -> None:
    played(bucket, Line(says="", ask=sent(parts), data=UPLOADED))
    check_stored(bucket)


@pytest.mark.parametrize(
    ("kind", "preamble"),
    [
        (f'multipart/form-data; boundary="{BOUNDARY}"', b""),
        (f"multipart/form-data; charset=utf-8; boundary={BOUNDARY}", b""),
        (f"Multipart/Form-Data; Boundary={BOUNDARY}", b""),
        (f"multipart/form-data;boundary={BOUNDARY}", b"\r\n"),
    ],
    ids=["quoted (wire §14)", "charset", "capitals", ".NET: CRLF before the first boundary (wire §4)"],
)
def test_every_way_to_say_boundary(bucket: Bucket, kind: str, preamble: bytes) -> None:
    parts = [*texts(op="upload", biz_attr="note"), file_part(filename="f")]
    played(bucket, Line(says="", ask=sent(parts, kind=kind, preamble=preamble), data=UPLOADED))
    check_stored(bucket)


def test_texts_in_the_query_and_the_file_alone_in_the_form(bucket: Bucket) -> None:
    """Wire facts §0, rule 5: every parameter in JSON, form or query, on any POST."""
    ask = Ask(
        op=None, path="/q", way="form", parts=[file_part(filename="f")], query={"op": "upload", "biz_attr": "a b+c"}
    )
    played(bucket, Line(says="", ask=ask, data=UPLOADED))
    check_stored(bucket, "/q", "a b+c")


def test_a_plus_in_the_query_is_a_space(bucket: Bucket) -> None:
    """Wire facts §0, rule 11."""
    url = f"/files/v2/{bucket.owner.appid}/{bucket.name}/q?op=upload&biz_attr=a+b%2Bc"
    bucket.ok(Ask(op=None, way="form", parts=[file_part(filename="f")], url=url))
    assert bucket.stat("/q")["biz_attr"] == "a b+c"


@lines(
    [
        Line(says="multi", ask=form("upload", "/u", BYTES), data=UPLOADED, why="seed table"),
        Line(says="bound to the path", ask=form("upload", "/u", BYTES, sign=Sign(bind="/u")), data=UPLOADED, why="wire §3.2: Py, Java"),
        Line(says="bound to a prefix", ask=form("upload", "/d/u", BYTES, sign=Sign(bind="/d/")), data=UPLOADED, why="seed: 支持前缀匹配"),
        Line(says="bound to the bucket", ask=form("upload", "/u", BYTES, sign=Sign(bind="/")), data=UPLOADED, why="wire §3.2: py3"),
        Line(says="once", ask=form("upload", "/u", BYTES, sign=ONCE), data=UPLOADED, why="wire §3.3: never reject once"),
        Line(says="in the query", ask=form("upload", "/u", BYTES, sign=Sign(by="query")), data=UPLOADED, why="wire §0.2"),
    ]
)  # fmt: skip
def test_signatures(bucket: Bucket, line: Line) -> None:
    played(bucket, line)
    assert bucket.content(line.ask.path) == BYTES


def test_the_reply_names_the_resource(bucket: Bucket) -> None:
    """Seed 简单上传文件, sample: resource_path is /appid/bucket/path, not encoded."""
    data = bucket.put("/目录/文 件.txt")
    assert data["resource_path"] == f"/{bucket.owner.appid}/{bucket.name}/目录/文 件.txt"
    assert data["access_url"].isascii(), "wire facts §0, rule 23"
    assert " " not in data["source_url"]


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 1 << 20, 20 * 1024 * 1024])
def test_every_size_up_to_20_mb(bucket: Bucket, size: int) -> None:
    """Seed 简单上传文件: <= 20MB."""
    content = hashlib.sha256(b"%d" % size).digest() * (size // 32 + 1)
    content = content[:size]
    bucket.put("/f", content, sha=hashlib.sha1(content).hexdigest())
    assert bucket.stat("/f")["filesize"] == size
    assert bucket.content("/f") == content


@pytest.mark.parametrize("insert_only", [None, 1, "1", ""], ids=repr)
def test_insert_only_is_the_default(bucket: Bucket, insert_only: object) -> None:
    """Seed: 默认为1不覆盖; wire facts §0 rule 24, §11: the same bytes are a success, others -177."""
    fields: dict[str, Any] = {} if insert_only is None else {"insertOnly": insert_only}
    first = bucket.ok(form("upload", "/f", b"first", biz_attr="1", **fields))
    again = bucket.ok(form("upload", "/f", b"first", biz_attr="2", **fields))
    assert again == first
    check_reply(bucket.ask(form("upload", "/f", b"other", **fields)), status=400, code=-177)
    assert bucket.content("/f") == b"first"


@pytest.mark.parametrize("insert_only", [0, "0"], ids=repr)
def test_overwriting_when_asked(bucket: Bucket, insert_only: object) -> None:
    bucket.put("/f", b"first", biz_attr="1")
    bucket.ok(form("upload", "/f", b"second", biz_attr="2", insertOnly=insert_only))
    assert bucket.content("/f") == b"second"
    assert bucket.stat("/f")["biz_attr"] == "2"
    assert bucket.names() == ["f"]


def test_overwriting_a_file_closed_to_writing(bucket: Bucket) -> None:
    """Wire facts §6.4: forbid 2."""
    bucket.put("/f", b"first")
    bucket.update("/f", forbid=2)
    reply = bucket.ask(form("upload", "/f", b"second", insertOnly=0))
    assert 400 <= reply.status < 500, str(reply)
    assert bucket.content("/f") == b"first"


@pytest.mark.parametrize(
    ("name", "sent_type", "served"),
    [
        ("a.png", None, "image/png"),
        ("a.png", "application/octet-stream", "image/png"),
        ("a", "image/gif", "image/gif"),
        ("a", None, "application/octet-stream"),
        ("a.txt", None, "text/plain"),
    ],
)
def test_the_type_is_guessed_from_the_name(bucket: Bucket, name: str, sent_type: str | None, served: str) -> None:
    """Wire facts §5, last paragraph [inf]."""
    headers = () if sent_type is None else (f"Content-Type: {sent_type}",)
    bucket.ok(Ask(op="upload", path=f"/{name}", way="form", parts=[*texts(op="upload"), file_part(headers=headers)]))
    assert bucket.download(f"/{name}").headers["content-type"].partition(";")[0] == served


MIB = 1024 * 1024
TOO_MUCH = b"x" * (21 * MIB)


@lines(
    [
        Line(says="no file part", ask=form("upload", "/n"), status=400, code=-5990, why="seed -5990"),
        Line(says="a JSON body", ask=post("upload", "/n", sha=SHA), status=400, code=-5990, why="seed -5990"),
        Line(says="an empty POST", ask=Ask(op="upload", path="/n", way="query"), status=400, code=-5990, why="wire §4: C++"),
        Line(says="another SHA", ask=form("upload", "/n", b"x", sha=SHA), status=400, code=(-5984, -174), why="seed -5984; wire §6.6"),
        Line(says="another sha1", ask=form("upload", "/n", b"x", sha1=SHA), status=400, code=(-5984, -174), why="seed -5984; acgrid, File.php"),
        Line(says="an unknown field", ask=form("upload", "/n", b"x", colour="blue"), status=400, code=-5999, why="issue 11 §1"),
        Line(says="another SHA over a file", ask=form("upload", "/a.txt", b"x", sha=SHA, insertOnly=0), status=400, code=(-5984, -174), why="seed -5984"),
        Line(says="no SHA at all", ask=form("upload", "/n", b"x", sha="12345"), status=400, code=(-168, -5984), why="seed -168"),
        Line(says="SHA of 40 other letters", ask=form("upload", "/n", b"x", sha="g" * 40), status=400, code=(-168, -5984), why="seed -168"),
        Line(says="it exists", ask=form("upload", "/a.txt", b"other"), status=400, code=-177, why="seed -177; wire §0.24"),
        Line(says="a directory's path", ask=form("upload", "/n/", b"x"), status=400, code=(-160, -5964), why="seed -160; wire §6.6"),
        Line(says="the bucket's path", ask=form("upload", "/", b"x"), status=400, code=(-160, -164, -5964), why="seed -160, -164"),
        Line(says="where a directory is", ask=form("upload", "/dir", b"x", insertOnly=0), status=400, code=-178, why="wire §11"),
        Line(says="where an implied directory is", ask=form("upload", "/implied/deep", b"x", insertOnly=0), status=400, code=-178, why="wire §11"),
        Line(says="below a file", ask=form("upload", "/a.txt/x", b"x"), status=400, code=-178, why="wire §11"),
        Line(says="insertOnly 2", ask=form("upload", "/n", b"x", insertOnly=2), status=400, code=(-5999, -5992, -182), why="seed 有效值 0, 1"),
        Line(says="insertOnly no number", ask=form("upload", "/n", b"x", insertOnly="no"), status=400, code=(-5999, -5992, -182), why="seed -5999"),
        Line(says="21 MB", ask=form("upload", "/n", TOO_MUCH), status=413, code=-285, why="seed 413, -285"),
        Line(says="21 MB over a file", ask=form("upload", "/a.txt", TOO_MUCH, insertOnly=0), status=413, code=-285, why="seed 413, -285"),
        Line(says="one byte over 20 MB", ask=form("upload", "/n", TOO_MUCH[: 20 * MIB + 1]), status=413, code=-285, why="seed <= 20MB"),
        Line(says="no signature", ask=form("upload", "/n", b"x", sign=None), status=SIGN_FAILED, code=-81, why="wire §3.3"),
        Line(says="bound elsewhere", ask=form("upload", "/n", b"x", sign=Sign(bind="/m")), status=SIGN_FAILED, code=-63, why="seed -63"),
        Line(says="GET", ask=get("upload", "/n"), status=(400, 405), code=(-5996, -5972), why="seed -5996"),
    ]
)  # fmt: skip
def test_refused_and_nothing_changed(steady: Bucket, line: Line) -> None:
    unchanged(steady, line)


@pytest.mark.parametrize("size", [len(TOO_MUCH), 35 * MIB, 300 * MIB])
def test_too_much_is_refused_while_it_streams(bucket: Bucket, size: int) -> None:
    """Issue 2 §3: refused while it streams, memory flat. Most of the announced body is never sent."""
    head, _, _ = form_body([*texts(op="upload"), Part(name="filecontent", value=b"#", filename="f")]).partition(b"#")
    request = (
        f"POST /files/v2/{bucket.owner.appid}/{bucket.name}/big HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: {bucket.sign(MULTI, '/big')}\r\nContent-Length: {size}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    ).encode()
    before = bucket.server.peak_bytes()
    with socket.create_connection(("127.0.0.1", bucket.server.port), timeout=15) as sock:
        sock.sendall(request + head)
        with suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(20 * 16 + 1):
                sock.sendall(b"x" * (MIB // 16))
        check_reply(read_from(sock), status=413, code=-285)
    assert bucket.server.peak_bytes() - before < 12 * MIB
    assert bucket.names() == []


def test_parents_are_needed_under_need_parent(new_bucket: NewBucket, strict_server: Server) -> None:
    """Issue 2 §3 readings: a setting makes them required. Seed 简单上传文件: 前置条件:指定的文件目录已存在."""
    bucket = new_bucket(on=strict_server)
    bucket.put("/top", b"t")
    reply = bucket.ask(form("upload", "/d/f", b"x"))
    assert 400 <= reply.status < 500, str(reply)
    assert reply.code in {-197, -166, -178, -180}, str(reply)
    assert bucket.names() == ["top"]
    bucket.make("/d/")
    check_shape(bucket.put("/d/f", b"x"), UPLOADED, "")
    for ask in (
        post("move", "/top", dest_fileid="/e/top", sign=ONCE),
        post("copy", "/top", dest_fileid="/e/top", sign=ONCE),
        form("upload_slice_init", "/e/s", filesize=1, slice_size=65536),
    ):
        refused = bucket.ask(ask)
        assert refused.code in {-197, -166, -178, -180, -199}, str(refused)
    assert bucket.names() == ["d/", "top"]
