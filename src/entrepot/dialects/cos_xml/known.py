"""What requests of COS XML may say beside what the family's may.

Data only. Source: the SDKs for Go, Python and Java; wire facts of Tencent §7.
"""

from __future__ import annotations

from typing import Final

from entrepot.dialects.s3like.flavour.known import KnownTable, extended, known
from entrepot.dialects.s3like.flavour.route import COPY, PART
from entrepot.dialects.s3like.operations.known import ATTRIBUTES
from entrepot.dialects.s3like.operations.known import KNOWN as FAMILY

KNOWN: Final[KnownTable] = extended(FAMILY, {
    ("object", "PUT", ""): known(headers="forbid-overwrite hash-crc64ecma"),
    ("object", "PUT", COPY): known(headers="forbid-overwrite"),
    ("object", "PUT", PART): known(headers="hash-crc64ecma"),
    ("object", "POST", "uploads"): known(headers="forbid-overwrite"),
    ("object", "POST", "uploadId"): known(headers="forbid-overwrite"),
    ("object", "POST", "append"): known(query="position", headers=f"{ATTRIBUTES} hash-crc64ecma", content=True),
})  # fmt: skip

ANYWHERE: Final = known(
    query=(
        "sign q-sign-algorithm q-ak q-sign-time q-key-time q-header-list q-url-param-list q-signature"
        " x-cos-security-token x-cos-traffic-limit"
    ),
    headers="date security-token traffic-limit content-sha1",
    unheeded={
        "x-cos-sdk-retry": "how often an SDK tried before (COS SDK for Go)",
        "x-cos-sdk-log-debug": "what an SDK logs (COS SDK for Java)",
    },
)
