"""What must be true of gateways when all faults are over: nothing acknowledged is lost, nothing is left over."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from pathlib import Path

from behaviour.bucket import Bucket
from behaviour.client import DEV, form, some_bytes
from behaviour.server import Server
from behaviour.storage.clouds import CLOUDS
from behaviour.storage.speaker import Speaker
from cluster.bucket import opened
from cluster.gateways import Gateways
from cluster.load import LONG
from cluster.stores import Store
from entrepot.adapters.files.blobs import MARGIN_SECONDS, FileBlobs
from entrepot.adapters.postgres.index import PostgresIndex
from entrepot.adapters.s3_backend.blobs import S3Blobs
from entrepot.adapters.secrets.vault import load_vault
from entrepot.upkeep.settings import SweepSettings
from entrepot.upkeep.sweep import Sweeper

_READY_SECONDS = 30.0
_TOLD_SECONDS = 10.0
"""For all that a gateway is asked while an engine is away: one answer takes three seconds at most, later ones none."""
_COS_JSON_AWAY = -181


def ready(gateway: Server) -> bool:
    """Whether it says so."""
    client = gateway.client()
    try:
        return client.send("GET", "/-/readyz").status == 200
    except OSError:
        return False
    finally:
        client.close()


def wait_until(state: bool, gateways: Iterable[Server], seconds: float = _READY_SECONDS) -> None:
    """Wait until all of them are ready, or none is."""
    until = time.monotonic() + seconds
    for gateway in gateways:
        while ready(gateway) is not state:
            assert time.monotonic() < until, f"readiness is not {state}:\n{gateway.tail()}"
            time.sleep(0.1)


def check_told(cluster: Gateways, bucket: str, *, store: bool) -> None:
    """While the database is away, or the ``store``, every gateway answers in each dialect that it cannot, and soon; it
    says that it lives, so that nobody restarts it.
    """
    content = some_bytes(LONG, "away") if store else b"x"
    for gateway in cluster.all:
        client = gateway.client()
        try:
            assert client.send("GET", "/-/healthz").status == 200
            at = Bucket(server=gateway, name=bucket, client=client)
            began = time.monotonic()
            told = at.ask(form("upload", "/away", content, insertOnly="0"))
            assert told.code == _COS_JSON_AWAY, str(told)
            for cloud in CLOUDS:
                speaker = Speaker(bucket=at, cloud=cloud, owner=DEV)
                for method in ("PUT",) if store else ("PUT", "GET", "HEAD", "DELETE"):
                    reply = speaker.ask(method, "away", body=content if method == "PUT" else b"")
                    assert reply.status == 503, str(reply)
            assert time.monotonic() - began < _TOLD_SECONDS
        finally:
            client.close()


def check_whole(speaker: Speaker, acknowledged: dict[str, bytes]) -> None:
    """Everything that was acknowledged is there as it was sent."""
    for key, content in acknowledged.items():
        assert speaker.content(key) == content, key


def check_clean(cluster: Gateways, store: Store | None, root: Path) -> int:
    """``fsck`` finds nothing, and after a sweep that takes all it may nothing is left that no name leads to.

    The sweep is told that no request is under way, which is true. Returns how many orphans there were.
    """
    found = cluster.all[0].run("fsck", "--digests", "--json")
    assert found.returncode == 0, found.stdout[-3000:] + found.stderr[-3000:]
    orphans = asyncio.run(_swept(cluster, store, root))
    again = cluster.all[0].run("fsck", "--digests")
    assert again.returncode == 0, again.stdout[-3000:] + again.stderr[-3000:]
    assert json.loads(found.stdout)
    return orphans


async def _swept(cluster: Gateways, store: Store | None, root: Path) -> int:
    key = cluster.settings["ENTREPOT_MASTER_KEY"]
    index = PostgresIndex(cluster.settings["ENTREPOT_INDEX"], load_vault(root, key))
    blobs: FileBlobs | S3Blobs
    if store is not None:
        blobs = opened(store.place(), later=5.0)
    else:
        folder = Path(cluster.settings["ENTREPOT_BLOBS"].removeprefix("file://"))
        blobs = FileBlobs(folder, lambda: "0" * 32, request_seconds=-MARGIN_SECONDS - 5.0)
    sweeper = Sweeper(index, blobs, lambda: time.time() + 5, SweepSettings(garbage_seconds=0.0))
    try:
        await asyncio.sleep(1.1)
        swept = await sweeper.sweep(orphans=True)
        names = await asyncio.to_thread(lambda: list(blobs.names(-5.0)))
        unknown = await index.scan(lambda reader: [name for name in names if not reader.has_blob(name)])
        assert unknown == []
        assert await blobs.drop_unfinished(0.0) == 0
    finally:
        index.close()
        await asyncio.to_thread(blobs.close)
        await asyncio.sleep(0.01)
    return swept.orphans
