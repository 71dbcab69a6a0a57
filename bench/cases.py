"""The table of what is measured and the bar each figure must reach.

Law: data only. A case names its contenders (the first is Entrepot's own and is what the bars judge), how
long one run lasts, and its bars. Source of every limit: the project's performance bar (verified signature,
durable 2xx, equal machine, one run, median of several interleaved runs).
"""

from __future__ import annotations

from dataclasses import dataclass, field

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One promise: `subject`'s `metric` (over `against`'s, if named) is on the right side of `limit`."""

    limit: float
    metric: str = "rate"
    at_least: bool = True
    against: str | None = None
    subject: str = "entrepot"
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing measured. `seconds` is the length of one measured run, `quick_seconds` under --quick."""

    name: str
    title: str
    kind: str
    contenders: tuple[str, ...]
    bars: tuple[Bar, ...]
    extra: tuple[str, ...] = ()  # contenders without a bar: run, but not under --quick
    size: int = 0
    objects: int = 1
    part: int = 0
    seconds: int = 4
    quick_seconds: int = 1
    rate_unit: str = "req/s"
    fresh: bool = False  # every run begins without objects, so that no run pays for another and the disk never fills
    need_gb: float = 2.0
    quick: bool = True  # whether --quick has it too
    notes: tuple[str, ...] = field(default=())


def _nginx(limit: float) -> Bar:
    return Bar(limit=limit, against="nginx")


_S3 = ("s3rver",)

CASES: tuple[Case, ...] = (
    Case(
        name="put-1k", title="PUT 1 KiB", kind="put", size=KIB, seconds=5, fresh=True,
        contenders=("entrepot", "nginx", "s3rver", "moto"),
        bars=(Bar(limit=3.0, against="s3rver"), Bar(limit=5.0, against="moto"), _nginx(0.5)),
    ),
    Case(
        name="put-1m", title="upload 1 MiB", kind="put", size=MIB, fresh=True, need_gb=10,
        contenders=("entrepot", "nginx"), extra=_S3, bars=(_nginx(1.0),),
    ),
    Case(
        name="put-16m", title="upload 16 MiB", kind="put", size=16 * MIB, fresh=True, need_gb=12,
        quick_seconds=2,
        contenders=("entrepot", "nginx"), extra=_S3, bars=(_nginx(0.9),),
    ),
    Case(
        name="slices-1g", title="upload 1 GiB in 1 MiB slices", kind="slices", size=1024 * MIB, part=MIB,
        contenders=("entrepot", "nginx", "nginx-one"), fresh=True, need_gb=6, rate_unit="MB/s",
        bars=(
            _nginx(0.9),
            Bar(limit=0.9, against="nginx-one"),
            Bar(limit=0.10, metric="finish_share", at_least=False),
        ),
        notes=("nginx: the same bytes as 1024 PUTs over 4 connections; nginx-one: as one PUT",),
    ),
    Case(
        name="get-1k", title="GET 1 KiB", kind="get", size=KIB,
        contenders=("entrepot", "nginx", "s3rver"), extra=("moto",),
        bars=(Bar(limit=5.0, against="s3rver"), _nginx(0.2)),
    ),
    Case(
        name="get-1k-many", title="GET 1 KiB, 1,000 keys in turn", kind="get", size=KIB, objects=1000,
        quick=False,
        contenders=("entrepot", "nginx", "s3rver"), bars=(Bar(limit=5.0, against="s3rver"), _nginx(0.2)),
    ),
    Case(
        name="get-1m", title="GET 1 MiB", kind="get", size=MIB, rate_unit="MB/s",
        contenders=("entrepot", "nginx"), extra=_S3, bars=(_nginx(0.9),),
    ),
    Case(
        name="get-64m", title="GET 64 MiB", kind="get", size=64 * MIB, rate_unit="MB/s", quick_seconds=2,
        contenders=("entrepot", "nginx"), extra=_S3, bars=(_nginx(0.9),),
    ),
    Case(
        name="range-64k", title="Range of 64 KiB out of 64 MiB", kind="get", size=64 * MIB, part=64 * KIB,
        contenders=("entrepot", "nginx"), extra=_S3, bars=(_nginx(0.9),),
    ),
    Case(
        name="list", title="list one page of 1,000", kind="list", seconds=3,
        contenders=("small", "big-first", "big-last"),
        bars=(
            Bar(limit=1 / 1.2, subject="big-first", against="small"),
            Bar(limit=1 / 1.2, subject="big-last", against="small"),
        ),
        notes=("small: a bucket of 1,000 keys; big: see the line above; bar: cost within 20 %",),
    ),
    Case(
        name="start", title="start on an existing data folder", kind="start", contenders=("entrepot",),
        bars=(Bar(limit=0.7, metric="seconds", at_least=False, unit=" s"),), rate_unit="1/s",
    ),
    Case(
        name="memory", title="memory, idle and during 500 uploads at once", kind="memory",
        contenders=("entrepot",),
        bars=(
            Bar(limit=90, metric="idle_mb_per_worker", at_least=False, unit=" MB"),
            Bar(limit=300, metric="peak_pss_mb", at_least=False, unit=" MB"),
        ),
        rate_unit="MB/s", need_gb=15,
    ),
)  # fmt: skip


def chosen(only: str | None) -> list[Case]:
    """The cases named in `only` (comma-separated; None: all), in the table's order.

    Raises ValueError for a name that is in no row.
    """
    if only is None:
        return list(CASES)
    wanted = {word.strip() for word in only.split(",") if word.strip()}
    unknown = wanted - {case.name for case in CASES}
    if unknown:
        raise ValueError(f"no such case: {', '.join(sorted(unknown))}")
    return [case for case in CASES if case.name in wanted]
