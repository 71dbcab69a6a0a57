"""A full disk: of the database, of the store, of a gateway. What cannot be kept is refused, in each dialect's words for
"try again"; what was acknowledged is read on where its engine answers; and when there is room again all is as before.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from behaviour.bucket import Bucket
from behaviour.client import DEV, some_bytes
from behaviour.storage.clouds import CLOUDS
from behaviour.storage.speaker import Speaker
from cluster.gateways import Gateways, gateways
from cluster.postgres import Postgres, programs
from cluster.stores import CREDENTIALS, VersityGw
from cluster.wholeness import check_whole, wait_until
from faults.volume import Volume, mounted, needs_loop

pytestmark = pytest.mark.faults
FEW, LONG = 500, 300_000
"""Bytes that are kept in the index, and in the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """A disk of this size that is full: which bodies are refused then, which are stored, whether all is read."""

    mib: int
    refused: tuple[int, ...] = ()
    taken: tuple[int, ...] = ()
    reads: bool = True


WHOSE = {
    "database": Full(mib=160, reads=False),
    "store": Full(mib=32, refused=(LONG,), taken=(FEW,)),
    "gateway": Full(mib=32, taken=(FEW, LONG)),
}
"""A database has some room in its own files still: it takes a while until it takes no more. Then it may stop, so that
nothing can be read either, and nothing is asked of it.
"""
UNTIL_FULL = 600


@contextmanager
def full_at(whose: str, volume: Volume) -> Iterator[Gateways]:
    """One gateway on a database and a store, one of them on the volume."""
    with ExitStack() as held:
        place = {whose: volume.root}
        store = VersityGw(place.get("store"))
        held.callback(store.stop)
        root = place.get("gateway") or Path(held.enter_context(tempfile.TemporaryDirectory()))
        settings = {
            "ENTREPOT_BLOBS": store.fresh_address(),
            "ENTREPOT_BLOBS_KEY_ID": CREDENTIALS.key_id,
            "ENTREPOT_BLOBS_SECRET": CREDENTIALS.secret,
        }
        postgres = Postgres(root=place.get("database"))
        cluster = held.enter_context(gateways(root, 1, postgres=postgres, **settings))
        yield cluster
        cluster.hang_up()


def speakers(cluster: Gateways, name: str) -> list[Speaker]:
    """The owner in each dialect, each on a connection of its own."""
    gateway = cluster.all[0]
    return [
        Speaker(
            bucket=Bucket(server=cast("Any", gateway), name=name, client=cluster.client(gateway)),
            cloud=cloud,
            owner=DEV,
        )
        for cloud in CLOUDS
    ]


def filled_up(there: list[Speaker]) -> dict[str, bytes]:
    """Store small objects in turn until each dialect was refused one, with 503; what was stored."""
    stored: dict[str, bytes] = {}
    waiting = list(there)
    for number in range(UNTIL_FULL):
        if not waiting:
            return stored
        speaker = waiting[number % len(waiting)]
        key = f"{speaker.cloud.name}-{number}-full"
        content = some_bytes(60_000, key)
        reply = speaker.ask("PUT", key, body=content)
        if reply.status == 200:
            stored[key] = content
        else:
            assert reply.status == 503, f"{key}: {reply}"
            waiting.remove(speaker)
    raise AssertionError(f"{len(stored)} objects were stored on a full disk")


@pytest.mark.parametrize("whose", WHOSE)
def test_a_full_disk(whose: str) -> None:
    needs_loop()
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    full = WHOSE[whose]
    with tempfile.TemporaryDirectory(prefix="entrepot-full-") as folder, ExitStack() as held:
        Path(folder).chmod(0o755)  # the database's user must be able to enter
        volume = held.enter_context(mounted(Path(folder), mib=full.mib))
        volume.root.chmod(0o755)
        try:
            cluster = held.enter_context(full_at(whose, volume))
        except FileNotFoundError as lacking:
            pytest.skip(str(lacking))
        name = "full"
        speakers(cluster, name)[0].ok("PUT")  # not by this process, which would keep the folder open
        stored: dict[str, bytes] = {}
        for speaker in speakers(cluster, name):
            for size in (FEW, LONG):
                key = f"{speaker.cloud.name}-{size}"
                stored[key] = some_bytes(size, key)
                speaker.put(key, stored[key])
        volume.fill()
        for speaker in speakers(cluster, name):
            for size in (*full.refused, *full.taken):
                key = f"{speaker.cloud.name}-{size}-full"
                content = some_bytes(size, key)
                reply = speaker.ask("PUT", key, body=content)
                assert reply.status == (503 if size in full.refused else 200), f"{key}: {reply}"
                if size in full.taken:
                    stored[key] = content
        if full.reads:
            check_whole(speakers(cluster, name)[0], stored)
        else:
            stored |= filled_up(speakers(cluster, name))
        volume.room()
        if not cluster.postgres.is_there:  # it had to stop; its operator starts it again
            cluster.postgres.start()
        wait_until(True, cluster.all)
        for speaker in speakers(cluster, name):
            for size in (FEW, LONG):
                key = f"{speaker.cloud.name}-{size}-after"
                stored[key] = some_bytes(size, key)
                speaker.put(key, stored[key])
        check_whole(speakers(cluster, name)[0], stored)
        found = cluster.all[0].run("fsck", "--digests")
        assert found.returncode == 0, found.stdout + found.stderr
