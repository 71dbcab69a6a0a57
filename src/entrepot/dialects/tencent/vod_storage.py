"""VOD CreateStorage and DescribeStorage: the buckets of an application.

Source: wire facts of Tencent §3.3; the models of the Python SDK.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from entrepot.core.facts.records import BucketSettings
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import CreateBucket
from entrepot.dialects.tencent.applications import Storage, annotation, application_of, storages
from entrepot.dialects.tencent.ask import Ask
from entrepot.dialects.tencent.call import Answer, Call

_NAME = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
_REGION = re.compile(r"[a-z]{2}-[a-z]+(?:-[a-z0-9]+){0,2}", re.ASCII)
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_ID_LENGTH = 15
LIMIT: Final = 20
LIMIT_MAX: Final = 1000
_FILTERS: Final = ("BucketId", "StorageName")
_FILTER_VALUES_MAX: Final = 20


async def create(call: Call) -> Answer:
    """Make a bucket for an application."""
    application = application_of(call)
    region, name = call.ask.text("StorageRegion"), call.ask.text("StorageName")
    if not _REGION.fullmatch(region) or len(region) > 40:
        raise Fault(
            Kind.PARAMETER_INVALID, f"`StorageRegion` is {region[:40]!r}; it must be a region like ap-guangzhou",
            reason="storage-region",
        )  # fmt: skip
    if not _NAME.fullmatch(name):
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"`StorageName` is {name[:80]!r}; it must be 1 to 64 lower-case letters, digits and hyphens",
        )
    await call.allowed()
    settings = BucketSettings(annotation=annotation(application, region, name))
    bucket_id = _bucket_id(call.request_id)
    await call.perform(CreateBucket(account=call.account.id, name=bucket_id, settings=settings))
    return {"BucketId": bucket_id}


def _bucket_id(request_id: str) -> str:
    """15 letters and digits, as the cloud's ids are."""
    number = int(request_id, 16)
    return "".join(_LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(_ID_LENGTH))


async def describe(call: Call) -> Answer:
    """List the storages of an application, a page at a time."""
    application = application_of(call)
    wanted = _filters(call.ask)
    newest_first = _order(call.ask.record("SortBy"))
    offset = call.ask.number("Offset", 0, 0, 2**31 - 1)
    limit = call.ask.number("Limit", LIMIT, 1, LIMIT_MAX)
    await call.allowed()
    found = await call.store.index.scan(lambda reader: storages(reader, call.account.id, call.world))
    mine = [one for one in found if one.application == application and _matches(one, wanted)]
    if newest_first:
        mine.reverse()
    return {"TotalCount": len(mine), "StorageInfoSet": [_shown(one) for one in mine[offset : offset + limit]]}


def _filters(ask: Ask) -> list[tuple[str, list[str]]]:
    found = []
    for one in ask.records("Filters"):
        name, values = one.text("Name"), one.texts("Values")
        if name not in _FILTERS:
            wanted = " or ".join(_FILTERS)
            raise Fault(
                Kind.PARAMETER_INVALID, f"a filter is by {name[:40]!r}; it must be {wanted}", reason="storage-filter"
            )
        if not 1 <= len(values) <= _FILTER_VALUES_MAX:
            raise Fault(
                Kind.PARAMETER_INVALID, f"the filter {name} has {len(values)} values; it must have from 1 to 20",
                reason="storage-filter",
            )  # fmt: skip
        found.append((name, values))
    return found


def _order(sort: Ask) -> bool:
    """Whether the newest come first."""
    if (field := sort.text("Field", "CreateTime")) != "CreateTime":
        raise Fault(Kind.PARAMETER_INVALID, f"`SortBy.Field` is {field[:40]!r}; it must be CreateTime")
    order = sort.text("Order", "Asc")
    if order not in {"Asc", "Desc"}:
        raise Fault(Kind.PARAMETER_INVALID, f"`SortBy.Order` is {order[:40]!r}; it must be Asc or Desc")
    return order == "Desc"


def _matches(storage: Storage, wanted: list[tuple[str, list[str]]]) -> bool:
    facts = {"BucketId": storage.bucket.name, "StorageName": storage.name}
    return all(facts[name] in values for name, values in wanted)


def _shown(storage: Storage) -> dict[str, Any]:
    created = datetime.fromtimestamp(int(storage.bucket.created_at), UTC)
    return {
        "BucketId": storage.bucket.name,
        "StorageName": storage.name,
        "StorageRegion": storage.region,
        "InternetAccessDomainStatus": "ONLINE",
        "InternetAccessDomain": f"{storage.bucket.name}.vodpro.{storage.region}.eovod.com",
        "CreateTime": created.isoformat(),
    }
