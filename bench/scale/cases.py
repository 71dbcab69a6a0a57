"""What is measured of many gateways, and the bars of it.

Law: data only. `embedded` is Entrepot as it comes, with one worker; `gateways-N` are N processes of one worker each on
one PostgreSQL server and one store; `sending-on` is one that sends large downloads on to the store; `pgbench` sends
PostgreSQL the statements that a gateway sends, `store` is the store by itself. All share the machine with the load
generator, so that more gateways than cores cannot be quicker.
"""

from __future__ import annotations

from bench.cases import KIB, MIB, Bar, Case

EMBEDDED, STORE, PGBENCH, SENDING_ON = "embedded", "store", "pgbench", "sending-on"
GATEWAYS = ("gateways-1", "gateways-2", "gateways-3")
_OURS = (EMBEDDED, *GATEWAYS)


def _of(limit: float, against: str) -> tuple[Bar, ...]:
    """One gateway against somebody."""
    return (Bar(limit=limit, subject="gateways-1", against=against),)


def _case(name: str, title: str, kind: str, *others: str, **more: object) -> Case:
    return Case(name=f"scale-{name}", title=title, kind=kind, group="scale", contenders=(*_OURS, *others), **more)  # type: ignore[arg-type]


SCALE: tuple[Case, ...] = (
    _case("get-1k", "GET 1 KiB", "get", PGBENCH, size=KIB, bars=_of(1 / 4, EMBEDDED)),
    _case(
        "get-1k-fresh", "GET 1 KiB, 1,000 keys in turn, no signature twice", "get", PGBENCH, size=KIB, objects=1000,
        fresh_signatures=True, bars=_of(1 / 4, EMBEDDED),
    ),
    _case("put-1k", "PUT 1 KiB", "put", PGBENCH, size=KIB, fresh=True, bars=()),
    _case(
        "put-16m", "upload 16 MiB", "put", STORE, size=16 * MIB, fresh=True, need_gb=12, quick_seconds=3,
        bars=_of(0.7, STORE),
    ),
    _case(
        "get-16m", "GET 16 MiB", "get", STORE, size=16 * MIB, rate_unit="MB/s", quick_seconds=3, bars=_of(0.7, STORE),
    ),
    Case(
        name="scale-get-16m-by-curl", title="GET 16 MiB by curl -L, passed on or sent on", kind="curl", group="scale",
        contenders=("gateways-1", SENDING_ON, STORE), size=16 * MIB, rate_unit="MB/s", quick_seconds=3,
        bars=(Bar(limit=0.7, subject=SENDING_ON, against=STORE),),
    ),
    _case("list", "list one page of 1,000, from the middle", "list", PGBENCH, dialect="s3", bars=_of(1 / 3, EMBEDDED)),
    _case("mint", "mint a right (CreateCosSecKeyInstance)", "mint", bars=_of(1 / 3, EMBEDDED)),
)  # fmt: skip
