"""Bodies that are not what was announced: digests, lengths, framing; metadata and conditions that do not hold.

Sources: AWS BadDigest, InvalidDigest, XAmzContentSHA256Mismatch, IncompleteBody, MissingContentLength; wire facts of
Tencent §7.3, §7.8, Alibaba §5.1, §5.3, Volcengine §3.6, §3.9; RFC 9112 §6.3.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import time

import pytest

from behaviour.client import Reply, read_from

from .clouds import CLOUDS, COS, MIB, OSS, S3, TOS, Cloud, Codes, Refusal, about, check_refused
from .conftest import Speak
from .operations import APPENDING
from .signers import How
from .speaker import Speaker, head_of, md5_base64

BAD_DIGEST = Codes(400, "BadDigest", oss=(400, "InvalidDigest"))
INVALID_DIGEST = Codes(400, "InvalidDigest")
INVALID = Codes(400, "InvalidArgument")


def writes(speaker: Speaker) -> list[tuple[str, str, dict[str, str]]]:
    """The operations that take bytes: method, key, query."""
    known = [
        ("PUT", "a.txt", {}),
        ("PUT", "new", {}),
        ("PUT", "pending.bin", {"partNumber": "1", "uploadId": speaker.upload}),
    ]
    if speaker.cloud.name in APPENDING:
        known.append(("POST", "new", {"append": "", speaker.cloud.append: "0"}))
    return known


def refused_writes(speaker: Speaker, expected: Refusal, headers: dict[str, str], body: bytes = b"content") -> None:
    """None of them takes these headers."""
    for method, key, query in writes(speaker):
        speaker.refused(expected, method, key, query=query, headers=headers, body=body)


def test_a_wrong_md5(steady: Speaker) -> None:
    refused_writes(steady, BAD_DIGEST[steady.cloud.name], {"Content-MD5": md5_base64(b"other")})


BAD_MD5 = ["nonsense", "AAAA", "$$$", "d41d8cd98f00b204e9800998ecf8427e", "1B2M2Y8AsgTpgAmY7PhCfg"]


def test_an_md5_that_is_none(steady: Speaker) -> None:
    """AWS InvalidDigest: not valid."""
    for text in BAD_MD5:
        with about(text):
            refused_writes(steady, INVALID_DIGEST[steady.cloud.name], {"Content-MD5": text})


@pytest.mark.parametrize("cloud", [OSS, TOS, COS], ids=lambda cloud: cloud.name)
def test_a_wrong_crc64(steady: Speaker) -> None:
    """A client that says it wants it compared."""
    for text in ("1", "0", "-1", "nonsense", "18446744073709551616"):
        with about(text):
            refused_writes(steady, BAD_DIGEST[steady.cloud.name], {f"{steady.cloud.prefix}hash-crc64ecma": text})


SHA256 = {S3.name: Refusal(400, "XAmzContentSHA256Mismatch"), TOS.name: Refusal(400, "ContentSHA256Mismatch")}


@pytest.mark.parametrize("cloud", [S3, TOS], ids=lambda cloud: cloud.name)
def test_a_wrong_sha256(steady: Speaker) -> None:
    """It is signed, and the body is another."""
    how = How(payload=hashlib.sha256(b"other").hexdigest())
    for method, key, query in writes(steady):
        reply = steady.ask(method, key, query=query, body=b"content", how=how)
        check_refused(steady.cloud, reply, SHA256[steady.cloud.name])


@pytest.mark.parametrize("payload", ["nonsense", "0" * 63, "STREAMING-SOMETHING", "unsigned-payload", "G" * 64])
@pytest.mark.parametrize("cloud", [S3, TOS], ids=lambda cloud: cloud.name)
def test_payload_headers_that_say_nothing(steady: Speaker, payload: str) -> None:
    """AWS: x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING-… name, or a valid sha256 value."""
    reply = steady.ask("PUT", "new", body=b"content", how=How(payload=payload))
    framing = Codes(501, "NotImplemented", tos=(405, "MethodNotAllowed"))
    expected = framing if payload.startswith("STREAMING") else INVALID
    check_refused(steady.cloud, reply, expected[steady.cloud.name])


SUMS = {
    "crc32": b"\0" * 4, "crc32c": b"\0" * 4, "crc64nvme": b"\0" * 8, "sha1": b"\0" * 20, "sha256": b"\0" * 32,
}  # fmt: skip


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("cloud", [S3], ids=["s3"])
def test_wrong_checksums(steady: Speaker, name: str) -> None:
    header = f"x-amz-checksum-{name}"
    refused_writes(steady, BAD_DIGEST["s3"], {header: base64.b64encode(SUMS[name]).decode()})
    for text in ("nonsense", "AAAA=", base64.b64encode(b"\0" * 3).decode()):
        refused_writes(steady, Refusal(400, "InvalidRequest"), {header: text})


@pytest.mark.parametrize("cloud", [S3], ids=["s3"])
def test_checksums_that_contradict_themselves(steady: Speaker) -> None:
    """AWS InvalidRequest: expecting a single x-amz-checksum- header; an algorithm that is not known."""
    expected = Refusal(400, "InvalidRequest")
    two = {"x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-sha1": base64.b64encode(b"\0" * 20).decode()}
    refused_writes(steady, expected, two)
    refused_writes(steady, expected, {"x-amz-sdk-checksum-algorithm": "CRC32"})
    for algorithm in ("", "MD4", "crc16"):
        refused_writes(steady, expected, {"x-amz-sdk-checksum-algorithm": algorithm})
        header = {"x-amz-checksum-algorithm": algorithm}
        steady.refused(expected, "POST", "new", query={"uploads": ""}, headers=header)


# -- framing -----------------------------------------------------------------------------------------------------------

UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
FRAMES: dict[str, tuple[dict[str, str], bytes, int]] = {
    "no decoded length": ({}, b"4\r\nwxyz\r\n0\r\n\r\n", 411),
    "a decoded length of text": ({"x-amz-decoded-content-length": "four"}, b"4\r\nwxyz\r\n0\r\n\r\n", 400),
    "more than decoded": ({"x-amz-decoded-content-length": "3"}, b"4\r\nwxyz\r\n0\r\n\r\n", 400),
    "less than decoded": ({"x-amz-decoded-content-length": "5"}, b"4\r\nwxyz\r\n0\r\n\r\n", 400),
    "no last frame": ({"x-amz-decoded-content-length": "4"}, b"4\r\nwxyz\r\n", 400),
    "no frames": ({"x-amz-decoded-content-length": "4"}, b"wxyz", 400),
    "a size of nonsense": ({"x-amz-decoded-content-length": "4"}, b"zz\r\nwxyz\r\n0\r\n\r\n", 400),
    "a huge size": ({"x-amz-decoded-content-length": "4"}, b"ffffffffffffffff\r\nwxyz\r\n0\r\n\r\n", 400),
    "a negative size": ({"x-amz-decoded-content-length": "4"}, b"-4\r\nwxyz\r\n0\r\n\r\n", 400),
    "an endless header": ({"x-amz-decoded-content-length": "4"}, b"4;" + b"x" * 100_000, 400),
    "no line end": ({"x-amz-decoded-content-length": "4"}, b"4\r\nwxyz!!0\r\n\r\n", 400),
    "a wrong trailer": (
        {"x-amz-decoded-content-length": "4", "x-amz-trailer": "x-amz-checksum-crc32"},
        b"4\r\nwxyz\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", 400,
    ),
    "a trailer that did not come": (
        {"x-amz-decoded-content-length": "4", "x-amz-trailer": "x-amz-checksum-crc32"}, b"4\r\nwxyz\r\n0\r\n\r\n", 400,
    ),
    "more behind the end": (
        {"x-amz-decoded-content-length": "4"}, b"4\r\nwxyz\r\n0\r\n\r\n4\r\nmore\r\n0\r\n\r\n", 400,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("headers", "body", "status"), FRAMES.values(), ids=FRAMES.keys())
@pytest.mark.parametrize("cloud", [S3], ids=["s3"])
def test_frames_that_cannot_be(steady: Speaker, headers: dict[str, str], body: bytes, status: int) -> None:
    said = {"Content-Encoding": "aws-chunked", **headers}
    for method, key, query in writes(steady):
        reply = steady.ask(method, key, query=query, headers=said, body=body, how=How(payload=UNSIGNED_TRAILER))
        assert reply.status == status, str(reply)
        assert S3.value(reply, "Code") in {
            "InvalidArgument", "InvalidRequest", "IncompleteBody", "BadDigest", "MissingContentLength",
            "MalformedTrailerError", "InvalidChunkSizeError",
        }, str(reply)  # fmt: skip


@pytest.mark.parametrize("cloud", [S3], ids=["s3"])
def test_signed_frames_of_a_wrong_signature(steady: Speaker) -> None:
    body = b"4;chunk-signature=" + b"0" * 64 + b"\r\nwxyz\r\n0;chunk-signature=" + b"0" * 64 + b"\r\n\r\n"
    headers = {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": "4"}
    how = How(payload="STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
    reply = steady.ask("PUT", "new", headers=headers, body=body, how=how)
    check_refused(S3, reply, Refusal(403, "SignatureDoesNotMatch"))
    assert steady.owner.secret not in reply.body


# -- lengths -----------------------------------------------------------------------------------------------------------


def unsigned_body(speaker: Speaker, key: str, *lines: str) -> bytes:
    """The header of a PUT whose signature does not cover the body."""
    return head_of(speaker.signed(speaker.asked("PUT", key), How(payload="UNSIGNED-PAYLOAD")), *lines)


def test_a_body_that_ends_early(steady: Speaker) -> None:
    """The client goes away: nothing is stored, whatever it had sent."""
    for key, sent in (("new", b""), ("new", b"half"), ("a.txt", b"x" * 200_000)):
        with socket.create_connection(("127.0.0.1", steady.bucket.server.port), timeout=10) as sock:
            sock.sendall(unsigned_body(steady, key, "Content-Length: 400000") + sent)
            sock.shutdown(socket.SHUT_WR)
            sock.settimeout(10)
            rest = sock.recv(65536)
            assert rest == b"" or b" 400 " in rest.partition(b"\r\n")[0], rest
    with socket.create_connection(("127.0.0.1", steady.bucket.server.port), timeout=10) as sock:
        sock.sendall(unsigned_body(steady, "new", "Transfer-Encoding: chunked") + b"4\r\nwxyz\r\n")
    time.sleep(0.05)


def test_a_body_that_goes_on(speaker: Speaker) -> None:
    """The announced bytes are the object; the rest is no request, and ends the connection."""
    with socket.create_connection(("127.0.0.1", speaker.bucket.server.port), timeout=10) as sock:
        sock.sendall(unsigned_body(speaker, "k", "Content-Length: 5") + b"12345GARBAGE\x00\r\n\r\n")
        assert read_from(sock).status == 200
        rest = b""
        while chunk := sock.recv(65536):
            rest += chunk
        assert rest == b"" or rest.startswith(b"HTTP/1.1 400 "), rest
    assert speaker.content("k") == b"12345"


def test_no_length(steady: Speaker) -> None:
    """Wire facts of Tencent §7.3, Alibaba §5.3: 411 MissingContentLength."""
    reply = steady.raw(unsigned_body(steady, "new"))
    check_refused(steady.cloud, reply, Codes(411, "MissingContentLength")[steady.cloud.name])


def test_chunks(speaker: Speaker) -> None:
    """Wire facts of Tencent §7.3, Alibaba §5.3, Volcengine §3.9: may be; AWS: 411 without a decoded length."""
    reply = speaker.raw(unsigned_body(speaker, "k", "Transfer-Encoding: chunked"), b"4\r\nwxyz\r\n0\r\n\r\n")
    if speaker.cloud is S3:
        check_refused(S3, reply, Refusal(411, "MissingContentLength"))
        assert speaker.keys() == []
    else:
        assert reply.status == 200
        assert speaker.content("k") == b"wxyz"


BAD_LENGTHS: dict[str, tuple[str, ...]] = {
    "text": ("Content-Length: five",),
    "negative": ("Content-Length: -5",),
    "signed": ("Content-Length: +5",),
    "two of them": ("Content-Length: 5", "Content-Length: 6"),
    "a list": ("Content-Length: 5, 6",),
    "beyond 64 bits": ("Content-Length: 99999999999999999999999",),
    "length and chunks": ("Content-Length: 5", "Transfer-Encoding: chunked"),
    "unknown coding": ("Transfer-Encoding: xchunked",),
}


def test_lengths_that_cannot_be(steady: Speaker) -> None:
    """Refused, and the connection ends: nobody knows where the next request begins."""
    address = "127.0.0.1", steady.bucket.server.port
    for says, lines in BAD_LENGTHS.items():
        with about(says), socket.create_connection(address, timeout=10) as sock:
            sock.sendall(unsigned_body(steady, "new", *lines) + b"5\r\n12345\r\n0\r\n\r\n")
            assert read_from(sock).status in {400, 411, 501}
            sock.settimeout(10)
            while sock.recv(65536):
                pass


@pytest.mark.parametrize("size", [5 * 1024**3 + 1, 10**15])
def test_announced_too_large(steady: Speaker, size: int) -> None:
    """Refused before the first byte, instead of the 100 Continue; memory flat."""
    before = steady.bucket.server.peak_bytes()
    reply = steady.raw(unsigned_body(steady, "new", f"Content-Length: {size}", "Expect: 100-continue"))
    check_refused(steady.cloud, reply, Codes(400, "EntityTooLarge")[steady.cloud.name])
    assert steady.bucket.server.peak_bytes() - before < 4 * MIB


def test_many_bytes_without_authority(steady: Speaker) -> None:
    """They are not taken in: the refusal comes while they are sent, memory flat."""
    before = steady.bucket.server.peak_bytes()
    body = b"x" * (24 * MIB)
    reply = steady.ask("PUT", "new", body=body, how=How(secret=b"wrong", payload="UNSIGNED-PAYLOAD"))
    check_refused(steady.cloud, reply, Refusal(403, "SignatureDoesNotMatch"))
    assert steady.bucket.server.peak_bytes() - before < 8 * MIB


# -- what is said beside the bytes -------------------------------------------------------------------------------------


def test_too_much_metadata(steady: Speaker) -> None:
    """AWS and TOS MetadataTooLarge; COS KeyTooLong (its error page names it for x-cos-meta-*)."""
    headers = {f"{steady.cloud.prefix}meta-{number}": "x" * 1000 for number in range(9)}
    for method, query in (("PUT", {}), ("POST", {"uploads": ""})):
        reply = steady.ask(method, "new", query=query, headers=headers, body=b"x" if method == "PUT" else b"")
        assert reply.status == 400, str(reply)
        assert steady.cloud.value(reply, "Code") in {"MetadataTooLarge", "KeyTooLong", "InvalidArgument"}, str(reply)


@pytest.mark.parametrize("value", ["\xff\xfe", "a\x80b"])
def test_headers_that_are_not_utf_8(steady: Speaker, value: str) -> None:
    steady.refused(INVALID[steady.cloud.name], "PUT", "new", headers={"Content-Disposition": value}, body=b"x")


@pytest.mark.parametrize(
    ("name", "value"), [("storage-class", "PLATINUM"), ("acl", "everyone"), ("tagging", "a=1&a=2")]
)
def test_values_that_are_not_known(steady: Speaker, name: str, value: str) -> None:
    if steady.cloud is OSS and name == "acl":
        name = "object-acl"
    for method, query in (("PUT", {}), ("POST", {"uploads": ""})):
        headers = {steady.cloud.prefix + name: value}
        reply = steady.ask(method, "new", query=query, headers=headers, body=b"x" if method == "PUT" else b"")
        assert reply.status == 400, str(reply)
        assert steady.cloud.value(reply, "Code") in {"InvalidArgument", "InvalidStorageClass", "InvalidTag"}, str(reply)


def failed(reply: Reply, cloud: Cloud) -> None:
    """412 in the dialect's form."""
    check_refused(cloud, reply, Refusal(412, "PreconditionFailed"))


def test_conditions_of_writes(steady: Speaker) -> None:
    """RFC 9110 §13.1; AWS conditional writes. OSS has none (wire facts of Alibaba §5.1: 400 NotImplemented)."""
    cloud = steady.cloud
    if cloud is OSS:
        for name in ("If-None-Match", "If-Match", "If-Modified-Since"):
            steady.refused(Refusal(400, "NotImplemented"), "PUT", "a.txt", headers={name: "*"}, body=b"x")
        return
    for headers in ({"If-None-Match": "*"}, {"If-Match": '"' + "0" * 32 + '"'}):
        failed(steady.ask("PUT", "a.txt", headers=headers, body=b"x"), cloud)
    check_refused(
        cloud, steady.ask("PUT", "new", headers={"If-Match": '"x"'}, body=b"x"), Codes(404, "NoSuchKey")[cloud.name]
    )


@pytest.mark.parametrize("cloud", [OSS, TOS, COS], ids=lambda cloud: cloud.name)
def test_overwriting_that_is_forbidden(steady: Speaker) -> None:
    """Wire facts of Alibaba §5.3, Tencent §7.3: 409 FileAlreadyExists; Volcengine §3.5: EC 0017-00000004."""
    header = {f"{steady.cloud.prefix}forbid-overwrite": "true"}
    source = {f"{steady.cloud.prefix}copy-source": steady.cloud.source(steady.text, "dir/b.txt")}
    for headers, body in ((header, b"x"), (header | source, b"")):
        reply = steady.ask("PUT", "a.txt", headers=headers, body=body)
        assert reply.status == 409, str(reply)
        assert reply.headers.get("x-tos-ec", "0017-00000004") == "0017-00000004"
        assert steady.cloud is TOS or steady.cloud.value(reply, "Code") == "FileAlreadyExists"
    bad = {f"{steady.cloud.prefix}forbid-overwrite": "perhaps"}
    steady.refused(INVALID[steady.cloud.name], "PUT", "new", headers=bad, body=b"x")


@pytest.mark.parametrize("cloud", [OSS, TOS, COS], ids=lambda cloud: cloud.name)
def test_appending_at_a_wrong_place(speak: Speak, cloud: Cloud) -> None:
    """Wire facts of Tencent §7.3, Alibaba §5.3, Volcengine §3.6; the right place is told where SDKs read it."""
    speaker = speak(cloud)
    place = cloud.append
    wrong = Codes(409, "AppendPositionErr", oss=(409, "PositionNotEqualToLength"), tos=(409, "OffsetNotMatched"))
    kind = Codes(409, "ObjectNotAppendable", tos=(409, "NotAppendable"))
    speaker.ok("POST", "log", query={"append": "", place: "0"}, body=b"one")
    for at in ("0", "2", "4", "99"):
        reply = speaker.refused(wrong[cloud.name], "POST", "log", query={"append": "", place: at}, body=b"two")
        if cloud is OSS:
            assert reply.headers["x-oss-next-append-position"] == "3"
    for at in ("-1", "x", "1.5", "9" * 30):
        speaker.refused(INVALID[cloud.name], "POST", "log", query={"append": "", place: at}, body=b"two")
    speaker.put("plain", b"one")
    speaker.refused(kind[cloud.name], "POST", "plain", query={"append": "", place: "3"}, body=b"two")
    assert (speaker.content("log"), speaker.content("plain")) == (b"one", b"one")


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_ranges_outside(speak: Speak, cloud: Cloud) -> None:
    """416 with Content-Range; OSS gives the whole object unless asked for the standard (wire facts of Alibaba §5.3)."""
    speaker = speak(cloud)
    speaker.put("k", b"0123456789")
    standard = {"x-oss-range-behavior": "standard"} if cloud is OSS else {}
    reply = speaker.ask("GET", "k", headers={"Range": "bytes=10-", **standard})
    check_refused(cloud, reply, Codes(416, "InvalidRange", tos=(416, "Requested Range Not Satisfiable"))[cloud.name])
    assert reply.headers["content-range"] == "bytes */10"
    if cloud is OSS:
        assert speaker.ok("GET", "k", headers={"Range": "bytes=10-"}).body == b"0123456789"
    for text in ("bytes=5-2", "lines=1-2", "bytes=a-b", "bytes=0-1,4-5", "nonsense"):
        assert speaker.ok("GET", "k", headers={"Range": text}).body == b"0123456789", text
