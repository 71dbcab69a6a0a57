"""The server kills itself at a named point: the acknowledged is there, the rest is whole or absent."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from .client import NoAnswer
from .conftest import CI_KILLS
from .operations import finish, prepare_all, seeded
from .oracle import Oracle, look
from .server import Died, Server, serving
from .workload import MIDDLE, Load

INLINE_MAX = 65_536

CASES = [
    ("blob.created", 9),
    ("blob.written", 13),
    ("blob.synced", 7),
    ("blob.linked", 3),
    ("blob.linked", 17),
    ("index.begun", 31),
    ("index.applied", 47),
    ("index.committed", 37),
    ("reply.start", 80),
]


def live_blob_bytes(oracle: Oracle) -> int:
    """The bytes that must remain in blob files when all orphans are swept."""
    files = {version.sha: version.size for version in oracle.state.values() if version.size > INLINE_MAX}
    slices = [len(s.piece(at)) for s in oracle.sessions.values() for at in s.stored]
    return sum(files.values()) + sum(slices)


def verify(server: Server, oracle: Oracle) -> None:
    """Everything that must hold after a restart; fsck reads every byte once more after the sweep."""
    with server.client() as client:
        oracle.settle(client, thorough=True)
    assert server.stop() == 0, server.tail()
    server.sweep()
    server.fsck()
    assert server.blob_bytes() == live_blob_bytes(oracle), "orphans remain, or live blobs are gone"


@pytest.mark.parametrize(("point", "nth"), CASES)
def test_crash_under_load(tmp_path: Path, point: str, nth: int) -> None:
    """Several clients at work while the process dies at the point."""
    oracle = Oracle()
    load = Load(oracle, 3, nth)
    with serving(tmp_path, crash_at=f"{point}:{nth}") as server:
        load.start(server.address)
        died = server.wait_dead(30)
        load.stop()
        server.kill()
        assert died, f"{point} was not passed {nth} times"
        server.fsck()
        server.start()
        with server.client() as client:
            oracle.settle(client)
        load.start(server.address, steps=4)
        load.join()
        verify(server, oracle)


POINTS = ["index.begun", "index.applied", "index.committed"]


@pytest.mark.parametrize("point", POINTS)
def test_each_operation(tmp_path: Path, point: str, kills: int) -> None:
    """One operation alone, the crash exactly in its transaction: before the commit nothing, after it all."""
    oracle = Oracle()
    with serving(tmp_path) as server:
        with server.client() as client:
            prepared = prepare_all(oracle, client)
        if kills <= CI_KILLS:  # a share of them at each point; the long form (--kills) does all at each
            prepared = dict(list(prepared.items())[POINTS.index(point) :: len(POINTS)])
        assert server.stop() == 0, server.tail()
        before = dict(oracle.state)
        nth = 1
        for name, operation in prepared.items():
            nth = start_armed(server, point, nth)
            with server.client() as client, pytest.raises(NoAnswer):
                operation.perform(oracle, client)
            assert server.wait_dead(10), name
            server.kill()
        server.fsck()
        server.start()
        with server.client() as client:
            for name, operation in prepared.items():
                if name == finish.__name__:
                    continue  # it may take two transactions
                for key, after in operation.effect.items():
                    expected = after if point == "index.committed" else before.get(key)
                    assert look(client, key) == expected, f"{name} at {point}"
        verify(server, oracle)


def start_armed(server: Server, point: str, nth: int) -> int:
    """Start so that the next passage of the point is fatal; gives the count, start-up's own included."""
    for count in range(nth, nth + 10):
        try:
            server.start(ENTREPOT_CRASH_AT=f"{point}:{count}")
        except Died:
            server.kill()
        else:
            return count
    raise AssertionError(f"the start alone passes {point} ten times")


def test_sweep_killed(tmp_path: Path) -> None:
    """A sweep killed after its first unlink harms nothing, and the next one does the rest."""
    oracle = Oracle()
    with serving(tmp_path) as server:
        with server.client() as client:
            for number in range(6):
                key = f"/litter/{number}"
                seeded(oracle, client, key, MIDDLE)
                if number % 2:
                    assert oracle.perform({key: None}, lambda key=key: client.delete(key)).ok  # type: ignore[misc]
        assert server.stop() == 0, server.tail()
        done = server.sweep(ENTREPOT_CRASH_AT="sweep.unlinked:1")
        assert done.returncode == -signal.SIGKILL, done.stderr
        server.fsck()
        server.start()
        verify(server, oracle)
