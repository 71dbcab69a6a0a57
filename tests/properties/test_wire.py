"""What comes from the network is understood or refused with a Fault, never with anything else, however it is cut up."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from email.utils import formatdate
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.engines import random_ids
from entrepot.adapters.memory.blobs import MemoryBlobs
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.intake import Intake
from entrepot.dialects.cos_json.decode import OPERATIONS
from entrepot.dialects.cos_json.known import Parameter
from entrepot.dialects.cos_json.params import Given
from entrepot.dialects.cos_json.reading import read_params
from entrepot.dialects.cos_json.settings import CosJsonSettings
from entrepot.dialects.cos_json.slicing import check_uploadparts
from entrepot.signing import cos_app
from entrepot.wire.conditions import Span, check_conditions, wanted_range
from entrepot.wire.dates import http_date, parse_http_date
from entrepot.wire.forms import FilePart, FormReader
from entrepot.wire.http import Request
from entrepot.wire.json_text import read_json

ETAG = '"da39a3ee"'
SETTINGS = CosJsonSettings(simple_max_bytes=200, text_max_bytes=300)


async def chunks_of(body: bytes, cuts: list[int]) -> AsyncIterator[bytes]:
    """``body`` cut at ``cuts``; no chunk is empty."""
    edges = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    for first, end in pairwise(edges):
        yield body[first:end]


def request(
    *, method: str = "GET", query: bytes = b"", headers: tuple[tuple[bytes, bytes], ...] = (), body: bytes = b"",
    cuts: list[int] | None = None,
) -> Request:  # fmt: skip
    return Request(
        id="r", method=method, raw_path=b"/", raw_query=query, headers=headers, authority="h", scheme="http",
        client="c",         body=chunks_of(body, cuts or []),
    )  # fmt: skip


def outcome(ask: Any) -> object:
    """What a call gives, or the kind of its Fault. Any other exception is a failure of the test."""
    try:
        return ask()
    except Fault as fault:
        assert fault.message  # noqa: PT017 - it need not raise
        return fault.kind


# Forms.

names = st.sampled_from(["op", "filecontent", "FileContent", "sha", "\u4e2d", "", "a b", "x;y", 'q"q'])
values = st.binary(max_size=40) | st.sampled_from(
    [b"--B", b"\r\n--B", b"\r\n--B-", b"\r\n\r\n", b"\r", b"\n", "\u00fc".encode(), b"\xff"]
)
cuts = st.lists(st.integers(0, 1000), max_size=12)


@st.composite
def forms(draw: st.DrawFn) -> bytes:
    """A form as clients write it, at times with something wrong."""
    body = b""
    for name, value in draw(st.lists(st.tuples(names, values), max_size=4)):
        extra = draw(st.sampled_from(["", "", '; filename="f.txt"', '; filename=""', "; filename*=UTF-8''x"]))
        header = draw(
            st.sampled_from(["", "", "\r\nContent-Type: text/plain", "\r\nContent-Length: 3", "\r\nX: \u00fc"])
        )
        quoted = name.replace('"', "%22")
        body += (
            f'--B\r\nContent-Disposition: form-data; name="{quoted}"{extra}{header}\r\n\r\n'.encode() + value + b"\r\n"
        )
    body += draw(st.sampled_from([b"--B--\r\n", b"--B--\r\n", b"--B--", b"--B", b"", b"--B--\r\nepilogue"]))
    if draw(st.integers(0, 4)) == 0 and body:
        at = draw(st.integers(0, len(body) - 1))
        body = body[:at] + draw(st.binary(max_size=3)) + body[at + draw(st.integers(0, 3)) :]
    return body


def read_form(body: bytes, where: list[int], content_type: str = "multipart/form-data; boundary=B") -> object:
    """Fields, files and outcome of reading a form."""
    files: list[tuple[FilePart, bytes]] = []

    async def take(part: FilePart, content: AsyncIterator[bytes]) -> None:
        files.append((part, b"".join([chunk async for chunk in content])))

    async def read() -> object:
        reader = FormReader(content_type, lambda name: name == "filecontent", take, 100)
        return (await reader.read(chunks_of(body, where))).fields

    return outcome(lambda: asyncio.run(read())), files


@given(forms(), cuts)
def test_a_form_is_the_same_however_it_is_cut(body: bytes, where: list[int]) -> None:
    whole, whole_files = read_form(body, [])  # type: ignore[misc]
    cut, cut_files = read_form(body, where)  # type: ignore[misc]
    assert cut == whole
    if not isinstance(whole, Kind):
        assert cut_files == whole_files


@given(st.lists(st.tuples(st.sampled_from(["op", "filecontent", "\u4e2d"]), st.binary(max_size=60)), max_size=5), cuts)
def test_a_good_form_is_read_as_it_was_written(parts: list[tuple[str, bytes]], where: list[int]) -> None:
    parts = [(name, value if name == "filecontent" else value.hex()[:20].encode()) for name, value in parts]
    parts = [(name, value.replace(b"\r\n--boundary", b"")) for name, value in parts]
    head = '--boundary\r\nContent-Disposition: form-data; name="{}"\r\n\r\n'
    body = b"".join(head.format(name).encode() + value + b"\r\n" for name, value in parts) + b"--boundary--\r\n"
    fields, files = read_form(body, where, 'multipart/form-data; charset=utf-8; boundary="boundary"')  # type: ignore[misc]
    assert fields == [(name, value.decode()) for name, value in parts if name != "filecontent"]
    assert [content for _, content in files] == [value for name, value in parts if name == "filecontent"]


@given(st.text(st.characters(max_codepoint=255), max_size=30), st.binary(max_size=60), cuts)
@example("multipart/form-data; boundary=\xfc", b"--\xfc--\r\n", [])
@example("multipart/form-data; boundary=", b"", [])
def test_any_content_type_and_body_is_read_or_refused(content_type: str, body: bytes, where: list[int]) -> None:
    read_form(body, where, content_type)
    read_form(body, where, "multipart/form-data; boundary=" + content_type)


# Parameters.

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
known = st.sampled_from(["op", "num", "sha", "custom_headers", "x"])
bodies = (
    st.binary(max_size=40)
    | json_values.map(orjson.dumps)
    | st.dictionaries(known, json_values, max_size=4).map(orjson.dumps)
    | forms()
    | st.sampled_from(
        [
            b"[" * 3000,
            b'{"a":' * 3000,
            b'{"num": 1e999}',
            b'{"x": "\\ud800"}',
            b'{"a":1}{',
            b"\xef\xbb\xbf{}",
            b"x" * 2000,
        ]
    )
)
types = st.sampled_from(
    [
        b"application/json",
        b"multipart/form-data; boundary=B",
        b"multipart/mixed",
        b"multipart/form-data; boundary=\xff",
        b"",
    ]
)
queries = st.binary(max_size=20) | st.sampled_from(
    [b"op=stat&op=list", b"sign=a+b", b"num=%ff", b"a&b", b"&".join([b"a=1"] * 70), b"num=\xff"]
)


@given(st.sampled_from(["GET", "POST"]), types, queries, bodies, cuts)
def test_parameters_are_read_or_refused(
    method: str, content_type: bytes, query: bytes, body: bytes, where: list[int]
) -> None:
    headers = ((b"content-type", content_type), (b"content-length", b"%d" % len(body)))
    asked = request(method=method, query=query, headers=headers, body=body, cuts=where)
    blobs = MemoryBlobs(random_ids, lambda: 0.0)

    async def read() -> object:
        async with Intake(blobs, inline_bytes=16) as intake:
            given = await read_params(asked, intake, SETTINGS, lambda _said: None)
            outcome(lambda: given.op)
            for op, entry in OPERATIONS.items():
                params = outcome(lambda op=op, entry=entry: given.known_to(op, entry.known))
                if isinstance(params, Kind):
                    continue
                for name in entry.known:
                    for look in (params.text, params.needed, params.number, params.object):
                        outcome(lambda look=look, name=name: look(name))
            return given.content is None

    outcome(lambda: asyncio.run(read()))
    assert list(blobs.names(-1e9)) == []


@given(json_values)
def test_any_value_is_a_parameter_or_refused(value: object) -> None:
    params = Given({"x": value}).known_to("any", {"x": Parameter(name="x", does="any")})
    text = outcome(lambda: params.text("x"))
    assert text is None or isinstance(text, str)
    number = outcome(lambda: params.number("x"))
    assert number is None or isinstance(number, int | Kind)
    found = outcome(lambda: params.object("x"))
    assert found is None or isinstance(found, dict | Kind)


def distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """For the reader of the standard library: an object whose names are distinct."""
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


json_pieces = ['"a"', '"a:"', '"\\""', '"\\\\"', '"\\u0061"', "1", "{", "}", "[", "]", ":", ",", " ", "NaN"]
json_texts = json_values.map(orjson.dumps) | st.lists(st.sampled_from(json_pieces), max_size=14).map(
    lambda pieces: "".join(pieces).encode()
)


@given(json_texts)
@example(b'{"a":1,"\\u0061":1}')
@example(b'{"a":{":":1,":":2}}')
def test_json_that_is_read_has_one_meaning(text: bytes) -> None:
    """Whatever passes means the same to another reader, which would notice a name that stands twice."""
    value = outcome(lambda: read_json(text, max_values=20))
    if not isinstance(value, Kind):
        assert json.loads(text, object_pairs_hook=distinct) == value


@given(st.text(max_size=20) | json_values.map(lambda value: orjson.dumps(value).decode()), st.integers(0, 100))
@example('[{"offset": false, "datalen": true, "datasha": "' + "0" * 40 + '"}]', 1)
def test_uploadparts_are_read_or_refused(text: str, size: int) -> None:
    outcome(lambda: check_uploadparts(text, size, None))


# Signatures.

numbers = st.sampled_from([b"0", b"1", b"1.5", b"9" * 20, b"9" * 21, b"", b"-1", b"1e5", b"\xff", "\u0661".encode()])
fields = st.lists(
    st.tuples(st.sampled_from(list("abketrf")) | st.text(max_size=2), st.text(max_size=8) | st.integers().map(str)),
    max_size=8,
)
sign_texts = (
    st.binary(max_size=80)
    | fields.map(lambda pairs: "&".join(f"{k}={v}" for k, v in pairs).encode())
    | st.builds(
        lambda numbers, path: b"a=1&b=x&k=id&e=%b&t=%b&r=%b&f=%b" % (*numbers, path),
        st.tuples(*[numbers] * 3),
        st.binary(max_size=8) | st.sampled_from([b"%25252f", b"%2F1%2fx%2Fa", b"%", b"%f", b"//1//x//a"]),
    )
)
signs = (
    st.text(max_size=40)
    | sign_texts.map(lambda text: base64.b64encode(bytes(20) + text).decode())
    | st.just("A" * 5000)
)


@given(signs, st.sampled_from([0.0, 1e9, 1e30]))
def test_a_signature_is_taken_apart_or_refused(sign: str, now: float) -> None:
    parsed = outcome(lambda: cos_app.parse(sign))
    if isinstance(parsed, Kind):
        assert parsed is Kind.SIGNATURE_MALFORMED
        return
    assert isinstance(parsed, tuple)
    _, found = parsed
    outcome(lambda: cos_app.check_times(found, now, 900.0))
    assert cos_app.binds(found, (b"/1/x/a", b"/a")) in {True, False}
    assert len(cos_app.token_of(found)) == 20


@given(st.lists(st.tuples(st.sampled_from([b"authorization", b"host"]), st.binary(max_size=20)), max_size=3), queries)
def test_a_signature_is_found_or_refused(headers: list[tuple[bytes, bytes]], query: bytes) -> None:
    outcome(lambda: cos_app.SCHEME.find(request(headers=tuple(headers), query=query)))


@given(st.integers(0, 2**40), st.integers(0, 2**40), st.integers(0, 2**32), st.text(max_size=8))
def test_a_signature_that_was_made_is_read_back(expires: int, made: int, nonce: int, path: str) -> None:
    encoded = path.encode("utf-8", "replace").hex()
    sign = cos_app.sign(
        account=1,
        bucket="b",
        key_id="k",
        secret=b"s",
        expires_at=expires,
        made_at=made,
        nonce=nonce,
        path="/" + encoded,
    )
    _, found = cos_app.parse(sign)
    assert (found.account, found.bucket, found.key_id) == ("1", "b", "k")
    assert (found.expires_at, found.made_at, found.path) == (float(expires), float(made), b"/" + encoded.encode())
    assert found.once == (expires == 0)


# Conditions and ranges.

moments = st.integers(0, 4_000_000_000)
date_texts = (
    st.text(max_size=30)
    | moments.map(http_date)
    | st.sampled_from(
        [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "1 Jan 0001 00:00:00",
            "1 Jan 9999 23:59:59 -0000",
            "0",
            "Mon, 99 Xyz 2020 99:99:99 GMT",
        ]
    )
)
tags = st.sampled_from([ETAG, "W/" + ETAG, "*", '"other"', f'"other", {ETAG}', ""]) | st.text(
    st.characters(max_codepoint=255), max_size=8
)
ranges = st.text(st.sampled_from("bytes=0123456789-, "), max_size=16) | st.builds(
    "bytes={}-{}".format, st.integers(0, 30) | st.just(""), st.integers(0, 30) | st.sampled_from(["", 10**19])
)


def conditional(**headers: str | None) -> Request:
    return request(
        headers=tuple(
            (n.replace("_", "-").encode(), v.encode("latin-1", "replace")) for n, v in headers.items() if v is not None
        )
    )


@given(moments)
def test_dates_are_read_back(seconds: int) -> None:
    assert parse_http_date(http_date(seconds)) == seconds
    assert http_date(seconds + 0.9) == formatdate(seconds, usegmt=True)


@given(ranges, st.integers(0, 25), st.none() | tags | date_texts)
def test_a_range_is_a_span_that_exists(text: str, size: int, if_range: str | None) -> None:
    span = outcome(lambda: wanted_range(conditional(range=text, if_range=if_range), size, ETAG, 5.0))
    if isinstance(span, Span):
        assert 0 <= span.first < span.first + span.length <= size
    else:
        assert span in {None, Kind.RANGE_INVALID}


@given(st.integers(0, 30), st.none() | st.integers(0, 30), st.integers(0, 25))
def test_a_range_is_cut_out_as_rfc_9110_says(first: int, last: int | None, size: int) -> None:
    data = bytes(range(size))
    span = outcome(
        lambda: wanted_range(conditional(range=f"bytes={first}-{'' if last is None else last}"), size, ETAG, 5.0)
    )
    if last is not None and last < first:
        assert span is None
    elif first >= size:
        assert span is Kind.RANGE_INVALID
    else:
        assert isinstance(span, Span)
        assert data[span.first : span.first + span.length] == (data[first:] if last is None else data[first : last + 1])


@given(st.integers(0, 30), st.integers(0, 25))
def test_a_suffix_range(count: int, size: int) -> None:
    span = outcome(lambda: wanted_range(conditional(range=f"bytes=-{count}"), size, ETAG, 5.0))
    if count == 0 or size == 0:
        assert span is Kind.RANGE_INVALID
    else:
        assert span == Span(first=max(size - count, 0), length=min(count, size))


@given(st.none() | tags, st.none() | date_texts, st.none() | tags, st.none() | date_texts)
def test_any_condition_is_kept_or_refused(
    match: str | None, before: str | None, none: str | None, since: str | None
) -> None:
    asked = conditional(if_match=match, if_unmodified_since=before, if_none_match=none, if_modified_since=since)
    found = outcome(lambda: check_conditions(asked, ETAG, 1e9))
    assert found in {None, Kind.PRECONDITION_FAILED, Kind.NOT_MODIFIED}


@pytest.mark.parametrize("fraction", [0.0, 0.9])
@given(moments, st.integers(-2, 2))
def test_dates_are_compared_in_whole_seconds(fraction: float, seconds: int, ahead: int) -> None:
    date = http_date(max(seconds + ahead, 0))
    at = parse_http_date(date)
    modified = outcome(lambda: check_conditions(conditional(if_modified_since=date), ETAG, seconds + fraction))
    unmodified = outcome(lambda: check_conditions(conditional(if_unmodified_since=date), ETAG, seconds + fraction))
    assert at is not None
    assert modified == (Kind.NOT_MODIFIED if seconds <= at else None)
    assert unmodified == (Kind.PRECONDITION_FAILED if seconds > at else None)
