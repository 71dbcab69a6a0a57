"""The APIs that are served: by action and version, which together name one.

Data only. Source: the seeds of MS and VOD; wire facts of Tencent §2, §3, §8.
"""

from __future__ import annotations

from typing import Final

from entrepot.dialects.tencent import ms, sts, vod_credentials, vod_storage
from entrepot.dialects.tencent.call import Api

_MS, _VOD, _STS = "2018-04-08", "2024-07-18", "2018-08-13"

APIS: Final = {
    ("CreateCosSecKeyInstance", _MS): Api(
        name="ms:CreateCosSecKeyInstance",
        parameters=frozenset({"CosRegion", "Duration"}),
        call=ms.create_key,
    ),
    ("CreateStorageCredentials", _VOD): Api(
        name="vod:CreateStorageCredentials",
        parameters=frozenset({"SubAppId", "Policy", "DurationSeconds"}),
        call=vod_credentials.create,
    ),
    ("CreateStorage", _VOD): Api(
        name="vod:CreateStorage",
        parameters=frozenset({"SubAppId", "StorageRegion", "StorageName"}),
        call=vod_storage.create,
    ),
    ("DescribeStorage", _VOD): Api(
        name="vod:DescribeStorage",
        parameters=frozenset({"SubAppId", "Filters", "SortBy", "Offset", "Limit"}),
        call=vod_storage.describe,
    ),
    ("GetFederationToken", _STS): Api(
        name="sts:GetFederationToken",
        parameters=frozenset({"Name", "Policy", "DurationSeconds"}),
        call=sts.federate,
    ),
    ("GetCallerIdentity", _STS): Api(
        name="sts:GetCallerIdentity",
        parameters=frozenset(),
        call=sts.caller_identity,
    ),
    ("AssumeRole", _STS): Api(
        name="sts:AssumeRole",
        parameters=frozenset({
            "RoleArn", "RoleSessionName", "DurationSeconds", "Policy", "ExternalId", "Tags", "SourceIdentity",
        }),
        call=sts.assume_role,
    ),
}  # fmt: skip
