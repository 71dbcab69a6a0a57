"""What anybody may do without a signature, by the ACLs of bucket and object, and what nobody may.

Sources: AWS "Canned ACL"; wire facts of Tencent §6.3, Alibaba §4.6, §5.3, Volcengine §3.9; the readings on ACLs.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from behaviour.client import Reply
from behaviour.conftest import OTHER

from .clouds import APPENDING_CLOUDS, CLOUDS, OSS, S3, TOS, Cloud, Refusal, about, check_refused
from .conftest import Speak
from .forms import Form, Kind, dialect_of, post
from .operations import OPERATIONS, operations_of
from .speaker import Speaker

DENIED = Refusal(403, "AccessDenied")
READS = frozenset({"get", "head"})
LISTS = frozenset({"list", "list v2", "head bucket"})
WRITES = frozenset({
    "put", "delete", "start", "put part", "list parts", "abort", "list uploads", "append", "put link",
})  # fmt: skip
ALLOWED: dict[str, frozenset[str]] = {
    "private": frozenset(),
    "public-read": READS | LISTS,
    "public-read-write": READS | LISTS | WRITES,
}


def allowed(cloud: Cloud, acl: str) -> frozenset[str]:
    """What a bucket's ACL opens. S3's does not reach objects."""
    return ALLOWED[acl] - (READS if cloud is S3 else frozenset())


QUIET = frozenset(
    {"bucket stat", "location", "object meta", "file status", "get link", "complete", "copy", "copy part"}
)
"""What a public bucket may or may not show beside; checked below, or of no consequence."""


def _further(speaker: Speaker, name: str) -> dict[str, str]:
    """What a request names beside the key."""
    place = {speaker.cloud.append: "0"} if name == "append" else {}
    return {"uploadId": speaker.upload} if OPERATIONS[name].names == "upload" else place


def without_signature(speaker: Speaker, name: str, key: str) -> Reply:
    """The cloud's host tells the dialect."""
    host = f"{speaker.text}.{speaker.cloud.host}"
    query = _further(speaker, name)
    return OPERATIONS[name].ask(speaker, key, how=None, host=host, query=query)


def by_a_stranger(speaker: Speaker, name: str, key: str) -> Reply:
    """Another account's good key is worth no more than none."""
    query = _further(speaker, name)
    bucket = speaker.bucket.host_name
    return OPERATIONS[name].ask(speaker.as_owner(OTHER), key, query=query, bucket=bucket)


def open_up(speaker: Speaker, acl: str, key: str = "") -> None:
    """Set the ACL of the bucket, or of an object."""
    name = "object-acl" if key and speaker.cloud.prefix == "x-oss-" else "acl"
    speaker.ok("PUT", key, query={"acl": ""}, headers={speaker.cloud.prefix + name: acl})


@pytest.mark.parametrize("who", [without_signature, by_a_stranger])
@pytest.mark.parametrize("acl", ALLOWED)
def test_the_acl_of_the_bucket(speak: Speak, cloud: Cloud, acl: str, who: Callable[[Speaker, str, str], Reply]) -> None:
    """Every operation, allowed or refused as the table says; what is refused changes nothing."""
    speaker = speak(cloud)
    speaker.put("a.txt", b"alpha")
    open_up(speaker, acl)
    for name, operation in operations_of(cloud):
        if name in QUIET:
            continue
        key = "fresh" if name in {"append", "start"} else "a.txt"
        if operation.names == "upload":
            key = "pending"
            speaker.upload = speaker.start(key)
        if name == "delete many":
            continue  # each key by itself, see below
        reply = who(speaker, name, key)
        with about(f"{name}: {reply}"):
            if name in allowed(cloud, acl):
                assert 200 <= reply.status < 300
            else:
                check_refused(cloud, reply, DENIED)
        if name in allowed(cloud, acl) & WRITES:
            speaker.ok("DELETE", "fresh", status=204)
            speaker.put("a.txt", b"alpha")
    assert cloud.values(speaker.ok("GET", query={"acl": ""}), "Permission" if cloud is not OSS else "Grant")
    if "get" in allowed(cloud, acl):
        assert without_signature(speaker, "get", "a.txt").body == b"alpha"


@pytest.mark.parametrize("acl", ALLOWED)
def test_many_keys_at_once(speak: Speak, cloud: Cloud, acl: str) -> None:
    speaker = speak(cloud)
    speaker.put("a.txt", b"alpha")
    open_up(speaker, acl)
    host = f"{speaker.text}.{cloud.host}"
    reply = OPERATIONS["delete many"].ask(speaker, body=cloud.deletion(["a.txt"]), how=None, host=host)
    if acl == "public-read-write":
        assert reply.status == 200, str(reply)
        assert speaker.keys() == []
    else:
        assert cloud.value(reply, "Code") == "AccessDenied", str(reply)
        assert speaker.keys() == ["a.txt"]


def test_the_acl_of_the_object(speak: Speak, cloud: Cloud) -> None:
    """Its own counts more than the bucket's, either way; it opens reading, nothing else."""
    speaker = speak(cloud)
    for bucket_acl in ALLOWED:
        open_up(speaker, bucket_acl)
        for acl, readable in (("private", False), ("public-read", True), ("public-read-write", True)):
            speaker.put("k", b"alpha")
            open_up(speaker, acl, "k")
            with about(f"{acl} in {bucket_acl}"):
                reply = without_signature(speaker, "get", "k")
                assert (reply.body == b"alpha") == readable, str(reply)
                assert without_signature(speaker, "head", "k").status == (200 if readable else 403)
                if bucket_acl != "public-read-write":
                    check_refused(cloud, without_signature(speaker, "put", "k"), DENIED)
                    check_refused(cloud, without_signature(speaker, "delete", "k"), DENIED)
                check_refused(cloud, without_signature(speaker, "put acl", "k"), DENIED)
                check_refused(cloud, without_signature(speaker, "put tags", "k"), DENIED)
            speaker.ok("DELETE", "k", status=204)


def test_an_acl_that_came_with_the_object(speak: Speak, cloud: Cloud) -> None:
    """By a put, by the start of an upload in parts, by a copy."""
    speaker = speak(cloud)
    acl = {f"{cloud.prefix}{'object-' if cloud is OSS else ''}acl": "public-read"}
    speaker.ok("PUT", "put", headers=acl, body=b"alpha")
    upload = speaker.start("parts", acl)
    speaker.complete("parts", upload, [(1, speaker.part("parts", upload, 1, b"alpha"))])
    source = {f"{cloud.prefix}copy-source": cloud.source(speaker.text, "put")}
    speaker.ok("PUT", "copy", headers={**acl, **source})
    speaker.ok("PUT", "copied without", headers=source)
    for key in ("put", "parts", "copy"):
        assert without_signature(speaker, "get", key).body == b"alpha", key
    check_refused(cloud, without_signature(speaker, "get", "copied without"), DENIED)
    check_refused(cloud, without_signature(speaker, "list", ""), DENIED)


def test_every_dialect_shows_what_another_one_opened(speak: Speak, cloud: Cloud) -> None:
    """And COS JSON's downloads."""
    first = speak(cloud)
    first.put("k", b"alpha")
    open_up(first, "public-read", "k")
    for other in CLOUDS:
        assert without_signature(speak(other, first), "get", "k").body == b"alpha", other.name
    assert first.bucket.download("/k", sign=None).body == b"alpha"
    open_up(first, "private", "k")
    for other in CLOUDS:
        check_refused(other, without_signature(speak(other, first), "get", "k"), DENIED)
    assert first.bucket.download("/k", sign=None).status == 403


def test_what_is_missing_is_not_told(speak: Speak, cloud: Cloud) -> None:
    """In a private bucket nobody learns which keys there are; in a public one they do."""
    speaker = speak(cloud)
    speaker.put("there")
    for key in ("there", "not-there"):
        check_refused(cloud, without_signature(speaker, "get", key), DENIED)
    open_up(speaker, "public-read")
    told = DENIED if cloud is S3 else Refusal(404, "NoSuchKey")
    check_refused(cloud, without_signature(speaker, "get", "not-there"), told)


def test_a_form_of_anybody(speak: Speak, kind: Kind) -> None:
    """Without a policy: only where anybody may write (wire facts of Volcengine §3.4, Alibaba §3.2)."""
    cloud = dialect_of(kind)
    speaker = speak(cloud)
    unsigned = Form(spoil=lambda fields: {"key": fields["key"]})
    host = f"{speaker.text}.{cloud.host}"
    for acl in ("private", "public-read"):
        open_up(speaker, acl)
        check_refused(cloud, post(kind, speaker, unsigned, host=host), DENIED)
    assert speaker.keys() == []
    open_up(speaker, "public-read-write")
    assert post(kind, speaker, unsigned, host=host).status == 204
    assert speaker.content("formed.txt") == b"by a form"


def test_responses_are_not_dressed_for_anybody(speak: Speak, cloud: Cloud) -> None:
    """AWS: ``response-*`` needs a signature, lest a public file be served as another type."""
    speaker = speak(cloud)
    speaker.put("k", b"alpha", Content_Type="text/plain")
    open_up(speaker, "public-read", "k")
    dressed = {"response-content-type": "text/html"}
    assert speaker.ok("GET", "k", query=dressed).headers["content-type"] == "text/html"
    reply = speaker.ask("GET", "k", query=dressed, how=None, host=f"{speaker.text}.{cloud.host}")
    assert reply.status in {400, 403}, str(reply)
    assert cloud.value(reply, "Code")


@pytest.mark.parametrize("cloud", APPENDING_CLOUDS, ids=lambda cloud: cloud.name)
def test_a_private_object_is_not_appended_to_by_readers(speak: Speak, cloud: Cloud) -> None:
    speaker = speak(cloud)
    speaker.ok("POST", "log", query={"append": "", cloud.append: "0"}, body=b"one")
    open_up(speaker, "public-read")
    host = f"{speaker.text}.{cloud.host}"
    reply = speaker.ask("POST", "log", query={"append": "", cloud.append: "3"}, body=b"x", how=None, host=host)
    check_refused(cloud, reply, DENIED)
    assert speaker.content("log") == b"one"


@pytest.mark.parametrize("cloud", [OSS, TOS], ids=lambda cloud: cloud.name)
def test_a_link_opens_nothing(speak: Speak, cloud: Cloud) -> None:
    """Whoever makes it or follows it needs the right to what it leads to."""
    speaker = speak(cloud)
    speaker.put("shown", b"alpha")
    speaker.put("hidden", b"hidden")
    open_up(speaker, "public-read-write")
    open_up(speaker, "private", "hidden")
    host = f"{speaker.text}.{cloud.host}"
    for target, status in (("shown", 200), ("hidden", 403)):
        header = {f"{cloud.prefix}symlink-target": target}
        made = speaker.ask("PUT", f"to-{target}", query={"symlink": ""}, headers=header, how=None, host=host)
        assert made.status == status, str(made)
    speaker.ok("PUT", "to-hidden", query={"symlink": ""}, headers={f"{cloud.prefix}symlink-target": "hidden"})
    assert without_signature(speaker, "get", "to-shown").body == b"alpha"
    check_refused(cloud, without_signature(speaker, "get", "to-hidden"), DENIED)
    check_refused(cloud, without_signature(speaker, "head", "to-hidden"), DENIED)
    assert speaker.content("to-hidden") == b"hidden"
    source = {f"{cloud.prefix}copy-source": cloud.source(speaker.text, "to-hidden")}
    copied = speaker.ask("PUT", "copied", headers=source, how=None, host=host)
    check_refused(cloud, copied, DENIED)


def test_a_copy_opens_nothing(speak: Speak, cloud: Cloud) -> None:
    """Anybody may write there, and still not copy what nobody may read."""
    speaker = speak(cloud)
    speaker.put("hidden", b"hidden")
    open_up(speaker, "public-read-write")
    open_up(speaker, "private", "hidden")
    source = {f"{cloud.prefix}copy-source": cloud.source(speaker.text, "hidden")}
    host = f"{speaker.text}.{cloud.host}"
    check_refused(cloud, speaker.ask("PUT", "copied", headers=source, how=None, host=host), DENIED)
    upload = speaker.start("parts")
    query = {"partNumber": "1", "uploadId": upload}
    check_refused(cloud, speaker.ask("PUT", "parts", query=query, headers=source, how=None, host=host), DENIED)
    assert speaker.keys() == ["hidden"]


def test_a_bucket_acl_of_s3_does_not_reach_objects(speak: Speak) -> None:
    """AWS: READ of a bucket is listing (ACL overview; s3-tests, access_bucket_publicread_object_private)."""
    speaker = speak(S3)
    speaker.put("mine", b"private")
    for acl in ("public-read", "public-read-write"):
        open_up(speaker, acl)
        for who in (without_signature, by_a_stranger):
            check_refused(S3, who(speaker, "get", "mine"), DENIED)
            check_refused(S3, who(speaker, "head", "mine"), Refusal(403, ""))
            assert who(speaker, "list", "").status == 200
    open_up(speaker, "public-read", "mine")
    assert without_signature(speaker, "get", "mine").body == b"private"


def test_a_bucket_acl_of_another_cloud_reaches_objects_of_s3(speak: Speak) -> None:
    """Whoever sets it last says it, in its own cloud's words."""
    speaker = speak(OSS)
    speaker.put("a.txt", b"alpha")
    by_s3 = speak(S3, speaker)
    for one, readable in ((speaker, True), (by_s3, False), (speaker, True)):
        open_up(one, "public-read")
        assert (without_signature(by_s3, "get", "a.txt").body == b"alpha") == readable


def test_an_object_of_s3_cannot_ask_for_its_buckets_acl(speak: Speak) -> None:
    speaker = speak(S3)
    reply = speaker.ask("PUT", "a.txt", headers={"x-amz-acl": "default"}, body=b"alpha")
    check_refused(S3, reply, Refusal(400, "InvalidArgument"))
    assert speaker.keys() == []
