"""A crowd at a gateway whose database or store stands still: each is told 503 within seconds, memory does not grow with
the crowd, and the gateway serves again by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from cluster.gateways import Gateways, gateways
from cluster.postgres import programs
from cluster.stores import CREDENTIALS, VersityGw
from cluster.wholeness import wait_until

CLIENTS = 300
BODY = bytes(range(256)) * 4096
MEMORY_BYTES = 32 << 20
"""The setting: of what uploads on their way to a store may have."""
ANSWER_SECONDS = 30.0
"""No limit of ours is as long; three seconds are what an engine is waited for."""
MOST_MB = 120.0
"""Less than half of what the bodies are together: 300 connections with what is under way of each, and the budget."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateways, VersityGw]]:
    """One gateway, a database, and a store of its own."""
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    with ExitStack() as held:
        try:
            store = VersityGw()
        except FileNotFoundError as lacking:
            pytest.skip(str(lacking))
        held.callback(store.stop)
        settings = {
            "ENTREPOT_BLOBS": store.fresh_address(),
            "ENTREPOT_BLOBS_MEMORY_BYTES": str(MEMORY_BYTES),
            "ENTREPOT_BLOBS_KEY_ID": CREDENTIALS.key_id,
            "ENTREPOT_BLOBS_SECRET": CREDENTIALS.secret,
        }
        made = held.enter_context(gateways(tmp_path_factory.mktemp("crowd"), 1, **settings))
        yield made, store


def resident_mb(pid: int) -> float:
    """What the process has in memory now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1000
    raise AssertionError("no VmRSS")


async def told(port: int, request: bytes, body: bytes) -> tuple[int, float]:
    """The status of the reply to one request, and after how long it came."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        writer.write(body)
        line = await reader.readline()
        return int(line.split()[1]), time.monotonic() - began
    finally:
        writer.close()
        with suppress(OSError):  # a server that refused before the body was sent may have reset the line
            await writer.wait_closed()


def request_of(minted: Any, method: str, length: int) -> bytes:
    parts = urlsplit(minted["url"])
    return (
        f"{method} {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {length}\r\n"
        "Connection: close\r\n\r\n"
    ).encode()


async def crowd(port: int, pid: int, request: bytes, body: bytes) -> tuple[list[int], float, float]:
    """All at once: their statuses, the longest wait, and the most memory meanwhile."""
    most, over = resident_mb(pid), asyncio.Event()

    async def watch() -> None:
        nonlocal most
        while not over.is_set():
            most = max(most, resident_mb(pid))
            await asyncio.sleep(0.05)

    watching = asyncio.create_task(watch())
    replies = await asyncio.gather(*(told(port, request, body) for _ in range(CLIENTS)))
    over.set()
    await watching
    return [status for status, _ in replies], max(waited for _, waited in replies), most


@pytest.mark.parametrize("engine", ["database", "store"])
@pytest.mark.parametrize("method", ["PUT", "GET"])
async def test_a_crowd_is_told_so_and_costs_no_memory(
    stage: tuple[Gateways, VersityGw], engine: str, method: str
) -> None:
    cluster, store = stage
    gateway = cluster.all[0]
    name = f"crowd-{engine}-{method.lower()}"
    owner = cluster.speaker(gateway, name)
    owner.ok("PUT")
    owner.put("long", BODY)
    minted = cluster.operator(gateway).url(name, "long", method)
    body = BODY if method == "PUT" else b""
    request = request_of(minted, method, len(body))
    pid = gateway.pid
    assert pid is not None
    assert (await told(gateway.port, request, body))[0] == 200
    cluster.hang_up()
    before = resident_mb(pid)
    halted = cluster.postgres if engine == "database" else store
    halted.pause()
    try:
        for _ in range(2):
            statuses, longest, most = await crowd(gateway.port, pid, request, body)
            assert set(statuses) == {503}
            assert longest < ANSWER_SECONDS
            assert most - before < MOST_MB
    finally:
        halted.go_on() if engine == "database" else store.resume()
    await asyncio.to_thread(wait_until, True, cluster.all)
    until = time.monotonic() + 5
    while (await told(gateway.port, request, body))[0] != 200:
        assert time.monotonic() < until, "it does not serve again"
        await asyncio.sleep(0.1)
