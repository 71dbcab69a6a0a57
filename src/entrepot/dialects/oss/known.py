"""What requests of OSS may say beside what the family's may.

Data only. Source: the models of the OSS SDKs v2 for Go and Python; wire facts of Alibaba §5.
"""

from __future__ import annotations

from typing import Final

from entrepot.dialects.s3like.flavour.known import KnownTable, extended, known
from entrepot.dialects.s3like.flavour.route import COPY, PART
from entrepot.dialects.s3like.operations.known import ATTRIBUTES, VERSIONS
from entrepot.dialects.s3like.operations.known import KNOWN as FAMILY
from entrepot.dialects.s3like.operations.shapes import ACL, CORS, LIFECYCLE
from entrepot.wire.documents import TEXT, many, one

_CALLBACK: Final = "callback callback-var"
_UPLOAD: Final = f"object-acl forbid-overwrite hash-crc64ecma {_CALLBACK}"
_ACL: Final = one({"Owner": ACL.children["Owner"], "AccessControlList": one({"Grant": TEXT}, mixed=True)})
_RULE: Final = LIFECYCLE.children["Rule"].children
_LIFECYCLE: Final = one({
    "Rule": many({
        **_RULE,
        "Tag": many({"Key": TEXT, "Value": TEXT}),
        "Expiration": one({**_RULE["Expiration"].children, "CreatedBeforeDate": TEXT}),
        "AbortMultipartUpload": one({"Days": TEXT}),
    })
})  # fmt: skip

KNOWN: Final[KnownTable] = extended(FAMILY, {
    ("bucket", "GET", "bucketInfo"): known(),
    ("bucket", "GET", "stat"): known(),
    ("bucket", "GET", "versions"): known(query=VERSIONS),
    ("bucket", "PUT", "acl"): known(shapes={"AccessControlPolicy": _ACL}),
    ("bucket", "PUT", "cors"): known(shapes={"CORSConfiguration": CORS}),
    ("bucket", "PUT", "lifecycle"): known(shapes={"LifecycleConfiguration": _LIFECYCLE}),
    ("object", "PUT", ""): known(query="callback callback-var", headers=_UPLOAD),
    ("object", "PUT", COPY): known(headers="object-acl forbid-overwrite"),
    ("object", "PUT", "acl"): known(headers="object-acl", shapes={"AccessControlPolicy": _ACL}),
    ("object", "GET", ""): known(headers="range-behavior"),
    ("object", "HEAD", ""): known(headers="range-behavior"),
    ("object", "POST", "uploads"): known(headers="object-acl forbid-overwrite"),
    ("object", "PUT", PART): known(headers="hash-crc64ecma"),
    ("object", "POST", "uploadId"): known(
        query="callback callback-var", headers=f"object-acl forbid-overwrite complete-all {_CALLBACK}"
    ),
    ("object", "HEAD", "objectMeta"): known(),
    ("object", "GET", "objectMeta"): known(),
    ("object", "POST", "append"): known(
        query="position", headers=f"{ATTRIBUTES} object-acl hash-crc64ecma", content=True
    ),
    ("object", "PUT", "symlink"): known(headers=f"{ATTRIBUTES} object-acl forbid-overwrite symlink-target"),
    ("object", "GET", "symlink"): known(),
})  # fmt: skip

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
)

_UNSUPPORTED = """
action aggregations bid category clean cleanRestoredObject clusterType comp dataPipeline datasetConfig datasetName
description endTime group link maxResults mediaTypes mode nextToken objectInfo order playlistName query regionList
restore rtc seal select sequential simpleQuery smartClusterIds sort sourceURI startTime status tag-key tag-value
templateId udf udfApplication udfApplicationLog udfId udfImage udfImageDesc udfName vod
withFields withHashContext withStatistics withoutTotalHits workflowParameters wormExtend wormId x-oss-async-process
x-oss-delete x-oss-dir x-oss-enable-md5 x-oss-enable-sha1 x-oss-enable-sha256 x-oss-hash-ctx x-oss-md5-ctx
x-oss-process x-oss-rename x-oss-target-redundancy-type x-oss-write-get-object-response
"""
UNSUPPORTED: Final = frozenset(_UNSUPPORTED.split())
"""Source: the requests of the six SDKs (tests/vectors/sdk_operations/oss.json) and what their version 1 signs."""
