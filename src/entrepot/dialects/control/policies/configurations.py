"""Actions that read what a bucket is set to where it has only what holds anyway, by service. Data only.

They are one right, because the answers are the same for every bucket. What is really set has rights of its own (ACL,
CORS, lifecycle rules, tags) or is for the owner alone (who may link to a bucket). Source: as the tables of actions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from entrepot.core.rights.grant import Right

_NAMES: Final[Mapping[str, str]] = {
    "cos": """
        GetBucketAccelerate GetBucketDomain GetBucketDomainCertificate GetBucketIntelligentTiering GetBucketInventory
        GetBucketLogging GetBucketNotification GetBucketObjectLockConfiguration GetBucketOrigin GetBucketPolicy
        GetBucketReplication GetBucketVersioning GetBucketWebsite ListBucketInventoryConfigurations
    """,
    "oss": """
        GetBucketAccessMonitor GetBucketArchiveDirectRead GetBucketHttpsConfig GetBucketInventory GetBucketLogging
        GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketReplication
        GetBucketReplicationLocation GetBucketReplicationProgress GetBucketRequestPayment GetBucketTransferAcceleration
        GetBucketVersioning GetBucketWebsite GetBucketWorm ListBucketInventory ListCname
    """,
    "s3": """
        GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac GetBucketLogging
        GetBucketMetadataTableConfiguration GetBucketNotification GetBucketObjectLockConfiguration
        GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock
        GetBucketRequestPayment GetBucketVersioning GetBucketWebsite GetIntelligentTieringConfiguration
        GetInventoryConfiguration GetMetricsConfiguration GetReplicationConfiguration
    """,
    "tos": """
        GetAccelerateConfiguration GetBucketAccessMonitor GetBucketCustomDomain GetBucketHttpsConfig GetBucketInventory
        GetBucketLogging GetBucketMirrorBack GetBucketNotification GetBucketObjectLockConfiguration GetBucketPolicy
        GetBucketRealTimeLog GetBucketRename GetBucketReplication GetBucketRequestPayment GetBucketTransferAcceleration
        GetBucketVersioning GetBucketWebsite GetReplicationConfiguration ListBucketCustomDomain ListBucketInventory
    """,
}

READS: Final[Mapping[str, Mapping[str, tuple[Right, ...]]]] = {
    service: dict.fromkeys(names.split(), (Right.READ_CONFIGURATION,)) for service, names in _NAMES.items()
}
"""What each of those actions allows."""
