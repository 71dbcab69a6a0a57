"""What requests of COS XML may say beside what the family's may.

Data only. Source: the SDKs for Go, Python, Java and Node.js (tests/vectors/sdk_operations/cos_xml.json); wire facts of
Tencent §7.
"""

from __future__ import annotations

from typing import Final

from entrepot.dialects.s3like.flavour.known import KnownTable, extended, known
from entrepot.dialects.s3like.flavour.route import COPY, PART
from entrepot.dialects.s3like.operations.known import ATTRIBUTES, SSE, SSE_C, VERSIONS
from entrepot.dialects.s3like.operations.known import KNOWN as FAMILY
from entrepot.dialects.s3like.operations.shapes import APPLIED, BUCKET, ENCRYPTION, FILTER, LIFECYCLE_RULE, TAGGING
from entrepot.wire.documents import TEXT, absent, many, one

_GRANTS: Final = "grant-full-control grant-read grant-write grant-read-acp grant-write-acp"
_ABOUT: Final = f"website-redirect-location {_GRANTS}"
_NOT_BY_READ: Final = "rules do not look at when objects were read"
_LIFECYCLE: Final = one({
    "Rule": many({
        **LIFECYCLE_RULE,
        "Filter": one({**FILTER, "And": one(FILTER), "AccessTime": absent(_NOT_BY_READ)}),
        "AccessFrequency": absent(_NOT_BY_READ),
    })
})  # fmt: skip

RESTORE: Final = one({"Days": TEXT, "CASJobParameters": one({"Tier": TEXT})})
ARCHIVE_CLASSES: Final = frozenset({"ARCHIVE", "DEEP_ARCHIVE"})
"""Labels of what is restored before it is read."""

_BUCKET: Final = one({
    **BUCKET.children,
    "BucketAZConfig": absent("there is one zone"), "BucketArchConfig": absent("buckets have no hierarchical namespace"),
})  # fmt: skip

_ENCRYPTION: Final = one({
    "Rule": one({**ENCRYPTION.children["Rule"].children, "ApplySideEncryptionConfiguration": APPLIED})
})  # fmt: skip

KNOWN: Final[KnownTable] = extended(FAMILY, {
    ("service", "GET", ""): known(query="tagkey tagvalue region create-time range"),
    ("bucket", "PUT", ""): known(headers=_GRANTS, shapes={"CreateBucketConfiguration": _BUCKET}),
    ("bucket", "PUT", "acl"): known(headers=_GRANTS),
    ("bucket", "PUT", "encryption"): known(shapes={"ServerSideEncryptionConfiguration": _ENCRYPTION}),
    ("bucket", "PUT", "tagging"): known(shapes={"Tagging": TAGGING}),
    ("bucket", "GET", "tagging"): known(),
    ("bucket", "DELETE", "tagging"): known(),
    ("bucket", "GET", "versions"): known(query=VERSIONS),
    ("bucket", "PUT", "lifecycle"): known(shapes={"LifecycleConfiguration": _LIFECYCLE}),
    ("object", "PUT", ""): known(headers=f"forbid-overwrite hash-crc64ecma {_ABOUT}"),
    ("object", "PUT", COPY): known(headers=f"forbid-overwrite {_ABOUT}"),
    ("object", "DELETE", ""): known(query="VersionId"),
    ("object", "GET", "acl"): known(query="versionId"),
    ("object", "PUT", "acl"): known(query="versionId", headers=_GRANTS),
    ("object", "GET", "tagging"): known(query="versionId"),
    ("object", "PUT", "tagging"): known(query="versionId"),
    ("object", "DELETE", "tagging"): known(query="versionId"),
    ("object", "PUT", PART): known(headers="hash-crc64ecma", content=True),
    ("object", "PUT", PART + COPY): known(query="versionId"),
    ("object", "POST", "uploads"): known(headers=f"forbid-overwrite {_ABOUT}"),
    ("object", "POST", "uploadId"): known(headers="forbid-overwrite"),
    ("object", "POST", "restore"): known(query="versionId", shapes={"RestoreRequest": RESTORE}),
    ("object", "POST", "append"): known(
        query="position", headers=f"{ATTRIBUTES} hash-crc64ecma {_GRANTS} {SSE}", content=True
    ),
})  # fmt: skip

ANYWHERE: Final = known(
    query=(
        "sign q-sign-algorithm q-ak q-sign-time q-key-time q-header-list q-url-param-list q-signature"
        " x-cos-security-token x-cos-traffic-limit"
    ),
    headers="date security-token traffic-limit",
    unheeded={
        "x-cos-sdk-retry": "whether an SDK tried before (COS SDKs for Go, Python, JavaScript)",
        "x-cos-sdk-log-debug": "what an SDK logs (COS SDK for Java)",
        "token": "what proxies of the cloud add to a signed address (COS SDKs for JavaScript)",
        "clientIP": "the same",
        "clientUA": "the same",
    },
)

KEY_SERVICES: Final = frozenset({"cos/kms", "cos:kms", "KMS", "SM4"})
"""Values of x-cos-server-side-encryption that are not here. Source: product/436/18145; the SDKs for Go and Java."""

_UNSUPPORTED: Final = """
AccessFrequency action async biz-type ci-process comp decompression detect-type detect-url exif
image_process imageAve imageInfo imageInspect imageMogr2/* imageView2/* jobId next-token playlist preflight
qrcode-content recursive rename select select-type select-type-2 style/* switch symlink
torrent uncompress-key vod watermark/* retention x-cos-process imageMogr2 imageView2 watermark style
accesscontrol starttime endtime jobStatus sortBy maxResults nextToken
"""
UNSUPPORTED: Final = frozenset(_UNSUPPORTED.split())
"""Names to which the SDKs' requests give a meaning that is not here; ``*`` stands for all that begin so."""

FORM_FIELDS: Final = frozenset({
    "acl", "grant-read", "grant-full-control", "grant-write", "grant-read-acp", "grant-write-acp", "storage-class",
    "tagging", "meta-*", "security-token", "forbid-overwrite", "hash-crc64ecma", "traffic-limit",
    "website-redirect-location", SSE, *SSE_C.split(),
})  # fmt: skip
"""Source: the cloud's page "POST Object"; the mini-program sample; what a form says here like other uploads."""
