"""What buckets of TOS answer of configurations that they never had. Data only.

Source: the codes that the SDKs for Python, JavaScript and C++ name; what they read of each reply. The SDK for
JavaScript takes every 404 of these reads for "there is none"; the others read an empty document so.
"""

from __future__ import annotations

from typing import Any, Final

from entrepot.core.rights.grant import Right
from entrepot.dialects.s3like.flavour.defaults import Default, Defaults, empty, missing
from entrepot.dialects.s3like.flavour.known import known
from entrepot.wire.documents import TEXT, one


def _none(about: str, name: str, content: Any = None, **more: Any) -> Default:
    """A document that says nothing, or what holds anyway."""
    return empty(about, name, content or {}, **{"source": "SDK", **more})


def _assumed(about: str, code: str, **more: Any) -> Default:
    """A configuration whose own code no SDK or page names."""
    return missing(about, code, source="assumed", **more)


_PAGE: Final = known(query="page_size page_token start_time end_time")
_NO_AUDIT: Final = _assumed("audits of what is stored", "NoSuchAuditConfiguration")
_STYLE: Final = {"styleName": _assumed("an image style", "NoSuchImageStyle", known=known(query="styleObjectPrefix"))}
_NO_SET: Final = _assumed("a set of objects", "NoSuchObjectSet", known=known(query="ObjectSetName"))

BUCKET: Final = {
    "versioning": _none("versions", "VersioningConfiguration"),
    "logging": _none("access logs", "BucketLoggingStatus"),
    "requestPayment": _none(
        "who pays", "RequestPaymentConfiguration", {"Payer": "BucketOwner"}, settable=one({"Payer": TEXT})
    ),
    "accessmonitor": _none(
        "watching reads", "AccessMonitorConfiguration", {"Status": "Disabled"}, settable=one({"Status": TEXT})
    ),
    "rename": _none(
        "renaming objects", "BucketRename", {"RenameEnable": False}, settable=one({"RenameEnable": TEXT}),
        removable=True,
    ),
    "transferAcceleration": _none(
        "transfer acceleration", "TransferAcceleration",
        {"TransferAccelerationConfiguration": {"Enabled": "false", "Status": "Terminated"}},
        known=known(headers="get-bucket-acceleration-status"),
    ),
    "httpsConfig": _none("versions of TLS", "HttpsConfig", {"TLS": {"Enable": False}}),
    "intelligenttiering": _none("moving by use", "IntelligentTiering"),
    "payByTraffic": _none("what is paid for", "PayByTraffic"),
    "trash": _none("a bin of what was deleted", "Trash"),
    "quota": _none("a limit of bytes", "Quota"),
    "redundancyTransition": _none(
        "tasks that move data", "RedundancyTransitions", {"IsTruncated": False},
        known=known(query="continuation-token max-keys"),
        variants={
            "x-tos-redundancy-transition-taskid":
                _assumed("a task that moves data", "NoSuchBucketDataRedundancyTransition"),
        },
    ),
    "estimatedRemainingTime": _none("the time that a task needs", "EstimatedRemainingTime"),
    "inventory": _none(
        "inventories", "Inventories", {"IsTruncated": False}, known=known(query="continuation-token"), removable=True,
        variants={"id": _assumed("an inventory", "NoSuchInventoryConfiguration")},
    ),
    "objectsets": _none(
        "sets of objects", "ObjectSets", {"IsTruncated": False}, known=known(query="marker max-keys prefix tags")
    ),
    "workflow": _none("workflows", "Workflows", known=_PAGE, removable=True),
    "workflow_execution": _none(
        "what workflows did", "WorkflowExecutions", {"Items": []},
        known=_PAGE | known(query="order_by_time states workflow_id"),
        variants={"id": _assumed("what a workflow did", "NoSuchWorkflowExecution")},
    ),
    "job_type": _none(
        "jobs", "Jobs", {"Items": []}, known=_PAGE | known(query="media_jobs"),
        variants={"job_id": _assumed("a job", "NoSuchJob")},
    ),
    "fetchTask": _assumed("a task that fetches", "NoSuchFetchTask", known=known(query="taskId")),
    "website": missing(
        "a static website", "NoSuchWebsiteConfiguration",
        "The specified bucket does not have a website configuration.", source="SDK", removable=True,
    ),
    "policy": missing(
        "a bucket policy", "NoSuchBucketPolicy", "The bucket policy does not exist.", source="SDK", removable=True
    ),
    "mirror": missing("an origin to fetch from", "NoSuchMirrorConfiguration", source="SDK", removable=True),
    "replication": _assumed(
        "replication", "NoSuchReplicationConfiguration", known=known(query="progress rule-id"), removable=True
    ),
    "customdomain": _assumed(
        "domains of its own", "NoSuchCustomDomain", removable=True,
        variants={"token": _assumed("a token of a domain", "NoSuchCustomDomainToken")},
    ),
    "object-lock": _assumed("object lock", "NoSuchObjectLockConfiguration"),
    "notification": _assumed("notifications", "NoSuchNotificationConfiguration"),
    "notification_v2": _assumed("notifications", "NoSuchNotificationConfiguration"),
    "cdn_notification": _assumed("notifications to a CDN", "NoSuchNotificationConfiguration", removable=True),
    "realtimeLog": _assumed("access logs as they happen", "NoSuchRealTimeLogConfiguration", removable=True),
    "audit": _NO_AUDIT,
    "audits": _none("kinds of audits", "Audits", known=known(query="type")),
    "increment_audit": _assumed(
        "an audit of what is stored", "NoSuchAuditConfiguration", known=known(query="rule_id"), removable=True
    ),
    "increment_audits": _none(
        "audits of what is stored", "IncrementAudits", {"Items": []}, known=_PAGE | known(query="audit_type")
    ),
    "blindWatermark": _none("hidden watermarks", "BlindWatermark", {"Enable": False}),
    "privateM3U8": _none("private playlists", "PrivateM3U8", {"Enable": False}),
    "originalImageProtect": _none("keeping originals from readers", "OriginalImageProtect"),
    "imageStyle": _none("image styles", "ImageStyles", {"ImageStyles": []}, variants=_STYLE, removable=True),
    "imageStyleContent": _none("image styles", "ImageStyles", {"ImageStyles": []}, known=known(query="styleName")),
    "imageStyleBriefInfo": _none(
        "image styles", "ImageStyles",
        lambda place: {"BucketName": place.existing_bucket().name, "ImageStyleBriefInfo": []},
    ),
    "imageStyleSeparator": _none("what stands before an image style", "ImageStyleSeparator"),
    "process_template": _assumed(
        "templates of media processing", "NoSuchProcessTemplate", known=known(query="category tag prefix id")
    ),
    **dict.fromkeys(
        (
            "objectset", "objectsetendpoint", "objectset-lifecycle", "objectsetquota", "objectsetstorage",
            "objectsettagging",
        ),
        _NO_SET,
    ),
    **dict.fromkeys(
        ("objectsetconfiguration", "objectset-lifecycle-bytag", "objectsetquotabytag"),
        _assumed("what holds for sets of objects", "NoSuchObjectSetConfiguration"),
    ),
}  # fmt: skip

DEFAULTS: Final[Defaults] = {
    **{("bucket", name): default for name, default in BUCKET.items()},
    ("service", "redundancyTransition"): _none(
        "tasks that move data", "RedundancyTransitions", {"IsTruncated": False},
        known=known(query="continuation-token max-keys"),
    ),
    ("object", "retention"): _assumed(
        "retention of the object", "NoSuchObjectLockConfiguration", known=known(query="versionId"),
        right=Right.READ_RETENTION,
    ),
}  # fmt: skip
