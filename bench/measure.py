"""What one run is, and how runs of rivals are interleaved.

Law: knows nothing of HTTP. Rivals run A B B A, one discarded round first (the first touch of fresh memory
and page cache is slow and belongs to nobody). A run that had errors is kept and flagged, never hidden.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench.process import busy_seconds, own_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run of one contender. `rate` is what bars compare; errors are counts by kind."""

    rate: float
    requests: int = 0
    requests_per_second: float = 0.0
    mb_per_second: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    peak_mb: float = 0.0
    cpu_ms: float = 0.0  # CPU time of all server processes per request
    errors: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)  # what only this case has, by name

    @property
    def failed(self) -> bool:
        """Whether anything at all went wrong during the run."""
        return any(self.errors.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """Somebody who can be measured: `run(seconds)` performs one run, `tier` says what its 2xx is worth."""

    name: str
    tier: str
    run: Callable[[int], Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A sample with where it belongs. Round 0 is the discarded one."""

    case: str
    contender: str
    tier: str
    round: int
    others: float  # the share of the machine's CPU that went to anything but the benchmark meanwhile
    sample: Sample


def interleave(
    case: str,
    contenders: list[Contender],
    *,
    rounds: int,
    seconds: int,
    warm_seconds: int,
    say: Callable[[str], None],
) -> list[Record]:
    """Every contender once per round, in turned order each time; round 0 (`warm_seconds`) is discarded."""
    records = []
    for number in range(rounds + 1):
        ordered = contenders if number % 2 else contenders[::-1]
        for contender in ordered:
            before = busy_seconds() - own_seconds(), time.monotonic()
            sample = contender.run(seconds if number else warm_seconds)
            foreign, passed = busy_seconds() - own_seconds() - before[0], time.monotonic() - before[1]
            note = (
                f"  errors {[f'{kind} {count}' for kind, count in sample.errors.items() if count]}"
                if sample.failed
                else ""
            )
            label = f"round {number}" if number else "discarded"
            say(f"{case:13} {label:10} {contender.name:14} {sample.rate:12,.1f}{note}")
            records.append(
                Record(
                    case=case,
                    contender=contender.name,
                    tier=contender.tier,
                    round=number,
                    others=max(0.0, foreign / passed / (os.cpu_count() or 1)),
                    sample=sample,
                )
            )
    return records


def median(records: list[Record], contender: str, metric: str) -> float | None:
    """The median of `metric` (a field of Sample, or a figure) over the counted rounds; None without any."""
    values = []
    for record in records:
        if record.contender == contender and record.round:
            value = record.sample.figures.get(metric, getattr(record.sample, metric, None))
            if value is not None:
                values.append(float(value))
    return statistics.median(values) if values else None


def total_errors(records: list[Record], contender: str) -> dict[str, int]:
    """Errors by kind over all rounds of a contender, the discarded one included."""
    total: dict[str, int] = {}
    for record in records:
        if record.contender == contender:
            for kind, count in record.sample.errors.items():
                if count:
                    total[kind] = total.get(kind, 0) + count
    return total
