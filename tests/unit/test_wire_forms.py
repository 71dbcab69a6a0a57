"""wire/forms: the same form, however its bytes are cut. Source: RFC 7578; wire facts §5."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.wire.forms import FilePart, FormReader, boundary_of
from entrepot.wire.http import ESCAPES_MAX, pairs_of

from .asking import chunks

BOUNDARY = "XbX"
KIND = f"multipart/form-data; boundary={BOUNDARY}"
CONTENT = b"\r\n--XbY\r\n-\r\n--Xb\r\r\n\x00\xff--XbX?\r\n"
"""Bytes that look like the boundary again and again."""
FORM = (
    b'--XbX\r\nContent-Disposition: form-data; name="first"\r\n\r\none\r\n'
    b'--XbX\r\nContent-Disposition: form-data; name="FileContent"; filename="a b.bin"\r\nContent-Type: image/x\r\n\r\n'
    + CONTENT
    + b'\r\n--XbX\r\nContent-Disposition: form-data; name="empty"; filename="empty"\r\n\r\n\r\n'
    b'--XbX\r\ncontent-disposition: form-data; name="last"\r\n\r\n' + "中\r\n".encode() + b"\r\n--XbX--\r\n"
)
FIELDS = [("first", "one"), ("empty", ""), ("last", "中\r\n")]


async def read(
    pieces: Iterable[bytes], *, kind: str = KIND, limit: int = 1000
) -> tuple[list[tuple[str, str]], list[tuple[FilePart, bytes]]]:
    """The fields and the files."""
    files: list[tuple[FilePart, bytes]] = []

    async def take(part: FilePart, content: AsyncIterator[bytes]) -> None:
        files.append((part, b"".join([bytes(chunk) async for chunk in content])))

    reader = FormReader(kind, lambda name: name == "filecontent", take, limit)
    form = await reader.read(chunks(pieces))
    return form.fields, files


def check_whole(fields: list[tuple[str, str]], files: list[tuple[FilePart, bytes]]) -> None:
    """It is the form above."""
    assert fields == FIELDS
    assert files == [(FilePart(name="FileContent", filename="a b.bin", content_type="image/x"), CONTENT)]


async def test_in_one_piece() -> None:
    check_whole(*await read([FORM]))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 13, 64])
async def test_in_pieces_of_one_size(size: int) -> None:
    check_whole(*await read(FORM[at : at + size] for at in range(0, len(FORM), size)))


async def test_cut_in_two_anywhere() -> None:
    for at in range(len(FORM) + 1):
        check_whole(*await read([piece for piece in (FORM[:at], FORM[at:]) if piece]))


async def test_cut_in_three_around_the_boundaries() -> None:
    marks = [at for at in range(len(FORM)) if FORM[at : at + 5] == b"--XbX"]
    for mark in marks:
        for before in range(max(0, mark - 4), mark + 6):
            for after in range(before + 1, min(len(FORM), before + 9)):
                check_whole(*await read([p for p in (FORM[:before], FORM[before:after], FORM[after:]) if p]))


@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_a_form_that_ends_early_is_malformed_wherever_it_ends(size: int) -> None:
    """Up to its last boundary; what follows that may be missing."""
    end = FORM.rindex(b"--XbX--") + len(b"--XbX--")
    for at in range(end):
        cut = FORM[:at]
        with pytest.raises(Fault) as caught:
            await read(cut[start : start + size] for start in range(0, len(cut), size))
        assert caught.value.kind is Kind.MALFORMED, at
        assert caught.value.reason == "form", at


async def test_the_end_may_lack_its_line_break() -> None:
    check_whole(*await read([FORM[:-2]]))


async def test_a_preamble_is_skipped() -> None:
    """Wire facts §4: .NET starts with CRLF."""
    check_whole(*await read([b"\r\n", FORM]))


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", "abc"),
        ('multipart/form-data; boundary="a b:c"', "a b:c"),
        ("multipart/form-data; charset=utf-8; Boundary=abc; x=y", "abc"),
        ("multipart/form-data;boundary=----WebKitFormBoundary7MA4YWxk", "----WebKitFormBoundary7MA4YWxk"),
    ],
)
def test_boundaries(content_type: str, boundary: str) -> None:
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", 'multipart/form-data; boundary=""']
)
def test_no_boundary(content_type: str) -> None:
    with pytest.raises(Fault) as caught:
        boundary_of(content_type)
    assert caught.value.kind is Kind.MALFORMED


async def test_texts_have_a_limit_together() -> None:
    part = b'--XbX\r\nContent-Disposition: form-data; name="n%d"\r\n\r\n' + b"x" * 40 + b"\r\n"
    body = b"".join(part.replace(b"%d", b"%d" % n) for n in range(3)) + b"--XbX--\r\n"
    fields, _ = await read([body], limit=120)
    assert len(fields) == 3
    with pytest.raises(Fault) as caught:
        await read([body], limit=119)
    assert caught.value.kind is Kind.TOO_LARGE


async def test_a_text_that_is_not_utf_8() -> None:
    body = b'--XbX\r\nContent-Disposition: form-data; name="n"\r\n\r\n\xff\r\n--XbX--\r\n'
    with pytest.raises(Fault) as caught:
        await read([body])
    assert (caught.value.kind, caught.value.reason) == (Kind.MALFORMED, "utf8")


@pytest.mark.parametrize(
    "body",
    [
        b"no form",
        b"--XbX\r\nX: y\r\n\r\nvalue\r\n--XbX--\r\n",
        b"--XbX\r\nno colon\r\n\r\nvalue\r\n--XbX--\r\n",
        b"--other\r\n\r\n\r\n--other--\r\n",
        b"--XbX\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n\r\n--XbX--\r\n",
    ],
)
async def test_malformed(body: bytes) -> None:
    with pytest.raises(Fault) as caught:
        await read([body])
    assert caught.value.kind is Kind.MALFORMED


async def test_a_fault_of_the_consumer_comes_through() -> None:
    async def take(_part: FilePart, content: AsyncIterator[bytes]) -> None:
        async for _ in content:
            raise Fault(Kind.TOO_LARGE, "enough")

    reader = FormReader(KIND, lambda name: name == "filecontent", take, 1000)
    with pytest.raises(Fault) as caught:
        await reader.read(chunks([FORM]))
    assert caught.value.kind is Kind.TOO_LARGE


def test_escapes_have_a_bound() -> None:
    """A megabyte of them took half a second, of a call that nobody had signed."""
    assert pairs_of("a=b%20c+d&e=", 64) == [("a", "b c d"), ("e", "")]
    assert len(pairs_of("a=" + "%25" * ESCAPES_MAX, 64)[0][1]) == ESCAPES_MAX
    for text in ("a=" + "%25" * (ESCAPES_MAX + 1), "&".join(["a=b"] * 65), "a=%ff"):
        with pytest.raises(ValueError):  # noqa: PT011 - UnicodeDecodeError is one
            pairs_of(text, 64)
