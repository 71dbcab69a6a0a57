"""dialects/volcengine/audio: what is MP3 or WAV by its bytes, how long it plays, and what is neither."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviour.minting.sounds import id3, mp3, wav
from entrepot.core.fault import Fault, Kind
from entrepot.dialects.volcengine.audio import Audio, probe


@pytest.mark.parametrize("seconds", [1, 2, 59])
def test_sounds_are_as_long_as_they_play(seconds: int) -> None:
    assert probe(wav(seconds)) == Audio(suffix=".wav", seconds=seconds)
    assert probe(wav(seconds, rate=44_100)).seconds == seconds
    assert probe(mp3(seconds)) == Audio(suffix=".mp3", seconds=seconds)


def test_what_is_short_lasts_a_second() -> None:
    assert probe(wav(0.1)).seconds == 1
    assert probe(mp3(0.1)).seconds == 1


def test_tags_and_padding_before_the_sound() -> None:
    tagged = mp3(2, tag=b"TIT2\x00\x00\x00\x03\x00\x00\x00hi" + bytes(200_000))
    assert probe(tagged) == Audio(suffix=".mp3", seconds=2)
    assert probe(id3(b"x" * 90) + tagged).seconds == 2
    assert probe(bytes(1000) + mp3(2)).seconds == 2


def test_a_tag_after_the_sound() -> None:
    assert probe(mp3(2) + b"TAG" + bytes(125)).seconds == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"ID3",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"hello, this is a text and no sound " * 100,
        b"OggS" + bytes(4000),
        b"fLaC" + bytes(4000),
        id3(bytes(100)),
        mp3(1)[:417],
        mp3(1)[:417] + bytes(5000),
        bytes(5000) + mp3(1),
        wav(0),
        wav(1)[:44],
        wav(3)[:-10_000],
        wav(1).replace(b"fmt ", b"xxxx"),
        wav(1).replace(b"data", b"xxxx"),
    ],
    ids=lambda data: f"{data[:8]!r}-{len(data)}",
)
def test_neither(data: bytes) -> None:
    with pytest.raises(Fault) as caught:
        probe(data)
    assert (caught.value.kind, caught.value.reason) == (Kind.MALFORMED, "voice")


def test_chance_is_no_sound() -> None:
    chance = random.Random(7)  # noqa: S311 - test data
    for _ in range(50):
        with pytest.raises(Fault):
            probe(chance.randbytes(20_000))


@given(st.sampled_from([wav(0.1), mp3(0.2), mp3(0.2, tag=b"x" * 50)]), st.data())
def test_whatever_is_broken_is_told_or_taken(sound: bytes, data: st.DataObject) -> None:
    broken = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert probe(bytes(broken)).seconds >= 1
    except Fault as fault:
        assert fault.reason == "voice"  # noqa: PT017 - it need not be refused
