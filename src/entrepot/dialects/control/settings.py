"""What an operator may choose about the minting APIs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class MintSettings:
    """Buckets, lifetimes and rates. Times in seconds, sizes in bytes; a limit of 0 means none.

    Each API keeps what its rights store in a bucket of the caller's account, which is made when it is first needed.
    ``*_max_bytes`` are limits beyond the cloud's: the longest body that a right of that API may store.
    ``vms_review`` is what becomes of a committed voice file: usable at once, or waiting for ``entrepot`` to approve it.
    ``ms_expire_time`` is how MS tells when its keys end: as a moment in seconds since 1970, or as a duration.
    """

    requests_per_second: int = 20
    vms_bucket: str = "volc-voice-resource-bucket"
    vms_seconds: float = 600.0
    vms_max_bytes: int = 0
    vms_review: Literal["approve", "wait"] = "approve"
    hbr_bucket: str = "hbr-temp-bucket"
    hbr_seconds: float = 3600.0
    hbr_keep_seconds: float = 86_400.0
    hbr_max_bytes: int = 0
    ms_bucket: str = "ms-shield"
    ms_max_bytes: int = 0
    ms_expire_time: Literal["moment", "duration"] = "moment"
    vod_max_bytes: int = 0
    vod_applications: tuple[int, ...] = (220209,)
