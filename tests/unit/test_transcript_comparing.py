"""Replies beside recorded ones: by status, code, headers and body, documents by their elements and members."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from entrepot.transcript.comparing import PARTS, Part, Reply, differences, members
from entrepot.transcript.entry import Answered, Asked, Bytes, Entry, Text


def told(recorded: str, came: str, parts: tuple[Part, ...] = PARTS, **more: Any) -> list[str]:
    """What differs of two bodies."""
    answered = Answered(status=200, body=(Text(text=recorded),) if recorded else (), **more)
    asked = Asked(method="GET", target="/")
    entry = Entry(number=1, seconds=0, dialect="s3", operation="-", asked=asked, answered=answered)
    body = came.encode()
    reply = Reply(status=200, headers=(), body=body, length=len(body), sha256=hashlib.sha256(body).hexdigest())
    return [one.told() for one in differences(entry, reply, {}, (0, hashlib.sha256().hexdigest()), parts)]


@pytest.mark.parametrize(
    ("recorded", "came"),
    [
        ("", ""),
        ("<a><b>1</b><c>2</c></a>", '<?xml version="1.0"?>\n<a xmlns="x">\n <c>2</c><b>1</b></a>'),
        ("<x:a xmlns:x='y'><x:b>1</x:b></x:a>", "<a><b>1</b></a>"),
        ('{"a": 1, "b": [true, null]}', '{"b":[true,null],"a":1}'),
        ('{"at": ${date}, "id": "${any}"}', '{"id":"x","at":1795000000}'),
        ("<a>${any}</a>", "<a>x</a>"),
        ("<E><Code>X</Code><HostId>${any}</HostId></E>", "<E><Code>X</Code></E>"),
        ("<E><Code>X</Code></E>", "<E><Code>X</Code><ExplanationCause>y</ExplanationCause></E>"),
        ("plain ${any} text", "plain old text"),
        ("<html>not xml", "<html>not xml"),
    ],
)
def test_what_is_the_same(recorded: str, came: str) -> None:
    assert told(recorded, came) == []


@pytest.mark.parametrize(
    ("recorded", "came", "difference"),
    [
        ("<a><b>1</b></a>", "<a><b>2</b></a>", "body /a/b: recorded '1', came '2'"),
        ("<a><b>1</b></a>", "<a/>", "body /a/b: '1' did not come"),
        ("<a><b>1</b></a>", "<a><b>1</b><b>2</b></a>", "body /a/b[2]: '2' came, which was not recorded"),
        ('{"a": {"b": [1, 2]}}', '{"a": {"b": [1, 3]}}', "body .a.b[2]: recorded '2', came '3'"),
        ("<E><Code>A</Code></E>", '{"Code": "A"}', "body /E/Code: 'A' did not come"),
        ("plain", "other", "body: recorded 'plain', came 'other'"),
    ],
)
def test_what_differs(recorded: str, came: str, difference: str) -> None:
    assert difference in told(recorded, came)


def test_parts_can_be_chosen() -> None:
    recorded = "<Error><Code>A</Code><Detail>x</Detail></Error>"
    came = "<Error><Code>B</Code><Detail>y</Detail></Error>"
    assert told(recorded, came, ("code",)) == ["body /Error/Code: recorded 'A', came 'B'"]
    assert told(recorded, came, ("status", "headers")) == []
    named = (("etag", '"x"'), ("x-amz-request-id", "1"), ("server", "a"))
    assert told("", "", ("headers",), headers=named) == ["header etag: '\"x\"' did not come"]


def test_contents_are_compared_by_their_bytes() -> None:
    entry = Entry(
        number=1, seconds=0, dialect="s3", operation="ReadObject", asked=Asked(method="GET", target="/"),
        answered=Answered(status=200, body=(Bytes(content=b"abc"),)),
    )  # fmt: skip
    digest = hashlib.sha256(b"abc").hexdigest()
    came = Reply(status=200, headers=(), body=None, length=3, sha256=digest)
    assert differences(entry, came, {}, (3, digest), PARTS) == []
    other = Reply(status=200, headers=(), body=None, length=2, sha256="0" * 64)
    assert [one.where for one in differences(entry, other, {}, (3, digest), PARTS)] == ["body"]


@pytest.mark.parametrize(
    "text", ["", "text", "<a", "{", "<a>" * 100, "[" * 2000, '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>']
)
def test_what_is_no_document(text: str) -> None:
    assert members(text) is None
