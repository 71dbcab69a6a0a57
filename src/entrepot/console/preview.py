"""What of an object can be looked at in a page, and its text. Pure; must not know where bytes come from.

Images, audio and video are shown by the browser, from an address of the store; an image runs nothing, an SVG neither
(HTML, "img": no scripting in images). All else is text or nothing: markup is shown as it is written.
"""

from __future__ import annotations

import codecs
from typing import Final, Literal

from entrepot.core.facts.records import Object
from entrepot.core.value import Value

TEXT_BYTES: Final = 64 << 10
"""How much of a text is shown."""
Kind = Literal["image", "audio", "video", "text"]
MEDIA: Final = frozenset({"image", "audio", "video"})
_UNSAID: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})
"""Types that say nothing of what something is; then the end of its name does."""
_IMAGES: Final = frozenset({
    "image/apng", "image/avif", "image/bmp", "image/gif", "image/jpeg", "image/png", "image/svg+xml",
    "image/vnd.microsoft.icon", "image/webp", "image/x-icon",
})  # fmt: skip
"""What browsers show. Source: MDN "Image file type and format guide"."""
_ENDINGS: Final = {
    "apng": "image/apng", "avif": "image/avif", "bmp": "image/bmp", "gif": "image/gif", "ico": "image/x-icon",
    "jpeg": "image/jpeg", "jpg": "image/jpeg", "png": "image/png", "svg": "image/svg+xml", "webp": "image/webp",
    "aac": "audio/aac", "flac": "audio/flac", "m4a": "audio/mp4", "mp3": "audio/mpeg", "oga": "audio/ogg",
    "ogg": "audio/ogg", "opus": "audio/ogg", "wav": "audio/wav", "weba": "audio/webm",
    "m4v": "video/mp4", "mov": "video/quicktime", "mp4": "video/mp4", "ogv": "video/ogg", "webm": "video/webm",
}  # fmt: skip
_TEXTS: Final = frozenset({
    "application/ecmascript", "application/javascript", "application/json", "application/sql", "application/toml",
    "application/x-httpd-php", "application/x-javascript", "application/x-ndjson", "application/x-sh",
    "application/x-yaml", "application/xhtml+xml", "application/xml", "application/yaml",
})  # fmt: skip
_CHARSETS: Final = frozenset({
    "ascii", "big5", "euc-jp", "euc-kr", "gb18030", "gb2312", "gbk", "iso-8859-1", "iso-8859-15", "koi8-r", "latin1",
    "shift_jis", "us-ascii", "utf-16", "utf-16be", "utf-16le", "utf-8", "utf8", "windows-1251", "windows-1252",
})  # fmt: skip
"""Encodings of text by the names that types give them; any other name counts as none."""
_PLAIN_CONTROLS: Final = frozenset("\t\n\r\f")


class Seen(Value, frozen=True, kw_only=True):
    """What an object is looked at as. ``media_type`` is what the store must say of it, None where it does so itself.

    ``sure``: its type says that it is a text; where not, its bytes decide.
    """

    kind: Kind
    media_type: str | None = None
    charset: str | None = None
    sure: bool = True


def seen_of(record: Object) -> Seen:
    """What an object is looked at as, by its type, or its name where that says nothing."""
    said, _, parameters = record.attributes.headers.get("Content-Type", "").partition(";")
    own = said.strip().lower()
    ending = record.key.rpartition(".")[2].lower()
    told = _ENDINGS.get(ending, "") if own in _UNSAID else own
    family = told.partition("/")[0]
    if told in _IMAGES:
        return Seen(kind="image", media_type=None if told == own else told)
    if family == "audio":
        return Seen(kind="audio", media_type=None if told == own else told)
    if family == "video":
        return Seen(kind="video", media_type=None if told == own else told)
    sure = family == "text" or told in _TEXTS or told.endswith(("+json", "+xml"))
    return Seen(kind="text", charset=_charset(parameters), sure=sure)


def _charset(parameters: str) -> str | None:
    for one in parameters.split(";"):
        name, _, value = one.partition("=")
        told = value.strip().strip('"').lower()
        if name.strip().lower() == "charset" and told in _CHARSETS:
            return told
    return None


def is_plain(record: Object) -> bool:
    """Whether the bytes are those of the content itself, not compressed for the way."""
    return record.attributes.headers.get("Content-Encoding", "").strip().lower() in {"", "identity"}


def text_of(data: bytes, seen: Seen, *, whole: bool) -> str | None:
    """The text that bytes are, ``whole`` or the beginning of one; None where they are none."""
    decoder = codecs.getincrementaldecoder(seen.charset or "utf-8-sig")
    text: str | None
    try:
        text = decoder("strict").decode(data, final=whole)
    except UnicodeDecodeError:
        text = decoder("replace").decode(data, final=whole) if seen.sure else None
    if text is None or "\0" in text:
        return None
    if not seen.sure and any(one < " " and one not in _PLAIN_CONTROLS for one in text):
        return None
    return text.replace("\r\n", "\n")
