"""What requests of TOS may say beside what the family's may.

Data only. Source: the SDKs for Go and Python; wire facts of Volcengine §3.
"""

from __future__ import annotations

from typing import Final

from entrepot.dialects.s3like.flavour.known import KnownTable, extended, known
from entrepot.dialects.s3like.flavour.route import COPY, PART
from entrepot.dialects.s3like.operations.known import ATTRIBUTES
from entrepot.dialects.s3like.operations.known import KNOWN as FAMILY
from entrepot.dialects.s3like.operations.shapes import ACL
from entrepot.wire.documents import TEXT, many, one

_CALLBACK: Final = "callback callback-var"
_WRITE: Final = f"forbid-overwrite if-match if-none-match hash-crc64ecma {_CALLBACK}"
_FRAMED: Final = "decoded-content-length trailer"
_GRANTEE: Final = one({"ID": TEXT, "DisplayName": TEXT, "Canned": TEXT, "Type": TEXT, "URI": TEXT})
_ACL: Final = one({"Owner": ACL.children["Owner"], "Grant": many({"Grantee": _GRANTEE, "Permission": TEXT})})

KNOWN: Final[KnownTable] = extended(FAMILY, {
    ("bucket", "PUT", "acl"): known(shapes={"AccessControlPolicy": _ACL}),
    ("object", "PUT", ""): known(query="callback callback-var", headers=f"{_WRITE} {_FRAMED}"),
    ("object", "PUT", COPY): known(headers="forbid-overwrite if-match if-none-match"),
    ("object", "PUT", "acl"): known(shapes={"AccessControlPolicy": _ACL}),
    ("object", "POST", "uploads"): known(headers="forbid-overwrite"),
    ("object", "PUT", PART): known(headers=f"hash-crc64ecma {_FRAMED}"),
    ("object", "POST", "uploadId"): known(
        query="callback callback-var", headers=f"forbid-overwrite complete-all if-match if-none-match {_CALLBACK}"
    ),
    ("object", "POST", "append"): known(
        query="offset", headers=f"{ATTRIBUTES} hash-crc64ecma {_FRAMED} if-match if-none-match", content=True
    ),
    ("object", "POST", "metadata"): known(headers="meta-*"),
    ("object", "PUT", "symlink"): known(headers=f"{ATTRIBUTES} forbid-overwrite symlink-target"),
    ("object", "GET", "symlink"): known(),
    ("object", "GET", "stat"): known(),
})  # fmt: skip

ANYWHERE: Final = known(
    query=(
        "X-Tos-Algorithm X-Tos-Credential X-Tos-Date X-Tos-Expires X-Tos-SignedHeaders X-Tos-Signature"
        " X-Tos-Security-Token X-Tos-Content-Sha256 X-Tos-Policy x-tos-traffic-limit"
    ),
    headers="date content-sha256 security-token traffic-limit",
    unheeded={"x-proxy-tos-host": "the host that a proxy of the cloud's SDKs stands for (TOS SDK for JavaScript)"},
)
