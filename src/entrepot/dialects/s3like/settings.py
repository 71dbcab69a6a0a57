"""What an operator may choose about the S3-like dialects together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """Regions that replies name, and limits. Sizes are in bytes, times in seconds.

    The regions are what is answered when clients ask for a bucket's place, and what they must sign for if
    ``signed_regions`` says so. ``clock_skew_seconds`` is how far the date of a signed request may be from the server's
    clock.
    """

    cos_region: str = "ap-guangzhou"
    """Where buckets are, as COS XML says it."""
    oss_region: str = "cn-hangzhou"
    """Where buckets are, as OSS says it, without ``oss-``."""
    tos_region: str = "cn-beijing"
    """Where buckets are, as TOS says it."""
    s3_region: str = "us-east-1"
    """Where buckets are, as S3 says it."""
    signed_regions: Literal["any", "own"] = "any"
    """Which regions signatures may be for. ``own`` refuses others where the cloud does: OSS V4 and S3's Signature V4.

    TOS takes any, and the other schemes name none. With ``own`` clients of VOD Professional that sign for ``auto`` are
    refused too.
    """
    clock_skew_seconds: float = 900.0
    object_max_bytes: int = 5 * 1024**3
    """One upload; parts of an upload in parts may each be as long."""
    copy_max_bytes: int = 5 * 1024**3
    """One copy; longer objects are copied in parts."""
    document_max_bytes: int = 2 * 1024 * 1024
    """The XML or JSON of a request."""
    metadata_max_bytes: int = 8 * 1024
    """The user metadata of one object, names and values together."""
    client_keys_over_http: bool = False
    """Whether keys of clients (SSE-C) are taken over plain HTTP, where others can listen; the clouds refuse it."""
    unknown_headers: Literal["refuse", "ignore"] = "refuse"
    """What becomes of a request that changes something and has an unknown header below the cloud's own prefix.

    ``ignore`` is what the clouds do; it is counted and logged then.
    """
