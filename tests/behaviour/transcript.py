"""Transcripts: what is asked, and what must come back, in one line each.

Law: expected codes and shapes are those of the seed and of the wire facts, named in ``why``; where those leave several
codes open, a line lists them. What the server happens to answer is no source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from .bucket import Bucket
from .client import Ask, Reply

One = int | tuple[int, ...]
ABSENT = object()
"""In a shape: the field must not be there."""

SIGN_FAILED = (401, 403)
"""Source: seed 004 "后端HTTP返回码" 401 and 403; wire facts §8.2."""

SYMBOLS: dict[int, tuple[str, ...]] = {
    0: ("SUCCESS",),
    -61: ("ERROR_PROXY_SIGN_BUCKET_NOTMATCH",),
    -62: ("ERROR_PROXY_AUTH_APPID",),
    -63: ("ERROR_PROXY_FILEID_NOTMATCH",),
    -70: ("ERROR_PROXY_APPID_USERID_NOTMATCH",),
    -73: ("ERROR_PROXY_AUTH_ONCESIGN_EXPIREDNOTEMPTY",),
    -74: ("ERROR_PROXY_AUTH_MULTISIGN_EXPIREDEMPTY",),
    -75: ("ERROR_PROXY_AUTH_UNSUPPORTED_OP",),
    -76: ("ERROR_PROXY_AUTH_ONCESIGN_NOFILEID",),
    -77: ("ERROR_PROXY_AUTH_REPLAY_ATTACH",),
    -79: ("ERROR_PROXY_AUTH_SECRETID_NOEXIST",),
    -81: ("ERROR_PROXY_AUTH_SIGN_EMPTY",),
    -82: ("ERROR_PROXY_AUTH_APPID_NOEXIST",),
    -96: ("ERROR_PROXY_AUTH_EXPIRED",),
    -97: ("ERROR_PROXY_AUTH_FAILED",),
    -147: ("ERROR_CMD_NOT_UTF8_ENCODING",),
    -157: ("ERROR_CMD_PARAM_MIN_NUM",),
    -158: ("ERROR_CMD_PARAM_AUTH_TYPE",),
    -160: ("ERROR_CMD_PARAM_PAHT_FILE_SURPLUS_SLASH",),
    -161: ("ERROR_CMD_PARAM_PATH_DIR_MISSING_SLASH",),
    -166: ("ERROR_CMD_COS_INDEX_ERROR",),
    -168: ("ERROR_CMD_COS_INVALID_SHA",),
    -170: ("ERROR_CMD_COS_INVALID_LIST_NUM",),
    -173: ("ERROR_CMD_COS_DIR_NOT_EMPTY",),
    -174: ("ERROR_CMD_COS_SHA_NOT_EQU",),
    -175: ("ERROR_CMD_COS_FILE_SIZE_NOT_EQU",),
    -177: ("ERROR_CMD_COS_FILE_EXIST",),
    -178: ("ERROR_CMD_COS_PATH_CONFLICT",),
    -179: ("ERROR_CMD_COS_INVALID_MOD_FLAG",),
    -180: ("ERROR_CMD_COS_INVALID_PATH",),
    -182: ("ERROR_CMD_PARAM_INVALID",),
    -197: ("ERROR_CMD_FILE_NOTEXIST",),
    -199: ("ERROR_CMD_FILE_MOVE_ERROR",),
    -283: ("ERROR_PROCESS_SLICE_TOO_SMALL",),
    -284: ("ERROR_PROCESS_WRONG_SLICE_SIZE",),
    -285: ("ERROR_PROCESS_FILE_TOO_LARGE",),
    -290: ("ERROR_PROCESS_OFFSET",),
    -4015: ("ErrTheSameOffset",),
    -4016: ("ErrNotSameSHA",),
    -4019: ("ErrOffsetToZero",),
    -5971: ("ERROR_CGI_PARAM_MISSING_FILESIZE",),
    -5972: ("ERROR_CGI_UNSUPPORTED_METHOD",),
    -5975: ("ERROR_CGI_JSON_PARSE_ERROR",),
    -5979: ("ERROR_CGI_PARAM_MISSING_SHA",),
    -5980: ("ERROR_CGI_PARAM_MISSING_OP",),
    -5983: ("ERROR_CGI_WRONG_SESSION",),
    -5984: ("ERROR_CGI_SHA_NOT_MATCH",),
    -5990: ("ERROR_CGI_MISSING_FILECONTENT",),
    -5991: ("ERROR_CGI_SLICE",),
    -5992: ("ERROR_CGI_REQ_PARAM",),
    -5993: ("ERROR_CGI_FORM_ERR",),
    -5994: ("ERROR_CGI_URL_NOTMATCH",),
    -5995: ("ERROR_CGI_FILESIZE",),
    -5996: ("ERROR_CGI_REQ_METHOD",),
    -5998: ("ERROR_CGI_AUTHORIZATION",),
    -5999: ("ERROR_CGI_PARAM",),
}
"""The symbol is the message, literally (wire facts §0, rule 14). Source: seed 004 "错误码"."""

DIRECTORY_ENTRY = {
    "ctime": int,
    "mtime": int,
    "sha": ABSENT,
    "filesize": ABSENT,
    "filelen": ABSENT,
    "access_url": ABSENT,
}
"""Wire facts §0, rule 20."""
FILE_ENTRY = {
    "name": str,
    "filesize": int,
    "filelen": int,
    "sha": re.compile(r"[0-9a-f]{40}"),
    "ctime": int,
    "mtime": int,
    "access_url": re.compile(r"https?://.+"),
    "source_url": re.compile(r"https?://.+"),
}
FILE_STAT = {
    **FILE_ENTRY,
    "biz_attr": str,
    "preview_url": re.compile(r"https?://.+\?cmd=txt_preview"),
    "authority": str,
    "custom_headers": dict,
    "forbid": int,
    "slicesize": int,
}
UPLOADED = {
    "access_url": re.compile(r"https?://.+"),
    "source_url": re.compile(r"https?://.+"),
    "url": re.compile(r"https?://.+/files/v2/.+"),
    "resource_path": re.compile(r"/\d+/[a-z0-9]+/.+"),
    "session": ABSENT,
}
"""Seed 004 "简单上传文件"; an instant upload and a finished sliced one look alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One request and its expected reply. ``data`` None means that the reply has no data."""

    says: str
    ask: Ask
    status: One = 200
    code: One = 0
    data: Mapping[str, Any] | None = field(default_factory=dict)
    why: str = ""


def lines(given: Iterable[Line]) -> pytest.MarkDecorator:
    """A test for each line; ids are what it says and why."""
    table = list(given)
    return pytest.mark.parametrize("line", table, ids=[f"{line.says} [{line.why}]" for line in table])


def played(bucket: Bucket, line: Line) -> Reply:
    """Play one line."""
    reply = bucket.ask(line.ask)
    check_reply(reply, status=line.status, code=line.code)
    if reply.code == 0:
        assert (reply.data is None) == (line.data is None), str(reply)
        if line.data is not None:
            check_shape(reply.data, line.data, str(reply))
    return reply


def check_reply(reply: Reply, *, status: One, code: One) -> None:
    """The envelope of any reply of the API: status, code, symbol, JSON, a request id."""
    assert reply.headers["content-type"] == "application/json; charset=utf-8", str(reply)
    codes = (code,) if isinstance(code, int) else code
    assert reply.code in codes, f"{reply}, expected {codes}"
    assert reply.status in ((status,) if isinstance(status, int) else status), f"{reply}, expected {status}"
    symbols = SYMBOLS.get(reply.code)
    assert symbols is None or reply.message in symbols, str(reply)
    assert reply.code == 0 or reply.data is None, str(reply)
    assert reply.headers.get("x-cos-request-id"), str(reply)


def check_shape(found: Any, shape: Mapping[str, Any], said: str) -> None:
    """Fields by type, pattern, value, or absence; more fields may be there."""
    for name, expected in shape.items():
        if expected is ABSENT:
            assert name not in found, f"{name} is there: {said}"
            continue
        assert name in found, f"{name} is missing: {said}"
        value = found[name]
        if isinstance(expected, type):
            assert type(value) is expected, f"{name} is {value!r}, no {expected.__name__}: {said}"
        elif isinstance(expected, re.Pattern):
            assert isinstance(value, str), said
            assert expected.fullmatch(value), f"{name} is {value!r}: {said}"
        else:
            assert value == expected, f"{name} is {value!r}, expected {expected!r}: {said}"


def unchanged(bucket: Bucket, line: Line) -> Reply:
    """Play a line that must fail and leave everything in the bucket as it was."""
    before = bucket.known or bucket.picture()
    bucket.known, known = None, bucket.known
    reply = played(bucket, line)
    assert reply.code != 0, str(reply)
    assert bucket.picture() == before, f"something changed: {reply}"
    bucket.known = known
    return reply
