"""What goes wrong at a set of gateways, as a table: how each fault begins, how it ends, and who cannot serve meanwhile.

The stage is HAProxy before three gateways before a database and a store, with a link of toxiproxy between each pair.
"""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from behaviour.client import DEV
from behaviour.storage.speaker import head_of
from cluster.gateways import Gateways
from cluster.haproxy import balanced, free_port
from cluster.stores import BUCKET, CREDENTIALS, STORES, Store
from cluster.toxiproxy import Network, network

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
"""Debian's faketime; where it is not there, clocks stay right and the fault of the clock is left out."""
OFF_SECONDS = 3600
UNDER_WAY = "under way"
"""The key of an upload that is never finished."""
_LONG = 30_000_000


@dataclass(slots=True)
class Stage:
    """All that faults are done to; ``port`` is the balancer's. ``store`` is None where bytes are in a folder.
    ``bucket`` is where objects go.
    """

    cluster: Gateways
    bucket: str
    network: Network
    store: Store | None
    port: int
    clock: Path | None

    def signal(self, turn: int, number: int) -> None:
        """Send a signal to one gateway."""
        self.cluster.all[turn % 3].signal(number)

    def turn_clock(self, seconds: int) -> None:
        """The clock of the last gateway's machine."""
        assert self.clock is not None
        self.clock.write_text(f"{seconds:+d}\n")


Act = Callable[[Stage, int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault: for ``seconds``, between ``begin`` and ``end``. What is ``away`` makes every gateway not ready."""

    name: str
    begin: Act
    end: Act = lambda stage, _turn: stage.network.heal()
    seconds: float = 1.5
    away: bool = False
    store: bool = False
    """Whether it is one of the store."""
    clock: bool = False


def _spoilt(name: str, kind: str, **attributes: int) -> Act:
    return lambda stage, _turn: stage.network.spoil(name, kind, **attributes)


def _restarted(stage: Stage, turn: int) -> None:
    stage.cluster.all[turn % 3].start()


def _killed_in_mid_upload(stage: Stage, turn: int) -> None:
    """SIGKILL of a gateway that has most of an upload and waits for the rest."""
    gateway = stage.cluster.all[turn % 3]
    speaker = stage.cluster.speaker(gateway, stage.bucket)
    body = b"z" * _LONG
    head = head_of(speaker.signed(speaker.asked("PUT", UNDER_WAY, body=body)), f"Content-Length: {len(body)}")
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as sending:
        sending.sendall(head + body[: len(body) * 3 // 4])
        time.sleep(0.05)
        gateway.kill()


def _restarted_without_it(stage: Stage, turn: int) -> None:
    _restarted(stage, turn)
    reply = stage.cluster.speaker(stage.cluster.all[turn % 3], stage.bucket).ask("GET", UNDER_WAY)
    assert reply.status == 404, str(reply)


def _store_of(stage: Stage) -> Store:
    assert stage.store is not None
    return stage.store


def _links() -> Iterator[Fault]:
    """Each pair that talks: cut without a word, cut with one, slow."""
    for name, store in (("database", False), ("store", True), ("gateway0", False)):
        away = name != "gateway0"
        yield Fault(name=f"{name} cut", begin=_spoilt(name, "timeout", timeout=0), seconds=6, away=away, store=store)
        yield Fault(name=f"{name} reset", begin=_spoilt(name, "reset_peer", timeout=50), seconds=2, store=store)
        yield Fault(name=f"{name} late", begin=_spoilt(name, "latency", latency=150, jitter=100), store=store)
        yield Fault(name=f"{name} slow", begin=_spoilt(name, "bandwidth", rate=200), store=store)


FAULTS: tuple[Fault, ...] = (
    *_links(),
    Fault(name="gateway killed", begin=lambda stage, turn: stage.cluster.all[turn % 3].kill(), end=_restarted),
    Fault(name="gateway killed in mid-upload", begin=_killed_in_mid_upload, end=_restarted_without_it, seconds=0.5),
    Fault(
        name="gateway stands still",
        begin=lambda stage, turn: stage.signal(turn, signal.SIGSTOP),
        end=lambda stage, turn: stage.signal(turn, signal.SIGCONT),
        seconds=3,
    ),
    Fault(name="database restarted", begin=lambda stage, _: stage.cluster.postgres.restart(), seconds=0),
    Fault(
        name="database killed",
        begin=lambda stage, _: stage.cluster.postgres.kill(),
        end=lambda stage, _: stage.cluster.postgres.start(),
        away=True,
    ),
    Fault(
        name="database stands still",
        begin=lambda stage, _: stage.cluster.postgres.pause(),
        end=lambda stage, _: stage.cluster.postgres.go_on(),
        seconds=6,
        away=True,
    ),
    Fault(
        name="store killed",
        begin=lambda stage, _: _store_of(stage).kill(),
        end=lambda stage, _: _store_of(stage).start(),
        away=True,
        store=True,
    ),
    Fault(
        name="store stands still",
        begin=lambda stage, _: _store_of(stage).pause(),
        end=lambda stage, _: _store_of(stage).resume(),
        seconds=6,
        away=True,
        store=True,
    ),
    Fault(
        name="clock an hour fast",
        begin=lambda stage, _: stage.turn_clock(OFF_SECONDS),
        end=lambda stage, _: stage.turn_clock(0),
        seconds=3,
        clock=True,
    ),
    Fault(
        name="clock an hour slow",
        begin=lambda stage, _: stage.turn_clock(-OFF_SECONDS),
        end=lambda stage, _: stage.turn_clock(0),
        seconds=3,
        clock=True,
    ),
)


def possible(stage: Stage) -> list[Fault]:
    """The faults that can be done to this stage."""
    return [
        fault
        for fault in FAULTS
        if (stage.store is not None or not fault.store) and (stage.clock is not None or not fault.clock)
    ]


def clock_in(file: Path) -> dict[str, str]:
    """The environment of a process whose clock is as far off as a file says, which says not at all."""
    file.write_text("+0\n")
    return {
        "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
    }  # fmt: skip


@contextmanager
def staged(root: Path, program: str) -> Iterator[Stage]:
    """A stage; ``program`` names its store, or is ``file``. Raises FileNotFoundError when something is not built."""
    with ExitStack() as held:
        links = held.enter_context(network())
        store = None if program == "file" else STORES[program]()
        settings = {"ENTREPOT_NOTICE_SECONDS": "1"}
        if store is not None:
            held.callback(store.stop)
            endpoint = links.through("store", store.endpoint)
            settings |= {
                "ENTREPOT_BLOBS": f"s3://{BUCKET}/some/where?endpoint={endpoint}",
                "ENTREPOT_BLOBS_KEY_ID": CREDENTIALS.key_id,
                "ENTREPOT_BLOBS_SECRET": CREDENTIALS.secret,
            }
        cluster = Gateways(root, 0, **settings)
        held.callback(cluster.stop)
        cluster.settings["ENTREPOT_INDEX"] = links.through("database", cluster.settings["ENTREPOT_INDEX"])
        clock = root / "clock" if FAKETIME.exists() else None
        turned = {} if clock is None else clock_in(clock)
        begins = []
        for number in range(3):
            port = free_port()
            gateway = cluster.another(number, "--port", str(port), **(turned if number == 2 else {}))
            cluster.all.append(gateway)
            begins.append(links.link(f"gateway{number}", port))
        port = held.enter_context(balanced(begins))
        time.sleep(0.2)
        yield Stage(cluster, cluster.all[0].make_bucket(DEV.appid, "faults"), links, store, port, clock)
