"""Tiny real voice files, made byte by byte: WAV by the standard library, MP3 as frames of silence.

Source: ISO/IEC 11172-3 §2.4.1, §2.4.2.3: a Layer III frame of 128 kbit/s at 44.1 kHz has 417 bytes, and 418 when
padded; side information of nothing but zeros has no coded samples, which is silence.
"""

from __future__ import annotations

import io
import wave

_HEADER = bytes((0xFF, 0xFB, 0x90, 0xC4))
"""Sync, MPEG-1, Layer III, no CRC; 128 kbit/s, 44.1 kHz, no padding; mono, original."""
FRAMES_A_SECOND = 44_100 / 1152


def wav(seconds: float = 1.0, *, rate: int = 8000, level: int = 0) -> bytes:
    """PCM of 16 bits, mono; ``level`` makes other bytes of it."""
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(level.to_bytes(2, "little") * int(seconds * rate))
    return held.getvalue()


def mp3(seconds: float = 1.0, *, tag: bytes = b"") -> bytes:
    """Silence. ``tag`` is the content of an ID3v2.3 tag before it."""
    frame = _HEADER + bytes(413)
    return id3(tag) + frame * max(2, round(seconds * FRAMES_A_SECOND))


def id3(content: bytes) -> bytes:
    """An ID3v2.3 tag with this content; nothing for nothing."""
    if not content:
        return b""
    size = len(content)
    return b"ID3\x03\x00\x00" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + content
