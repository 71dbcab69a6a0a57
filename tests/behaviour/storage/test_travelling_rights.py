"""Rights that travel with an upload: ACL, tags, links, callbacks, types; and denials that hold everywhere.

Sources: AWS "PutObject" and "CopyObject" (permissions), "Policy evaluation logic" (an explicit Deny); Alibaba's
"DeleteMultipleObjects"; wire facts of Alibaba §3.5.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from behaviour.conftest import OTHER
from behaviour.server import Server

from .clouds import APPENDING_CLOUDS, OSS, S3, SIGNING, TOS, Cloud, Codes, Refusal, about
from .conftest import Speak
from .forms import KINDS, Form, dialect_of, post
from .languages import policy, statement
from .signers import How
from .speaker import Speaker, md5_base64

DENIED = Codes(403, "AccessDenied")
EVERYTHING = ("put", "post", "append", "parts", "get", "delete", "list")


def denied(speaker: Speaker) -> Refusal:
    return DENIED[speaker.cloud.name]


def user(server: Server, speaker: Speaker, *statements: Mapping[str, Any]) -> Speaker:
    """A sub-user that may upload, read, delete and list, and these statements."""
    given = statement(speaker, EVERYTHING)
    return speaker.as_owner(server.make_user(speaker.owner.appid, policy(speaker, given, *statements)))


def acl_name(cloud: Cloud) -> str:
    return f"{cloud.prefix}object-acl" if cloud.prefix == "x-oss-" else f"{cloud.prefix}acl"


def ways(speaker: Speaker, headers: Mapping[str, str]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Every way in which something can come to stand under a key with these headers."""
    copy = {f"{speaker.cloud.prefix}copy-source": speaker.cloud.source(speaker.text, "source")}
    yield "put", lambda: speaker.ask("PUT", "k", body=b"x", headers=headers)
    yield "presigned", lambda: speaker.ask("PUT", "k", body=b"x", headers=headers, how=How(by="query"))
    yield "copy", lambda: speaker.ask("PUT", "k", headers={**copy, **headers})
    replaced = {f"{speaker.cloud.prefix}metadata-directive": "REPLACE"}
    yield "copy replaced", lambda: speaker.ask("PUT", "k", headers={**copy, **replaced, **headers})
    yield "multipart", lambda: speaker.ask("POST", "k", query={"uploads": ""}, headers=headers)
    if speaker.cloud in APPENDING_CLOUDS:
        query = {"append": "", speaker.cloud.append: "0"}
        yield "append", lambda: speaker.ask("POST", "k", query=query, body=b"x", headers=headers)


def test_an_acl_asks_for_its_right_on_every_way(server: Server, speaker: Speaker) -> None:
    """Neither without the right nor with a Deny beside everything; what makes nothing public asks nothing further."""
    speaker.put("source", b"source")
    forbidding = statement(speaker, ("acl",), allow=False)
    allowing = statement(speaker, ("acl",))
    for one in (user(server, speaker), user(server, speaker, allowing, forbidding)):
        for acl in ("public-read", "public-read-write"):
            for name, way in ways(one, {acl_name(one.cloud): acl}):
                with about(f"{name} {acl}"):
                    assert way().status == 403
    assert speaker.keys() == ["source"]
    assert speaker.cloud.values(speaker.ok("GET", query={"uploads": ""}), "UploadId") == []
    for name, way in ways(user(server, speaker), {acl_name(speaker.cloud): "private"}):
        with about(f"{name} private"):
            assert way().status == 200
            speaker.ask("DELETE", "k")
    for name, way in ways(user(server, speaker, allowing), {acl_name(speaker.cloud): "public-read"}):
        with about(f"{name} allowed"):
            assert way().status == 200
            speaker.ask("DELETE", "k")


def test_an_acl_at_the_end_asks_for_its_right(server: Server, speak: Speak) -> None:
    """OSS takes one at the completion of an upload, and at each append."""
    owner = speak(OSS)
    grown = {"append": "", "position": "0"}
    owner.ok("POST", "log", query=grown, body=b"x")
    for one, statuses in (
        (user(server, owner), {"public-read": 403, "public-read-write": 403, "private": 200}),
        (user(server, owner, statement(owner, ("acl",))), {"public-read": 200}),
    ):
        for acl, status in statuses.items():
            with about(acl):
                upload = one.start("k")
                parts = one.cloud.parts([(1, one.part("k", upload, 1, b"x"))])
                header = {"x-oss-object-acl": acl}
                found = one.ask("POST", "k", query={"uploadId": upload}, headers=header, body=parts)
                assert found.status == status, str(found)
                size = len(owner.content("log"))
                more = {"append": "", "position": str(size)}
                assert one.ask("POST", "log", query=more, headers=header, body=b"y").status == status
                assert OSS.value(owner.ok("GET", "log", query={"acl": ""}), "Grant") in {"default", acl}
                assert len(owner.content("log")) == size + (status == 200)


def test_tags_ask_for_their_right(server: Server, speaker: Speaker) -> None:
    speaker.put("source", b"source")
    one = user(server, speaker)
    for name, way in ways(one, {f"{speaker.cloud.prefix}tagging": "a=1"}):
        if name.startswith("copy"):  # tags of the request count for a copy only when they replace
            continue
        with about(name):
            assert way().status == 403
    assert speaker.keys() == ["source"]
    tagged = {f"{speaker.cloud.prefix}tagging": "a=1"}
    speaker.ok("PUT", "tagged", body=b"x", headers=tagged)
    copy = {f"{one.cloud.prefix}copy-source": one.cloud.source(one.text, "tagged")}
    one.refused(denied(one), "PUT", "k", headers=copy)
    replaced = {f"{speaker.cloud.prefix}tagging-directive": "Replace"}
    one.refused(denied(one), "PUT", "k", headers={**copy, **tagged, **replaced})
    assert speaker.keys() == ["source", "tagged"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_form_cannot_publish_without_the_right(server: Server, speak: Speak, kind: Any) -> None:
    owner = speak(dialect_of(kind))
    one = user(server, owner)
    name = acl_name(one.cloud) if kind.cloud == "oss" else "acl"
    form = Form(key="k", fields={name: "public-read"})
    assert post(kind, one, form).status == 403
    assert owner.keys() == []
    assert post(kind, one, Form(key="k", fields={name: "private"})).status in {200, 204}


FROM_ELSEWHERE = {"ip": ("not in", ["198.51.100.0/24"])}


def test_a_denial_about_the_source_address_holds_in_another_accounts_bucket(
    server: Server, speak: Speak, cloud: Cloud
) -> None:
    speaker = speak(cloud)
    speaker.put("secret", b"secret")
    theirs = server.make_bucket(OTHER.appid)
    other = Speaker(
        bucket=type(speaker.bucket)(server=server, name=theirs, owner=OTHER, client=server.client()),
        cloud=cloud,
        owner=OTHER,
    )
    other.ok("PUT", query={"acl": ""}, headers={f"{cloud.prefix}acl": "public-read-write"})
    one = user(server, speaker, statement(speaker, ("get",), where=FROM_ELSEWHERE, allow=False))
    copy = {f"{cloud.prefix}copy-source": cloud.source(speaker.text, "secret")}
    reply = one.ask("PUT", "out", headers=copy, bucket=other.bucket.host_name)
    assert reply.status == 403, str(reply)
    assert other.keys() == []
    own = speaker.ask("PUT", "out", headers=copy, bucket=other.bucket.host_name)
    assert own.status == 200, str(own)
    other.bucket.client.close()


@pytest.mark.parametrize("cloud", APPENDING_CLOUDS, ids=lambda cloud: cloud.name)
def test_an_appended_type_is_that_of_the_object(server: Server, speak: Speak, cloud: Cloud) -> None:
    """A right for images only does not grow a page that is there."""
    speaker = speak(cloud)
    query = {"append": "", cloud.append: "0"}
    speaker.ok("POST", "page", query=query, body=b"<p>", headers={"Content-Type": "text/html"})
    given = statement(speaker, ("append",), where={"type": ("like", ["image/*"])})
    one = speaker.as_owner(server.make_user(speaker.owner.appid, policy(speaker, given)))
    png = {"Content-Type": "image/png"}
    one.refused(denied(one), "POST", "page", query=query | {cloud.append: "3"}, body=b"<script>", headers=png)
    assert speaker.content("page") == b"<p>"
    one.ok("POST", "image", query=query, body=b"x", headers=png)
    one.ok("POST", "image", query=query | {cloud.append: "1"}, body=b"y")


@pytest.mark.parametrize("cloud", [OSS, TOS], ids=lambda cloud: cloud.name)
def test_who_makes_a_link_must_be_able_to_read_its_end(server: Server, speak: Speak, cloud: Cloud) -> None:
    """Else the owner's own address of the link would hand out what the linker may not see."""
    speaker = speak(cloud)
    speaker.put("private/secret", b"secret")
    given = statement(speaker, ("put",), "up/*")
    one = speaker.as_owner(server.make_user(speaker.owner.appid, policy(speaker, given)))
    link = {f"{cloud.prefix}symlink-target": "private/secret"}
    one.refused(denied(one), "PUT", "up/x", query={"symlink": ""}, headers=link)
    assert speaker.keys() == ["private/secret"]
    assert speaker.ask("PUT", "up/x", query={"symlink": ""}, headers=link).status == 200
    assert speaker.content("up/x") == b"secret"


def test_deleting_many_without_the_right(server: Server, speaker: Speaker) -> None:
    """OSS refuses the request as a whole, because its SDKs look for nothing else; the others say so for each key."""
    for key in ("a", "no/b"):
        speaker.put(key)
    one = user(server, speaker, statement(speaker, ("delete",), "no/*", allow=False))
    body = speaker.cloud.deletion(["a", "no/b"])
    headers = {"Content-MD5": md5_base64(body)}
    reply = one.ask("POST", query={"delete": ""}, body=body, headers=headers)
    if speaker.cloud.prefix == OSS.prefix:
        assert reply.status == 403, str(reply)
        assert speaker.keys() == ["a", "no/b"]
    else:
        assert reply.status == 200
        assert speaker.cloud.values(reply, "Code") == ["AccessDenied"]
        assert speaker.keys() == ["no/b"]


# -- callbacks ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def application() -> Iterator[tuple[str, list[str]]]:
    """An application on loopback, and the paths that it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            asked.append(self.path)
            body = b'{"a": "<script>"}'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=running.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}", asked
    running.shutdown()
    thread.join()
    running.server_close()


def callback(url: str) -> str:
    said = {"callbackUrl": url, "callbackBody": "a=1"}
    return base64.b64encode(json.dumps(said).encode()).decode()


@pytest.mark.parametrize("cloud", [OSS, TOS], ids=lambda cloud: cloud.name)
def test_a_callback_asks_for_its_right(
    server: Server, speak: Speak, cloud: Cloud, application: tuple[str, list[str]]
) -> None:
    """Who may put an object may have the application asked, as on the cloud; nobody does without a signature."""
    url, asked = application
    speaker = speak(cloud)
    headers = {f"{cloud.prefix}callback": callback(f"{url}/by-owner")}
    reply = speaker.ok("PUT", "k", body=b"x", headers=headers)
    assert (reply.body, asked) == (b'{"a": "<script>"}', ["/by-owner"])
    assert reply.headers["content-security-policy"] == "sandbox"
    speaker.ok("PUT", query={"acl": ""}, headers={f"{cloud.prefix}acl": "public-read-write"})
    host = f"{speaker.text}.{cloud.host}"
    anonymous = {f"{cloud.prefix}callback": callback(f"{url}/anonymous")}
    assert speaker.ask("PUT", "by-nobody", body=b"x", headers=anonymous, how=None, host=host).status == 403
    stranger = speaker.as_owner(OTHER).ask("PUT", "n", body=b"x", headers=anonymous, bucket=speaker.bucket.host_name)
    assert stranger.status == 403
    assert asked == ["/by-owner"]
    assert speaker.keys() == ["k"]


def test_a_callback_in_an_address_must_be_signed(speak: Speak, application: tuple[str, list[str]]) -> None:
    """Version 1 of OSS signs the parameters of its list only."""
    url, asked = application
    speaker = speak(next(cloud for cloud in SIGNING if cloud.name == "oss1"))
    signed = speaker.signed(speaker.asked("PUT", "k", body=b"x"), How(by="query"))
    for name in ("x-oss-callback", "callback"):
        target = f"{signed.target}&{name}={callback(url).replace('+', '%2B').replace('=', '%3D')}"
        reply = speaker.bucket.client.send("PUT", target, headers=signed.headers, body=b"x")
        assert reply.status in {400, 403, 501}, str(reply)
    assert asked == []
    assert speaker.keys() == []


# -- the server's own origin -------------------------------------------------------------------------------------------

PAGES = ("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "x/y", "image/png, text/html")
INERT = ("image/png", "text/css", "text/javascript", "application/json", "video/mp4", "application/octet-stream")


def test_what_is_stored_runs_nothing_at_the_servers_own_host(speaker: Speaker) -> None:
    host = f"{speaker.text}.{speaker.cloud.host}"
    for kind in (*PAGES, *INERT):
        speaker.put("k", b"<script>", Content_Type=kind)
        for method in ("GET", "HEAD"):
            own = speaker.ok(method, "k")
            apart = speaker.ok(method, "k", host=host)
            with about(f"{method} {kind}"):
                assert own.headers["content-type"] == apart.headers["content-type"] == kind
                assert own.headers.get("content-security-policy") == ("sandbox" if kind in PAGES else None)
                assert own.headers.get("x-content-type-options") == ("nosniff" if kind in PAGES else None)
                assert "content-security-policy" not in apart.headers
    ranged = speaker.ok("GET", "k", status=206, headers={"Range": "bytes=0-1"})
    assert ranged.body == b"<s"


def test_a_type_that_the_address_chooses_counts(speak: Speak) -> None:
    speaker = speak(S3)
    speaker.put("k", b"<script>", Content_Type="image/png")
    reply = speaker.ok("GET", "k", query={"response-content-type": "text/html"})
    assert reply.headers["content-security-policy"] == "sandbox"
