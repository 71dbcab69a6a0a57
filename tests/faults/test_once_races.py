"""A once-signature is spent once: 64 parallel tries have one winner, and kill -9 does not give it back."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from .client import Client, Reply, sign
from .operations import seeded
from .oracle import REPLAYED, Once, Oracle, Version, look
from .server import Server, serving
from .workload import SMALL

TRIES = 64


@pytest.mark.parametrize("workers", [1, 2])
def test_one_winner(tmp_path: Path, workers: int) -> None:
    """Each try would leave its own mark; exactly one mark is left, and it is the winner's."""
    oracle = Oracle()
    key = "/race/file"
    with serving(tmp_path, workers=workers) as server:
        with server.client() as client:
            old = seeded(oracle, client, key, SMALL)
        for number in range(2):
            once = Once(sign(key, once=True), key)
            replies = _race(server, key, once)
            winners = [note for note, reply in replies.items() if reply.ok]
            assert len(winners) == 1, f"round {number}: {winners}"
            assert {r.code for note, r in replies.items() if note not in winners} == {REPLAYED}
            oracle.acknowledge({key: Version(old.sha, old.size, winners[0])}, once)
        server.kill()
        server.start()
        with server.client() as client:
            oracle.settle(client, thorough=True)
        server.fsck()


@pytest.mark.parametrize("workers", [1, 2])
def test_one_deletion(tmp_path: Path, workers: int) -> None:
    """The file comes back between tries; the same signature never removes it again."""
    key = "/race/file"
    with serving(tmp_path, workers=workers) as server, server.client() as client:
        once = sign(key, once=True)
        assert client.upload(key, b"first").ok
        assert client.delete(key, auth=once).ok
        assert client.upload(key, b"second").ok
        for restart in (False, True):
            if restart:
                server.kill()
                server.start()
            with server.client() as again:
                assert again.delete(key, auth=once).code == REPLAYED
                assert again.move(key, "/race/elsewhere", auth=once).code == REPLAYED
                assert look(again, key) == Version.of(b"second", "")


def _race(server: Server, key: str, once: Once) -> dict[str, Reply]:
    """All tries at the same moment, each on a connection that is open already."""
    barrier = threading.Barrier(TRIES)
    replies: dict[str, Reply] = {}

    def attempt(note: str) -> None:
        with Client(server.address) as client:
            client.exchange("GET", "/-/readyz", b"", {})
            barrier.wait(30)
            replies[note] = client.update(key, note, auth=once.sign)

    threads = [threading.Thread(target=attempt, args=(f"try-{number}",)) for number in range(TRIES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(replies) == TRIES, "some tries had no answer"
    return replies
