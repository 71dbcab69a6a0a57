"""Browsers' forms that are none, end early, hold too much or too little: refused, nothing stored, memory flat.

Sources: AWS "POST Object"; RFC 7578; wire facts of Tencent §7.4, Alibaba §3.1, §3.2, §3.6, Volcengine §3.4.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace

from behaviour.client import BOUNDARY, Part, Reply

from .clouds import MIB, TOS, Codes, about, check_refused
from .conftest import Speak
from .forms import Form, Kind, body_of, dialect_of, instead, post, without
from .speaker import Speaker, md5_base64

MALFORMED = Codes(400, "MalformedPOSTRequest")
INVALID = Codes(400, "InvalidArgument")
NUMBER = Codes(
    400, "IncorrectNumberOfFilesInPostRequest", oss=(400, "IncorrectNumberOfFilesInPOSTRequest"),
    s3=(400, "InvalidArgument"),
)  # fmt: skip
FIELD_LONG = Codes(400, "MaxPostPreDataLengthExceededError", oss=(400, "FieldItemTooLong"))
FIELDS_LONG = Codes(400, "MaxPostPreDataLengthExceededError", oss=(400, "MaxPOSTPreDataLengthExceededError"))
FORM_DATA = f"multipart/form-data; boundary={BOUNDARY}"
END = f"--{BOUNDARY}--\r\n".encode()
NEXT = f"--{BOUNDARY}\r\n".encode()


def sent(speaker: Speaker, body: bytes, content_type: str = FORM_DATA) -> Reply:
    """The reply to this form, sent to the cloud's host: where nothing can be read, that alone tells the dialect."""
    host = f"{speaker.text}.{speaker.cloud.host}"
    return speaker.ask("POST", headers={"Content-Type": content_type}, body=body, how=None, host=host)


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "no form": lambda _form: b"nonsense",
    "nothing": lambda _form: b"",
    "line ends": lambda _form: b"\r\n" * 1000,
    "cut off in the file": lambda form: form[: -len(END) - 5],
    "cut off behind the file": lambda form: form.removesuffix(END),
    "cut off in the end": lambda form: form[:-5],
    "cut off in a field": lambda form: form[: form.index(b'name="policy"') + 60],
    "cut off in a header": lambda form: form[: form.index(b'name="policy"')],
    "the end before the beginning": lambda form: END + form,
    "no blank line": lambda form: form.replace(b"\r\n\r\n", b"\r\n", 1),
    "a part without a name": lambda form: form.replace(b'name="key"', b'nome="key"', 1),
    "a part without its disposition": lambda form: form.replace(b"Content-Disposition:", b"Content-Composition:", 1),
    "another disposition": lambda form: form.replace(b"form-data; name", b"attachment; name", 1),
    "a header without an end": lambda form: NEXT + b"Content-Disposition: form-data; name=" + b"x" * 100_000 + form,
    "NUL in a header": lambda form: form.replace(b'name="key"', b'name="k\0ey"', 1),
    "lines that end as in Unix": lambda form: form.replace(b"\r\n", b"\n"),
    "a boundary within the file": lambda form: form.replace(b"by a form", b"by a\r\n" + NEXT + b"form", 1),
}


def test_forms_that_cannot_be_read(place: Speaker, kind: Kind) -> None:
    good = body_of(kind, place, Form())
    for says, broken in BROKEN.items():
        reply = sent(place, broken(good))
        with about(f"{says}: {reply}"):
            assert 400 <= reply.status < 500
            assert reply.headers[f"{place.cloud.prefix}request-id"]
            assert place.cloud.value(reply, "Code")
            assert place.cloud.value(reply, "Message")


def test_forms_whose_framing_is_wrong(place: Speaker, kind: Kind) -> None:
    """What the clouds name MalformedPOSTRequest."""
    good = body_of(kind, place, Form())
    for says in ("cut off in the file", "cut off behind the file", "no form", "cut off in a field"):
        with about(says):
            check_refused(place.cloud, sent(place, BROKEN[says](good)), MALFORMED[place.cloud.name])
    for content_type in (
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=other",
    ):
        with about(content_type):
            check_refused(place.cloud, sent(place, good, content_type), MALFORMED[place.cloud.name])


def test_posts_that_are_no_forms(place: Speaker, kind: Kind) -> None:
    """Wire facts of Alibaba §3.1: 405 MethodNotAllowed without a usable Content-Type."""
    for content_type in ("application/x-www-form-urlencoded", "application/json", "text/plain", "multipart/mixed"):
        reply = sent(place, b"key=formed.txt&policy=x", content_type)
        with about(f"{content_type}: {reply}"):
            assert reply.status in {400, 403, 405, 412}
            assert place.cloud.value(reply, "Code")


def test_numbers_of_files(place: Speaker, kind: Kind) -> None:
    """None; two; and one that comes before the fields that allow it."""
    expected = NUMBER[place.cloud.name]
    with about("no file"):
        check_refused(place.cloud, post(kind, place, Form(parts=lambda texts, _file: texts)), expected)
    with about("two files"):
        check_refused(place.cloud, post(kind, place, Form(parts=lambda texts, file: [*texts, file, file])), expected)
    reply = post(kind, place, Form(parts=lambda texts, file: [file, *texts]), host=f"{place.text}.{place.cloud.host}")
    assert reply.status in {400, 403}, str(reply)
    assert place.cloud.value(reply, "Code")


def test_fields_that_lack(place: Speaker, kind: Kind) -> None:
    """Wire facts of Alibaba §3.6: the bucket POST must contain the specified 'key'."""
    keyless = instead("key")
    expected = INVALID[place.cloud.name]
    with about("no key"):
        check_refused(place.cloud, post(kind, place, Form(policy=keyless, spoil=without("key"))), expected)
    with about("an empty key"):
        check_refused(place.cloud, post(kind, place, Form(key="")), expected)

    def key_last(texts: list[Part], file: Part) -> list[Part]:
        return [*(part for part in texts if part.name != "key"), file, *(part for part in texts if part.name == "key")]

    with about("the key behind the file"):
        check_refused(place.cloud, post(kind, place, Form(policy=keyless, parts=key_last)), expected)


def with_part(*parts: Part) -> Callable[[list[Part], Part], list[Part]]:
    """More parts before the file, which no policy has to name."""
    return lambda texts, file: [*texts, *parts, file]


def test_fields_that_are_too_long(place: Speaker, kind: Kind) -> None:
    """Wire facts of Alibaba §3.6; AWS MaxPostPreDataLengthExceededError. Memory flat."""
    before = place.bucket.server.peak_bytes()
    one = Part(name="x-ignore-a", value=b"x" * (12 * MIB))
    many = [Part(name=f"x-ignore-{number}", value=b"x" * 60_000) for number in range(30)]
    with about("one"):
        check_refused(place.cloud, post(kind, place, Form(parts=with_part(one))), FIELD_LONG[place.cloud.name])
    with about("together"):
        check_refused(place.cloud, post(kind, place, Form(parts=with_part(*many))), FIELDS_LONG[place.cloud.name])
    assert place.bucket.server.peak_bytes() - before < 8 * MIB


def test_fields_that_are_too_many(place: Speaker, kind: Kind) -> None:
    many = [Part(name=f"x-ignore-{number}", value="") for number in range(2000)]
    reply = post(kind, place, Form(parts=with_part(*many)))
    assert reply.status == 400, str(reply)
    assert place.cloud.value(reply, "Code")


BAD_FIELDS: dict[str, str] = {
    "acl": "everyone",
    "x-meta-": "no name",
    "x-meta-a b": "blank in a name",
    "x-meta-a": "line\r\nSet-Cookie: x",
    "Cache-Control": "a\r\nSet-Cookie: x",
    "Content-Type": "a\0b",
    "x-storage-class": "PLATINUM",
    "x-tagging": "a=1&a=2",
    "x-forbid-overwrite": "perhaps",
}


def test_fields_that_cannot_be(place: Speaker, kind: Kind) -> None:
    """Nothing that a field says becomes a header of its own, and nothing is dropped in silence."""
    for name, value in BAD_FIELDS.items():
        own = name.replace("x-", place.cloud.prefix, 1) if name.startswith("x-") else name
        if name == "acl" and kind.cloud == "oss":
            own = "x-oss-object-acl"
        if name == "x-forbid-overwrite" and kind.cloud == "s3":
            continue
        reply = post(kind, place, Form(fields={own: value}))
        with about(f"{own}: {reply}"):
            assert reply.status == 400
            assert place.cloud.value(reply, "Code")


def test_texts_that_are_not_utf_8(place: Speaker, kind: Kind) -> None:
    for part in (Part(name="x-ignore-a", value=b"\xff\xfe"), Part(name="key", value=b"a\xffb")):
        reply = post(kind, place, Form(parts=with_part(part)))
        with about(f"{part}: {reply}"):
            assert reply.status == 400
            assert place.cloud.value(reply, "Code")


def test_digests_of_forms(place: Speaker, kind: Kind) -> None:
    """The header covers the form (wire facts of Alibaba §3.1), the field the file."""
    expected = Codes(400, "BadDigest", oss=(400, "InvalidDigest"))[place.cloud.name]
    wrong = md5_base64(b"other")
    with about("the header"):
        check_refused(place.cloud, post(kind, place, Form(), headers={"Content-MD5": wrong}), expected)
    with about("the field"):
        check_refused(place.cloud, post(kind, place, Form(fields={"Content-MD5": wrong})), expected)


def test_what_is_there_is_not_overwritten(place: Speaker, kind: Kind) -> None:
    """Where the cloud has the field (wire facts of Alibaba §3.2, Tencent §7.3, Volcengine §3.5)."""
    if kind.cloud != "s3":
        reply = post(kind, place, Form(key="a.txt", fields={f"{place.cloud.prefix}forbid-overwrite": "true"}))
        assert reply.status == 409, str(reply)


def test_forms_whose_length_is_wrong(place: Speaker, kind: Kind) -> None:
    """Shorter than announced, longer than announced."""
    body = body_of(kind, place, Form())
    head = f"POST / HTTP/1.1\r\nHost: {place.text}.{place.cloud.host}\r\nContent-Type: {FORM_DATA}\r\n"
    short = place.raw(f"{head}Content-Length: {len(body) - 30}\r\n\r\n".encode(), body)
    check_refused(place.cloud, short, MALFORMED[place.cloud.name])
    with socket.create_connection(("127.0.0.1", place.bucket.server.port), timeout=10) as sock:
        sock.sendall(f"{head}Content-Length: {len(body) + 30}\r\n\r\n".encode() + body)
        sock.shutdown(socket.SHUT_WR)
        rest = sock.recv(65536)
        assert rest == b"" or b" 400 " in rest.partition(b"\r\n")[0], rest


def test_text_fields_that_are_sent_as_files(speak: Speak, kind: Kind) -> None:
    """Libraries name such a part after its field (requests, `files={"key": …}`, as s3-tests sends every form)."""
    place = speak(dialect_of(kind))
    named = Form(parts=lambda texts, file: [*(replace(one, filename=one.name) for one in texts), file])
    assert post(kind, place, named).status == 204
    assert place.content("formed.txt") == b"by a form"


def test_a_file_under_another_name(speak: Speak, kind: Kind) -> None:
    """TOS takes it (Python SDK, test_post_object: `upload_file`), whatever the host says; the others have none then."""
    place = speak(dialect_of(kind))
    reply = post(kind, place, Form(parts=lambda texts, file: [*texts, replace(file, name="upload_file")]))
    if place.cloud is TOS:
        assert (reply.status, place.content("formed.txt")) == (204, b"by a form")
        two = Form(key="two", parts=lambda texts, file: [*texts, replace(file, name="upload_file"), file])
        assert post(kind, place, two).status == 400
    else:
        assert 400 <= reply.status < 500, str(reply)
    assert place.keys() == (["formed.txt"] if place.cloud is TOS else [])
