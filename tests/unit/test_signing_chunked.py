"""signing/chunked: framed bodies, however they arrive, with every way in which they may be wrong; hashed bodies.

Law: chunk and trailer signatures come from tests/vectors (AWS's documented examples) alone.
Source: AWS "Transferring Payload in Multiple Chunks", "… including trailing headers"; wire facts volcengine §3.10.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.signing.chunked import CHUNK_MAX_BYTES, Trailers, framing_of, hashed, signed_frames, unframed
from entrepot.signing.scheme import Claim
from entrepot.signing.scoped import AWS4_HEADER, TOS4_HEADER
from entrepot.wire.http import Request

from .asking import chunks, request

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "aws4"
PLAIN, TRAILER = "aws_chunked", "aws_chunked_trailer"
CONTENT = b"a" * 66_560
SECRET = b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


def vector_of(case: str) -> dict[str, Any]:
    """A vector with a body."""
    vector: dict[str, Any] = json.loads((VECTORS / case / "vector.json").read_text("utf-8"))
    return vector


def body_of(case: str) -> bytes:
    """The vector's framed body."""
    text: str = vector_of(case)["body"]
    return text.replace("<65536 a>", "a" * 65_536).replace("<1024 a>", "a" * 1024).encode("ascii")


def asked(case: str, pieces: Iterable[bytes] | None = None) -> Request:
    """The vector's request; its body arrives in these pieces."""
    facts = vector_of(case)["request"]
    made = request(*[(name, value) for name, value in facts["headers"]], path=facts["path"].encode())
    return changed(made, method="PUT", authority=facts["authority"], body=chunks(pieces or (body_of(case),)))


def claim_of(made: Request) -> Claim:
    """Its claim."""
    claim = AWS4_HEADER.find(made)
    assert claim is not None
    return claim


async def taken(case: str, pieces: Iterable[bytes] | None = None, secret: bytes = SECRET) -> tuple[bytes, Trailers]:
    """What comes of a signed body."""
    made, trailers = asked(case, pieces), Trailers()
    content = b"".join([piece async for piece in unframed(made, claim_of(made), secret, trailers)])
    return content, trailers


async def refused(case: str, pieces: Iterable[bytes], secret: bytes = SECRET) -> tuple[Kind, int]:
    """Why a signed body is refused, and how many bytes had been handed on."""
    made, count = asked(case, pieces), 0
    try:
        async for piece in unframed(made, claim_of(made), secret, Trailers()):
            assert piece == b"a" * len(piece)
            count += len(piece)
    except Fault as fault:
        return fault.kind, count
    pytest.fail(f"it was taken: {b''.join(pieces)[-300:]!r}")


def unsigned(body: Iterable[bytes], length: int | None, trailer: str | None = None, vendor: str = "amz") -> Request:
    """A request whose body is framed but not signed."""
    headers = [(f"x-{vendor}-content-sha256", UNSIGNED_TRAILER)]
    headers += [] if length is None else [(f"x-{vendor}-decoded-content-length", str(length))]
    headers += [] if trailer is None else [(f"x-{vendor}-trailer", trailer)]
    return changed(request(*headers), body=chunks(body))


async def read(made: Request) -> tuple[bytes, Trailers]:
    """What comes of an unsigned body."""
    trailers = Trailers()
    content = b"".join([piece async for piece in unframed(made, None, None, trailers)])
    return content, trailers


async def fault_of(made: Request) -> Kind:
    """Why an unsigned body is refused."""
    with pytest.raises(Fault) as caught:
        await read(made)
    if caught.value.kind is Kind.MALFORMED:
        assert caught.value.reason in {"chunked", "trailer"}
    return caught.value.kind


# Signed chunks.


@pytest.mark.parametrize("size", [1, 7, 85, 86, 87, 65_536, 1 << 20])
async def test_the_documented_examples(size: int) -> None:
    """However the bytes arrive."""
    for case in (PLAIN, TRAILER):
        body = body_of(case)
        content, trailers = await taken(case, [body[at : at + size] for at in range(0, len(body), size)])
        assert content == CONTENT
        assert trailers == Trailers(
            fields={"x-amz-checksum-crc32c": "sOO8/Q=="} if case == TRAILER else {}, complete=True
        )


@pytest.mark.parametrize("case", [PLAIN, TRAILER])
async def test_any_changed_byte_is_refused_before_it_is_handed_on(case: str) -> None:
    body = body_of(case)
    starts = [at for at in range(len(body)) if body[at : at + 3] != b"aaa"]
    for at in (*starts, 5000, 65_000, 66_500):
        changed_body = body[:at] + bytes((body[at] ^ 1,)) + body[at + 1 :]
        kind, count = await refused(case, [changed_body])
        assert kind in {Kind.SIGNATURE_MISMATCH, Kind.MALFORMED, Kind.SIZE_MISMATCH, Kind.BODY_INCOMPLETE}, at
        assert count in {0, 65_536, 66_560}, "whole verified chunks alone"
        if 90 < at < 65_600:
            assert (kind, count) == (Kind.SIGNATURE_MISMATCH, 0)


@pytest.mark.parametrize("case", [PLAIN, TRAILER])
async def test_a_truncated_body_is_refused(case: str) -> None:
    body = body_of(case)
    ends = [at for at in range(len(body)) if body[at : at + 3] != b"aaa"]
    for at in (*ends[:-2], 5000, 66_000):
        kind, _ = await refused(case, [body[:at]])
        assert kind in {Kind.BODY_INCOMPLETE, Kind.MALFORMED}, at
    content, trailers = await taken(case, [body[:-2]])
    assert (content, trailers.complete) == (CONTENT, True), "some clients leave the last empty line out"


async def test_chunks_in_another_order_or_left_out() -> None:
    body = body_of(PLAIN)
    first, second, last = body[: 88 + 65_538], body[88 + 65_538 : -86], body[-86:]
    assert first + second + last == body
    assert second.startswith(b"400;")
    assert last.startswith(b"0;")
    assert await refused(PLAIN, [second, first, last]) == (Kind.SIGNATURE_MISMATCH, 0)
    assert await refused(PLAIN, [first, last]) == (Kind.SIGNATURE_MISMATCH, 65_536)
    assert await refused(PLAIN, [first, first, last]) == (Kind.SIZE_MISMATCH, 65_536)
    assert await refused(PLAIN, [first, second, last, b"x"]) == (Kind.MALFORMED, 66_560)
    assert await refused(PLAIN, [first, second, last], secret=SECRET + b"x") == (Kind.SIGNATURE_MISMATCH, 0)


async def test_trailers_that_are_wrong() -> None:
    body = body_of(TRAILER)
    crc, sealed = b"x-amz-checksum-crc32c:sOO8/Q==\r\n", body[body.index(b"x-amz-trailer-signature") : -2]
    head = body[: body.index(crc)]
    wrong = sealed.replace(b"d81f", b"d81e")
    for tail, kind in (
        (crc + wrong + b"\r\n", Kind.SIGNATURE_MISMATCH),
        (crc.replace(b"sOO8", b"sOO9") + sealed + b"\r\n", Kind.SIGNATURE_MISMATCH),
        (crc + b"\r\n", Kind.MALFORMED),
        (sealed + b"\r\n", Kind.MALFORMED),
        (b"\r\n", Kind.MALFORMED),
        (sealed + crc + b"\r\n", Kind.MALFORMED),
        (crc + crc + sealed + b"\r\n", Kind.MALFORMED),
        (crc + sealed + sealed + b"\r\n", Kind.MALFORMED),
        (crc + b"x-amz-checksum-sha1:x\r\n" + sealed + b"\r\n", Kind.MALFORMED),
        (b"nonsense\r\n" + crc + sealed + b"\r\n", Kind.MALFORMED),
        (crc + sealed + b"\r\nmore", Kind.MALFORMED),
        (b"x" * 5000 + b"\r\n", Kind.MALFORMED),
    ):
        assert await refused(TRAILER, [head + tail]) == (kind, 66_560), tail
    content, trailers = await taken(TRAILER, [head + b"\r\n" + crc + sealed + b"\r\n"])
    assert content == CONTENT, "some clients end the last chunk like every other"
    assert trailers.complete


async def test_trailers_where_none_belong() -> None:
    body = body_of(PLAIN)
    assert await refused(PLAIN, [body[:-2] + b"x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n"]) == (Kind.MALFORMED, 66_560)


async def test_a_signed_chunk_that_is_too_long_is_refused_unread() -> None:
    made = asked(PLAIN)
    size = CHUNK_MAX_BYTES + 1
    headers = tuple(
        (name, str(size).encode() if name == b"x-amz-decoded-content-length" else value) for name, value in made.headers
    )
    made = changed(made, headers=headers, body=chunks([f"{size:x};chunk-signature={'0' * 64}\r\n".encode()]))
    with pytest.raises(Fault) as caught:
        await anext(unframed(made, claim_of(made), SECRET, Trailers()))
    assert caught.value.kind is Kind.TOO_LARGE


def test_signed_chunks_need_a_signed_request() -> None:
    made = asked(PLAIN)
    text = "TOS4-HMAC-SHA256 Credential=id/20260102/r/tos/request,SignedHeaders=host;x-tos-date,Signature=0"
    tos = TOS4_HEADER.find(request(("authorization", text), ("x-tos-date", "20260102T030405Z")))
    assert tos is not None
    for claim, secret in ((None, None), (tos, SECRET), (claim_of(made), None)):
        with pytest.raises(Fault) as caught:
            unframed(made, claim, secret, Trailers())
        assert (caught.value.kind, caught.value.reason) in {(Kind.MALFORMED, "chunked"), (Kind.MALFORMED, "trailer")}


async def test_what_a_wrong_chunk_tells() -> None:
    made = asked(PLAIN, [body_of(PLAIN).replace(b"=ad80", b"=ad81")])
    with pytest.raises(Fault) as caught:
        await anext(unframed(made, claim_of(made), SECRET, Trailers()))
    facts = caught.value.facts
    assert facts["key_id"] == "AKIAIOSFODNN7EXAMPLE"
    assert str(facts["string_to_sign"]).startswith(
        "AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n4f232c4386841ef7"
    )
    assert "ad80c730" not in json.dumps(facts), "never the expected signature"


# Unsigned chunks.


async def test_what_boto3_sends_over_tls() -> None:
    vector = vector_of("boto3_put_trailer")
    headers = [(name, value) for name, value in vector["request"]["headers"]]
    made = changed(request(*headers), method="PUT", body=chunks([vector["body"].encode()]))
    content, trailers = await read(made)
    assert content == b"hello"
    assert trailers == Trailers(fields={"x-amz-checksum-crc32": "NhCmhg=="}, complete=True)


async def test_what_the_go_sdk_of_tos_sends() -> None:
    """Source: wire facts volcengine §3.10; the CRC64 of ``hello`` is §3.7's, in base64 of its eight bytes."""
    crc = "mx9s7ZFFUlE="
    for length in (5, None):
        body = f"5\r\nhello\r\n0\r\nx-tos-hash-crc64ecma:{crc}\r\n\r\n".encode()
        content, trailers = await read(unsigned([body], length, "x-tos-hash-crc64ecma", "tos"))
        assert (content, trailers.fields) == (b"hello", {"x-tos-hash-crc64ecma": crc})


async def test_unsigned_chunks_are_handed_on_as_they_arrive() -> None:
    size = CHUNK_MAX_BYTES * 2
    made = unsigned([f"{size:x}\r\n".encode(), b"ab", b"", b"c"], size)
    body = unframed(made, None, None, Trailers())
    assert [await anext(body), await anext(body)] == [b"ab", b"c"]
    with pytest.raises(Fault) as caught:
        await anext(body)
    assert caught.value.kind is Kind.BODY_INCOMPLETE


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6), st.integers(1, 50))
async def test_any_chunks_in_any_pieces(parts: list[bytes], size: int) -> None:
    framed = b"".join(b"%X\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\nX-Amz-Checksum-Sha1: v \r\n\r\n"
    pieces = [framed[at : at + size] for at in range(0, len(framed), size)]
    content, trailers = await read(unsigned(pieces, len(b"".join(parts)), "x-amz-checksum-sha1"))
    assert content == b"".join(parts)
    assert trailers == Trailers(fields={"x-amz-checksum-sha1": "v"}, complete=True)


@given(st.lists(st.binary(max_size=40), max_size=6))
async def test_nothing_but_faults_is_raised(pieces: list[bytes]) -> None:
    try:
        await read(unsigned(pieces, 5, "a"))
    except Fault as fault:
        assert fault.kind in {Kind.MALFORMED, Kind.BODY_INCOMPLETE, Kind.SIZE_MISMATCH}  # noqa: PT017 - nearly all raise


@pytest.mark.parametrize(
    ("body", "length", "kind"),
    [
        (b"", 0, Kind.BODY_INCOMPLETE),
        (b"5\r\nhel", 5, Kind.BODY_INCOMPLETE),
        (b"5\r\nhello\r\n", 5, Kind.BODY_INCOMPLETE),
        (b"5\r\nhello\r\n0\r\n\r\n", 6, Kind.BODY_INCOMPLETE),
        (b"5\r\nhello\r\n0\r\n\r\n", 4, Kind.SIZE_MISMATCH),
        (b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 4, Kind.SIZE_MISMATCH),
        (b"4\r\nhello\r\n0\r\n\r\n", 5, Kind.MALFORMED),
        (b"6\r\nhello\r\n0\r\n\r\n", 6, Kind.MALFORMED),
        (b"5\nhello\r\n0\r\n\r\n", 5, Kind.MALFORMED),
        (b"5 \r\nhello\r\n0\r\n\r\n", 5, Kind.MALFORMED),
        (b"-5\r\nhello\r\n0\r\n\r\n", 5, Kind.MALFORMED),
        (b"0x5\r\nhello\r\n0\r\n\r\n", 5, Kind.MALFORMED),
        (b"\r\n", 0, Kind.MALFORMED),
        (b"5;chunk-signature=" + b"0" * 64 + b"\r\nhello\r\n0\r\n\r\n", 5, Kind.MALFORMED),
        (b"f" * 16 + b"\r\n", 5, Kind.MALFORMED),
        (b"5" * 5000, 5, Kind.MALFORMED),
        (b"0\r\n\r\nmore", 0, Kind.MALFORMED),
        (b"0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", 0, Kind.MALFORMED),
        (b"0\r\nx-amz-trailer-signature:00\r\n\r\n", 0, Kind.MALFORMED),
    ],
)
async def test_frames_that_are_wrong(body: bytes, length: int, kind: Kind) -> None:
    assert await fault_of(unsigned([body], length)) is kind
    assert await fault_of(unsigned([body[at : at + 1] for at in range(len(body))], length)) is kind


async def test_trailers_as_minio_go_ends_them() -> None:
    """LF CR LF behind each. Source: minio-go, pkg/signer/request-signature-streaming-unsigned-trailer.go."""
    body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\n\r\n\r\n"
    content, trailers = await read(unsigned([body], 5, "x-amz-checksum-crc32"))
    assert (content, trailers.fields) == (b"hello", {"x-amz-checksum-crc32": "NhCmhg=="})
    bad = body.replace(b"==\n\r\n", b"==\nx\r\n")
    assert await fault_of(unsigned([bad], 5, "x-amz-checksum-crc32")) is Kind.MALFORMED


async def test_lengths_that_are_wrong() -> None:
    assert await fault_of(unsigned([], None)) is Kind.LENGTH_MISSING
    for text in ("", "x", "-1", "1.5", "１", "9" * 16):
        made = request(("x-tos-content-sha256", UNSIGNED_TRAILER))
        headers = (*made.headers, (b"x-tos-decoded-content-length", text.encode()))
        assert await fault_of(changed(made, headers=headers)) is Kind.PARAMETER_INVALID


def test_a_framing_that_is_not_known() -> None:
    made = request(("x-amz-content-sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"))
    with pytest.raises(Fault) as caught:
        framing_of(made)
    assert caught.value.kind is Kind.NOT_IMPLEMENTED


# Whole bodies.


async def test_bodies_that_are_not_framed() -> None:
    for headers in ((), (("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),)):
        made = changed(request(*headers), body=chunks([b"ab", b"c"]))
        content, trailers = await read(made)
        assert (content, trailers) == (b"abc", Trailers(complete=True))
    form = changed(asked(PLAIN, [b"file"]), form=())
    assert (await read(form))[0] == b"file", "a form's file is never framed"


async def test_hashed_bodies() -> None:
    right = hashlib.sha256(b"abc").hexdigest()
    for text in (right, right.upper()):
        made = changed(request(("x-amz-content-sha256", text)), body=chunks([b"ab", b"c"]))
        assert (await read(made))[0] == b"abc"
    body = hashed(chunks([b"ab", b"d"]), right)
    assert [await anext(body), await anext(body)] == [b"ab", b"d"]
    with pytest.raises(Fault) as caught:
        await anext(body)
    assert (caught.value.kind, caught.value.reason) == (Kind.DIGEST_MISMATCH, "sha256")
    assert caught.value.facts == {"expected": right, "actual": hashlib.sha256(b"abd").hexdigest()}
    for text in ("", "x", right[:-1], right + "0", "g" * 64):
        assert await fault_of(request(("x-amz-content-sha256", text))) is Kind.PARAMETER_INVALID


# Framed again.


@pytest.mark.parametrize("case", [PLAIN, TRAILER])
async def test_a_body_framed_again_is_the_documented_one(case: str) -> None:
    claim = claim_of(asked(case))
    assert claim is not None
    chunks_of = iter([CONTENT[:65_536], CONTENT[65_536:]])
    trailers = {"x-amz-checksum-crc32c": "sOO8/Q=="} if case == TRAILER else {}
    made = b"".join(signed_frames(claim, SECRET, chunks_of, trailers))
    content, _ = await taken(case, [made])
    assert content == CONTENT
    signatures = re.findall(rb"signature[=:]([0-9a-f]{64})", body_of(case))
    assert re.findall(rb"signature[=:]([0-9a-f]{64})", made) == signatures
