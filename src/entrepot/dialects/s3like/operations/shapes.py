"""The documents of the family's requests, as shapes: every element that may stand in one, and no other.

Data only. A cloud that has more, less or other elements overlays its own (``dialects/<cloud>/known.py``).
Source: AWS API reference of each operation; wire facts of Tencent §7.5 to §7.7, Alibaba §5.3 to §5.5, Volcengine §3.8,
§3.9.
"""

from __future__ import annotations

from typing import Final

from entrepot.wire.documents import TEXT, TEXTS, Shape, absent, many, one

TAGS: Final = {"Tag": many({"Key": TEXT, "Value": TEXT})}
TAGGING: Final = one({"TagSet": one(TAGS), **TAGS})

DELETE: Final = one({"Quiet": TEXT, "Object": many({"Key": TEXT, "VersionId": TEXT})})

CHECKSUMS: Final = {
    f"Checksum{name}": TEXT
    for name in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")
}  # fmt: skip
PARTS: Final = one({"Part": many({"PartNumber": TEXT, "ETag": TEXT, **CHECKSUMS})})

CORS_RULE: Final = {
    "ID": TEXT, "AllowedOrigin": TEXTS, "AllowedMethod": TEXTS, "AllowedHeader": TEXTS, "ExposeHeader": TEXTS,
    "MaxAgeSeconds": TEXT,
}  # fmt: skip
CORS: Final = one({"CORSRule": many(CORS_RULE)})

_NO_VERSIONS = "buckets keep no versions"
_NO_SIZES = "rules do not look at sizes"
FILTER: Final = {
    "Prefix": TEXT, "Tag": many({"Key": TEXT, "Value": TEXT}),
    "ObjectSizeGreaterThan": absent(_NO_SIZES), "ObjectSizeLessThan": absent(_NO_SIZES),
}  # fmt: skip
LIFECYCLE_RULE: Final[dict[str, Shape]] = {
    "ID": TEXT, "Status": TEXT, "Prefix": TEXT,
    "Filter": one({**FILTER, "And": one(FILTER)}),
    "Expiration": one({"Days": TEXT, "Date": TEXT, "ExpiredObjectDeleteMarker": absent(_NO_VERSIONS)}),
    "AbortIncompleteMultipartUpload": one({"DaysAfterInitiation": TEXT}),
    "Transition": many({"Days": TEXT, "Date": TEXT, "StorageClass": TEXT}),
    "NoncurrentVersionExpiration": absent(_NO_VERSIONS), "NoncurrentVersionTransition": absent(_NO_VERSIONS),
}  # fmt: skip
LIFECYCLE: Final = one({"Rule": many(LIFECYCLE_RULE)})

GRANTEE: Final = one({"ID": TEXT, "DisplayName": TEXT, "URI": TEXT, "Type": TEXT}, "type")
ACL: Final = one({
    "Owner": one({"ID": TEXT, "DisplayName": TEXT}),
    "AccessControlList": one({"Grant": many({"Grantee": GRANTEE, "Permission": TEXT})}),
})  # fmt: skip

_KMS = "keys are the server's own"
APPLIED: Final = one({"SSEAlgorithm": TEXT, "KMSMasterKeyID": absent(_KMS, ""), "KMSDataEncryption": absent(_KMS, "")})
ENCRYPTION: Final = one({
    "Rule": one({
        "ApplyServerSideEncryptionByDefault": APPLIED,
        "BucketKeyEnabled": absent("no key of a bucket's own stands between", "false"),
        "BlockedEncryptionTypes": absent("no way of encrypting can be closed"),
    })
})  # fmt: skip

BUCKET: Final = one({"LocationConstraint": TEXT})
