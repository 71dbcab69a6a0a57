"""What requests of OSS may say beside what the family's may.

Data only. Source: the requests of the six SDKs (tests/vectors/sdk_operations/oss.json); wire facts of Alibaba §5; the
cloud's pages of each operation.
"""

from __future__ import annotations

from typing import Final

from entrepot.dialects.s3like.flavour.known import CONDITIONS, KnownTable, extended, known, without
from entrepot.dialects.s3like.flavour.route import COPY, PART
from entrepot.dialects.s3like.operations import shapes
from entrepot.dialects.s3like.operations.known import KNOWN as FAMILY
from entrepot.dialects.s3like.operations.known import SSE, SSE_C, VERSIONS
from entrepot.wire.documents import TEXT, absent, many, one

_CALLBACK: Final = "callback callback-var"
_UPLOAD: Final = f"object-acl forbid-overwrite hash-crc64ecma {_CALLBACK}"
_OBJECT: Final = "meta-* storage-class tagging object-acl"
_GROUP: Final = one({"ResourceGroupId": TEXT})

ACL: Final = one({"Owner": shapes.ACL.children["Owner"], "AccessControlList": one({"Grant": TEXT}, mixed=True)})
BUCKET: Final = one({
    "StorageClass": TEXT, "DataRedundancyType": TEXT, "LocationConstraint": TEXT,
    "XCType": absent("there is one kind of cluster"), "ObjectHashFunction": absent("objects have an MD5 and a CRC64"),
})  # fmt: skip
CORS: Final = one({**shapes.CORS.children, "ResponseVary": TEXT})
RESTORE: Final = one({
    "Days": TEXT, "JobParameters": one({"Tier": TEXT}),
})  # fmt: skip

_NO_SIZES = "rules do not look at sizes"
_NO_VERSIONS = "buckets keep no versions"
LIFECYCLE: Final = one({
    "Rule": many({
        "ID": TEXT, "Prefix": TEXT, "Status": TEXT, "Tag": many({"Key": TEXT, "Value": TEXT}),
        "Expiration": one({
            "Days": TEXT, "Date": TEXT, "CreatedBeforeDate": TEXT, "ExpiredObjectDeleteMarker": absent(_NO_VERSIONS),
        }),
        "AbortMultipartUpload": one({
            "Days": TEXT, "CreatedBeforeDate": TEXT, "Date": absent("uploads go by age, or before a date"),
        }),
        "Filter": absent(f"exceptions are not kept, and {_NO_SIZES}"),
        "Transition": many({
            "Days": TEXT, "Date": TEXT, "CreatedBeforeDate": TEXT, "StorageClass": TEXT,
            "IsAccessTime": absent("reads are not noted", "false"),
            "ReturnToStdWhenVisit": absent("reads are not noted", "false"),
            "AllowSmallFile": absent("all sizes take part", "true"),
        }),
        "AtimeBase": absent("reads are not noted"),
        "NoncurrentVersionTransition": absent(_NO_VERSIONS), "NoncurrentVersionExpiration": absent(_NO_VERSIONS),
    })
})  # fmt: skip

KNOWN: Final[KnownTable] = extended(
    without(FAMILY, level="object", headers="acl", conditions=CONDITIONS),
    {
        ("service", "GET", ""): known(
            query="tag-key tag-value",
            headers="resource-group-id",
            unheeded={"regionList": "buckets of all regions are asked for, and there is one region (SDK for Python)"},
        ),
        ("bucket", "PUT", ""): known(
            headers="bucket-tagging hns-status resource-group-id", shapes={"CreateBucketConfiguration": BUCKET}
        ),
        ("bucket", "GET", "bucketInfo"): known(),
        ("bucket", "PUT", "encryption"): known(
            shapes={"ServerSideEncryptionRule": one({"ApplyServerSideEncryptionByDefault": shapes.APPLIED})}
        ),
        ("bucket", "GET", "stat"): known(),
        ("bucket", "GET", "versions"): known(query=VERSIONS),
        ("bucket", "PUT", "acl"): known(shapes={"AccessControlPolicy": ACL}),
        ("bucket", "PUT", "cors"): known(shapes={"CORSConfiguration": CORS}),
        ("bucket", "PUT", "lifecycle"): known(
            headers="allow-same-action-overlap", shapes={"LifecycleConfiguration": LIFECYCLE}
        ),
        ("bucket", "PUT", "tagging"): known(shapes={"Tagging": shapes.TAGGING}),
        ("bucket", "GET", "tagging"): known(),
        ("bucket", "DELETE", "tagging"): known(),
        ("bucket", "PUT", "resourceGroup"): known(shapes={"BucketResourceGroupConfiguration": _GROUP}),
        ("bucket", "GET", "resourceGroup"): known(),
        ("object", "PUT", ""): known(query=_CALLBACK, headers=_UPLOAD),
        ("object", "PUT", COPY): known(
            headers="object-acl forbid-overwrite",
            conditions=" ".join(CONDITIONS - {"content-range"}),
            unheeded={
                "x-oss-copy-source-*": "every header of a copy once more, below this name (ali-oss, copyObject); the"
                " conditions on the source among them are heeded, and of the others the headers themselves",
            },
        ),
        ("object", "PUT", "acl"): known(query="versionId", headers="object-acl", shapes={"AccessControlPolicy": ACL}),
        ("object", "GET", "acl"): known(query="versionId"),
        ("object", "GET", ""): known(headers="range-behavior"),
        ("object", "HEAD", ""): known(headers="range-behavior"),
        ("object", "POST", "uploads"): known(headers="object-acl forbid-overwrite"),
        ("object", "PUT", PART): known(
            headers="hash-crc64ecma",
            unheeded={
                "x-oss-meta-client-side-encryption-*": "the upload's own envelope, which the SDK says with every part"
                " once more (SDK for Python, CryptoBucket.upload_part)",
            },
        ),
        ("object", "POST", "uploadId"): known(
            query=_CALLBACK, headers=f"object-acl forbid-overwrite complete-all {_CALLBACK}"
        ),
        ("object", "PUT", "tagging"): known(query="versionId"),
        ("object", "GET", "tagging"): known(query="versionId"),
        ("object", "DELETE", "tagging"): known(query="versionId"),
        ("object", "HEAD", "objectMeta"): known(query="versionId", headers=SSE_C),
        ("object", "POST", "append"): known(
            query="position", headers=f"{_OBJECT} forbid-overwrite hash-crc64ecma {SSE}", content=True
        ),
        ("object", "POST", "restore"): known(query="versionId", shapes={"RestoreRequest": RESTORE}),
        ("object", "PUT", "symlink"): known(query="versionId", headers=f"{_OBJECT} forbid-overwrite symlink-target"),
        ("object", "GET", "symlink"): known(query="versionId"),
    },
)

ANYWHERE: Final = known(
    query=(
        "OSSAccessKeyId Signature Expires security-token x-oss-signature-version x-oss-credential x-oss-date"
        " x-oss-expires x-oss-signature x-oss-security-token x-oss-additional-headers x-oss-access-key-id"
        " x-oss-traffic-limit"
    ),
    headers="date content-sha256 security-token additional-headers traffic-limit signature-version",
    unheeded={
        "x-oss-user-agent": "what browsers' SDKs send for User-Agent (ali-oss)",
        "x-oss-request-payer": "who pays, which is nobody here (OSS, RequestPayment)",
    },
    only={"x-oss-request-payer": "requester"},
)
FORM_FIELDS: Final = frozenset({
    "signature-version", "credential", "date", "signature", "security-token", "access-key-id", "content-type",
    "object-acl", "storage-class", "tagging", "forbid-overwrite", "meta-*", SSE,
})  # fmt: skip
"""Source: the cloud's page "PostObject"; samples of its SDKs."""
REFUSED_HEADERS: Final = (
    "x-oss-server-side-encryption", "x-oss-server-side-data-encryption", "x-oss-resource-group-id",
)  # fmt: skip
KEY_SERVICES: Final = frozenset({"KMS", "SM4"})
"""Values of x-oss-server-side-encryption that are not here. Source: the cloud's page "PutObject"."""

_UNSUPPORTED = """
action aggregations bid category clean cleanRestoredObject clusterType comp dataPipeline datasetConfig datasetName
description endTime group link maxResults mediaTypes mode nextToken objectInfo order playlistName query
rtc seal select sequential simpleQuery smartClusterIds sort sourceURI startTime status
templateId udf udfApplication udfApplicationLog udfId udfImage udfImageDesc udfName vod withFields withHashContext
withStatistics withoutTotalHits workflowParameters wormExtend wormId x-oss-ac-forward-allow x-oss-ac-source-ip
x-oss-ac-subnet-mask x-oss-ac-vpc-id x-oss-async-process x-oss-delete x-oss-dir x-oss-enable-md5 x-oss-enable-sha1
x-oss-enable-sha256 x-oss-hash-ctx x-oss-md5-ctx x-oss-process x-oss-rename x-oss-target-redundancy-type
x-oss-write-get-object-response
"""
UNSUPPORTED: Final = frozenset(_UNSUPPORTED.split())
"""What the SDKs send, or their version 1 signs, and no operation here takes."""
