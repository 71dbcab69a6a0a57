"""What requests of S3 may say beside what the family's may.

Data only. Source: the service model of botocore; AWS API reference.
"""

from __future__ import annotations

from typing import Final

from entrepot.dialects.s3like.flavour.known import KnownTable, extended, known
from entrepot.dialects.s3like.flavour.route import PART
from entrepot.dialects.s3like.operations.known import KNOWN as FAMILY
from entrepot.dialects.s3like.operations.known import PLAIN_READ, VERSIONS
from entrepot.dialects.s3like.operations.shapes import DELETE as FAMILY_DELETE
from entrepot.wire.documents import TEXT, absent, many, one

_SUMS: Final = (
    "sdk-checksum-algorithm checksum-crc32 checksum-crc32c checksum-crc64nvme checksum-sha1 checksum-sha256 trailer"
    " decoded-content-length"
)

_DIRECTORY: Final = "conditions on sizes and times are for directory buckets only"
DELETE: Final = one({
    **FAMILY_DELETE.children,
    "Object": many({
        **FAMILY_DELETE.children["Object"].children, "ETag": TEXT, "LastModifiedTime": absent(_DIRECTORY),
        "Size": absent(_DIRECTORY),
    }),
})  # fmt: skip

KNOWN: Final[KnownTable] = extended(FAMILY, {
    ("service", "GET", ""): known(query="max-buckets continuation-token bucket-region"),
    ("bucket", "POST", "delete"): known(headers=_SUMS, shapes={"Delete": DELETE}),
    ("bucket", "PUT", "acl"): known(headers=_SUMS),
    ("bucket", "PUT", "cors"): known(headers=_SUMS),
    ("bucket", "PUT", "lifecycle"): known(headers=_SUMS),
    ("object", "PUT", ""): known(headers=f"{_SUMS} checksum-algorithm"),
    ("object", "GET", ""): known(headers="checksum-mode"),
    ("object", "HEAD", ""): known(headers="checksum-mode"),
    ("object", "GET", "partNumber"): known(query=f"{PLAIN_READ} versionId", headers="checksum-mode"),
    ("object", "HEAD", "partNumber"): known(query=f"{PLAIN_READ} versionId", headers="checksum-mode"),
    ("object", "GET", "attributes"): known(
        query="versionId", headers="object-attributes max-parts part-number-marker"
    ),
    ("bucket", "GET", "versions"): known(query=VERSIONS),
    ("object", "DELETE", ""): known(conditions="if-match"),
    ("object", "PUT", "+copy"): known(headers="checksum-algorithm"),
    ("object", "PUT", "acl"): known(headers=_SUMS),
    ("object", "PUT", "tagging"): known(headers=_SUMS),
    ("object", "POST", "uploads"): known(headers="checksum-algorithm checksum-type"),
    ("object", "PUT", PART): known(headers=_SUMS),
    ("object", "POST", "uploadId"): known(headers=f"{_SUMS} checksum-type mp-object-size"),
})  # fmt: skip

ANYWHERE: Final = known(
    query=(
        "X-Amz-Algorithm X-Amz-Credential X-Amz-Date X-Amz-Expires X-Amz-SignedHeaders X-Amz-Signature"
        " X-Amz-Security-Token X-Amz-Content-Sha256 AWSAccessKeyId Signature Expires"
    ),
    headers="date content-sha256 security-token",
    unheeded={
        "x-id": "the name of the operation, which SDKs send beside what names it (AWS SDKs for Go, JavaScript, Java)",
        "x-amz-user-agent": "what browsers' SDKs send for User-Agent (AWS SDK for JavaScript)",
        "X-Amz-User-Agent": "the same in a signed address",
        "x-amz-te": "the transfer codings that an SDK takes (AWS SDK for Java)",
    },
)
