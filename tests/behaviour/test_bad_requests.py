"""Requests, addresses, names and bodies that are wrong, each with its code, and nothing changed.

Source: issue 2 §3, last paragraph; seed 004 "CMD 错误码", "CGI 错误码", "请求结构"; wire facts §4, §8, §11.
"""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

import socket

import pytest

from .bucket import Bucket
from .client import BOUNDARY, MULTI, ONCE, Ask, Part, Sign, form, form_body, get, post
from .transcript import Line, check_reply, lines, unchanged

FORM = f"multipart/form-data; boundary={BOUNDARY}"
UPLOAD = [
    Part(name="op", value="upload"),
    Part(name="insertOnly", value="0"),
    Part(name="filecontent", value=b"new", filename="f"),
]
WHOLE = form_body(UPLOAD)


def raw(body: bytes, content_type: str | None, path: str = "/a.txt") -> Ask:
    """A POST with this very body."""
    return Ask(op=None, path=path, way="raw", body=body, content_type=content_type)


@lines(
    [
        Line(says="no op, JSON", ask=post("", "/a.txt"), status=400, code=-5980, why="seed -5980 缺少参数:op"),
        Line(says="no op, no body", ask=Ask(op=None, path="/a.txt", way="query"), status=400, code=-5980, why="seed -5980"),
        Line(says="no op, form", ask=Ask(op=None, path="/a.txt", way="form", parts=UPLOAD[1:]), status=400, code=-5980, why="seed -5980"),
        Line(says="no op, empty object", ask=raw(b"{}", "application/json"), status=400, code=-5980, why="seed -5980"),
        Line(says="op null", ask=raw(b'{"op":null}', "application/json"), status=400, code=(-5980, -5999), why="seed -5980"),
        Line(says="unknown op", ask=post("explode", "/a.txt"), status=400, code=(-5972, -5964), why="seed -5972; wire §8.1 -5964"),
        Line(says="unknown op, form", ask=form("Upload", "/a.txt", b"x"), status=400, code=(-5972, -5964), why="seed -5972"),
        Line(says="unknown op, GET", ask=get("explode", "/a.txt"), status=400, code=(-5972, -5964, -5996), why="seed -5972"),
        Line(says="op is an object", ask=raw(b'{"op":{"a":1}}', "application/json"), status=400, code=(-5999, -5992, -5972, -5980), why="seed -5999"),
        Line(says="PUT", ask=Ask(op="stat", path="/a.txt", way="get", method="PUT"), status=(400, 405), code=-5996, why="seed -5996 HTTP请求方法错误"),
        Line(says="DELETE", ask=Ask(op="delete", path="/a.txt", way="get", method="DELETE", sign=ONCE), status=(400, 405), code=-5996, why="seed -5996"),
        Line(says="stat by POST", ask=post("stat", "/a.txt"), status=(400, 405), code=(-5996, -5972), why="seed -5996"),
    ]
)  # fmt: skip
def test_operations_that_do_not_exist(steady: Bucket, line: Line) -> None:
    unchanged(steady, line)


@lines(
    [
        Line(says="cut-off JSON", ask=raw(b'{"op":"delete"', "application/json"), status=400, code=-5975, why="seed -5975; wire §4: the Node bug"),
        Line(says="no JSON", ask=raw(b"op=delete", "application/json"), status=400, code=-5975, why="seed -5975"),
        Line(says="no object", ask=raw(b'["delete"]', "application/json"), status=400, code=-5975, why="seed -5975"),
        Line(says="JSON that is not UTF-8", ask=raw(b'{"op":"update","biz_attr":"\xff\xfe"}', "application/json"), status=400, code=(-5975, -147), why="seed -5975, -147"),
        Line(says="JSON without end", ask=raw(b"[" * 100_000, "application/json"), status=400, code=-5975, why="seed -5975"),
        Line(says="two megabytes of JSON", ask=raw(b'{"op":"create","biz_attr":"' + b"x" * (2 << 20) + b'"}', "application/json", "/n/"), status=(400, 413), code=(-5975, -285, -5999), why="seed 413"),
        Line(says="a form without its boundary", ask=raw(WHOLE, "multipart/form-data"), status=400, code=-5993, why="seed -5993"),
        Line(says="a form with another boundary", ask=raw(WHOLE, "multipart/form-data; boundary=other"), status=400, code=-5993, why="seed -5993"),
        Line(says="no form at all", ask=raw(b"hello", FORM), status=400, code=-5993, why="seed -5993"),
        Line(says="an empty form", ask=raw(b"", FORM), status=400, code=(-5993, -5980), why="seed -5993"),
        Line(says="cut within the file", ask=raw(WHOLE[: WHOLE.index(b"new") + 2], FORM), status=400, code=-5993, why="seed -5993"),
        Line(says="cut before the last boundary", ask=raw(WHOLE[: WHOLE.index(b"new") + 3], FORM), status=400, code=-5993, why="seed -5993"),
        Line(says="cut within the last boundary", ask=raw(WHOLE[:-6], FORM), status=400, code=-5993, why="seed -5993"),
        Line(says="cut within a part's header", ask=raw(WHOLE[: WHOLE.index(b"filecontent") + 4], FORM), status=400, code=-5993, why="seed -5993"),
        Line(says="a part without a name", ask=raw(WHOLE.replace(b'; name="insertOnly"', b""), FORM), status=400, code=(-5993, -177), why="seed -5993"),
        Line(says="a part without Content-Disposition", ask=raw(WHOLE.replace(b'Content-Disposition: form-data; name="op"', b"X: y"), FORM), status=400, code=(-5993, -5980), why="seed -5993"),
        Line(says="two files", ask=raw(form_body([*UPLOAD, UPLOAD[2]]), FORM), status=400, code=-5993, why="seed -5993"),
        Line(says="a field twice", ask=raw(form_body([UPLOAD[0], *UPLOAD]), FORM), status=400, code=-5993, why="seed -5993"),
        Line(says="a field that is not UTF-8", ask=raw(form_body([*UPLOAD, Part(name="biz_attr", value=b"\xff\xfe")]), FORM), status=400, code=-147, why="seed -147"),
        Line(says="a thousand parts", ask=raw(form_body([Part(name=f"p{n}", value="x") for n in range(1000)] + UPLOAD), FORM), status=(400, 413), code=-5993, why="seed -5993"),
        Line(says="a field of 20 MB", ask=raw(form_body([Part(name="biz_attr", value=b"x" * (20 << 20)), *UPLOAD]), FORM), status=(400, 413), code=(-5993, -285, -5999), why="seed 413"),
        Line(says="an attribute of 1 MB", ask=form("upload", "/n", b"x", biz_attr="x" * (1 << 20)), status=(400, 413), code=(-182, -5999, -5993, -285), why="seed -182"),
        Line(says="a query that is not UTF-8", ask=Ask(op=None, path="/a.txt", way="get", url="/files/v2/{appid}/{bucket}/a.txt?op=stat&x=%ff"), status=400, code=-147, why="seed -147"),
    ]
)  # fmt: skip
def test_bodies_that_cannot_be_read(steady: Bucket, line: Line) -> None:
    ask = line.ask
    if ask.url is not None:
        url = ask.url.format(appid=steady.owner.appid, bucket=steady.name)
        line = Line(
            says=line.says, ask=Ask(op=None, path=ask.path, way="get", url=url), status=line.status, code=line.code
        )
    unchanged(steady, line)


NAMES = [
    ("not UTF-8", "/%ff%fe.txt", -147, "seed -147"),
    ("half a character", "/%E4%B8.txt", -147, "seed -147"),
    ("a surrogate", "/%ED%A0%80", -147, "seed -147"),
    ("overlong", "/%C0%AF", -147, "seed -147"),
    ("a directory that is not UTF-8", "/%ff/x", -147, "seed -147"),
    (".", "/./x", -180, "wire §11"),
    ("..", "/dir/../x", -180, "wire §11"),
    (".. at the end", "/dir/..", -180, "wire §11"),
    (". alone", "/.", -180, "wire §11"),
    (".. alone", "/..", -180, "wire §11"),
    (".. encoded", "/dir/%2e%2e/x", -180, "issue 2 §3: also percent-encoded"),
    (".. half encoded", "/dir/.%2E/x", -180, "issue 2 §3"),
    (". encoded", "/%2e/x", -180, "issue 2 §3"),
    (".. with encoded slashes", "/dir%2F..%2Fx", -180, "issue 2 §3"),
    ("out of the bucket", "/../demo/x", -180, "wire §11"),
    ("NUL", "/a%00b", -180, "issue 2 §3: control characters"),
    ("a line break", "/a%0Ab", -180, "issue 2 §3: control characters"),
    ("CR LF", "/a%0D%0Ab", -180, "issue 2 §3: control characters"),
    ("tab", "/a%09b", -180, "issue 2 §3: control characters"),
    ("escape", "/%1B[0m", -180, "issue 2 §3: control characters"),
    ("DEL", "/a%7Fb", -180, "issue 2 §3: control characters"),
    ("too long", "/" + "x" * 1100, (-5994, -180), "seed 总长度不得超过1024字节"),
    ("too long in bytes", "/" + "%E4%B8%AD" * 400, (-5994, -180), "seed 1024"),
    ("too deep", "/" + "d/" * 600 + "x", (-5994, -180), "seed 1024"),
    ("far too long", "/" + "x" * 8000, (-5994, -180), "seed 1024"),
]


@pytest.mark.parametrize(("says", "path", "code", "why"), NAMES, ids=[f"{line[0]} [{line[3]}]" for line in NAMES])
@pytest.mark.parametrize("op", ["upload", "upload_slice_init", "create", "stat"])
def test_names_that_cannot_be(steady: Bucket, says: str, path: str, code: object, why: str, op: str) -> None:
    url = f"/files/v2/{steady.owner.appid}/{steady.name}{path}" + ("/" if op == "create" else "")
    if op == "stat":
        ask = Ask(op=op, way="get", url=url)
    elif op == "create":
        ask = Ask(op=op, url=url)
    elif op == "upload":
        ask = Ask(op=op, way="form", content=b"x", url=url, fields={"insertOnly": "0"})
    else:
        ask = Ask(op=op, way="form", url=url, fields={"filesize": 9, "slice_size": 65536})
    status = (400, 414) if "long" in says or "deep" in says else 400
    unchanged(steady, Line(says=says, ask=ask, status=status, code=code))  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/%ff", "/../x", "/dir/%2e%2e/a.txt", "/a%00", "/" + "x" * 2000])
def test_names_that_cannot_be_downloaded(furnished: Bucket, path: str) -> None:
    """Seed 下载状态码: 404 and 403 are all there is for what does not exist."""
    target = f"/{furnished.host_name}{path}"
    reply = furnished.client.send("GET", target, headers=[("Authorization", furnished.sign(MULTI, ""))])
    assert reply.status in {400, 403, 404}, str(reply)
    assert b"alpha" not in reply.body


@pytest.mark.parametrize(
    ("url", "status", "codes"),
    [
        ("/files/v2/", 400, {-163, -162, -5994, -164}),
        ("/files/v2/1250000000", 400, {-163, -162, -5994, -164}),
        ("/files/v2/me/demo/x", 400, {-162, -163, -5994, -80}),
        ("/files/v2/99999999999999999999999/demo/x", 400, {-162, -163, -5994, -80}),
        ("/files/v3/1250000000/demo/x", 404, set()),
        ("/", 404, set()),
        ("/nothing/here", 404, set()),
    ],
)
def test_addresses_that_lead_nowhere(bucket: Bucket, url: str, status: int, codes: set[int]) -> None:
    """Seed -162, -163 path字段元素; -5994 url参数解析不匹配; -80 非法的业务ID."""
    reply = bucket.ask(Ask(op="stat", way="get", url=url))
    assert 400 <= reply.status < 500, str(reply)
    if codes:
        assert reply.code in codes, str(reply)
        assert reply.status == status, str(reply)


def exchange(bucket: Bucket, head: str, body: bytes, *, close: bool) -> bytes:
    """Send exactly this, half-close if asked, and give what comes back until the server ends it or pauses."""
    with socket.create_connection(("127.0.0.1", bucket.server.port), timeout=5) as sock:
        sock.sendall(head.encode() + body)
        if close:
            sock.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while chunk := sock.recv(65536):
                answer += chunk
                if not close and b"\r\n\r\n" in answer:
                    break
        except (TimeoutError, ConnectionResetError):
            pass
        return answer


def head_of(bucket: Bucket, path: str, length: int | str, content_type: str = FORM) -> str:
    """The header of an upload with an announced length."""
    return (
        f"POST /files/v2/{bucket.owner.appid}/{bucket.name}{path} HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: {bucket.sign(Sign(), path)}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
    )


@pytest.mark.parametrize("path", ["/a.txt", "/new.txt"])
@pytest.mark.parametrize("where", ["within the file", "within the last boundary", "before anything"])
@pytest.mark.parametrize("size", [3, 100_000])
def test_a_body_that_is_cut_off(furnished: Bucket, path: str, where: str, size: int) -> None:
    """Issue 2 §3. If a reply comes at all it is -5989 上传失败 or -5993."""
    body = form_body([*UPLOAD[:2], Part(name="filecontent", value=b"n" * size, filename="f")])
    kept = {
        "within the file": body.index(b"nnn") + size // 2,
        "within the last boundary": len(body) - 5,
        "before anything": 0,
    }
    before = furnished.picture()
    answer = exchange(furnished, head_of(furnished, path, len(body)), body[: kept[where]], close=True)
    if answer:
        assert b" 200 " not in answer.split(b"\r\n")[0], answer
        assert b'"code":-5989' in answer or b'"code":-5993' in answer, answer
    assert furnished.picture() == before


def test_a_body_longer_than_announced(furnished: Bucket) -> None:
    """Issue 2 §3: what was announced is cut, so the form has no end; the rest is no request."""
    before = furnished.picture()
    answer = exchange(furnished, head_of(furnished, "/new.txt", len(WHOLE) - 20), WHOLE, close=True)
    first = answer.split(b"\r\n")[0]
    assert b" 400 " in first, answer
    assert b'"code":-5993' in answer, answer
    assert furnished.picture() == before


@pytest.mark.parametrize(
    "header",
    [
        "Content-Length: five",
        "Content-Length: -5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Transfer-Encoding: nonsense",
    ],
)
def test_a_body_whose_length_cannot_be(furnished: Bucket, header: str) -> None:
    """RFC 9112 §6.3: refused, and the connection is over."""
    before = furnished.picture()
    head = head_of(furnished, "/new.txt", 0).replace("Content-Length: 0", header)
    answer = exchange(furnished, head, WHOLE, close=True)
    assert not answer or b" 400 " in answer.split(b"\r\n")[0] or b" 501 " in answer.split(b"\r\n")[0], answer
    assert furnished.picture() == before


def test_a_header_that_is_too_large(furnished: Bucket) -> None:
    """Issue 2 §2: header limits."""
    head = head_of(furnished, "/new.txt", 0).replace("Host: x", "Host: x\r\nX-Much: " + "x" * 100_000)
    answer = exchange(furnished, head, b"", close=True)
    assert not answer or answer.split(b" ")[1] in {b"400", b"413", b"431"}, answer[:200]


def test_the_server_is_still_there(furnished: Bucket) -> None:
    """After all of that."""
    check_reply(furnished.ask(get("stat", "/a.txt")), status=200, code=0)
