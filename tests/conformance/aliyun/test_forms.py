"""OSS forms by plain HTTP, signed with V1 and V4 by the formulas and by ali-oss.

Source: wire facts of Alibaba §3.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from conformance.aliyun.calls import DOMAIN, MIB, Client, etag
from conformance.aliyun.plain import document, form_v1, form_v4, moment, named_v4, packed, v1, v4
from conformance.aliyun.posting import framed, post, post_raw, refused, told
from conformance.server import BUCKET, KEY_ID, SECRET, Server

pytestmark = pytest.mark.conformance

Sign = Callable[[dict[str, Any]], dict[str, str]]
Part = tuple[str, str | None, bytes]


@pytest.fixture
def reader(client: Callable[[str], Client]) -> Client:
    """Looks at what a form has stored."""
    return client("oss2-v4")


@pytest.fixture(params=["v1", "v4", "ali_oss-v1", "ali_oss-v4"])
def sign(request: pytest.FixtureRequest, client: Callable[[str], Client]) -> Sign:
    """Each way to the fields of a signed form."""
    if request.param in {"v1", "v4"}:
        return {"v1": form_v1, "v4": form_v4}[request.param]
    node = client("ali_oss-v4")
    if request.param == "ali_oss-v1":
        return lambda policy: dict(node.call("sign_form", policy))

    def with_v4(policy: dict[str, Any]) -> dict[str, str]:
        now = int(time.time())
        fields = named_v4(now - time.time())
        whole = {**policy, "conditions": [*policy["conditions"], *({name: fields[name]} for name in fields)]}
        text = packed(json.dumps(whole, ensure_ascii=False, separators=(",", ":")))
        return {**fields, "policy": text, "x-oss-signature": str(node.call("sign_form_v4", whole, now))}

    return with_v4


def test_the_formulas_give_the_documents_figures() -> None:
    key = "temp/1440155109798732/upload/2026-01-02/49bed34c-b430-4e7e-89b1-4be2b734f95c/a b+中.txt"
    conditions = [{"bucket": "hbr-temp-bucket"}, ["eq", "$key", key]]
    policy = {"expiration": "2026-01-02T04:04:05.000Z", "conditions": conditions}
    text = packed(json.dumps(policy, ensure_ascii=False, separators=(",", ":")))
    assert v1("ExampleSecret", text) == "o3RPm8Y9yFkcreFLoKj234T2+Q0="
    expected = "04b684a8b9ea80ab832d029efd0fc5ef2b78c68d4b08d7581e1588314cee6322"
    assert v4("ExampleSecret", "20260102", text) == expected


def test_a_form(server: Server, sign: Sign, reader: Client, where: str) -> None:
    key = where + "文件 +&.txt"
    fields = {"key": key, **sign(document({"bucket": BUCKET}, ["eq", "$key", key]))}
    reply = post(server, fields, b"content")
    assert (reply.status_code, reply.content) == (204, b"")
    assert reply.headers["ETag"] == f'"{etag(b"content")}"'
    assert reply.headers["x-oss-request-id"]
    assert reader.read(key) == b"content"


def test_fields_of_every_kind(server: Server, sign: Sign, reader: Client, where: str) -> None:
    headers = {
        "Cache-Control": "max-age=61",
        "Content-Disposition": 'attachment; filename="a.txt"',
        "Content-Encoding": "snappy",
        "Expires": "Fri, 02 Jan 2032 03:04:05 GMT",
        "x-oss-meta-colour": "dark blue",
    }
    key = where + "a"
    others = {"x-oss-content-type": "text/x-chosen", "x-oss-object-acl": "public-read", "name": "a.txt", "submit": "go"}
    fields = {**headers, **others, "key": key, **sign(document(["starts-with", "$key", where]))}
    assert post(server, fields, b"content", kind="text/x-of-the-file").status_code == 204
    head = reader.call("head", key)["headers"]
    assert {name: head[name.lower()] for name in headers} == headers
    assert head["content-type"] == "text/x-chosen"
    assert reader.call("acl", key) == "public-read"


def test_names_of_fields_in_any_case(server: Server, reader: Client, where: str) -> None:
    signed = form_v1(document(["starts-with", "$KEY", where]))
    fields = {"ossaccesskeyid": signed["OSSAccessKeyId"], "POLICY": signed["policy"], "signature": signed["Signature"]}
    assert post(server, {"Key": where + "a", **fields}).status_code == 204
    assert reader.read(where + "a") == b"content"


@pytest.mark.parametrize(
    ("field", "file", "expected"),
    [
        ({}, None, "application/octet-stream"),
        ({}, "text/x-file", "text/x-file"),
        ({"Content-Type": "text/x-field"}, None, "text/x-field"),
        ({"Content-Type": "text/x-field"}, "text/x-file", "text/x-file"),
        ({"x-oss-content-type": "text/x-own", "Content-Type": "text/x-field"}, "text/x-file", "text/x-own"),
    ],
)
def test_the_content_type(
    server: Server, reader: Client, where: str, field: dict[str, str], file: str | None, expected: str
) -> None:
    fields = {**field, "key": where + "a", **form_v1(document({"bucket": BUCKET}))}
    assert post(server, fields, name="a", kind=file).status_code == 204
    assert reader.call("head", where + "a")["headers"]["content-type"] == expected


def test_the_name_of_the_file_in_the_key(server: Server, sign: Sign, reader: Client, where: str) -> None:
    key = where + "up/${filename}"
    fields = {"key": key, **sign(document(["starts-with", "$key", where + "up/"], ["eq", "$key", key]))}
    assert post(server, fields, b"content", name="my photo.jpg").status_code == 204
    assert reader.read(where + "up/my photo.jpg") == b"content"


@pytest.mark.parametrize("status", ["200", "201", "204", "404", "abc"])
def test_the_status_of_success(server: Server, reader: Client, where: str, status: str) -> None:
    key = where + "a &<中>"
    policy = document({"bucket": BUCKET}, ["eq", "$success_action_status", status])
    reply = post(server, {"key": key, "success_action_status": status, **form_v1(policy)})
    assert reply.status_code == (int(status) if status in {"200", "201"} else 204)
    if status == "201":
        assert reply.headers["Content-Type"] == "application/xml"
        said = told(reply)
        assert (said["Bucket"], said["Key"], said["ETag"].strip('"')) == (BUCKET, key, etag(b"content"))
        assert said["Location"].startswith("http://")
    else:
        assert reply.content == b""
    assert reader.read(key) == b"content"


def test_a_redirect_after_success(server: Server, reader: Client, where: str) -> None:
    target = "http://app.example.com/done?a=b"
    fields = {"key": where + "a", "success_action_redirect": target, **form_v1(document({"bucket": BUCKET}))}
    reply = post(server, fields)
    assert reply.status_code == 303
    assert reply.headers["Location"].startswith(target)
    assert reader.read(where + "a") == b"content"
    wrong = {**fields, "key": where + "b", "Signature": "AAAA"}
    assert refused(post(server, wrong), 403, "SignatureDoesNotMatch"), "none after a refusal"


def test_a_form_that_must_not_overwrite(server: Server, reader: Client, where: str) -> None:
    fields = {"key": where + "a", "x-oss-forbid-overwrite": "true", **form_v1(document({"bucket": BUCKET}))}
    assert post(server, fields, b"first").status_code == 204
    refused(post(server, fields, b"second"), 409, "FileAlreadyExists")
    assert reader.read(where + "a") == b"first"


def test_a_form_by_the_buckets_host_name(server: Server, reader: Client, where: str) -> None:
    fields = {"key": where + "a", **form_v1(document({"bucket": BUCKET}))}
    body = framed([*((name, None, value.encode()) for name, value in fields.items()), ("file", "a", b"content")])
    for host in (f"{BUCKET}.{DOMAIN}", f"{BUCKET}.localhost:{server.port}"):
        reply = post_raw(server, body, host=host)
        assert reply.status_code == 204, reply.content
    assert reader.read(where + "a") == b"content"


def test_what_comes_after_the_file_is_ignored(server: Server, reader: Client, where: str) -> None:
    signed = form_v1(document({"bucket": BUCKET}))
    fields = [(name, None, value.encode()) for name, value in {"key": where + "a", **signed}.items()]
    body = framed([*fields, ("file", "a.txt", b"content"), ("submit", None, b"Upload to OSS")])
    assert post_raw(server, body).status_code == 204
    assert reader.read(where + "a") == b"content"


def signed_parts(where: str) -> list[Part]:
    """The parts of a form before its file: the key first."""
    fields = {"key": where + "a", **form_v1(document({"bucket": BUCKET}))}
    return [(name, None, value.encode()) for name, value in fields.items()]


@pytest.mark.parametrize("host", [None, f"{BUCKET}.{DOMAIN}"], ids=["path", "host"])
def test_forms_that_are_cut(server: Server, reader: Client, where: str, host: str | None) -> None:
    parts = [*signed_parts(where), ("file", "a.txt", b"content")]
    refused(post_raw(server, framed(parts, end=""), host=host), 400, "MalformedPOSTRequest")
    refused(post_raw(server, framed(parts)[:-30], host=host), 400, "MalformedPOSTRequest")
    if host:  # so short that nothing else says which cloud's form it is
        refused(post_raw(server, framed(parts)[:150], host=host), 400, "MalformedPOSTRequest")
    assert reader.call("exists", where + "a") is False


@pytest.mark.parametrize("host", [None, f"{BUCKET}.{DOMAIN}"], ids=["path", "host"])
def test_forms_that_lack_something(server: Server, reader: Client, where: str, host: str | None) -> None:
    key, *signed = signed_parts(where)
    file = ("file", "a.txt", b"content")
    for parts in ([key, *signed], [key, *signed, file, ("file", "b.txt", b"other")]):
        reply = post_raw(server, framed(parts), host=host)
        assert reply.status_code == 400
        assert told(reply)["Code"] in {"IncorrectNumberOfFilesInPOSTRequest", "MalformedPOSTRequest"}
    message = refused(post_raw(server, framed([*signed, file]), host=host), 400, "InvalidArgument")
    assert message.startswith("The bucket POST must contain the specified 'key'.")
    refused(post_raw(server, framed([*signed, file, key]), host=host), 400, "InvalidArgument")
    refused(post_raw(server, framed([("key", None, b""), *signed, file]), host=host), 400, "InvalidArgument")
    assert reader.call("exists", where + "a") is False
    assert reader.call("exists", where + "b.txt") is False


def test_what_is_no_form(server: Server) -> None:
    host = f"{BUCKET}.{DOMAIN}"  # nothing else says which cloud's form it would have been
    refused(post_raw(server, b"no form at all", host=host), 400, "MalformedPOSTRequest")
    for kind in ("application/x-www-form-urlencoded", "text/plain"):
        reply = post_raw(server, b"key=a", kind, host=host)
        outcome = (reply.status_code, told(reply)["Code"])
        assert outcome in {(405, "MethodNotAllowed"), (400, "RequestIsNotMultiPartContent")}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"x" * 9000: "1"}, "FieldItemTooLong"),
        ({"x": "y" * (2 * MIB + 1)}, "FieldItemTooLong"),
        ({f"x{number}": "y" * MIB for number in range(9)}, "MaxPOSTPreDataLengthExceededError"),
    ],
    ids=["name", "value", "together"],
)
def test_fields_that_are_too_long(
    server: Server, reader: Client, where: str, fields: dict[str, str], code: str
) -> None:
    signed = form_v1(document({"bucket": BUCKET}))
    refused(post(server, {"key": where + "a", **signed, **fields}), 400, code)
    assert reader.call("exists", where + "a") is False


def test_the_digest_of_a_whole_form(server: Server, reader: Client, where: str) -> None:
    fields = {"key": where + "a", **form_v1(document({"bucket": BUCKET}))}
    refused(post(server, fields, **{"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}), 400, "InvalidDigest")
    assert reader.call("exists", where + "a") is False


def test_a_form_for_a_bucket_that_does_not_exist(server: Server, where: str) -> None:
    fields = {"key": where + "a", **form_v1(document(["starts-with", "$key", ""]))}
    refused(post(server, fields, bucket="no-such-bucket-anywhere"), 404, "NoSuchBucket")


def test_a_form_without_a_signature(server: Server, reader: Client, where: str) -> None:
    host = f"{BUCKET}.{DOMAIN}"  # nothing else says which cloud's form it is
    key, *signed = signed_parts(where)
    file = ("file", "a.txt", b"content")
    refused(post_raw(server, framed([key, file]), host=host), 403, "AccessDenied")
    for absent in signed:
        others = [part for part in signed if part != absent]
        refused(post_raw(server, framed([key, *others, file]), host=host), 400, "InvalidArgument")
        empty = (absent[0], None, b"")
        refused(post_raw(server, framed([key, *others, empty, file]), host=host), 400, "InvalidArgument")
    assert reader.call("exists", where + "a") is False


def test_signatures_of_somebody_else(server: Server, reader: Client, where: str) -> None:
    policy = document({"bucket": BUCKET})
    wrong = {**form_v1(policy), "Signature": v1("wrong", packed(policy))}
    for fields in (wrong, form_v1(policy, secret="wrong"), form_v4(policy, secret="wrong")):
        refused(post(server, {"key": where + "a", **fields}), 403, "SignatureDoesNotMatch")
    changed = {**form_v1(policy), "policy": packed(document({"bucket": BUCKET}, seconds=99_999))}
    refused(post(server, {"key": where + "a", **changed}), 403, "SignatureDoesNotMatch")
    refused(post(server, {"key": where + "a", **form_v1(policy, key_id="nobody")}), 403, "InvalidAccessKeyId")
    nobody = form_v4(policy, names=named_v4(key_id="nobody"))
    refused(post(server, {"key": where + "a", **nobody}), 403, "InvalidAccessKeyId")
    assert reader.call("exists", where + "a") is False


@pytest.mark.parametrize(
    "names",
    [
        named_v4(**{"x-oss-signature-version": "OSS3-HMAC-SHA256"}),
        named_v4(**{"x-oss-credential": "nonsense"}),
        named_v4(**{"x-oss-credential": f"{KEY_ID}/20200102/cn-hangzhou/oss/aliyun_v4_request"}),
        named_v4(**{"x-oss-credential": f"{KEY_ID}/{moment(0, '%Y%m%d')}/cn-hangzhou/s3/aliyun_v4_request"}),
        named_v4(**{"x-oss-date": "yesterday"}),
        named_v4(at=3600),
        named_v4(at=-8 * 86400),
    ],
    ids=["version", "credential", "day", "product", "date", "future", "week"],
)
def test_fields_of_v4_that_cannot_be(server: Server, reader: Client, where: str, names: dict[str, str]) -> None:
    fields = form_v4(document({"bucket": BUCKET}), names=names)
    reply = post(server, {"key": where + "a", **fields})
    assert reply.status_code in {400, 403}, reply.content
    assert told(reply)["Code"]
    assert reader.call("exists", where + "a") is False


@pytest.mark.parametrize("absent", ["x-oss-signature-version", "x-oss-credential", "x-oss-date"])
def test_a_policy_of_v4_without_its_own_conditions(server: Server, reader: Client, where: str, absent: str) -> None:
    names = named_v4()
    conditions = [{"bucket": BUCKET}, *({name: value} for name, value in names.items() if name != absent)]
    text = packed(document(*conditions))
    fields = {**names, "policy": text, "x-oss-signature": v4(SECRET, names["x-oss-date"][:8], text)}
    reply = post(server, {"key": where + "a", **fields})
    assert reply.status_code in {400, 403}, reply.content
    assert reader.call("exists", where + "a") is False
