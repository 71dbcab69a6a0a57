"""Snapshots: the whole state kept and put back, in all workers at once, and nothing half done. Source: issue 14 §2."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .bucket import Bucket
from .client import DEV
from .server import Server

LARGE = bytes(range(256)) * 1000


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[Bucket]:
    """A bucket on a server of its own, of two processes: a snapshot is of everything."""
    server = Server(tmp_path, "--workers", "2")
    server.start()
    made = Bucket(server=server, name=server.make_bucket(DEV.appid), client=server.client())
    yield made
    made.client.close()
    done = server.finish()
    assert done.returncode == 0, done.stdout + done.stderr


def ok(bucket: Bucket, *command: str) -> str:
    """A command beside the server; what it prints."""
    done = bucket.server.run(*command)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def seen(bucket: Bucket) -> list[tuple[Any, ...]]:
    """What either process shows, over a connection of its own each time."""
    found = []
    for _ in range(6):
        fresh = bucket.fresh()
        found.append(tuple((name, fresh.content(f"/{name}")) for name in fresh.names()))
        fresh.client.close()
    return found


def test_all_is_as_it_was_in_both_processes(bucket: Bucket) -> None:
    bucket.put("/small", b"one")
    bucket.put("/large", LARGE)
    before = seen(bucket)
    assert ok(bucket, "snapshot", "first") == "snapshot first: 2 objects"
    assert ok(bucket, "snapshot") == "first"
    bucket.put("/small", b"two")
    bucket.delete("/large")
    bucket.put("/later", LARGE[1:])
    key = json.loads(ok(bucket, "key", "create", "--account", str(DEV.appid), "--json"))["id"]
    other = bucket.server.make_bucket(DEV.appid)
    assert ok(bucket, "restore", "first") == "restored first: 2 objects"
    assert seen(bucket) == before
    assert key not in ok(bucket, "key", "list")
    assert other not in ok(bucket, "bucket", "list")
    bucket.put("/after", LARGE)  # numbers go on
    assert ok(bucket, "restore", "first") == "restored first: 2 objects"
    assert seen(bucket) == before


def test_bytes_that_were_swept_are_there_again(bucket: Bucket) -> None:
    bucket.put("/large", LARGE)
    ok(bucket, "snapshot", "s")
    bucket.delete("/large")
    for path in (bucket.server.data / "blobs").glob("??/*"):
        path.unlink()
    ok(bucket, "restore", "s")
    assert bucket.content("/large") == LARGE
    ok(bucket, "snapshot", "s", "--delete")
    assert list((bucket.server.data / "snapshots" / "blobs").iterdir()) == []
    assert bucket.content("/large") == LARGE


def test_what_is_not_there_is_refused(bucket: Bucket) -> None:
    for command, said in ((("restore", "none"), "no snapshot 'none'"), (("snapshot", "../x"), "no name of a snapshot")):
        done = bucket.server.run(*command)
        assert (done.returncode, said in done.stderr) == (1, True), done.stderr


def test_a_snapshot_takes_the_place_of_one_of_its_name(bucket: Bucket) -> None:
    bucket.put("/a", b"one")
    ok(bucket, "snapshot", "s")
    bucket.put("/a", b"two")
    ok(bucket, "snapshot", "s")
    bucket.put("/a", b"three")
    ok(bucket, "restore", "s")
    assert bucket.content("/a") == b"two"
