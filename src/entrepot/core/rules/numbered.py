"""The numbered parts of an object that is whole by now: how many, how long, and where each lies.

Pure. Parts count from 1 in the order in which they were put together, whatever numbers they had during the upload.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from entrepot.core.facts.records import NumberedParts, Object, Part
from entrepot.core.value import Value


class Slot(Value, frozen=True, kw_only=True):
    """One part: its place among the object's bytes, and its checksum, empty where nobody kept one."""

    number: int
    first: int
    size: int
    checksum: str = ""


def numbered_of(parts: Sequence[Part]) -> NumberedParts:
    """What is kept of the parts of an upload when they become one object."""
    runs = tuple((len(list(run)), size) for size, run in groupby(part.size for part in parts))
    known = all(part.checksum for part in parts) and len({len(part.checksum) for part in parts}) == 1
    return NumberedParts(runs=runs, checksums="".join(part.checksum for part in parts) if known else "")


def count_of(record: Object) -> int:
    """How many parts an object has; 1 when it came whole."""
    numbered = record.attributes.numbered
    return 1 if numbered is None else sum(count for count, _size in numbered.runs)


def slot_of(record: Object, number: int) -> Slot | None:
    """The part of this number; None when there is none. An object that came whole is its own only part."""
    found = slots_of(record, number - 1, 1) if number > 0 else []
    return found[0] if found else None


def slots_of(record: Object, after: int, limit: int) -> list[Slot]:
    """Up to ``limit`` parts with numbers after ``after``, which costs no more than the parts that are given."""
    numbered = record.attributes.numbered
    if numbered is None:
        return [Slot(number=1, first=0, size=record.size)] if after < 1 <= limit else []
    width = len(numbered.checksums) // max(1, count_of(record))
    slots: list[Slot] = []
    before, first = 0, 0
    for count, size in numbered.runs:
        skipped = min(max(0, after - before), count)
        for at in range(skipped, min(count, skipped + limit - len(slots))):
            number = before + at + 1
            checksum = numbered.checksums[(number - 1) * width : number * width]
            slots.append(Slot(number=number, first=first + at * size, size=size, checksum=checksum))
        before, first = before + count, first + count * size
    return slots
