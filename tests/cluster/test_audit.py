"""One chain of audit lines, whoever writes them: a gateway that writes alone, several in turn, several at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from cluster.engines import prepare
from cluster.postgres import Postgres, programs
from entrepot.adapters.audit.chain import Report
from entrepot.adapters.postgres.audit import PgAudit
from entrepot.adapters.postgres.connections import Connections
from entrepot.core.rights.audit import Event


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    server = Postgres(durable=False)
    yield server
    server.stop()


@pytest.fixture
def address(postgres: Postgres, request: pytest.FixtureRequest) -> str:
    """A database with tables and no line."""
    made = postgres.make(f"audit{abs(hash(request.node.name)) % 10**9}")
    prepare(made)
    return made


@asynccontextmanager
async def writers(address: str, count: int) -> AsyncIterator[list[PgAudit]]:
    """The log as so many processes have it."""
    pools = [Connections(address, 2) for _ in range(count)]
    yield [PgAudit(pool) for pool in pools]
    for pool in pools:
        pool.close()
    await asyncio.sleep(0.05)  # sockets are closed by the loop


def event(who: str, number: int) -> Event:
    return Event(what="use", at=1.7e9, facts={"key": f"{who}-{number}"})


async def seen(audit: PgAudit) -> tuple[Report, list[str]]:
    """The report, and the keys of all lines in their order."""
    keys: list[str] = []
    report = await audit.checked(tell=lambda _what, facts: keys.append(facts["key"]))
    return report, keys


async def test_a_gateway_that_writes_alone(address: str) -> None:
    async with writers(address, 1) as (audit,):
        for number in range(20):
            await audit.append([event("a", number), event("b", number)])
        report, keys = await seen(audit)
    assert (report.damage, report.lines) == ([], 40)
    assert keys == [f"{who}-{number}" for number in range(20) for who in "ab"]


async def test_two_in_turn_and_one_that_comes_back(address: str) -> None:
    """Each remembers an end that the other has moved on from."""
    async with writers(address, 2) as (first, second):
        turns = [first, first, first, second, first, second, second, second, first, first, first, second]
        for number, audit in enumerate(turns):
            await audit.append([event("x", number)])
        report, keys = await seen(first)
    assert report.damage == []
    assert keys == [f"x-{number}" for number in range(len(turns))]


async def test_many_at_once_and_one_that_vanishes(address: str, postgres: Postgres) -> None:
    """What was acknowledged is there once and in its writer's order; what was not is there once at most."""
    acknowledged: list[str] = []

    async def write(who: str, audit: PgAudit) -> None:
        for number in range(60):
            await audit.append([event(who, number)])
            acknowledged.append(f"{who}-{number}")

    async def vanish() -> None:
        await asyncio.sleep(0.05)
        ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{}'"
        await asyncio.to_thread(postgres.sql, ended.format(address.rpartition("/")[2]))

    async with writers(address, 5) as (reader, *audits):
        work = [write(f"w{number}", audit) for number, audit in enumerate(audits)]
        await asyncio.gather(*work, vanish(), return_exceptions=True)
        report, keys = await seen(reader)
    assert report.damage == []
    assert len(keys) == len(set(keys))
    assert set(acknowledged) <= set(keys)
    for number in range(len(audits)):
        own = [key for key in keys if key.startswith(f"w{number}-")]
        assert own == [f"w{number}-{each}" for each in range(len(own))]
