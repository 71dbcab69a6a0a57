"""Downloads: GET and HEAD with ranges, conditions and stored headers. Source: seed 004 "下载状态码"; wire §3.4; RFC 9110 §13, §14."""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

import json
from email.utils import formatdate

import pytest

from .bucket import Bucket
from .client import Ask, Sign, form, some_bytes

BYTES = bytes(range(256)) * 4


@pytest.fixture
def stored(bucket: Bucket) -> Bucket:
    """A bucket with /f.bin of 1,024 bytes and headers of its own."""
    bucket.put("/f.bin", BYTES)
    headers = {
        "Cache-Control": "max-age=60",
        "Content-Type": "application/x-thing",
        "Content-Disposition": "attachment; filename=t.bin",
        "Content-Language": "de",
        "Content-Encoding": "identity",
        "x-cos-meta-colour": "blue",
    }
    bucket.update("/f.bin", custom_headers=headers)
    return bucket


def test_stored_headers_are_served(stored: Bucket) -> None:
    """Seed 更新文件属性, custom_headers; wire facts §6.4, §11."""
    reply = stored.download("/f.bin")
    assert (reply.status, reply.body) == (200, BYTES)
    expected = {
        "cache-control": "max-age=60",
        "content-type": "application/x-thing",
        "content-disposition": "attachment; filename=t.bin",
        "content-language": "de",
        "content-encoding": "identity",
        "x-cos-meta-colour": "blue",
        "content-length": "1024",
        "accept-ranges": "bytes",
    }
    assert {name: reply.headers.get(name) for name in expected} == expected
    assert reply.headers["etag"]
    assert reply.headers["last-modified"].endswith(" GMT")


def test_head_is_get_without_the_body(stored: Bucket) -> None:
    full, head = stored.download("/f.bin"), stored.download("/f.bin", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    aside = ("date", "x-cos-request-id")
    assert {n: v for n, v in head.headers.items() if n not in aside} == {
        n: v for n, v in full.headers.items() if n not in aside
    }


RANGES = [
    ("bytes=0-0", 206, (0, 1)),
    ("bytes=0-1023", 206, (0, 1024)),
    ("bytes=100-199", 206, (100, 200)),
    ("bytes=1000-", 206, (1000, 1024)),
    ("bytes=-24", 206, (1000, 1024)),
    ("bytes=-5000", 206, (0, 1024)),
    ("bytes=1000-2000", 206, (1000, 1024)),
    ("bytes=10-9223372036854775807", 206, (10, 1024)),
    ("Bytes=5-6", (206, 200), (5, 7)),
    ("bytes=1024-", 416, None),
    ("bytes=5000-6000", 416, None),
    ("bytes=-0", 416, None),
    ("bytes=9-3", 200, None),
    ("bytes=a-b", 200, None),
    ("bytes=", 200, None),
    ("bytes=-", 200, None),
    ("bytes", 200, None),
    ("lines=0-5", 200, None),
    ("bytes=0-1,5-6", (200, 206), None),
]
"""C++ reads beyond the end, Java asks for a-9223372036854775807 (wire facts §3.4)."""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("asked", "status", "span"), RANGES, ids=[line[0] for line in RANGES])
def test_ranges(stored: Bucket, method: str, asked: str, status: object, span: tuple[int, int] | None) -> None:
    reply = stored.download("/f.bin", headers=[("Range", asked)], method=method)
    assert reply.status in (status if isinstance(status, tuple) else (status,)), str(reply)
    if reply.status == 206 and span is not None:
        first, end = span
        assert reply.headers["content-range"] == f"bytes {first}-{end - 1}/1024"
        assert reply.headers["content-length"] == str(end - first)
        assert reply.headers["content-type"] == "application/x-thing"
        assert reply.body == (BYTES[first:end] if method == "GET" else b"")
    elif reply.status == 416:
        assert reply.headers["content-range"] == "bytes */1024"
    elif reply.status == 200 and method == "GET":
        assert reply.body == BYTES


@pytest.mark.parametrize("size", [1, 16 * 1024, 70_000, 3 * 65536 + 5], ids=str)
def test_ranges_of_every_kind_of_storage(bucket: Bucket, size: int) -> None:
    """Small files, large ones, and files of several slices: every range is the same cut."""
    content = some_bytes(size, size)
    bucket.put("/whole", content)
    session = bucket.ok(form("upload_slice_init", "/sliced", filesize=size, slice_size=65536))["session"]
    for offset in range(0, size, 65536):
        bucket.ok(
            form("upload_slice_data", "/sliced", content[offset : offset + 65536], session=session, offset=offset)
        )
    bucket.ok(form("upload_slice_finish", "/sliced", session=session, filesize=size))
    cuts = [
        (0, 0),
        (0, size - 1),
        (size - 1, size - 1),
        (size // 3, size // 2),
        (min(65535, size - 1), min(65536, size - 1)),
    ]
    for path in ("/whole", "/sliced"):
        assert bucket.content(path) == content
        for first, last in cuts:
            reply = bucket.download(path, headers=[("Range", f"bytes={first}-{last}")])
            assert (reply.status, reply.body) == (206, content[first : last + 1]), f"{path} {first}-{last}"


def test_an_empty_file(bucket: Bucket) -> None:
    bucket.put("/empty", b"")
    reply = bucket.download("/empty")
    assert (reply.status, reply.body, reply.headers["content-length"]) == (200, b"", "0")
    assert bucket.download("/empty", headers=[("Range", "bytes=0-9")]).status in {200, 416}


def test_conditions(stored: Bucket) -> None:
    """RFC 9110 §13."""
    plain = stored.download("/f.bin")
    etag, modified = plain.headers["etag"], plain.headers["last-modified"]
    mtime = stored.stat("/f.bin")["mtime"]
    before, after = formatdate(mtime - 60, usegmt=True), formatdate(mtime + 60, usegmt=True)
    table: list[tuple[dict[str, str], int]] = [
        ({"If-Match": etag}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": f'"other", {etag}'}, 200),
        ({"If-Match": '"other"'}, 412),
        ({"If-None-Match": etag}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": "W/" + etag}, 304),
        ({"If-None-Match": f'"x",{etag}'}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-Modified-Since": modified}, 304),
        ({"If-Modified-Since": after}, 304),
        ({"If-Modified-Since": before}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-Unmodified-Since": modified}, 200),
        ({"If-Unmodified-Since": before}, 412),
        ({"If-Unmodified-Since": "yesterday"}, 200),
        ({"If-None-Match": '"other"', "If-Modified-Since": after}, 200),
        ({"If-Match": etag, "If-Unmodified-Since": before}, 200),
        ({"If-Match": '"other"', "If-None-Match": etag}, 412),
    ]
    for headers, status in table:
        for method in ("GET", "HEAD"):
            reply = stored.download("/f.bin", headers=list(headers.items()), method=method)
            assert reply.status == status, f"{method} {headers} -> {reply}"
            if status == 304:
                assert reply.body == b""
                assert reply.headers["etag"] == etag


def test_if_range(stored: Bucket) -> None:
    """RFC 9110 §13.1.5."""
    plain = stored.download("/f.bin")
    ranged = ("Range", "bytes=0-9")
    for value, status in (
        (plain.headers["etag"], 206),
        (plain.headers["last-modified"], 206),
        ('"other"', 200),
        ("W/" + plain.headers["etag"], 200),
        (formatdate(0, usegmt=True), 200),
        ("nonsense", 200),
    ):
        assert stored.download("/f.bin", headers=[ranged, ("If-Range", value)]).status == status, value


def test_a_failed_condition_comes_before_the_range(stored: Bucket) -> None:
    """RFC 9110 §13.2.2."""
    headers = [("Range", "bytes=5000-"), ("If-Match", '"other"')]
    assert stored.download("/f.bin", headers=headers).status == 412


def test_the_entity_tag_follows_the_bytes(stored: Bucket) -> None:
    first = stored.download("/f.bin").headers["etag"]
    stored.put("/f.bin", b"other")
    assert stored.download("/f.bin").headers["etag"] != first
    stored.put("/g.bin", BYTES)
    assert stored.download("/g.bin").headers["etag"] == first, "the same bytes have the same tag"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/none", 404, -6101),
        ("HEAD", "/none", 404, None),
        ("GET", "/", 404, -6101),
        ("GET", "/pending.bin", 404, -45062),
        ("POST", "/f.bin", 405, None),
        ("PUT", "/f.bin", 405, None),
        ("DELETE", "/f.bin", 405, None),
    ],
)
def test_what_cannot_be_downloaded(stored: Bucket, method: str, path: str, status: int, code: int | None) -> None:
    """Seed 下载状态码: 404, 405; -6101 文件不存在, -45062 文件未上传完成. Body as wire facts §3.4."""
    stored.ok(form("upload_slice_init", "/pending.bin", filesize=10, slice_size=65536))
    reply = stored.download(path, method=method)
    assert reply.status == status, str(reply)
    if code is not None:
        said = json.loads(reply.body)
        assert (said["errorcode"], said["retcode"]) == (code, code), str(reply)
        assert isinstance(said["errormsg"], str)
    assert stored.content("/f.bin") == BYTES


def test_on_the_api_path_without_op(stored: Bucket) -> None:
    """Wire facts §3.4: py3 get_file, a header signature, a double slash."""
    base = f"/files/v2/{stored.owner.appid}/{stored.name}"
    for url in (f"{base}/f.bin", f"{base}//f.bin"):
        for sign in (Sign(), Sign(bind="/f.bin"), Sign(by="query")):
            reply = stored.ask(Ask(op=None, path="/f.bin", way="get", url=url, sign=sign))
            assert (reply.status, reply.body) == (200, BYTES), str(reply)
    ranged = Ask(op=None, path="/f.bin", way="get", headers=[("Range", "bytes=1-2")])
    assert stored.ask(ranged).body == BYTES[1:3]
    missing = stored.ask(Ask(op=None, path="/none", way="get"))
    assert missing.status == 404


@pytest.mark.parametrize("f", ["/f.bin", "f.bin"])
def test_on_the_api_path_with_the_download_signature_of_py3(stored: Bucket, f: str) -> None:
    """Wire facts §3.4: py3 get_file signs f=/path, without appid and bucket; py3 may omit the slash (§3.2)."""
    url = f"/files/v2/{stored.owner.appid}/{stored.name}//f.bin"
    reply = stored.ask(Ask(op=None, path="/f.bin", way="get", url=url, sign=Sign(f=f)))
    assert (reply.status, reply.body) == (200, BYTES), str(reply)


def test_preview_is_text(stored: Bucket) -> None:
    """Wire facts §1: ?cmd=txt_preview. The bytes are shown, whatever type they have."""
    stored.put("/page.html", b"<script>alert(1)</script>")
    reply = stored.download("/page.html", query="cmd=txt_preview")
    assert (reply.status, reply.body) == (200, b"<script>alert(1)</script>")
    assert reply.headers["content-type"].startswith("text/plain")


def test_a_file_that_is_overwritten_is_served_whole(stored: Bucket) -> None:
    for number in range(5):
        content = b"%d" % number * (20_000 * number + 1)
        stored.put("/f.bin", content)
        assert stored.content("/f.bin") == content
