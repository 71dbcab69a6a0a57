"""What a voice file is: MP3 or WAV by its bytes, and how long it plays.

tinytag reads the formats; it searches a file for anything like a frame, so that an MP3 has to begin with two frames
that follow each other before it is asked. Reading is bounded by the size of the file, which the caller has checked.
Source: wire facts of Volcengine §2.1-§2.3; ISO/IEC 11172-3 §2.4.2.3 (frame header).
"""

from __future__ import annotations

from io import BytesIO
from typing import Final

from tinytag import TinyTag
from tinytag.tinytag import TinyTagException

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value

MP3, WAV = ".mp3", ".wav"
CONTENT_TYPES: Final = {MP3: "audio/mpeg", WAV: "audio/wav"}

_LEAD_BYTES = 4096
"""Padding that encoders leave between the tag and the first frame."""
_RATES: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_KILOBITS_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KILOBITS_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


class Audio(Value, frozen=True, kw_only=True):
    """``suffix`` is ``.mp3`` or ``.wav``, ``seconds`` how long it plays, one at least."""

    suffix: str
    seconds: int


def probe(data: bytes) -> Audio:
    """What these bytes are. Raises Fault MALFORMED (reason ``voice``) when they are neither format."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        suffix = WAV
    elif _begins_with_frames(data, _after_tags(data)):
        suffix = MP3
    else:
        raise _unreadable("it is neither MP3 nor WAV")
    try:
        tag = TinyTag.get(f"a{suffix}", BytesIO(data), tags=False, check_magic_bytes=False)
    except TinyTagException as error:
        raise _unreadable(f"it begins as {suffix[1:].upper()} but cannot be read") from error
    if not tag.duration or not tag.samplerate or not tag.channels:
        raise _unreadable("there is no sound in it")
    if suffix == WAV and tag.bitrate and tag.duration * tag.bitrate * 125 > len(data):
        raise _unreadable("it announces more sound than it has; it was cut off")
    return Audio(suffix=suffix, seconds=max(1, round(tag.duration)))


def _unreadable(why: str) -> Fault:
    return Fault(Kind.MALFORMED, f"the uploaded file is no voice file: {why}; upload MP3 or WAV", reason="voice")


def _after_tags(data: bytes) -> int:
    """Where ID3v2 tags end."""
    at = 0
    while data[at : at + 3] == b"ID3" and len(data) >= at + 10:
        size = 0
        for byte in data[at + 6 : at + 10]:
            size = size << 7 | byte & 0x7F
        at += 10 + size
    return at


def _begins_with_frames(data: bytes, start: int) -> bool:
    """Whether a frame of MPEG audio layer III begins there, or after some padding, and another follows it."""
    for at in range(start, min(start + _LEAD_BYTES, len(data) - 4)):
        length = _frame_bytes(data[at : at + 4])
        if length and data[at + length + 1 : at + length + 2] == data[at + 1 : at + 2]:
            following = _frame_bytes(data[at + length : at + length + 4])
            if following:
                return True
    return False


def _frame_bytes(header: bytes) -> int:
    """The length of the frame with this header; 0 when it is none, or of an open bit rate."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, rate, index = header[1] >> 3 & 3, header[2] >> 2 & 3, header[2] >> 4
    if version not in _RATES or rate == 3 or index in {0, 15}:
        return 0
    kilobits, slots = (_KILOBITS_1[index], 144_000) if version == 3 else (_KILOBITS_2[index], 72_000)
    return slots * kilobits // _RATES[version][rate] + (header[2] >> 1 & 1)
