"""What requests of TOS may say beside what the family's may.

Data only. Source: the SDKs for Go, Python, Java and JavaScript (tests/vectors/sdk_operations/tos.json); wire facts of
Volcengine §3.
"""

from __future__ import annotations

from typing import Final

from entrepot.dialects.s3like.flavour.known import KnownTable, extended, known
from entrepot.dialects.s3like.flavour.route import COPY, PART
from entrepot.dialects.s3like.operations.known import ATTRIBUTES, SSE, SSE_C, VERSIONS
from entrepot.dialects.s3like.operations.known import KNOWN as FAMILY
from entrepot.dialects.s3like.operations.shapes import ACL, CORS_RULE, LIFECYCLE_RULE, TAGGING
from entrepot.wire.documents import TEXT, absent, many, one, unheeded

_CALLBACK: Final = "callback callback-var"
_FRAMED: Final = "decoded-content-length trailer"
_GRANTS: Final = "grant-full-control grant-read grant-read-acp grant-write grant-write-acp"
_ABOUT: Final = f"website-redirect-location object-expires {_GRANTS}"
_CONDITIONS: Final = "if-match if-none-match"
_PROJECT: Final = "project-name"

_GRANTEE: Final = one({"ID": TEXT, "DisplayName": TEXT, "Canned": TEXT, "Type": TEXT, "URI": TEXT})
_TOLD: Final = "what replies say of it, which SDKs send back (TOS SDKs for Go and Python)"
_ACL: Final = one({
    "Owner": ACL.children["Owner"], "Grant": many({"Grantee": _GRANTEE, "Permission": TEXT}),
    "IsDefault": unheeded(_TOLD), "BucketOwnerEntrusted": unheeded(_TOLD),
    "BucketAclDelivered": absent("objects without an ACL of their own always have the bucket's", "false"),
})  # fmt: skip
_CORS: Final = one({
    "CORSRule": many({
        **CORS_RULE, "ResponseVary": TEXT,
    })
})  # fmt: skip

_NOT_BY_READ: Final = "rules do not look at when objects were read"
_NO_VERSIONS: Final = "buckets keep no versions"
_LIFECYCLE: Final = one({
    "Rule": many({
        "ID": TEXT, "Prefix": TEXT, "Status": TEXT, "Tag": many({"Key": TEXT, "Value": TEXT}),
        "Expiration": LIFECYCLE_RULE["Expiration"],
        "AbortIncompleteMultipartUpload": LIFECYCLE_RULE["AbortIncompleteMultipartUpload"],
        "AbortInCompleteMultipartUpload": LIFECYCLE_RULE["AbortIncompleteMultipartUpload"],
        "Filter": absent("rules look at prefixes and tags"),
        "Transition": many({"Days": TEXT, "Date": TEXT, "StorageClass": TEXT}),
        "AccessTimeTransitions": absent(_NOT_BY_READ),
        "AccessTimeExpiration": absent(_NOT_BY_READ),
        "NoncurrentVersionTransitions": absent(_NO_VERSIONS), "NoncurrentVersionExpiration": absent(_NO_VERSIONS),
        "NoncurrentVersionAccessTimeTransitions": absent(_NO_VERSIONS),
        "NonCurrentVersionAccessTimeTransitions": absent(_NO_VERSIONS),
    })
})  # fmt: skip

RESTORE: Final = one({"Days": TEXT, "RestoreJobParameters": one({"Tier": TEXT})})

KNOWN: Final[KnownTable] = {
    **extended(FAMILY, {
        ("bucket", "HEAD", ""): known(headers=_PROJECT),
        ("bucket", "GET", ""): known(query="fetch-meta x-tos-bucket-type"),
        ("bucket", "GET", "versions"): known(query=f"{VERSIONS} fetch-meta"),
        ("bucket", "GET", "bucketInfo"): known(),
        ("bucket", "GET", "stat"): known(),
        ("bucket", "PUT", "acl"): known(headers=_GRANTS, shapes={"AccessControlPolicy": _ACL}),
        ("bucket", "PUT", "storageClass"): known(headers="storage-class"),
        ("bucket", "PUT", "cors"): known(shapes={"CORSConfiguration": _CORS}),
        ("bucket", "PUT", "lifecycle"): known(
            headers="allow-same-action-overlap", shapes={"LifecycleConfiguration": _LIFECYCLE},
        ),
        ("bucket", "PUT", "tagging"): known(shapes={"Tagging": TAGGING}),
        ("bucket", "GET", "tagging"): known(),
        ("bucket", "DELETE", "tagging"): known(),
        ("object", "PUT", ""): known(
            query=_CALLBACK,
            headers=f"forbid-overwrite {_CONDITIONS} hash-crc64ecma {_CALLBACK} {_FRAMED} {_ABOUT}",
        ),
        ("object", "GET", ""): known(unheeded={
            "x-tos-trailer": "a checksum behind the bytes of a range, which may be missing (TOS SDK for Go)"
        }),
        ("object", "PUT", COPY): known(headers=f"forbid-overwrite {_CONDITIONS} {_ABOUT}"),
        ("object", "PUT", "acl"): known(
            query="versionId", headers=_GRANTS, shapes={"AccessControlPolicy": _ACL}
        ),
        ("object", "GET", "acl"): known(query="versionId"),
        ("object", "PUT", "tagging"): known(query="versionId"),
        ("object", "GET", "tagging"): known(query="versionId"),
        ("object", "DELETE", "tagging"): known(query="versionId"),
        ("object", "POST", "uploads"): known(headers=f"forbid-overwrite {_ABOUT}"),
        ("object", "PUT", PART): known(headers=f"hash-crc64ecma {_FRAMED} {SSE}"),
        ("object", "POST", "uploadId"): known(
            query=_CALLBACK, headers=f"forbid-overwrite complete-all {_CONDITIONS} {_CALLBACK}"
        ),
        ("object", "POST", "append"): known(
            query="offset", headers=f"{ATTRIBUTES} hash-crc64ecma {_FRAMED} {_CONDITIONS} {_ABOUT} {SSE}",
            content=True,
        ),
        ("object", "POST", "metadata"): known(query="versionId", headers="meta-* object-expires"),
        ("object", "POST", "restore"): known(query="versionId", shapes={"RestoreRequest": RESTORE}),
        ("object", "POST", "objectExpires"): known(
            query="versionId", shapes={"ObjectExpires": one({"ObjectExpires": TEXT})}
        ),
        ("object", "PUT", "symlink"): known(headers=f"{ATTRIBUTES} forbid-overwrite symlink-target"),
        ("object", "GET", "symlink"): known(query="versionId"),
        ("object", "GET", "stat"): known(headers=f"{_PROJECT} {SSE_C}"),
    }),
    ("service", "GET", ""): known(headers=f"{_PROJECT} bucket-type"),
    ("bucket", "PUT", ""): known(
        headers=f"acl tagging storage-class az-redundancy bucket-type {_PROJECT} {_GRANTS}",
    ),
}  # fmt: skip

ANYWHERE: Final = known(
    query=(
        "X-Tos-Algorithm X-Tos-Credential X-Tos-Date X-Tos-Expires X-Tos-SignedHeaders X-Tos-Signature"
        " X-Tos-Security-Token X-Tos-Content-Sha256 X-Tos-Policy x-tos-traffic-limit"
    ),
    headers="date content-sha256 security-token traffic-limit",
    unheeded={"x-proxy-tos-host": "the host that a proxy of the cloud's SDKs stands for (TOS SDK for JavaScript)"},
)

REFUSED_HEADERS: Final = (
    "x-tos-server-side-", "x-tos-copy-source-server-side-", "x-tos-object-lock",
    "x-tos-symlink-bucket", "x-tos-image-operations", "x-tos-video-operations", "x-tos-process",
    "x-tos-recursive-mkdir", "x-tos-modify-timestamp", "x-modify-timestamp", "x-tos-account-id",
)  # fmt: skip
"""What asks for something that is not here, refused on reads too and whatever the settings say of unknown headers.

``x-tos-account-id`` comes with operations of another service of the cloud (``tos-control-…``).
"""

KEY_SERVICES: Final = frozenset({"kms", "KMS", "SM4"})
"""Values of x-tos-server-side-encryption that are not here. Source: the SDKs for Go and Python (enum)."""

_UNSUPPORTED: Final = """
acceleratorId action alias audit_jobs az datasetname doc_jobs end-page fetch file_jobs image-mode jobId jobStatuses
job-id maxResult maxResults maxresults mode modify name nextToken nexttoken priority recursive region
requestedJobStatus reverse skipTrash start-page statusUpdateReason tag-key tag-value time uri
x-tos-async-process x-tos-async-result x-tos-doc-dst-type x-tos-doc-page x-tos-doc-src-type
x-tos-post-process x-tos-process x-tos-save-bucket x-tos-save-object x-tos-target-redundancy-type bucket
"""
UNSUPPORTED: Final = frozenset(_UNSUPPORTED.split())
"""Names to which the SDKs' requests give a meaning that is not here."""

FORM_FIELDS: Final = frozenset({
    "algorithm", "credential", "date", "signature", "security-token", "acl", "storage-class", "tagging", "meta-*",
    "forbid-overwrite", "website-redirect-location", "hash-crc64ecma", SSE, *_GRANTS.split(), *_CALLBACK.split(),
})  # fmt: skip
"""Source: what the SDKs put into forms, and the cloud's page "PostObject"."""
