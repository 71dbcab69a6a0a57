"""What two SDKs or more read from each reply, held against the replies. Source: issue 12 §1; the SDKs' sources.

Java: FileOp.java (org.json: getInt, getString and getJSONArray throw where a member is missing or is
of another type). PHP: Api.php, SliceUploading.php. JS: qcloud_sdk.js (`!==`, `split`). Py: cos_op.py. C++: FileOp.cpp.
Node: cos.js.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from .bucket import Bucket
from .client import ONCE, form, get, post, some_bytes
from .slices import SLICE, content_of, data, finish, init, send, sha_of, slices, started
from .transcript import ABSENT, check_shape

Shape = dict[str, Any]

ENVELOPE: Shape = {"code": 0, "message": "SUCCESS", "request_id": str}
"""Java getInt(code); JS and wx code === 0; PHP reads request_id without asking whether it is there."""

READS: dict[str, dict[str, Shape]] = {
    "create": {"Java": {}, "PHP": {}, "JS": {"ctime": int}},
    "list": {
        "Java, C++": {"context": str, "listover": bool, "infos": list},
        "Py rm_recursive": {"infos": list, "context": str, "listover": bool},
    },
    "list of a file": {
        "PHP wrappers": {"filesize": int, "filelen": int, "name": str},
        "cosfs.py": {"sha": str, "ctime": int, "mtime": int},
        "Java": {"access_url": str, "source_url": str},
    },
    "list of a directory": {"cosfs.py, rm_recursive": {"name": "dir/", "sha": ABSENT, "filesize": ABSENT}},
    "stat": {
        "PHP download": {"source_url": str, "sha": str},
        "C++ getFileSourceUrl": {"filesize": int, "access_url": str},
        "Java FileStat": {"filelen": int, "ctime": int, "mtime": int, "biz_attr": str, "custom_headers": dict},
        "JS": {"authority": str, "name": str, "slicesize": int, "forbid": int},
    },
    "stat of a directory": {"Py": {"biz_attr": str, "ctime": int, "mtime": int}},
    "stat of the bucket": {"JS, Libcloud": {"authority": str, "ctime": int, "mtime": int, "biz_attr": str}},
    "upload": {
        "PHP, Py": {"access_url": str, "source_url": str, "url": str, "resource_path": str},
        "Node": {"url": str, "access_url": str},
    },
    "upload_slice_init": {
        "Java": {"session": str, "slice_size": int, "access_url": ABSENT},
        "PHP": {"session": str, "slice_size": int},
        "JS": {"session": str, "slice_size": int, "offset": int},
    },
    "upload_slice_init, instant": {
        "Java, Py, JS, C++": {"access_url": str, "session": ABSENT},
        "Node": {"url": str},
    },
    "upload_slice_data": {
        "C++": {"session": str, "offset": int, "access_url": ABSENT},
        "Py, serial": {"session": str, "offset": int, "datalen": int, "access_url": ABSENT},
    },
    "upload_slice_finish": {
        "PHP": {"access_url": str, "resource_path": str, "source_url": str},
        "JS": {"access_url": str, "source_url": str, "url": str},
    },
    "upload_slice_list": {
        "Java": {"session": str, "listparts": list},
        "JS": {"session": str, "slice_size": int, "filesize": int, "listparts": list},
    },
    "upload_slice_list of a part": {"Java, JS": {"offset": int, "datalen": int}},
    "upload_slice_list of a file": {"Java, JS": {"access_url": str, "session": ABSENT}},
    "upload_slice": {"Node": {"session": str, "offset": int, "slice_size": int, "url": ABSENT}},
    "upload_slice, the last": {"Node": {"url": str}},
}


def _instant(bucket: Bucket, content: bytes) -> Any:
    bucket.put("/first", content)
    return bucket.ok(init("/second", len(content), sha=sha_of(content)))


def _part(bucket: Bucket, content: bytes) -> Any:
    session = started(bucket, "/s", content)
    return bucket.ok(data("/s", session, 0, content[:SLICE]))


def _finished(bucket: Bucket, content: bytes) -> Any:
    session = started(bucket, "/s", content)
    send(bucket, "/s", session, slices(content))
    return bucket.ok(finish("/s", session, len(content)))


def _pending(bucket: Bucket, content: bytes) -> Any:
    _part(bucket, content)
    return bucket.ok(form("upload_slice_list", "/s"))


def _old(bucket: Bucket, content: bytes) -> Any:
    small = content[:100]
    fields: dict[str, Any] = {"sha": sha_of(small), "filesize": 100, "slice_size": SLICE}
    return bucket.ok(form("upload_slice", "/o", **fields))


def _old_end(bucket: Bucket, content: bytes) -> Any:
    return bucket.ok(form("upload_slice", "/o", content[:100], session=_old(bucket, content)["session"], offset=0))


REPLIES: dict[str, Callable[[Bucket, bytes], Any]] = {
    "create": lambda bucket, _: bucket.ok(post("create", "/new/")),
    "list": lambda bucket, _: bucket.ok(get("list", "/", num=9)),
    "list of a file": lambda bucket, _: bucket.ok(get("list", "/a", num=9))["infos"][0],
    "list of a directory": lambda bucket, _: bucket.ok(get("list", "/dir", num=9))["infos"][0],
    "stat": lambda bucket, _: bucket.stat("/a.txt"),
    "stat of a directory": lambda bucket, _: bucket.stat("/dir/"),
    "stat of the bucket": lambda bucket, _: bucket.stat("/"),
    "upload": lambda bucket, content: bucket.put("/u", content),
    "upload_slice_init": lambda bucket, content: bucket.ok(init("/s", len(content), sha=sha_of(content))),
    "upload_slice_init, instant": _instant,
    "upload_slice_data": _part,
    "upload_slice_finish": _finished,
    "upload_slice_list": _pending,
    "upload_slice_list of a part": lambda bucket, content: _pending(bucket, content)["listparts"][0],
    "upload_slice_list of a file": lambda bucket, _: bucket.ok(form("upload_slice_list", "/a.txt")),
    "upload_slice": _old,
    "upload_slice, the last": _old_end,
}


@pytest.mark.parametrize("reply", READS)
def test_the_members_that_sdks_read(furnished: Bucket, reply: str) -> None:
    found = REPLIES[reply](furnished, content_of(SLICE + 9, reply))
    for sdk, shape in READS[reply].items():
        check_shape(found, shape, f"{reply} as {sdk} reads it: {found}")


def test_the_envelope(furnished: Bucket) -> None:
    for ask in (
        get("stat", "/a.txt"),
        post("update", "/a.txt", sign=ONCE, biz_attr="x"),
        post("copy", "/a.txt", dest_fileid="/b"),
        post("delete", "/a.txt", sign=ONCE),
    ):
        reply = furnished.ask(ask)
        check_shape(json.loads(reply.body), ENVELOPE, str(reply))


def test_php_checks_the_download_by_stat(bucket: Bucket) -> None:
    """Api.php download(): GET source_url as it is, then sha1_file of it against sha."""
    content = some_bytes(1000, "php")
    bucket.put("/目录/a b.bin", content)
    found = bucket.stat("/目录/a b.bin")
    assert found["source_url"].isascii()
    assert found["sha"] == hashlib.sha1(content).hexdigest()


def test_js_compares_the_size_with_its_own(bucket: Bucket) -> None:
    """qcloud_sdk.js: data.filesize !== file.size; data.sha.split('_')[0]."""
    content = content_of(SLICE + 9, "js")
    started(bucket, "/s", content, sha=sha_of(content))
    listed = bucket.ok(form("upload_slice_list", "/s"))
    assert listed["filesize"] == len(content)
    assert listed["sha"].split("_")[0] == sha_of(content)
