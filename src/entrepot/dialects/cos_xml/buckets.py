"""Which buckets a listing of COS chooses: by tag, by region and by the time at which they were made.

Source: the cloud's page "GET Service (List Buckets)"; SDK for Python, list_buckets.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Final

from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.operations import buckets
from entrepot.wire.http import Request

_COMPARED: Final = {"lt": operator.lt, "gt": operator.gt, "lte": operator.le, "gte": operator.ge}
_ASKED: Final = ("tagkey", "tagvalue", "region", "create-time", "range")


def _choice(_request: Request, place: Place) -> Callable[[Bucket], bool] | None:
    asked = {name: place.query[name] for name in _ASKED if place.query.get(name)}
    if not asked:
        return None
    for one, other in (("tagkey", "tagvalue"), ("create-time", "range")):
        if (one in asked) != (other in asked):
            missing = other if one in asked else one
            raise Fault(Kind.PARAMETER_INVALID, f"{one} and {other} stand together", argument=missing)
    compared, made = _made(asked)

    def chosen(bucket: Bucket) -> bool:
        tagged = "tagkey" not in asked or bucket.settings.tags.get(asked["tagkey"]) == asked["tagvalue"]
        here = asked.get("region", place.flavour.region) == place.flavour.region
        return tagged and here and (compared is None or compared(int(bucket.created_at), made))

    return chosen


def _made(asked: dict[str, str]) -> tuple[Callable[[int, int], bool] | None, int]:
    """How the time at which a bucket was made is compared, and with which. Raises Fault PARAMETER_INVALID."""
    if "range" not in asked:
        return None, 0
    compared, text = _COMPARED.get(asked["range"]), asked["create-time"]
    if compared is None:
        raise Fault(
            Kind.PARAMETER_INVALID, f"range is {asked['range'][:20]!r}; it must be one of {', '.join(_COMPARED)}",
            argument="range",
        )  # fmt: skip
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise Fault(Kind.PARAMETER_INVALID, "create-time must be in seconds since 1970", argument="create-time")
    return compared, int(text)


LIST: Final = buckets.listing(_choice)
