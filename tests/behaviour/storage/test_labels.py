"""What is kept and given back and changes little else: tags of buckets, grants in headers, redirects, who pays.

Sources: wire facts of Tencent §7, Alibaba §5, Volcengine §3.8, §3.9; AWS "Actions, resources, and condition keys for
Amazon S3", "Access control list overview"; the clouds' lists of actions that policies can name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from behaviour.client import form
from behaviour.server import Server

from .clouds import CLOUDS, COS, OSS, S3, TOS, Cloud, Codes, Refusal, about
from .conftest import Speak
from .languages import policy, statement
from .speaker import Speaker, md5_base64

DENIED = Codes(403, "AccessDenied")
User = Callable[..., Speaker]
EVERYONE = {
    "s3": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"', "tos": 'Canned="AllUsers"',
    "cos": 'uri="http://cam.qcloud.com/groups/global/AllUsers"',
}  # fmt: skip


@pytest.fixture
def user(server: Server, speaker: Speaker) -> User:
    """Gives a speaker with the key of a fresh sub-user who may do these things in the bucket."""

    def make(*does: str) -> Speaker:
        return speaker.as_owner(server.make_user(speaker.owner.appid, policy(speaker, statement(speaker, does))))

    return make


def tagging(cloud: Cloud, **tags: str) -> dict[str, Any]:
    """The body of a request that sets tags, and its digest."""
    pairs = tuple(("Tag", (("Key", key), ("Value", value))) for key, value in tags.items())
    body = cloud.document("Tagging", ("TagSet", pairs))
    return {"body": body, "headers": {"Content-MD5": md5_base64(body)}}


def rule_of(cloud: Cloud, *members: tuple[str, Any]) -> tuple[str, Any]:
    """A lifecycle rule of the keys below ``old/``."""
    pairs = (("ID", "a b"), ("Prefix", "old/"), ("Status", "Enabled"), *members)
    if not cloud.json:
        return "Rule", pairs
    return "Rules", [{name: dict(value) if isinstance(value, tuple) else value for name, value in pairs}]


def test_tags_of_buckets(speaker: Speaker) -> None:
    cloud, asked = speaker.cloud, {"query": {"tagging": ""}}
    status = 204 if cloud in {S3, COS} else 200
    if cloud is OSS:  # the cloud's page "GetBucketTags": an empty set
        assert cloud.values(speaker.ok("GET", **asked), "Key") == []  # type: ignore[arg-type]
    else:
        speaker.refused(Refusal(404, "NoSuchTagSet"), "GET", **asked)
    speaker.ok("PUT", status=status, **asked, **tagging(cloud, team="blue", cost="7"))
    shown = speaker.ok("GET", **asked)  # type: ignore[arg-type]
    assert sorted(zip(cloud.values(shown, "Key"), cloud.values(shown, "Value"), strict=True)) == [
        ("cost", "7"), ("team", "blue"),
    ]  # fmt: skip
    speaker.ok("DELETE", status=204, **asked)  # type: ignore[arg-type]
    assert "team" not in speaker.ask("GET", **asked).body.decode()


def test_rights_to_the_tags_of_a_bucket(speaker: Speaker, user: User) -> None:
    """Each has an action of its own, but S3's PutBucketTagging also takes tags away."""
    cloud, asked = speaker.cloud, {"query": {"tagging": ""}}
    requests: dict[str, tuple[str, dict[str, Any]]] = {
        "set bucket tags": ("PUT", tagging(cloud, team="blue")),
        "read bucket tags": ("GET", {}),
        "drop bucket tags": ("DELETE", {}),
    }
    for does in requests:
        one = user(does)
        for other, (method, given) in requests.items():
            may = does == other or (cloud is S3 and "GET" not in {method, requests[does][0]})
            with about(f"{does}: {other}"):
                speaker.ask("PUT", **asked, **tagging(cloud, team="blue"))
                reply = one.ask(method, **asked, **given)
                assert (reply.status in {200, 204}) is may, str(reply)


def test_the_right_to_what_a_bucket_is_set_to(speaker: Speaker, user: User) -> None:
    """Reading is an action; listing and asking whether the bucket is there are others."""
    reader, lister = user("read settings"), user("list")
    for one, may in ((reader, True), (lister, False)):
        reply = one.ask("GET", query={"versioning": ""})
        assert (reply.status == 200) is may, str(reply)
    for name in ("acl", "cors", "lifecycle", "tagging", "referer"):
        assert reader.ask("GET", query={name: ""}).status != 200
    reader.refused(DENIED[speaker.cloud.name], "GET")


def test_archived_bytes_are_not_pointed_at(speak: Speak) -> None:
    """COS "POST Object restore": what is archived is not read or copied before; neither by an instant upload."""
    speaker, content = speak(COS), b"archived" * 9000
    speaker.bucket.put("/old", content)
    to_archive = {
        "x-cos-copy-source": COS.source(speaker.text, "old"), "x-cos-storage-class": "ARCHIVE",
        "x-cos-metadata-directive": "Replaced",
    }  # fmt: skip
    speaker.ok("PUT", "old", headers=to_archive)
    sha = hashlib.sha1(content).hexdigest()
    asked = form("upload_slice_init", "/new", filesize=len(content), slice_size=65536, sha=sha)
    assert "session" in speaker.bucket.ok(asked)
    assert speaker.keys() == ["old"]


def test_the_right_to_set_days(server: Server, speak: Speak) -> None:
    """Volcengine, pages of SetObjectExpires in its SDKs: it needs tos:SetObjectExpires."""
    speaker = speak(TOS)
    speaker.put("k")
    for does, may in ((("days",), True), (("put", "get"), False)):
        one = speaker.as_owner(server.make_user(speaker.owner.appid, policy(speaker, statement(speaker, does))))
        reply = one.ask("POST", "k", query={"objectExpires": ""}, body=b'{"ObjectExpires": 9}')
        assert (reply.status == 200) is may, str(reply)
    one.refused(DENIED["tos"], "POST", "k", query={"metadata": ""}, headers={"x-tos-object-expires": "1"})


def test_denied_days_are_set_on_no_way(server: Server, speak: Speak) -> None:
    """The action is denied beside everything: so nothing that is stored, copied or appended to has days either."""
    speaker = speak(TOS)
    speaker.put("old")
    grown: dict[str, Any] = {"query": {"append": "", "offset": "0"}}
    speaker.ok("POST", "log", body=b"x", **grown)
    given = (statement(speaker, ("anything",)), statement(speaker, ("days",), allow=False))
    one = speaker.as_owner(server.make_user(speaker.owner.appid, policy(speaker, *given)))
    days = {"x-tos-object-expires": "1"}
    copy = {"x-tos-copy-source": f"/{speaker.text}/old"}
    ways: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("PUT", "k", {}), ("PUT", "old", {"headers": copy | {"x-tos-metadata-directive": "REPLACE"}}),
        ("PUT", "k", {"headers": copy}), ("POST", "k", {"query": {"uploads": ""}}), ("POST", "k", grown),
        ("POST", "log", {"query": {"append": "", "offset": "1"}, "body": b"y"}),
        ("POST", "old", {"query": {"metadata": ""}}),
    )  # fmt: skip
    for method, key, asked in ways:
        with about(f"{method} {key} {asked}"):
            one.refused(DENIED["tos"], method, key, **{**asked, "headers": asked.get("headers", {}) | days})
    for method, key, asked in ways:
        with about(f"{method} {key} {asked} without days"):
            one.ok(method, key, **asked)
            if key != "log":
                speaker.ok("DELETE", key if key == "k" else "none", status=204)


def test_a_bucket_made_with_labels_asks_for_their_right(server: Server, speak: Speak) -> None:
    speaker = speak(TOS)
    allowed = {"Effect": "Allow", "Action": ["tos:*"], "Resource": ["*"]}
    denied = {"Effect": "Deny", "Action": ["tos:PutBucketTagging"], "Resource": ["*"]}
    one = speaker.as_owner(server.make_user(speaker.owner.appid, policy(speaker, allowed, denied)))
    name = f"{speaker.bucket.name}x"
    one.refused(DENIED["tos"], "PUT", bucket=name, headers={"x-tos-tagging": "a=b"})
    one.ok("PUT", bucket=name)


@pytest.mark.parametrize("cloud", [S3, TOS, COS], ids=lambda cloud: cloud.name)
def test_grants_in_headers(speak: Speak, cloud: Cloud) -> None:
    """To the owner and to all users; finer ones are refused. OSS has none."""
    speaker = speak(cloud)
    name = f"{cloud.prefix}grant-read"
    anybody = f"/{speaker.text}/public"
    speaker.ok("PUT", "public", body=b"x", headers={name: EVERYONE[cloud.name]})
    assert speaker.bucket.client.send("GET", anybody).status == 200
    owner = cloud.value(speaker.ok("GET", query={"acl": ""}), "ID")
    speaker.ok("PUT", "public", query={"acl": ""}, headers={f"{cloud.prefix}grant-full-control": f'id="{owner}"'})
    assert speaker.bucket.client.send("GET", anybody).status == 403
    if cloud is COS:
        number = owner.rpartition("/")[2]
        speaker.ok("PUT", "public", query={"acl": ""}, headers={f"{cloud.prefix}grant-read": f'id="{number}"'})
    reply = speaker.ask("PUT", "other", body=b"x", headers={name: 'id="somebody"'})
    assert reply.status in {405, 501}
    assert speaker.keys() == ["public"]


@pytest.mark.parametrize("cloud", [S3, TOS, COS], ids=lambda cloud: cloud.name)
def test_where_a_website_would_send_on(speak: Speak, cloud: Cloud) -> None:
    speaker, name = speak(cloud), f"{cloud.prefix}website-redirect-location"
    speaker.ok("PUT", "k", body=b"x", headers={name: "/other"})
    upload = speaker.start("parts", headers={name: "https://example.com/"})
    speaker.complete("parts", upload, [(1, speaker.part("parts", upload, 1, b"x"))])
    assert speaker.ok("HEAD", "k").headers[name] == "/other"
    assert speaker.ok("GET", "parts").headers[name] == "https://example.com/"
    assert speaker.ask("PUT", "bad", body=b"x", headers={name: "javascript:x"}).status == 400


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_replies_tell_when_a_rule_removes_the_object(speak: Speak, cloud: Cloud) -> None:
    """botocore, PutObject, CopyObject, CompleteMultipartUpload; COS SDK for Java; OSS SDK for Go v2 and TOS: reads."""
    speaker, name = speak(cloud), f"{cloud.prefix}expiration"
    body = cloud.document("LifecycleConfiguration", rule_of(cloud, ("Expiration", (("Days", 2),))))
    speaker.ok("PUT", query={"lifecycle": ""}, body=body, headers={"Content-MD5": md5_base64(body)})
    upload = speaker.start("old/parts")
    part = speaker.part("old/parts", upload, 1, b"x")
    source = {f"{cloud.prefix}copy-source": cloud.source(speaker.text, "old/k")}
    replies = [
        speaker.put("old/k"), speaker.ok("HEAD", "old/k"), speaker.ok("GET", "old/k"),
        speaker.ok("PUT", "old/copy", headers=source), speaker.complete("old/parts", upload, [(1, part)]),
    ]  # fmt: skip
    for number, reply in enumerate(replies):
        with about(number):
            assert reply.headers[name].startswith('expiry-date="')
            assert reply.headers[name].endswith(' GMT", rule-id="a%20b"')
    assert name not in speaker.put("young").headers


ARCHIVES = {"s3": "GLACIER", "oss": "ColdArchive", "tos": "ARCHIVE", "cos": "ARCHIVE"}
JOBS = {"s3": "GlacierJobParameters", "oss": "JobParameters", "tos": "RestoreJobParameters", "cos": "CASJobParameters"}


def test_archives_are_restored_before_they_are_read(speaker: Speaker) -> None:
    """The clouds' pages of RestoreObject: 202, then 200; until then InvalidObjectState."""
    cloud, closed = speaker.cloud, Refusal(403, "InvalidObjectState")
    label, restore = f"{cloud.prefix}storage-class", {"query": {"restore": ""}}
    source = {f"{cloud.prefix}copy-source": cloud.source(speaker.text, "k")}
    speaker.ok("PUT", "k", body=b"cold", headers={label: ARCHIVES[cloud.name]})
    head = speaker.ok("HEAD", "k").headers
    assert (head[label], head.get(f"{cloud.prefix}restore")) == (ARCHIVES[cloud.name], None)
    speaker.refused(closed, "GET", "k")
    speaker.refused(closed, "PUT", "copy", headers=source)
    body = cloud.document("RestoreRequest", ("Days", 3), (JOBS[cloud.name], (("Tier", "Standard"),)))
    for status in (202, 200):
        speaker.ok("POST", "k", status=status, body=body, headers={"Content-MD5": md5_base64(body)}, **restore)
    told = speaker.ok("GET", "k")
    assert told.body == b"cold"
    shown = told.headers[f"{cloud.prefix}restore"]
    assert shown.startswith('ongoing-request="false", expiry-date="')
    until = parsedate_to_datetime(shown.partition('expiry-date="')[2].strip('"'))
    assert timedelta(days=2.9) < until - datetime.now(UTC) <= timedelta(days=3)
    assert speaker.content("k") == b"cold"
    speaker.ok("PUT", "copy", headers=source)
    assert speaker.content("copy") == b"cold"
    assert label not in speaker.ok("HEAD", "copy").headers or cloud in {OSS, TOS}
    plain = speaker.ask("POST", "copy", body=body, **restore)
    assert plain.status == (400 if cloud is OSS else 403)


def test_the_right_to_restore(speaker: Speaker, user: User) -> None:
    cloud = speaker.cloud
    speaker.ok("PUT", "k", body=b"cold", headers={f"{cloud.prefix}storage-class": ARCHIVES[cloud.name]})
    body = cloud.document("RestoreRequest", ("Days", 1))
    for does, status in ((("put", "get"), 403), (("restore",), 202)):
        assert user(*does).ask("POST", "k", query={"restore": ""}, body=body).status == status


def test_a_copy_has_the_class_that_it_asks_for(speaker: Speaker) -> None:
    """aws s3 cp --storage-class sends it without a directive."""
    cloud = speaker.cloud
    label, warm = f"{cloud.prefix}storage-class", {"s3": "STANDARD_IA", "cos": "STANDARD_IA"}.get(cloud.name, "IA")
    speaker.put("k", b"x")
    copy = {f"{cloud.prefix}copy-source": cloud.source(speaker.text, "k"), label: warm}
    speaker.ok("PUT", "copy", headers=copy)
    speaker.ok("PUT", "k", headers=copy)
    for key in ("copy", "k"):
        assert speaker.ok("HEAD", key).headers[label] == warm


def test_listings_tell_of_restorations(speak: Speak) -> None:
    """AWS, ListObjectsV2, OptionalObjectAttributes."""
    s3 = speak(S3)
    s3.put("k", b"x", x_amz_storage_class="GLACIER")
    s3.ok("POST", "k", query={"restore": ""}, status=202, body=S3.document("RestoreRequest", ("Days", 1)))
    asked = {"x-amz-optional-object-attributes": "RestoreStatus"}
    for query in ({"list-type": "2"}, {"versions": ""}):
        assert S3.value(s3.ok("GET", query=query, headers=asked), "IsRestoreInProgress") == "false"
        assert S3.values(s3.ok("GET", query=query), "IsRestoreInProgress") == []


def test_transitions_are_kept_and_given_back(speaker: Speaker) -> None:
    """S3 also tells from which size on (AWS, PutBucketLifecycleConfiguration; Terraform waits for it)."""
    cloud, asked = speaker.cloud, {"query": {"lifecycle": ""}}
    warm = {"oss": "IA", "tos": "IA"}.get(cloud.name, "STANDARD_IA")
    moves = (("Days", 30), ("StorageClass", warm)), (("Days", 90), ("StorageClass", ARCHIVES[cloud.name]))
    members: tuple[tuple[str, Any], ...] = tuple(("Transition", one) for one in moves)
    if cloud.json:
        members = (("Transitions", [dict(one) for one in moves]),)
    body = cloud.document("LifecycleConfiguration", rule_of(cloud, *members))
    set_ = speaker.ok("PUT", body=body, headers={"Content-MD5": md5_base64(body)}, **asked)  # type: ignore[arg-type]
    shown = speaker.ok("GET", **asked)  # type: ignore[arg-type]
    assert cloud.values(shown, "StorageClass") == [warm, ARCHIVES[cloud.name]]
    assert cloud.values(shown, "Days") == ["30", "90"]
    if cloud is S3:
        for reply in (set_, shown):
            assert reply.headers["x-amz-transition-default-minimum-object-size"] == "all_storage_classes_128K"
    for wrong in (
        (("Days", 1), ("StorageClass", "Nonsense")),
        (("StorageClass", warm),),
        (("Days", 1), ("Date", "2030-01-01T00:00:00.000Z"), ("StorageClass", warm)),
    ):
        member: tuple[str, Any] = ("Transitions", [dict(wrong)]) if cloud.json else ("Transition", wrong)
        body = cloud.document("LifecycleConfiguration", rule_of(cloud, member))
        reply = speaker.ask("PUT", body=body, headers={"Content-MD5": md5_base64(body)}, **asked)  # type: ignore[arg-type]
        assert reply.status == 400, str(reply)
    assert cloud.values(speaker.ok("GET", **asked), "Days") == ["30", "90"]  # type: ignore[arg-type]
