"""Actions about what a bucket is set to where it has only what holds anyway, and about versions, by service. Data only.

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
        GetBucketRequestPayment
    """,
    "oss": """
        GetBucketAccessMonitor GetBucketArchiveDirectRead GetBucketHttpsConfig GetBucketInventory GetBucketLogging
        GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketReplication
        GetBucketReplicationLocation GetBucketReplicationProgress GetBucketRequestPayment GetBucketTransferAcceleration
        GetBucketVersioning GetBucketWebsite GetBucketWorm ListBucketInventory ListCname
        DescribeRegions GetAccessPoint GetAccessPointConfigForObjectProcess GetAccessPointForObjectProcess
        GetAccessPointPolicy GetAccessPointPolicyForObjectProcess GetAccessPointPublicAccessBlock
        GetBucketCallbackPolicy GetBucketDataRedundancyTransition GetBucketQosInfo GetBucketResourceGroup GetCnameToken
        GetLiveChannel GetLiveChannelHistory GetLiveChannelStat GetMetaQueryStatus GetPublicAccessBlock GetStyle
        GetUserDefinedLogFieldsConfig GetUserQosInfo ListAccessPoints ListAccessPointsForObjectProcess
        ListBucketDataRedundancyTransition ListLiveChannel ListStyle ListUserDataRedundancyTransition
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

_CHANGES: Final[Mapping[str, str]] = {
    "cos": """
        DeleteBucketDomain DeleteBucketDomainCertificate DeleteBucketInventory DeleteBucketOrigin DeleteBucketPolicy
        DeleteBucketReferer DeleteBucketReplication DeleteBucketWebsite PutBucketAccelerate PutBucketDomain
        PutBucketDomainCertificate PutBucketIntelligentTiering PutBucketInventory PutBucketLogging PutBucketNotification
        PutBucketObjectLockConfiguration PutBucketOrigin PutBucketPolicy PutBucketReplication PutBucketRequestPayment
        PutBucketVersioning PutBucketWebsite
    """,
    "oss": """
        DeleteAccessPointPublicAccessBlock DeleteBucketInventory DeleteBucketOverwriteConfig DeleteBucketPolicy
        DeleteBucketPublicAccessBlock DeleteBucketReplication DeleteBucketWebsite DeleteCname DeletePublicAccessBlock
        DeleteStyle PutAccessPointPublicAccessBlock PutBucketAccessMonitor PutBucketArchiveDirectRead
        PutBucketCallbackPolicy PutBucketHttpsConfig PutBucketInventory PutBucketLogging PutBucketPolicy
        PutBucketPublicAccessBlock PutBucketQosInfo PutBucketReplication PutBucketRequestPayment
        PutBucketTransferAcceleration PutBucketVersioning PutBucketWebsite PutPublicAccessBlock PutStyle
        PutUserDefinedLogFieldsConfig
    """,
    "s3": """
        DeleteBucketMetadataTableConfiguration DeleteBucketPolicy DeleteBucketWebsite PutAccelerateConfiguration
        PutAnalyticsConfiguration PutBucketAbac PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration
        PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketVersioning PutBucketWebsite
        PutIntelligentTieringConfiguration PutInventoryConfiguration PutMetricsConfiguration
        PutReplicationConfiguration
    """,
    "tos": """
        DeleteBucketCustomDomain DeleteBucketInventory DeleteBucketMirrorBack DeleteBucketPolicy
        DeleteBucketRealTimeLog DeleteBucketRename DeleteBucketReplication DeleteBucketWebsite
        PutAccelerateConfiguration PutBucketAccessMonitor PutBucketCustomDomain PutBucketHttpsConfig PutBucketInventory
        PutBucketLogging PutBucketMirrorBack PutBucketNotification PutBucketObjectLockConfiguration PutBucketPolicy
        PutBucketRealTimeLog PutBucketRename PutBucketReplication PutBucketRequestPayment PutBucketTransferAcceleration
        PutBucketVersioning PutBucketWebsite PutReplicationConfiguration
    """,
}

READS: Final[Mapping[str, Mapping[str, tuple[Right, ...]]]] = {
    service: dict.fromkeys(names.split(), (Right.READ_CONFIGURATION,)) for service, names in _NAMES.items()
}
"""What each of those actions allows."""

WRITES: Final[Mapping[str, Mapping[str, tuple[Right, ...]]]] = {
    service: dict.fromkeys(names.split(), (Right.UPDATE_CONFIGURATION,)) for service, names in _CHANGES.items()
}
"""The same of taking it away, which is done already, and of setting it to what holds anyway. They change nothing, but
whoever is denied them is told so. Where a cloud has one action for both, both are meant."""

VERSIONS: Final[Mapping[str, tuple[Right, ...]]] = {
    "GetObjectVersion": (Right.READ_VERSION, Right.STAT_VERSION),
    "DeleteObjectVersion": (Right.DELETE_VERSION,),
    "GetObjectVersionAcl": (Right.READ_VERSION_ACL,),
    "PutObjectVersionAcl": (Right.UPDATE_VERSION_ACL,),
    "GetObjectVersionTagging": (Right.READ_VERSION_TAGS,),
    "PutObjectVersionTagging": (Right.UPDATE_VERSION_TAGS,),
    "DeleteObjectVersionTagging": (Right.DELETE_VERSION_TAGS,),
}
"""What the languages of Alibaba, AWS and Volcengine call actions on a version that is named. The action on the object
is needed as well: the version is the object."""
