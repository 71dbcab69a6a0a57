"""VOD's applications: which account each belongs to, and which buckets are its storages.

A bucket that VOD made says in its annotation to which application it belongs, where, and under which name. Every other
bucket of an account, but those of the minting APIs, is a storage of the account's first application.
Source: wire facts of Tencent §3.3; that applications are settings is this server's own.
"""

from __future__ import annotations

from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.value import Value
from entrepot.dialects.tencent.call import Call, World

_MARK = "vod"
_BUCKETS_MAX = 10_000
AUTO = "auto"
"""A region, or the id of a bucket, that the cloud chooses: the nearest to the client."""


class Storage(Value, frozen=True, kw_only=True):
    """One storage of an application."""

    application: int
    name: str
    region: str
    bucket: Bucket


def application_of(call: Call) -> int:
    """The application that a call names. Raises Fault PARAMETER_MISSING, ACCESS_DENIED for one of others."""
    number = call.ask.number("SubAppId", None, 0, 2**63 - 1)
    if call.world.applications.get(number) != call.account.id:
        raise Fault(
            Kind.ACCESS_DENIED, f"`SubAppId` is {number}, which is no application of your account", reason="application"
        )
    return number


def annotation(application: int, region: str, name: str) -> str:
    """What a storage's bucket remembers."""
    return f"{_MARK}/{application}/{region}/{name}"


def storage_of(bucket: Bucket, world: World) -> Storage | None:
    """The storage that a bucket is; None when it is none."""
    parts = bucket.settings.annotation.split("/")
    if len(parts) == 4 and parts[0] == _MARK and parts[1].isascii() and parts[1].isdigit():
        return Storage(application=int(parts[1]), region=parts[2], name=parts[3], bucket=bucket)
    own = {world.mint.ms_bucket, world.mint.hbr_bucket, world.mint.vms_bucket}
    first = min((number for number, of in world.applications.items() if of == bucket.account), default=None)
    if first is None or bucket.name in own:
        return None
    return Storage(application=first, region=world.storage.cos_region, name=bucket.name, bucket=bucket)


def storages(reader: Reader, account: int, world: World) -> list[Storage]:
    """The storages of all applications of an account, the oldest first."""
    found = (storage_of(bucket, world) for bucket in reader.buckets(account, None, _BUCKETS_MAX))
    return sorted((one for one in found if one is not None), key=lambda one: (one.bucket.created_at, one.bucket.name))
