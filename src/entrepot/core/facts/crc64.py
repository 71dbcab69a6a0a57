"""Joining CRC64 values: the checksum of a concatenation from the checksums and lengths of its pieces.

The CRC is the reflected one with polynomial 0x42F0E1EBA9EA3693 (XZ, ECMA-182 reflected). Appending ``n`` bytes to a
message multiplies its CRC by x^(8n) modulo the polynomial, so pieces are joined by multiplication and exclusive or.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

_POLYNOMIAL = 0xC96C5795D7870F42
_ONE = 1 << 63


def _multiply(a: int, b: int) -> int:
    """Product of two polynomials over GF(2) modulo the CRC's, bits reflected (bit 63 is x^0)."""
    product = 0
    for shift in range(64):
        if a & (_ONE >> shift):
            product ^= b
        b = (b >> 1) ^ (_POLYNOMIAL if b & 1 else 0)
    return product


@lru_cache(maxsize=1024)
def _shift(length: int) -> int:
    """x^(8 * length) modulo the polynomial."""
    result = _ONE
    for bit in range(length.bit_length()):
        if length >> bit & 1:
            result = _multiply(result, _power(bit))
    return result


@lru_cache(maxsize=64)
def _power(bit: int) -> int:
    """x^(8 * 2^bit) modulo the polynomial."""
    return _ONE >> 8 if bit == 0 else _multiply(_power(bit - 1), _power(bit - 1))


def combined(pieces: Iterable[tuple[int, int]]) -> int:
    """CRC64 of the pieces one after another, each given as (CRC64, length in bytes)."""
    total = 0
    for crc64, length in pieces:
        total = _multiply(total, _shift(length)) ^ crc64
    return total
