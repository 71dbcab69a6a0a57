"""What an operator may choose about the minting APIs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from entrepot.core.rights.conditions import network_of
from entrepot.core.rights.further_limits import FurtherLimits

HBR_PREFIX: Final = "temp/"
"""Begins the key of every temporary file of HBR."""
LIMITED: Final = ("vms", "hbr", "ms", "vod", "sts", "url")
"""The services whose rights an operator may limit: what stands before the colon of an API's name."""
_APPLICATION = re.compile(r"(\d{5,18}):(\d{1,18})", re.ASCII)
_CONTENT_TYPE = re.compile(r"[a-z0-9!#$&^_.+*-]+/[a-z0-9!#$&^_.+*-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class MintSettings:
    """Buckets, lifetimes and rates. Times in seconds, sizes in bytes; a limit of 0 means none.

    Each API keeps what its rights store in a bucket of the caller's account, which is made when it is first needed.
    Limits beyond the clouds', which change nothing on the wire, are there for vms, hbr, ms, vod, sts, and url (what
    ``entrepot mint url`` and the admin API make): ``*_max_bytes``, ``*_uses``, ``*_content_types``, ``*_networks``.
    ``vms_files_max`` is how many voice files an account may have when it asks for a further address.
    ``vms_review`` is what becomes of a committed voice file: usable at once, or waiting for ``entrepot voice`` to
    approve it.
    ``ms_may_read`` is whether MS keys may also read below their prefix, for uploaders that hand a download address on.
    ``vod_applications`` is a list of ``<appid>:<SubAppId>``: the account, and an application of VOD that it has.
    ``ms_expire_time`` is how MS tells when its keys end: as a moment in seconds since 1970, or as a duration.
    """

    requests_per_second: int = 20
    vms_bucket: str = "volc-voice-resource-bucket"
    vms_seconds: float = 600.0
    vms_max_bytes: int = 0
    vms_files_max: int = 0
    vms_review: Literal["approve", "wait"] = "approve"
    hbr_bucket: str = "hbr-temp-bucket"
    hbr_seconds: float = 3600.0
    hbr_keep_seconds: float = 86_400.0
    hbr_max_bytes: int = 0
    ms_bucket: str = "ms-shield"
    ms_max_bytes: int = 0
    ms_expire_time: Literal["moment", "duration"] = "moment"
    vod_max_bytes: int = 0
    ms_may_read: bool = False
    vod_applications: tuple[str, ...] = ("1250000000:220209",)
    vms_uses: int = 0
    vms_content_types: tuple[str, ...] = ()
    vms_networks: tuple[str, ...] = ()
    hbr_uses: int = 0
    hbr_content_types: tuple[str, ...] = ()
    hbr_networks: tuple[str, ...] = ()
    ms_uses: int = 0
    ms_content_types: tuple[str, ...] = ()
    ms_networks: tuple[str, ...] = ()
    vod_uses: int = 0
    vod_content_types: tuple[str, ...] = ()
    vod_networks: tuple[str, ...] = ()
    sts_max_bytes: int = 0
    sts_uses: int = 0
    sts_content_types: tuple[str, ...] = ()
    sts_networks: tuple[str, ...] = ()
    url_max_bytes: int = 0
    url_uses: int = 0
    url_content_types: tuple[str, ...] = ()
    url_networks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.applications()
        for name, further_limits in self.further_limits().items():
            for network in further_limits.networks:
                if network_of(network) is None:
                    raise ValueError(f"{name}_networks has {network!r}, which is no address and no CIDR block")
            for kind in further_limits.content_types:
                if not _CONTENT_TYPE.fullmatch(kind):
                    raise ValueError(
                        f"{name}_content_types has {kind!r}, which is no type such as image/png or image/*"
                    )
            if min(further_limits.max_bytes or 0, further_limits.uses or 0) < 0:
                raise ValueError(f"{name}_max_bytes and {name}_uses are 0 for no limit, or more")

    def applications(self) -> dict[int, int]:
        """The account of each application of VOD. Raises ValueError."""
        found: dict[int, int] = {}
        for text in self.vod_applications:
            match = _APPLICATION.fullmatch(text)
            if match is None or int(match[2]) in found:
                raise ValueError(f"vod_applications has {text!r}, which is twice there, or not <appid>:<SubAppId>")
            found[int(match[2])] = int(match[1])
        return found

    def further_limits(self) -> dict[str, FurtherLimits]:
        """The limits beyond the clouds', by service."""
        return {
            name: FurtherLimits(
                max_bytes=getattr(self, f"{name}_max_bytes") or None,
                uses=getattr(self, f"{name}_uses") or None,
                content_types=tuple(getattr(self, f"{name}_content_types")),
                networks=tuple(getattr(self, f"{name}_networks")),
            )
            for name in LIMITED
        }
