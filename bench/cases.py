"""The table of what is measured and the bar each figure must reach.

Law: data and which of it is asked for. A case names its contenders (Entrepot by the dialect that it is spoken
to in, then the peers), how long one run lasts, and its bars. Source of every limit: the project's performance
bar (verified signature, durable 2xx, equal machine, one run, median of several interleaved runs).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

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
    """One thing measured. `seconds` is the length of one measured run, `quick_…` what holds under --quick."""

    name: str
    title: str
    kind: str
    contenders: tuple[str, ...]
    bars: tuple[Bar, ...]
    group: str = ""  # what --only may also call it; by default its kind
    extra: tuple[str, ...] = ()  # contenders without a bar: run, but not under --quick
    dialect: str = ""  # the one that a case is about, when its contenders do not say
    size: int = 0
    quick_size: int = 0
    objects: int = 1
    part: int = 0
    seconds: int = 4
    quick_seconds: int = 1
    rate_unit: str = "req/s"
    fresh: bool = False  # every run begins without objects, so that no run pays for another and the disk never fills
    fresh_signatures: bool = False  # no request is the same as one shortly before
    need_gb: float = 2.0
    quick: bool = True  # whether --quick has it too
    notes: tuple[str, ...] = field(default=())


S3LIKE = ("cos_xml", "oss", "tos", "s3")
DIALECTS = ("cos_json", *S3LIKE)
PEERS = frozenset({"nginx", "nginx-one", "s3rver", "moto"})


def _each(*bars: Bar, of: tuple[str, ...] = DIALECTS) -> tuple[Bar, ...]:
    """The same bars for each of these contenders."""
    return tuple(replace(bar, subject=name) for name in of for bar in bars)


def _nginx(limit: float) -> tuple[Bar, ...]:
    return _each(Bar(limit=limit, against="nginx"))


_S3 = ("s3rver",)
_SMALL_GET = _each(Bar(limit=5.0, against="s3rver"), Bar(limit=0.2, against="nginx"))
_PARTS = (
    Bar(limit=0.9, against="nginx"), Bar(limit=0.9, against="nginx-one"),
    Bar(limit=0.10, metric="finish_share", at_least=False),
)  # fmt: skip
FLAT = 1 / 1.2


def _listing(dialect: str) -> Case:
    """The pages of `bench.listing`, each against the only page of a small bucket."""
    places = ("mid-first", "mid-middle", "mid-last", "big-first", "big-middle", "big-last")
    bars = [Bar(limit=FLAT, subject=place, against="small") for place in places]
    contenders = ["small", *places]
    if dialect in {"oss", "tos", "s3"}:
        seconds = [f"v2-{place}" for place in places if not place.endswith("middle")]
        bars += [Bar(limit=FLAT, subject=place, against="v2-small") for place in seconds]
        contenders += ["v2-small", *seconds]
    return Case(
        name=f"list-{dialect}", title=f"list one page of 1,000 in {dialect}", kind="list", seconds=3, dialect=dialect,
        contenders=tuple(contenders), bars=tuple(bars), extra=("s3rver", "moto") if dialect == "s3" else (),
        notes=("small: a bucket of 1,000 keys; mid, big: see the line above; v2: list-type=2; bar: cost within 20 %",),
    )  # fmt: skip


CASES: tuple[Case, ...] = (
    Case(
        name="put-1k", title="PUT 1 KiB", kind="put", size=KIB, seconds=5, fresh=True,
        contenders=(*DIALECTS, "nginx", "s3rver", "moto"),
        bars=_each(Bar(limit=3.0, against="s3rver"), Bar(limit=5.0, against="moto"), Bar(limit=0.5, against="nginx")),
    ),
    Case(
        name="put-1m", title="upload 1 MiB", kind="put", size=MIB, fresh=True, need_gb=10,
        contenders=(*DIALECTS, "nginx"), extra=_S3, bars=_nginx(1.0),
    ),
    Case(
        name="put-16m", title="upload 16 MiB", kind="put", size=16 * MIB, fresh=True, need_gb=12,
        quick_seconds=2,
        contenders=(*DIALECTS, "nginx"), extra=_S3, bars=_nginx(0.9),
    ),
    Case(
        name="slices-1g", title="upload 1 GiB in 1 MiB slices", kind="slices", group="multipart",
        size=1024 * MIB, quick_size=128 * MIB, part=MIB, fresh=True, need_gb=6, rate_unit="MB/s",
        contenders=("cos_json", "nginx", "nginx-one"), bars=_each(*_PARTS, of=("cos_json",)),
        notes=("nginx: the same bytes as one PUT a slice over 4 connections; nginx-one: as one PUT",),
    ),
    Case(
        name="multipart-1g", title="upload 1 GiB in 8 MiB parts", kind="multipart",
        size=1024 * MIB, quick_size=128 * MIB, part=8 * MIB, fresh=True, need_gb=8, rate_unit="MB/s",
        contenders=(*S3LIKE, "nginx", "nginx-one"), extra=("s3rver", "moto"), bars=_each(*_PARTS, of=S3LIKE),
        notes=("nginx: the same bytes as one PUT a part over 4 connections; nginx-one: as one PUT",),
    ),
    Case(
        name="get-1k", title="GET 1 KiB", kind="get", size=KIB,
        contenders=(*DIALECTS, "nginx", "s3rver"), extra=("moto",), bars=_SMALL_GET,
    ),
    Case(
        name="get-1k-many", title="GET 1 KiB, 1,000 keys in turn", kind="get", size=KIB, objects=1000, quick=False,
        contenders=(*DIALECTS, "nginx", "s3rver"), bars=_SMALL_GET,
    ),
    Case(
        name="get-1k-fresh", title="GET 1 KiB, 1,000 keys in turn, no signature twice", kind="get", size=KIB,
        objects=1000, fresh_signatures=True,
        contenders=(*DIALECTS, "nginx", "s3rver"), bars=_SMALL_GET,
        notes=("what is remembered of earlier requests helps nobody here: each signature is verified",),
    ),
    Case(
        name="get-1m", title="GET 1 MiB", kind="get", size=MIB, rate_unit="MB/s",
        contenders=(*DIALECTS, "nginx"), extra=_S3, bars=_nginx(0.9),
    ),
    Case(
        name="get-64m", title="GET 64 MiB", kind="get", size=64 * MIB, rate_unit="MB/s", quick_seconds=2,
        contenders=(*DIALECTS, "nginx"), extra=_S3, bars=_nginx(0.9),
    ),
    Case(
        name="range-64k", title="Range of 64 KiB out of 64 MiB", kind="get", size=64 * MIB, part=64 * KIB,
        contenders=(*DIALECTS, "nginx"), extra=_S3, bars=_nginx(0.9),
    ),
    *(_listing(dialect) for dialect in DIALECTS),
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
    Case(
        name="mint-tc3", title="mint a right through TencentCloud API 3.0", kind="mint",
        contenders=("ms-empty", "ms-full", "vod-empty", "vod-full"),
        bars=(
            *_each(Bar(limit=1500, unit="/s"), of=("ms-empty", "ms-full", "vod-empty", "vod-full")),
            Bar(limit=FLAT, subject="ms-full", against="ms-empty"),
            Bar(limit=FLAT, subject="vod-full", against="vod-empty"),
        ),
        notes=(
            "ms: CreateCosSecKeyInstance, vod: CreateStorageCredentials",
            "full: a ledger of as many rows as the first line says",
        ),
    ),
    Case(
        name="mint-put-1k", title="PUT 1 KiB, long-term keys and minted ones", kind="put", group="mint", size=KIB,
        contenders=("cos_xml", "cos_xml-minted", "s3", "s3-minted"), bars=(),
        notes=("cos_xml-minted: a key of ms, s3-minted: one of vod; commits_per_request: of the index",),
    ),
    Case(
        name="mint-get-1k", title="GET 1 KiB, long-term keys and minted ones, no signature twice", kind="get",
        group="mint", size=KIB, objects=1000, fresh_signatures=True,
        contenders=("s3", "s3-minted"),
        bars=_each(Bar(limit=0.01, metric="commits_per_request", at_least=False), of=("s3", "s3-minted")),
        notes=("bar: no write to the index for a request, but counters of uses in batches",),
    ),
)  # fmt: skip


def chosen(only: str | None, by_name: tuple[Case, ...] = ()) -> list[Case]:
    """The cases that `only` asks for (comma-separated; None: all but those of `by_name`), in the table's order.

    A word is a case, a group of cases, or a dialect (all storage cases, itself and the peers only);
    `word:dialect` is a case or group with one dialect. Raises ValueError for a word that means nothing.
    """
    if only is None:
        return list(CASES)
    table = (*CASES, *by_name)
    wanted: dict[str, set[str]] = {}  # dialects by case; all of them under ""
    for word in filter(None, (word.strip() for word in only.split(","))):
        name, _, dialect = word.partition(":")
        if name in DIALECTS and not dialect:
            found = [case for case in CASES if case.group != "mint" and _speaks(case, name)]
            dialect = name
        else:
            found = [case for case in table if name in {case.name, case.group or case.kind}]
            found = [case for case in found if not dialect or _speaks(case, dialect)]
        if not found:
            raise ValueError(f"--only: {word!r} is no case, group or dialect (--list names them)")
        for case in found:
            wanted.setdefault(case.name, set()).add(dialect)
    return [_narrowed(case, wanted[case.name]) for case in table if case.name in wanted]


def _speaks(case: Case, dialect: str) -> bool:
    return dialect == case.dialect or dialect in case.contenders


def _narrowed(case: Case, dialects: set[str]) -> Case:
    """The case with these dialects and the peers only."""
    if "" in dialects or case.dialect:
        return case
    kept = tuple(name for name in case.contenders if name in PEERS or name.partition("-")[0] in dialects)
    return replace(case, contenders=kept, bars=tuple(bar for bar in case.bars if bar.subject in kept))


def quickened(case: Case) -> Case:
    """The case as --quick has it."""
    return replace(case, seconds=case.quick_seconds, size=case.quick_size or case.size, extra=())
