"""console/preview: as what an object is looked at, and which bytes are a text."""

from __future__ import annotations

import pytest

from entrepot.console.preview import TEXT_BYTES, Seen, is_plain, seen_of, text_of
from entrepot.console.rendering import visible_lines
from entrepot.core.facts.records import Attributes, Object


def an_object(key: str, **headers: str) -> Object:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Object(
        bucket=1, key=key, size=1, segments=(), crc64=None, sha1=None, md5=None, part_bytes=1, created_at=0.0,
        modified_at=0.0, attributes=Attributes(headers=named), stored_by=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "said", "expected"),
    [
        ("a", "image/png", Seen(kind="image")),
        ("a.html", "IMAGE/PNG ; q=1", Seen(kind="image")),
        ("a.png", "", Seen(kind="image", media_type="image/png")),
        ("a.JPG", "application/octet-stream", Seen(kind="image", media_type="image/jpeg")),
        ("a.svg", "binary/octet-stream", Seen(kind="image", media_type="image/svg+xml")),
        ("a.png", "text/html", Seen(kind="text")),
        ("a", "image/tiff", Seen(kind="text", sure=False)),
        ("a", "audio/x-anything", Seen(kind="audio")),
        ("a.mp4", "", Seen(kind="video", media_type="video/mp4")),
        ("a", "video/webm;codecs=vp8", Seen(kind="video")),
        ("a", "text/html; charset=GBK", Seen(kind="text", charset="gbk")),
        ("a", 'text/plain; charset="utf-8"', Seen(kind="text", charset="utf-8")),
        ("a", "text/plain; charset=zip", Seen(kind="text")),
        ("a", "text/plain; charset=rot13", Seen(kind="text")),
        ("a", "application/problem+json", Seen(kind="text")),
        ("a", "application/xhtml+xml", Seen(kind="text")),
        ("a.txt", "", Seen(kind="text", sure=False)),
        ("a", "application/zip", Seen(kind="text", sure=False)),
    ],
)
def test_what_an_object_is_looked_at_as(key: str, said: str, expected: Seen) -> None:
    assert seen_of(an_object(key, **({"Content_Type": said} if said else {}))) == expected


SURE, UNSURE = Seen(kind="text"), Seen(kind="text", sure=False)


@pytest.mark.parametrize(
    ("data", "seen", "expected"),
    [
        (b"", UNSURE, ""),
        ("图片 <script>\n".encode(), UNSURE, "图片 <script>\n"),
        (b"\xef\xbb\xbfafter a mark\r\n", UNSURE, "after a mark\n"),
        (b"PK\x03\x04", UNSURE, None),
        (b"\xff\xfe\xfd", UNSURE, None),
        (b"\xff?", SURE, "\ufffd?"),
        (b"\x1b[31mred", SURE, "\x1b[31mred"),
        (b"a\0b", SURE, None),
        ("文字".encode("gbk"), Seen(kind="text", charset="gbk"), "文字"),
        ("文字".encode("utf-16"), Seen(kind="text", charset="utf-16"), "文字"),
    ],
)  # fmt: skip
def test_which_bytes_are_a_text(data: bytes, seen: Seen, expected: str | None) -> None:
    assert text_of(data, seen, whole=True) == expected


def test_a_letter_that_is_cut_at_the_end_is_left_away() -> None:
    data = "é".encode() * TEXT_BYTES
    assert text_of(data[:7], UNSURE, whole=False) == "ééé"
    assert text_of(data[:7], UNSURE, whole=True) is None
    assert text_of(data[:7], SURE, whole=True) == "ééé\ufffd"


def test_what_is_compressed_is_no_text() -> None:
    assert [is_plain(an_object("a", Content_Encoding=one)) for one in ("gzip", "br, gzip", "identity")] == [
        False, False, True,
    ]  # fmt: skip
    assert is_plain(an_object("a"))


def test_letters_that_cannot_be_seen_are_told() -> None:
    assert visible_lines("a\u202eb\tc\n\x1b\r\u200b") == "a\\u202eb\tc\n\\x1b\\r\\u200b"
