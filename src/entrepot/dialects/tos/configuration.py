"""What TOS keeps of rules beyond the family: that their prefixes may overlap, which they always may here.

Source: PutBucketLifecycle and GetBucketLifecycle of the SDKs for Go and Python, which read the header back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from entrepot.core import operations as ops
from entrepot.core.facts.records import BucketSettings
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.core.value import changed
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.operations import lifecycle
from entrepot.dialects.s3like.operations.configuration import settings_of
from entrepot.wire.http import Request, Response

_HEADER: Final = "x-tos-allow-same-action-overlap"
_LABEL: Final = "tos:lifecycle-overlap"
_NONE: Final = "none"
"""What the Python SDK writes where nothing was said."""


async def _put(request: Request, place: Place, intake: Intake) -> ops.Operation:
    op = await lifecycle.PUT.decode(request, place, intake)
    said = (request.header(_HEADER.encode()) or "").lower()
    said = "" if said == _NONE else said
    if said not in {"", "true", "false"}:
        raise Fault(Kind.PARAMETER_INVALID, f"{_HEADER} is {said[:40]!r}; it must be true or false", argument=_HEADER)
    if not isinstance(op, ops.UpdateBucket):
        return op
    change = op.change

    def labelled(settings: BucketSettings) -> BucketSettings:
        new = change(settings)
        others = {name: value for name, value in new.labels.items() if name != _LABEL}
        return replace(new, labels={**others, _LABEL: said} if said else others)

    return changed(op, change=labelled)


def _told(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
    response = lifecycle.GET.encode(request, place, op, result)
    said = settings_of(result).labels.get(_LABEL)
    if said:
        response.headers.append((place.flavour.header("allow-same-action-overlap"), said.encode()))
    return response


PUT_LIFECYCLE = replace(lifecycle.PUT, decode=_put)
GET_LIFECYCLE = replace(lifecycle.GET, encode=_told)
