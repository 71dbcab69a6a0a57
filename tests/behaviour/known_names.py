"""What the API's document and its clients' sources say of each operation: the independent list of what may be sent.

Data only: written from seed 004 and the sources of the SDKs, not from the server. ``ASKS`` holds one good request for
each operation on a furnished bucket; ``GIVEN`` a value for every name that any operation knows.
"""

from __future__ import annotations

from typing import Any

from .client import MULTI, ONCE, Ask, form, get, post

SLICE = 65536
CHAPTERS: dict[str, set[str]] = {
    "create": {"op", "biz_attr"},
    "list": {"op", "num", "context", "order", "pattern", "list_flag", "delimiter"},
    "stat": {"op"},
    "delete": {"op"},
    "update": {"op", "biz_attr", "authority", "custom_headers", "forbid", "flag"},
    "upload": {"op", "filecontent", "sha", "sha1", "biz_attr", "insertOnly"},
    "upload_slice_init": {"op", "filesize", "slice_size", "sha", "uploadparts", "biz_attr", "insertOnly"},
    "upload_slice_data": {"op", "filecontent", "session", "offset", "sha", "sliceSize", "datamd5"},
    "upload_slice_finish": {"op", "session", "filesize", "fileSize", "sha"},
    "upload_slice_list": {"op"},
    "upload_slice": {"op", "filesize", "slice_size", "sha", "uploadparts", "biz_attr", "insertOnly", "session"},
    "upload_slice with content": {"op", "filecontent", "session", "offset", "insertOnly"},
    "move": {"op", "dest_fileid", "to_over_write", "filecontent"},
    "copy": {"op", "dest_fileid", "to_over_write", "filecontent"},
}
"""Seed 004, a chapter an operation; the rest from RequestBodyKey.java, CosParams.h, qcloud_sdk.js, File.php (acgrid),
CosCloud.cs, cos.js (Node), and wire facts §6.
"""

GIVEN: dict[str, Any] = {
    "biz_attr": "changed", "num": 9, "context": "", "order": 0, "pattern": "eListBoth", "list_flag": 1,
    "delimiter": "/", "authority": "eWPrivateRPublic", "custom_headers": {"Cache-Control": "changed"}, "forbid": 1,
    "flag": 193, "sha": "0" * 40, "sha1": "0" * 40, "insertOnly": 0, "filesize": 5, "slice_size": SLICE,
    "uploadparts": "[]", "session": "0" * 32, "offset": 0, "sliceSize": SLICE, "datamd5": "0" * 32, "fileSize": 5,
    "dest_fileid": "/elsewhere.txt", "to_over_write": 1,
}  # fmt: skip

NEVER = (
    "colour",
    "Op",
    "OP",
    "insertonly",
    "bizAttr",
    "biz-attr",
    "acl",
    "x-cos-acl",
    "recursive",
    "versionId",
    "_",
    "",
)
"""Names that no chapter has: unknown, other spellings, other APIs' words, a cache buster."""


def asks(session: str, whole: str, old: str, small: bytes) -> dict[str, Ask]:
    """A good request for each operation.

    ``session`` is /pending.bin's, ``whole`` one with all its slices there, ``old`` one of the older protocol whose file
    is ``small``.
    """
    return {
        "create": post("create", "/new/", biz_attr="b"),
        "list": get("list", "/", num=9),
        "stat": get("stat", "/a.txt"),
        "delete": post("delete", "/dir/b.txt", sign=ONCE),
        "update": post("update", "/a.txt", sign=ONCE, custom_headers={"Content-Language": "de"}),
        "upload": form("upload", "/a.txt", b"new", insertOnly="0"),
        "upload_slice_init": form("upload_slice_init", "/n", filesize=5, slice_size=SLICE, insertOnly="0"),
        "upload_slice_data": form("upload_slice_data", "/pending.bin", b"q" * SLICE, session=session, offset=0),
        "upload_slice_finish": form("upload_slice_finish", "/whole.bin", session=whole, filesize=SLICE),
        "upload_slice_list": form("upload_slice_list", "/pending.bin"),
        "upload_slice": form("upload_slice", "/o", filesize=5, slice_size=SLICE, sha="1" * 40),
        "upload_slice with content": form("upload_slice", "/old.bin", small, session=old, offset=0),
        "move": post("move", "/implied/deep/c.txt", dest_fileid="/moved.txt", sign=MULTI),
        "copy": post("copy", "/implied/deep/c.txt", dest_fileid="/copied.txt", sign=MULTI),
    }


DOWNLOADS_REFUSED = (
    "op=stat", "op=", "num=5", "insertOnly=0", "sign=x&sign=y", "%73ign=x", "Sign=x", "cmd=doc_preview", "cmd=",
    "response-content-type=text/html", "response-content-disposition=attachment", "acl", "ACL", "acl=", "%61cl",
    "uploads", "versions", "versionId=1", "versioning", "tagging", "symlink", "restore", "torrent", "partNumber=1",
    "uploadId=1", "imageMogr2/thumbnail/!50p", "imageMogr2", "imagemogr2/format/webp", "imageView2/1/w/100",
    "imageInfo", "imageInfo|watermark/2/text/eA==", "imageInspect", "imageAve", "exif", "watermark/2/text/eA==",
    "style/small", "ci-process=snapshot&time=1", "ci-process=doc-preview&page=1", "image_process=x",
    "x-cos-security-token=t", "x-cos-traffic-limit=819200", "x-oss-process=image/resize,w_100",
    "x-tos-process=image/resize", "x-ci-process=x", "v=3&acl", "v=3&imageMogr2/thumbnail/10x",
)  # fmt: skip
"""Query names of the cloud's SDKs for objects (cos-go-sdk-v5, cos-python-sdk-v5, cos-java-sdk-v5, cos-nodejs-sdk-v5),
of this API, and of image processing: whoever sends one expects another reply than the plain file.
"""

DOWNLOADS_IGNORED = ("v=3", "20240101", "_=1", "utm_source=x&utm_medium=y", "%ff", "a=%ff", "", "=", "t=1&t=2", "x&x")
"""What pages add to an address."""
