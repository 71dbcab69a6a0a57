"""What buckets of OSS answer of configurations that they never had. Data only.

Source: the cloud's "HTTP 404 status code" page and the pages of each Get operation; where its SDKs need more than an
empty document (wire facts of the SDKs: python1 raises, java dereferences), what holds without the configuration.
"""

from __future__ import annotations

from typing import Any, Final

from entrepot.core.facts.records import Bucket
from entrepot.core.rights.grant import Right
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour.defaults import Default, Defaults, empty, missing
from entrepot.dialects.s3like.flavour.known import known
from entrepot.dialects.s3like.flavour.spelling import Document
from entrepot.dialects.s3like.operations.listing import iso
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.documents import TEXT, one

_PAGE = known(query="continuation-token max-keys")
_UNLIMITED: Final = dict.fromkeys(
    (
        "TotalUploadBandwidth", "IntranetUploadBandwidth", "ExtranetUploadBandwidth", "TotalDownloadBandwidth",
        "IntranetDownloadBandwidth", "ExtranetDownloadBandwidth", "TotalQps", "IntranetQps", "ExtranetQps",
    ), -1,
)  # fmt: skip
"""No limit; the SDKs for Python (v1) and Java need all nine."""
_POINT = "x-oss-access-point-name"
_PROCESS_POINT = "x-oss-access-point-for-object-process-name"
_POINTS = known(headers="access-point-name")
_PROCESS_POINTS = known(headers="access-point-for-object-process-name")


def _bucket(place: Place) -> Bucket:
    return place.existing_bucket()


def _owner_id(place: Place) -> str:
    return str(reply.owner_of(place)["ID"])


def _referer(place: Place) -> Document:
    """What is set by other ways (the command line, COS JSON) is told."""
    settings = _bucket(place).settings
    return {
        "AllowEmptyReferer": settings.referer_empty, "AllowTruncateQueryString": True, "TruncatePath": True,
        "RefererList": {"Referer": list(settings.referer_allow)},
        "RefererBlacklist": {"Referer": list(settings.referer_deny)} if settings.referer_deny else None,
    }  # fmt: skip


def _cnames(place: Place) -> Document:
    """Domains that are set by the command line."""
    bucket = _bucket(place)
    at = iso(bucket.created_at)
    return {
        "Bucket": bucket.name, "Owner": _owner_id(place),
        "Cname": [{"Domain": name, "LastModified": at, "Status": "Enabled"} for name in bucket.settings.domains],
    }  # fmt: skip


def _live_channels(place: Place) -> Document:
    return {
        "Prefix": place.query.get("prefix", ""), "Marker": place.query.get("marker", ""),
        "MaxKeys": place.number("max-keys", 100), "IsTruncated": False, "NextMarker": "",
    }  # fmt: skip


def _access_points(place: Place) -> Document:
    return {
        "MaxKeys": place.number("max-keys", 100), "IsTruncated": False, "AccountId": _owner_id(place),
        "AccessPoints": "",
    }  # fmt: skip


def _regions(place: Place) -> Document:
    region = f"oss-{place.flavour.region}"
    asked = place.query.get("regions", "")
    found = {
        "Region": region, "InternetEndpoint": f"{region}.aliyuncs.com",
        "InternalEndpoint": f"{region}-internal.aliyuncs.com", "AccelerateEndpoint": "oss-accelerate.aliyuncs.com",
    }  # fmt: skip
    return {"RegionInfo": [found] if asked in {"", region} else []}


def _of_service(place: Place) -> Document:
    return {"Prefix": "", "Marker": "", "MaxKeys": 100, "IsTruncated": False, "Owner": reply.owner_of(place)}


def _toggle(about: str, root: str, name: str, value: bool | str, **more: Any) -> Default:
    """A switch that is off."""
    return empty(about, root, {name: value}, settable=one({name: TEXT}), **more)


_NO_POINT = missing("an access point", "NoSuchAccessPoint", source="assumed", known=_POINTS)
_NO_PROCESS_POINT = missing(
    "an access point for object process", "NoSuchAccessPointForObjectProcess", source="assumed", known=_PROCESS_POINTS
)
_NO_TRANSITION = missing("a task that moves data", "NoSuchBucketDataRedundancyTransition", source="assumed")

BUCKET: Final = {
    "versioning": empty("versions", "VersioningConfiguration"),
    "logging": empty("access logs", "BucketLoggingStatus", removable=True),
    "userDefinedLogFieldsConfig": missing(
        "fields of one's own in access logs", "NoSuchUserDefinedLogFieldsConfig", source="assumed", removable=True
    ),
    "referer": empty("who may link to it", "RefererConfiguration", _referer, right=Right.READ_REFERER),
    "website": missing(
        "a static website", "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration.",
        removable=True,
    ),
    "policy": missing(
        "a bucket policy", "NoSuchBucketPolicy", "The specified bucket policy does not exist.", removable=True,
        variants={"comp=callback": empty("callback policies", "BucketCallbackPolicy", source="assumed")},
    ),
    "policyStatus": empty("whether a bucket policy opens it", "PolicyStatus", {"IsPublic": False}),
    "publicAccessBlock": _toggle(
        "closing all that is public", "PublicAccessBlockConfiguration", "BlockPublicAccess", False, removable=True,
        variants={_POINT: _NO_POINT},
    ),
    "replication": missing(
        "replication", "NoSuchReplicationConfiguration",
        "The bucket you specified does not have replication configuration.",
    ),
    "replicationLocation": empty("places to replicate to", "ReplicationLocation"),
    "replicationProgress": missing(
        "the progress of a replication", "NoSuchReplicationRule",
        "The BucketReplicationRule you specified does not exist.", known=known(query="rule-id"),
    ),
    "redundancyTransition": empty(
        "tasks that move data", "ListBucketDataRedundancyTransition", {"IsTruncated": False}, known=_PAGE,
        variants={"x-oss-redundancy-transition-taskid": _NO_TRANSITION},
    ),
    "requestPayment": _toggle("who pays", "RequestPaymentConfiguration", "Payer", "BucketOwner"),
    "transferAcceleration": missing(
        "transfer acceleration", "NoSuchTransferAccelerationConfiguration",
        "The bucket you specified does not have transfer acceleration configuration.", removable=True,
    ),
    "accessmonitor": _toggle("watching reads", "AccessMonitorConfiguration", "Status", "Disabled"),
    "bucketArchiveDirectRead": _toggle("reading archives", "ArchiveDirectReadConfiguration", "Enabled", False),
    "worm": missing("a retention policy", "NoSuchWORMConfiguration", "The WORM Configuration does not exist."),
    "objectWorm": missing("retention of objects", "NoSuchObjectWormConfiguration", source="document"),
    "inventory": empty(
        "inventories", "ListInventoryConfigurationsResult", {"IsTruncated": False},
        known=known(query="continuation-token"),
        variants={"inventoryId": missing("an inventory", "NoSuchInventory", "No Row found in Inventory Table.")},
        removable=True,
    ),
    "live": empty(
        "live channels", "ListLiveChannelResult", _live_channels, known=known(query="prefix marker max-keys")
    ),
    "cname": empty(
        "domains of its own", "ListCnameResult", _cnames,
        variants={"comp=token": missing("a token of a domain", "CnameTokenNotExist", source="assumed")},
    ),
    "style": empty(
        "image styles", "StyleList", removable=True,
        variants={"styleName": missing("an image style", "NoSuchStyle", "No Such Image Style.")},
    ),
    "img": missing("an image channel", "NoSuchChannel", "No Such Image Channel.", removable=True),
    "processConfiguration": missing("an image channel's configuration", "NoSuchChannel", "No Such Image Channel."),
    "httpsConfig": empty("versions of TLS", "HttpsConfiguration", {"TLS": {"Enable": False}}),
    "responseHeader": empty("headers to hide", "ResponseHeaderConfiguration", source="assumed", removable=True),
    "overwriteConfig": missing(
        "rules against overwriting", "NoSuchBucketOverwriteConfig", source="assumed", removable=True
    ),
    "qos": empty("a limit of bytes", "BucketUserQos", {"StorageCapacity": -1}),
    "qosInfo": empty("limits of traffic", "QoSConfiguration", _UNLIMITED, removable=True),
    "requesterQosInfo": empty(
        "limits of requesters", "ListBucketRequesterQoSInfosResult",
        lambda place: {"Bucket": _bucket(place).name, "IsTruncated": False}, known=_PAGE, source="assumed",
        removable=True,
        variants={"qosRequester": missing("limits of a requester", "NoSuchRequesterQosInfo", source="assumed")},
    ),
    "metaQuery": missing("an index of metadata", "MetaQueryNotExist", source="assumed"),
    "asyncFetch": missing(
        "a task that fetches", "NoSuchAsyncFetchTask", source="assumed", known=known(headers="task-id")
    ),
    "accessPoint": empty(
        "access points", "ListAccessPointsResult", _access_points, known=_PAGE, variants={_POINT: _NO_POINT}
    ),
    "accessPointPolicy": _NO_POINT,
    "accessPointForObjectProcess": _NO_PROCESS_POINT,
    "accessPointPolicyForObjectProcess": _NO_PROCESS_POINT,
    "accessPointConfigForObjectProcess": _NO_PROCESS_POINT,
    "vip": empty("addresses of private networks", "BucketVpcipList", source="assumed"),
}  # fmt: skip

SERVICE: Final = {
    "regions": empty("regions and their endpoints", "RegionInfoList", _regions),
    "publicAccessBlock": _toggle(
        "closing all that is public in the account", "PublicAccessBlockConfiguration", "BlockPublicAccess", False,
        removable=True,
    ),
    "qosInfo": empty(
        "limits of the account's traffic", "QoSConfiguration",
        lambda place: {"Region": f"oss-{place.flavour.region}", **_UNLIMITED},
    ),
    "cloudboxes": empty(
        "cloud boxes", "ListCloudBoxResult", _of_service, known=known(query="prefix marker max-keys")
    ),
    "redundancyTransition": empty(
        "tasks that move data", "ListBucketDataRedundancyTransition", {"IsTruncated": False}, known=_PAGE
    ),
    "accessPoint": empty("access points", "ListAccessPointsResult", _access_points, known=_PAGE),
    "accessPointForObjectProcess": empty(
        "access points for object process", "ListAccessPointsForObjectProcessResult",
        lambda place: {"IsTruncated": False, "AccountId": _owner_id(place), "AccessPointsForObjectProcess": ""},
        known=_PAGE, source="assumed",
    ),
    "resourcePool": empty(
        "resource pools", "ListResourcePoolsResult",
        lambda place: {"Region": f"oss-{place.flavour.region}", "Owner": _owner_id(place), "IsTruncated": False},
        known=_PAGE, source="assumed",
        variants=dict.fromkeys(
            ("resourcePoolInfo", "resourcePoolBuckets", "requesterQosInfo", "qosRequester"),
            missing("a resource pool", "NoSuchResourcePool", source="assumed"),
        ),
    ),
    "vpcip": empty("addresses of private networks", "VpcipList", source="assumed"),
}  # fmt: skip

OBJECT: Final = {
    "retention": missing(
        "retention of the object", "NoSuchObjectWormConfiguration", source="assumed", right=Right.READ_RETENTION
    ),
    "legalHold": missing(
        "a legal hold on the object", "NoSuchObjectWormConfiguration", source="assumed", right=Right.READ_RETENTION
    ),
    "live": missing(
        "a live channel", "NoSuchLiveChannel", "The specified live channel does not exist.", of_object=False,
        known=known(query="comp"),
    ),
}  # fmt: skip

DEFAULTS: Final[Defaults] = {
    (level, name): default
    for level, table in (("service", SERVICE), ("bucket", BUCKET), ("object", OBJECT))
    for name, default in table.items()
}
