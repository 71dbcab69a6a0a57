"""One-time addresses are used once across kill -9, and the audit log has every right that was ever given out."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from .client import NoAnswer
from .server import Server, serving
from .test_crash_points import start_armed

ADMIN = {"Authorization": "Bearer entrepot-dev-admin"}
TRIES = 64


def mint(server: Server, key: str, method: str = "PUT", **more: Any) -> dict[str, Any]:
    """A signed address; raises NoAnswer."""
    body = json.dumps({"bucket": "demo", "key": key, "method": method, **more}).encode()
    with server.client() as client:
        status, answer = client.exchange("POST", "/-/api/v1/mint/url", body, ADMIN)
    assert status == 201, answer
    found: dict[str, Any] = json.loads(answer)
    return found


def spend(server: Server, minted: dict[str, Any], body: bytes = b"") -> tuple[int, bytes]:
    """Use an address, which stays good when the server comes back on another port; raises NoAnswer."""
    parts = urlsplit(minted["url"])
    with server.client() as client:
        return client.exchange(minted["method"], f"{parts.path}?{parts.query}", body, {"Host": parts.netloc})


def content(server: Server, key: str) -> bytes | None:
    """What is there."""
    status, body = spend(server, mint(server, key, "GET"))
    return body if status == 200 else None


@pytest.mark.parametrize(
    ("point", "stored"), [("index.begun", False), ("index.applied", False), ("index.committed", True)]
)
def test_a_use_and_its_effect_are_one(tmp_path: Path, point: str, stored: bool) -> None:
    """The process dies in the transaction of the use: either both are there afterwards or none."""
    with serving(tmp_path) as server:
        once = mint(server, "once.txt", uses=1)
        assert server.stop() == 0
        start_armed(server, point, 1)
        with pytest.raises(NoAnswer):
            spend(server, once, b"first")
        assert server.wait_dead(10)
        server.kill()
        server.start()
        assert content(server, "once.txt") == (b"first" if stored else None)
        assert spend(server, once, b"second")[0] == (403 if stored else 200)
        assert spend(server, once, b"third")[0] == 403
        assert content(server, "once.txt") == (b"first" if stored else b"second")
        assert server.stop() == 0
        server.fsck()


@pytest.mark.parametrize("workers", [1, 2])
def test_one_winner_whoever_dies(tmp_path: Path, workers: int) -> None:
    """64 parallel tries, and the server is killed among them; then 64 more."""
    with serving(tmp_path, workers=workers) as server:
        for number, answers in enumerate((0, 1, 20)):
            key = f"race-{number}.txt"
            once = mint(server, key, uses=1)
            before = race(server, once, "before", kill_after=answers)
            server.kill()
            server.start()
            left = content(server, key)
            after = race(server, once, "after")
            won = [note for note, status in {**before, **after}.items() if status == 200]
            assert len(won) <= 1, won
            assert set({**before, **after}.values()) <= {200, 403}
            assert len(after) == TRIES
            if left is not None:
                assert [note for note, status in after.items() if status == 200] == []
                assert won in ([], [left.decode()])
            else:
                assert len(won) == 1
            assert (content(server, key) or b"").decode() == (won[0] if won else (left or b"").decode())
        assert server.stop() == 0
        server.fsck()


def race(server: Server, once: dict[str, Any], when: str, kill_after: int | None = None) -> dict[str, int]:
    """All tries at once; the status of each that was answered. Kills the server after so many answers."""
    replies: dict[str, int] = {}
    started = threading.Barrier(TRIES + 1)
    enough = threading.Event()

    def attempt(note: str) -> None:
        started.wait(30)
        try:
            replies[note] = spend(server, once, note.encode())[0]
        except NoAnswer:
            return
        if kill_after is not None and len(replies) >= kill_after:
            enough.set()

    threads = [threading.Thread(target=attempt, args=(f"{when}-{number}",)) for number in range(TRIES)]
    for thread in threads:
        thread.start()
    started.wait(30)
    if kill_after is not None:
        if kill_after:
            enough.wait(10)
        server.kill()
    for thread in threads:
        thread.join(60)
    return replies


@pytest.mark.parametrize("passage", [2, 5])
def test_a_torn_audit_log_goes_on(tmp_path: Path, passage: int) -> None:
    """The process dies between two halves of a line: that right was given to nobody, and the chain is whole."""
    with serving(tmp_path, crash_at=f"audit.half:{passage}") as server:
        given = [mint(server, f"{number}.txt")["grant"] for number in range(passage - 1)]
        with pytest.raises(NoAnswer):
            mint(server, "torn.txt")
        assert server.wait_dead(10)
        server.kill()
        server.start()
        given.append(mint(server, "after.txt")["grant"])
        assert server.stop() == 0
        done = server.run("audit", "verify", "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        report = json.loads(done.stdout)
        assert (len(report["torn"]), report["damage"]) == (1, [])
        lines = [json.loads(line) for line in server.run("audit", "tail", "-n", "100", "--json").stdout.splitlines()]
        assert [line["key"] for line in lines if line["event"] == "mint"] == given
        assert [line["event"] for line in lines if line["event"] == "torn"] == ["torn"]


def test_uses_are_counted_to_the_end(tmp_path: Path) -> None:
    """SIGTERM writes down what was counted since the last second."""
    with serving(tmp_path, workers=2) as server:
        url = mint(server, "a.txt")
        assert [spend(server, url, b"x")[0] for _ in range(40)] == [200] * 40
        assert server.stop() == 0
        shown = json.loads(server.run("grants", "show", url["grant"], "--json").stdout)
        assert (shown["used"], shown["stored"]) == (40, 1)
