"""Bodies in chunks (aws-chunked): signed chunk by chunk, with and without trailers, and spoilt in every place.

boto3 sends the unsigned kind with a trailer by itself (test_boto3_checksums.py, over HTTPS). The signed kinds are
what Amazon's Java, .NET and C++ SDKs and MinIO's Go client send over HTTP.
"""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import dataclass
from typing import Any

import pytest

from conformance.plain_http import Answer, request
from conformance.s3.calls import Client
from conformance.s3.chunk_signing import (
    SIGNED,
    SIGNED_TRAILER,
    UNSIGNED_TRAILER,
    Seed,
    chunk_signatures,
    framed,
    trailer_of,
)
from conformance.s3.web import code
from conformance.server import BUCKET, SECRET, Server

pytestmark = pytest.mark.conformance

CHUNKS = (b"a" * 65536, b"b" * 8192, b"c" * 100)
WHOLE = b"".join(CHUNKS)
CRC32 = base64.b64encode(zlib.crc32(WHOLE).to_bytes(4, "big")).decode()


def test_the_example_of_the_documentation() -> None:
    """66,560 letters a in chunks of 64 KiB and 1 KiB, with Amazon's example credentials."""
    seed = Seed(
        secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        date="20130524T000000Z",
        region="us-east-1",
        signature="4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    )
    assert chunk_signatures(seed, [b"a" * 65536, b"a" * 1024]) == [
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A request whose headers are signed."""

    url: str
    headers: dict[str, str]
    seed: Seed


@pytest.fixture
def key(top: str) -> str:
    """Where the chunks go."""
    return f"{top}a"


def begin(s3: Client, server: Server, key: str, payload: str, length: int = len(WHOLE), **more: str) -> Begun:
    """The headers of a PUT, signed by botocore."""
    url = f"{server.address}/{BUCKET}/{key}"
    asked = {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": str(length), **more}
    headers = s3("signed", "PUT", url, asked, payload=payload)
    found = re.search(r"/(\d{8})/([^/]+)/s3/.*Signature=([0-9a-f]{64})", headers["Authorization"])
    assert found is not None
    seed = Seed(secret=SECRET, date=headers["X-Amz-Date"], region=found[2], signature=found[3])
    return Begun(url=url, headers=headers, seed=seed)


def send(begun: Begun, body: bytes) -> Answer:
    """Send that body."""
    return request("PUT", begun.url, body=body, headers=begun.headers)


def absent(s3: Client, key: str) -> bool:
    """Whether nothing was stored."""
    return s3.refused("head_object", Bucket=BUCKET, Key=key)[1] == 404


def test_signed_chunks(s3: Client, server: Server, key: str) -> None:
    begun = begin(s3, server, key, SIGNED, **{"Content-Type": "text/x-chunks"})
    answer = send(begun, framed(CHUNKS, chunk_signatures(begun.seed, CHUNKS)))
    assert answer.status == 200, answer.body
    got = s3("get_object", Bucket=BUCKET, Key=key)
    assert (got["ContentLength"], got["ContentType"]) == (len(WHOLE), "text/x-chunks")
    assert "aws-chunked" not in got.get("ContentEncoding", "")
    assert s3("get_object", Bucket=BUCKET, Key=key, Range="bytes=65530-65539")["Body"] == WHOLE[65530:65540]


def test_a_content_encoding_of_its_own_stays(s3: Client, server: Server, key: str) -> None:
    begun = begin(s3, server, key, SIGNED, **{"Content-Encoding": "aws-chunked,gzip"})
    assert send(begun, framed(CHUNKS, chunk_signatures(begun.seed, CHUNKS))).status == 200
    assert s3("head_object", Bucket=BUCKET, Key=key)["ContentEncoding"] == "gzip"


def test_an_empty_body(s3: Client, server: Server, key: str) -> None:
    begun = begin(s3, server, key, SIGNED, 0)
    assert send(begun, framed([], chunk_signatures(begun.seed, []))).status == 200
    assert s3("get_object", Bucket=BUCKET, Key=key)["Body"] == b""


def test_signed_chunks_of_a_part(s3: Client, server: Server, key: str) -> None:
    upload = s3("create_multipart_upload", Bucket=BUCKET, Key=key)["UploadId"]
    begun = begin(s3, server, f"{key}?partNumber=1&uploadId={upload}", SIGNED)
    answer = send(begun, framed(CHUNKS, chunk_signatures(begun.seed, CHUNKS)))
    parts = {"Parts": [{"PartNumber": 1, "ETag": answer.headers["etag"]}]}
    s3("complete_multipart_upload", Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload=parts)
    assert s3("head_object", Bucket=BUCKET, Key=key)["ContentLength"] == len(WHOLE)


def spoil(signatures: list[str], number: int) -> list[str]:
    """The signatures with one of them changed."""
    seal = signatures[number]
    changed = ("0" if seal[0] != "0" else "1") + seal[1:]
    return [*signatures[:number], changed, *signatures[number + 1 :]]


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_the_signature_of_a_chunk_is_wrong(s3: Client, server: Server, key: str, number: int) -> None:
    begun = begin(s3, server, key, SIGNED)
    answer = send(begun, framed(CHUNKS, spoil(chunk_signatures(begun.seed, CHUNKS), number)))
    assert code(answer) == ("SignatureDoesNotMatch", 403)
    assert absent(s3, key)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_chunk_is_changed(s3: Client, server: Server, key: str, number: int) -> None:
    begun = begin(s3, server, key, SIGNED)
    changed = [*CHUNKS]
    changed[number] = changed[number][:-1] + b"!"
    assert code(send(begun, framed(changed, chunk_signatures(begun.seed, CHUNKS)))) == ("SignatureDoesNotMatch", 403)
    assert absent(s3, key)


def test_chunks_out_of_order_or_left_out(s3: Client, server: Server, key: str) -> None:
    begun = begin(s3, server, key, SIGNED)
    seals = chunk_signatures(begun.seed, CHUNKS)
    swapped = framed([CHUNKS[1], CHUNKS[0], CHUNKS[2]], [seals[1], seals[0], seals[2], seals[3]])
    assert code(send(begun, swapped)) == ("SignatureDoesNotMatch", 403)
    assert send(begun, framed(CHUNKS[:2], [seals[0], seals[1], seals[3]])).status in {400, 403}
    assert send(begun, framed(CHUNKS)).status in {400, 403}, "no signatures at all"
    assert absent(s3, key)


@pytest.mark.parametrize("difference", [-1, 1, 5000])
def test_the_length_is_wrong(s3: Client, server: Server, key: str, difference: int) -> None:
    begun = begin(s3, server, key, SIGNED, len(WHOLE) + difference)
    answer = send(begun, framed(CHUNKS, chunk_signatures(begun.seed, CHUNKS)))
    assert answer.status == 400, answer.body
    assert absent(s3, key)


def test_a_body_that_ends_early(s3: Client, server: Server, key: str) -> None:
    begun = begin(s3, server, key, SIGNED)
    whole = framed(CHUNKS, chunk_signatures(begun.seed, CHUNKS))
    for end in (10, 70_000, len(whole) - 20, len(whole) - 1 - len(b"\r\n") - 88):
        assert send(begun, whole[:end]).status == 400, end
    assert absent(s3, key)


def test_framing_that_is_not_framing(s3: Client, server: Server, key: str) -> None:
    for payload in (SIGNED, UNSIGNED_TRAILER):
        begun = begin(s3, server, key, payload)
        for body in (WHOLE, b"zz\r\n", b"-5\r\nabc", b"ffffffffffffffff\r\n", b"\r\n\r\n", b"5" * 5000):
            assert 400 <= send(begun, body).status < 500, body[:20]
    assert absent(s3, key)


def test_an_unsigned_trailer(s3: Client, server: Server, key: str) -> None:
    begun = begin(s3, server, key, UNSIGNED_TRAILER, **{"x-amz-trailer": "x-amz-checksum-crc32"})
    done = send(begun, framed(CHUNKS, trailer=f"x-amz-checksum-crc32:{CRC32}\r\n"))
    assert (done.status, done.headers["x-amz-checksum-crc32"]) == (200, CRC32)
    head = s3("head_object", Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    assert (head["ChecksumCRC32"], head["ContentLength"]) == (CRC32, len(WHOLE))


@pytest.mark.parametrize(
    ("trailer", "expected"),
    [
        ("x-amz-checksum-crc32:AAAAAA==\r\n", ("BadDigest", 400)),
        ("x-amz-checksum-crc32:nonsense\r\n", None),
        ("", None),
        (f"x-amz-checksum-sha1:{CRC32}\r\n", None),
        ("x" * 70_000 + "\r\n", None),
    ],
)
def test_an_unsigned_trailer_that_is_wrong(
    s3: Client, server: Server, key: str, trailer: str, expected: tuple[str, int] | None
) -> None:
    begun = begin(s3, server, key, UNSIGNED_TRAILER, **{"x-amz-trailer": "x-amz-checksum-crc32"})
    answer = send(begun, framed(CHUNKS, trailer=trailer))
    assert answer.status == 400
    assert expected is None or code(answer) == expected
    assert absent(s3, key)


def signed_trailer(begun: Begun, value: str = CRC32) -> tuple[list[str], str]:
    """The signatures of the chunks, and the signed trailer after them."""
    seals = chunk_signatures(begun.seed, CHUNKS)
    return seals, trailer_of(begun.seed, seals[-1], "x-amz-checksum-crc32", value)


def test_a_signed_trailer(s3: Client, server: Server, key: str) -> None:
    begun = begin(s3, server, key, SIGNED_TRAILER, **{"x-amz-trailer": "x-amz-checksum-crc32"})
    seals, trailer = signed_trailer(begun)
    assert send(begun, framed(CHUNKS, seals, trailer)).status == 200
    assert s3("head_object", Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")["ChecksumCRC32"] == CRC32


def test_a_signed_trailer_that_is_wrong(s3: Client, server: Server, key: str) -> None:
    begun = begin(s3, server, key, SIGNED_TRAILER, **{"x-amz-trailer": "x-amz-checksum-crc32"})
    seals, trailer = signed_trailer(begun)
    mismatch = ("SignatureDoesNotMatch", 403)
    other: Any = signed_trailer(begun, "AAAAAA==")[1]
    assert code(send(begun, framed(CHUNKS, seals, other))) == ("BadDigest", 400)
    assert code(send(begun, framed(CHUNKS, seals, trailer.replace(CRC32, "AAAAAA==")))) == mismatch
    head, _, seal = trailer.rpartition(":")
    assert code(send(begun, framed(CHUNKS, seals, f"{head}:{'0' * 64}\r\n"))) == mismatch
    assert send(begun, framed(CHUNKS, seals, trailer.partition("x-amz-trailer-signature")[0])).status in {400, 403}
    assert len(seal.strip()) == 64
    assert absent(s3, key)
