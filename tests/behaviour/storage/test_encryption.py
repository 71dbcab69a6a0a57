"""Encryption at rest in all four dialects: with the server's key, with the client's, and as a bucket's default.

Sources: AWS "Specifying server-side encryption with Amazon S3 managed keys (SSE-S3)", "Using server-side encryption
with customer-provided keys (SSE-C)", "PutBucketEncryption", "Error responses"; the requests of the clouds' SDKs
(tests/vectors/sdk_operations).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from behaviour.bucket import NewBucket
from behaviour.client import DEV, form
from behaviour.server import Server
from behaviour.slices import content_of, finish, send, sha_of, slices, started
from cluster.engines import folders_of

from .clouds import CLOUDS, COS, OSS, S3, TOS, Cloud, Refusal
from .conftest import Speak
from .languages import policy, statement
from .signers import How
from .speaker import Speaker, md5_base64

SECRET = b"a text that must not be seen on any disk; "
LENGTHS = (0, 1, 65535, 65536, 65537, 70_000, 131_072, 1_100_000)
"""Around the borders of chunks, and of what lives in the index."""


def _content(length: int) -> bytes:
    return (SECRET * (length // len(SECRET) + 1))[:length]


def _name(cloud: Cloud) -> str:
    return f"{cloud.prefix}server-side-encryption"


def by_server(cloud: Cloud) -> dict[str, str]:
    return {_name(cloud): "AES256"}


def key_headers(cloud: Cloud, secret: bytes, start: str = "") -> dict[str, str]:
    base = f"{cloud.prefix}{start}server-side-encryption-customer-"
    return {
        f"{base}algorithm": "AES256", f"{base}key": base64.b64encode(secret).decode(),
        f"{base}key-MD5": base64.b64encode(hashlib.md5(secret).digest()).decode(),
    }  # fmt: skip


MINE, THEIRS = bytes(range(32)), bytes(32)


@pytest.fixture(scope="module")
def over_http(serving: Callable[..., Server]) -> Server:
    """A server that takes keys of clients over plain HTTP."""
    return serving(storage__client_keys_over_http="true")


@pytest.fixture(params=CLOUDS, ids=lambda cloud: cloud.name)
def client(new_bucket: NewBucket, over_http: Server, request: pytest.FixtureRequest) -> Speaker:
    """A speaker at that server."""
    return Speaker(bucket=new_bucket(on=over_http), cloud=request.param, owner=DEV)


def _on_disk(server: Server, text: bytes) -> bool:
    """Whether what the server keeps holds this text anywhere."""
    files = (path for folder in folders_of(server.data) for path in folder.rglob("*") if path.is_file())
    for path in files:
        with suppress(FileNotFoundError):  # a database removes files of its own meanwhile
            if text in path.read_bytes():
                return True
    return False


def test_rights_to_the_default_of_a_bucket(server: Server, speaker: Speaker) -> None:
    """Each cloud has actions for it; S3's PutEncryptionConfiguration also takes it away (AWS's list of actions)."""
    root = "ServerSideEncryptionRule" if speaker.cloud is OSS else "ServerSideEncryptionConfiguration"
    applied = ("ApplyServerSideEncryptionByDefault", (("SSEAlgorithm", "AES256"),))
    body = speaker.cloud.document(root, applied if speaker.cloud is OSS else ("Rule", (applied,)))
    asked: dict[str, dict[str, Any]] = {
        "set encryption": {
            "method": "PUT", "query": {"encryption": ""}, "body": body, "headers": {"Content-MD5": md5_base64(body)},
        },
        "read encryption": {"method": "GET", "query": {"encryption": ""}},
        "drop encryption": {"method": "DELETE", "query": {"encryption": ""}},
    }  # fmt: skip
    for does in asked:
        allowed = statement(speaker, ("anything",))
        only = speaker.as_owner(server.make_user(DEV.appid, policy(speaker, statement(speaker, (does,)))))
        but = speaker.as_owner(
            server.make_user(DEV.appid, policy(speaker, allowed, statement(speaker, (does,), allow=False)))
        )
        for other, request in asked.items():
            meant = other == does or (speaker.cloud is S3 and "read encryption" not in {other, does})
            for one, may in ((only, meant), (but, not meant)):
                assert speaker.ask(**asked["set encryption"]).status == 200
                assert (one.ask(**request).status in {200, 204}) is may, f"{does}: {other}"


# -- the server's key --------------------------------------------------------------------------------------------------


def test_what_is_stored_is_read_again(speaker: Speaker) -> None:
    headers, name = by_server(speaker.cloud), _name(speaker.cloud)
    for length in LENGTHS:
        content = _content(length)
        reply = speaker.ok("PUT", f"k{length}", body=content, headers=headers)
        assert reply.headers[name] == "AES256"
        assert reply.headers["etag"].strip('"').lower() == hashlib.md5(content).hexdigest()
        for method in ("GET", "HEAD"):
            read = speaker.ok(method, f"k{length}")
            assert read.headers[name] == "AES256"
            assert int(read.headers["content-length"]) == length
            assert read.body == (content if method == "GET" else b"")
    assert name not in speaker.put("plain").headers
    assert name not in speaker.ok("HEAD", "plain").headers


def test_ranges_over_the_borders_of_chunks(speaker: Speaker) -> None:
    content = bytes(number * 7 % 251 for number in range(400_000))
    for key in ("small", "long"):
        stored = content[:60_000] if key == "small" else content
        speaker.ok("PUT", key, body=stored, headers=by_server(speaker.cloud))
        for first, last in (
            (0, 0),
            (59_990, 59_999),
            (65_535, 65_536),
            (1, 65_536),
            (65_536, 131_071),
            (131_071, 399_999),
        ):
            if last < len(stored):
                read = speaker.ok("GET", key, status=206, headers={"Range": f"bytes={first}-{last}"})
                assert read.body == stored[first : last + 1]


def test_nothing_of_it_is_on_the_disk(speaker: Speaker) -> None:
    text = f"secret of {speaker.cloud.name} {speaker.bucket.name}".encode()
    for length in (100, 200_000):
        speaker.ok("PUT", f"k{length}", body=(text * 10_000)[:length], headers=by_server(speaker.cloud))
    assert not _on_disk(speaker.bucket.server, text)
    speaker.put("plain", text * 20)
    assert _on_disk(speaker.bucket.server, text)


def test_parts(speaker: Speaker) -> None:
    size = 5 * 1024 * 1024
    pieces = [bytes([65 + number]) * size for number in range(2)] + [b"the end"]
    headers, name = by_server(speaker.cloud), _name(speaker.cloud)
    started = speaker.ok("POST", "k", query={"uploads": ""}, headers=headers)
    assert started.headers[name] == "AES256"
    upload = speaker.cloud.value(started, "UploadId")
    parts = []
    for number, piece in enumerate(pieces, 1):
        query = {"partNumber": str(number), "uploadId": upload}
        reply = speaker.ok("PUT", "k", query=query, body=piece)
        assert reply.headers[name] == "AES256"
        assert reply.headers["etag"].strip('"').lower() == hashlib.md5(piece).hexdigest()
        parts.append((number, reply.headers["etag"]))
    assert speaker.complete("k", upload, parts).headers[name] == "AES256"
    assert speaker.content("k") == b"".join(pieces)
    read = speaker.ok("GET", "k", status=206, headers={"Range": f"bytes={size - 2}-{size + 1}"})
    assert read.body == b"AABB"
    assert not _on_disk(speaker.bucket.server, b"B" * 4096)


def test_copies(speaker: Speaker) -> None:
    """A copy is encrypted as its own request, or else its bucket, says; its source's encryption does not count."""
    name, content = _name(speaker.cloud), _content(150_000)
    speaker.ok("PUT", "sealed", body=content, headers=by_server(speaker.cloud))
    speaker.put("plain", content)
    for source in ("sealed", "plain"):
        for wish in ({}, by_server(speaker.cloud)):
            headers = {f"{speaker.cloud.prefix}copy-source": speaker.cloud.source(speaker.text, source), **wish}
            reply = speaker.ok("PUT", "copy", headers=headers)
            assert reply.headers.get(name) == wish.get(name)
            read = speaker.ok("GET", "copy")
            assert read.headers.get(name) == wish.get(name)
            assert read.body == content
            assert read.headers["etag"] == speaker.ok("HEAD", source).headers["etag"]


def test_parts_that_are_copied(speaker: Speaker) -> None:
    content = _content(300_000)
    speaker.ok("PUT", "sealed", body=content, headers=by_server(speaker.cloud))
    speaker.put("plain", content)
    for source in ("sealed", "plain"):
        for wish in ({}, by_server(speaker.cloud)):
            upload = speaker.start("joined", wish)
            headers = {
                f"{speaker.cloud.prefix}copy-source": speaker.cloud.source(speaker.text, source),
                f"{speaker.cloud.prefix}copy-source-range": "bytes=65530-200000",
            }  # fmt: skip
            copied = speaker.ok("PUT", "joined", query={"partNumber": "1", "uploadId": upload}, headers=headers)
            speaker.complete("joined", upload, [(1, speaker.cloud.value(copied, "ETag"))])
            assert speaker.content("joined") == content[65530:200001]


def test_what_is_not_here(speaker: Speaker) -> None:
    """Keys of a key service, and algorithms of the clouds' that this server has not."""
    names = {S3: ("aws:kms", "aws:kms:dsse"), OSS: ("KMS", "SM4"), TOS: ("kms",), COS: ("cos/kms", "SM4")}
    codes = {S3: Refusal(501, "NotImplemented"), OSS: Refusal(400, "NotImplemented")}
    not_here = codes.get(speaker.cloud, Refusal(405, "MethodNotAllowed"))
    for value in names[speaker.cloud]:
        speaker.refused(not_here, "PUT", "k", headers={_name(speaker.cloud): value}, body=b"x")
        speaker.refused(not_here, "POST", "k", headers={_name(speaker.cloud): value}, query={"uploads": ""})
    own = {S3: "InvalidEncryptionAlgorithmError", OSS: "InvalidEncryptionAlgorithmError"}
    unknown = Refusal(400, own.get(speaker.cloud, "InvalidArgument"))
    speaker.refused(unknown, "PUT", "k", headers={_name(speaker.cloud): "aes256"}, body=b"x")
    assert speaker.keys() == []


@pytest.mark.parametrize("cloud", [OSS, TOS, COS], ids=lambda cloud: cloud.name)
def test_appending(speaker: Speaker) -> None:
    name = "offset" if speaker.cloud is TOS else "position"
    pieces = [_content(10), _content(100_000), b"end"]
    at = 0
    for piece in pieces:
        headers = by_server(speaker.cloud) if at == 0 else {}
        reply = speaker.ok("POST", "log", query={"append": "", name: str(at)}, headers=headers, body=piece)
        assert reply.headers[_name(speaker.cloud)] == "AES256"
        at += len(piece)
    assert speaker.content("log") == b"".join(pieces)


# -- the default of a bucket -------------------------------------------------------------------------------------------


def _default(cloud: Cloud, algorithm: str = "AES256") -> bytes:
    if cloud is TOS:
        return b'{"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "%s"}}}' % algorithm.encode()
    applied = (
        "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>"
        f"{algorithm}</SSEAlgorithm></ApplyServerSideEncryptionByDefault>"
    )
    if cloud is OSS:
        return f"<ServerSideEncryptionRule>{applied}</ServerSideEncryptionRule>".encode()
    return f"<ServerSideEncryptionConfiguration><Rule>{applied}</Rule></ServerSideEncryptionConfiguration>".encode()


def test_the_default_of_a_bucket(speaker: Speaker) -> None:
    name, query = _name(speaker.cloud), {"encryption": ""}
    codes = {S3: "ServerSideEncryptionConfigurationNotFoundError", OSS: "NoSuchServerSideEncryptionRule"}
    none = Refusal(404, codes.get(speaker.cloud, "NoSuchEncryptionConfiguration"))
    speaker.refused(none, "GET", query=query)
    speaker.put("before")
    speaker.ok("PUT", query=query, body=_default(speaker.cloud))
    assert b"AES256" in speaker.ok("GET", query=query).body
    speaker.put("after", _content(70_000))
    assert speaker.ok("HEAD", "after").headers[name] == "AES256"
    assert name not in speaker.ok("HEAD", "before").headers
    headers = {f"{speaker.cloud.prefix}copy-source": speaker.cloud.source(speaker.text, "before")}
    assert speaker.ok("PUT", "copy", headers=headers).headers[name] == "AES256"
    assert speaker.ok("POST", "k", query={"uploads": ""}).headers[name] == "AES256"
    speaker.ok("DELETE", query=query, status=204)
    speaker.refused(none, "GET", query=query)
    assert name not in speaker.put("later").headers
    assert speaker.content("after") == _content(70_000)


def test_a_default_holds_for_cos_json_too(speak: Speak) -> None:
    speaker = speak(S3)
    speaker.ok("PUT", query={"encryption": ""}, body=_default(S3))
    bucket, content = speaker.bucket, content_of(seed=speaker.bucket.name)
    session = started(bucket, "/sliced", content)
    speaker.ok("DELETE", query={"encryption": ""}, status=204)
    send(bucket, "/sliced", session, slices(content))
    bucket.ok(finish("/sliced", session, len(content), sha=sha_of(content)))
    assert bucket.content("/sliced") == content
    bucket.ok(form("copy", "/sliced", dest_fileid="/copy"))
    for key in ("sliced", "copy"):
        assert speaker.ok("HEAD", key).headers[_name(S3)] == "AES256"
        assert speaker.content(key) == content
    assert not _on_disk(bucket.server, content[:64])


@pytest.mark.parametrize("client", [S3], indirect=True, ids=lambda cloud: cloud.name)
def test_cos_json_opens_nothing_of_a_clients(client: Speaker) -> None:
    client.ok("PUT", "k", body=b"content", headers=key_headers(S3, MINE))
    for ask in (form("stat", "/k"), form("copy", "/k", dest_fileid="/copy")):
        assert client.bucket.ask(ask).code not in {0, None}
    client.bucket.ok(form("move", "/k", dest_fileid="/moved"))
    assert client.ok("GET", "moved", headers=key_headers(S3, MINE)).body == b"content"


def test_a_default_that_is_not_here(speaker: Speaker) -> None:
    word = {S3: "aws:kms", COS: "KMS"}.get(speaker.cloud, "KMS")
    codes = {S3: Refusal(501, "NotImplemented"), OSS: Refusal(400, "NotImplemented")}
    not_here = codes.get(speaker.cloud, Refusal(405, "MethodNotAllowed"))
    speaker.refused(not_here, "PUT", query={"encryption": ""}, body=_default(speaker.cloud, word))
    assert speaker.ask("GET", query={"encryption": ""}).status == 404


# -- keys of clients ---------------------------------------------------------------------------------------------------


def test_a_key_needs_https(speaker: Speaker) -> None:
    """AWS: "must be made over a secure connection"."""
    speaker.refused(Refusal(400, "InvalidRequest"), "PUT", "k", headers=key_headers(speaker.cloud, MINE), body=b"x")
    assert speaker.keys() == []


def test_only_the_key_opens_it(client: Speaker) -> None:
    cloud = client.cloud
    mine, base = key_headers(cloud, MINE), f"{_name(cloud)}-customer-"
    for length in (0, 10, 65_536, 300_000):
        content = _content(length)
        reply = client.ok("PUT", "k", body=content, headers=mine)
        assert reply.headers[f"{base}algorithm"] == "AES256"
        assert reply.headers[f"{base}key-md5"] == mine[f"{base}key-MD5"]
        assert (reply.headers["etag"].strip('"').lower() == hashlib.md5(content).hexdigest()) is (cloud is not S3)
        for method in ("GET", "HEAD"):
            read = client.ok(method, "k", headers=mine)
            assert read.headers["etag"] == reply.headers["etag"]
            assert read.headers[f"{base}key-md5"] == mine[f"{base}key-MD5"]
            assert read.body == (content if method == "GET" else b"")
            assert client.ask(method, "k").status == 400
            assert client.ask(method, "k", headers=key_headers(cloud, THEIRS)).status == 403
            assert client.ok(method, "k", headers=mine).body == (content if method == "GET" else b"")
        client.refused(Refusal(400, "InvalidRequest"), "GET", "k")
        client.refused(Refusal(403, "AccessDenied"), "GET", "k", headers=key_headers(cloud, THEIRS))
    read = client.ok("GET", "k", status=206, headers={**mine, "Range": "bytes=65530-65540"})
    assert read.body == _content(300_000)[65530:65541]


def test_a_key_where_none_belongs(client: Speaker) -> None:
    client.put("plain")
    client.ok("PUT", "sealed", body=b"x", headers=by_server(client.cloud))
    for key in ("plain", "sealed"):
        client.refused(Refusal(400, "InvalidRequest"), "GET", key, headers=key_headers(client.cloud, MINE))


def test_keys_that_cannot_be(client: Speaker) -> None:
    base, good = f"{_name(client.cloud)}-customer-", key_headers(client.cloud, MINE)
    wrong = [
        {name: value for name, value in good.items() if name != left_out} for left_out in good
    ] + [
        {**good, f"{base}algorithm": "AES128"}, {**good, f"{base}key": base64.b64encode(b"short").decode()},
        {**good, f"{base}key": "*"}, {**good, f"{base}key-MD5": base64.b64encode(bytes(16)).decode()},
        {**good, **by_server(client.cloud)}, key_headers(client.cloud, b"k" * 31),
    ]  # fmt: skip
    for headers in wrong:
        reply = client.ask("PUT", "k", headers=headers, body=b"x")
        assert reply.status == 400, (headers, str(reply))
        assert good[f"{base}key"].encode() not in reply.body
    assert client.keys() == []


def test_the_key_and_its_bytes_are_nowhere(client: Speaker) -> None:
    text, secret = f"sealed by {client.bucket.name}".encode(), hashlib.sha256(client.bucket.name.encode()).digest()
    for length in (100, 200_000):
        client.ok("PUT", f"k{length}", body=(text * 20_000)[:length], headers=key_headers(client.cloud, secret))
    for seen in (text, secret, base64.b64encode(secret), hashlib.md5(secret).digest()):
        assert not _on_disk(client.bucket.server, seen)


def test_parts_with_a_key(client: Speaker) -> None:
    mine = key_headers(client.cloud, MINE)
    upload = client.start("k", mine)
    query = {"partNumber": "1", "uploadId": upload}
    for headers in ({}, key_headers(client.cloud, THEIRS)):
        client.refused(Refusal(400, "InvalidRequest"), "PUT", "k", query=query, headers=headers, body=b"x")
    size = 5 * 1024 * 1024
    pieces = [b"a" * size, b"b" * 100]
    parts = []
    for number, piece in enumerate(pieces, 1):
        query = {"partNumber": str(number), "uploadId": upload}
        parts.append((number, client.ok("PUT", "k", query=query, headers=mine, body=piece).headers["etag"]))
    client.complete("k", upload, parts)
    read = client.ok("GET", "k", status=206, headers={**mine, "Range": f"bytes={size - 1}-{size}"})
    assert read.body == b"ab"
    assert client.ok("GET", "k", headers=mine).body == b"".join(pieces)
    assert client.ask("GET", "k").status == 400


@pytest.mark.parametrize("client", [S3, TOS, COS], indirect=True, ids=lambda cloud: cloud.name)
def test_copies_in_every_combination(client: Speaker) -> None:
    """From plain, the server's key and a client's, to each of them, whole and in parts."""
    cloud, content = client.cloud, _content(200_000)
    ways = {
        "plain": {},
        "server": by_server(cloud),
        "mine": key_headers(cloud, MINE),
        "theirs": key_headers(cloud, THEIRS),
    }
    for name, headers in ways.items():
        client.ok("PUT", name, body=content, headers=headers)
    for source, opens in ways.items():
        start = {f"{cloud.prefix}copy-source": cloud.source(client.text, source)}
        if source in {"mine", "theirs"}:
            assert client.ask("PUT", "copy", headers=start).status == 400
            start |= key_headers(cloud, MINE if source == "mine" else THEIRS, "copy-source-")
        for target, headers in ways.items():
            client.ok("PUT", "copy", headers={**start, **headers})
            reads = headers if target in {"mine", "theirs"} else {}
            read = client.ok("GET", "copy", headers=reads)
            assert read.body == content, (source, target)
            upload = client.start("joined", headers)
            query = {"partNumber": "1", "uploadId": upload}
            more = {f"{cloud.prefix}copy-source-range": "bytes=65535-131072"}
            copied = client.ok("PUT", "joined", query=query, headers={**start, **more, **reads})
            client.complete("joined", upload, [(1, cloud.value(copied, "ETag"))])
            assert client.ok("GET", "joined", headers=reads).body == content[65535:131073], (source, target)
        del opens


def test_a_refusal_does_not_show_the_key(client: Speaker) -> None:
    """A signature that does not fit is answered with the text that was meant, which is passed on and written down."""
    key = base64.b64encode(MINE).decode()
    stranger = replace(client, owner=replace(DEV, secret=b"another"))
    source = {f"{client.cloud.prefix}copy-source": client.cloud.source(client.text, "k")}
    copied = key_headers(client.cloud, MINE, "copy-source-") | source
    for headers in (key_headers(client.cloud, MINE), copied):
        for how in (How(), How(by="query")):
            reply = stranger.ask("PUT", "k", headers=headers, how=how)
            assert reply.status == 403
            text = reply.body.decode()
            assert not any(shown in text for shown in (key, quote(key, safe=""), key.encode().hex(" ")))
    assert key not in client.bucket.server.log.read_text()


@pytest.mark.parametrize("client", [S3], indirect=True, ids=lambda cloud: cloud.name)
def test_a_key_in_an_address_is_refused(client: Speaker) -> None:
    """Presigners of S3 move headers into addresses, which are written down; this one stays a header in all of them."""
    query = {name.lower(): value for name, value in key_headers(S3, MINE).items()}
    assert client.ask("PUT", "k", query=query, body=b"x").status == 400
    assert client.keys() == []


@pytest.mark.parametrize("client", [S3, TOS, COS, OSS], indirect=True, ids=lambda cloud: cloud.name)
def test_a_read_does_not_say_how_to_store(client: Speaker) -> None:
    """AWS answers 400 (s3-tests, test_sse_s3_default_method_head); nothing that SDKs ask again."""
    name = f"{client.cloud.prefix}server-side-encryption"
    client.ok("PUT", "k", body=b"x", headers=by_server(client.cloud))
    for method in ("GET", "HEAD"):
        for headers in ({name: "AES256"}, {f"{name}-aws-kms-key-id": "one"}):
            assert client.ask(method, "k", headers=headers).status == 400
    assert client.ok("GET", "k").body == b"x"


@pytest.mark.parametrize("name", ["", "-customer-algorithm", "-customer-key", "-customer-key-md5"])
def test_an_empty_wish_is_refused(speaker: Speaker, name: str) -> None:
    """Whoever sends one meant to encrypt; as any other empty header it was left out, and the bytes lay there plain."""
    header = {f"{speaker.cloud.prefix}server-side-encryption{name}": " "}
    for method, query in (("PUT", {}), ("POST", {"uploads": ""})):
        reply = speaker.ask(method, "k", query=query, headers=header, body=b"x" if method == "PUT" else b"")
        assert 400 <= reply.status < 500, str(reply)
    assert speaker.keys() == []


# -- what is told without the key --------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", [S3, TOS, COS, OSS], indirect=True, ids=lambda cloud: cloud.name)
def test_conditions_on_the_source_tell_nothing_without_its_key(client: Speaker) -> None:
    """The key is asked for first; else two refusals would tell one entity tag from the others."""
    cloud, mine = client.cloud, key_headers(client.cloud, MINE)
    tag = client.ok("PUT", "sealed", body=b"content", headers=mine).headers["etag"]
    upload = client.start("joined", mine)
    part = {"partNumber": "1", "uploadId": upload}
    for query, own in (({}, {}), (part, mine)):
        for name in ("if-match", "if-none-match"):
            for guess in (tag, '"00000000000000000000000000000000"'):
                headers = {
                    f"{cloud.prefix}copy-source": cloud.source(client.text, "sealed"),
                    f"{cloud.prefix}copy-source-{name}": guess, **own,
                }  # fmt: skip
                client.refused(Refusal(400, "InvalidRequest"), "PUT", "joined", query=query, headers=headers)
                if cloud is not OSS:
                    wrong = key_headers(cloud, THEIRS, "copy-source-")
                    client.refused(
                        Refusal(403, "AccessDenied"), "PUT", "joined", query=query, headers={**headers, **wrong}
                    )


@pytest.mark.parametrize("client", [S3, TOS, COS, OSS], indirect=True, ids=lambda cloud: cloud.name)
def test_no_reply_about_the_object_tells_its_digests_without_the_key(client: Speaker) -> None:
    """Whatever asks about one object; listings show entity tags, as the clouds' do."""
    cloud = client.cloud
    stored = client.ok("PUT", "k", body=b"content", headers=key_headers(cloud, MINE)).headers
    told = [stored["etag"].strip('"'), stored.get(f"{cloud.prefix}hash-crc64ecma", stored["etag"].strip('"'))]
    queries: list[dict[str, str]] = [{}, {"versionId": "null"}] + [
        {name: ""} for name in ("stat", "objectMeta", "attributes", "acl", "tagging", "symlink", "restore", "metadata")
    ]  # fmt: skip
    for method in ("GET", "HEAD"):
        for query in queries:
            headers = {f"{cloud.prefix}object-attributes": "ETag,ObjectSize"} if "attributes" in query else {}
            reply = client.ask(method, "k", query=query, headers=headers)
            shown = reply.body.decode(errors="replace") + " ".join(reply.headers.values())
            assert not any(each.lower() in shown.lower() for each in told), f"{method} {query}: {reply}"


@pytest.mark.parametrize("client", [TOS], indirect=True, ids=lambda cloud: cloud.name)
def test_the_status_of_a_file_needs_its_key(client: Speaker) -> None:
    """As HEAD does: it tells the same."""
    mine = key_headers(TOS, MINE)
    client.ok("PUT", "dir/k", body=b"content", headers=mine)
    for key in ("dir/k", "dir"):
        client.refused(Refusal(400, "InvalidRequest"), "GET", key, query={"stat": ""})
        theirs = key_headers(TOS, THEIRS)
        client.refused(Refusal(403, "AccessDenied"), "GET", key, query={"stat": ""}, headers=theirs)
        assert b'"ETag"' in client.ok("GET", key, query={"stat": ""}, headers=mine).body
