"""Keys that look like paths, and keys that cannot be. Nothing outside the data folder, nothing new in it but blobs.

Sources: AWS "Creating object key names", KeyTooLongError; wire facts of Tencent §6.4, §7.3, §7.8, Alibaba §5.2,
Volcengine §3.1, §3.6; issue 3 "Bad input".
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from behaviour.server import Server

from .clouds import CLOUDS, COS, OSS, S3, TOS, Cloud, Codes, about, check_refused
from .conftest import Speak
from .forms import Form, Kind, Policy, dialect_of, post
from .operations import OPERATIONS, operations_of
from .signers import How
from .speaker import Speaker

LARGE = b"large enough for a file of its own" * 1000
"""Beyond what the index keeps itself."""


def seen(server: Server) -> set[str]:
    """Every path in the server's folder and beside it, blobs and the database's own files aside."""
    root = server.data.parent
    paths: set[str] = set()
    for folder, folders, files in os.walk(root):
        base = os.path.relpath(folder, root)
        paths |= {f"{base}/{name}" for name in (*folders, *files)}
        if base == "data":
            folders[:] = [name for name in folders if name not in {"blobs", "run"}]
    return {path for path in paths if not path.startswith("data/index")}


TRAVERSALS = [
    "..", "../x", "../../x", "../../../../../../tmp/entrepot-traversal", "a/../../x", "./x", "a/./b", "/etc/x", "//x",
    "a//b", "..\\x", "\\x", "C:\\x", "a/..", "a/../", "...", "~/x", "$HOME/x", "x;id", "x|id", "`id`", "x\ny", "-rf",
    "blobs/x", "index.sqlite", "master.key", "run/address", ".hidden", "con", "a\u202eb", "%2e%2e%2fx", "%00", "x%00y",
    "\u2025/x", "．．／x", "x" * 255 + "/" + "y" * 300,
]  # fmt: skip


def test_keys_are_names_and_no_paths(speak: Speak, cloud: Cloud) -> None:
    """What can be said is stored under exactly that name, and comes back under no other."""
    speaker = speak(cloud)
    before = seen(speaker.bucket.server)
    for key in TRAVERSALS:
        with about(key):
            if cloud is OSS and key[0] in "/\\":  # wire facts of Alibaba §5.2
                speaker.refused(Codes(400, "InvalidObjectName")["oss"], "PUT", key, body=LARGE)
                assert speaker.keys() == []
            else:
                check_name(speaker, key)
            assert seen(speaker.bucket.server) == before
    assert not Path("/tmp/entrepot-traversal").exists()  # noqa: S108 - one of the keys


def check_name(speaker: Speaker, key: str) -> None:
    """Stored, read, copied and deleted under this name alone."""
    speaker.ok("PUT", key, body=LARGE)
    assert speaker.content(key) == LARGE
    assert speaker.cloud.value(speaker.ok("GET", query={"encoding-type": "url"}), "Size") == str(len(LARGE))
    for other in ("x", "etc/x", "b", "a/b", "a/x", "address"):
        if other != key:
            assert speaker.ask("GET", other).status == 404
    target = {f"{speaker.cloud.prefix}copy-source": speaker.cloud.source(speaker.text, key)}
    speaker.ok("PUT", "copy", headers=target)
    speaker.ok("DELETE", key, status=204)
    assert speaker.keys() == ["copy"]
    assert speaker.content("copy") == LARGE
    speaker.ok("DELETE", "copy", status=204)


BAD = {
    "NUL": "a\0b",
    "NUL alone": "\0",
    "NUL at the end": "a\0",
    "1,025 bytes": "x" * 1025,
    "1,025 bytes of letters of three": "中" * 341 + "xx",
    "far too long": "x" * 8000,
}
BAD_NAME = {
    "NUL": Codes(400, "InvalidURI", oss=(400, "InvalidObjectName"), tos=(400, "InvalidKey")),
    "long": Codes(
        400, "KeyTooLongError", oss=(400, "InvalidObjectName"), cos=(400, "KeyTooLong"), tos=(400, "InvalidKey")
    ),
}


def expected_of(says: str) -> Codes:
    """The refusal of a bad key."""
    return BAD_NAME["NUL" if says.startswith("NUL") else "long"]


def test_keys_that_cannot_be(steady: Speaker) -> None:
    for says, key in BAD.items():
        expected = expected_of(says)[steady.cloud.name]
        for name, operation in operations_of(steady.cloud):
            if operation.level == "object":
                with about(f"{says}, {name}"):
                    check_refused(steady.cloud, operation.ask(steady, key), expected)


def test_sources_that_cannot_be(steady: Speaker) -> None:
    """A copy's source is such a key: it is not there, or it is refused; no other object is copied."""
    for says, key in BAD.items():
        with about(says):
            header = {f"{steady.cloud.prefix}copy-source": steady.cloud.source(steady.text, key)}
            reply = steady.ask("PUT", "new", headers=header)
            assert reply.status in {400, 404}, str(reply)
            assert steady.cloud.value(reply, "Code")


def test_paths_that_are_not_utf_8(steady: Speaker) -> None:
    """Overlong forms and surrogates included."""
    expected = Codes(400, "InvalidURI", oss=(400, "InvalidObjectName"), tos=(400, "InvalidKey"))[steady.cloud.name]
    for text in ("%FF", "a%FF%FEb", "%C0%AE%C0%AE%2F", "%ED%A0%80", "a%80"):
        with about(text):
            for method in ("PUT", "GET", "DELETE"):
                asked = steady.asked(method, "k", path=f"/{steady.text}/{text}", body=b"x" if method == "PUT" else b"")
                check_refused(steady.cloud, steady.send(asked), expected)


def test_sources_that_are_not_utf_8(steady: Speaker) -> None:
    for text in ("%FF", "%ED%A0%80", "a%80"):
        with about(text):
            header = {f"{steady.cloud.prefix}copy-source": steady.cloud.source(steady.text, "k") + text}
            reply = steady.ask("PUT", "new", headers=header)
            assert reply.status in {400, 404}, str(reply)
            assert steady.cloud.value(reply, "Code")


def test_headers_that_name_what_is_not_utf_8(steady: Speaker) -> None:
    """Where links lead to, and tags."""
    for name, query in (("symlink-target", {"symlink": ""}), ("tagging", {})):
        for text in ("a%FF", "%ED%A0%80=1"):
            if name == "tagging" or steady.cloud in {OSS, TOS}:
                reply = steady.ask("PUT", "new", query=query, headers={steady.cloud.prefix + name: text})
                with about(f"{name} {text}: {reply}"):
                    assert reply.status == 400
                    assert steady.cloud.value(reply, "Code")


def test_1024_bytes_are_fine(speak: Speak, cloud: Cloud) -> None:
    """Wire facts of Alibaba §5.2: 1,023 there."""
    speaker = speak(cloud)
    most = 1023 if cloud is OSS else 1024
    for key in ("x" * most, "中" * 341 + "x" * (most - 1023), "/".join("y" for _ in range(most // 2 + 1))[:most]):
        speaker.put(key, b"long")
        assert speaker.content(key) == b"long"
        assert speaker.keys().count(key) == 1
        assert speaker.keys(prefix=key) == [key]


def test_one_byte_more_than_oss_takes(speak: Speak) -> None:
    speaker = speak(OSS)
    speaker.refused(BAD_NAME["long"]["oss"], "PUT", "x" * 1024, body=b"x")
    speak(S3, speaker).put("x" * 1024, b"long")
    assert len(speaker.keys()) == 1


def test_long_parameters_of_listings(steady: Speaker) -> None:
    for name in ("prefix", "marker", "delimiter", "start-after"):
        with about(name):
            query = {name: "x" * 1025, **({"list-type": "2"} if name == "start-after" else {})}
            steady.refused(Codes(400, "InvalidArgument")[steady.cloud.name], "GET", query=query)


@pytest.mark.parametrize("key", ["a\0b", "x" * 1025, "\ud7ff\uffff"])
def test_many_keys_with_bad_ones(steady: Speaker, key: str) -> None:
    """Nothing of that name is there; the good ones are not taken along."""
    if "\0" in key and not steady.cloud.json:
        body = steady.cloud.deletion(["a&#0;b"])
    else:
        body = steady.cloud.deletion([key])
    reply = OPERATIONS["delete many"].ask(steady, body=body)
    assert reply.status in {200, 400}, str(reply)


def test_slashes_that_are_encoded_are_slashes(speak: Speak, cloud: Cloud) -> None:
    """Decoded once: %2F is a slash, %252F is not (wire facts of Tencent §6.4, Alibaba §0.10, Volcengine §3.2)."""
    speaker = speak(cloud)
    speaker.put("a/b", b"slash")
    speaker.put("a%2Fb", b"text")
    for path, content in (("a%2Fb", b"slash"), ("a/b", b"slash"), ("%61%2fb", b"slash"), ("a%252Fb", b"text")):
        key = {b"slash": "a/b", b"text": "a%2Fb"}[content]
        signed = "a%2Fb" if path == "a%252Fb" else path
        asked = speaker.asked("GET", key, path=f"/{speaker.text}/{path}")
        if cloud in {S3, TOS}:
            # What is signed is decoded once and encoded again.
            plain = speaker.signed(speaker.asked("GET", key))
            reply = speaker.bucket.client.send("GET", asked.path, headers=plain.headers)
        else:
            reply = speaker.send(asked)
        assert (reply.status, reply.body) == (200, content), f"{signed}: {reply}"


def test_a_bucket_is_no_path(speak: Speak, cloud: Cloud) -> None:
    """Dots and encoded slashes in the place of the bucket lead nowhere."""
    speaker = speak(cloud)
    speaker.put("k", b"kept-hidden")
    before = seen(speaker.bucket.server)
    for text in ("..", ".", "%2e%2e", "..%2f..%2fetc%2fpasswd", "a%2f..%2f" + speaker.text, "%00", ";", "*", "?", "\\"):
        for rest in ("", "/k", "/../" + speaker.text + "/k"):
            path = f"/{text}{rest}".replace("?", "%3F").replace("\\", "%5C")
            for method in ("GET", "PUT", "DELETE"):
                asked = speaker.asked(method, "k", path=path, bucket=text)
                reply = speaker.send(asked, How())
                assert reply.status in {400, 403, 404, 405}, str(reply)
                assert b"kept-hidden" not in reply.body
                assert b"root:" not in reply.body
    assert speaker.content("k") == b"kept-hidden"
    assert seen(speaker.bucket.server) == before


@pytest.mark.parametrize(
    "target",
    [
        "/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/..%2f..%2f..%2fetc/passwd",
        "/-/../../etc/passwd", "/-/%2e%2e/healthz", "/files/v2/../../etc/passwd", "/.git/config", "/data/master.key",
        "http://127.0.0.1/../etc/passwd", "/etc/passwd%00", "/..;/etc/passwd", "/..\\..\\etc\\passwd",
    ],
)  # fmt: skip
def test_the_disk_is_not_served(server: Server, target: str) -> None:
    """Without any credential, without any dialect's mark."""
    client = server.client()
    for method in ("GET", "PUT", "HEAD", "POST", "DELETE"):
        reply = client.send(method, target, body=b"x" if method == "PUT" else b"")
        assert 400 <= reply.status < 502, str(reply)
        assert b"root:" not in reply.body
    client.close()


@pytest.mark.parametrize("says", ["NUL", "1,025 bytes"])
def test_keys_of_forms_that_cannot_be(speak: Speak, kind: Kind, says: str) -> None:
    cloud = dialect_of(kind)
    speaker = speak(cloud)
    check_refused(cloud, post(kind, speaker, Form(key=BAD[says])), expected_of(says)[cloud.name])
    check_refused(
        cloud, post(kind, speaker, Form(key="d/${filename}", filename="x" * 1025)), expected_of("long")[cloud.name]
    )
    assert speaker.keys() == []


def test_file_names_are_leaves(speak: Speak, kind: Kind) -> None:
    """Old browsers send whole paths; ${filename} is their last element."""
    speaker = speak(dialect_of(kind))
    before = seen(speaker.bucket.server)
    for filename in ("../../x", "..\\..\\x", "C:\\dir\\x", "/etc/x", "x"):
        form = Form(key="d/${filename}", filename=filename.replace("\\", "\\\\"), content=LARGE)
        if kind.name in {"s3", "tos", "cos"}:
            form = replace(form, policy=_starts_with_d)
        reply = post(kind, speaker, form)
        with about(filename):
            assert reply.status == 204, str(reply)
            assert speaker.keys() == ["d/x"]
            assert seen(speaker.bucket.server) == before
        speaker.ok("DELETE", "d/x", status=204)


def _starts_with_d(policy: Policy) -> Policy:
    kept = [one for one in policy["conditions"] if not (isinstance(one, dict) and "key" in one)]
    return {**policy, "conditions": [*kept, ["starts-with", "$key", "d/"]]}


def test_nothing_lies_beside_the_data_folder(server: Server) -> None:
    """After all of this: the folder, its log, and nothing else."""
    assert {path.name for path in server.data.parent.iterdir()} == {"data", "server.log"}
    known = {"blobs", "run", "audit", "master.key", "callback.key"}
    assert {name for name in {path.name for path in server.data.iterdir()} if not name.startswith("index")} <= known
    assert COS in CLOUDS
