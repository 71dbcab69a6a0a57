"""core/crc64: joined checksums are those of the joined bytes, as fastcrc computes them."""

from __future__ import annotations

from fastcrc import crc64
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.facts.crc64 import combined
from entrepot.core.facts.digests import Digester, crc64_of

CHECK = 0x995DC9BBDF1939FA
"""CRC-64/XZ of "123456789", from the catalogue of parametrised CRC algorithms."""


def pieces_of(parts: list[bytes]) -> list[tuple[int, int]]:
    """Checksums and lengths."""
    return [(crc64.xz(part), len(part)) for part in parts]


def test_the_catalogue_s_check_value() -> None:
    assert crc64_of(b"123456789") == CHECK
    assert combined(pieces_of([b"1234", b"56789"])) == CHECK
    assert combined(pieces_of([b"123456789"])) == CHECK


def test_nothing() -> None:
    assert combined([]) == 0
    assert combined(pieces_of([b"", b""])) == 0


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_concatenations(parts: list[bytes]) -> None:
    assert combined(pieces_of(parts)) == crc64.xz(b"".join(parts))


@given(st.binary(min_size=1, max_size=64), st.integers(0, 5000), st.integers(0, 5000))
def test_lengths_far_apart(unit: bytes, before: int, after: int) -> None:
    one, two = unit * before, b"\x00" * after + unit
    assert combined(pieces_of([one, two])) == crc64.xz(one + two)


def test_slices_of_a_large_file() -> None:
    data = bytes(range(256)) * 4096 * 3 + b"tail"
    parts = [data[at : at + (1 << 20)] for at in range(0, len(data), 1 << 20)]
    assert combined(pieces_of(parts)) == crc64.xz(data)


@given(st.lists(st.binary(max_size=100), max_size=6))
def test_a_digester_goes_on_where_it_was(parts: list[bytes]) -> None:
    digester = Digester(sha1=False, md5=False)
    for part in parts:
        digester.update(part)
    assert digester.crc64 == crc64.xz(b"".join(parts))
    assert digester.size == sum(map(len, parts))
    assert (digester.sha1, digester.md5) == (None, None)
