"""What an operation does not know is refused before anything changes, whoever sends it and wherever it stands.

Source: issue 11 §1; :mod:`.known_names` is the list from outside. Every operation is asked well, once with each thing
wrong; nothing may change by it; and then it is asked well, so that nothing else was the reason.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from entrepot.dialects.cos_json.decode import OPERATIONS, WITH_CONTENT

from .bucket import Bucket, NewBucket
from .client import ONCE, Ask, Part, form, get, post, target_of
from .known_names import CHAPTERS, DOWNLOADS_IGNORED, DOWNLOADS_REFUSED, GIVEN, NEVER, SLICE, asks
from .server import Server
from .transcript import check_reply

REFUSED = (-5998, -147, -5999, -5975, -5993, -5994, -5972, -5980, -182, -179, -5990)
"""Seed "CGI 错误码": parameters, JSON, form, URL, methods; never one that says what would have happened."""


def test_the_declarations_are_the_chapters() -> None:
    """Both lists, each written from its own sources, are one."""
    declared = {name: set(entry.known) for name, entry in OPERATIONS.items()}
    declared |= {f"{name} with content": set(entry.known) for name, entry in WITH_CONTENT.items()}
    assert declared == CHAPTERS


def test_every_parameter_does_something_or_says_why_not() -> None:
    for entry in (*OPERATIONS.values(), *WITH_CONTENT.values()):
        for parameter in entry.known.values():
            assert bool(parameter.does) != bool(parameter.ignored), parameter


def with_query(ask: Ask, bucket: Bucket, query: str) -> Ask:
    """The same request with more in its query, as it is."""
    return changed(ask, url=target_of(bucket.owner.appid, bucket.name, ask.path) + "?" + query)


def changed(ask: Ask, **fields: object) -> Ask:
    """A copy with other fields."""
    return Ask(**{**{name: getattr(ask, name) for name in Ask.__dataclass_fields__}, **fields})  # type: ignore[arg-type]


def with_field(ask: Ask, name: str, value: object) -> Ask:
    """The same request with one more parameter where its own stand."""
    return changed(ask, fields={**ask.fields, name: value})


def in_query(ask: Ask, bucket: Bucket, name: str, value: object) -> Ask:
    text = value if isinstance(value, str) else json.dumps(value)
    return with_query(ask, bucket, f"{name}={quote(text, safe='')}")


def spoilt(op: str, ask: Ask, bucket: Bucket) -> Iterator[tuple[str, Ask]]:
    """The request with one thing wrong, for each thing."""
    unknown = [*NEVER, *(name for name in GIVEN if name not in CHAPTERS[op])]
    for name in unknown:
        value = GIVEN.get(name, "x")
        yield f"{name} unknown", with_field(ask, name, value)
        if ask.way != "get":
            yield f"{name} unknown in the query", in_query(ask, bucket, name, value)
    for name in CHAPTERS[op] - {"filecontent"}:
        if name in ask.fields or name == "op":
            value = ask.op if name == "op" else ask.fields[name]
            yield f"{name} again in the query", in_query(ask, bucket, name, value)
    yield "sign twice", with_query(ask, bucket, "sign=x&sign=x")
    yield "another op in the query", with_query(ask, bucket, "op=stat")
    yield "filecontent in the query", with_query(ask, bucket, "filecontent=x")
    if ask.way == "get":
        query = "&".join(f"{name}={value}" for name, value in {"op": ask.op, **ask.fields}.items())
        body = json.dumps({"op": ask.op}).encode()
        yield "a body", with_query(changed(ask, way="raw", method="GET", body=body), bucket, query)
        return
    for header in ("x-cos-acl", "x-cos-meta-a", "x-cos-nonsense", "x-ci-process"):
        yield f"header {header}", changed(ask, headers=[(header, "public-read")])
    for header, value in (
        ("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="), ("If-None-Match", "*"), ("If-Match", '"x"'),
        ("If-Unmodified-Since", "Wed, 21 Oct 2015 07:28:00 GMT"), ("Content-Encoding", "gzip"),
        ("Content-Range", "bytes 0-1/2"), ("Pic-Operations", "{}"),
    ):  # fmt: skip
        yield f"header {header}", changed(ask, headers=[(header, value)])
    said = {"op": ask.op, **ask.fields}
    if ask.way == "json":
        yield from spoilt_json(said, ask)
    else:
        yield from spoilt_form(said, ask)


def spoilt_json(said: dict[str, object], ask: Ask) -> Iterator[tuple[str, Ask]]:
    """What only a JSON body can get wrong."""

    def raw(text: str, kind: str = "application/json") -> Ask:
        return changed(ask, op=None, way="raw", body=text.encode(), content_type=kind, fields={})

    text = json.dumps(said)
    for name, value in said.items():
        yield f"{name} twice", raw(f"{text[:-1]}, {json.dumps(name)}: {json.dumps(value)}}}")
        for wrong in ("null", "true", "1.5", "[]", "[1]", '{"a":1}'):
            yield f"{name} is {wrong}", raw(json.dumps({**said, name: json.loads(wrong)}))
    yield "filecontent in JSON", raw(json.dumps({**said, "filecontent": "x"}))
    yield "NaN", raw(text[:-1] + ', "colour": NaN}')
    yield "deep", raw(text[:-1] + ', "colour": ' + "[" * 40 + "]" * 40 + "}")
    yield "a byte order mark", raw("\ufeff" + text)
    yield "half a character", raw(text[:-1] + ', "colour": "\\ud800"}')
    for kind in ("text/plain", "*/*", "application/x-www-form-urlencoded", "text/xml", "application/octet-stream"):
        yield f"JSON as {kind}", raw(text, kind)
    yield "JSON in another charset", raw(text, "application/json; charset=gbk")
    yield "a form's type", raw(text, "multipart/form-data; boundary=x")
    yield "a part with bytes", changed(ask, way="form", content=b"bytes")


def spoilt_form(said: dict[str, object], ask: Ask) -> Iterator[tuple[str, Ask]]:
    """What only a form can get wrong."""
    parts = [
        Part(name=name, value=value if isinstance(value, str) else json.dumps(value)) for name, value in said.items()
    ]
    file = [] if ask.content is None else [Part(name="filecontent", value=ask.content, filename="f")]
    for part in parts:
        yield f"{part.name} twice", changed(ask, parts=[*parts, part, *file])
    yield (
        "two files",
        changed(
            ask, parts=[*parts, *(file or [Part(name="filecontent", value=b"x")]), Part(name="fileContent", value=b"y")]
        ),
    )
    yield "a file under another name", changed(ask, parts=[*parts, *file, Part(name="file", value=b"y", filename="f")])
    yield "a part without a name", changed(ask, parts=[*parts, *file, Part(name="", value=b"y")])
    yield "another multipart", changed(ask, content_type="multipart/mixed; boundary=----------behaviour7Q")
    if ask.content is not None:
        yield "content in JSON", changed(ask, way="json", content=None, fields={**ask.fields, "filecontent": "x"})
        yield (
            "base64",
            changed(
                ask,
                parts=[*parts, Part(name="filecontent", value=b"eA==", headers=("Content-Transfer-Encoding: base64",))],
            ),
        )


def prepared(bucket: Bucket) -> dict[str, Ask]:
    """Open uploads beside the furniture, and the good requests."""
    session = bucket.ok(post("upload_slice_list", "/pending.bin"))["session"]
    content = hashlib.sha256(bucket.name.encode()).digest() * (SLICE // 32)
    whole = bucket.ok(form("upload_slice_init", "/whole.bin", filesize=SLICE, slice_size=SLICE))["session"]
    bucket.ok(form("upload_slice_data", "/whole.bin", content, session=whole, offset=0))
    small = content[:9]
    sha = hashlib.sha1(small).hexdigest()
    old = bucket.ok(form("upload_slice", "/old.bin", filesize=9, slice_size=SLICE, sha=sha))
    return asks(session, whole, old["session"], small)


@pytest.mark.parametrize("op", CHAPTERS)
def test_nothing_that_is_not_known_is_done(furnished: Bucket, op: str) -> None:
    """Issue 11 §1: the store is as it was, and the error is the API's."""
    ask = prepared(furnished)[op]
    before = furnished.picture()
    wrong = []
    for says, bad in spoilt(op, ask, furnished):
        reply = furnished.ask(bad)
        # Two signatures are refused before it is known who asks (-5998, 401).
        if reply.code not in REFUSED or reply.status != (401 if reply.code == -5998 else 400):
            wrong.append(f"{says}: {reply}")
        else:
            check_reply(reply, status=reply.status, code=REFUSED)
    assert wrong == []
    assert furnished.picture() == before
    check_reply(furnished.ask(ask), status=200, code=0)


def test_a_body_of_a_get_is_not_dropped(furnished: Bucket) -> None:
    """A stat that is said in the body of a GET would be a download."""
    ask = Ask(op=None, path="/a.txt", way="raw", method="GET", body=b'{"op":"stat"}', content_type="application/json")
    check_reply(furnished.ask(ask), status=400, code=-5999)


@pytest.mark.parametrize("signed", [False, True], ids=["public", "signed"])
def test_a_download_serves_no_name_that_means_something(new_bucket: NewBucket, signed: bool) -> None:
    bucket = new_bucket()
    bucket.put("/a.png", b"alpha")
    bucket.update("/a.png", authority="eWPrivateRPublic")
    served, refused = [], []
    for query in DOWNLOADS_REFUSED:
        reply = bucket.download("/a.png", query=query, **({} if signed else {"sign": None}))
        if reply.status not in {400, 401} or b"alpha" in reply.body:
            served.append(f"{query}: {reply}")
    for query in DOWNLOADS_IGNORED:
        reply = bucket.download("/a.png", query=query, **({} if signed else {"sign": None}))
        if (reply.status, reply.body) != (200, b"alpha"):
            refused.append(f"{query}: {reply}")
    assert (served, refused) == ([], [])


def test_a_download_on_the_api_path_serves_no_name_either(furnished: Bucket) -> None:
    """Wire facts §3.4: py3 downloads there; with a parameter of the API, op was forgotten."""
    served = []
    for query in set(DOWNLOADS_REFUSED) - {"op=stat"}:
        reply = furnished.ask(with_query(Ask(op=None, path="/a.txt", way="raw", method="GET"), furnished, query))
        if reply.status < 400 or b"alpha" in reply.body:
            served.append(f"{query}: {reply}")
    assert served == []


def test_headers_of_the_cloud_may_be_ignored(serving: object, new_bucket: NewBucket) -> None:
    server = serving(cos_json__unknown_headers="ignore")  # type: ignore[operator]
    assert isinstance(server, Server)
    bucket = new_bucket(on=server)
    bucket.ok(changed(form("upload", "/f", b"x"), headers=[("x-cos-nonsense", "1")]))


def test_a_read_ignores_headers_of_the_cloud(furnished: Bucket) -> None:
    """Issue 11 §1: refused on what changes something, else ignored."""
    furnished.ok(changed(get("stat", "/a.txt"), headers=[("x-cos-nonsense", "1")]))
    assert furnished.download("/a.txt", headers=[("x-cos-nonsense", "1")], query="stripes=blue").body == b"alpha"
    counted = furnished.client.send("GET", "/-/metrics").body.decode()
    assert re.search(r'entrepot_ignored_names_total\{dialect="cos_json"\} [1-9]', counted)
    line = next(line for line in furnished.server.log.read_text().splitlines() if "stripes" in line)
    assert "x-cos-nonsense" in line


def test_a_once_only_signature_is_not_spent_by_a_refusal(furnished: Bucket) -> None:
    once = furnished.sign(ONCE, "/a.txt")
    check_reply(furnished.ask(post("delete", "/a.txt", sign=once, recursive="true")), status=400, code=-5999)
    furnished.ok(post("delete", "/a.txt", sign=once))
