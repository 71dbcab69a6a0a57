"""What OSS asks of rules beyond the family: lifecycle rules that do not overlap, headers of CORS in lower case.

Source: the cloud's pages "PutBucketLifecycle" (x-oss-allow-same-action-overlap), "PutBucketCors"; tests of its SDK for
Go v2, in which AllowedHeader comes back in lower case.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from entrepot.core import operations as ops
from entrepot.core.facts.records import BucketSettings, LifecycleRule
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.intake import Intake
from entrepot.core.value import changed
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Route
from entrepot.dialects.s3like.operations import configuration, lifecycle
from entrepot.wire.http import Request

_OVERLAP = "x-oss-allow-same-action-overlap"


async def _put_lifecycle(request: Request, place: Place, intake: Intake) -> ops.Operation:
    op = await lifecycle.PUT.decode(request, place, intake)
    text = (request.header(_OVERLAP.encode()) or "false").lower()
    if text not in {"true", "false"}:
        raise Fault(Kind.PARAMETER_INVALID, f"{_OVERLAP} is {text[:40]!r}; it must be true or false", argument=_OVERLAP)
    if text == "false" and isinstance(op, ops.UpdateBucket):
        for one, other in combinations(op.change(BucketSettings()).lifecycle, 2):
            _check_apart(one, other)
    return op


def _check_apart(one: LifecycleRule, other: LifecycleRule) -> None:
    """Refuse two rules that would do the same to one object."""
    nested = one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)
    if not nested or one.tags != other.tags:
        return
    actions = (
        _expires(one) and _expires(other),
        _aborts(one) and _aborts(other),
        bool(one.transitions and other.transitions),
    )
    for overlaps, action in zip(actions, ("Expiration", "AbortMultipartUpload", "Transition"), strict=True):
        if overlaps:
            raise Fault(
                Kind.PARAMETER_INVALID,
                f"Overlap for same action type {action}",
                argument="Rule",
            )


def _expires(rule: LifecycleRule) -> bool:
    return (rule.expire_days, rule.expire_at, rule.expire_from) != (None, None, None)


def _aborts(rule: LifecycleRule) -> bool:
    return (rule.abort_days, rule.abort_before) != (None, None)


async def _put_cors(request: Request, place: Place, intake: Intake) -> ops.Operation:
    op = await configuration.PUT_CORS.decode(request, place, intake)
    if not isinstance(op, ops.UpdateBucket):
        return op
    change = op.change

    def lowered(settings: BucketSettings) -> BucketSettings:
        new = change(settings)
        rules = tuple(replace(rule, headers=tuple(name.lower() for name in rule.headers)) for rule in new.cors)
        return replace(new, cors=rules)

    return changed(op, change=lowered)


async def _delete_tags(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """All tags of the bucket, or those of the keys that the parameter names."""
    names = {name for name in place.query.get("tagging", "").split(",") if name}
    op = await configuration.DELETE_BUCKET_TAGS.decode(request, place, intake)
    if not names or not isinstance(op, ops.UpdateBucket):
        return op

    def without(settings: BucketSettings) -> BucketSettings:
        return replace(settings, tags={key: value for key, value in settings.tags.items() if key not in names})

    return changed(op, change=without)


DELETE_TAGS = Route(
    decode=_delete_tags, encode=configuration.DELETE_BUCKET_TAGS.encode, about="remove the bucket's tags, or some"
)
PUT_LIFECYCLE = Route(
    decode=_put_lifecycle, encode=lifecycle.PUT.encode, about="set the lifecycle rules: expiry and abort"
)
PUT_CORS = Route(decode=_put_cors, encode=configuration.PUT_CORS.encode, about="set the CORS rules")
