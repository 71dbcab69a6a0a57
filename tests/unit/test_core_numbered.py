"""The numbered parts of a whole object: where each lies, and at what cost."""

from __future__ import annotations

import pytest

from entrepot.core.facts.records import Attributes, Checksum, NumberedParts, Object, Part
from entrepot.core.rules.numbered import Slot, count_of, numbered_of, slot_of, slots_of


def _parts(*sizes: int, checksums: tuple[str, ...] = ()) -> list[Part]:
    texts = checksums or ("",) * len(sizes)
    return [
        Part(
            upload="u", number=3 * at + 1, offset=0, size=size, segments=(), crc64=0, sha1=None, md5=None,
            checksum=text,
        )
        for at, (size, text) in enumerate(zip(sizes, texts, strict=True))
    ]  # fmt: skip


def _object(numbered: NumberedParts | None, size: int) -> Object:
    return Object(
        bucket=1, key="k", size=size, segments=(), crc64=0, sha1=None, md5=None, part_bytes=0, created_at=0,
        modified_at=0, attributes=Attributes(numbered=numbered, checksum=Checksum(algorithm="crc32")), stored_by=None,
    )  # fmt: skip


def test_equal_sizes_are_kept_once() -> None:
    assert numbered_of(_parts(8, 8, 8, 5)) == NumberedParts(runs=((3, 8), (1, 5)))


def test_checksums_are_kept_where_every_part_has_one() -> None:
    assert numbered_of(_parts(8, 5, checksums=("aa==", "bb=="))).checksums == "aa==bb=="
    assert numbered_of(_parts(8, 5, checksums=("aa==", ""))).checksums == ""


SIZES = [(8, 8, 8, 5), (1,), (5, 7, 7, 2, 2, 2, 9), (6, 0), (3, 3, 3)]


@pytest.mark.parametrize("sizes", SIZES)
def test_each_part_is_found(sizes: tuple[int, ...]) -> None:
    texts = tuple(f"{at:04}" for at in range(len(sizes)))
    record = _object(numbered_of(_parts(*sizes, checksums=texts)), sum(sizes))
    firsts = [sum(sizes[:at]) for at in range(len(sizes))]
    every = [
        Slot(number=at + 1, first=first, size=size, checksum=text)
        for at, (first, size, text) in enumerate(zip(firsts, sizes, texts, strict=True))
    ]
    assert count_of(record) == len(sizes)
    assert slots_of(record, 0, 1000) == every
    assert [slot_of(record, number) for number in range(len(sizes) + 2)] == [None, *every, None]
    for after in range(len(sizes) + 1):
        for limit in range(len(sizes) + 1):
            assert slots_of(record, after, limit) == every[after : after + limit]


def test_what_came_whole_is_its_own_only_part() -> None:
    record = _object(None, 7)
    assert count_of(record) == 1
    assert slots_of(record, 0, 5) == [Slot(number=1, first=0, size=7)]
    assert [slot_of(record, number) for number in (1, 2)] == [Slot(number=1, first=0, size=7), None]
