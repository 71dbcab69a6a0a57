"""A gateway that stood still between storing bytes and naming them: another one may have swept them meanwhile, so that
they must not be named any more. The clocks are turned; the database's own is the one that counts.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cluster.engines import empty_database
from cluster.postgres import programs
from contracts.engines import random_ids, sealed, staged
from entrepot.adapters.files import blobs as files
from entrepot.adapters.files.blobs import FileBlobs
from entrepot.adapters.postgres.index import NAMING_SECONDS, PostgresIndex
from entrepot.adapters.s3_backend.blobs import MARGIN_SECONDS
from entrepot.adapters.secrets.vault import load_vault
from entrepot.core.fault import Fault
from entrepot.core.rules.intake import Intake
from entrepot.core.value import changed

REQUEST_SECONDS = 3600.0
TRANSACTION_SECONDS = 480.0
"""What may pass between naming and commit: a dozen pauses and waits for locks, each ended by the database (30 s)."""


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PostgresIndex]:
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    made = PostgresIndex(empty_database(), load_vault(tmp_path, None), request_seconds=REQUEST_SECONDS)
    yield made
    made.close()


@pytest.mark.parametrize("aged", [REQUEST_SECONDS, REQUEST_SECONDS + NAMING_SECONDS - 5])
async def test_bytes_of_a_request_that_may_still_run_are_named(index: PostgresIndex, aged: float) -> None:
    content = changed(staged(b"bytes", "ab" * 16), begun_at=time.time() - aged)
    blob = await index.write(lambda tx: tx.add_blob(content))
    assert await index.scan(lambda reader: reader.has_blob("ab" * 16))
    assert blob
    index.close()


async def test_bytes_that_may_have_been_swept_are_not_named(index: PostgresIndex) -> None:
    content = changed(staged(b"bytes", "cd" * 16), begun_at=time.time() - REQUEST_SECONDS - NAMING_SECONDS - 1)
    with pytest.raises(Fault) as caught:
        await index.write(lambda tx: tx.add_blob(content))
    assert caught.value.reason == "unavailable"
    assert not await index.scan(lambda reader: reader.has_blob("cd" * 16))
    assert NAMING_SECONDS + TRANSACTION_SECONDS < MARGIN_SECONDS
    index.close()


async def chunks(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def test_the_time_of_the_intake_goes_with_the_bytes(index: PostgresIndex, tmp_path: Path) -> None:
    """As it is when a request that began long ago goes on."""
    blobs = FileBlobs(tmp_path, random_ids)
    late = REQUEST_SECONDS + NAMING_SECONDS + 1
    async with Intake(blobs, inline_bytes=10, clock=lambda: time.time() - late) as intake:
        content = await intake.stage(chunks(b"x" * 100), limit=1000)
        with pytest.raises(Fault):
            await index.write(lambda tx: tx.add_blob(content))
    async with Intake(blobs, inline_bytes=10, clock=time.time) as intake:
        content = await intake.stage(chunks(b"x" * 100), limit=1000)
        assert await index.write(lambda tx: tx.add_blob(content))
        intake.adopted(content)
    blobs.close()
    index.close()


async def test_files_of_many_gateways_are_as_old_as_their_folder_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway whose clock is two hours fast must not sweep what another one is about to name."""
    shared = FileBlobs(tmp_path, random_ids, request_seconds=REQUEST_SECONDS)
    name = await sealed(shared, b"about to be named")
    true = time.time
    monkeypatch.setattr(files.time, "time", lambda: true() + 7200)
    assert list(shared.names(0.0)) == []
    assert list(FileBlobs(tmp_path, random_ids, request_seconds=-files.MARGIN_SECONDS - 5).names(-5.0)) == [name]
    shared.close()
