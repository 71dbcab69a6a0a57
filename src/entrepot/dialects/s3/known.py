"""What requests of S3 may say beside what the family's may.

Data only. Source: the service model of botocore 1.44; AWS API reference; LocalStack's tests recorded at AWS.
"""

from __future__ import annotations

from typing import Final

from entrepot.dialects.s3like.flavour.known import KnownTable, extended, known
from entrepot.dialects.s3like.flavour.route import COPY, PART
from entrepot.dialects.s3like.operations.known import KNOWN as FAMILY
from entrepot.dialects.s3like.operations.known import PLAIN_READ, SSE, SSE_C, VERSIONS
from entrepot.dialects.s3like.operations.shapes import DELETE as FAMILY_DELETE
from entrepot.dialects.s3like.operations.shapes import LIFECYCLE as FAMILY_LIFECYCLE
from entrepot.dialects.s3like.operations.shapes import PARTS as FAMILY_PARTS
from entrepot.dialects.s3like.operations.shapes import TAGGING, TAGS
from entrepot.wire.documents import TEXT, absent, many, one, unheeded

ALGORITHMS: Final = ("crc32", "crc32c", "crc64nvme", "sha1", "sha256", "sha512", "md5")
"""Of the ten that the models name. The three of the xxHash family are refused: no library here computes them."""
SUMS: Final = " ".join(
    ("sdk-checksum-algorithm trailer decoded-content-length", *(f"checksum-{name}" for name in ALGORITHMS))
)
"""What a request says of the digest of its body."""
_GRANTS: Final = "grant-full-control grant-read grant-write grant-read-acp grant-write-acp"
_ATTRIBUTES: Final = f"website-redirect-location {_GRANTS}"

_DIRECTORY: Final = "only directory buckets have it (AWS: 501 elsewhere)"
DELETE: Final = one({
    **FAMILY_DELETE.children,
    "Object": many({
        **FAMILY_DELETE.children["Object"].children, "ETag": TEXT, "LastModifiedTime": absent(_DIRECTORY),
        "Size": absent(_DIRECTORY),
    }),
})  # fmt: skip
BUCKET: Final = one({
    "LocationConstraint": TEXT, "Tags": one(TAGS), "Location": absent(_DIRECTORY), "Bucket": absent(_DIRECTORY),
})  # fmt: skip
_SUM_ELEMENTS: Final = {f"Checksum{name.upper()}": TEXT for name in ALGORITHMS}
PARTS: Final = one({"Part": many({**FAMILY_PARTS.children["Part"].children, **_SUM_ELEMENTS})})
_NO_SELECT: Final = "nothing is selected out of archives"
RESTORE: Final = one({
    "Days": TEXT, "GlacierJobParameters": one({"Tier": TEXT}), "Tier": TEXT,
    "Description": unheeded("a note for a job of which nothing is kept (AWS, RestoreObject)"),
    "Type": absent(_NO_SELECT), "SelectParameters": absent(_NO_SELECT), "OutputLocation": absent(_NO_SELECT),
})  # fmt: skip
OWNERSHIP: Final = one({"Rule": many({"ObjectOwnership": TEXT})})

KNOWN: Final[KnownTable] = {
    **extended(FAMILY, {
        ("bucket", "PUT", ""): known(
            headers=f"{_GRANTS} bucket-object-lock-enabled object-ownership",
            shapes={"CreateBucketConfiguration": BUCKET},
        ),
        ("bucket", "POST", "delete"): known(headers=SUMS, shapes={"Delete": DELETE}),
        ("bucket", "PUT", "acl"): known(headers=f"{SUMS} {_GRANTS}"),
        ("bucket", "PUT", "cors"): known(headers=SUMS),
        ("bucket", "PUT", "lifecycle"): known(
            headers=f"{SUMS} transition-default-minimum-object-size",
            shapes={"LifecycleConfiguration": FAMILY_LIFECYCLE},
        ),
        ("bucket", "GET", "lifecycle"): known(
            unheeded={
                "withUpdatedAt":
                    "asks MinIO's own server when the rules were written; every other one ignores it (minio-go)",
            },
        ),
        ("bucket", "PUT", "encryption"): known(headers=SUMS),
        ("bucket", "GET", ""): known(headers="optional-object-attributes"),
        ("bucket", "GET", "versions"): known(query=VERSIONS, headers="optional-object-attributes"),
        ("bucket", "PUT", "tagging"): known(headers=SUMS, shapes={"Tagging": TAGGING}),
        ("bucket", "GET", "tagging"): known(),
        ("bucket", "DELETE", "tagging"): known(),
        ("bucket", "PUT", "ownershipControls"): known(headers=SUMS, shapes={"OwnershipControls": OWNERSHIP}),
        ("bucket", "GET", "ownershipControls"): known(),
        ("bucket", "DELETE", "ownershipControls"): known(),
        ("object", "PUT", ""): known(headers=f"{SUMS} {_ATTRIBUTES}"),
        ("object", "GET", ""): known(headers="checksum-mode"),
        ("object", "HEAD", ""): known(headers="checksum-mode"),
        ("object", "GET", "partNumber"): known(query=f"{PLAIN_READ} versionId", headers=f"checksum-mode {SSE_C}"),
        ("object", "HEAD", "partNumber"): known(query=f"{PLAIN_READ} versionId", headers=f"checksum-mode {SSE_C}"),
        ("object", "GET", "attributes"): known(
            query="versionId", headers=f"object-attributes max-parts part-number-marker {SSE_C}",
            repeated="object-attributes",
        ),
        ("object", "DELETE", ""): known(conditions="if-match"),
        ("object", "PUT", COPY): known(
            headers=f"checksum-algorithm source-expected-bucket-owner {_ATTRIBUTES}"
        ),
        ("object", "PUT", "acl"): known(query="versionId", headers=f"{SUMS} {_GRANTS}"),
        ("object", "GET", "acl"): known(query="versionId"),
        ("object", "PUT", "tagging"): known(query="versionId", headers=SUMS),
        ("object", "GET", "tagging"): known(query="versionId"),
        ("object", "DELETE", "tagging"): known(query="versionId"),
        ("object", "POST", "uploads"): known(headers=f"checksum-algorithm checksum-type {_ATTRIBUTES}"),
        ("object", "POST", "restore"): known(query="versionId", headers=SUMS, shapes={"RestoreRequest": RESTORE}),
        ("object", "PUT", PART): known(headers=SUMS),
        ("object", "PUT", PART + COPY): known(headers="source-expected-bucket-owner"),
        ("object", "POST", "uploadId"): known(
            headers=f"{SUMS} checksum-type mp-object-size", shapes={"CompleteMultipartUpload": PARTS},
            unheeded={
                f"x-amz-{name}": "the parts were encrypted with it when they came (AWS, CompleteMultipartUpload)"
                for name in SSE_C.split()
            },
        ),
    }),
    ("service", "GET", ""): known(query="max-buckets continuation-token bucket-region prefix"),
}  # fmt: skip

ANYWHERE: Final = known(
    query=(
        "X-Amz-Algorithm X-Amz-Credential X-Amz-Date X-Amz-Expires X-Amz-SignedHeaders X-Amz-Signature"
        " X-Amz-Security-Token X-Amz-Content-Sha256 AWSAccessKeyId Signature Expires"
    ),
    headers="date content-sha256 security-token expected-bucket-owner",
    unheeded={
        "x-id": "the name of the operation, which SDKs send beside what names it (AWS SDKs for Go, JavaScript, Java)",
        "x-amz-user-agent": "what browsers' SDKs send for User-Agent (AWS SDK for JavaScript)",
        "X-Amz-User-Agent": "the same in a signed address",
        "content-type": "what is signed as a header; presigners of version 2 repeat it in the address (botocore)",
        "content-md5": "the same of the other header",
        "x-amz-api-version": "the version of the API, of which S3 has one (AWS SDK for C++: pyarrow)",
        "x-amz-te": "the transfer codings that an SDK takes (AWS SDK for Java)",
        "x-amz-request-payer": "who pays, which is nobody here (AWS, Requester Pays)",
    },
    only={"x-amz-request-payer": "requester"},
)

REFUSED_HEADERS: Final = (
    "x-amz-server-side-encryption", "x-amz-copy-source-server-side-encryption", "x-amz-object-lock-", "x-amz-mfa",
    "x-amz-write-offset-bytes", "x-amz-if-match-", "x-amz-object-if-match", "x-amz-bypass-governance-retention",
    "x-amz-object-annotation-directive", "x-amz-bucket-namespace", "x-amz-create-session-mode", "x-amz-rename-source",
    "x-amz-client-token", "x-amz-s3session-token", "x-amz-region-set", "x-minio-", "x-amz-meta-snowball-auto-extract",
)  # fmt: skip
"""What asks for something that is not here, refused on reads too and whatever the settings say of unknown headers."""

KEY_SERVICES: Final = frozenset({"aws:kms", "aws:kms:dsse", "aws:fsx", "aws:backup"})
"""Values of x-amz-server-side-encryption that name keys of a service which is not here. Source: botocore's model."""

UNSUPPORTED: Final = frozenset({
    "annotation-prefix", "annotationName", "events", "generate", "id", "lambdaArn", "max-annotation-results",
    "max-directory-buckets", "metadata", "metadataAnnotationTable", "metadataInventoryTable", "metadataJournalTable",
    "minio-inventory", "qos", "qos-metrics", "renameObject", "replication-check", "replication-metrics",
    "replication-reset", "replication-reset-cancel", "replication-reset-status", "select", "select-type",
    "session", "torrent",
})  # fmt: skip
"""To which an SDK gives a meaning that is not here. Source: botocore's model; minio-go, for its own server's."""

ARCHIVE_CLASSES: Final = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Labels of what is restored before it is read."""
STORAGE_CLASSES: Final = ARCHIVE_CLASSES | {
    "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "REDUCED_REDUNDANCY", "GLACIER_IR",
}  # fmt: skip
"""Labels. Others are refused."""

FORM_FIELDS: Final = frozenset({
    "algorithm", "credential", "date", "signature", "security-token", "acl", "storage-class", "tagging", "meta-*",
    "website-redirect-location", "checksum-algorithm", *(f"checksum-{name}" for name in ALGORITHMS),
    SSE, *SSE_C.split(),
})  # fmt: skip
"""Source: AWS "POST Object"."""
