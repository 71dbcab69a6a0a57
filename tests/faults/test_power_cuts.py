"""The power fails: what was acknowledged is there, whatever became of the writes that were not flushed.

One run on a disk that writes down what is done to it (recorder.py); then cuts are made of moments right after an
acknowledgement, where what was written since the last flush is lost, cut off, or there in any part and order.
The long form: `make faults-long`, or POWER_CUTS=100.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .client import NoAnswer
from .effects import EFFECTS, Effect, perform
from .recorder import Cuts, entries
from .server import Died, Server
from .volume import Volume, needs_loop

CUTS = int(os.environ.get("POWER_CUTS", "10"))
THREADS, ROUNDS = 3, 1 + CUTS // 40
MIB = 64 * ROUNDS
LOOKED_AT = 60 if CUTS > 20 else 25
"""How many older effects are looked at after a cut, beside the newest ones."""


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("workers", [1, 2] if CUTS > 20 else [2])
def test_power_cuts(tmp_path: Path, workers: int) -> None:
    """Every acknowledged effect is there after every cut; what was under way is there or not, and never by half."""
    needs_loop(fuse=True)
    rng = random.Random(f"power {workers}")  # noqa: S311
    done = _run(tmp_path, workers)
    assert {effect.name for effect in done} == set(EFFECTS)
    cuts = Cuts(tmp_path / "before.img", tmp_path / "journal")
    lost_writes = 0
    for number, moment in enumerate(_moments(tmp_path / "journal", done, rng)):
        kept, lost = cuts.cut(moment, rng)
        lost_writes += lost
        image = tmp_path / "cut.img"
        subprocess.run(["cp", "--sparse=always", tmp_path / "before.img", image], check=True, timeout=60)
        with image.open("r+b") as file:
            for offset, data in kept.items():
                os.pwrite(file.fileno(), data, offset)
        _verify(tmp_path, image, done, moment, rng, deep=CUTS > 20 or number % 4 == 0)
    assert lost_writes >= CUTS // 2, "every cut behind a write that was not flushed loses something"


def _moments(journal: Path, done: list[Effect], rng: random.Random) -> list[int]:
    """Half of the cuts come right after an acknowledgement, half behind a write that no flush has followed yet."""
    first = min(effect.acknowledged for effect in done)
    writes = [entry.end for entry in entries(journal) if entry.data and entry.end > first]
    acknowledged = [effect.acknowledged for effect in done]
    return sorted(rng.sample(acknowledged, CUTS - CUTS // 2) + rng.sample(writes, CUTS // 2))


@pytest.mark.skipif(CUTS <= 20, reason="only in the long form")
@pytest.mark.timeout(3600)
def test_a_server_that_does_not_sync_is_found(tmp_path: Path) -> None:
    """The check of the checks: with fsync that does nothing, what was acknowledged is lost."""
    needs_loop(fuse=True)
    source, library = tmp_path / "liar.c", tmp_path / "liar.so"
    source.write_text("int fsync(int f) { return f < 0; } int fdatasync(int f) { return f < 0; }\n")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True, timeout=60)
    rng = random.Random("liar")  # noqa: S311
    done = _run(tmp_path, 1, {"LD_PRELOAD": str(library)})
    moment = done[len(done) // 2].acknowledged
    Cuts(tmp_path / "before.img", tmp_path / "journal").cut(moment, rng)
    with pytest.raises((AssertionError, subprocess.CalledProcessError, Died)):
        _verify(tmp_path, tmp_path / "before.img", done, moment, rng, deep=True)


def _run(folder: Path, workers: int, env: dict[str, str] | None = None) -> list[Effect]:
    """Effects by several clients at once, on a disk that is recorded."""
    volume = Volume(folder, mib=MIB, block=4096)
    subprocess.run(["cp", "--sparse=always", volume.image, folder / "before.img"], check=True, timeout=60)
    journal = folder / "journal"
    done: list[Effect] = []
    with _recorded(volume, folder / "disk", journal):
        server = Server(volume.root, workers=workers, env=env)
        server.log = folder / "run.log"
        try:
            server.start()
            threads = [
                threading.Thread(target=_work, args=(server, number, lambda: journal.stat().st_size, done))
                for number in range(THREADS)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(600)
        finally:
            server.kill()
    assert len(done) == THREADS * ROUNDS * len(EFFECTS), server.tail()
    return done


def _work(server: Server, number: int, moment: object, done: list[Effect]) -> None:
    rng = random.Random(number)  # noqa: S311
    with server.client() as client:
        for turn in range(ROUNDS):
            perform(client, f"p{number}-{turn}", rng, moment, done)  # type: ignore[arg-type]


@contextmanager
def _recorded(volume: Volume, disk: Path, journal: Path) -> Iterator[None]:
    """The volume, mounted on a loop device on the recorder's file."""
    disk.touch()
    command = [sys.executable, Path(__file__).with_name("recorder.py"), volume.image, disk, journal]
    recorder = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert recorder.stdout is not None
        assert recorder.stdout.readline() == b"mounted\n"
        volume.mount(disk)
        try:
            yield
        finally:
            volume.unmount()
    finally:
        for _ in range(100):  # the loop device lets go of the file a moment later
            if subprocess.run(["umount", disk], check=False, capture_output=True).returncode == 0:
                break
            time.sleep(0.05)
        recorder.communicate(timeout=10)


def _verify(folder: Path, image: Path, done: list[Effect], moment: int, rng: random.Random, *, deep: bool) -> None:
    before = [effect for effect in done if effect.acknowledged <= moment]
    under_way = [effect for effect in done if effect.started <= moment < effect.acknowledged]
    older = before[:-THREADS]
    older = rng.sample(older, min(LOOKED_AT, len(older)))
    volume = Volume.of(image, folder / "cut")
    volume.mount()
    server = Server(volume.root)
    server.log = folder / "cut.log"
    try:
        server.start()
        with server.client() as client:
            for effect in (*older, *before[-THREADS:]):
                assert effect.seen(client), f"{effect.name} was acknowledged and is lost"
            for effect in under_way:
                if effect.granted is None:  # who was not given a right yet has nothing to try it with
                    effect.seen(client)
        if deep:
            assert server.stop() == 0, server.tail()
            server.fsck()
            told = _told(server)
            lost = [effect.granted for effect in before if effect.granted is not None and effect.granted not in told]
            assert not lost, f"given out, and the audit log does not tell: {lost}"
    except NoAnswer as error:
        raise AssertionError(server.tail()) from error
    finally:
        server.kill()
        volume.unmount()


def _told(server: Server) -> set[str]:
    """The rights that the audit log says were given out; it must be whole."""
    done = server.run("audit", "verify", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    text = b"".join(path.read_bytes() for path in (server.data / "audit").glob("*.jsonl"))
    lines = [json.loads(line) for line in text.splitlines()]
    return {line["key"] for line in lines if line["event"] == "mint"}
