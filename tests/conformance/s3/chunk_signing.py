"""Amazon's signing of bodies in chunks, written down from its documentation.

Law: the headers are signed by botocore (see the driver); only what comes after, the chunks' signatures, is here,
and test_streaming.py holds it against the documentation's own example. Nothing of the server is used.
Source: Amazon S3, API reference, "Signature Calculations for the Authorization Header: Transferring Payload in
Multiple Chunks", and the same with trailing headers.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
EMPTY = hashlib.sha256(b"").hexdigest()


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), hashlib.sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """What the request's own signature gives to its chunks."""

    secret: str
    date: str
    region: str
    signature: str

    def seal(self, text: str) -> str:
        """The signature of a text of this scope."""
        key = _mac(f"AWS4{self.secret}".encode(), self.date[:8])
        for word in (self.region, "s3", "aws4_request"):
            key = _mac(key, word)
        return _mac(key, text).hex()

    def text(self, kind: str, previous: str, *digests: str) -> str:
        """What is signed for a chunk or a trailer."""
        scope = f"{self.date[:8]}/{self.region}/s3/aws4_request"
        return "\n".join([f"AWS4-HMAC-SHA256-{kind}", self.date, scope, previous, *digests])


def chunk_signatures(seed: Seed, chunks: Sequence[bytes]) -> list[str]:
    """The signatures of the chunks, each over the one before; the last chunk is the empty one."""
    found: list[str] = []
    previous = seed.signature
    for chunk in [*chunks, b""]:
        previous = seed.seal(seed.text("PAYLOAD", previous, EMPTY, hashlib.sha256(chunk).hexdigest()))
        found.append(previous)
    return found


def framed(chunks: Sequence[bytes], signatures: Sequence[str] | None = None, trailer: str = "") -> bytes:
    """The body as it travels; without signatures it is the unsigned kind."""
    out = b""
    for number, chunk in enumerate([*chunks, b""]):
        extension = f";chunk-signature={signatures[number]}" if signatures else ""
        out += f"{len(chunk):x}{extension}\r\n".encode() + chunk + (b"\r\n" if chunk else b"")
    return out + trailer.encode() + b"\r\n"


def trailer_of(seed: Seed, last: str, name: str, value: str) -> str:
    """A trailing header and the signature over it."""
    digest = hashlib.sha256(f"{name}:{value}\n".encode()).hexdigest()
    seal = seed.seal(seed.text("TRAILER", last, digest))
    return f"{name}:{value}\r\nx-amz-trailer-signature:{seal}\r\n"
