"""What the requests of the family's operations may say, as far as all clouds agree; each cloud adds its own.

Data only. Headers are written without the cloud's prefix. Source: as the operations of this folder.
"""

from __future__ import annotations

from typing import Final

from entrepot.dialects.s3like.flavour.known import Known, KnownTable, known
from entrepot.dialects.s3like.flavour.route import COPY, FORM, PART
from entrepot.dialects.s3like.operations import shapes

ATTRIBUTES: Final = "acl meta-* storage-class tagging"
"""What a request that makes an object says of it."""
SSE: Final = "server-side-encryption"
"""Encryption at rest with the server's key."""
_KEY: Final = ("algorithm", "key", "key-md5")
SSE_C: Final = " ".join(f"{SSE}-customer-{name}" for name in _KEY)
"""The same with a key of the client's."""
SSE_C_SOURCE: Final = " ".join(f"copy-source-{SSE}-customer-{name}" for name in _KEY)
PLAIN_READ: Final = " ".join(
    f"response-{name}"
    for name in (
        "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires"
    )
)  # fmt: skip
_SOURCE: Final = (
    "copy-source copy-source-if-match copy-source-if-none-match copy-source-if-modified-since"
    " copy-source-if-unmodified-since"
)

_PAGE: Final = "prefix delimiter encoding-type"

VERSIONS: Final = f"{_PAGE} key-marker version-id-marker max-keys"
"""What a listing of versions takes."""

KNOWN: Final[KnownTable] = {
    ("service", "GET", ""): known(query="prefix marker max-keys"),
    ("bucket", "PUT", ""): known(headers="acl", shapes={"CreateBucketConfiguration": shapes.BUCKET}),
    ("bucket", "HEAD", ""): known(),
    ("bucket", "DELETE", ""): known(),
    ("bucket", "GET", ""): known(query=f"{_PAGE} marker max-keys list-type continuation-token start-after fetch-owner"),
    ("bucket", "GET", "location"): known(),
    ("bucket", "POST", "delete"): known(query="encoding-type", shapes={"Delete": shapes.DELETE}),
    ("bucket", "GET", "uploads"): known(query=f"{_PAGE} key-marker upload-id-marker max-uploads"),
    ("bucket", "PUT", "acl"): known(headers="acl", shapes={"AccessControlPolicy": shapes.ACL}),
    ("bucket", "GET", "acl"): known(),
    ("bucket", "PUT", "cors"): known(shapes={"CORSConfiguration": shapes.CORS}),
    ("bucket", "GET", "cors"): known(),
    ("bucket", "DELETE", "cors"): known(),
    ("bucket", "PUT", "lifecycle"): known(shapes={"LifecycleConfiguration": shapes.LIFECYCLE}),
    ("bucket", "GET", "lifecycle"): known(),
    ("bucket", "DELETE", "lifecycle"): known(),
    ("bucket", "PUT", "encryption"): known(shapes={"ServerSideEncryptionConfiguration": shapes.ENCRYPTION}),
    ("bucket", "GET", "encryption"): known(),
    ("bucket", "HEAD", "encryption"): known(),
    ("bucket", "DELETE", "encryption"): known(),
    ("object", "PUT", ""): known(
        headers=f"{ATTRIBUTES} {SSE} {SSE_C}", conditions="if-match if-none-match", content=True
    ),
    ("object", "GET", ""): known(query=f"{PLAIN_READ} versionId", headers=SSE_C),
    ("object", "HEAD", ""): known(query=f"{PLAIN_READ} versionId", headers=SSE_C),
    ("object", "DELETE", ""): known(query="versionId"),
    ("object", "PUT", COPY): known(
        headers=f"{ATTRIBUTES} {_SOURCE} metadata-directive tagging-directive {SSE} {SSE_C} {SSE_C_SOURCE}",
        conditions="if-match if-none-match",
    ),
    ("object", "PUT", "acl"): known(headers="acl", shapes={"AccessControlPolicy": shapes.ACL}),
    ("object", "GET", "acl"): known(),
    ("object", "PUT", "tagging"): known(shapes={"Tagging": shapes.TAGGING}),
    ("object", "GET", "tagging"): known(),
    ("object", "DELETE", "tagging"): known(),
    ("object", "POST", "uploads"): known(query="encoding-type", headers=f"{ATTRIBUTES} {SSE} {SSE_C}"),
    ("object", "PUT", PART): known(headers=SSE_C, content=True),
    ("object", "PUT", PART + COPY): known(headers=f"{_SOURCE} copy-source-range {SSE_C} {SSE_C_SOURCE}"),
    ("object", "GET", "uploadId"): known(query="max-parts part-number-marker encoding-type"),
    ("object", "POST", "uploadId"): known(
        query="encoding-type", conditions="if-match if-none-match", shapes={"CompleteMultipartUpload": shapes.PARTS}
    ),
    ("object", "DELETE", "uploadId"): known(),
}
"""The routes of :data:`entrepot.dialects.s3like.family.ROUTES`."""

FORMS: Final[KnownTable] = {("bucket", "POST", FORM): Known(content=True)}
"""Forms say in fields what other requests say in headers."""
