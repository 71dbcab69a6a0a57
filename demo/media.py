"""What the demo uploads: an MP3 that plays, an image, a text, and 30 MiB of noise.

Everything is made when it is needed, so that the project holds no binary. Must not know where it goes.
"""

from __future__ import annotations

import array
import math
import random
import struct
import zlib

import lameenc

RATE = 16_000
"""Samples a second."""


def mp3(seconds: float = 2.0) -> bytes:
    """A tone that rises, as MP3."""
    count = int(RATE * seconds)
    wave = (math.sin(math.tau * (330 + 165 * n / count) * n / RATE) for n in range(count))
    samples = array.array("h", (int(12_000 * value) for value in wave))
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(64)
    encoder.set_in_sample_rate(RATE)
    encoder.set_channels(1)
    encoder.silence()
    return bytes(encoder.encode(samples.tobytes()) + encoder.flush())


def png(side: int = 256) -> bytes:
    """A square of colours, as PNG. Source: the PNG specification, chunks IHDR, IDAT, IEND."""
    rows = b"".join(
        b"\0" + b"".join(bytes((x * 255 // side, y * 255 // side, 160)) for x in range(side)) for y in range(side)
    )

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def text() -> bytes:
    """A few lines with letters of several alphabets."""
    return "One namespace, many tongues.\n一个命名空间，多种语言。\nEin Namensraum, viele Sprachen.\n".encode()


def noise(size: int = 30 << 20) -> bytes:
    """Bytes that nothing compresses."""
    return random.Random(30).randbytes(size)  # noqa: S311 - nothing is protected by it
