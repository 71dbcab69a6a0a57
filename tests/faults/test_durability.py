"""A success is only said when a power cut could not take it back: all that it rests on was synced before.

The shim writes down each write, sync and reply of the server. At the first byte of a reply with status 2xx no
blob file and no log of the index may hold an unsynced write, and a new blob's folder must have been synced
after it.
(kill -9 cannot show this: the kernel keeps what a killed process wrote.)
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from .disk import Disk, build, compiler
from .operations import prepare_all
from .oracle import Oracle
from .server import Server, serving

pytestmark = pytest.mark.skipif(compiler() is None, reason="needs a C compiler (cc)")


def unsafe(events: list[tuple[str, str]]) -> list[str]:
    """What a power cut would take at the moment of each successful reply."""
    pending: dict[str, None] = {}
    found = []
    for what, subject in events:
        if what == "W" and "/blobs/" in subject:
            pending |= {subject: None, str(Path(subject).parent): None}
        elif what == "W" and subject.endswith("index.db-wal"):
            pending[subject] = None
        elif what == "S":
            pending.pop(subject, None)
        elif what == "R" and subject.startswith("HTTP/1.1 2"):
            found += [f"{path} was not synced before {subject}" for path in pending]
    return found


def test_replies_come_after_syncs(tmp_path: Path) -> None:
    """Each operation alone, so that its reply is the only one."""
    disk = Disk(tmp_path, build(tmp_path))
    oracle = Oracle()
    with serving(tmp_path, env=disk.env) as server, server.client() as client:
        for name, operation in prepare_all(oracle, client).items():
            _quiet(server)
            with disk.diary() as events:
                reply = operation.perform(oracle, client)
            assert reply.ok, f"{name}: {reply}"
            assert ("R", "HTTP/1.1 200") in events, f"{name}: the shim saw no reply: {events}"
            assert any(what == "S" for what, _ in events), f"{name}: nothing was synced"
            assert not unsafe(events), f"{name}: {unsafe(events)}"
    disk.close()


def _quiet(server: Server) -> None:
    """Wait until the server has nothing of its own to write (digests of complete sessions, for one)."""
    log = server.data / "index.db-wal"
    for _ in range(40):
        before = log.stat().st_mtime_ns
        time.sleep(0.15)
        if log.stat().st_mtime_ns == before:
            return
    raise AssertionError("the server never comes to rest")


@pytest.mark.parametrize("missing", [0, 1, 2, 3, None])
def test_the_rule_itself(missing: int | None) -> None:
    """Each of the syncs is needed."""
    blob, log = "/d/blobs/aa/aabb", "/d/index.db-wal"
    syncs = [[("S", blob)], [("S", "/d/blobs/aa")], [("W", log)], [("S", log)]]
    if missing is not None and missing != 2:
        syncs[missing] = []
    events = [("W", blob), *(event for part in syncs for event in part), ("R", "HTTP/1.1 200")]
    assert bool(unsafe(events)) == (missing in (0, 1, 3))
