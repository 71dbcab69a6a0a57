"""What each operation of COS JSON knows: its parameters, and the headers that no operation has. Data only.

A parameter that is not in the table of its operation is refused before anything changes; one that stands there and has
no effect says why, and who sends it. Names count by case, as the seed writes them; ``filecontent`` alone has two
spellings (wire facts §0, rule 7). Where a parameter may stand follows from its kind: content is a part of a form, all
else may stand in the JSON body, in the form or in the query of a POST (rule 5), and of a GET in its query only.
Source: seed 004, "请求内容" of each chapter; sources of the SDKs (Py 0.0.27, PHP 4.3.11, Java 4.7, C++ 4.2, JS 1.2.1,
wx, .NET 4.2, Node 1.0.6, qos 0.0.6, py3 0.1.4, acgrid); wire facts §5, §6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["text", "number", "object", "content"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter. Exactly one of ``does`` and ``ignored`` (it has no effect, and why) is set.

    ``only``: the values of one that is ignored; with another value it would ask for something that is not done.
    """

    name: str
    kind: Kind = "text"
    does: str = ""
    ignored: str = ""
    only: tuple[str, ...] = ()


Known = Mapping[str, Parameter]


def _known(*parameters: Parameter) -> Known:
    return {parameter.name: parameter for parameter in (_OP, *parameters)}


_OP = Parameter(name="op", does="names the operation")
_BIZ_ATTR = Parameter(name="biz_attr", does="one opaque text, kept; given back by stat")
_CONTENT = Parameter(name="filecontent", kind="content", does="the bytes; also spelt `fileContent`")
_INSERT_ONLY = Parameter(name="insertOnly", kind="number", does="0 overwrites; 1, empty or absent does not")
_SHA = Parameter(name="sha", does="SHA-1 of the bytes, compared with those that arrived")
_SESSION = Parameter(name="session", does="names the upload")
_FILESIZE = Parameter(name="filesize", kind="number", does="bytes of the whole file")
_SLICE_SIZE = Parameter(name="slice_size", kind="number", does="bytes of every slice but the last")
_OFFSET = Parameter(name="offset", kind="number", does="where the slice begins")
_NUM = Parameter(name="num", kind="number", does="most entries of the page, 1 to 1000; absent: 1000")
_CONTEXT = Parameter(name="context", does="goes on after the page whose reply had it; empty: the first page")
_ORDER = Parameter(name="order", kind="number", does="0 ascending, 1 descending (Node, JS, wx)")
_PATTERN = Parameter(name="pattern", does="`eListBoth`, `eListDirOnly`, `eListFileOnly`, also without the e (Node, JS)")
_LIST_FLAG = Parameter(
    name="list_flag", only=("0", "1", ""), ignored="Java and C++ always send 1, C++ 0 at will; no reply depends on it"
)
_DELIMITER = Parameter(
    name="delimiter", only=("/", ""), ignored="Java always sends the slash, Py at will; a listing is of one level"
)
_WHOLE_SHA = Parameter(
    name="sha", ignored="Py, Java, C++ and JS repeat the whole file's with each slice; init and finish compare it"
)

CREATE: Final = _known(_BIZ_ATTR)
LIST: Final = _known(_NUM, _CONTEXT, _ORDER, _PATTERN, _LIST_FLAG, _DELIMITER)
STAT: Final = _known()
DELETE: Final = _known()
UPDATE: Final = _known(
    _BIZ_ATTR,
    Parameter(name="authority", does="`eInvalid`, `eWRPrivate` or `eWPrivateRPublic`; empty (C++): as if absent"),
    Parameter(name="custom_headers", kind="object", does="headers to set: an object, or a text that holds one"),
    Parameter(name="forbid", kind="number", does="0 open, 1 closed to reading, 2 to writing, 3 to both (C++, .NET)"),
    Parameter(
        name="flag", kind="number", does="which are changed: 1 biz_attr, 64 custom_headers, 128 authority (Node)"
    ),
)  # fmt: skip
UPLOAD: Final = _known(
    _CONTENT, _SHA, Parameter(name="sha1", does="the same as sha, as acgrid spells it"), _BIZ_ATTR, _INSERT_ONLY
)
SLICE_INIT: Final = _known(
    _FILESIZE,
    _SLICE_SIZE,
    Parameter(name="sha", does="SHA-1 of the whole file: finds its bytes at once, and is compared at the end"),
    Parameter(name="uploadparts", does="the slices as a JSON text; must cover the file, its last digest is compared"),
    _BIZ_ATTR,
    _INSERT_ONLY,
)
SLICE_DATA: Final = _known(
    _CONTENT,
    _SESSION,
    _OFFSET,
    Parameter(name="datamd5", does="MD5 of the slice (PHP); compared, and must come before the content"),
    _WHOLE_SHA,
    Parameter(name="sliceSize", kind="number", ignored="JS repeats the slice size; the session has it"),
)
SLICE_FINISH: Final = _known(
    _SESSION,
    _FILESIZE,
    Parameter(name="fileSize", kind="number", does="the same as filesize, as .NET spells it"),
    Parameter(name="sha", does="SHA-1 of the whole file, compared before it becomes visible"),
)
SLICE_LIST: Final = _known()
OLD_START: Final = _known(
    _FILESIZE,
    _SLICE_SIZE,
    Parameter(name="sha", does="SHA-1 of the whole file; needed"),
    Parameter(name="uploadparts", does="as for upload_slice_init"),
    _BIZ_ATTR,
    _INSERT_ONLY,
    Parameter(name="session", ignored="Node names the session that it goes on with; it is found by its SHA-1"),
)
OLD_DATA: Final = _known(
    _CONTENT,
    _SESSION,
    _OFFSET,
    Parameter(name="insertOnly", kind="number", ignored="Node repeats it with each slice; the session has it"),
)
RELOCATE: Final = _known(
    Parameter(name="dest_fileid", does="the new path: from the root with a leading slash, else beside the source"),
    Parameter(name="to_over_write", kind="number", does="1 overwrites; 0, empty or absent does not"),
    Parameter(name="filecontent", kind="content", only=("",), ignored="py3 sends an empty part with move and copy"),
)  # fmt: skip

CUSTOM_HEADERS: Final = {
    "cache-control": "Cache-Control",
    "content-type": "Content-Type",
    "content-disposition": "Content-Disposition",
    "content-language": "Content-Language",
    "content-encoding": "Content-Encoding",
}
"""Members of custom_headers, beside ``x-cos-meta-*``; kept, given back by stat, sent with downloads.

Source: seed 004 "custom_headers 数据集合可以包含以下参数".
"""
META: Final = "x-cos-meta-"

HEADER_PREFIXES: Final = ("x-cos-", "x-ci-")
"""Headers below these are the cloud's own, of its other API. COS JSON has none: none of its SDKs sends one."""

HEADERS: Final = {
    "content-md5": "this API compares bytes by sha in the form",
    "content-range": "slices say their place by offset",
    "content-encoding": "bodies are read as they are sent",
    "if-match": "changes have no conditions here but insertOnly and to_over_write",
    "if-none-match": "changes have no conditions here but insertOnly and to_over_write",
    "if-unmodified-since": "changes have no conditions here but insertOnly and to_over_write",
    "pic-operations": "images are not processed here",
}
"""Headers that would ask a change for something that this API does not do, and why."""
