"""Actions of Tencent's CAM, and the rights that they are. Data only.

An action with no right is one that the cloud has and this server has not: allowing it allows nothing. Source: wire
facts of Tencent §3.2, §5, §10; the cloud's list of COS actions that policies can name (598/57092).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from entrepot.core.rights.grant import Right
from entrepot.dialects.control.policies.configurations import READS, WRITES

_READ = (Right.READ_OBJECT, Right.STAT_OBJECT)

_MULTIPART: Final[Mapping[str, tuple[Right, ...]]] = {
    "InitiateMultipartUpload": (Right.START_UPLOAD,),
    "UploadPart": (Right.PUT_PART,),
    "UploadPartCopy": (Right.COPY_PART,),
    "CompleteMultipartUpload": (Right.COMPLETE_UPLOAD,),
    "AbortMultipartUpload": (Right.ABORT_UPLOAD,),
    "ListParts": (Right.LIST_PARTS,),
    "ListMultipartUploads": (Right.LIST_UPLOADS,),
}

COS: Final[Mapping[str, tuple[Right, ...]]] = {
    "GetService": (Right.LIST_BUCKETS,),
    "PutBucket": (Right.CREATE_BUCKET,),
    "HeadBucket": (Right.STAT_BUCKET,),
    "DeleteBucket": (Right.DELETE_BUCKET,),
    "GetBucket": (Right.LIST_OBJECTS,),
    "GetBucketACL": (Right.READ_BUCKET_ACL,),
    "PutBucketACL": (Right.UPDATE_BUCKET_ACL,),
    "GetBucketCORS": (Right.READ_CORS,),
    "PutBucketCORS": (Right.UPDATE_CORS,),
    "DeleteBucketCORS": (Right.DELETE_CORS,),
    "GetBucketLifecycle": (Right.READ_LIFECYCLE,),
    "PutBucketLifecycle": (Right.UPDATE_LIFECYCLE,),
    "DeleteBucketLifecycle": (Right.DELETE_LIFECYCLE,),
    "PutObject": (Right.PUT_OBJECT, Right.UPDATE_OBJECT),
    "PutObjectCopy": (Right.COPY_INTO,),
    "PostObject": (Right.POST_OBJECT,),
    "AppendObject": (Right.APPEND_OBJECT,),
    "GetObject": _READ,
    "HeadObject": (Right.STAT_OBJECT,),
    "DeleteObject": (Right.DELETE_OBJECT,),
    "DeleteMultipleObjects": (Right.DELETE_OBJECT,),
    "GetObjectACL": (Right.READ_ACL,),
    "PutObjectACL": (Right.UPDATE_ACL,),
    "GetObjectTagging": (Right.READ_TAGS,),
    "PutObjectTagging": (Right.UPDATE_TAGS,),
    "DeleteObjectTagging": (Right.DELETE_TAGS,),
    **_MULTIPART,
    "OptionsObject": (),
    "PostObjectRestore": (Right.RESTORE_OBJECT,),
    "GetBucketLocation": (Right.READ_LOCATION,),
    "GetBucketObjectVersions": (Right.LIST_VERSIONS,),
    "ListBucket": (Right.LIST_OBJECTS,),
    "ListMultipartUploadParts": (Right.LIST_PARTS,),
    "GetObjectVersion": (Right.READ_VERSION, Right.STAT_VERSION),
    "HeadObjectVersion": (Right.STAT_VERSION,),
    "DeleteObjectVersion": (Right.DELETE_VERSION,),
    "GetObjectVersionACL": (Right.READ_VERSION_ACL,),
    "GetBucketObjectVersionACL": (Right.READ_VERSION_ACL,),
    "PutObjectVersionACL": (Right.UPDATE_VERSION_ACL,),
    "GetObjectVersionTagging": (Right.READ_VERSION_TAGS,),
    "PutObjectVersionTagging": (Right.UPDATE_VERSION_TAGS,),
    "GetBucketTagging": (Right.READ_BUCKET_TAGS,),
    "PutBucketTagging": (Right.UPDATE_BUCKET_TAGS,),
    "DeleteBucketTagging": (Right.DELETE_BUCKET_TAGS,),
    **READS["cos"],
    **WRITES["cos"],
    "GetBucketReferer": (Right.READ_REFERER,),
    "PutBucketReferer": (),
    "GetBucketEncryption": (Right.READ_ENCRYPTION,),
    "PutBucketEncryption": (Right.UPDATE_ENCRYPTION,),
    "DeleteBucketEncryption": (Right.DELETE_ENCRYPTION,),
    "UpdateObjectMeta": (Right.UPDATE_OBJECT,),
}

VOD: Final[Mapping[str, tuple[Right, ...]]] = {
    "PutObject": (Right.PUT_OBJECT, Right.UPDATE_OBJECT),
    "PostObject": (Right.POST_OBJECT,),
    "CopyObject": (Right.COPY_INTO,),
    "GetObject": _READ,
    "HeadObject": (Right.STAT_OBJECT,),
    "DeleteObject": (Right.DELETE_OBJECT,),
    "DeleteObjects": (Right.DELETE_OBJECT,),
    "HeadBucket": (Right.STAT_BUCKET,),
    "GetBucket": (Right.LIST_OBJECTS,),
    "ListObjects": (Right.LIST_OBJECTS,),
    "ListObjectsV2": (Right.LIST_OBJECTS,),
    "CreateMultipartUpload": (Right.START_UPLOAD,),
    **_MULTIPART,
    "RestoreObject": (Right.RESTORE_OBJECT,),
}

STORAGE: Final[Mapping[str, Mapping[str, tuple[Right, ...]]]] = {"cos": COS, "vod": VOD}
"""Actions on buckets and objects by service."""

APIS: Final[Mapping[str, tuple[str, ...]]] = {
    "ms": ("CreateCosSecKeyInstance",),
    "sts": ("AssumeRole", "GetCallerIdentity", "GetFederationToken"),
    "vod": ("CreateStorage", "CreateStorageCredentials", "DescribeStorage"),
}
"""APIs that can be called, by service."""

UNSERVED: Final[Mapping[str, frozenset[str]]] = {
    "cos": frozenset({
        "CreateJob", "DescribeJob", "GetObjectLegalHold", "GetObjectRetention", "GetSymlink", "ListJobs",
        "PutObjectLegalHold", "PutObjectRetention", "PutSymlink", "RenameObject", "SelectObjectContent",
        "TruncateObject", "UpdateJobPriority", "UpdateJobStatus",
    }),
    "ms": frozenset({
        "CreateBindInstance", "CreateResourceInstances", "CreateScanInstances", "CreateShieldInstance",
        "CreateShieldPlanInstance", "DeleteShieldInstances", "DescribeApkDetectionResult", "DescribeResourceInstances",
        "DescribeScanInstances", "DescribeScanResults", "DescribeShieldInstances", "DescribeShieldPlanInstance",
        "DescribeShieldResult", "DescribeUserBaseInfoInstance", "RequestLocalTask",
    }),
    "sts": frozenset({
        "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "DeriveToken", "GetSessionToken", "QueryApiKey",
    }),
    "vod": frozenset({
        "ApplyUpload", "CommitUpload", "CreateIncrementalMigrationStrategy", "CreateStorageRegion", "CreateSubAppId",
        "DeleteBucket", "DeleteIncrementalMigrationStrategy", "DeleteMedia",
        "DescribeIncrementalMigrationStrategyInfos", "DescribeMediaInfos", "DescribeStorageData",
        "DescribeStorageRegions", "DescribeSubAppIds", "DescribeTaskDetail", "DescribeTasks", "ListBuckets",
        "ModifyIncrementalMigrationStrategy", "ModifyMediaInfo", "ProcessMedia", "PullUpload", "SearchMedia",
    }),
}  # fmt: skip
"""Further actions that the cloud has and this server has not, by service: allowing or denying one changes nothing."""
