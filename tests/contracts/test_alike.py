"""Settings that gateways of one index should have alike: what differs is refused or told, and a sweep is safe then."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from contracts.engines import sealed
from contracts.shared_index import Shared, run
from entrepot.adapters.files.blobs import MARGIN_SECONDS
from entrepot.adapters.opening import OpenError
from entrepot.front.connections.limits import ConnectionLimits

KEYS = {"master_key": bytes(32)}
LONG = {"limits": ConnectionLimits(request_seconds=7200.0)}


@pytest.fixture
def shared(database: str, tmp_path: Path) -> Shared:
    """An index and a place for bytes."""
    (tmp_path / "bytes").mkdir()
    return Shared(database, tmp_path)


def test_another_place_for_bytes_is_refused(shared: Shared, tmp_path: Path) -> None:
    async def both() -> None:
        async with shared.opened(KEYS, serves=True):
            async with shared.opened(KEYS) as asks:  # who only asks is not minded
                assert await asks.index.scan(lambda reader: reader.accounts()) == []
            with pytest.raises(OpenError, match="gateways of one index have one place for bytes"):
                async with shared.opened(KEYS, serves=True, blobs=f"file://{tmp_path / 'elsewhere'}"):
                    pass
            async with shared.opened(KEYS, serves=True):  # and the one that was refused left nothing
                pass

    run(both())


def test_what_differs_is_told(shared: Shared) -> None:
    async def both() -> list[str]:
        async with shared.opened(KEYS, serves=True), shared.opened(KEYS, serves=True, **LONG) as other:
            return other.warnings

    (warning,) = run(both())
    assert warning.startswith("limits.request_seconds is 7200.0 here and 3600.0 at ")


def test_a_sweep_goes_by_the_longest_request_of_all(shared: Shared, tmp_path: Path) -> None:
    """Bytes that a gateway with longer requests may still name are not listed by one with shorter ones."""

    async def listed() -> list[list[str]]:
        async with shared.opened(KEYS, serves=True) as short:
            name = await sealed(short.blobs, b"begun")
            then = time.time() - 3600 - MARGIN_SECONDS - 10
            os.utime(next((tmp_path / "bytes" / "blobs").rglob(name)), (then, then))
            seen = [await asyncio.to_thread(lambda: list(short.blobs.names(0.0)))]
            async with shared.opened(KEYS, serves=True, **LONG):
                await short._gateway.leases.look()  # as it does every twenty seconds
                seen.append(list(short.blobs.names(0.0)))
                shared.sql("UPDATE leases SET until = now() - interval '1 minute' WHERE request_seconds > 7000")
                await short._gateway.leases.look()
                seen.append(list(short.blobs.names(0.0)))  # one that vanished may wake
            await short._gateway.leases.look()
            seen.append(list(short.blobs.names(0.0)))
            return [[one for one in names if one == name] for names in seen]

    before, meanwhile, vanished, after = run(listed())
    assert before == after != []
    assert meanwhile == vanished == []
