"""Tell what was measured: a table for people, the raw samples as JSON.

Law: judges figures by the bars of `cases.py` and invents none. A bar whose peer was not measured is not
judged; a figure with errors is marked `!`.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bench.cases import Bar, Case
from bench.measure import Record, median, total_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one bar: its words, the value reached (None: not judged) and whether that is enough."""

    words: str
    value: float | None
    reached: bool

    @property
    def outcome(self) -> str:
        """One word for the table."""
        if self.value is None:
            return "not judged"
        return "reached" if self.reached else "MISSED"


def judge(bar: Bar, records: list[Record]) -> Verdict:
    """Hold the medians of `records` against one bar."""
    sign = ">=" if bar.at_least else "<="
    value = median(records, bar.subject, bar.metric)
    if bar.against is None:
        whose = "" if bar.subject == "entrepot" else f"{bar.subject}: "
        words = f"{whose}{bar.metric} {sign} {bar.limit:g}{bar.unit}"
    else:
        metric = "" if bar.metric == "rate" else f"'s {bar.metric}"
        words = f"{bar.subject}{metric} {sign} {bar.limit:.3g} x {bar.against}"
        other = median(records, bar.against, bar.metric)
        value = value / other if value is not None and other else None
    reached = value is not None and (value >= bar.limit if bar.at_least else value <= bar.limit)
    return Verdict(words=words, value=value, reached=reached)


def table(case: Case, records: list[Record]) -> str:
    """The case's lines: one per contender with medians, then one per bar."""
    names = list(dict.fromkeys(name for name in (*case.contenders, *case.extra)))
    present = {record.contender: record.tier for record in records}
    rows: list[tuple[str, ...]] = [
        ("", "req/s", "MB/s", "spread", "p50 ms", "p99 ms", "cpu ms", "peak MB", "others", "errors", "2xx means")
    ]
    rows += [_row(records, name, present[name]) for name in names if name in present]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [f"{case.name}: {case.title}"]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1], strict=True)]
        lines.append("  " + "  ".join([*cells, row[-1]]))
    lines += [f"    bar: {verdict.words}: {_value(verdict)} {verdict.outcome}" for verdict in verdicts(case, records)]
    lines += [f"    {name}: {_figures(records, name)}" for name in names if _figures(records, name)]
    lines += [f"    ({note})" for note in case.notes]
    return "\n".join(lines)


def verdicts(case: Case, records: list[Record]) -> list[Verdict]:
    """Every bar of the case, judged."""
    return [judge(bar, records) for bar in case.bars]


def document(machine: Mapping[str, Any], cases: list[Case], records: list[Record]) -> dict[str, Any]:
    """Everything as plain values for JSON: the machine, the verdicts and every sample."""
    told = []
    for case in cases:
        own = [record for record in records if record.case == case.name]
        bars = [asdict(verdict) | {"outcome": verdict.outcome} for verdict in verdicts(case, own)]
        told.append({"case": case.name, "title": case.title, "unit": case.rate_unit, "bars": bars})
    return {"machine": dict(machine), "cases": told, "samples": [asdict(record) for record in records]}


def _row(records: list[Record], name: str, tier: str) -> tuple[str, ...]:
    counted = [record.sample.rate for record in records if record.contender == name and record.round]
    errors = total_errors(records, name)
    middle = _median(records, name, "rate")
    spread = (max(counted) - min(counted)) / middle if counted and middle else 0.0
    told = ",".join(f"{kind} {count}" for kind, count in errors.items()) or "0"
    memory = max((record.sample.peak_mb for record in records if record.contender == name), default=0.0)
    metrics = ("requests_per_second", "mb_per_second", "p50_ms", "p99_ms", "cpu_ms")
    rps, mbps, p50, p99, cpu = (_number(_median(records, name, metric)) for metric in metrics)
    mark = "!" if errors else ""
    others = statistics.median(record.others for record in records if record.contender == name)
    return (name + mark, rps, mbps, f"{spread:.0%}", p50, p99, cpu, _number(memory), f"{others:.0%}", told, tier)


def _number(value: float) -> str:
    return "-" if not value else f"{value:,.0f}" if value >= 1000 else f"{value:,.3g}"


def _median(records: list[Record], name: str, metric: str) -> float:
    return median(records, name, metric) or 0.0


def _value(verdict: Verdict) -> str:
    return "-" if verdict.value is None else f"{verdict.value:.3g}"


def _figures(records: list[Record], name: str) -> str:
    """The figures that only this case has, as medians."""
    known: dict[str, None] = {}
    for record in records:
        if record.contender == name:
            known.update(dict.fromkeys(record.sample.figures))
    plain = {"requests", "p50_ms", "p99_ms"}
    own = [metric for metric in known if metric not in plain]
    return "" if own == ["seconds"] else ", ".join(f"{metric} {_median(records, name, metric):.4g}" for metric in own)
