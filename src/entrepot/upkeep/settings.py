"""What an operator may choose about housekeeping. Settings only: reading them loads no sweeper."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSettings:
    """When housekeeping happens. Times in seconds.

    ``rules_every_seconds`` is how often lifecycle rules are applied, which takes a walk over the buckets that have
    some; ``day_seconds`` is how long a day of lifecycle rules is: anything but 86,400 is for trying rules out.
    ``garbage_seconds`` is how long bytes stay readable for downloads under way after their name went, and how old an
    orphaned file must be; ``upload_seconds`` is how long an unfinished upload in slices is kept, and
    ``ledger_seconds`` is how long the ledger keeps a minted right after it ended.
    """

    every_seconds: float = 60.0
    rules_every_seconds: float = 3600.0
    day_seconds: float = 86400.0
    garbage_seconds: float = 3600.0
    upload_seconds: float = 7 * 86400.0
    ledger_seconds: float = 30 * 86400.0

    def __post_init__(self) -> None:
        if not self.day_seconds > 0:
            raise ValueError(f"day_seconds must be greater than 0, it is {self.day_seconds}")
