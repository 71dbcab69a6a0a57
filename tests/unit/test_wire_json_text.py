"""wire/json_text: what is read, what is refused, and how long the worst of it takes. Source: RFC 8259, RFC 7493."""

from __future__ import annotations

import contextlib
import time

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.wire.json_text import loads_once, read_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"{}", {}),
        (b' {"a" : [1, -2, "x"]}\n', {"a": [1, -2, "x"]}),
        (b'{"a:":":","b":","}', {"a:": ":", "b": ","}),
        (b'{"a\\"":1,"a\\\\":2}', {'a"': 1, "a\\": 2}),
        (b'{"a":{"b":1},"c":{"b":2}}', {"a": {"b": 1}, "c": {"b": 2}}),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"{[,:{[,:"', "{[,:{[,:"),
        (b"null", None),
    ],
)
def test_what_is_read(text: bytes, value: object) -> None:
    assert read_json(text, max_values=10) == value


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'{"a":{"b":1},"a":{"b":1}}',
        b'{"x":{"b":1,"b":2}}',
        b'[{"b:":1,"b:":2}]',
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"\xef\xbb\xbf{}",
        b"NaN",
        b"[Infinity]",
        b"1e999",
        b"01",
        b"{'a':1}",
        b'{"a":1,}',
        b"{} {}",
        b'{"a":1',
        b'"\n"',
        b"/**/{}",
        b"[[[[[0]]]]]",
        b"[1,2,3,4,5,6,7,8,9,10,11,12]",
        "[]".encode("utf-16"),
    ],
)
def test_what_is_refused(text: bytes) -> None:
    with pytest.raises(Fault) as refused:
        read_json(text, max_values=10)
    assert (refused.value.kind, refused.value.reason) == (Kind.MALFORMED, "json")


WORST = {
    "open lists": b"[" * (1 << 20),
    "empty objects": b"[" + b"{}," * 349_000 + b"{}]",
    "numbers": b"[" + b"1," * 524_000 + b"1]",
    "quotes": b'"' * (1 << 20),
    "escaped quotes": b'"' + b'\\"' * 524_000 + b'"',
    "backslashes": b'"' + b"\\" * (1 << 20),
    "commas in a text": b'{"a":"' + b"," * (1 << 20) + b'"}',
    "colons in a text": b'{"a":"' + b":" * (1 << 20) + b'"}',
    "many members": b"{" + b",".join(b'"%d":1' % n for n in range(100_000)) + b"}",
    "a long number": b"1" * (1 << 20),
}


@pytest.mark.parametrize("text", WORST.values(), ids=WORST.keys())
def test_the_worst_of_a_mebibyte_takes_milliseconds(text: bytes) -> None:
    """Processor time; half a second leaves room for a machine that others use."""
    began = time.process_time()
    with contextlib.suppress(Fault):
        read_json(text, max_values=2000)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("text", ['{"a":1,"a":1}', '{"a":{"b":1,"c":2,"b":3}}', '[{"a":1,"\\u0061":2}]'])
def test_a_member_that_stands_twice(text: str) -> None:
    with pytest.raises(ValueError, match="twice"):
        loads_once(text)


def test_members_of_different_objects_may_be_alike() -> None:
    assert loads_once('{"a":[{"a":1},{"a":2}]}') == {"a": [{"a": 1}, {"a": 2}]}
