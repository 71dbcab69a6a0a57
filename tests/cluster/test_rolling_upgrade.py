"""Gateways of one schema and of the next serve side by side: while clients work, the database is migrated and one
gateway after the other is replaced by one that knows the next schema. Not one request fails.

The next schema is made by this test: a column, an index and a table more, as a migration may (``schema.py``).
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import asyncpg
import pytest

from behaviour.client import DEV
from behaviour.server import SOURCE
from cluster.gateways import Gateways
from cluster.haproxy import CHECK_MS, balanced, free_port, program
from cluster.load import loaded
from cluster.postgres import programs
from entrepot.adapters.postgres import migrating
from entrepot.adapters.postgres.schema import MIGRATIONS

NEXT = (
    "ALTER TABLE objects ADD COLUMN colour text",
    "ALTER TABLE blobs ADD COLUMN kept_until double precision NOT NULL DEFAULT 0",
    "CREATE INDEX objects_by_colour ON objects (colour) WHERE colour IS NOT NULL",
    "CREATE TABLE colours (name text PRIMARY KEY)",
)
_KNOWS_NEXT = f"""
from entrepot.adapters.postgres import schema
schema.MIGRATIONS = (*schema.MIGRATIONS, {NEXT!r})
"""


def _next_version(folder: Path) -> str:
    """A path of Python's on which our program is the next version, which knows one schema more."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_KNOWS_NEXT)
    return os.pathsep.join([str(folder), str(SOURCE)])


async def _migrated(address: str) -> tuple[int, int]:
    connection = await asyncpg.connect(address)
    try:
        return await migrating.migrate(connection)
    finally:
        await connection.close()


@pytest.mark.skipif(programs() is None, reason="PostgreSQL's server is not installed (Debian: postgresql)")
@pytest.mark.skipif(program() is None, reason="HAProxy is not installed (Debian: haproxy)")
def test_no_request_fails_while_the_schema_is_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = _next_version(tmp_path / "later")
    ports = [free_port() for _ in range(3)]
    cluster = Gateways(tmp_path, 0, ENTREPOT_NOTICE_SECONDS="1")
    try:
        for number, port in enumerate(ports):
            cluster.all.append(cluster.another(number, "--port", str(port)))
        name = cluster.all[0].make_bucket(DEV.appid, "upgraded")
        with balanced(ports) as port, loaded([port], name) as workers:
            time.sleep(1)
            monkeypatch.setattr(migrating, "MIGRATIONS", (*MIGRATIONS, NEXT))
            assert asyncio.run(_migrated(cluster.settings["ENTREPOT_INDEX"])) == (len(MIGRATIONS), len(MIGRATIONS) + 1)
            time.sleep(1)  # all gateways are of the version before, on the next schema
            for gateway in cluster.all:
                assert gateway.stop() == 0, gateway.tail()
                gateway.settings["PYTHONPATH"] = later
                gateway.start()
                time.sleep(3 * CHECK_MS / 1000)
            # One more of the version before starts on the next schema as well: an upgrade may be taken back.
            del cluster.all[0].settings["PYTHONPATH"]
            assert cluster.all[0].stop() == 0
            cluster.all[0].start()
            time.sleep(3 * CHECK_MS / 1000)
        assert [worker.tally.failures for worker in workers] == [[]] * len(workers)
        assert not any(worker.tally.broken for worker in workers)
        assert all(worker.tally.steps for worker in workers)
        speaker = cluster.speaker(cluster.all[0], name)
        for worker in workers:
            for key, content in worker.tally.acknowledged.items():
                assert speaker.content(key) == content, key
        found = cluster.all[1].run("fsck", "--digests")
        assert found.returncode == 0, found.stdout + found.stderr
        cluster.hang_up()
    finally:
        cluster.stop()


def test_the_next_version_refuses_the_schema_before_it(tmp_path: Path) -> None:
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    cluster = Gateways(tmp_path, 1)
    try:
        gateway = cluster.all[0]
        gateway.settings["PYTHONPATH"] = _next_version(tmp_path / "later")
        refused = gateway.run("fsck")
        assert refused.returncode != 0
        assert "run `entrepot migrate`" in refused.stderr
        migrated = gateway.run("migrate")
        assert migrated.returncode == 0, migrated.stderr
        assert gateway.run("fsck").returncode == 0
        del gateway.settings["PYTHONPATH"]
        again = gateway.run("migrate")
        assert again.returncode != 0, "a version before must not say that the next schema is its own"
        cluster.hang_up()
    finally:
        cluster.stop()
