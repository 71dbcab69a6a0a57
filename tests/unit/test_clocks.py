"""How far clocks are apart: as it is found out, and as it is told."""

from __future__ import annotations

import asyncio
import email.utils
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from entrepot.adapters.s3_backend import health as s3_health
from entrepot.adapters.s3_backend.address import Credentials, Place
from entrepot.adapters.s3_backend.calls import Calls
from entrepot.adapters.s3_backend.health import ClockError, Health
from entrepot.front.connections.cycle import run_until_it_waits
from entrepot.log import log
from entrepot.upkeep import clocks
from entrepot.upkeep.clocks import Clocks

NOON = 1_700_000_000
KEY = Credentials(key_id="i", secret="s")


class _Noon(BaseHTTPRequestHandler):
    """A store where it is a quarter of a second after noon, which refuses everybody."""

    def do_HEAD(self) -> None:
        self.send_response_only(403)
        self.send_header("Date", email.utils.formatdate(NOON, usegmt=True))
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent."""


@pytest.fixture
def noon() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Noon)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("machine", "ahead"),
    [(NOON + 0.25, 0.0), (NOON, 0.0), (NOON + 0.99, 0.0), (NOON + 3600.5, 3600.0), (NOON - 3599.5, -3600.0)],
)
def test_a_refusal_tells_the_time_too_in_whole_seconds(noon: str, machine: float, ahead: float) -> None:
    calls = Calls(Place(endpoint=noon, bucket="bytes"), KEY, 5.0, lambda: machine)
    assert calls.clock_ahead(lambda: machine) == ahead
    calls.close()


def test_nobody_tells_the_time_of_a_store_that_is_away() -> None:
    calls = Calls(Place(endpoint="http://127.0.0.1:9", bucket="bytes"), KEY, 5.0, lambda: 0.0)
    assert calls.clock_ahead(lambda: 0.0) is None
    calls.close()


def looking(values: dict[str, float | None]) -> Clocks:
    async def look(whose: str) -> float | None:
        return values[whose]

    return Clocks({whose: lambda whose=whose: look(whose) for whose in values})  # type: ignore[misc]


async def test_a_clock_that_is_off_is_told_with_what_to_do() -> None:
    values: dict[str, float | None] = {"database": -3600.2, "store": 4.9}
    found = looking(values)
    assert found.notices() == []
    await found.look()
    assert found.notices() == [
        "this machine's clock is 3600 s behind the database's; set it by NTP (all gateways go by that one)"
    ]
    values |= {"database": None, "store": 7.0}
    await found.look()
    assert found.ahead == {"store": 7.0}
    why = "a store refuses what is signed 15 minutes off"
    assert found.notices() == [f"this machine's clock is 7 s ahead of the store's; set it by NTP ({why})"]


async def test_the_log_is_told_when_it_comes_and_when_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "_EVERY_SECONDS", 0.001)
    values: dict[str, float | None] = {"store": 0.0}
    with log.captured() as lines:
        running = asyncio.create_task(looking(values).run())
        for ahead in (0.0, 900.0, 905.0, None, 910.0, 1.0, 0.0):
            values["store"] = ahead
            await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert [(line["event"], line["of"], line["ahead_seconds"]) for line in lines] == [
        ("clock_off", "store", 900.0), ("clock_right", "store", 1.0),
    ]  # fmt: skip
    assert "set it by NTP" in lines[0]["why"]


async def test_readiness_says_that_it_is_the_clock() -> None:
    async def refused() -> None:
        raise ClockError("this machine's clock is 3600 s ahead; set it by NTP")

    health = Health(refused)
    health.doubt()
    assert await health.problem() == "this machine's clock is 3600 s ahead; set it by NTP"
    for task in [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]:
        task.cancel()


async def test_readiness_can_be_asked_by_what_is_no_task_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a request without a body asks, where the index does not wait before."""
    monkeypatch.setattr(s3_health, "_FRESH_SECONDS", -1.0)

    async def answers() -> None:
        await asyncio.sleep(0)

    loop = asyncio.get_running_loop()
    said: asyncio.Future[str | None] = loop.create_future()

    async def asked() -> None:
        try:
            said.set_result(await Health(answers).problem())
        except RuntimeError as error:
            said.set_exception(error)

    kept: list[object] = []
    loop.call_soon(lambda: kept.append(run_until_it_waits(loop, asked())))
    assert await said is None
