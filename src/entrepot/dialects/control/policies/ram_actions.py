"""Actions of the policies of Alibaba's RAM, AWS's IAM and Volcengine's IAM, and the rights that they are. Data only.

An action with no right is one that the cloud has and this server has not: allowing it allows nothing. Uploads in parts
and by forms need the right to put an object, as on all three. Source: wire facts of Alibaba §2, §4.7, of Volcengine §1;
AWS "Actions, resources, and condition keys for Amazon S3"; Volcengine's "Operations supported by IAM policies".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from entrepot.core.rights.grant import Right
from entrepot.dialects.control.policies.configurations import READS, VERSIONS, WRITES

_PUT = (
    Right.PUT_OBJECT, Right.POST_OBJECT, Right.APPEND_OBJECT, Right.START_UPLOAD, Right.PUT_PART, Right.COMPLETE_UPLOAD,
    Right.UPDATE_OBJECT,
)  # fmt: skip
_GET = (Right.READ_OBJECT, Right.STAT_OBJECT)

_SHARED: Final[Mapping[str, tuple[Right, ...]]] = {
    "DeleteBucket": (Right.DELETE_BUCKET,),
    "GetBucketLocation": (Right.READ_LOCATION,),
    "GetBucketAcl": (Right.READ_BUCKET_ACL,),
    "PutBucketAcl": (Right.UPDATE_BUCKET_ACL,),
    "GetBucketCORS": (Right.READ_CORS,),
    "PutObject": _PUT,
    "GetObject": _GET,
    "DeleteObject": (Right.DELETE_OBJECT,),
    "AbortMultipartUpload": (Right.ABORT_UPLOAD,),
    "GetObjectAcl": (Right.READ_ACL,),
    "PutObjectAcl": (Right.UPDATE_ACL,),
    "GetObjectTagging": (Right.READ_TAGS,),
    "PutObjectTagging": (Right.UPDATE_TAGS,),
    "DeleteObjectTagging": (Right.DELETE_TAGS,),
    **VERSIONS,
    "RestoreObject": (Right.RESTORE_OBJECT,),
    "GetBucketTagging": (Right.READ_BUCKET_TAGS,),
    "PutBucketTagging": (Right.UPDATE_BUCKET_TAGS,),
}

_LIKE_S3: Final[Mapping[str, tuple[Right, ...]]] = {
    **_SHARED,
    "CreateBucket": (Right.CREATE_BUCKET,),
    "ListBucketMultipartUploads": (Right.LIST_UPLOADS,),
    "ListMultipartUploadParts": (Right.LIST_PARTS,),
    "PutBucketCORS": (Right.UPDATE_CORS, Right.DELETE_CORS),
    "GetLifecycleConfiguration": (Right.READ_LIFECYCLE,),
    "PutLifecycleConfiguration": (Right.UPDATE_LIFECYCLE, Right.DELETE_LIFECYCLE),
    "ListBucketVersions": (Right.LIST_VERSIONS,),
    "GetEncryptionConfiguration": (Right.READ_ENCRYPTION,),
    "PutEncryptionConfiguration": (Right.UPDATE_ENCRYPTION, Right.DELETE_ENCRYPTION),
}

S3: Final[Mapping[str, tuple[Right, ...]]] = {
    **_LIKE_S3,
    **READS["s3"],
    **WRITES["s3"],
    "GetObjectAttributes": (Right.READ_ATTRIBUTES,),
    "GetObjectVersionAttributes": (Right.READ_VERSION_ATTRIBUTES,),
    "GetObjectRetention": (Right.READ_RETENTION,),
    "GetObjectLegalHold": (Right.READ_RETENTION,),
    "PutBucketOwnershipControls": (Right.UPDATE_LABELS,),
    "PutBucketTagging": (Right.UPDATE_BUCKET_TAGS, Right.DELETE_BUCKET_TAGS),
    "ListAllMyBuckets": (Right.LIST_BUCKETS,),
    "ListBucket": (Right.LIST_OBJECTS, Right.STAT_BUCKET),
}

TOS: Final[Mapping[str, tuple[Right, ...]]] = {
    **_LIKE_S3,
    **READS["tos"],
    **WRITES["tos"],
    "ListObjectVersions": (Right.LIST_VERSIONS,),
    "GetObjectRetention": (Right.READ_RETENTION,),
    "PutBucketStorageClass": (Right.UPDATE_LABELS,),
    "DeleteBucketTagging": (Right.DELETE_BUCKET_TAGS,),
    "SetObjectExpires": (Right.SET_EXPIRY,),
    "PutObject": (*_PUT, Right.CALL_BACK),
    "CreateMultipartUpload": (Right.START_UPLOAD,),
    "DeleteBucketCORS": (Right.DELETE_CORS,),
    "DeleteBucketEncryption": (Right.DELETE_ENCRYPTION,),
    "DeleteBucketLifecycle": (Right.DELETE_LIFECYCLE,),
    "GetBucketEncryption": (Right.READ_ENCRYPTION,),
    "GetBucketLifecycle": (Right.READ_LIFECYCLE,),
    "HeadObject": (Right.STAT_OBJECT,),
    "ListObjects": (Right.LIST_OBJECTS,),
    "ListObjectsV2": (Right.LIST_OBJECTS,),
    "PostObject": (Right.POST_OBJECT,),
    "PutBucketEncryption": (Right.UPDATE_ENCRYPTION,),
    "PutBucketLifecycle": (Right.UPDATE_LIFECYCLE,),
    "SetObjectMeta": (Right.UPDATE_OBJECT,),
    "ListBuckets": (Right.LIST_BUCKETS,),
    "ListBucket": (Right.LIST_OBJECTS,),
    "HeadBucket": (Right.STAT_BUCKET,),
}

OSS: Final[Mapping[str, tuple[Right, ...]]] = {
    **_SHARED,
    **READS["oss"],
    **WRITES["oss"],
    "GetObjectRetention": (Right.READ_RETENTION,),
    "PutBucketResourceGroup": (Right.UPDATE_LABELS,),
    "DeleteBucketTagging": (Right.DELETE_BUCKET_TAGS,),
    "PutObject": (*_PUT, Right.CALL_BACK),
    "ListBuckets": (Right.LIST_BUCKETS,),
    "PutBucket": (Right.CREATE_BUCKET,),
    "GetBucketInfo": (Right.STAT_BUCKET,),
    "GetBucketStat": (Right.STAT_BUCKET,),
    "ListObjects": (Right.LIST_OBJECTS,),
    "ListMultipartUploads": (Right.LIST_UPLOADS,),
    "ListParts": (Right.LIST_PARTS,),
    "PutBucketCors": (Right.UPDATE_CORS,),
    "DeleteBucketCors": (Right.DELETE_CORS,),
    "GetBucketLifecycle": (Right.READ_LIFECYCLE,),
    "PutBucketLifecycle": (Right.UPDATE_LIFECYCLE,),
    "DeleteBucketLifecycle": (Right.DELETE_LIFECYCLE,),
    "ListObjectVersions": (Right.LIST_VERSIONS,),
    "ListBucketVersions": (Right.LIST_VERSIONS,),
    "GetBucketReferer": (Right.READ_REFERER,),
    "PutBucketReferer": (),
    "GetBucketEncryption": (Right.READ_ENCRYPTION,),
    "PutBucketEncryption": (Right.UPDATE_ENCRYPTION,),
    "DeleteBucketEncryption": (Right.DELETE_ENCRYPTION,),
}

STORAGE: Final[Mapping[str, Mapping[str, tuple[Right, ...]]]] = {"oss": OSS, "s3": S3, "tos": TOS}
"""Actions on buckets and objects by service."""

APIS: Final[Mapping[str, tuple[str, ...]]] = {
    "hbr": ("CreateTempFileUploadUrl", "GetTempFileDownloadLink"),
    "sts": ("AssumeRole", "GetCallerIdentity", "GetFederationToken", "GetSessionToken"),
    "vms": (
        "CommitResourceUpload", "GetResourceUploadUrl", "OpenDeleteResource", "OpenUpdateResource",
        "QueryOpenGetResource", "QueryUsableResource", "QueryUsableResourceV2",
    ),
}  # fmt: skip
"""APIs that can be called, by service."""

UNSERVED: Final[Mapping[str, frozenset[str]]] = {
    "hbr": frozenset({
        "CreateBackupPlan", "CreateRestoreJob", "CreateVault", "DescribeBackupJobs2", "DescribeBackupPlans",
        "DescribeRestoreJobs2", "DescribeVaults", "SearchHistoricalSnapshots",
    }),
    "oss": frozenset({
        "AbortBucketWorm", "ActivateProduct", "BypassGovernanceRetention", "CleanRestoredObject", "CloseMetaQuery",
        "CompleteBucketWorm", "CreateAccessPoint", "CreateAccessPointForObjectProcess", "CreateCnameToken",
        "CreateSelectObjectMeta", "CreateStyle", "DeleteAccessPoint", "DeleteAccessPointForObjectProcess",
        "DeleteAccessPointPolicy", "DeleteAccessPointPolicyForObjectProcess", "DeleteBucketDataRedundancyTransition",
        "DeleteLiveChannel", "DoMetaQuery", "ExtendBucketWorm", "GetBucketHash", "GetVodPlaylist",
        "InitBucketAnonymousWorm", "InitiateBucketWorm", "OpenMetaQuery", "OptionObject", "PostProcessTask",
        "PostVodPlaylist", "ProcessImm", "PublishRtmpStream", "PutAccessPointConfigForObjectProcess",
        "PutAccessPointPolicy", "PutAccessPointPolicyForObjectProcess", "PutBucketRTC", "PutBucketRename", "PutCname",
        "PutLiveChannel", "PutLiveChannelStatus", "PutObjectRetention", "ReplicateDelete", "ReplicateGet",
        "ReplicateList", "ReplicatePut", "SealAppendObject", "SelectObject", "WriteGetObjectResponse",
    }),
    "s3": frozenset({
        "BypassGovernanceRetention", "CreateAccessGrant", "CreateAccessGrantsInstance", "CreateAccessGrantsLocation",
        "CreateAccessPoint", "CreateAccessPointForObjectLambda", "CreateBucketMetadataTableConfiguration", "CreateJob",
        "CreateMultiRegionAccessPoint", "CreateStorageLensGroup", "DeleteAccessGrant", "DeleteAccessGrantsInstance",
        "DeleteAccessGrantsLocation", "DeleteAccessPoint", "DeleteAccessPointForObjectLambda",
        "DeleteAccessPointPolicy", "DeleteAccessPointPolicyForObjectLambda", "DeleteJobTagging",
        "DeleteMultiRegionAccessPoint", "DeleteStorageLensConfiguration", "DeleteStorageLensConfigurationTagging",
        "DeleteStorageLensGroup", "DescribeJob", "DescribeMultiRegionAccessPointOperation", "GetAccessGrant",
        "GetAccessGrantsInstance", "GetAccessPoint", "GetAccessPointConfigurationForObjectLambda",
        "GetAccessPointForObjectLambda", "GetAccessPointPolicy", "GetAccessPointPolicyForObjectLambda",
        "GetAccessPointPolicyStatus", "GetAccessPointPolicyStatusForObjectLambda", "GetAccountPublicAccessBlock",
        "GetDataAccess", "GetJobTagging", "GetMultiRegionAccessPoint", "GetMultiRegionAccessPointPolicy",
        "GetMultiRegionAccessPointPolicyStatus", "GetMultiRegionAccessPointRoutes", "GetObjectTorrent",
        "GetObjectVersionForReplication", "GetObjectVersionTorrent", "GetStorageLensConfiguration",
        "GetStorageLensConfigurationTagging", "GetStorageLensDashboard", "GetStorageLensGroup", "InitiateReplication",
        "ListAccessGrants", "ListAccessGrantsInstances", "ListAccessGrantsLocations", "ListAccessPoints",
        "ListAccessPointsForObjectLambda", "ListCallerAccessGrants", "ListJobs", "ListMultiRegionAccessPoints",
        "ListStorageLensConfigurations", "ListStorageLensGroups", "ListTagsForResource",
        "ObjectOwnerOverrideToBucketOwner", "PauseReplication", "PutAccessPointConfigurationForObjectLambda",
        "PutAccessPointPolicy", "PutAccessPointPolicyForObjectLambda", "PutAccessPointPublicAccessBlock",
        "PutAccountPublicAccessBlock", "PutJobTagging", "PutMultiRegionAccessPointPolicy", "PutObjectLegalHold",
        "PutObjectRetention", "PutStorageLensConfiguration", "PutStorageLensConfigurationTagging", "ReplicateDelete",
        "ReplicateObject", "ReplicateTags", "SubmitMultiRegionAccessPointRoutes", "TagResource", "UntagResource",
        "UpdateAccessGrantsLocation", "UpdateJobPriority", "UpdateJobStatus", "UpdateStorageLensGroup",
    }),
    "sts": frozenset({
        "AssumeRoleWithOIDC", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "DecodeAuthorizationMessage",
        "GetAccessKeyInfo", "GetServiceBearerToken", "SetContext", "SetSourceIdentity", "TagSession",
    }),
    "tos": frozenset({
        "BypassGovernanceRetention", "FetchObject", "GetStorageClass", "PutFetchTask", "PutObjectRetention",
        "RenameObject", "ReplicateDelete", "ReplicateObject",
    }),
    "vms": frozenset({
        "BatchAppend", "BindAXB", "BindAXN", "CancelClick2Call", "Click2Call", "CreateNumberPool", "CreateTask",
        "EnableOrDisableNumber", "FetchResource", "NumberList", "NumberPoolList", "OpenCreateTts", "PauseTask",
        "QueryAudioRecordFileUrl", "QuerySubscription", "ResumeTask", "SelectNumberAndBindAXB",
        "SelectNumberAndBindAXN", "SingleBatchAppend", "SingleCancel", "SingleInfo", "StopTask", "UnbindAXB",
        "UnbindAXN", "UpdateNumberPool", "UpdateTask", "UpgradeAXToAXB",
    }),
}  # fmt: skip
"""Further actions that the cloud has and this server has not, by service: allowing or denying one changes nothing."""
