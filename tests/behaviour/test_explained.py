"""A refusal that explains itself, as a running server shows it: in the reply, on the log line, to the operator.

With ``--dev`` in every dialect and minting API, as a further element or member; what is not a reply is everywhere.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from behaviour.bucket import Bucket
from behaviour.client import DEV, Reply
from behaviour.server import Server, environment
from behaviour.storage import forms, signers
from behaviour.storage.signers import Asked, How
from behaviour.storage.speaker import Speaker
from entrepot.core.facts.records import Acl
from entrepot.core.rights.identity import key_of_account

from .minting import aliyun, tencent, volcengine

WRONG = DEV.secret + b"\n"
ADMIN = {"authorization": "Bearer entrepot-dev-admin"}
SIGNERS: Mapping[str, Any] = {
    "aws4": signers.AWS4.signed, "tos4": signers.TOS4.signed, "oss4": signers.OSS4.signed, "oss1": signers.oss1,
    "q_sign": signers.q_sign,
}  # fmt: skip


@pytest.fixture(scope="module")
def server(serving: Callable[..., Server]) -> Server:
    """One that explains as often as it is asked."""
    return serving(explain__per_second="1000", explain__keep="200")


def ask(
    server: Server, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
) -> tuple[int, Any, bytes]:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, target, body or None, dict(headers))
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()
    finally:
        connection.close()


def signed(server: Server, scheme: str, how: How, method: str = "GET") -> tuple[int, Any, bytes]:
    """A request to the demo bucket."""
    host = f"127.0.0.1:{server.port}"
    made = SIGNERS[scheme](
        Asked(method=method, path="/demo/k.txt", bucket="demo", key="k.txt", host=host), DEV, how
    )  # fmt: skip
    return ask(server, method, made.target, dict(made.headers))


def cause_of(body: bytes) -> str:
    """The cause in an element or a member, and that the document is whole."""
    text = body.decode()
    if text.startswith("{"):
        found = json.loads(text)
        for name in ("Response", "ResponseMetadata", "Error"):
            found = found.get(name, found)
        return str(found.get("ExplanationCause") or found.get("explanation", {}).get("cause", ""))
    root = ET.fromstring(text)  # noqa: S314 - our own server's
    error = root if root.tag == "Error" else next(child for child in root if child.tag.endswith("}Error"))
    if root is error:  # of the storage dialects: Java SDKs of COS and AWS take no element in an element
        assert [child.tag for child in error if len(child)] == []
    return next((child.text or "" for child in error if child.tag.rpartition("}")[2] == "ExplanationCause"), "")


def test_the_secret_of_another_key_is_told_to_the_operator(server: Server) -> None:
    secret = b"quite-another-secret-of-it"
    other = key_of_account(id="AKIDotherOfDevAccount", account=DEV.appid, secret=secret, created_at=1_700_000_000.0)
    server._write(lambda tx: tx.add_key(other))
    status, headers, body = signed(server, "aws4", How(secret=secret))
    assert (status, cause_of(body)) == (403, ""), "which key it is, is the operator's alone to know"
    said = json.loads(ask(server, "GET", f"/-/api/v1/refusals/{headers['x-amz-request-id']}", ADMIN)[2])
    assert said["explanation"]["cause"] == "secret-of-other-key", said
    assert secret.decode() not in json.dumps(said)


@pytest.mark.parametrize("by", ["header", "query"])
@pytest.mark.parametrize("scheme", SIGNERS)
def test_storage_tells_the_cause(server: Server, scheme: str, by: Any) -> None:
    status, headers, body = signed(server, scheme, How(by=by, secret=WRONG))
    assert status == 403
    assert int(headers["content-length"]) == len(body)
    assert cause_of(body) == "secret-line-break", body


def newest(server: Server) -> dict[str, Any]:
    """The refusal that was explained last."""
    listed = json.loads(ask(server, "GET", "/-/api/v1/refusals?limit=1", ADMIN)[2])
    return dict(listed["refusals"][0])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("scheme", SIGNERS)
def test_what_was_answered_is_kept_with_it(server: Server, scheme: str, method: str) -> None:
    status, _, body = signed(server, scheme, How(secret=WRONG), method)
    kept = newest(server)
    assert (kept["status"], kept["bucket"], kept["object"]) == (status, "demo", "k.txt")
    assert kept["key"] == DEV.key_id
    assert kept["code"]
    assert method == "HEAD" or kept["code"] in body.decode()


def test_cos_json_tells_the_cause(server: Server) -> None:
    now = int(time.time())
    text = f"a={DEV.appid}&b=demo&k={DEV.key_id}&e={now + 600}&t={now}&r=1&f=".encode()
    sign = base64.b64encode(hmac.digest(WRONG, text, "sha1") + text).decode()
    _, _, body = ask(server, "GET", f"/files/v2/{DEV.appid}/demo/k?op=stat", {"authorization": sign})
    assert cause_of(body) == "secret-line-break", body
    kept = newest(server)
    assert (kept["code"], kept["status"]) == (str(json.loads(body)["code"]), 401)
    host = {"host": f"demo-{DEV.appid}.cosgz.myqcloud.com"}
    _, _, body = ask(server, "GET", "/k.txt", {**host, "authorization": sign})
    assert cause_of(body) in {"secret-line-break", ""}, body


def once() -> tuple[bytes, dict[str, str]]:
    """Body and headers of a call of COS JSON that stores a file; its signature may be used once."""
    text = f"a={DEV.appid}&b=demo&k={DEV.key_id}&e=0&t={int(time.time())}&r=7&f=/{DEV.appid}/demo/once.txt".encode()
    sign = base64.b64encode(hmac.digest(DEV.secret, text, "sha1") + text).decode()
    fields = {"op": "upload", "insertOnly": "0", "filecontent": "hello"}
    body = "".join(f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items())
    headers = {"authorization": sign, "content-type": "multipart/form-data; boundary=x"}
    return f"{body}--x--\r\n".encode(), headers


def test_a_spent_signature_tells_which_request_spent_it(server: Server) -> None:
    body, headers = once()
    target = f"/files/v2/{DEV.appid}/demo/once.txt"
    first = ask(server, "POST", target, headers, body)
    assert json.loads(first[2])["code"] == 0, first
    told = json.loads(ask(server, "POST", target, headers, body)[2])
    assert told["code"] == -77
    why = told["explanation"]
    assert why["cause"] == "spent", told
    assert why["spent_by"] == json.loads(first[2])["request_id"], told
    assert why["spent_from"] == "127.0.0.1"
    assert why["spent_at"].startswith("20")


def test_a_revoked_right_tells_who_revoked_it(server: Server) -> None:
    wanted = json.dumps({"bucket": "demo", "key": "r.txt", "key_id": DEV.key_id}).encode()
    made = json.loads(ask(server, "POST", "/-/api/v1/mint/url", ADMIN, wanted)[2])
    target = made["url"].partition(f":{server.port}")[2]
    assert ask(server, "PUT", target, made["headers"], b"x")[0] == 200
    assert ask(server, "DELETE", f"/-/api/v1/grants/{made['grant']}", ADMIN)[0] == 200
    status, _, body = ask(server, "PUT", target, made["headers"], b"x")
    assert (status, cause_of(body)) == (403, "revoked")
    assert b"<ExplanationRevokedBy>admin API, 127.0.0.1</ExplanationRevokedBy>" in body
    shown = json.loads(ask(server, "GET", f"/-/api/v1/grants/{made['grant']}", ADMIN)[2])
    assert shown["revoked_by"] == "admin API, 127.0.0.1"


FORMS: dict[str, tuple[forms.Form, str, str]] = {
    "another key": (forms.Form(spoil=forms.saying("key", "other.txt")), "form-value-differs", "other.txt"),
    "capitals": (forms.Form(spoil=forms.saying("key", "Formed.txt")), "form-value-case", "Formed.txt"),
    "no such field": (forms.Form(conditions=[{"cache-control": "no-store"}]), "form-field-missing", ""),
    "over": (forms.Form(ttl=-5), "form-policy-over", ""),
    "too large": (forms.Form(conditions=[["content-length-range", 1, 3]]), "form-file-too-large", ""),
    "too small": (forms.Form(conditions=[["content-length-range", 100, 300]]), "form-file-too-small", "9 bytes"),
    "a date in words": (
        forms.Form(policy=lambda policy: {**policy, "expiration": "tomorrow"}), "form-policy-unreadable", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", forms.KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("mistake", FORMS)
def test_a_form_tells_what_its_policy_did_not_take(server: Server, client: Any, kind: forms.Kind, mistake: str) -> None:
    form, cause, came = FORMS[mistake]
    bucket = Bucket(server=server, name="demo", client=client)
    reply = forms.post(kind, Speaker(bucket=bucket, cloud=forms.dialect_of(kind), owner=DEV), form)
    assert cause_of(reply.body) == cause, reply.body
    if came:
        told = f'"ExplanationCame":"{came}"' if kind.cloud == "tos" else f"<ExplanationCame>{came}</ExplanationCame>"
        assert told.encode() in reply.body
    assert b"ExplanationPolicy>" not in reply.body


def test_a_referer_tells_which_list_did_not_take_it(server: Server) -> None:
    name = server.make_bucket(DEV.appid, referer_allow=("*.example.com",), referer_empty=False, acl=Acl.PUBLIC_READ)
    for referer, cause in (("", "referer-missing"), ("http://example.com/", "referer-entry-below-only")):
        headers = {"x-amz-meta": "s3", **({"referer": referer} if referer else {})}
        status, _, body = ask(server, "GET", f"/{name}/k", headers)
        assert (status, cause_of(body)) == (403, cause), body


@pytest.fixture
def client(server: Server) -> Iterator[Any]:
    client = server.client()
    yield client
    client.close()


def check_kept(server: Server, reply: Reply) -> None:
    """The newest refusal is this one, as it was answered."""
    kept = newest(server)
    assert kept["status"] == reply.status
    assert kept["code"]
    assert kept["code"] in reply.body.decode()


@pytest.mark.parametrize("by", aliyun.WAYS)
def test_the_minting_of_alibaba_tells_the_cause(server: Server, client: Any, by: Any) -> None:
    caller = aliyun.Caller(server=server, client=client)
    reply = caller.send("CreateTempFileUploadUrl", {"FileName": "a"}, aliyun.Way(by=by, secret=WRONG))
    assert cause_of(reply.body) == "secret-line-break", reply.body
    check_kept(server, reply)


@pytest.mark.parametrize("by", ["json", "get", "parts", "v1-form", "v1-get"])
def test_the_minting_of_tencent_tells_the_cause(server: Server, client: Any, by: Any) -> None:
    caller = tencent.Caller(server=server, client=client)
    reply = caller.send("CreateCosSecKeyInstance", {}, tencent.Way(by=by, secret=WRONG))
    assert cause_of(reply.body) == "secret-line-break", reply.body
    check_kept(server, reply)


@pytest.mark.parametrize("by", ["header", "address"])
def test_the_minting_of_volcengine_tells_the_cause(server: Server, client: Any, by: Any) -> None:
    caller = volcengine.Caller(server=server, client=client)
    reply = caller.send("GetResourceUploadUrl", {"FileName": "a"}, volcengine.Way(by=by, secret=WRONG))
    assert cause_of(reply.body) == "secret-line-break", reply.body
    check_kept(server, reply)


def test_who_runs_the_server_is_told_by_its_id(server: Server) -> None:
    _, headers, body = signed(server, "oss1", How(secret=WRONG))
    request = headers["x-oss-request-id"]
    assert len(request) == 24
    status, _, answer = ask(server, "GET", f"/-/api/v1/refusals/{request}", ADMIN)
    assert status == 200, answer
    said = json.loads(answer)
    assert said["explanation"]["cause"] == "secret-line-break"
    assert said["request"].upper().startswith(request)
    assert ask(server, "GET", f"/-/api/v1/refusals/{'f' * 32}", ADMIN)[0] == 404
    listed = json.loads(ask(server, "GET", "/-/api/v1/refusals?limit=2", ADMIN)[2])["refusals"]
    assert listed[0] == said
    command = [sys.executable, "-m", "entrepot", "explain", request, "--data", str(server.data)]
    told = subprocess.run(command, env=environment({}), capture_output=True, text=True, check=True, timeout=60).stdout
    assert "secret-line-break (certain)" in told
    command[4:5] = ["--json"]
    told = subprocess.run(command, env=environment({}), capture_output=True, text=True, check=True, timeout=60).stdout
    assert json.loads(told)[0]["request"] == said["request"]
    log = [line for line in server.log.read_text("utf-8", "replace").splitlines() if "secret-line-break" in line]
    assert log
    assert not any(DEV.secret.decode() in line for line in log)
    assert DEV.secret.decode() not in body.decode() + answer.decode()


def test_a_head_is_refused_as_ever(server: Server) -> None:
    status, headers, body = signed(server, "aws4", How(secret=WRONG), "HEAD")
    assert (status, body) == (403, b"")
    assert "content-length" in headers


def test_a_session_of_aws_tells_the_cause(server: Server) -> None:
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    host = f"127.0.0.1:{server.port}"
    asked = Asked(
        method="POST", headers=(("Content-Type", "application/x-www-form-urlencoded"),), body=body, host=host
    )  # fmt: skip
    made = replace(signers.AWS4, service="sts").signed(asked, DEV, How(secret=WRONG, payload=_sha256(body)))
    status, _, said = ask(server, "POST", "/", dict(made.headers), body)
    assert cause_of(said) == "secret-line-break"
    kept = newest(server)
    assert kept["status"] == status
    assert f"<Code>{kept['code']}</Code>" in said.decode()


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def test_without_dev_no_reply_tells_it(tmp_path: Path) -> None:
    """Who runs the server is told all the same."""
    log = tmp_path / "log"
    command = [sys.executable, "-m", "entrepot", "serve", "--port", "0", "--data", str(tmp_path / "data")]
    with log.open("wb") as sink, subprocess.Popen(command, env=environment({}), stdout=sink, stderr=sink) as running:
        try:
            port = _port_of(tmp_path / "data" / "run" / "address")
            host = f"127.0.0.1:{port}"
            asked = Asked(method="GET", path="/demo/k", bucket="demo", key="k", host=host)
            for sign in SIGNERS.values():
                made = sign(asked, DEV, How(at=time.time()))
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                try:
                    connection.request("GET", made.target, headers=dict(made.headers))
                    reply = connection.getresponse()
                    assert reply.status in {403, 404}
                    assert b"xplanation" not in reply.read()
                finally:
                    connection.close()
        finally:
            running.terminate()
    assert log.read_text("utf-8", "replace").count('"cause":"key-id-unknown"') == len(SIGNERS)


def _port_of(address: Path) -> int:
    """The port of a server, once it answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError):
            port = urlsplit(address.read_text("ascii").strip()).port or 0
            socket.create_connection(("127.0.0.1", port), 5).close()
            return port
        time.sleep(0.1)
    raise AssertionError("the server did not start")


def test_every_worker_tells_of_what_another_refused(serving: Callable[..., Server]) -> None:
    server = serving("--workers", "2", explain__per_second="1000")
    requests = {signed(server, "aws4", How(secret=WRONG))[1]["x-amz-request-id"] for _ in range(12)}
    for _ in range(6):
        listed = json.loads(ask(server, "GET", "/-/api/v1/refusals?limit=100", ADMIN)[2])["refusals"]
        assert len(requests & {row["request"] for row in listed}) >= 11, "a crowd may lose one"
