"""Sub-users over each dialect: what their policies allow, on the bytes, types and places that really come.

Sources: wire facts of Tencent §5, §10, Alibaba §4.7; AWS "IAM JSON policy elements".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from behaviour.server import Server

from .clouds import CLOUDS, OSS, S3, Cloud, Codes, Refusal, about, check_refused
from .forms import KINDS, Form, post
from .languages import Conditions, policy, statement
from .signers import UNSIGNED, How
from .speaker import Speaker, head_of, md5_base64

DENIED = Codes(403, "AccessDenied")
UPLOADS = ("put", "post", "append", "parts")
User = Callable[..., Speaker]


@pytest.fixture
def user(server: Server, speaker: Speaker) -> User:
    """Gives a speaker with the key of a fresh sub-user: uploads where that holds and reads, or these statements."""

    def make(where: Conditions | None = None, *statements: Mapping[str, Any]) -> Speaker:
        given = statements or (statement(speaker, UPLOADS, where=where), statement(speaker, ("get",)))
        return speaker.as_owner(server.make_user(speaker.owner.appid, policy(speaker, *given)))

    return make


def denied(speaker: Speaker) -> Refusal:
    return DENIED[speaker.cloud.name]


def test_nothing_without_a_policy(server: Server, speaker: Speaker) -> None:
    speaker.put("k")
    nobody = speaker.as_owner(server.make_user(speaker.owner.appid))
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        nobody.refused(denied(speaker), method, "k")
    nobody.refused(denied(speaker), "GET")
    assert speaker.keys() == ["k"]


def test_deny_over_allow_over_nothing(speaker: Speaker, user: User) -> None:
    one = user(
        None,
        statement(speaker, ("put", "get"), "in/*"),
        statement(speaker, ("put",), "in/not/*", allow=False),
    )
    one.put("in/k")
    assert one.content("in/k") == b"content"
    one.refused(denied(one), "PUT", "in/not/k", body=b"x")
    one.refused(denied(one), "PUT", "out/k", body=b"x")
    one.refused(denied(one), "DELETE", "in/k")
    one.refused(denied(one), "GET")
    copy = {f"{one.cloud.prefix}copy-source": one.cloud.source(one.text, "in/k")}
    one.refused(denied(one), "PUT", "in/not/k", headers=copy)
    one.ok("PUT", "in/k2", headers=copy)
    assert speaker.keys() == ["in/k", "in/k2"]


def test_a_size_holds_for_every_way_to_upload(speaker: Speaker, user: User) -> None:
    one = user({"length": ("most", 1000)})
    one.put("k", b"x" * 1000)
    with about("simple"):
        one.refused(denied(one), "PUT", "k", body=b"x" * 1001)
    with about("presigned"):
        one.ok("PUT", "presigned", body=b"x" * 1000, how=How(by="query"))
        one.refused(denied(one), "PUT", "presigned", body=b"x" * 1001, how=How(by="query"))
    with about("copied"):
        speaker.put("large", b"x" * 1001)
        for source, status in (("k", 200), ("large", 403)):
            copy = {f"{one.cloud.prefix}copy-source": one.cloud.source(one.text, source)}
            assert one.ask("PUT", "copied", headers=copy).status == status
    if one.cloud is not S3:
        with about("appended"):
            query = {"append": "", one.cloud.append: "0"}
            one.ok("POST", "appended", query=query, body=b"x" * 900)
            one.refused(denied(one), "POST", "appended", query=query | {one.cloud.append: "900"}, body=b"x" * 101)
    assert speaker.content("k") == b"x" * 1000


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_size_holds_for_forms(server: Server, speak: Callable[[Cloud], Speaker], kind: Any) -> None:
    owner = speak(next(cloud for cloud in CLOUDS if cloud.name == kind.cloud))
    given = statement(owner, ("post",), where={"length": ("most", 1000)})
    one = owner.as_owner(server.make_user(owner.owner.appid, policy(owner, given)))
    assert post(kind, one, Form(content=b"x" * 1000)).status in {200, 204}
    check_refused(one.cloud, post(kind, one, Form(key="k", content=b"x" * 1001)), denied(one))
    assert owner.keys() == ["formed.txt"]


def test_a_size_holds_for_each_part_and_the_whole(speaker: Speaker, user: User) -> None:
    least = speaker.cloud.part_min
    one = user({"length": ("most", least + 1000)})
    upload = one.start("k")
    one.refused(denied(one), "PUT", "k", query={"partNumber": "1", "uploadId": upload}, body=b"x" * (least + 1001))
    parts = [(1, one.part("k", upload, 1, b"x" * least)), (2, one.part("k", upload, 2, b"y" * 1001))]
    one.refused(denied(one), "POST", "k", query={"uploadId": upload}, body=one.cloud.parts(parts))
    assert speaker.keys() == []
    parts[1] = (2, one.part("k", upload, 2, b"y" * 1000))
    one.complete("k", upload, parts)
    assert speaker.keys() == ["k"]


def test_a_body_is_cut_as_soon_as_it_is_too_long(speaker: Speaker, user: User) -> None:
    """The refusal comes though a third of what was announced was never sent."""
    one = user({"length": ("most", 1000)})
    how = How(payload=UNSIGNED) if one.cloud is S3 else How()
    signed = one.signed(one.asked("PUT", "k"), how)
    reply = one.raw(head_of(signed, "Content-Length: 3000000"), b"x" * 2_000_000)
    check_refused(one.cloud, reply, denied(one))
    assert speaker.keys() == []


def test_a_type_is_the_one_that_will_be_stored(speaker: Speaker, user: User) -> None:
    one = user({"type": ("like", "image/*")})
    picture, text = {"Content-Type": "image/png"}, {"Content-Type": "text/plain"}
    one.ok("PUT", "k", body=b"x", headers=picture)
    one.refused(denied(one), "PUT", "k", body=b"x", headers=text)
    one.refused(denied(one), "PUT", "k", body=b"x")
    one.refused(denied(one), "POST", "k", query={"uploads": ""}, headers=text)
    upload = one.start("k", picture)
    part = one.part("k", upload, 1, b"x")
    one.complete("k", upload, [(1, part)])
    speaker.ok("PUT", "text", body=b"x", headers=text)
    copy = {f"{one.cloud.prefix}copy-source": one.cloud.source(one.text, "text")}
    one.refused(denied(one), "PUT", "copied", headers=copy)
    assert speaker.ok("HEAD", "k").headers["content-type"] == "image/png"


def test_a_type_where_there_is_one(user: User) -> None:
    one = user({"type": ("like if there", ["image/*", "video/?p4"])})
    one.put("k")
    one.ok("PUT", "k", headers={"Content-Type": "video/mp4"}, body=b"x")
    one.refused(denied(one), "PUT", "k", headers={"Content-Type": "text/plain"}, body=b"x")


@pytest.mark.parametrize(
    ("where", "status"),
    [
        ({"ip": ("in", ["10.0.0.0/8", "127.0.0.0/8"])}, 200),
        ({"ip": ("in", "127.0.0.1")}, 200),
        ({"ip": ("in", ["10.0.0.0/8", "::1"])}, 403),
        ({"ip": ("not in", "127.0.0.0/8")}, 403),
        ({"time": ("after", "2020-01-01T00:00:00Z")}, 200),
        ({"time": ("before", "2020-01-01T00:00:00+08:00")}, 403),
        ({"secure": ("is", "false")}, 200),
        ({"secure": ("is", "true")}, 403),
        ({"referer": ("like", "https://*.example/*")}, 200),
        ({"referer": ("equal", "https://a.example")}, 403),
        ({"ip": ("in", "127.0.0.1"), "time": ("before", "2020-01-01T00:00:00Z")}, 403),
    ],
    ids=str,
)
def test_from_where_and_when(user: User, where: Conditions, status: int) -> None:
    one = user(where)
    reply = one.ask("PUT", "k", body=b"x", headers={"Referer": "https://a.example/x"})
    assert reply.status == status, str(reply)


def test_an_acl_that_is_asked_for(speaker: Speaker, user: User) -> None:
    given = statement(speaker, ("put", "parts", "acl"), where={"acl": ("equal if there", "private")})
    one = user(None, given)
    name = f"{one.cloud.prefix}{'object-acl' if one.cloud.name == 'oss' else 'acl'}"
    one.put("k")
    one.ok("PUT", "k", body=b"x", headers={name: "private"})
    for query in ({}, {"acl": ""}):
        one.refused(denied(one), "PUT", "k", query=query, body=b"", headers={name: "public-read"})
    one.refused(denied(one), "POST", "k", query={"uploads": ""}, headers={name: "public-read"})
    one.ok("PUT", "k", query={"acl": ""}, headers={name: "private"})


def test_a_listing_by_its_prefix(speaker: Speaker, user: User) -> None:
    for key in ("home/a", "home/b", "other"):
        speaker.put(key)
    one = user(None, statement(speaker, ("list",), where={"prefix": ("like", "home/*")}))
    assert one.keys(prefix="home/") == ["home/a", "home/b"]
    for prefix in ("", "home", "other"):
        one.refused(denied(one), "GET", query={"prefix": prefix})
    one.refused(denied(one), "GET")


def test_what_is_taken_away_is_gone_with_the_next_request(server: Server, speaker: Speaker) -> None:
    owner = server.make_user(speaker.owner.appid, policy(speaker, statement(speaker, ("put",))))
    one = speaker.as_owner(owner)
    one.put("k")
    name = owner.key_id.removeprefix("key-of-")
    done = server.run("user", "detach", name, f"{name}-0", "--account", str(owner.appid))
    assert done.returncode == 0, done.stderr
    one.refused(denied(one), "PUT", "k", body=b"x")


def test_whoever_may_not_read_learns_no_entity_tag(speaker: Speaker, user: User) -> None:
    """AWS, "conditional deletes": If-Match needs the right to get the object too; that nothing is there needs none."""
    if speaker.cloud is OSS:
        return  # it has no conditions on writes
    etag = speaker.put("k").headers["etag"]
    writer = user(None, statement(speaker, (*UPLOADS, "delete")))
    both = user(None, statement(speaker, (*UPLOADS, "delete", "get")))
    for tag in (etag, '"0123456789abcdef0123456789abcdef"'):
        writer.refused(denied(writer), "PUT", "k", body=b"x", headers={"If-Match": tag})
    assert both.ask("PUT", "k", body=b"x", headers={"If-Match": '"0123456789abcdef0123456789abcdef"'}).status == 412
    assert both.ask("PUT", "k", body=b"content", headers={"If-Match": etag}).status == 200
    assert writer.ask("PUT", "k", body=b"x", headers={"If-None-Match": "*"}).status in {409, 412}
    if speaker.cloud is S3:
        writer.refused(denied(writer), "DELETE", "k", headers={"If-Match": etag})
        body = S3.document("Delete", ("Object", (("Key", "k"), ("ETag", etag))))
        reply = writer.ask("POST", query={"delete": ""}, body=body, headers={"Content-MD5": md5_base64(body)})
        assert S3.value(reply, "Code") == "AccessDenied"
        both.ok("DELETE", "k", status=204, headers={"If-Match": etag})
