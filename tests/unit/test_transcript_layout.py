"""How a transcript is written and read: what is written is read as the same, and what is not understood is refused."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.transcript.entry import (
    Answered,
    Asked,
    Bytes,
    Entry,
    File,
    Head,
    Kept,
    Repeated,
    Signing,
    Text,
)
from entrepot.transcript.layout import LINE_MAX, TranscriptError, head_lines, lines, read_head
from entrepot.transcript.template import literal

START = "entrepot transcript 1\n"
EXCHANGE = START + "== 1 +0.000 s3 PutObject\n> PUT /a\n< 200\n"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
templates = texts.map(literal)
"""Any text, with what would be a variable written so that it is none."""
words = st.text("abcXYZ019-_./%", min_size=1, max_size=20)
names = st.text("abcdefgh-", min_size=1, max_size=12)
headers = st.lists(st.tuples(names, templates), max_size=4).map(tuple)
pieces = st.one_of(
    st.builds(Text, text=templates.filter(bool)),
    st.builds(Text, text=texts.filter(bool), data=st.just(True)),
    st.builds(Bytes, content=st.binary(min_size=1, max_size=200)),
    st.builds(Repeated, length=st.integers(1, 10**12), period=st.binary(min_size=1, max_size=40)),
    st.builds(Kept, length=st.integers(1, 10**12), sha256=st.text("0123456789abcdef", min_size=64, max_size=64)),
)


def apart(found: list[Any]) -> tuple[Any, ...]:
    """Pieces as a writer makes them: no two texts, or runs of bytes, beside each other."""
    kept: list[Any] = []
    for one in found:
        last = kept[-1] if kept else None
        alike = type(last) is type(one) and isinstance(one, Text | Bytes)
        if not (alike and getattr(last, "data", None) == getattr(one, "data", None)):
            kept.append(one)
    return tuple(kept)


bodies = st.lists(pieces, max_size=5).map(apart)
signings = st.builds(
    Signing, scheme=words, key=st.integers(1, 99).map(str), bucket=st.none() | words, object=st.just("") | words
).map(lambda one: one if one.bucket is not None or not one.object else Signing(scheme=one.scheme, key=one.key))
asked = st.builds(
    Asked, method=st.sampled_from(["GET", "PUT", "POST"]), target=words, headers=headers, body=bodies,
    form=st.none() | st.lists(st.tuples(templates, templates), min_size=1, max_size=3).map(tuple),
    chunked=st.booleans(), trailers=st.none() | st.lists(st.tuples(names, words), max_size=2).map(tuple),
    signing=st.none() | signings, texts=st.lists(st.tuples(names, templates), max_size=2).map(tuple),
)  # fmt: skip
answered = st.builds(
    Answered, status=st.integers(100, 599), headers=headers, body=bodies, cause=st.just("") | templates.filter(bool)
)
entries = st.builds(
    Entry, number=st.integers(1, 10**6), seconds=st.integers(0, 10**8).map(lambda one: one / 1000),
    dialect=st.sampled_from(["s3", "cos_json"]), operation=st.sampled_from(["PutObject", "-"]), asked=asked,
    answered=answered,
)  # fmt: skip


def read(text: str) -> tuple[Head, list[Entry]]:
    """A transcript."""
    head, found = read_head(io.BytesIO(text.encode("utf-8")))
    return head, list(found)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(entries, max_size=2))
def test_what_is_written_is_read(found: list[Entry]) -> None:
    head = Head(recorded="2026-11-30T10:00:00Z", by="entrepot 1", keys=(("1", "1"), ("3", "1")), left_out=2)
    text = "".join(f"{line}\n" for line in [*head_lines(head), *(line for one in found for line in lines(one))])
    read_first, read_rest = read(text)
    assert read_first == head
    assert [
        (one.number, one.seconds, one.dialect, one.operation, one.asked, one.answered) for one in read_rest
    ] == [(one.number, one.seconds, one.dialect, one.operation, one.asked, one.answered) for one in found]  # fmt: skip


def test_a_form_and_its_file() -> None:
    made = Asked(
        method="POST", target="/", form=(("key", "a"),), file=File(name="file", filename=None, content_type="a/b"),
        body=(Text(text="x", data=True),), texts=(("form-policy", '{"expiration": "${now.iso-ms+600}"}'),),
    )  # fmt: skip
    entry = Entry(number=1, seconds=0, dialect="s3", operation="-", asked=made, answered=Answered(status=204))
    assert read(START + "".join(f"{line}\n" for line in lines(entry)))[1][0].asked == made


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("", 0, "a transcript begins with"),
        ("entrepot transcript 9\n", 1, "a transcript begins with"),
        (START + "secret x\n", 2, "is none of"),
        (START + "== one\n", 2, "does not begin an exchange"),
        (START + "== 1 +0.000 s3 PutObject\n> PUT /a\n", 3, "lacks its request or its reply"),
        (START + "== 1 +0.000 s3 PutObject\n> PUT\n", 3, "a request begins with"),
        (EXCHANGE + "> host ${host}\n", 5, "is no line of an exchange"),
        (EXCHANGE + "> host: ${hostile}\n", 5, "there is no variable ${hostile}"),
        (EXCHANGE + "> host: ${\n", 5, "is no variable"),
        (EXCHANGE + "> host: ${__import__('os')}\n", 5, "is no variable"),
        (EXCHANGE + ">= not base64\n", 5, "cannot be read"),
        (EXCHANGE + '>" "half\n', 5, "cannot be read"),
        (EXCHANGE + ">* 5\n", 5, "is no line of an exchange"),
        (EXCHANGE + ">* -5 YQ==\n", 5, "cannot be read"),
        (EXCHANGE + ">@ 5 ../../etc/passwd\n", 5, "is no line of an exchange"),
        (EXCHANGE + "<+ [\"a\", \"b\"]\n", 5, "is no line of an exchange"),
        (EXCHANGE + ">+ {}\n", 5, "cannot be read"),
        (EXCHANGE + "exec rm\n", 5, "is no line of an exchange"),
        (EXCHANGE + "sign aws4\n", 5, "is no line of an exchange"),
        (EXCHANGE + "> a: " + "x" * LINE_MAX + "\n", 5, "the line is longer than"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_its_line(text: str, line: int, why: str) -> None:
    with pytest.raises(TranscriptError) as caught:
        read(text)
    told = str(caught.value)
    assert told.startswith(f"line {line}: ")
    assert why in told
    assert "docs/recording.md" in told


def test_what_is_not_utf_8_is_refused() -> None:
    with pytest.raises(TranscriptError, match="line 2: the line is not UTF-8"):
        list(read_head(io.BytesIO(START.encode() + b"\xff\n"))[1])


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(TranscriptError):
        read(START + "== 1 +0.000 s3 PutObject\n" + text.encode("utf-8", "replace").decode())
