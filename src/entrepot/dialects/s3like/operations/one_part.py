"""One part of an object by its number: which bytes those are, and how many parts there are.

Source: AWS "GetObject" (partNumber); LocalStack's tests recorded at AWS; the AWS SDK for Java, which downloads so.
"""

from __future__ import annotations

from entrepot.core.facts.records import Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.multipart import PARTS_MAX
from entrepot.core.rules.numbered import Slot, count_of, slot_of
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Flavour, Head
from entrepot.wire.http import Request


def check_one_part(request: Request, place: Place) -> None:
    """Refuse a part and a range at once, and what is no number. Raises Fault MALFORMED, PART_INVALID."""
    if "partNumber" in place.query:
        part_number(place)
        if request.header(b"range") is not None:
            raise Fault(Kind.MALFORMED, "Range and partNumber both say which bytes are wanted; send one of them")


def asked_slot(place: Place, record: Object) -> Slot | None:
    """The part that was asked for by its number. Raises Fault RANGE_INVALID (reason ``part``)."""
    if "partNumber" not in place.query:
        return None
    number = part_number(place)
    slot = slot_of(record, number)
    if slot is None:
        count = count_of(record)
        raise Fault(
            Kind.RANGE_INVALID, f"the object has {count} parts, so there is none with the number {number}",
            reason="part", requested=number, count=count,
        )  # fmt: skip
    return slot


def part_number(place: Place) -> int:
    """The number of a part. Raises Fault PART_INVALID (reason ``number``)."""
    text = place.query["partNumber"]
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= PARTS_MAX):
        raise Fault(
            Kind.PART_INVALID, f"partNumber is {text[:30]!r}; it must be from 1 to {PARTS_MAX}",
            reason="number", argument="partNumber", value=text[:100],
        )  # fmt: skip
    return int(text)


def parts_count(flavour: Flavour, record: Object, slot: Slot | None) -> Head:
    """How many parts there are, where one was asked for; what came whole does not say that it has one."""
    if slot is None or record.attributes.numbered is None:
        return []
    return [(flavour.header("mp-parts-count"), b"%d" % count_of(record))]
