"""dialects/cos_json/slicing: uploadparts as SDKs send them. Source: wire facts §7, its worked examples."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.dialects.cos_json.slicing import check_uploadparts

MIB = 1 << 20
TOY = b"0123456789abcdef" * 8 + b"xyz"
EXAMPLES: list[tuple[str, bytes, int, list[str]]] = [
    (
        "the toy example",
        TOY,
        64,
        [
            "8319dbf6fd65a5ab780561e1c79a0c0431a73dc1",
            "61c1ea2637428a2064c87f43f0a2df642b0b0d7a",
            "7b947d97f85b3fe09a6253980963cc91e0973c7a",
        ],
    ),
    (
        "1 MiB and 700,000 x",
        b"0123456789abcdef" * 65536 + b"x" * 700000,
        MIB,
        ["3293df8d979bf3209c56457d6a4dc13a14b879dc", "ac9447a22bb3f219d48a78588b35db302f3d05ec"],
    ),
    (
        "2,500,000 bytes of the JS run",
        (b"0123456789abcdef" * 156250)[:2_500_000],
        MIB,
        [
            "3293df8d979bf3209c56457d6a4dc13a14b879dc",
            "43cab5b0ca88f24cf46121ffb2047a347e79c225",
            "a86c7f9913e677c94d859e4483df8a9d3676e711",
        ],
    ),
    (
        "2 MiB of zero bytes",
        b"\0" * (2 * MIB),
        MIB,
        ["99c460eef9b1336489cc206bcde3f3a58b5a6466", "7d76d48d64d7ac5411d714a4bb83f37e3e5b8df6"],
    ),
]
each_example = pytest.mark.parametrize(("says", "content", "step", "shas"), EXAMPLES, ids=[row[0] for row in EXAMPLES])


def parts_of(size: int, step: int, shas: list[str]) -> list[dict[str, Any]]:
    """The list as a client writes it."""
    return [
        {"offset": at, "datalen": min(step, size - at), "datasha": sha}
        for at, sha in zip(range(0, size, step), shas, strict=True)
    ]


def state_after(data: bytes) -> str:
    """The chaining state of SHA-1 after whole blocks, each word little-endian: what `datasha` is (wire facts §7)."""
    h = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0]

    def turned(value: int, count: int) -> int:
        return (value << count | value >> (32 - count)) & 0xFFFFFFFF

    for block in range(0, len(data), 64):
        w = [int.from_bytes(data[block + at : block + at + 4], "big") for at in range(0, 64, 4)]
        w += [0] * 64
        for t in range(16, 80):
            w[t] = turned(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1)
        a, b, c, d, e = h
        for t in range(80):
            mixed, constant = (
                ((b & c) | (~b & d), 0x5A827999) if t < 20
                else (b ^ c ^ d, 0x6ED9EBA1) if t < 40
                else ((b & c) | (b & d) | (c & d), 0x8F1BBCDC) if t < 60
                else (b ^ c ^ d, 0xCA62C1D6)
            )  # fmt: skip
            a, b, c, d, e = (turned(a, 5) + mixed + e + constant + w[t]) & 0xFFFFFFFF, a, turned(b, 30), c, d
        h = [(old + new) & 0xFFFFFFFF for old, new in zip(h, (a, b, c, d, e), strict=True)]
    return b"".join(word.to_bytes(4, "little") for word in h).hex()


def test_datasha_is_the_running_state() -> None:
    """The facts that this file rests on, recomputed for the toy example."""
    assert state_after(TOY[:64]) == EXAMPLES[0][3][0]
    assert state_after(TOY[:128]) == EXAMPLES[0][3][1]
    assert hashlib.sha1(TOY).hexdigest() == EXAMPLES[0][3][2]


@each_example
def test_the_last_one_is_the_file_s(says: str, content: bytes, step: int, shas: list[str]) -> None:
    whole = hashlib.sha1(content).digest()
    assert whole.hex() == shas[-1]
    text = json.dumps(parts_of(len(content), step, shas))
    assert check_uploadparts(text, len(content), whole) == whole
    assert check_uploadparts(text, len(content), None) == whole


@pytest.mark.parametrize("text", [None, ""])
def test_none(text: str | None) -> None:
    assert check_uploadparts(text, 100, None) is None
    assert check_uploadparts(text, 100, b"x" * 20) is None


def test_the_order_of_members_is_free() -> None:
    """Wire facts §7: C++ writes them alphabetically."""
    text = '[{"datalen":5,"datasha":"' + "AB" * 20 + '","offset":0}]'
    assert check_uploadparts(text, 5, None) == bytes.fromhex("ab" * 20)


SHA = "0" * 40
WRONG: dict[str, Any] = {
    "no list": {"offset": 0, "datalen": 10, "datasha": SHA},
    "an empty list": [],
    "no objects": [1, 2],
    "a hole": [{"offset": 0, "datalen": 4, "datasha": SHA}, {"offset": 5, "datalen": 5, "datasha": SHA}],
    "an overlap": [{"offset": 0, "datalen": 6, "datasha": SHA}, {"offset": 5, "datalen": 5, "datasha": SHA}],
    "a late start": [{"offset": 1, "datalen": 9, "datasha": SHA}],
    "too short": [{"offset": 0, "datalen": 9, "datasha": SHA}],
    "too long": [{"offset": 0, "datalen": 11, "datasha": SHA}],
    "another order": [{"offset": 5, "datalen": 5, "datasha": SHA}, {"offset": 0, "datalen": 5, "datasha": SHA}],
    "no digest": [{"offset": 0, "datalen": 10}],
    "a short digest": [{"offset": 0, "datalen": 10, "datasha": SHA[:-1]}],
    "a digest of other letters": [{"offset": 0, "datalen": 10, "datasha": "g" * 40}],
    "a digest that is a number": [{"offset": 0, "datalen": 10, "datasha": 0}],
    "an empty slice": [{"offset": 0, "datalen": 0, "datasha": SHA}, {"offset": 0, "datalen": 10, "datasha": SHA}],
    "below 0": [{"offset": 0, "datalen": -10, "datasha": SHA}],
    "a length in text": [{"offset": 0, "datalen": "10", "datasha": SHA}],
}


@pytest.mark.parametrize("parts", WRONG.values(), ids=WRONG.keys())
def test_wrong_lists(parts: object) -> None:
    with pytest.raises(Fault) as caught:
        check_uploadparts(json.dumps(parts), 10, None)
    assert caught.value.kind is Kind.PARAMETER_INVALID


def test_no_json_and_another_sha() -> None:
    for text in ("[{", "[" * 5000):
        with pytest.raises(Fault):
            check_uploadparts(text, 10, None)
    good = json.dumps([{"offset": 0, "datalen": 10, "datasha": SHA}])
    with pytest.raises(Fault):
        check_uploadparts(good, 10, b"\x01" * 20)
