"""Bodies in frames, signed chunk by chunk or not, with trailers behind them; and bodies whose hash was signed.

What a request says of its payload decides how its body is read: :func:`unframed` gives the bytes that it stands for, as
they stream. Of a signed chunk nothing is handed on before its signature was verified, so one chunk is held at a time.
Must not know what the bytes are for, nor compare a trailer's checksum: ``Trailers`` has it when the body has ended.

Source: AWS "Transferring Payload in Multiple Chunks" and "… including trailing headers"; wire facts volcengine §3.10,
tencent §4.4.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.signing.scheme import Claim, equal_in_constant_time
from entrepot.signing.scoped import payload_of, signing_key
from entrepot.signing.scoped_rows import AWS4, EMPTY_SHA256, UNSIGNED, Scoped
from entrepot.wire.http import Request

CHUNK_MAX_BYTES: Final = 16 << 20
"""The longest signed chunk: it is held in memory. Clients send 64 KiB to a few MiB."""

_LINE_MAX_BYTES = 4096
_HEAD = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;chunk-signature=([0-9a-f]{64}))?")
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_SIGNATURE = "x-amz-trailer-signature"


class Framing(Value, frozen=True, kw_only=True):
    """How a body is framed: whether its chunks are signed, and whether trailers follow the last of them."""

    signed: bool
    trailing: bool


FRAMINGS: Final = {
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": Framing(signed=True, trailing=False),
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": Framing(signed=True, trailing=True),
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER": Framing(signed=False, trailing=True),
}
"""By what the request says its payload is."""


@dataclass(slots=True, kw_only=True)
class Trailers:
    """What came behind the body, by lower-case name; all of it once ``complete``."""

    fields: dict[str, str] = field(default_factory=dict)
    complete: bool = False


def framing_of(request: Request) -> Framing | None:
    """How the body is framed; None when it is not.

    Raises:
        Fault: NOT_IMPLEMENTED for a framing that is not known.
    """
    payload = None if request.form is not None else payload_of(request)
    framing = None if payload is None else FRAMINGS.get(payload)
    if framing is None and payload is not None and payload.startswith("STREAMING-"):
        raise Fault(
            Kind.NOT_IMPLEMENTED,
            f"the body's framing {payload!r} is not known; {', '.join(FRAMINGS)} are",
            reason="chunked",
        )
    return framing


def unframed(request: Request, claim: Claim | None, secret: bytes | None, trailers: Trailers) -> AsyncIterator[bytes]:
    """The bytes that the body stands for; what follows them goes to ``trailers``.

    ``claim`` and ``secret`` are the verified ones, None when nobody signed.

    Raises:
        Fault: at once NOT_IMPLEMENTED, LENGTH_MISSING, PARAMETER_INVALID (reason ``sha256``: what is announced is no
            hash) and MALFORMED (reason ``chunked``: signed chunks of a request that is not signed so); while it streams
            MALFORMED (reason ``chunked``), BODY_INCOMPLETE, SIZE_MISMATCH, SIGNATURE_MISMATCH, DIGEST_MISMATCH (reason
            ``sha256``), and TOO_LARGE for a signed chunk of more than ``CHUNK_MAX_BYTES``.
    """
    framing = framing_of(request)
    if framing is not None:
        seals = _Seals(claim, secret) if framing.signed else None
        return _frames(_Reader(request.body), seals, _decoded_bytes(request), _announced(request, framing), trailers)
    trailers.complete = True
    payload = None if request.form is not None else payload_of(request)
    if payload is None or payload == UNSIGNED:
        return request.body
    if not _SHA256.fullmatch(payload):
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"the payload's hash {payload!r} is no SHA-256 in hex, {UNSIGNED} or name of a framing",
            reason="sha256",
        )
    return hashed(request.body, payload)


async def hashed(body: AsyncIterator[bytes], sha256_hex: str) -> AsyncIterator[bytes]:
    """The bytes of ``body``.

    Raises:
        Fault: DIGEST_MISMATCH (reason ``sha256``) behind the last of them, when that is not their hash.
    """
    digest = hashlib.sha256()
    async for piece in body:
        digest.update(piece)
        yield piece
    actual = digest.hexdigest()
    if actual != sha256_hex.lower():
        raise Fault(
            Kind.DIGEST_MISMATCH,
            f"the body's SHA-256 is {actual}, but {sha256_hex} was signed; send the bytes that were signed",
            reason="sha256",
            expected=sha256_hex,
            actual=actual,
        )


def _decoded_bytes(request: Request) -> int | None:
    for prefix in ("x-amz-", "x-tos-"):
        name = f"{prefix}decoded-content-length"
        value = request.header(name.encode())
        if value is None:
            continue
        if not value.isascii() or not value.isdigit() or len(value) > 15:
            raise Fault(
                Kind.PARAMETER_INVALID, f"the header {name} is {value!r}; it must be a number", reason="chunked"
            )
        return int(value)
    if request.header(AWS4.payload_header) is None:
        return None
    raise Fault(Kind.LENGTH_MISSING, "a framed body needs the header x-amz-decoded-content-length, its length unframed")


def _announced(request: Request, framing: Framing) -> frozenset[str] | None:
    """The trailers that the request says will come; None when none may."""
    if not framing.trailing:
        return None
    listed = ",".join(request.header(name) or "" for name in (b"x-amz-trailer", b"x-tos-trailer"))
    return frozenset(name.strip().lower() for name in listed.split(",")) - {""}


def _malformed(why: str) -> Fault:
    return Fault(Kind.MALFORMED, f"the framed body is malformed: {why}", reason="chunked")


def _bad_trailers(why: str) -> Fault:
    return Fault(Kind.MALFORMED, f"the trailers of the body are malformed: {why}", reason="trailer")


class _Reader:
    """The bytes of a stream by lines and counts."""

    def __init__(self, body: AsyncIterator[bytes]) -> None:
        self._body = body
        self._held = b""
        self._at = 0

    async def more(self) -> bool:
        """Whether there is another byte."""
        while self._at >= len(self._held):
            piece = await anext(self._body, None)
            if piece is None:
                return False
            self._held, self._at = piece, 0
        return True

    async def some(self, most: int) -> bytes:
        """At least one byte and at most ``most``."""
        if not await self.more():
            raise Fault(Kind.BODY_INCOMPLETE, "the framed body ends before its last frame")
        piece = self._held[self._at : self._at + most]
        self._at += len(piece)
        return piece

    async def line(self) -> bytes:
        """The bytes up to the next CRLF, without it."""
        line = await self._raw_line()
        if not line.endswith(b"\r\n"):
            raise _malformed("a line between its chunks does not end in CR LF")
        return line[:-2]

    async def trailer(self) -> bytes:
        """The same behind the last chunk, where LF CR LF ends a line too: minio-go writes that, and AWS takes it."""
        line = await self._raw_line()
        if line.endswith(b"\r\n"):
            return line[:-2]
        if await self._raw_line() != b"\r\n":
            raise _bad_trailers("a line does not end in CR LF")
        return line[:-1]

    async def _raw_line(self) -> bytes:
        line = b""
        while True:
            if not await self.more():
                raise Fault(Kind.BODY_INCOMPLETE, "the framed body ends before its last frame")
            end = self._held.find(b"\n", self._at)
            upto = len(self._held) if end < 0 else end + 1
            line += self._held[self._at : min(upto, self._at + _LINE_MAX_BYTES + 1)]
            self._at = upto
            if len(line) > _LINE_MAX_BYTES:
                raise _malformed(f"it has a line of more than {_LINE_MAX_BYTES} bytes between its chunks")
            if end >= 0:
                return line


class _Seals:
    """Verifies the chunks of one body: each signature covers the one before it."""

    def __init__(self, claim: Claim | None, secret: bytes | None) -> None:
        signed = None if claim is None else claim.signed
        if claim is None or secret is None or not isinstance(signed, Scoped) or signed.row is not AWS4:
            raise _malformed(f"its chunks are to be signed, but the request is not signed with {AWS4.algorithm}")
        self._key = signing_key(secret, claim)
        self._key_id = claim.key_id
        self._algorithm = signed.row.algorithm
        self._head = f"{signed.time}\n{'/'.join(signed.scope)}\n".encode()
        self._last = claim.signature

    def check_chunk(self, sha256_hex: str, shown: bytes) -> None:
        """Raises Fault SIGNATURE_MISMATCH unless ``shown`` signs a chunk of this hash."""
        self._check("PAYLOAD", f"{EMPTY_SHA256}\n{sha256_hex}", shown, "a chunk of the body")

    def check_trailers(self, lines: bytes, shown: bytes) -> None:
        """Raises Fault SIGNATURE_MISMATCH unless ``shown`` signs these trailers."""
        self._check("TRAILER", hashlib.sha256(lines).hexdigest(), shown, "the trailers of the body")

    def sign_chunk(self, content: bytes) -> bytes:
        """The signature of the next chunk."""
        self._last = self._sealed("PAYLOAD", f"{EMPTY_SHA256}\n{hashlib.sha256(content).hexdigest()}")[1]
        return self._last

    def sign_trailers(self, lines: bytes) -> bytes:
        """The signature of the trailers."""
        return self._sealed("TRAILER", hashlib.sha256(lines).hexdigest())[1]

    def _sealed(self, kind: str, hashes: str) -> tuple[bytes, bytes]:
        text = f"{self._algorithm}-{kind}\n".encode() + self._head + self._last + b"\n" + hashes.encode()
        return text, hmac.digest(self._key, text, "sha256").hex().encode()

    def _check(self, kind: str, hashes: str, shown: bytes, what: str) -> None:
        text, expected = self._sealed(kind, hashes)
        if not equal_in_constant_time(expected, shown):
            raise Fault(
                Kind.SIGNATURE_MISMATCH,
                f"the signature of {what} was not made with the secret of key {self._key_id!r} over what arrived",
                string_to_sign=text.decode("utf-8", "replace"),
                signature_provided=shown.decode("ascii", "replace"),
                key_id=self._key_id,
            )
        self._last = expected


def signed_frames(claim: Claim, secret: bytes, body: Iterator[bytes], trailers: Mapping[str, str]) -> Iterator[bytes]:
    """The opposite of :func:`unframed`: a body in signed chunks, as whoever sends it again has to frame it.

    Raises:
        Fault: MALFORMED (reason ``chunked``) for a request that is not signed so.
    """
    seals = _Seals(claim, secret)
    for content in body:
        if content:
            yield b"%x;chunk-signature=%s\r\n%s\r\n" % (len(content), seals.sign_chunk(content), content)
    yield b"0;chunk-signature=%s\r\n" % seals.sign_chunk(b"")
    if trailers:
        lines = "".join(f"{name}:{value}\n" for name, value in trailers.items()).encode()
        yield lines.replace(b"\n", b"\r\n")
        yield f"{_SIGNATURE}:".encode() + seals.sign_trailers(lines) + b"\r\n"
    yield b"\r\n"


def _head_of(line: bytes, *, signed: bool) -> tuple[int, bytes]:
    match = _HEAD.fullmatch(line)
    if match is None or (match[2] is not None) != signed:
        wanted = "<hex>;chunk-signature=<64 hex>" if signed else "<hex>"
        raise _malformed(f"a chunk does not begin with '{wanted}'")
    return int(match[1], 16), match[2] or b""


async def _frames(
    reader: _Reader, seals: _Seals | None, length: int | None, announced: frozenset[str] | None, trailers: Trailers
) -> AsyncIterator[bytes]:
    arrived = 0
    while True:
        size, signature = _head_of(await reader.line(), signed=seals is not None)
        arrived += size
        if length is not None and arrived > length:
            raise Fault(Kind.SIZE_MISMATCH, f"the body's chunks hold more than the announced {length} bytes")
        if seals is not None:
            data = await _chunk(reader, seals, size, signature)
            if data:
                yield data
        else:
            left = size
            while left:
                piece = await reader.some(left)
                left -= len(piece)
                yield piece
        if not size:
            break
        if await reader.line():
            raise _malformed("a chunk is longer than it says")
    if length is not None and arrived < length:
        raise Fault(Kind.BODY_INCOMPLETE, f"the body's chunks hold {arrived} of the announced {length} bytes")
    await _read_trailers(reader, seals, announced, trailers)


async def _chunk(reader: _Reader, seals: _Seals, size: int, signature: bytes) -> bytes:
    """A whole chunk, verified."""
    if size > CHUNK_MAX_BYTES:
        message = f"a signed chunk has {size} bytes; at most {CHUNK_MAX_BYTES} are allowed: send smaller chunks"
        raise Fault(Kind.TOO_LARGE, message)
    digest = hashlib.sha256()
    held = bytearray()
    while len(held) < size:
        piece = await reader.some(size - len(held))
        digest.update(piece)
        held += piece
    seals.check_chunk(digest.hexdigest(), signature)
    return bytes(held)


async def _read_trailers(
    reader: _Reader, seals: _Seals | None, announced: frozenset[str] | None, trailers: Trailers
) -> None:
    """Read what follows the last chunk. The empty line at the end may be missing: some clients leave it out."""
    fields, lines, signature = await _trailer_lines(reader, announced or frozenset())
    missing = (announced or frozenset()) - fields.keys()
    if missing:
        raise _bad_trailers(f"the announced trailer {min(missing)!r} did not come")
    if seals is not None and announced is not None:
        if signature is None:
            raise _bad_trailers(f"the trailer {_SIGNATURE} did not come")
        seals.check_trailers(lines, signature.encode())
    elif signature is not None:
        raise _bad_trailers(f"it has the trailer {_SIGNATURE}, but its trailers are not to be signed")
    if await reader.more():
        raise _malformed("more bytes follow its end")
    trailers.fields.update(fields)
    trailers.complete = True


async def _trailer_lines(reader: _Reader, announced: frozenset[str]) -> tuple[dict[str, str], bytes, str | None]:
    """The trailers, the lines that are signed, and their signature.

    An empty line before the first trailer is passed over: some clients end the last chunk like every other.
    """
    fields: dict[str, str] = {}
    lines, signature, first = b"", None, True
    while await reader.more():
        line = await reader.trailer()
        if not line:
            if first and announced:
                first = False
                continue
            break
        first = False
        raw_name, colon, raw_value = line.decode("latin-1").partition(":")
        name, value = raw_name.lower(), raw_value.strip(" \t")
        if name == _SIGNATURE and colon and signature is None:
            signature = value
            continue
        if not colon or name not in announced or name in fields or signature is not None:
            raise _bad_trailers(
                f"the trailer {name[:64]!r} was not announced, came twice, or came behind the signature"
            )
        fields[name] = value
        lines += f"{name}:{value}\n".encode("latin-1")
    return fields, lines, signature
