"""Checksums of S3's kinds in replies: as headers, and as elements of documents. Must not know how they are taken.

Source: AWS "Checking object integrity", the members of CopyObjectResult, CopyPartResult and ListBucketResult.
"""

from __future__ import annotations

import base64
from typing import Any, Final

from entrepot.core.facts.records import Checksum
from entrepot.dialects.s3like.flavour import Document, Flavour, Head

SUMS: Final = {
    "ChecksumCRC32": "crc32", "ChecksumCRC32C": "crc32c", "ChecksumCRC64NVME": "crc64nvme", "ChecksumSHA1": "sha1",
    "ChecksumSHA256": "sha256", "ChecksumSHA512": "sha512", "ChecksumMD5": "md5",
}  # fmt: skip
"""How documents name them."""


def checksum_text(digest: bytes) -> str:
    """A digest as it is shown."""
    return base64.b64encode(digest).decode()


def element_of(algorithm: str) -> str:
    """How documents name a checksum of this algorithm."""
    return next(element for element, name in SUMS.items() if name == algorithm)


def type_of(checksum: Checksum) -> str:
    """Of what it is the checksum."""
    return "COMPOSITE" if checksum.composite else "FULL_OBJECT"


def _told(flavour: Flavour, checksum: Checksum | None) -> bool:
    return checksum is not None and bool(checksum.value) and bool(flavour.objects.checksums)


def checksum_head(flavour: Flavour, checksum: Checksum | None) -> Head:
    """A checksum and its type, where the cloud has them."""
    if checksum is None or not _told(flavour, checksum):
        return []
    return [
        (flavour.header("checksum-" + checksum.algorithm), checksum.value.encode()),
        (flavour.header("checksum-type"), type_of(checksum).encode()),
    ]


def checksum_elements(flavour: Flavour, checksum: Checksum | None) -> dict[str, Any]:
    """The same in a document of one object."""
    if checksum is None or not _told(flavour, checksum):
        return {}
    return {element_of(checksum.algorithm): checksum.value, "ChecksumType": type_of(checksum)}


def listed_checksum(flavour: Flavour, checksum: Checksum | None) -> Document:
    """What a listing tells of it: which one there is, not what it is."""
    if checksum is None or not _told(flavour, checksum):
        return {}
    return {"ChecksumAlgorithm": checksum.algorithm.upper(), "ChecksumType": type_of(checksum)}
