"""Operations on what is not there, belongs to somebody else, is not implemented or cannot be.

Sources: wire facts of Tencent §7.3, §7.6, §7.8, Alibaba §4.6, §5, Volcengine §3.5, §3.6; AWS "Error responses".
"""

from __future__ import annotations

import itertools

import pytest

from behaviour.conftest import OTHER

from .clouds import CLOUDS, Cloud, Codes, Refusal, about, check_refused
from .conftest import Speak
from .operations import OPERATIONS, operations_of
from .signers import encoded
from .speaker import Speaker

NO_BUCKET = Codes(404, "NoSuchBucket")
DENIED = Codes(403, "AccessDenied")
NO_KEY = Codes(404, "NoSuchKey")
NO_UPLOAD = Codes(404, "NoSuchUpload")
NOT_HERE = Codes(
    501, "NotImplemented", tos=(405, "MethodNotAllowed"), cos=(405, "MethodNotAllowed"), oss=(400, "NotImplemented")
)
NO_METHOD = Codes(405, "MethodNotAllowed")


def test_unknown_bucket(steady: Speaker) -> None:
    for name, operation in operations_of(steady.cloud):
        if steady.cloud.name == "oss" and name == "put bucket acl":
            continue  # makes it; see test_oss
        for bucket in ("no-such-bucket", f"no-such-bucket-{steady.owner.appid}", "no-such-bucket-1250009999"):
            with about(f"{name} in {bucket}"):
                check_refused(steady.cloud, operation.ask(steady, bucket=bucket), NO_BUCKET[steady.cloud.name])


def test_a_foreign_private_bucket(steady: Speaker) -> None:
    """Whoever has a good key of another account learns no more than that this is not theirs."""
    stranger = steady.as_owner(OTHER)
    for name, operation in operations_of(steady.cloud):
        for key in ("none", "a.txt"):
            if name != "delete many":
                with about(f"{name} of {key}"):
                    check_refused(steady.cloud, operation.ask(stranger, key), DENIED[steady.cloud.name])


def test_many_foreign_keys(steady: Speaker) -> None:
    """Each by itself (wire facts of Tencent §10: denied keys go into `Error` entries)."""
    stranger = steady.as_owner(OTHER)
    reply = OPERATIONS["delete many"].ask(stranger, body=steady.cloud.deletion(["a.txt", "none"]))
    if steady.cloud.prefix == "x-oss-":  # as a whole, because its SDKs look for nothing else
        check_refused(steady.cloud, reply, DENIED[steady.cloud.name])
        return
    assert reply.status == 200
    assert steady.cloud.values(reply, "Code") == ["AccessDenied", "AccessDenied"]
    assert steady.cloud.values(reply, "Key") == ["a.txt", "none"]


def test_nobody(steady: Speaker) -> None:
    """Without any signature; the dialect is told by its headers, or by the cloud's host."""
    host = f"{steady.text}.{steady.cloud.host}"
    for name, operation in operations_of(steady.cloud):
        with about(name):
            reply = operation.ask(steady, "a.txt", how=None, host=host)
            check_refused(steady.cloud, reply, DENIED[steady.cloud.name])


def test_what_is_missing(steady: Speaker) -> None:
    for name, operation in operations_of(steady.cloud):
        if operation.names:
            expected = NO_KEY if operation.names == "object" else NO_UPLOAD
            with about(name):
                check_refused(steady.cloud, operation.ask(steady), expected[steady.cloud.name])


def test_a_foreign_bucket_cannot_be_copied_from(speak: Speak, steady: Speaker) -> None:
    theirs = speak(steady.cloud, owner=OTHER)
    theirs.put("secret", b"theirs")
    foreign = f"{theirs.bucket.name}-{OTHER.appid}"
    header = {f"{steady.cloud.prefix}copy-source": steady.cloud.source(foreign, "secret")}
    query = {"partNumber": "3", "uploadId": steady.upload}
    for key, asked in (("stolen", {}), ("pending.bin", query)):
        reply = steady.ask("PUT", key, headers=header, query=asked)
        check_refused(steady.cloud, reply, DENIED[steady.cloud.name])
    gone = {f"{steady.cloud.prefix}copy-source": steady.cloud.source("no-such-bucket-1250009999", "k")}
    steady.refused(NO_BUCKET[steady.cloud.name], "PUT", "copy", headers=gone)


def test_copy_sources_that_name_nothing(steady: Speaker) -> None:
    """Wire facts of Tencent §7.3 InvalidCopySource; S3 InvalidArgument."""
    expected = Codes(400, "InvalidArgument", cos=(400, "InvalidCopySource"))
    for text in ("nonsense", "/", f"/{steady.text}", f"/{steady.text}/", "//k"):
        if steady.cloud.name == "cos" and text == "//k":
            continue
        header = {f"{steady.cloud.prefix}copy-source": text}
        steady.refused(expected[steady.cloud.name], "PUT", "copy", headers=header)


SUBRESOURCES: dict[str, dict[str, tuple[str, ...]]] = {
    "s3": {
        "bucket": ("policy", "website", "logging", "notification", "replication", "metrics",
                   "object-lock", "accelerate", "requestPayment", "publicAccessBlock", "inventory", "versioning"),
        "object": ("torrent", "select", "renameObject"),
    },
    "oss": {
        "bucket": ("policy", "website", "logging", "referer", "versions", "worm", "replication",
                   "inventory", "cname", "transferAcceleration", "requestPayment", "style", "live", "versioning"),
        "object": ("x-oss-process", "select", "x-oss-async-process", "asyncFetch", "vod"),
    },
    "tos": {
        "bucket": ("policy", "website", "versions", "mirror", "replication", "inventory", "rename",
                   "realtimeLog", "customdomain", "notification_v2", "versioning"),
        "object": ("rename", "fetch", "x-tos-process"),
    },
    "cos": {
        "bucket": ("policy", "website", "logging", "versions", "referer", "replication", "inventory",
                   "domain", "origin", "accelerate", "intelligenttiering", "versioning"),
        "object": ("select", "torrent", "imageMogr2", "ci-process"),
    },
}  # fmt: skip


def test_sub_resources_that_are_not_here(steady: Speaker) -> None:
    """Of an object refused as not implemented. A bucket's are told truthfully when read, and refused when set."""
    for level, names in SUBRESOURCES[steady.cloud.name].items():
        key = "a.txt" if level == "object" else ""
        for name, method in itertools.product(names, ("GET", "PUT", "DELETE", "POST", "HEAD")):
            with about(f"{method} ?{name}"):
                if level == "object":
                    reply = steady.refused(NOT_HERE[steady.cloud.name], method, key, query={name: ""}, body=b"")
                    assert b"alpha" not in reply.body
                    continue
                reply = steady.ask(method, query={name: ""}, body=b"")
                told = {"GET": {200, 404}, "HEAD": {200, 404}, "DELETE": {204}}.get(method, set())
                assert reply.status in told or 400 <= reply.status < 500 or reply.status == 501, str(reply)
                assert method != "GET" or reply.status != 501, str(reply)


def test_parameters_that_nobody_knows_change_nothing(steady: Speaker) -> None:
    """Wire facts of Volcengine §3.9: ignored, but signed. A listing that leaves one out would show something else."""
    assert steady.ok("GET", "a.txt", query={"x-unknown": "1", "zzz": ""}).body == b"alpha"
    steady.refused(Refusal(400, "InvalidArgument"), "GET", query={"max-keys": "1000", "zzz": "1"})


HEADERS = {
    "s3": ("server-side-encryption-context", "object-lock-mode", "write-offset-bytes", "mfa"),
    "oss": ("server-side-encryption-key-id", "server-side-data-encryption"),
    "tos": ("server-side-encryption-kms-key-id", "object-lock-mode", "image-operations"),
    "cos": ("server-side-encryption-cos-kms-key-id", "object-lock-mode"),
}


def test_headers_that_ask_for_what_is_not_here(steady: Speaker) -> None:
    """Never ignored: whoever asks for encryption must not believe to have it. Wire facts of Alibaba §5.1: 400."""
    refusal = Codes(
        501, "NotImplemented", tos=(405, "MethodNotAllowed"), oss=(400, "NotImplemented"), cos=(405, "MethodNotAllowed")
    )[steady.cloud.name]
    for name in HEADERS[steady.cloud.name]:
        header = {steady.cloud.prefix + name: "AES256"}
        steady.refused(refusal, "PUT", "new", headers=header, body=b"x")
        steady.refused(refusal, "POST", "new", headers=header, query={"uploads": ""})


METHODS: list[tuple[str, str, dict[str, str]]] = [
    ("POST", "", {}),
    ("PATCH", "a.txt", {}),
    ("POST", "a.txt", {}),
    ("PATCH", "", {}),
    ("PROPFIND", "a.txt", {}),
    ("PUT", "", {"location": ""}),
    ("POST", "", {"acl": ""}),
    ("DELETE", "", {"acl": ""}),
    ("PUT", "", {"uploads": ""}),
    ("POST", "a.txt", {"tagging": ""}),
    ("DELETE", "a.txt", {"acl": ""}),
    ("GET", "a.txt", {"uploads": ""}),
]


def test_methods_that_are_not_allowed(steady: Speaker) -> None:
    for method, key, query in METHODS:
        with about(f"{method} {key} {query}"):
            steady.refused(NO_METHOD[steady.cloud.name], method, key, query=query)


BAD_NAMES = ["ab", "a" * 64, "Upper", "under_score", "-start", "end-", "null.", "中文桶", "a b", "a..b", "a\x7fb"]


def test_bucket_names_that_cannot_be(steady: Speaker) -> None:
    """Wire facts of Alibaba §5.2, Volcengine §3.1, Tencent §7.1: 3-63 of a-z, 0-9 and hyphen, none at the ends."""
    cloud = steady.cloud
    for name in BAD_NAMES:
        text = cloud.bucket_text(steady.owner, name)
        for method, expected in (("PUT", Codes(400, "InvalidBucketName")), ("GET", NO_BUCKET)):
            reply = steady.send(steady.asked(method, bucket=text, path=f"/{encoded(text)}/"))
            with about(f"{method} {name}"):
                check_refused(cloud, reply, expected[cloud.name])


def test_odd_names_are_names_like_others(speak: Speak, cloud: Cloud) -> None:
    """Nobody takes ``null`` for nothing, nor digits for an address or an appid."""
    speaker = speak(cloud)
    for name in ("null", "none", "undefined", "files", "0123", "xn--a", "a--b", "123-456"):
        with about(name):
            text = cloud.bucket_text(speaker.owner, f"{name}-{cloud.name}")
            check_refused(cloud, speaker.ask("HEAD", bucket=text), NO_BUCKET[cloud.name])
            speaker.ok("PUT", bucket=text)
            speaker.ok("PUT", "null", bucket=text, body=b"null")
            assert speaker.ok("GET", "null", bucket=text).body == b"null"
            speaker.ok("DELETE", "null", bucket=text, status=204)
            speaker.ok("DELETE", bucket=text, status=204)


def test_making_a_bucket_twice(speaker: Speaker) -> None:
    """Wire facts of Tencent §7.6, Alibaba §5.5 (one's own again: 200), Volcengine §3.6; AWS us-east-1: 200."""
    own = Codes(409, "BucketAlreadyOwnedByYou")
    if speaker.cloud.name in {"oss", "s3"}:
        speaker.ok("PUT")
    else:
        speaker.refused(own[speaker.cloud.name], "PUT")


def test_deleting_a_bucket_that_is_not_empty(speaker: Speaker) -> None:
    speaker.put("k")
    speaker.refused(Codes(409, "BucketNotEmpty")[speaker.cloud.name], "DELETE")
    speaker.ok("DELETE", "k", status=204)
    speaker.ok("DELETE", status=204)
    speaker.refused(NO_BUCKET[speaker.cloud.name], "HEAD")


QUERIES: list[tuple[str, dict[str, str]]] = [
    ("max-keys", {"max-keys": "many"}),
    ("negative max-keys", {"max-keys": "-1"}),
    ("encoding-type", {"encoding-type": "rot13"}),
    ("token", {"list-type": "2", "continuation-token": "\u0000nonsense!"}),
    ("list-type", {"list-type": "3"}),
    ("max-uploads", {"uploads": "", "max-uploads": "x"}),
]


def test_malformed_parameters_of_listings(steady: Speaker) -> None:
    for says, query in QUERIES:
        with about(says):
            steady.refused(Codes(400, "InvalidArgument")[steady.cloud.name], "GET", query=query)


def test_too_many_parameters(steady: Speaker) -> None:
    query = {f"p{number:03}": "" for number in range(100)}
    reply = steady.ask("GET", query=query)
    assert (reply.status, steady.cloud.value(reply, "Code")) == (400, "InvalidURI"), str(reply)


def test_a_query_that_is_not_utf_8(steady: Speaker) -> None:
    reply = steady.bucket.client.send(
        "GET", f"/{steady.text}/?prefix=%FF%FE", headers=[(f"{steady.cloud.prefix}x", "1")]
    )
    check_refused(steady.cloud, reply, Codes(400, "InvalidURI")[steady.cloud.name])


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_versions_that_are_not_kept(speak: Speak, cloud: Cloud) -> None:
    """Wire facts of Volcengine §3.6 InvalidVersionId; S3 answers InvalidArgument to what cannot be a version."""
    speaker = speak(cloud)
    speaker.put("k", b"kept")
    expected = Codes(400, "InvalidArgument", tos=(404, "InvalidVersionId"))
    for method in ("GET", "HEAD", "DELETE"):
        speaker.refused(expected[cloud.name], method, "k", query={"versionId": "abc"})
    assert speaker.ok("GET", "k", query={"versionId": "null"}).body == b"kept"
