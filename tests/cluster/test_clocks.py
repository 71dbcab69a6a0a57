"""A gateway on a machine whose clock is off says so, by how much and what to do, and is well again when that is set."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from behaviour.server import Server
from cluster.faults import FAKETIME, OFF_SECONDS, clock_in
from cluster.gateways import Gateways, gateways
from cluster.postgres import programs
from cluster.stores import CREDENTIALS, running

WAIT_SECONDS = 60.0
pytestmark = pytest.mark.skipif(not FAKETIME.exists(), reason="libfaketime is not installed")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateways]:
    """A database, and no gateway yet."""
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    with gateways(tmp_path_factory.mktemp("clocks"), 0) as made:
        yield made


def store_settings() -> dict[str, str]:
    return {
        "ENTREPOT_BLOBS": running("versitygw").fresh_address(),
        "ENTREPOT_BLOBS_KEY_ID": CREDENTIALS.key_id,
        "ENTREPOT_BLOBS_SECRET": CREDENTIALS.secret,
    }


def asked(gateway: Server, path: str) -> tuple[int, str]:
    found = httpx.get(f"{gateway.address}/-/{path}", trust_env=False, timeout=20)
    return found.status_code, found.text


def ahead(gateway: Server) -> dict[str, float]:
    """What the metrics say, by whose clock it is."""
    found = re.findall(
        r'^entrepot_clock_ahead_seconds\{of="(\w+)"\} (\S+)$', asked(gateway, "metrics")[1], re.MULTILINE
    )
    return {whose: float(seconds) for whose, seconds in found}


def waited(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.5)


def is_off(gateway: Server, whose: set[str], seconds: float) -> bool:
    found = ahead(gateway)
    return set(found) == whose and all(abs(one - seconds) < 5 for one in found.values())


@pytest.mark.parametrize("off", [OFF_SECONDS, -OFF_SECONDS], ids=["fast", "slow"])
def test_at_a_store_a_gateway_is_not_ready_and_says_that_it_is_the_clock(
    cluster: Gateways, tmp_path: Path, off: int
) -> None:
    clock, both = tmp_path / "clock", {"database", "store"}
    gateway = Server(tmp_path, **{**cluster.settings, **store_settings(), **clock_in(clock)})
    gateway.start()
    try:
        assert asked(gateway, "healthz") == (200, "alive\n")
        waited(lambda: is_off(gateway, both, 0.0))
        clock.write_text(f"{off:+d}\n")
        waited(lambda: asked(gateway, "readyz")[0] == 503)
        where = r"36\d\d s ahead of" if off > 0 else r"3[56]\d\d s behind"
        said = rf"this machine's clock is {where} that of the store of the bytes, which refuses .*; set it by NTP\n"
        assert re.match(said, asked(gateway, "readyz")[1]), asked(gateway, "readyz")
        waited(lambda: is_off(gateway, both, off))
        status, text = asked(gateway, "healthz")
        assert status == 200
        for whose in both:
            assert re.search(rf"this machine's clock is {where} the {whose}'s; set it by NTP", text), text
        clock.write_text("+0\n")
        waited(lambda: asked(gateway, "readyz") == (200, "ready\n"))
        waited(lambda: is_off(gateway, both, 0.0))
    finally:
        gateway.stop()
    log = gateway.log.read_text()
    for whose in both:
        assert re.search(rf"clock_off .*of={whose}", log), log[-3000:]
        assert re.search(rf"clock_right .*of={whose}", log), log[-3000:]


def test_without_a_store_it_serves_by_the_databases_clock_and_says_so(cluster: Gateways, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    settings = {**cluster.settings, **clock_in(clock)}
    clock.write_text(f"{OFF_SECONDS:+d}\n")
    gateway = Server(tmp_path, **settings)
    gateway.start()
    try:
        waited(lambda: is_off(gateway, {"database"}, OFF_SECONDS))
        status, text = asked(gateway, "readyz")
        assert (status, text.splitlines()[0]) == (200, "ready")
        assert re.search(r"this machine's clock is 36\d\d s ahead of the database's; set it by NTP", text), text
    finally:
        gateway.stop()
    assert re.search(r"entrepot: this machine's clock is 36\d\d s ahead of the database's", gateway.log.read_text())


def test_it_does_not_start_at_a_store_that_would_refuse_it(cluster: Gateways, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    settings = {**cluster.settings, **store_settings(), **clock_in(clock)}
    clock.write_text(f"{OFF_SECONDS:+d}\n")
    with pytest.raises(
        AssertionError, match=r"this machine's clock and the store's are 36\d\d s apart; set both by NTP"
    ):
        Server(tmp_path, **settings).start()
