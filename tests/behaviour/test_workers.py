"""Two worker processes on one data folder are one server; SIGTERM ends it in order. Source: issue 2 §2, §3, §4."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from .bucket import Bucket
from .client import DEV, ONCE, Owner, form, get, post, some_bytes
from .server import Server


@pytest.fixture
def shared(serving: Callable[..., Server]) -> Iterator[Bucket]:
    """A bucket on a server of two processes."""
    server = serving("--workers", "2")
    bucket = Bucket(server=server, name=server.make_bucket(DEV.appid), client=server.client())
    yield bucket
    bucket.client.close()


def test_what_one_wrote_every_one_reads(shared: Bucket) -> None:
    """Over a new connection each time, so that both processes get their share."""
    for number in range(30):
        writer, reader = shared.fresh(), shared.fresh()
        writer.put("/f", b"%d" % number)
        assert reader.content("/f") == b"%d" % number
        assert reader.stat("/f")["sha"] == hashlib.sha1(b"%d" % number).hexdigest()
        reader.delete("/f")
        assert writer.names() == []
        writer.client.close()
        reader.client.close()


def test_a_once_signature_has_one_winner(shared: Bucket) -> None:
    """Issue 2 §3: 64 parallel tries, one winner."""
    for round_number in range(3):
        shared.put("/f", b"x")
        once = shared.sign(ONCE, "/f")

        def attempt(number: int, once: str = once) -> int:
            mine = shared.fresh()
            code = mine.ask(post("update", "/f", sign=once, biz_attr=f"try {number}")).code
            mine.client.close()
            assert code is not None
            return code

        with ThreadPoolExecutor(32) as pool:
            codes = list(pool.map(attempt, range(64)))
        assert sorted(codes) == [-77] * 63 + [0], f"round {round_number}"
        assert shared.stat("/f")["biz_attr"] == f"try {codes.index(0)}"


def test_slices_through_both(shared: Bucket) -> None:
    content = some_bytes(20 * 65536 + 9, "workers")
    sha = hashlib.sha1(content).hexdigest()
    said: dict[str, Any] = {"filesize": len(content), "slice_size": 65536, "sha": sha}
    session = shared.ok(form("upload_slice_init", "/s", **said))["session"]

    def send(offset: int) -> None:
        mine = shared.fresh()
        mine.ok(form("upload_slice_data", "/s", content[offset : offset + 65536], session=session, offset=offset))
        mine.client.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(0, len(content), 65536)))
    shared.ok(form("upload_slice_finish", "/s", session=session, filesize=len(content)))
    assert shared.stat("/s")["sha"] == sha
    assert shared.content("/s") == content


def test_insert_only_has_one_winner(shared: Bucket) -> None:
    """Seed insertOnly 1: of different contents for one name, one is stored and every other client is told so."""

    def attempt(number: int) -> int | None:
        mine = shared.fresh()
        code = mine.ask(form("upload", "/race", b"content %d" % number, insertOnly=1)).code
        mine.client.close()
        return code

    with ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(attempt, range(32)))
    assert sorted(code or 0 for code in codes) == [-177] * 31 + [0]
    assert shared.content("/race") == b"content %d" % codes.index(0)


def test_a_revoked_key_is_refused_by_both(shared: Bucket) -> None:
    key_id = "workers-revoked"
    made = shared.server.run(
        "key", "create", "--account", str(DEV.appid), "--id", key_id, "--secret-file", "-", given="secret-of-it"
    )
    assert made.returncode == 0, made.stderr
    owner = Owner(appid=DEV.appid, key_id=key_id, secret=b"secret-of-it")

    def codes() -> set[int | None]:
        found = set()
        for _ in range(12):
            one = Bucket(server=shared.server, name=shared.name, owner=owner, client=shared.server.client())
            found.add(one.ask(get("stat", "/")).code)
            one.client.close()
        return found

    assert codes() == {0}
    assert shared.server.run("key", "delete", key_id).returncode == 0
    assert codes() == {-79}


def test_metrics_are_those_of_both(shared: Bucket) -> None:
    for _ in range(10):
        mine = shared.fresh()
        mine.stat("/")
        mine.client.close()
    text = shared.client.send("GET", "/-/metrics").body.decode()
    counted = [
        line for line in text.splitlines() if line.startswith("entrepot_requests_total{") and "StatBucket" in line
    ]
    assert sum(float(line.rpartition(" ")[2]) for line in counted) >= 10


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_ends_with_status_0(tmp_path: Path, workers: str) -> None:
    """Issue 2 §2: SIGTERM drains; the command line contract says that it exits 0."""
    server = Server(tmp_path, "--workers", workers)
    server.start()
    bucket = Bucket(server=server, name="demo", client=server.client())
    bucket.put("/f", b"kept")
    bucket.client.close()
    assert server.stop() == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_more_connections_than_a_process_may_have_files_at_first(tmp_path: Path, workers: str) -> None:
    """What a server starts with is a default for programs of all kinds; it takes what the system lets it have."""
    server = Server(tmp_path, "--workers", workers)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as ends:
        ends.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        # The limit counts descriptors by their number, and this process has some of other tests' servers open.
        resource.setrlimit(resource.RLIMIT_NOFILE, (sum(1 for _ in Path("/proc/self/fd").iterdir()) + 128, hard))
        server.start()
    with ExitStack() as ends:
        ends.callback(server.stop)
        for _ in range(400):
            ends.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        client = server.client()
        ends.callback(client.close)
        assert client.send("GET", "/-/readyz").status == 200


def _children(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


@pytest.mark.parametrize(("number", "everybody"), [(signal.SIGKILL, False), (signal.SIGHUP, True)])
def test_workers_are_replaced(tmp_path: Path, number: signal.Signals, everybody: bool) -> None:
    """One that was killed by another, and on SIGHUP each by a fresh one; the server answers all the while."""
    server = Server(tmp_path, "--workers", "2")
    server.start()
    try:
        assert server.pid is not None
        before = _children(server.pid)
        assert len(before) == 2
        os.kill(server.pid if everybody else min(before), number)
        wanted = 0 if everybody else 1
        deadline = time.monotonic() + 30
        while len(after := _children(server.pid)) != 2 or len(after & before) != wanted:
            assert time.monotonic() < deadline, (before, after)
            if everybody:
                client = server.client()
                assert client.send("GET", "/-/readyz").status == 200
                client.close()
            time.sleep(0.05)
        client = server.client()
        assert client.send("GET", "/-/readyz").status == 200
        client.close()
    finally:
        assert server.stop() == 0
