"""OSS callbacks: an application hears of an upload, and its reply is the upload's.

Source: wire facts of Alibaba §5.3; the callback document: its variables, and in JSON texts in their quotes.
"""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, unquote

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from conformance.aliyun.calls import Client, callback_headers, etag, follow
from conformance.aliyun.plain import ask, document, form_v1, form_v4
from conformance.aliyun.posting import post, refused, told
from conformance.aliyun.receiver import Call, Receiver
from conformance.driver import SdkFailed
from conformance.plain_http import request
from conformance.server import BUCKET, Server

pytestmark = pytest.mark.conformance

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
AS_FORM = (
    "bucket=${bucket}&object=${object}&etag=${etag}&size=${size}&mimeType=${mimeType}&mine=${x:mine}&none=${x:none}"
)
AS_JSON = (
    '{"bucket":${bucket},"object":${object},"etag":${etag},"size":${size},"mimeType":${mimeType},"mine":${x:mine}}'
)
MINE = 'my "value" & 中'


@pytest.fixture
def app() -> Iterator[Receiver]:
    """The application."""
    with Receiver() as receiver:
        yield receiver


def outcome(oss: Client, method: str, *args: object, **options: object) -> tuple[int, str, str]:
    """Status, error code and what the client was told of an upload with a callback."""
    try:
        done = oss.call(method, *args, **options)
    except SdkFailed as failed:  # ali-oss takes 203 for an error
        error = failed.value
        assert isinstance(error, dict)
        return error["status"], error["code"], error["message"]
    code = done["text"].partition("<Code>")[2].partition("</Code>")[0]
    return done["status"], code, json.dumps(done["data"]) if done.get("data") else done["text"]


def told_of(call: Call) -> dict[str, str]:
    """What the application was told, whichever way it is written."""
    if call.headers["content-type"].startswith(JSON):
        return {name: str(value) for name, value in json.loads(call.body).items()}
    return {name: values[0] for name, values in parse_qs(call.body.decode(), strict_parsing=False).items()}


@pytest.mark.parametrize(("kind", "body"), [(FORM, AS_FORM), (JSON, AS_JSON)], ids=["form", "json"])
def test_a_callback_of_put(oss: Client, where: str, app: Receiver, kind: str, body: str) -> None:
    key = where + "图 +&.txt"
    app.reply = b'{"Status":"OK","id":7}'
    options = oss.callback(app.address + "/done?a=b", body, kind, mine=MINE)
    status, _, text = outcome(oss, "put", key, b"content", **options)
    assert (status, json.loads(text)) == (200, {"Status": "OK", "id": 7})
    [call] = app.calls
    assert call.target == "/done?a=b"
    said = told_of(call)
    assert (said["bucket"], said["object"], said["size"]) == (BUCKET, key, "7")
    assert said["etag"].strip('"') == etag(b"content")
    assert (said["mimeType"], said["mine"]) == ("text/plain", MINE)
    assert oss.read(key) == b"content"


def test_a_callback_of_complete(oss: Client, where: str, app: Receiver) -> None:
    key = where + "a"
    upload = oss.call("initiate", key)
    part = oss.call("upload_part", key, upload, 1, b"content")
    options = oss.callback(app.address, AS_FORM, FORM, mine="x")
    status, _, text = outcome(oss, "complete", key, upload, [[1, part["etag"]]], **options)
    assert (status, json.loads(text)) == (200, {"Status": "OK"})
    said = told_of(app.calls[0])
    assert (said["object"], said["size"], said["mine"]) == (key, "7", "x")
    assert said["etag"].strip('"').endswith("-1")
    assert oss.read(key) == b"content"


@pytest.mark.parametrize("sign", [form_v1, form_v4], ids=["v1", "v4"])
def test_a_callback_of_a_form(
    server: Server, client: Callable[[str], Client], where: str, app: Receiver, sign: Callable[..., dict[str, str]]
) -> None:
    headers = callback_headers(app.address, AS_JSON, JSON)
    fields = {
        "key": where + "${filename}", "callback": headers["x-oss-callback"], "x:mine": MINE,
        "success_action_status": "201", **sign(document({"bucket": BUCKET})),
    }  # fmt: skip
    reply = post(server, fields, name="a.txt", kind="text/x-file")
    assert (reply.status_code, reply.json()) == (200, {"Status": "OK"}), "whatever status the form asks for"
    said = told_of(app.calls[0])
    assert (said["object"], said["mimeType"], said["mine"]) == (where + "a.txt", "text/x-file", MINE)
    assert client("oss2-v4").read(where + "a.txt") == b"content"
    app.status = 500
    reply = post(server, {**fields, "key": where + "b"})
    refused_later(reply.status_code, told(reply)["Code"])
    assert client("oss2-v4").read(where + "b") == b"content"


def refused_later(status: int, code: str) -> None:
    """The upload is done, and its callback failed."""
    assert (status, code) == (203, "CallbackFailed")


def test_a_callback_that_fails(oss: Client, where: str, app: Receiver) -> None:
    failures = {
        "status": (500, b'{"Status":"OK"}'),
        "refused": (404, b"{}"),
        "text": (200, b"thank you"),
        "empty": (200, b""),
    }
    for name, (app.status, app.reply) in failures.items():
        options = oss.callback(app.address, AS_FORM, FORM)
        status, code, _ = outcome(oss, "put", where + name, b"content", **options)
        refused_later(status, code)
        assert oss.read(where + name) == b"content", "stored all the same"
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    options = oss.callback(f"http://127.0.0.1:{port}", AS_FORM, FORM)
    refused_later(*outcome(oss, "put", where + "nobody", b"content", **options)[:2])
    assert oss.read(where + "nobody") == b"content"


def test_a_callback_in_a_signed_url(oss: Client, where: str, app: Receiver) -> None:
    headers = callback_headers(app.address, AS_FORM, FORM, mine="x")
    params = {name.removeprefix("x-oss-"): value for name, value in headers.items()}
    answer = follow(oss.server, "PUT", oss.presign("PUT", where + "a", params=params), b"content")
    assert (answer.status, answer.json()) == (200, {"Status": "OK"}), answer.body
    assert told_of(app.calls[0])["mine"] == "x"


def test_the_second_address_when_the_first_does_not_answer(server: Server, where: str, app: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    headers = callback_headers(f"http://127.0.0.1:{port};{app.address}/second", AS_FORM, FORM)
    answer = ask(server, "PUT", f"/{BUCKET}/{where}a", b"content", **headers)
    assert (answer.status, answer.json()) == (200, {"Status": "OK"}), answer.body
    assert app.calls[0].target == "/second"


@pytest.mark.parametrize(
    "header",
    [
        "!!!",
        base64.b64encode(b"no json").decode(),
        base64.b64encode(b'{"callbackUrl":"127.0.0.1:test","callbackBody":"a=b"}').decode(),
        base64.b64encode(b'{"callbackUrl":"a.test;b.test;c.test;d.test;e.test;f.test","callbackBody":"a=b"}').decode(),
        base64.b64encode(b'{"callbackUrl":"http://127.0.0.1/","callbackBody":""}').decode(),
        base64.b64encode(
            json.dumps({"callbackUrl": "http://127.0.0.1/", "callbackBody": "a" * 6000}).encode()
        ).decode(),
    ],
    ids=["base64", "json", "url", "six", "body", "long"],
)
def test_callbacks_that_cannot_be(server: Server, client: Callable[[str], Client], where: str, header: str) -> None:
    answer = ask(server, "PUT", f"/{BUCKET}/{where}a", b"content", **{"x-oss-callback": header})
    assert answer.status == 400, answer.body
    assert b"<Code>InvalidArgument</Code>" in answer.body
    assert client("oss2-v4").call("exists", where + "a") is False
    fields = {"key": where + "a", "callback": header, **form_v1(document({"bucket": BUCKET}))}
    refused(post(server, fields), 400, "InvalidArgument")
    assert client("oss2-v4").call("exists", where + "a") is False


def test_an_address_without_its_scheme_and_none_at_all(server: Server, where: str, app: Receiver) -> None:
    headers = callback_headers(app.address.removeprefix("http://") + "/plain", AS_FORM, FORM)
    answer = ask(server, "PUT", f"/{BUCKET}/{where}a", b"content", **headers)
    assert (answer.status, answer.json(), app.calls[0].target) == (200, {"Status": "OK"}, "/plain"), answer.body
    answer = ask(server, "PUT", f"/{BUCKET}/{where}b", b"content", **callback_headers("", AS_FORM, FORM))
    assert (answer.status, answer.body) == (200, b""), "no callback is asked for"


def test_the_signature_of_a_callback(server: Server, where: str, app: Receiver) -> None:
    """RSA with MD5 over the decoded path, the query, and the body; the key is where a header says."""
    headers = callback_headers(app.address + "/%E4%B8%AD/done?a=%20b", AS_FORM, FORM, mine=MINE)
    assert ask(server, "PUT", f"/{BUCKET}/{where}a", b"content", **headers).status == 200
    [call] = app.calls
    where_from = base64.b64decode(call.headers["x-oss-pub-key-url"]).decode("ascii")
    answer = request("GET", where_from)
    assert answer.status == 200
    key = load_pem_public_key(answer.body)
    assert isinstance(key, RSAPublicKey)
    path, _, query = call.target.partition("?")
    text = unquote(path).encode() + (b"?" + query.encode() if query else b"") + b"\n" + call.body
    key.verify(base64.b64decode(call.headers["authorization"]), text, PKCS1v15(), hashes.MD5())  # noqa: S303 -- OSS signs so


def test_the_application_hears_of_the_request_by_the_id_that_the_client_is_told(
    server: Server, client: Callable[[str], Client], where: str, app: Receiver
) -> None:
    """The callback document: reqId is the request ID of the upload."""
    headers = callback_headers(app.address, "id=${reqId}", FORM)
    done = client("oss2-v4").call("put", where + "a", b"content", headers=headers)
    [call] = app.calls
    assert call.headers["x-oss-request-id"] == told_of(call)["id"] == done["headers"]["x-oss-request-id"]
