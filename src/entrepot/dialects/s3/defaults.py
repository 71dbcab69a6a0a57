"""What buckets and objects of S3 answer of configurations that they never had. Data only.

Source: AWS, the page of each Get operation and "List of error codes"; botocore's model of the replies; the codes that
Terraform's AWS provider and minio-go branch on.
"""

from __future__ import annotations

from typing import Final

from entrepot.core.facts.records import Acl
from entrepot.core.rights.grant import Right
from entrepot.dialects.s3.known import SUMS
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour.defaults import Default, Defaults, empty, missing
from entrepot.dialects.s3like.flavour.known import known
from entrepot.dialects.s3like.flavour.spelling import Document
from entrepot.wire.documents import TEXT, absent, one

_SUMMED: Final = known(headers=SUMS)
_EVENTS: Final = (
    "TopicConfiguration", "QueueConfiguration", "CloudFunctionConfiguration", "EventBridgeConfiguration",
)  # fmt: skip
_PAGE: Final = known(query="continuation-token")
_NO_CONFIGURATION: Final = "The specified configuration does not exist."
_NO_TABLE: Final = missing(
    "a table of metadata", "MetadataConfigurationNotFound", "The specified metadata configuration does not exist.",
    source="assumed", removable=True,
)  # fmt: skip


def _status(place: Place) -> Document:
    return {"IsPublic": place.existing_bucket().settings.acl is not Acl.PRIVATE}


def _listed(about: str, root: str) -> Default:
    """Configurations with names, of which there are none."""
    return empty(
        about, root, {"IsTruncated": False}, known=_PAGE, removable=True,
        variants={"id": missing(about, "NoSuchConfiguration", _NO_CONFIGURATION)},
    )  # fmt: skip


BUCKET: Final = {
    "versioning": empty("versions", "VersioningConfiguration"),
    "logging": empty(
        "access logs", "BucketLoggingStatus", setting=_SUMMED,
        settable=one({"LoggingEnabled": absent("nothing writes access logs into buckets")}),
    ),
    "accelerate": empty("transfer acceleration", "AccelerateConfiguration"),
    "notification": empty(
        "notifications", "NotificationConfiguration",
        setting=_SUMMED | known(headers="skip-destination-validation"),
        settable=one(dict.fromkeys(_EVENTS, absent("nothing is notified"))),
    ),
    "requestPayment": empty(
        "who pays", "RequestPaymentConfiguration", {"Payer": "BucketOwner"}, setting=_SUMMED,
        settable=one({"Payer": TEXT}),
    ),
    "policyStatus": empty("whether it is public", "PolicyStatus", _status),
    "abac": empty(
        "access by tags", "AbacStatus", {"Status": "Disabled"}, setting=_SUMMED, settable=one({"Status": TEXT})
    ),
    "policy": missing("a bucket policy", "NoSuchBucketPolicy", "The bucket policy does not exist", removable=True),
    "website": missing(
        "a static website", "NoSuchWebsiteConfiguration",
        "The specified bucket does not have a website configuration", removable=True,
    ),
    "replication": missing(
        "replication", "ReplicationConfigurationNotFoundError", "The replication configuration was not found",
        source="SDK", removable=True,
    ),
    "object-lock": missing(
        "object lock", "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket", source="SDK",
    ),
    "publicAccessBlock": missing(
        "closing all that is public", "NoSuchPublicAccessBlockConfiguration",
        "The public access block configuration was not found", source="SDK", removable=True,
    ),
    "analytics": _listed("analytics", "ListBucketAnalyticsConfigurationResult"),
    "inventory": _listed("inventories", "ListInventoryConfigurationsResult"),
    "metrics": _listed("metrics", "ListMetricsConfigurationsResult"),
    "intelligent-tiering": _listed("tiers of its own", "ListBucketIntelligentTieringConfigurationsOutput"),
    "metadataConfiguration": _NO_TABLE,
    "metadataTable": _NO_TABLE,
}  # fmt: skip

OBJECT: Final = {
    "legal-hold": missing(
        "a legal hold", "NoSuchObjectLockConfiguration",
        "The specified object does not have a ObjectLock configuration", source="SDK",
        right=Right.READ_RETENTION,
    ),
    "retention": missing(
        "retention", "NoSuchObjectLockConfiguration",
        "The specified object does not have a ObjectLock configuration", source="SDK",
        right=Right.READ_RETENTION,
    ),
    "annotation": empty(
        "annotations", "ListObjectAnnotationsResult", {"AnnotationCount": 0}, source="assumed", right=Right.STAT_OBJECT,
        known=known(query="versionId max-annotation-results annotation-prefix continuation-token"),
        variants={
            "annotationName": missing(
                "an annotation", "NoSuchAnnotation", source="SDK", known=known(headers="checksum-mode")
            )
        },
    ),
}  # fmt: skip

DEFAULTS: Final[Defaults] = {
    **{("bucket", name): default for name, default in BUCKET.items()},
    **{("object", name): default for name, default in OBJECT.items()},
}
